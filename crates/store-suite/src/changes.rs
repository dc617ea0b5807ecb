//! Rules of revocations and of the changes that every node follows.

use std::sync::Arc;

use chat::identity::{Bearer, Change, ChangeKind, ChangeSeq, Revocation, TokenDigest};
use chat::ids::AccountId;
use chat::store::{Store, StoreError};
use chat::time::Timestamp;

use crate::world::World;

const ALWAYS: Timestamp = Timestamp::from_millis(0);
const NEVER_AGAIN: Timestamp = Timestamp::from_millis(u64::MAX);

fn token(account: &AccountId, byte: u8, expires_at: Timestamp) -> Revocation {
    Revocation::Token { account: account.clone(), digest: TokenDigest::new([byte; 32]), expires_at }
}

/// Whether a token was made void, whoever brings it.
async fn is_revoked(store: &dyn Store, byte: u8) -> Result<bool, StoreError> {
    let nobody = AccountId::parse("nobody").expect("an id");
    let bearer = store.bearer(nobody, TokenDigest::new([byte; 32])).await?;
    assert_eq!(bearer.account, None);
    Ok(bearer.is_revoked)
}

/// Its account, where there is one, and whether it was made void: each whatever the other is.
pub async fn a_token_is_looked_at_with_its_account(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let ann = world.own("ann").await;
    let id = ann.profile.id.clone();
    let bearer = async |byte| store.bearer(id.clone(), TokenDigest::new([byte; 32])).await;
    let revocation = token(&id, 1, world.now());
    let is = |is_revoked| Ok(Bearer { account: Some(ann.clone()), is_revoked });
    assert_eq!(bearer(1).await, is(false));
    assert_eq!(store.revoke(revocation).await, Ok(()));
    assert_eq!((bearer(1).await, bearer(2).await), (is(true), is(false)));
    assert_eq!(is_revoked(&*store, 1).await, Ok(true));
    // One that is deleted is none.
    let ends = world.now();
    let guest = world.guest("Guest", ends).await.profile.id.clone();
    assert_eq!(store.revoke(token(&guest, 3, NEVER_AGAIN)).await, Ok(()));
    assert_eq!(store.delete_ended_guests(world.now(), 10).await, Ok(1));
    for (byte, is_revoked) in [(3, true), (4, false)] {
        let bearer = store.bearer(guest.clone(), TokenDigest::new([byte; 32])).await;
        assert_eq!(bearer, Ok(Bearer { account: None, is_revoked }));
    }
}

/// Repeating it is harmless, and quiet.
pub async fn revoking_a_token_is_seen_by_whoever_asks_and_whoever_follows(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let id = world.own("ann").await.profile.id.clone();
    let revocation = token(&id, 1, world.now());
    let is_revoked = async |byte| is_revoked(&*store, byte).await;
    assert_eq!(is_revoked(1).await, Ok(false));
    for _ in 0..2 {
        assert_eq!(store.revoke(revocation.clone()).await, Ok(()));
    }
    assert_eq!((is_revoked(1).await, is_revoked(2).await), (Ok(true), Ok(false)));
    let expected = Change { seq: ChangeSeq(1), kind: ChangeKind::Revoked(revocation) };
    assert_eq!(store.changes_after(ChangeSeq(0), 10).await, Ok(vec![expected]));
}

/// An earlier moment changes nothing and leaves nothing.
pub async fn revoking_an_account_moves_valid_after_only_forward(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let id = world.own("ann").await.profile.id.clone();
    let (early, late) = (world.now(), world.now());
    let revoke = async |valid_after| {
        let revocation = Revocation::Account { account: id.clone(), valid_after };
        store.revoke(revocation).await.expect("a working store");
        let account = store.account(id.clone()).await.expect("a working store");
        account.expect("an account").valid_after
    };
    assert_eq!(revoke(late).await, late);
    assert_eq!(revoke(early).await, late);
    assert_eq!(revoke(late).await, late);
    let revocation = Revocation::Account { account: id.clone(), valid_after: late };
    let expected = Change { seq: ChangeSeq(1), kind: ChangeKind::Revoked(revocation) };
    assert_eq!(store.changes_after(ChangeSeq(0), 10).await, Ok(vec![expected]));
}

/// A follower that asks again from where it is misses none.
pub async fn changes_come_in_order_and_in_parts(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let id = world.own("ann").await.profile.id.clone();
    assert_eq!(store.newest_change().await, Ok(ChangeSeq(0)));
    for byte in 1..=10 {
        let revocation = token(&id, byte, world.now());
        store.revoke(revocation).await.expect("a working store");
    }
    assert_eq!(store.newest_change().await, Ok(ChangeSeq(10)));
    let (mut seen, mut after) = (Vec::new(), ChangeSeq(0));
    loop {
        let part = store.changes_after(after, 3).await.expect("a working store");
        assert!(part.len() <= 3);
        let Some(last) = part.last() else { break };
        after = last.seq;
        seen.extend(part.iter().map(|change| change.seq.0));
    }
    assert_eq!(seen, (1..=10).collect::<Vec<_>>());
    assert_eq!(store.changes_after(ChangeSeq(99), 3).await, Ok(vec![]));
}

/// Tokens go by their end, changes by their age; how many went is told, so that a sweep knows when
/// it is through.
pub async fn forgetting_goes_by_time_and_leaves_the_numbering(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let id = world.own("ann").await.profile.id.clone();
    let ends: Vec<_> = (0..4).map(|_| world.now()).collect();
    for (byte, end) in (0..).zip(&ends) {
        store.revoke(token(&id, byte, *end)).await.expect("a working store");
    }
    let left = async || {
        let mut left = Vec::new();
        for byte in 0..4 {
            left.push(is_revoked(&*store, byte).await.expect("works"));
        }
        let changes = store.changes_after(ChangeSeq(0), 10).await.expect("a working store");
        (left, changes.len())
    };
    let forget = async |now, before, limit, expected| {
        assert_eq!(store.forget_ended(now, before, limit).await, Ok(expected));
    };
    forget(ends[2], ALWAYS, 10, 2).await;
    assert_eq!(left().await, (vec![false, false, true, true], 4));
    forget(NEVER_AGAIN, ALWAYS, 1, 1).await;
    assert_eq!(left().await, (vec![false, false, false, true], 4));
    forget(ALWAYS, NEVER_AGAIN, 3, 3).await;
    assert_eq!(left().await, (vec![false, false, false, true], 1));
    forget(ALWAYS, NEVER_AGAIN, 3, 1).await;
    assert_eq!(left().await.1, 0);
    assert_eq!(store.newest_change().await, Ok(ChangeSeq(4)));
    store.revoke(token(&id, 9, ends[0])).await.expect("a working store");
    assert_eq!(store.newest_change().await, Ok(ChangeSeq(5)));
}
