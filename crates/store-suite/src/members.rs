//! Rules of inviting and removing.

use std::sync::Arc;

use chat::conversations::{
    ConversationId, Invited, MemberChange, MemberError, Role, Seq, Visibility,
};
use chat::identity::{Account, Block, ChangeKind, ChangeSeq};
use chat::ids::AccountId;
use chat::messages::{Appended, Rejection};
use chat::permissions::Denied;
use chat::store::Store;

use crate::world::World;

fn change(conversation: &ConversationId, by: &Account, whom: &Account) -> MemberChange {
    MemberChange {
        conversation: conversation.clone(),
        by: by.profile.id.clone(),
        whom: whom.profile.id.clone(),
    }
}

async fn invite(
    world: &mut World,
    conversation: &ConversationId,
    (by, whom): (&Account, &Account),
) -> Result<bool, MemberError> {
    let now = world.now();
    let invited = world.store.invite(change(conversation, by, whom), now).await;
    invited.map(|Invited { profile, is_new }| {
        assert_eq!(profile, whom.profile);
        is_new
    })
}

async fn role(world: &World, conversation: &ConversationId, of: &Account) -> Option<Role> {
    let member = world.store.member(conversation.clone(), of.profile.id.clone()).await;
    member.expect("a working store").map(|member| member.role)
}

/// Who is in it then as whoever enters a public one: with all that is there read. The second time
/// changes nothing.
pub async fn any_member_of_a_private_channel_invites(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.host("host|bob").await);
    let cleo = world.own("cleo").await;
    let channel = world.channel(&ann, Visibility::Private).await.id;
    world.say(&channel, &ann, "before").await;
    assert_eq!(invite(&mut world, &channel, (&bob, &cleo)).await, Err(Denied::NotFound.into()));
    for (by, whom) in [(&ann, &bob), (&bob, &cleo)] {
        assert_eq!(invite(&mut world, &channel, (by, whom)).await, Ok(true));
        assert_eq!(invite(&mut world, &channel, (by, whom)).await, Ok(false));
        assert_eq!(role(&world, &channel, whom).await, Some(Role::Member));
    }
    // The owner invited by a member, and oneself, are in it already.
    assert_eq!(invite(&mut world, &channel, (&cleo, &ann)).await, Ok(false));
    assert_eq!(invite(&mut world, &channel, (&cleo, &cleo)).await, Ok(false));
    assert_eq!(role(&world, &channel, &ann).await, Some(Role::Owner));
    let member = store.member(channel.clone(), cleo.profile.id.clone()).await;
    assert_eq!(member.map(|member| member.map(|member| member.last_read)), Ok(Some(Seq(1))));
    let view = store.view(channel.clone(), cleo.profile.id.clone()).await.expect("works");
    assert_eq!(view.map(|view| (view.conversation.member_count, view.unread)), Some((3, 0)));
    let message = world.message(&channel, &cleo, "thanks");
    assert!(matches!(world.append(message).await, Appended::Stored { joined: false, .. }));
}

/// To whoever invites, a block in either direction looks like nobody.
pub async fn who_may_not_be_approached_is_not_invited(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let ann = world.own("ann").await;
    let channel = world.channel(&ann, Visibility::Private).await.id;
    let until = world.now();
    let guest = world.guest("visitor", until).await;
    let expected = Err(MemberError::Denied(Denied::WithGuest));
    assert_eq!(invite(&mut world, &channel, (&ann, &guest)).await, expected);
    let (blocks, is_blocked) = (world.own("bob").await, world.own("cleo").await);
    for (one, other) in [(&blocks, &ann), (&ann, &is_blocked)] {
        let block = Block { blocker: one.profile.id.clone(), blocked: other.profile.id.clone() };
        let now = world.now();
        assert_eq!(store.block(block, now).await, Ok(true));
    }
    for whom in [&blocks, &is_blocked] {
        let refused = invite(&mut world, &channel, (&ann, whom)).await;
        assert_eq!(refused, Err(MemberError::Nobody));
        assert_eq!(role(&world, &channel, whom).await, None);
    }
    let nobody = AccountId::parse("nobody").expect("an id");
    let to_nobody = MemberChange { whom: nobody.clone(), ..change(&channel, &ann, &ann) };
    assert_eq!(store.invite(to_nobody, until).await, Err(MemberError::Nobody));
    let by_nobody = MemberChange { by: nobody, ..change(&channel, &ann, &ann) };
    assert_eq!(store.invite(by_nobody, until).await, Err(Denied::NotFound.into()));
    // A guest that was an account's name is gone with its id, too.
    assert_eq!(store.delete_ended_guests(world.now(), 10).await, Ok(1));
    assert_eq!(invite(&mut world, &channel, (&ann, &guest)).await, Err(MemberError::Nobody));
}

/// Whoever asks; of a direct conversation others learn nothing by it.
pub async fn nobody_is_invited_where_there_are_no_invitations(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let cleo = world.own("cleo").await;
    let room = world.room(&ann).await.id;
    let channel = world.channel(&ann, Visibility::Public).await.id;
    for place in [&room, &channel] {
        for by in [&ann, &bob] {
            let refused = invite(&mut world, place, (by, &cleo)).await;
            assert_eq!(refused, Err(Denied::NotHere.into()));
        }
        assert_eq!(role(&world, place, &cleo).await, None);
    }
    assert_eq!(store.remove_member(change(&room, &ann, &ann)).await, Err(Denied::NotHere.into()));
    let now = world.now();
    let (one, other) = (ann.profile.id.clone(), bob.profile.id.clone());
    let direct = store.open_direct(one, other, now).await.expect("works").expect("two").id;
    let nowhere = ConversationId::parse("channel_nowhere").expect("an id");
    for (place, by, expected) in [
        (&direct, &ann, Denied::NotHere),
        (&direct, &cleo, Denied::NotFound),
        (&nowhere, &ann, Denied::NotFound),
    ] {
        assert_eq!(invite(&mut world, place, (by, &cleo)).await, Err(expected.into()));
        let removed = store.remove_member(change(place, by, &bob)).await;
        assert_eq!(removed, Err(expected.into()));
    }
    assert_eq!(role(&world, &direct, &bob).await, Some(Role::Member));
}

/// A member may not, and to a stranger a private channel is not there. The owner going inherits as
/// with leaving.
pub async fn only_the_owner_removes(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let (cleo, dan) = (world.own("cleo").await, world.own("dan").await);
    for (visibility, to_stranger) in
        [(Visibility::Public, Denied::NotOwner), (Visibility::Private, Denied::NotFound)]
    {
        let channel = world.channel(&ann, visibility).await.id;
        for whom in [&bob, &cleo] {
            if visibility == Visibility::Public {
                let (id, now) = (whom.profile.id.clone(), world.now());
                store.enter(channel.clone(), id, now).await.expect("works").expect("a channel");
            } else {
                assert_eq!(invite(&mut world, &channel, (&ann, whom)).await, Ok(true));
            }
        }
        let remove = async |by: &Account, whom: &Account| {
            store.remove_member(change(&channel, by, whom)).await
        };
        assert_eq!(remove(&bob, &cleo).await, Err(Denied::NotOwner.into()));
        assert_eq!(remove(&bob, &ann).await, Err(Denied::NotOwner.into()));
        assert_eq!(remove(&dan, &cleo).await, Err(to_stranger.into()));
        assert_eq!(role(&world, &channel, &cleo).await, Some(Role::Member));
        assert_eq!(remove(&ann, &cleo).await, Ok(true));
        assert_eq!(remove(&ann, &cleo).await, Ok(false));
        assert_eq!(role(&world, &channel, &cleo).await, None);
        assert_eq!(remove(&ann, &dan).await, Ok(false));
        let conversation = store.conversation(channel.clone()).await.expect("works");
        assert_eq!(conversation.map(|conversation| conversation.member_count), Some(2));
        assert_eq!(remove(&ann, &ann).await, Ok(true));
        assert_eq!(role(&world, &channel, &bob).await, Some(Role::Owner), "who was there longest");
        assert_eq!(remove(&ann, &bob).await, Err(to_stranger.into()));
    }
}

/// In a private channel: a message that is on its way when its sender is removed is looked at again by
/// the transaction that would store it.
pub async fn whoever_was_removed_writes_no_more(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let channel = world.channel(&ann, Visibility::Private).await.id;
    assert_eq!(invite(&mut world, &channel, (&ann, &bob)).await, Ok(true));
    let (kept, late) = (
        world.keyed(&channel, &bob, ("k", "in time")),
        world.keyed(&channel, &bob, ("l", "too late")),
    );
    assert!(matches!(world.append(kept.clone()).await, Appended::Stored { .. }));
    assert_eq!(store.remove_member(change(&channel, &ann, &bob)).await, Ok(true));
    let denied = Appended::Rejected(Rejection::NotFound);
    assert_eq!(world.append(late.clone()).await, denied);
    assert_eq!(store.view(channel.clone(), bob.profile.id.clone()).await, Ok(None));
    let texts = world.texts(&channel).await;
    assert_eq!(texts, [Some("in time".to_owned())]);
    assert_eq!(invite(&mut world, &channel, (&ann, &bob)).await, Ok(true));
    assert!(matches!(world.append(late).await, Appended::Stored { .. }));
    assert!(matches!(world.append(kept).await, Appended::Duplicate(_)));
}

/// So every node hears of it. What changes nothing leaves nothing, and entering is heard of otherwise.
pub async fn what_ends_or_begins_for_somebody_leaves_a_change(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let (private, room) =
        (world.channel(&ann, Visibility::Private).await.id, world.room(&ann).await.id);
    let mut expected = Vec::new();
    let now = world.now();
    let bobs = bob.profile.id.clone();
    for _ in 0..2 {
        invite(&mut world, &private, (&ann, &bob)).await.expect("an owner");
    }
    expected.push((bobs.clone(), private.clone()));
    for _ in 0..2 {
        store.remove_member(change(&private, &ann, &bob)).await.expect("an owner");
    }
    expected.push((bobs.clone(), private));
    store.enter(room.clone(), bobs.clone(), now).await.expect("works").expect("a room");
    for _ in 0..2 {
        store.leave(room.clone(), bobs.clone(), now).await.expect("works");
    }
    expected.push((bobs, room));
    let changes = store.changes_after(ChangeSeq(0), 10).await.expect("works");
    let changes: Vec<_> = changes.into_iter().map(|change| change.kind).collect();
    let expected: Vec<_> =
        expected.into_iter().map(|(who, place)| ChangeKind::Membership(who, place)).collect();
    assert_eq!(changes, expected);
}
