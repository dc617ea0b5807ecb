//! Read marks and unread counts.

use std::collections::HashMap;
use std::sync::Arc;

use chat::conversations::{ConversationId, Direct, ReadMark, Seq, Visibility};
use chat::identity::Account;
use chat::messages::PageCursor;
use chat::store::Store;

use crate::world::World;

/// To a place, or to the newest message.
pub async fn a_mark_moves_forward_and_never_beyond_the_newest(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let room = world.room(&ann).await.id;
    for _ in 0..10 {
        world.say(&room, &bob, "x").await;
    }
    let id = ann.profile.id.clone();
    for (to, last_read, moved, unread) in [
        (Some(Seq(0)), 0, false, 10),
        (Some(Seq(4)), 4, true, 6),
        (Some(Seq(4)), 4, false, 6),
        (Some(Seq(2)), 4, false, 6),
        (Some(Seq(9)), 9, true, 1),
        (None, 10, true, 0),
        (None, 10, false, 0),
        (Some(Seq(u64::MAX)), 10, false, 0),
    ] {
        let now = world.now();
        let mark = store.mark_read(room.clone(), id.clone(), to, now).await;
        let expected = ReadMark { last_read: Seq(last_read), moved, unread };
        assert_eq!(mark, Ok(Some(expected)), "{to:?}");
        let read = store.read_mark(room.clone(), id.clone()).await;
        assert_eq!(read, Ok(Some(ReadMark { moved: false, ..expected })));
        let member = store.member(room.clone(), id.clone()).await.expect("a working store");
        assert_eq!(member.map(|member| member.last_read), Some(Seq(last_read)));
    }
    world.say(&room, &bob, "x").await;
    let now = world.now();
    let mark = store.mark_read(room.clone(), id, Some(Seq(u64::MAX)), now).await;
    assert_eq!(mark, Ok(Some(ReadMark { last_read: Seq(11), moved: true, unread: 0 })));
}

/// And writing does not move the mark.
pub async fn own_messages_are_never_unread(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let room = world.room(&ann).await.id;
    for who in [&ann, &bob, &ann, &ann, &bob, &ann] {
        world.say(&room, who, "x").await;
    }
    let unread = async |who: &Account| {
        let mark = store.read_mark(room.clone(), who.profile.id.clone()).await;
        let mark = mark.expect("a working store").expect("a member");
        (mark.last_read.0, mark.unread)
    };
    assert_eq!(unread(&ann).await, (0, 2));
    assert_eq!(unread(&bob).await, (1, 3), "joined by writing, after the first");
    store.bury(room.clone(), Seq(5), world.now()).await.expect("a working store");
    assert_eq!(unread(&ann).await, (0, 2), "a tombstone keeps its place");
}

/// Nor gets one by asking.
pub async fn whoever_is_not_a_member_has_no_mark(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let channel = world.channel(&ann, Visibility::Public).await.id;
    let (id, now) = (bob.profile.id.clone(), world.now());
    assert_eq!(store.mark_read(channel.clone(), id.clone(), None, now).await, Ok(None));
    assert_eq!(store.read_mark(channel.clone(), id.clone()).await, Ok(None));
    assert_eq!(store.member(channel, id).await, Ok(None));
}

/// There is nothing to be read in it yet; to a third it is not there.
pub async fn a_mark_in_what_two_may_have_is_not_moved(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob, eve) = (world.own("ann").await, world.own("bob").await, world.own("eve").await);
    let direct = Direct::of(&ann.profile.id, &bob.profile.id).expect("two accounts").id();
    let nothing = ReadMark { last_read: Seq(0), moved: false, unread: 0 };
    for (who, expected) in [(&ann, Some(nothing)), (&bob, Some(nothing)), (&eve, None)] {
        let (id, now) = (who.profile.id.clone(), world.now());
        let mark = store.mark_read(direct.clone(), id, Some(Seq(7)), now).await;
        assert_eq!(mark, Ok(expected), "{}", who.profile.id);
    }
    assert_eq!(store.conversation(direct).await, Ok(None));
}

/// Random people who write, read, leave and come back, in conversations long enough for every
/// short cut that a store may take; each count against one made from the messages themselves.
pub async fn unread_counts_equal_a_recount(store: Arc<dyn Store>) {
    // Always the same steps: a failure is found again by running it again.
    const SEED: u64 = 20_260;
    let mut world = World::new(Arc::clone(&store));
    world.dice = crate::Dice::new(SEED);
    let mut people = Vec::new();
    for name in ["a", "b", "c", "d"] {
        people.push(world.own(name).await);
    }
    let rooms = [world.room(&people[0]).await.id, world.room(&people[0]).await.id];
    let mut marks: HashMap<(usize, usize), u64> = HashMap::from([((0, 0), 0), ((1, 0), 0)]);
    let mut lengths = [0_u64; 2];
    for _ in 0..600 {
        let (at, who) = (world.dice.below(2), world.dice.below(people.len()));
        let (room, id) = (&rooms[at], &people[who].profile.id);
        let mark = marks.get(&(at, who)).copied();
        match world.dice.below(10) {
            0..=4 => {
                let size = 1 + world.dice.below(12);
                let batch = (0..size).map(|_| world.message(room, &people[who], "x")).collect();
                store.append(batch).await.expect("a working store");
                marks.entry((at, who)).or_insert(lengths[at]);
                lengths[at] += size as u64;
            }
            5..=7 => {
                let to = world.dice.below(2 + usize::try_from(lengths[at]).expect("fits")) as u64;
                let now = world.now();
                let moved = store.mark_read(room.clone(), id.clone(), Some(Seq(to)), now).await;
                let moved = moved.expect("a working store");
                assert_eq!(moved.is_some(), mark.is_some());
                if let (Some(moved), Some(mark)) = (moved, mark) {
                    let target = mark.max(to.min(lengths[at]));
                    assert_eq!((moved.last_read.0, moved.moved), (target, target > mark));
                    marks.insert((at, who), target);
                }
            }
            8 if mark.is_some() => {
                let now = world.now();
                assert_eq!(store.leave(room.clone(), id.clone(), now).await, Ok(true));
                marks.remove(&(at, who));
            }
            _ => {
                let now = world.now();
                store.enter(room.clone(), id.clone(), now).await.expect("a working store");
                marks.entry((at, who)).or_insert(lengths[at]);
            }
        }
        recount(&world, room, (&people[who], marks.get(&(at, who)).copied())).await;
    }
    assert!(lengths.iter().all(|length| *length > 500), "{lengths:?}");
}

async fn recount(world: &World, room: &ConversationId, (who, mark): (&Account, Option<u64>)) {
    let id = &who.profile.id;
    let found = world.store.read_mark(room.clone(), id.clone()).await.expect("a working store");
    let Some(mark) = mark else {
        assert_eq!(found, None);
        return;
    };
    let (mut unread, mut after) = (0, Seq(mark));
    loop {
        let page = world.page(room, PageCursor::After(after), 500).await;
        unread += page.messages.iter().filter(|message| message.sender != *id).count() as u64;
        match page.messages.last() {
            Some(last) if page.has_more => after = last.seq,
            _ => break,
        }
    }
    assert_eq!(found, Some(ReadMark { last_read: Seq(mark), moved: false, unread }));
}
