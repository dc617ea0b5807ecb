//! Rules of messages.

use std::sync::Arc;

use chat::conversations::{ConversationId, Member, Role, Seq, Visibility};
use chat::identity::Account;
use chat::messages::{Appended, Message, MessageType, NewMessage, Page, PageCursor, Rejection};
use chat::store::Store;
use chat::text::Text;

use crate::world::{World, key_of};

fn stored(appended: Appended) -> Message {
    match appended {
        Appended::Stored { message, .. } => message,
        other => panic!("{other:?} instead of a stored message"),
    }
}

fn seqs(page: &Page) -> Vec<u64> {
    page.messages.iter().map(|message| message.seq.0).collect()
}

/// 1, 2, 3 … in each conversation for itself, over calls and within one.
pub async fn messages_get_the_next_place_without_a_gap(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let ann = world.own("ann").await;
    let rooms = [world.room(&ann).await.id, world.room(&ann).await.id];
    let mut next = [1, 1];
    for size in [1, 5, 1, 7] {
        let wheres: Vec<_> = (0..size).map(|_| world.dice.below(2)).collect();
        let batch = wheres.iter().map(|at| world.message(&rooms[*at], &ann, "x")).collect();
        let appended = store.append(batch).await.expect("a working store");
        for (at, appended) in wheres.into_iter().zip(appended) {
            let message = stored(appended);
            assert_eq!((&message.conversation, message.seq.0), (&rooms[at], next[at]));
            next[at] += 1;
        }
    }
    assert_eq!(store.append(Vec::new()).await, Ok(vec![]));
}

/// However they come together in a commit.
pub async fn many_writers_leave_no_gap(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let ann = world.own("ann").await;
    let room = world.room(&ann).await.id;
    // A call takes its place when it is made: the answers are awaited afterwards, all at once.
    let calls: Vec<_> = (0..300)
        .map(|_| {
            let message = world.message(&room, &ann, "x");
            (message.clone(), store.append(vec![message]))
        })
        .collect();
    for (place, (message, call)) in (1..).zip(calls) {
        let appended = call.await.expect("a working store").remove(0);
        let appended = stored(appended);
        assert_eq!((appended.seq, appended.id), (Seq(place), message.id));
    }
    let page = world.page(&room, PageCursor::Newest, 1_000).await;
    assert_eq!(seqs(&page), (1..=300).collect::<Vec<_>>());
}

/// In a later call, in the same one, and after others.
pub async fn a_resend_stores_nothing_and_gives_the_first(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let ann = world.own("ann").await;
    let room = world.room(&ann).await.id;
    let first = world.keyed(&room, &ann, ("k", "hello"));
    let mut resend = || world.keyed(&room, &ann, ("k", "hello"));
    let (second, third) = (resend(), resend());
    assert_ne!(first.id, second.id);
    let both = store.append(vec![first, second]).await.expect("a working store");
    let message = stored(both[0].clone());
    assert_eq!(both[1], Appended::Duplicate(message.clone()));
    world.say(&room, &ann, "in between").await;
    assert_eq!(world.append(third).await, Appended::Duplicate(message.clone()));
    let typed = NewMessage {
        message_type: MessageType::parse("image").expect("a type"),
        ..world.keyed(&room, &ann, ("k", "hello"))
    };
    assert_eq!(world.append(typed).await, Appended::Duplicate(message));
    assert_eq!(world.texts(&room).await.len(), 2);
}

/// And stores nothing.
pub async fn another_text_under_the_same_key_is_a_conflict(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let ann = world.own("ann").await;
    let room = world.room(&ann).await.id;
    let first = world.keyed(&room, &ann, ("k", "hello"));
    let other = world.keyed(&room, &ann, ("k", "Hello"));
    let both = store.append(vec![first, other.clone()]).await.expect("a working store");
    assert_eq!(both[1], Appended::Rejected(Rejection::Conflict));
    assert_eq!(world.append(other).await, Appended::Rejected(Rejection::Conflict));
    assert_eq!(world.texts(&room).await, [Some("hello".to_owned())]);
}

/// The same key of another sender, or elsewhere, is another key; so is another spelling.
pub async fn keys_are_each_senders_own_in_each_conversation(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let (here, there) = (world.room(&ann).await.id, world.room(&ann).await.id);
    for (room, sender, key) in
        [(&here, &ann, "k"), (&here, &bob, "k"), (&there, &ann, "k"), (&here, &ann, "K")]
    {
        let message = world.keyed(room, sender, (key, "hello"));
        stored(world.append(message).await);
    }
}

/// An attempt that is made again stores it once.
pub async fn a_message_without_a_key_has_its_id_for_one(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let ann = world.own("ann").await;
    let room = world.room(&ann).await.id;
    let message = world.message(&room, &ann, "hello");
    let first = stored(world.append(message.clone()).await);
    assert_eq!(world.append(message).await, Appended::Duplicate(first));
    world.say(&room, &ann, "hello").await;
    assert_eq!(world.texts(&room).await.len(), 2);
}

/// A call's messages are decided one by one.
pub async fn what_one_is_rejected_for_does_not_touch_the_others(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let room = world.room(&ann).await.id;
    let private = world.channel(&ann, Visibility::Private).await.id;
    let nowhere = ConversationId::parse("room_nowhere").expect("an id");
    let batch = vec![
        world.keyed(&room, &ann, ("k", "one")),
        world.message(&nowhere, &ann, "x"),
        world.message(&private, &bob, "x"),
        world.keyed(&room, &ann, ("k", "other")),
        world.keyed(&room, &ann, ("k", "one")),
        world.message(&room, &bob, "two"),
    ];
    let outcome: Vec<_> = store
        .append(batch)
        .await
        .expect("a working store")
        .into_iter()
        .map(|appended| match appended {
            Appended::Stored { message, joined } => Ok((message.seq.0, joined)),
            Appended::Duplicate(message) => Ok((message.seq.0, false)),
            Appended::Rejected(rejection) => Err(rejection),
        })
        .collect();
    let expected = [
        Ok((1, false)),
        Err(Rejection::NotFound),
        Err(Rejection::NotFound),
        Err(Rejection::Conflict),
        Ok((1, false)),
        Ok((2, true)),
    ];
    assert_eq!(outcome, expected);
}

/// A table of who and where.
pub async fn who_may_write_where(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let owner = world.own("owner").await;
    let room = world.room(&owner).await.id;
    let public = world.channel(&owner, Visibility::Public).await.id;
    let private = world.channel(&owner, Visibility::Private).await.id;
    let ends = world.now();
    let (own, host) = (world.own("own").await, world.host("host").await);
    let (guest, gone) = (world.guest("guest", world_end()).await, world.guest("gone", ends).await);
    let later = world.now();
    assert_eq!(store.delete_ended_guests(later, 10).await, Ok(1));
    let (not_found, forbidden) = (Some(Rejection::NotFound), Some(Rejection::Forbidden));
    for (who, at, expected) in [
        (&own, &room, None),
        (&host, &room, None),
        (&guest, &room, None),
        (&gone, &room, forbidden),
        (&own, &public, None),
        (&guest, &public, None),
        (&gone, &public, forbidden),
        (&owner, &private, None),
        (&own, &private, not_found),
        (&host, &private, not_found),
        (&guest, &private, not_found),
        (&gone, &private, forbidden),
    ] {
        let message = world.message(at, who, "hello");
        let rejection = match world.append(message).await {
            Appended::Rejected(rejection) => Some(rejection),
            _ => None,
        };
        assert_eq!(rejection, expected, "{} in {at}", who.profile.username.as_str());
    }
}

fn world_end() -> chat::time::Timestamp {
    chat::time::Timestamp::from_millis(u64::MAX)
}

/// What stores nothing leaves nothing else behind either: no membership, and no gap in the order.
pub async fn a_resend_makes_nobody_a_member(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let room = world.room(&ann).await.id;
    let first = world.keyed(&room, &bob, ("k", "hello"));
    let first = stored(world.append(first).await);
    let gone = world.now();
    assert_eq!(store.leave(room.clone(), bob.profile.id.clone(), gone).await, Ok(true));
    let before = store.conversation(room.clone()).await.expect("a working store");
    let again = world.keyed(&room, &bob, ("k", "hello"));
    let other = world.keyed(&room, &bob, ("k", "Hello"));
    let both = store.append(vec![again.clone(), other.clone()]).await.expect("a working store");
    let expected = [Appended::Duplicate(first), Appended::Rejected(Rejection::Conflict)];
    assert_eq!(both, expected);
    assert_eq!(store.conversation(room.clone()).await, Ok(before));
    assert_eq!(store.member(room.clone(), bob.profile.id.clone()).await, Ok(None));
    let new = world.message(&room, &bob, "back");
    let all = store.append(vec![again, other, new]).await.expect("a working store");
    let Appended::Stored { message, joined: true } = &all[2] else { panic!("{all:?}") };
    assert_eq!((&all[..2], message.seq), (&expected[..], Seq(2)));
}

/// With everything before it read; and only once.
pub async fn writing_makes_a_member(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let room = world.room(&ann).await.id;
    world.say(&room, &ann, "one").await;
    let (first, second) = (world.message(&room, &bob, "two"), world.message(&room, &bob, "three"));
    let joined_at = first.created_at;
    let both = store.append(vec![first, second]).await.expect("a working store");
    let joined: Vec<_> = both
        .iter()
        .map(|appended| matches!(appended, Appended::Stored { joined: true, .. }))
        .collect();
    assert_eq!(joined, [true, false]);
    let member = store.member(room.clone(), bob.profile.id.clone()).await;
    let expected = Member {
        account: bob.profile.id.clone(),
        role: Role::Member,
        joined_at,
        last_read: Seq(1),
    };
    assert_eq!(member, Ok(Some(expected)));
    let conversation = store.conversation(room).await.expect("a working store");
    assert_eq!(conversation.map(|room| room.member_count), Some(2));
}

/// Before, after and newest; at the ends, beyond them, and of nothing.
pub async fn a_page_is_what_was_asked_for(store: Arc<dyn Store>) {
    use PageCursor::{After, Before, Newest};
    let mut world = World::new(Arc::clone(&store));
    let ann = world.own("ann").await;
    let (room, empty) = (world.room(&ann).await.id, world.room(&ann).await.id);
    let other = world.room(&ann).await.id;
    for _ in 0..10 {
        world.say(&room, &ann, "x").await;
        world.say(&other, &ann, "y").await;
    }
    for (cursor, limit, expected, has_more) in [
        (Newest, 3, 8..=10, true),
        (Newest, 10, 1..=10, false),
        (Newest, 11, 1..=10, false),
        (Before(Seq(8)), 3, 5..=7, true),
        (Before(Seq(4)), 3, 1..=3, false),
        (Before(Seq(3)), 3, 1..=2, false),
        (Before(Seq(11)), 2, 9..=10, true),
        (Before(Seq(u64::MAX)), 2, 9..=10, true),
        (After(Seq(0)), 3, 1..=3, true),
        (After(Seq(7)), 3, 8..=10, false),
        (After(Seq(6)), 3, 7..=9, true),
        (After(Seq(9)), 3, 10..=10, false),
    ] {
        let page = world.page(&room, cursor, limit).await;
        let found = (seqs(&page), page.has_more);
        assert_eq!(found, (expected.collect(), has_more), "{cursor:?} {limit}");
        assert!(page.messages.iter().all(|message| message.conversation == room));
    }
    for (of, cursor, has_more) in [
        (&room, Before(Seq(1)), false),
        (&room, Before(Seq(0)), false),
        (&room, After(Seq(10)), false),
        (&room, After(Seq(u64::MAX)), false),
        (&empty, Newest, false),
        (&empty, After(Seq(0)), false),
    ] {
        let page = world.page(of, cursor, 3).await;
        let nothing = Page { messages: vec![], senders: vec![], has_more };
        assert_eq!(page, nothing, "{cursor:?}");
    }
    assert_eq!(seqs(&world.page(&room, Newest, 0).await), [] as [u64; 0]);
}

/// Each once.
pub async fn a_page_names_its_senders_also_the_deleted(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, silent) = (world.own("ann").await, world.own("silent").await);
    let ends = world.now();
    let gone = world.guest("gone", ends).await;
    let room = world.room(&silent).await.id;
    for who in [&ann, &gone, &ann, &gone] {
        world.say(&room, who, "hello").await;
    }
    let later = world.now();
    assert_eq!(store.delete_ended_guests(later, 10).await, Ok(1));
    let mut senders = world.page(&room, PageCursor::Newest, 10).await.senders;
    senders.sort_by(|a, b| a.username.as_str().cmp(b.username.as_str()));
    assert_eq!(senders, [(*ann.profile).clone(), (*gone.profile).clone()]);
    let page = world.page(&room, PageCursor::After(Seq(2)), 1).await;
    assert_eq!(page.senders, [(*ann.profile).clone()]);
}

/// As it was sent, to the last character.
pub async fn everything_of_a_message_is_kept(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let ann = world.own("ann").await;
    let room = world.room(&ann).await.id;
    let longest = "🦀".repeat(4_000);
    for (text, key, kind) in [
        ("  not trimmed\n\t", None, "text"),
        ("quotes ' \" ; -- %_", Some("'; DROP TABLE messages; --"), "image"),
        (longest.as_str(), Some("é"), "a_b"),
    ] {
        let mut new = match key {
            Some(key) => world.keyed(&room, &ann, (key, text)),
            None => world.message(&room, &ann, text),
        };
        new.message_type = MessageType::parse(kind).expect("a type");
        let message = stored(world.append(new.clone()).await);
        let expected = Message {
            id: new.id,
            conversation: new.conversation,
            seq: message.seq,
            sender: new.sender,
            client_id: new.client_id,
            message_type: new.message_type,
            text: Some(new.text),
            created_at: new.created_at,
        };
        assert_eq!(message, expected);
        let page = world.page(&room, PageCursor::Newest, 1).await;
        assert_eq!(page.messages, [expected]);
    }
}

/// The text is gone, a resend stays harmless, and burying again changes nothing.
pub async fn a_buried_message_leaves_its_place_and_its_key(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let ann = world.own("ann").await;
    let room = world.room(&ann).await.id;
    let first = world.keyed(&room, &ann, ("k", "secret"));
    let message = stored(world.append(first).await);
    world.say(&room, &ann, "after").await;
    let tombstone = Message { text: None, ..message };
    for _ in 0..2 {
        let now = world.now();
        let buried = store.bury(room.clone(), Seq(1), now).await;
        assert_eq!(buried, Ok(Some(tombstone.clone())));
    }
    assert_eq!(world.texts(&room).await, [None, Some("after".to_owned())]);
    let resend = world.keyed(&room, &ann, ("k", "secret"));
    assert_eq!(world.append(resend).await, Appended::Duplicate(tombstone));
    let other = world.keyed(&room, &ann, ("k", "other"));
    assert_eq!(world.append(other).await, Appended::Rejected(Rejection::Conflict));
    for seq in [Seq(0), Seq(3), Seq(u64::MAX)] {
        let now = world.now();
        assert_eq!(store.bury(room.clone(), seq, now).await, Ok(None));
    }
    assert_eq!(world.say(&room, &ann, "next").await.seq, Seq(3));
}

/// By the client's key, or the id; not by another's.
pub async fn settling_finds_what_is_stored_and_nothing_else(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let (room, other) = (world.room(&ann).await.id, world.room(&ann).await.id);
    let sent = [world.keyed(&room, &ann, ("k", "one")), world.message(&room, &ann, "two")];
    let appended = store.append(sent.to_vec()).await.expect("a working store");
    let resent = world.keyed(&room, &ann, ("k", "one"));
    let mut asked: Vec<NewMessage> = vec![sent[0].clone(), sent[1].clone(), resent];
    for lost in [
        world.keyed(&room, &ann, ("other", "x")),
        world.keyed(&room, &bob, ("k", "x")),
        world.keyed(&other, &ann, ("k", "x")),
        world.message(&room, &ann, "x"),
    ] {
        asked.push(lost);
    }
    let elsewhere = ConversationId::parse("conv_1_2").expect("an id");
    asked.push(NewMessage { conversation: elsewhere, ..sent[0].clone() });
    let settled = store.settle(asked.iter().map(key_of).collect()).await;
    let first = Some(stored(appended[0].clone()));
    let second = Some(stored(appended[1].clone()));
    let expected = vec![first.clone(), second, first, None, None, None, None, None];
    assert_eq!(settled, Ok(expected));
}

/// With the moment at which it came.
pub async fn a_conversation_shows_its_newest_message(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let ann: Account = world.own("ann").await;
    let room = world.room(&ann).await.id;
    for text in ["one", "two"] {
        let message = world.say(&room, &ann, text).await;
        let found = store.conversation(room.clone()).await.expect("a working store");
        let found = found.expect("a room");
        assert_eq!((found.last_seq, found.updated_at), (message.seq, message.created_at));
        assert_eq!(found.last_message, Some(message));
    }
    let now = world.now();
    store.bury(room.clone(), Seq(2), now).await.expect("a working store");
    let found = store.conversation(room).await.expect("a working store").expect("a room");
    let text = found.last_message.map(|message| message.text);
    assert_eq!(text, Some(None::<Text>));
}
