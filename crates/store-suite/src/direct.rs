//! Rules of direct conversations.

use std::sync::Arc;

use chat::conversations::{Conversation, ConversationId, Direct, Kind, Seq, Visibility};
use chat::identity::{Account, Block};
use chat::messages::{Appended, Rejection};
use chat::store::Store;

use crate::world::World;

fn id_of(one: &Account, other: &Account) -> ConversationId {
    Direct::of(&one.profile.id, &other.profile.id).expect("two accounts").id()
}

async fn open(world: &mut World, opener: &Account, other: &Account) -> Option<Conversation> {
    let (opener, other) = (opener.profile.id.clone(), other.profile.id.clone());
    let now = world.now();
    world.store.open_direct(opener, other, now).await.expect("a working store")
}

async fn try_to_say(world: &mut World, to: &ConversationId, from: &Account) -> Appended {
    let message = world.message(to, from, "hello");
    world.append(message).await
}

/// Whoever opens it, and however often.
pub async fn opening_makes_one_conversation_for_both(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let opened = open(&mut world, &ann, &bob).await.expect("a conversation");
    assert_eq!(opened.id, id_of(&bob, &ann));
    assert_eq!((opened.kind, opened.visibility), (Kind::Direct, Visibility::Private));
    assert_eq!((&opened.title, &opened.owner, opened.member_count), (&None, &None, 2));
    assert_eq!((opened.last_seq, &opened.last_message), (Seq(0), &None));
    for (one, other) in [(&bob, &ann), (&ann, &bob)] {
        assert_eq!(open(&mut world, one, other).await, Some(opened.clone()));
        let member = store.member(opened.id.clone(), one.profile.id.clone()).await;
        assert!(member.expect("a working store").is_some());
    }
    assert_eq!(store.conversation(opened.id.clone()).await, Ok(Some(opened)));
}

/// Host accounts are accounts.
pub async fn only_two_accounts_that_are_no_guests_have_one(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, host) = (world.own("ann").await, world.host("auth0|7").await);
    let ends = world.now();
    let guest = world.guest("guest", ends).await;
    assert!(open(&mut world, &ann, &host).await.is_some());
    for (one, other) in [(&ann, &guest), (&guest, &ann), (&ann, &ann)] {
        assert_eq!(open(&mut world, one, other).await, None);
    }
    let nobody = chat::ids::AccountId::parse("nobody").expect("an id");
    let now = world.now();
    assert_eq!(store.open_direct(ann.profile.id.clone(), nobody, now).await, Ok(None));
}

/// No call has to make it before.
pub async fn the_first_message_makes_it(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let id = id_of(&ann, &bob);
    assert_eq!(store.conversation(id.clone()).await, Ok(None));
    let message = world.message(&id, &bob, "hello");
    let again = world.message(&id, &bob, "and again");
    let both = store.append(vec![message, again]).await.expect("a working store");
    let seqs: Vec<_> = both
        .iter()
        .map(|appended| match appended {
            Appended::Stored { message, joined: false } => message.seq,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(seqs, [Seq(1), Seq(2)]);
    assert_eq!(world.say(&id, &ann, "hello yourself").await.seq, Seq(3));
    let made = store.conversation(id.clone()).await.expect("a working store");
    assert_eq!(made.as_ref().map(|made| made.member_count), Some(2));
    assert_eq!(open(&mut world, &ann, &bob).await, made);
    let unread = async |who: &Account| {
        let mark = store.read_mark(id.clone(), who.profile.id.clone()).await;
        mark.expect("a working store").expect("a member").unread
    };
    assert_eq!((unread(&ann).await, unread(&bob).await), (2, 1));
}

/// An id that names others, or nobody, makes nothing.
pub async fn nobody_else_writes_in_it(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob, eve) = (world.own("ann").await, world.own("bob").await, world.own("eve").await);
    let ends = world.now();
    let guest = world.guest("guest", ends).await;
    let not_found = Appended::Rejected(Rejection::NotFound);
    let forbidden = Appended::Rejected(Rejection::Forbidden);
    let ours = id_of(&ann, &bob);
    for exists in [false, true] {
        assert_eq!(try_to_say(&mut world, &ours, &eve).await, not_found, "exists: {exists}");
        assert_eq!(try_to_say(&mut world, &ours, &guest).await, forbidden);
        if !exists {
            world.say(&ours, &ann, "hello").await;
        }
    }
    let with_guest = id_of(&ann, &guest);
    assert_eq!(try_to_say(&mut world, &with_guest, &ann).await, not_found);
    assert_eq!(try_to_say(&mut world, &with_guest, &guest).await, forbidden);
    for id in ["conv_1_999", "conv_1_1", "conv_2_1", "conv_", "pair_x", "elsewhere"] {
        let id = ConversationId::parse(id).expect("an id");
        assert_eq!(try_to_say(&mut world, &id, &ann).await, not_found, "{id}");
        assert_eq!(store.conversation(id).await, Ok(None));
    }
    assert_eq!(store.conversation(with_guest).await, Ok(None));
}

/// The two are in it, for good.
pub async fn a_direct_conversation_is_neither_entered_nor_left(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob, eve) = (world.own("ann").await, world.own("bob").await, world.own("eve").await);
    let opened = open(&mut world, &ann, &bob).await.expect("a conversation");
    let now = world.now();
    let enter = async |who: &Account| {
        store.enter(opened.id.clone(), who.profile.id.clone(), now).await.expect("works")
    };
    assert_eq!(enter(&eve).await, None);
    assert_eq!(enter(&bob).await.map(|entry| entry.is_new), Some(false));
    let left = store.leave(opened.id.clone(), bob.profile.id.clone(), now).await;
    assert_eq!(left, Ok(false));
    assert!(enter(&bob).await.is_some());
}

/// `a` with `b_c`, and `a_b` with `c`, come out with one id; the pair is what counts.
pub async fn pairs_whose_ids_collide_are_kept_apart(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let mut people = Vec::new();
    for sub in ["a", "b_c", "a_b", "c"] {
        people.push(world.host(sub).await);
    }
    let [a, b_c, a_b, c] = &people[..] else { panic!("four people") };
    let id = id_of(a, b_c);
    assert_eq!(id, id_of(a_b, c));
    world.say(&id, a, "to b_c").await;
    let not_found = Appended::Rejected(Rejection::NotFound);
    assert_eq!(try_to_say(&mut world, &id, c).await, not_found, "it is not theirs");
    let theirs = open(&mut world, c, a_b).await.expect("a conversation");
    assert_ne!(theirs.id, id);
    assert_eq!(theirs.id.kind(), Some(Kind::Direct));
    world.say(&theirs.id, a_b, "to c").await;
    world.say(&id, b_c, "to a").await;
    assert_eq!(try_to_say(&mut world, &theirs.id, a).await, not_found);
    assert_eq!(try_to_say(&mut world, &id, a_b).await, not_found);
    let said = |text: &str| Some(text.to_owned());
    assert_eq!(world.texts(&id).await, [said("to b_c"), said("to a")]);
    assert_eq!(world.texts(&theirs.id).await, [said("to c")]);
    let reopened = open(&mut world, a_b, c).await.expect("a conversation");
    assert_eq!(reopened.id, theirs.id);
    assert_eq!(open(&mut world, a, b_c).await.map(|ours| ours.id), Some(id));
}

/// One viewer, one id, two possible others: it is those who were both there first whose it is, whoever
/// comes first, and opens or writes first.
pub async fn an_ambiguous_id_belongs_to_those_who_were_there_first(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let one = world.host("b_a").await;
    let me = world.host("a_b_a").await;
    let id = ConversationId::parse("conv_a_b_a_b_a").expect("an id");
    assert_eq!(id, id_of(&me, &one));
    let other = world.host("a_b").await;
    assert_eq!(id, id_of(&me, &other));
    let seen = async |viewer: &Account| {
        let view = store.view(id.clone(), viewer.profile.id.clone()).await;
        let other = view.expect("a working store").and_then(|view| view.other);
        other.map(|other| other.profile.id.to_string())
    };
    let check = async || {
        assert_eq!(seen(&other).await, None);
        assert_eq!(seen(&me).await.as_deref(), Some("b_a"));
        assert_eq!(seen(&one).await.as_deref(), Some("a_b_a"));
    };
    check().await;
    let not_found = Appended::Rejected(Rejection::NotFound);
    assert_eq!(try_to_say(&mut world, &id, &other).await, not_found);
    // A block changes nothing in it.
    let block = Block { blocker: me.profile.id.clone(), blocked: one.profile.id.clone() };
    assert_eq!(store.block(block.clone(), world.now()).await, Ok(true));
    assert_eq!((seen(&other).await, seen(&me).await, seen(&one).await), (None, None, None));
    assert_eq!(try_to_say(&mut world, &id, &me).await, not_found);
    assert_eq!(store.unblock(block).await, Ok(true));
    let second = open(&mut world, &other, &me).await.expect("a conversation");
    assert_ne!(second.id, id);
    check().await;
    world.say(&id, &me, "to b_a").await;
    check().await;
    world.say(&second.id, &me, "to a_b").await;
    assert_eq!(open(&mut world, &me, &one).await.map(|first| first.id), Some(id.clone()));
    assert_eq!(world.texts(&id).await, [Some("to b_a".to_owned())]);
    assert_eq!(world.texts(&second.id).await, [Some("to a_b".to_owned())]);
}

/// Of pairs of whom the later one is the same account, the earlier one decides.
pub async fn the_later_of_two_can_be_the_same(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (one, other) = (world.host("a_b").await, world.host("b_a").await);
    let me = world.host("a_b_a").await;
    let id = id_of(&me, &one);
    assert_eq!(id, id_of(&me, &other));
    assert_ne!(open(&mut world, &me, &other).await.expect("a conversation").id, id);
    assert_eq!(open(&mut world, &me, &one).await.expect("a conversation").id, id);
}
