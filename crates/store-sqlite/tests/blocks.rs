//! Blocks, as far as this schema has them: nobody writes across one.

use std::sync::Arc;

use chat::conversations::{Conversations, Direct};
use chat::messages::{Appended, Rejection};
use chat::store::Store;
use store_sqlite::{SqliteStore, StoreConfig};
use store_suite::{World, block_on};

#[test]
fn a_block_closes_a_direct_conversation_for_both_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("parlour.db");
    let store = Arc::new(SqliteStore::open(&StoreConfig::new(&path)).unwrap());
    let mut world = World::new(Arc::clone(&store) as Arc<dyn Store>);
    let people = ["ann", "bob", "eve"].map(|name| block_on(world.own(name)));
    let [ann, bob, eve] = &people;
    let direct = |one: &chat::identity::Account, other: &chat::identity::Account| {
        Direct::of(&one.profile.id, &other.profile.id).unwrap().id()
    };
    let room = block_on(world.room(ann)).id;
    block_on(world.say(&direct(ann, bob), ann, "hello"));
    // As the call that will make blocks will write them.
    let block = "
        INSERT INTO blocks (blocker, blocked, blocked_at)
        SELECT a.key, b.key, 0
        FROM accounts AS a, accounts AS b
        WHERE a.username = 'ann' AND b.username IN ('bob', 'eve')";
    rusqlite::Connection::open(&path).unwrap().execute(block, []).unwrap();
    // There already, and not there yet.
    for (one, other) in [(ann, bob), (bob, ann), (ann, eve), (eve, ann)] {
        let message = world.message(&direct(one, other), one, "hello");
        let appended = block_on(world.append(message));
        assert_eq!(appended, Appended::Rejected(Rejection::NotFound));
        let now = world.now();
        let (one, other) = (one.profile.id.clone(), other.profile.id.clone());
        assert_eq!(block_on(store.open_direct(one, other, now)), Ok(None));
    }
    assert_eq!(block_on(store.conversation(direct(ann, eve))), Ok(None));
    block_on(world.say(&room, bob, "rooms are not touched"));
    block_on(world.say(&direct(bob, eve), eve, "nor are others"));
}
