//! Rules of the lists of people: members, and who blocks whom.

use std::sync::Arc;

use chat::conversations::{ConversationId, Direct, Seq, Visibility};
use chat::identity::{Account, Block, Change, ChangeKind, ChangeSeq, People, PeopleCursor};
use chat::ids::{AccountId, ClientId};
use chat::messages::{Appended, Rejection};
use chat::store::Store;

use crate::world::World;

fn names(people: &People) -> Vec<&str> {
    people.profiles.iter().map(|profile| profile.username.as_str()).collect()
}

async fn members(store: &Arc<dyn Store>, of: &ConversationId, limit: usize) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.members(of.clone(), cursor, limit).await.expect("a working store");
        let page = page.expect("a conversation");
        assert!(found.is_empty() || !page.profiles.is_empty(), "a cursor leads to something");
        found.extend(names(&page).into_iter().map(str::to_owned));
        let Some(next) = page.next else { return found };
        assert_eq!(page.profiles.len(), limit, "only the last page is short");
        cursor = Some(PeopleCursor::parse(&next.to_string()).expect("a cursor that was given"));
    }
}

/// Coming back begins anew; deleted guests are members no longer.
pub async fn members_are_listed_in_the_order_of_joining(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let maker = world.own("maker").await;
    let channel = world.channel(&maker, Visibility::Public).await.id;
    let mut people = Vec::new();
    // Not in the order in which the accounts were made.
    for name in ["e", "d", "c", "b", "a"] {
        let ends = world.now();
        people.push(if name == "c" {
            world.guest(name, ends).await
        } else {
            world.own(name).await
        });
    }
    let now = world.now();
    for person in people.iter().rev() {
        let id = person.profile.id.clone();
        store.enter(channel.clone(), id, now).await.expect("a working store");
    }
    for limit in [1, 2, 3, 6, 100] {
        assert_eq!(members(&store, &channel, limit).await, ["maker", "a", "b", "c", "d", "e"]);
    }
    let page = store.members(channel.clone(), None, 4).await.expect("works").expect("a channel");
    assert_eq!(page.profiles[3], *people[2].profile);
    assert!(page.profiles[3].is_guest);
    // Whoever leaves between two pages makes neither a double nor a hole.
    let b = people[3].profile.id.clone();
    assert_eq!(store.leave(channel.clone(), b.clone(), now).await, Ok(true));
    let rest = store.members(channel.clone(), page.next, 100).await;
    assert_eq!(names(&rest.expect("works").expect("a channel")), ["d", "e"]);
    store.enter(channel.clone(), b, now).await.expect("a working store");
    let later = world.now();
    assert_eq!(store.delete_ended_guests(later, 10).await, Ok(1));
    assert_eq!(members(&store, &channel, 2).await, ["maker", "a", "d", "e", "b"]);
    let nowhere = ConversationId::parse("room_nowhere").expect("an id");
    assert_eq!(store.members(nowhere, None, 10).await, Ok(None));
}

/// However much is asked for.
pub async fn pages_of_members_are_bounded(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let maker = world.own("maker").await;
    let room = world.room(&maker).await.id;
    for nth in 0..105 {
        let id = world.own(&format!("person {nth}")).await.profile.id.clone();
        let now = world.now();
        store.enter(room.clone(), id, now).await.expect("a working store");
    }
    for (limit, expected) in [(0, 1), (usize::MAX, 100), (100, 100)] {
        let page = store.members(room.clone(), None, limit).await.expect("works").expect("a room");
        assert_eq!((page.profiles.len(), page.next.is_some()), (expected, true), "{limit}");
    }
    assert_eq!(members(&store, &room, 53).await.len(), 106);
}

fn by(blocker: &AccountId, other: &AccountId) -> Block {
    Block { blocker: blocker.clone(), blocked: other.clone() }
}

async fn blocked_by(store: &Arc<dyn Store>, who: &Account, limit: usize) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.blocked_by(who.profile.id.clone(), cursor, limit).await;
        let page = page.expect("a working store");
        assert!(found.is_empty() || !page.profiles.is_empty(), "a cursor leads to something");
        found.extend(names(&page).into_iter().map(str::to_owned));
        let Some(next) = page.next else { return found };
        assert_eq!(page.profiles.len(), limit);
        cursor = Some(next);
    }
}

/// One way in the list, both ways in effect, once in the feed.
pub async fn a_block_is_kept_until_it_is_ended(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob, cleo) =
        (world.own("ann").await, world.own("bob").await, world.own("cleo").await);
    let (a, b) = (ann.profile.id.clone(), bob.profile.id.clone());
    let between = async |one: &AccountId, other: &AccountId| {
        store.is_blocked_between(one.clone(), other.clone()).await.expect("a working store")
    };
    assert_eq!(store.unblock(by(&a, &b)).await, Ok(false));
    for _ in 0..2 {
        let now = world.now();
        assert_eq!(store.block(by(&a, &b), now).await, Ok(true));
        assert_eq!(blocked_by(&store, &ann, 10).await, ["bob"]);
        assert_eq!(blocked_by(&store, &bob, 10).await, [] as [&str; 0]);
    }
    assert!(between(&a, &b).await && between(&b, &a).await);
    assert!(!between(&a, &cleo.profile.id).await && !between(&a, &a).await);
    assert_eq!(store.unblock(by(&b, &a)).await, Ok(false), "it is not bob's to end");
    assert_eq!(store.unblock(by(&a, &b)).await, Ok(true));
    assert!(!between(&a, &b).await);
    assert_eq!(blocked_by(&store, &ann, 10).await, [] as [&str; 0]);
    let expected = [ChangeKind::Blocked(by(&a, &b)), ChangeKind::Unblocked(by(&a, &b))];
    let changes = store.changes_after(ChangeSeq(0), 10).await.expect("a working store");
    let kinds: Vec<_> = changes.into_iter().map(|Change { kind, .. }| kind).collect();
    assert_eq!(kinds, expected);
}

/// Two accounts that exist; a guest's end with the guest.
pub async fn only_who_is_there_blocks_and_is_blocked(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let ann = world.own("ann").await;
    let ends = world.now();
    let guest = world.guest("guest", ends).await;
    let nobody = AccountId::parse("nobody").expect("an id");
    let (a, g) = (ann.profile.id.clone(), guest.profile.id.clone());
    for (one, other, is_there) in [
        (&a, &a, false),
        (&a, &nobody, false),
        (&nobody, &a, false),
        (&a, &g, true),
        (&g, &a, true),
    ] {
        let now = world.now();
        assert_eq!(store.block(by(one, other), now).await, Ok(is_there));
        let between = store.is_blocked_between(one.clone(), other.clone()).await;
        assert_eq!(between, Ok(is_there), "{one} {other}");
    }
    assert_eq!(blocked_by(&store, &ann, 10).await, ["guest"]);
    let later = world.now();
    assert_eq!(store.delete_ended_guests(later, 10).await, Ok(1));
    assert_eq!(blocked_by(&store, &ann, 10).await, [] as [&str; 0]);
    assert_eq!(store.is_blocked_between(a, g.clone()).await, Ok(false));
    let none = People { profiles: vec![], next: None };
    for gone in [g, nobody] {
        assert_eq!(store.blocked_by(gone, None, 10).await, Ok(none.clone()));
    }
}

/// The oldest accounts first, whenever they were blocked.
pub async fn blocked_people_are_paged(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let ann = world.own("ann").await;
    let mut people = Vec::new();
    for nth in 0..7 {
        people.push(world.own(&format!("p{nth}")).await.profile.id.clone());
    }
    for nth in [3, 0, 6, 5, 1] {
        let now = world.now();
        assert_eq!(store.block(by(&ann.profile.id, &people[nth]), now).await, Ok(true));
    }
    for limit in [1, 2, 5, 100] {
        assert_eq!(blocked_by(&store, &ann, limit).await, ["p0", "p1", "p3", "p5", "p6"]);
    }
}

/// Neither of the two writes or opens, and in rooms both do.
pub async fn across_a_block_nothing_direct_is_written(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let (a, b) = (ann.profile.id.clone(), bob.profile.id.clone());
    let direct = Direct::of(&a, &b).expect("two accounts").id();
    let room = world.room(&ann).await.id;
    let now = world.now();
    for is_made in [false, true] {
        assert_eq!(store.block(by(&a, &b), now).await, Ok(true));
        for (me, you) in [(&ann, &b), (&bob, &a)] {
            let message = world.message(&direct, me, "hello");
            let rejected = Appended::Rejected(Rejection::NotFound);
            assert_eq!(world.append(message).await, rejected, "made: {is_made}");
            let opened = store.open_direct(me.profile.id.clone(), you.clone(), now).await;
            assert_eq!(opened, Ok(None));
            world.say(&room, me, "hello all").await;
        }
        assert_eq!(store.unblock(by(&a, &b)).await, Ok(true));
        world.say(&direct, &bob, "hello").await;
    }
}

/// Nor is the first message given back to whoever sends it again: to them nothing is there.
pub async fn across_a_block_a_resend_is_not_found(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let (a, b) = (ann.profile.id.clone(), bob.profile.id.clone());
    let direct = Direct::of(&a, &b).expect("two accounts").id();
    let mut first = world.message(&direct, &bob, "hello");
    first.client_id = ClientId::parse("key").ok();
    let Appended::Stored { message, .. } = world.append(first.clone()).await else {
        panic!("not stored")
    };
    let now = world.now();
    for (blocker, blocked) in [(&a, &b), (&b, &a)] {
        assert_eq!(store.block(by(blocker, blocked), now).await, Ok(true));
        let rejected = Appended::Rejected(Rejection::NotFound);
        assert_eq!(world.append(first.clone()).await, rejected, "{blocker} blocks");
        assert_eq!(store.unblock(by(blocker, blocked)).await, Ok(true));
        assert_eq!(world.append(first.clone()).await, Appended::Duplicate(message.clone()));
    }
}

/// Whoever blocks reads on; to the blocked the conversation is not there.
pub async fn across_a_block_only_the_blocker_moves_a_mark(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let (a, b) = (ann.profile.id.clone(), bob.profile.id.clone());
    let direct = Direct::of(&a, &b).expect("two accounts").id();
    world.say(&direct, &bob, "hello").await;
    world.say(&direct, &ann, "hello").await;
    let now = world.now();
    assert_eq!(store.block(by(&a, &b), now).await, Ok(true));
    let mark = async |who: &AccountId| {
        let mark = store.mark_read(direct.clone(), who.clone(), None, now).await;
        mark.expect("a working store").map(|mark| (mark.last_read, mark.moved))
    };
    assert_eq!((mark(&b).await, mark(&a).await), (None, Some((Seq(2), true))));
    assert_eq!(store.unblock(by(&a, &b)).await, Ok(true));
    assert_eq!(mark(&b).await, Some((Seq(2), true)));
}
