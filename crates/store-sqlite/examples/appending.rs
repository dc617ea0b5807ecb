//! Durable messages per second into the store alone, without the sequencer: `cargo run --release
//! --example appending -p store-sqlite -- [SECONDS] [MESSAGES_PER_CALL] [MESSAGES_PER_COMMIT]`.
//!
//! Sixteen threads, as many as there are shards, each append a call of messages and wait for it. They
//! write into 100 conversations, as 500 senders, each message with a random key.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use chat::conversations::ConversationId;
use chat::identity::Account;
use chat::messages::Appended;
use chat::store::Store;
use store_sqlite::{SqliteStore, StoreConfig};
use store_suite::{Dice, World, block_on};

const SHARDS: usize = 16;
const CONVERSATIONS: usize = 100;
const SENDERS: usize = 500;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let mut next = |default| arguments.next().and_then(Result::ok).unwrap_or(default);
    let (seconds, per_call, per_commit) = (next(5), next(31), next(4_096));
    let folder = tempfile::tempdir_in(".").expect("a folder");
    let mut config = StoreConfig::new(folder.path().join("parlour.db"));
    config.batch_messages = usize::try_from(per_commit).unwrap_or(usize::MAX);
    let store = Arc::new(SqliteStore::open(&config).expect("an empty folder"));
    let mut world = World::new(Arc::clone(&store) as Arc<dyn Store>);
    let (people, rooms) = block_on(settle_in(&mut world));
    let span = Duration::from_secs(seconds);
    let began = Instant::now();
    let shards = (0..SHARDS).map(|shard| {
        let store = Arc::clone(&store) as Arc<dyn Store>;
        let (people, rooms) = (people.clone(), rooms.clone());
        std::thread::spawn(move || {
            let mut world = World::new(store);
            world.dice = Dice::new(shard as u64);
            let mine: Vec<_> = rooms.iter().skip(shard).step_by(SHARDS).collect();
            let mut stored = 0;
            while began.elapsed() < span {
                stored += round(&mut world, (&people, &mine), per_call);
            }
            stored
        })
    });
    let shards: Vec<_> = shards.collect();
    let stored: u64 = shards.into_iter().map(|shard| shard.join().expect("no panic")).sum();
    let took = began.elapsed().as_micros();
    println!("{} messages/s", u128::from(stored) * 1_000_000 / took);
    let stats = store.stats();
    let size = std::fs::metadata(&config.path).map_or(0, |file| file.len());
    println!("{stats:#?}\nfile: {} MiB", size >> 20);
}

async fn settle_in(world: &mut World) -> (Vec<Account>, Vec<ConversationId>) {
    let (mut people, mut rooms) = (Vec::new(), Vec::new());
    for number in 0..SENDERS {
        people.push(world.own(&format!("person {number}")).await);
    }
    for maker in people.iter().take(CONVERSATIONS) {
        rooms.push(world.room(maker).await.id);
    }
    (people, rooms)
}

fn round(world: &mut World, (people, rooms): (&[Account], &[&ConversationId]), size: u64) -> u64 {
    let batch = (0..size)
        .map(|_| {
            let at = world.dice.below(rooms.len());
            let sender = &people[(at * 5 + world.dice.below(5)) % people.len()];
            let key = format!("{:016x}{:016x}", world.dice.roll(), world.dice.roll());
            world.keyed(rooms[at], sender, (&key, "A line of chat, of the usual length: so long."))
        })
        .collect();
    let appended = block_on(world.store.append(batch)).expect("a working store");
    appended.iter().filter(|one| matches!(one, Appended::Stored { .. })).count() as u64
}
