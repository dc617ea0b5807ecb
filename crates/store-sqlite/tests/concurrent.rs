//! What readers see while something is written, and what a full queue says.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use chat::conversations::Conversations;
use chat::messages::{Appended, Messages, PageCursor};
use chat::store::{Store, StoreError};
use store_sqlite::{SqliteStore, StoreConfig};
use store_suite::{World, block_on};

/// Messages that are appended in one call, and must be seen together.
const CALL: usize = 7;

#[test]
fn readers_see_whole_calls_and_their_own_acknowledged_messages() {
    let folder = tempfile::tempdir().unwrap();
    let config = StoreConfig::new(folder.path().join("parlour.db"));
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&config).unwrap());
    let mut world = World::new(Arc::clone(&store));
    let ann = block_on(world.own("ann"));
    let room = block_on(world.room(&ann)).id;
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let (world, mut newest) = (World::new(Arc::clone(&store)), 0);
                while !is_over.load(Relaxed) {
                    let page = block_on(world.page(&room, PageCursor::Newest, CALL));
                    let last = page.messages.last().map_or(0, |message| message.seq.0);
                    assert!(last.is_multiple_of(CALL as u64), "a part of a call: {last}");
                    assert!(last >= newest, "{last} after {newest}");
                    newest = last;
                    let room = block_on(store.conversation(room.clone())).unwrap().unwrap();
                    assert_eq!(room.last_message.map_or(0, |last| last.seq.0), room.last_seq.0);
                }
            });
        }
        for _ in 0..200 {
            let call = (0..CALL).map(|_| world.message(&room, &ann, "x")).collect();
            let appended = block_on(store.append(call)).unwrap();
            let Some(Appended::Stored { message, .. }) = appended.last() else { panic!() };
            let page = block_on(world.page(&room, PageCursor::Newest, 1));
            assert_eq!(page.messages.last(), Some(message), "what was answered is seen");
        }
        is_over.store(true, Relaxed);
    });
}

#[test]
fn a_full_queue_refuses_and_what_it_took_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = StoreConfig::new(folder.path().join("parlour.db"));
    config.write_queue_calls = 4;
    let store = Arc::new(SqliteStore::open(&config).unwrap());
    let mut world = World::new(Arc::clone(&store) as Arc<dyn Store>);
    let ann = block_on(world.own("ann"));
    let room = block_on(world.room(&ann)).id;
    // More at once than the thread can have taken meanwhile.
    let calls: Vec<_> =
        (0..5_000).map(|_| store.append(vec![world.message(&room, &ann, "x")])).collect();
    let answers: Vec<_> = calls.into_iter().map(block_on).collect();
    let stored = answers.iter().filter(|answer| answer.is_ok()).count();
    let refused = answers.iter().filter(|answer| **answer == Err(StoreError::Unavailable)).count();
    assert_eq!(stored + refused, answers.len());
    assert!(stored >= 4 && refused > 0, "{stored} stored, {refused} refused");
    assert_eq!(store.stats().refused, refused as u64);
    let last = block_on(store.conversation(room)).unwrap().unwrap().last_seq;
    assert_eq!(last.0, stored as u64, "what was refused is not stored");
}

#[test]
fn commits_are_made_of_what_has_queued_within_the_bounds() {
    for (bound, most) in [(1, 1), (10, 10)] {
        let folder = tempfile::tempdir().unwrap();
        let mut config = StoreConfig::new(folder.path().join("parlour.db"));
        config.batch_messages = bound;
        let store = Arc::new(SqliteStore::open(&config).unwrap());
        let mut world = World::new(Arc::clone(&store) as Arc<dyn Store>);
        let ann = block_on(world.own("ann"));
        let room = block_on(world.room(&ann)).id;
        let calls: Vec<_> =
            (0..300).map(|_| store.append(vec![world.message(&room, &ann, "x")])).collect();
        for call in calls {
            block_on(call).unwrap();
        }
        let batches = store.stats().batch_messages;
        assert_eq!(batches.sum, 300);
        assert!(batches.max <= most, "{batches:?}");
        // The first is committed while the others queue: those are committed together.
        assert_eq!(batches.max > 1, bound > 1, "{batches:?}");
    }
}

#[test]
fn the_log_begins_anew_when_it_is_long_enough() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("parlour.db");
    let mut config = StoreConfig::new(&path);
    config.checkpoint_pages = 40;
    let store = Arc::new(SqliteStore::open(&config).unwrap());
    let mut world = World::new(Arc::clone(&store) as Arc<dyn Store>);
    let ann = block_on(world.own("ann"));
    let room = block_on(world.room(&ann)).id;
    for _ in 0..200 {
        block_on(world.say(&room, &ann, "x"));
        // As much again may come while it is copied, and one commit more.
        assert!(store.stats().wal_pages < 100, "{:?}", store.stats());
    }
    // Two hundred commits of three pages and more.
    let stats = store.stats();
    assert!(stats.checkpoint_micros.count() >= 5, "{stats:?}");
    assert_eq!(stats.failed_checkpoints, 0);
    let log = std::fs::metadata(path.with_extension("db-wal")).unwrap().len();
    assert!(log < 100 * 4_200, "{log}");
}
