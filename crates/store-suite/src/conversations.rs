//! Rules of rooms, channels and their members.

use std::sync::Arc;

use chat::conversations::{
    Conversation, ConversationId, Entry, Kind, Member, Role, Seq, Title, Visibility,
};
use chat::identity::Account;
use chat::ids::AccountId;
use chat::messages::{PageCursor, PageError};
use chat::store::Store;
use chat::time::Timestamp;

use crate::world::World;

async fn conversation(store: &Arc<dyn Store>, id: &ConversationId) -> Conversation {
    let found = store.conversation(id.clone()).await.expect("a working store");
    found.expect("a conversation")
}

/// What was made is what is read.
pub async fn a_new_room_has_its_maker_in_it(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let maker = world.own("ann").await;
    let room = world.room(&maker).await;
    assert_eq!((room.kind, room.visibility), (Kind::Room, Visibility::Public));
    assert_eq!(room.title.as_ref().map(Title::as_str), Some("Tea & cake"));
    assert_eq!(room.description.as_str(), "What goes with tea");
    assert_eq!((room.member_count, room.last_seq), (1, Seq(0)));
    assert_eq!((&room.owner, &room.last_message), (&None, &None));
    assert_eq!(room.updated_at, room.created_at);
    assert_eq!(conversation(&store, &room.id).await, room);
    let member = store.member(room.id.clone(), maker.profile.id.clone()).await;
    let expected = Member {
        account: maker.profile.id.clone(),
        role: Role::Member,
        joined_at: room.created_at,
        last_read: Seq(0),
    };
    assert_eq!(member, Ok(Some(expected)));
    let channel = world.channel(&maker, Visibility::Private).await;
    assert_eq!((channel.kind, channel.visibility), (Kind::Channel, Visibility::Private));
    assert_eq!(channel.owner, Some(maker.profile.id.clone()));
    let member = store.member(channel.id, maker.profile.id.clone()).await.expect("a working store");
    assert_eq!(member.map(|member| member.role), Some(Role::Owner));
}

/// The second time changes nothing.
pub async fn entering_makes_a_member_once(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (maker, guest_until) = (world.own("ann").await, world.now());
    let people = [world.own("bob").await, world.guest("eve", guest_until).await];
    for place in [world.room(&maker).await.id, world.channel(&maker, Visibility::Public).await.id] {
        for (count, person) in (2..).zip(&people) {
            let (first, later) = (world.now(), world.now());
            let id = &person.profile.id;
            let member = Member {
                account: id.clone(),
                role: Role::Member,
                joined_at: first,
                last_read: Seq(0),
            };
            for (now, is_new) in [(first, true), (later, false)] {
                let entry = store.enter(place.clone(), id.clone(), now).await;
                let conversation = conversation(&store, &place).await;
                assert_eq!(conversation.member_count, count);
                let expected = Entry { conversation, member: member.clone(), is_new };
                assert_eq!(entry, Ok(Some(expected)));
            }
            assert_eq!(store.member(place.clone(), id.clone()).await, Ok(Some(member)));
        }
    }
}

/// But its member may call it entering.
pub async fn a_private_channel_is_entered_by_nobody(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (maker, other) = (world.own("ann").await, world.own("bob").await);
    let channel = world.channel(&maker, Visibility::Private).await;
    let now = world.now();
    let entry = store.enter(channel.id.clone(), other.profile.id.clone(), now).await;
    assert_eq!(entry, Ok(None));
    assert_eq!(store.member(channel.id.clone(), other.profile.id.clone()).await, Ok(None));
    let entry = store.enter(channel.id.clone(), maker.profile.id.clone(), now).await;
    let entry = entry.expect("a working store").expect("a member");
    assert_eq!((entry.is_new, entry.member.role), (false, Role::Owner));
    assert_eq!(entry.conversation, channel);
}

/// Whoever comes back, too.
pub async fn a_new_member_has_read_what_is_there(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (maker, other) = (world.own("ann").await, world.own("bob").await);
    let room = world.room(&maker).await.id;
    for round in 1..=2 {
        world.say(&room, &maker, "hello").await;
        let now = world.now();
        let id = &other.profile.id;
        let entry = store.enter(room.clone(), id.clone(), now).await.expect("a working store");
        assert_eq!(entry.expect("a room").member.last_read, Seq(round));
        assert_eq!(store.leave(room.clone(), id.clone(), now).await, Ok(true));
    }
}

/// The second time, and for whoever was none, it says so.
pub async fn leaving_ends_a_membership_once(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (maker, other) = (world.own("ann").await, world.own("bob").await);
    let room = world.room(&maker).await.id;
    let now = world.now();
    let leave = async |who: &AccountId| store.leave(room.clone(), who.clone(), now).await;
    assert_eq!(leave(&other.profile.id).await, Ok(false));
    assert_eq!(leave(&maker.profile.id).await, Ok(true));
    assert_eq!(leave(&maker.profile.id).await, Ok(false));
    assert_eq!(conversation(&store, &room).await.member_count, 0);
    assert_eq!(store.member(room, maker.profile.id.clone()).await, Ok(None));
}

/// In the order of joining, which coming back begins anew.
pub async fn the_longest_member_inherits_a_channel(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let maker = world.own("maker").await;
    let channel = world.channel(&maker, Visibility::Public).await.id;
    let mut people = Vec::new();
    for name in ["a", "b", "c"] {
        people.push(world.own(name).await.profile.id.clone());
    }
    // All at one moment: the order is that of the calls.
    let now = world.now();
    let enter = async |who: &AccountId| {
        store.enter(channel.clone(), who.clone(), now).await.expect("a working store");
    };
    let leave = async |who: &AccountId| {
        assert_eq!(store.leave(channel.clone(), who.clone(), now).await, Ok(true));
        conversation(&store, &channel).await.owner
    };
    for id in &people {
        enter(id).await;
    }
    let [a, b, c] = &people[..] else { panic!("three people") };
    assert_eq!(leave(a).await, Some(maker.profile.id.clone()), "an owner who stays is owner");
    enter(a).await;
    assert_eq!(leave(&maker.profile.id).await, Some(b.clone()));
    let member = store.member(channel.clone(), b.clone()).await.expect("a working store");
    assert_eq!(member.map(|member| member.role), Some(Role::Owner));
    assert_eq!(leave(b).await, Some(c.clone()));
    assert_eq!(leave(c).await, Some(a.clone()));
    assert_eq!(leave(a).await, None);
    // Whoever comes then is the longest member, by whichever way.
    enter(c).await;
    enter(b).await;
    assert_eq!(conversation(&store, &channel).await.owner.as_ref(), Some(c));
    assert_eq!(leave(c).await.as_ref(), Some(b));
    assert_eq!(leave(b).await, None);
    let message = world.message(&channel, &maker, "back");
    world.append(message).await;
    let entry = store.enter(channel.clone(), maker.profile.id.clone(), now).await;
    let entry = entry.expect("a working store").expect("a public channel");
    assert_eq!((entry.member.role, entry.is_new), (Role::Owner, false));
    assert_eq!(entry.conversation.owner, Some(maker.profile.id.clone()));
    leave(&maker.profile.id).await;
    let entry = store.enter(channel.clone(), a.clone(), now).await.expect("a working store");
    assert_eq!(entry.map(|entry| (entry.member.role, entry.is_new)), Some((Role::Owner, true)));
}

/// A guest, who is gone in a day, gets a channel only where nobody else is in it.
pub async fn a_guest_inherits_last(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let until = Timestamp::from_millis(1_000_000);
    let maker = world.own("maker").await;
    let (gus, gil) = (world.guest("gus", until).await, world.guest("gil", until).await);
    let late = world.own("late").await;
    let channel = world.channel(&maker, Visibility::Public).await.id;
    let now = world.now();
    for who in [&gus, &gil, &late] {
        let entered = store.enter(channel.clone(), who.profile.id.clone(), now).await;
        assert!(entered.expect("a working store").is_some());
    }
    let leave = async |who: &Account| {
        let left = store.leave(channel.clone(), who.profile.id.clone(), now).await;
        assert_eq!(left, Ok(true));
        conversation(&store, &channel).await.owner
    };
    assert_eq!(leave(&maker).await, Some(late.profile.id.clone()), "before the guests");
    assert_eq!(leave(&late).await, Some(gus.profile.id.clone()), "the longest of them");
    assert_eq!(leave(&gus).await, Some(gil.profile.id.clone()));
    assert_eq!(leave(&gil).await, None);
}

/// By no call.
pub async fn what_is_not_there_is_not_found(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let ann = world.own("ann").await.profile.id.clone();
    let nowhere = ConversationId::parse("room_nowhere").expect("an id");
    let nobody = AccountId::parse("nobody").expect("an id");
    let room = world.own("bob").await;
    let room = world.room(&room).await.id;
    let now = Timestamp::from_millis(1);
    assert_eq!(store.conversation(nowhere.clone()).await, Ok(None));
    for (place, who) in [(&nowhere, &ann), (&room, &nobody)] {
        assert_eq!(store.enter(place.clone(), who.clone(), now).await, Ok(None));
        assert_eq!(store.leave(place.clone(), who.clone(), now).await, Ok(false));
        assert_eq!(store.member(place.clone(), who.clone()).await, Ok(None));
        assert_eq!(store.mark_read(place.clone(), who.clone(), None, now).await, Ok(None));
        assert_eq!(store.read_mark(place.clone(), who.clone()).await, Ok(None));
    }
    let page = store.page(nowhere.clone(), PageCursor::Newest, 10).await;
    assert_eq!(page, Err(PageError::NotFound));
    assert_eq!(store.bury(nowhere, Seq(1), now).await, Ok(None));
    assert_eq!(store.check().await, Ok(()));
}
