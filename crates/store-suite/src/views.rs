//! Rules of what a conversation looks like to somebody.

use std::collections::HashMap;
use std::sync::Arc;

use chat::conversations::{
    ConversationId, Direct, Kind, Listing, Member, MemberView, Partner, Role, Seq, View, Views,
    Visibility,
};
use chat::identity::{Account, Block};
use chat::ids::AccountId;
use chat::messages::PageCursor;
use chat::store::Store;

use crate::Dice;
use crate::world::World;

async fn view(store: &Arc<dyn Store>, of: &ConversationId, viewer: &Account) -> Option<View> {
    store.view(of.clone(), viewer.profile.id.clone()).await.expect("a working store")
}

/// And nobody else learns that it is there.
pub async fn a_view_is_for_whoever_may_see_it(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob, eve) = (world.own("ann").await, world.own("bob").await, world.own("eve").await);
    let room = world.room(&ann).await.id;
    let public = world.channel(&ann, Visibility::Public).await.id;
    let private = world.channel(&ann, Visibility::Private).await.id;
    let direct = Direct::of(&ann.profile.id, &bob.profile.id).expect("two accounts").id();
    world.say(&direct, &ann, "hello").await;
    let nowhere = ConversationId::parse("room_nowhere").expect("an id");
    for (place, seen) in [
        (&room, [true, true, true]),
        (&public, [true, true, true]),
        (&private, [true, false, false]),
        (&direct, [true, true, false]),
        (&nowhere, [false, false, false]),
    ] {
        for (viewer, is_seen) in [&ann, &bob, &eve].into_iter().zip(seen) {
            let found = view(&store, place, viewer).await;
            assert_eq!(found.is_some(), is_seen, "{place} for {viewer:?}");
            let conversation = store.conversation(place.clone()).await.expect("a working store");
            if let Some(found) = found {
                assert_eq!(Some(found.conversation), conversation);
                let member = store.member(place.clone(), viewer.profile.id.clone()).await;
                assert_eq!(Ok(found.member), member);
            }
        }
    }
    let views = store.views(nowhere, vec![ann.profile.id.clone()]).await;
    assert_eq!(views, Ok(None));
}

/// What is said of the newest message holds also when its sender is gone.
pub async fn a_view_holds_the_newest_message_and_its_sender(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let ann = world.own("ann").await;
    let room = world.room(&ann).await.id;
    let empty = view(&store, &room, &ann).await.expect("a room");
    assert_eq!((&empty.last_sender, &empty.conversation.last_message), (&None, &None));
    let ends = world.now();
    let guest = world.guest("Guest", ends).await;
    let newest = world.say(&room, &guest, "I was here").await;
    let later = world.now();
    assert_eq!(store.delete_ended_guests(later, 10).await, Ok(1));
    let left = view(&store, &room, &ann).await.expect("a room");
    assert_eq!(left.last_sender.as_ref(), Some(&*guest.profile));
    assert_eq!((left.unread, left.conversation.member_count), (1, 1));
    assert_eq!(left.conversation.last_message.as_ref(), Some(&newest));
    let stranger = view(&store, &room, &guest).await.expect("a room");
    assert_eq!(stranger, View { member: None, unread: 0, ..left.clone() });
    let viewer = ann.profile.id.clone();
    let listing = Listing { kind: Kind::Room, viewer, query: None, cursor: None, limit: 10 };
    let listed = store.list_conversations(listing).await.expect("a working store");
    assert_eq!(listed.items, [left]);
    let seq = newest.seq;
    store.bury(room.clone(), seq, later).await.expect("a working store");
    let buried = view(&store, &room, &ann).await.expect("a room");
    let text = buried.conversation.last_message.expect("a tombstone").text;
    assert_eq!((text, buried.unread), (None, 1));
}

/// Each of the two sees the other, and how far the other has read.
pub async fn a_direct_view_shows_the_other_one(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let direct = Direct::of(&ann.profile.id, &bob.profile.id).expect("two accounts").id();
    for _ in 0..3 {
        world.say(&direct, &ann, "hello").await;
    }
    let now = world.now();
    let mark = Some(Seq(2));
    store.mark_read(direct.clone(), bob.profile.id.clone(), mark, now).await.expect("works");
    let anns = view(&store, &direct, &ann).await.expect("a conversation");
    let other = Partner { profile: (*bob.profile).clone(), last_read: Seq(2), is_blocked: false };
    assert_eq!((&anns.other, anns.unread), (&Some(other.clone()), 0));
    let bobs = view(&store, &direct, &bob).await.expect("a conversation");
    let me = Partner { profile: (*ann.profile).clone(), last_read: Seq(0), is_blocked: false };
    assert_eq!((&bobs.other, bobs.unread), (&Some(me.clone()), 1));
    let both = vec![bob.profile.id.clone(), ann.profile.id.clone()];
    let expected = Views {
        conversation: anns.conversation.clone(),
        last_sender: Some((*ann.profile).clone()),
        members: vec![
            MemberView { member: bobs.member.expect("in it"), unread: 1, other: Some(me) },
            MemberView { member: anns.member.expect("in it"), unread: 0, other: Some(other) },
        ],
    };
    assert_eq!(store.views(direct, both).await, Ok(Some(expected)));
    let room = world.room(&ann).await.id;
    assert_eq!(view(&store, &room, &ann).await.expect("a room").other, None);
}

/// Of two who may write to each other it is there before anybody made it; and looking makes nothing.
pub async fn a_direct_conversation_is_there_before_it_is_made(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob, eve) = (world.own("ann").await, world.own("bob").await, world.own("eve").await);
    let ends = world.now();
    let guest = world.guest("guest", ends).await;
    let (a, b) = (&ann.profile.id, &bob.profile.id);
    let direct = Direct::of(a, b).expect("two accounts").id();
    let seen = view(&store, &direct, &bob).await;
    assert_eq!(seen, Some(View::unmade(direct.clone(), b.clone(), (*ann.profile).clone())));
    assert!(view(&store, &direct, &ann).await.is_some());
    assert_eq!(view(&store, &direct, &eve).await, None);
    let with_guest = Direct::of(a, &guest.profile.id).expect("two accounts").id();
    for viewer in [&ann, &guest] {
        assert_eq!(view(&store, &with_guest, viewer).await, None);
    }
    for id in [format!("conv_{b}_{a}"), format!("conv_{a}_{a}"), format!("conv_{a}_999")] {
        let id = ConversationId::parse(&id).expect("an id");
        assert_eq!(view(&store, &id, &ann).await, None, "{id}");
    }
    for is_made in [false, true] {
        let now = world.now();
        let block = Block { blocker: a.clone(), blocked: b.clone() };
        assert_eq!(store.block(block.clone(), now).await, Ok(true));
        assert_eq!(view(&store, &direct, &bob).await, None, "made: {is_made}");
        let own = view(&store, &direct, &ann).await;
        let blocks = own.map(|own| own.other.expect("bob").is_blocked);
        assert_eq!(blocks, is_made.then_some(true), "what is there can be read on");
        assert_eq!(store.unblock(block).await, Ok(true));
        assert_eq!(store.conversation(direct.clone()).await.expect("works").is_some(), is_made);
        world.say(&direct, &ann, "hello").await;
    }
}

/// In the order asked for; who is not in it is left out.
pub async fn views_are_for_those_who_are_members(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob, eve) = (world.own("ann").await, world.own("bob").await, world.own("eve").await);
    let channel = world.channel(&ann, Visibility::Private).await;
    let room = world.room(&ann).await.id;
    let entered = world.now();
    store.enter(room.clone(), bob.profile.id.clone(), entered).await.expect("a working store");
    let nobody = AccountId::parse("nobody").expect("an id");
    let ids = [&eve, &bob, &ann].map(|account| account.profile.id.clone());
    let asked: Vec<_> = std::iter::once(nobody).chain(ids).collect();
    for (place, expected) in [(&room, vec!["bob", "ann"]), (&channel.id, vec!["ann"])] {
        let views = store.views(place.clone(), asked.clone()).await.expect("a working store");
        let views = views.expect("a conversation");
        let name = |id: &AccountId| {
            let account = [&ann, &bob].into_iter().find(|account| account.profile.id == *id);
            account.expect("a member").profile.username.as_str()
        };
        let names: Vec<_> = views.members.iter().map(|view| name(&view.member.account)).collect();
        assert_eq!(names, expected);
    }
    let views = store.views(room.clone(), asked).await.expect("works").expect("a room");
    let member = Member {
        account: bob.profile.id.clone(),
        role: Role::Member,
        joined_at: entered,
        last_read: Seq(0),
    };
    assert_eq!(views.members[0], MemberView { member, unread: 0, other: None });
    let none = store.views(room, vec![]).await.expect("a working store").expect("a room");
    assert_eq!((none.members, none.last_sender), (vec![], None));
}

/// Where a mark is at the border of what a store may count at once, too.
pub async fn unread_counts_hold_at_every_border(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let reader = ann.profile.id.clone();
    for length in [129, 256, 300] {
        let room = world.room(&ann).await.id;
        // The messages at the borders are the reader's.
        let own: Vec<_> = (0..length).map(|at| at % 7 < 3 || at % 128 > 126).collect();
        let sender = |is_own: &bool| if *is_own { &ann } else { &bob };
        let batch = own.iter().map(|is_own| world.message(&room, sender(is_own), "x")).collect();
        store.append(batch).await.expect("a working store");
        let marks = [0, 1, 126, 127, 128, 129, 254, 255, 256, 257, 258, 299, 300];
        for mark in marks.into_iter().filter(|mark| *mark <= length) {
            let now = world.now();
            let marked =
                store.mark_read(room.clone(), reader.clone(), Some(Seq(mark as u64)), now).await;
            let marked = marked.expect("a working store").expect("a member");
            let last_read = usize::try_from(marked.last_read.0).expect("fits");
            assert!(last_read >= mark);
            let unread = own[last_read..].iter().filter(|is_own| !**is_own).count() as u64;
            assert_eq!(marked.unread, unread, "{length} messages, read up to {last_read}");
            let views = store.views(room.clone(), vec![reader.clone()]).await;
            let views = views.expect("a working store").expect("a room");
            assert_eq!(views.members[0].unread, unread, "{length}, {last_read}");
        }
    }
}

/// Random people who write and read, in conversations longer than any short cut that a store may
/// take: what all see at once, what each sees, and the list, against a count of the messages.
pub async fn unread_counts_of_views_equal_a_recount(store: Arc<dyn Store>) {
    // Always the same steps: a failure is found again by running it again.
    const SEED: u64 = 77_001;
    let mut world = World::new(Arc::clone(&store));
    world.dice = Dice::new(SEED);
    let mut people = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        people.push(world.own(name).await);
    }
    let rooms = [world.room(&people[0]).await.id, world.room(&people[0]).await.id];
    let everybody: Vec<_> = people.iter().map(|account| account.profile.id.clone()).collect();
    for _ in 0..150 {
        let (room, who) = (&rooms[world.dice.below(2)], &people[world.dice.below(people.len())]);
        let size = 1 + world.dice.below(20);
        let batch = (0..size).map(|_| world.message(room, who, "x")).collect();
        store.append(batch).await.expect("a working store");
        let reader = &everybody[world.dice.below(people.len())];
        let (to, now) = (Some(Seq(world.dice.below(1_000) as u64)), world.now());
        store.mark_read(room.clone(), reader.clone(), to, now).await.expect("a working store");
        if world.dice.below(8) == 0 {
            let (gone, now) = (&everybody[world.dice.below(people.len())], world.now());
            store.leave(room.clone(), gone.clone(), now).await.expect("a working store");
        }
        let senders = senders(&world, room).await;
        let views = store.views(room.clone(), everybody.clone()).await.expect("a working store");
        let views = views.expect("a room");
        assert_eq!(views.last_sender.as_ref().map(|last| &last.id), senders.last());
        let seen: HashMap<_, _> =
            views.members.iter().map(|view| (&view.member.account, view)).collect();
        for viewer in &people {
            let id = &viewer.profile.id;
            let member = store.member(room.clone(), id.clone()).await.expect("a working store");
            assert_eq!(seen.get(id).map(|view| &view.member), member.as_ref());
            let after =
                member.map_or(Ok(senders.len()), |member| usize::try_from(member.last_read.0));
            let after = after.expect("fits");
            let unread = senders[after..].iter().filter(|sender| *sender != id).count() as u64;
            assert_eq!(seen.get(id).map_or(0, |view| view.unread), unread);
            let alone = view(&store, room, viewer).await.expect("a room");
            assert_eq!(alone.unread, unread);
            let listing = Listing {
                kind: Kind::Room,
                viewer: id.clone(),
                query: None,
                cursor: None,
                limit: 1,
            };
            let listed = store.list_conversations(listing).await.expect("a working store");
            assert_eq!(listed.items, [alone], "it is the one that was active last");
        }
    }
    for room in &rooms {
        assert!(senders(&world, room).await.len() > 500);
    }
}

async fn senders(world: &World, room: &ConversationId) -> Vec<AccountId> {
    let (mut senders, mut after) = (Vec::new(), Seq(0));
    loop {
        let page = world.page(room, PageCursor::After(after), 500).await;
        senders.extend(page.messages.iter().map(|message| message.sender.clone()));
        match page.messages.last() {
            Some(last) if page.has_more => after = last.seq,
            _ => return senders,
        }
    }
}
