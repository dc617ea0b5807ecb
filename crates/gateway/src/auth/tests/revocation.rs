//! Tokens that were made void, here and on other nodes, and what is remembered meanwhile.

use chat::conversations::ConversationId;
use chat::identity::{Changes, ProfileUpdate};
use chat::ids::AccountId;
use chat::name::DisplayName;

use super::*;

/// A node that looks at the changes as fast as it can.
fn eager() -> AuthConfig {
    AuthConfig { change_interval: Duration::from_millis(1), ..config() }
}

/// A node that never looks by itself.
fn idle() -> AuthConfig {
    AuthConfig { change_interval: Duration::from_hours(1), ..config() }
}

#[tokio::test]
async fn a_revoked_token_is_void_at_once_here_and_soon_elsewhere() {
    let here = World::new(idle());
    let there = World::with_store(eager(), Arc::clone(&here.store));
    let ann = here.account("Ann", false).await;
    let (lost, kept) = (here.auth.issue(&ann).await.unwrap(), here.auth.issue(&ann).await.unwrap());
    for world in [&here, &there] {
        assert_eq!(world.code(&lost.token).await, None);
        assert_eq!(world.code(&kept.token).await, None);
    }
    let session = here.auth.authenticate(&lost.token).await.unwrap();
    let revocation = Revocation::Token {
        account: ann.profile.id.clone(),
        digest: session.token.digest,
        expires_at: session.token.expires_at,
    };
    here.auth.revoke(revocation).await.unwrap();
    assert_eq!(here.who(&lost.token).await, Err(Refused::Revoked.into()));
    until(async || there.who(&lost.token).await == Err(Refused::Revoked.into())).await;
    for world in [&here, &there] {
        assert_eq!(world.code(&kept.token).await, None);
    }
}

#[tokio::test]
async fn an_accounts_tokens_are_void_up_to_a_moment_and_the_next_one_counts() {
    let here = World::new(idle());
    let there = World::with_store(eager(), Arc::clone(&here.store));
    let ann = here.account("Ann", false).await;
    let bob = here.account("Bob", false).await;
    let old = here.auth.issue(&ann).await.unwrap();
    let bobs = here.auth.issue(&bob).await.unwrap();
    for world in [&here, &there] {
        assert_eq!(world.code(&old.token).await, None);
    }
    // In the very millisecond in which the old one was made.
    let valid_after = Timestamp::from_millis(here.clock.now().wall.as_millis() + 1);
    let account = ann.profile.id.clone();
    here.auth.revoke(Revocation::Account { account, valid_after }).await.unwrap();
    assert_eq!(here.who(&old.token).await, Err(Refused::Revoked.into()));
    let ann = here.store.account(ann.profile.id.clone()).await.unwrap().unwrap();
    let fresh = here.auth.issue(&ann).await.unwrap();
    assert_eq!(here.code(&fresh.token).await, None);
    until(async || there.who(&old.token).await == Err(Refused::Revoked.into())).await;
    assert_eq!(there.code(&fresh.token).await, None);
    assert_eq!(there.code(&bobs.token).await, None);
}

#[tokio::test]
async fn a_changed_profile_is_read_again() {
    let here = World::new(idle());
    let there = World::with_store(eager(), Arc::clone(&here.store));
    let ann = here.account("Ann", false).await;
    let token = here.auth.issue(&ann).await.unwrap().token;
    let name = async |world: &World| {
        let session = world.auth.authenticate(&token).await.unwrap();
        session.account.profile.shown_name().to_owned()
    };
    assert_eq!((name(&here).await.as_str(), name(&there).await.as_str()), ("Ann", "Ann"));
    let display_name = Some(Some(DisplayName::parse("Ann Lee").unwrap()));
    let update = ProfileUpdate { display_name, ..ProfileUpdate::default() };
    here.store.update_profile(ann.profile.id.clone(), update).await.unwrap();
    assert_eq!(name(&here).await, "Ann", "it has not looked");
    here.auth.changed(&ChangeKind::Profile(ann.profile.id.clone()));
    assert_eq!(name(&here).await, "Ann Lee");
    until(async || name(&there).await == "Ann Lee").await;
}

#[tokio::test]
async fn a_deleted_account_has_no_valid_token() {
    let world = World::new(eager());
    let guest = world.account("Gus", true).await;
    let token = world.auth.issue(&guest).await.unwrap().token;
    assert_eq!(world.code(&token).await, None);
    let later = Timestamp::from_millis(u64::MAX);
    assert_eq!(world.store.delete_ended_guests(later, 10).await, Ok(1));
    until(async || world.who(&token).await == Err(Refused::NoAccount.into())).await;
}

#[tokio::test]
async fn what_is_remembered_counts_without_the_store_but_not_for_long() {
    let world = World::new(idle());
    let ann = world.account("Ann", false).await;
    let known = world.auth.issue(&ann).await.unwrap().token;
    let unknown = world.auth.issue(&ann).await.unwrap().token;
    assert_eq!(world.code(&known).await, None);
    world.store.set_away(true);
    for _ in 0..100 {
        assert_eq!(world.code(&known).await, None, "a burst reads nothing");
    }
    assert_eq!(world.code(&unknown).await, Some(Code::Unavailable));
    // Nobody has looked at the changes for too long: it may have been revoked.
    world.clock.advance(Duration::from_millis(2_001));
    assert_eq!(world.code(&known).await, Some(Code::Unavailable));
    world.store.set_away(false);
    assert_eq!(world.code(&known).await, None);
}

#[tokio::test]
async fn nobody_is_let_in_before_the_changes_are_known_and_then_everybody() {
    let store = Arc::new(MemoryStore::default());
    store.set_away(true);
    let world = World::with_store(eager(), Arc::clone(&store));
    store.set_away(false);
    let ann = world.account("Ann", false).await;
    let token = world.auth.issue(&ann).await.unwrap().token;
    store.set_away(true);
    assert_eq!(world.code(&token).await, Some(Code::Unavailable));
    store.set_away(false);
    until(async || world.code(&token).await.is_none()).await;
}

#[tokio::test]
async fn many_changes_at_once_are_all_heard_in_order() {
    let world = World::new(idle());
    let ann = world.account("Ann", false).await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let there = World::with_store(eager(), Arc::clone(&world.store));
    let listening = Arc::clone(&heard);
    there.auth.listen(Box::new(move |change| listening.lock().push(change.clone())));
    // Only what comes after its start matters to a node.
    assert_eq!(there.code("x").await, Some(Code::Unauthenticated));
    let mut expected = Vec::new();
    for number in 0..1_000 {
        let valid_after = Timestamp::from_millis(number);
        let revocation = Revocation::Account { account: ann.profile.id.clone(), valid_after };
        world.store.revoke(revocation.clone()).await.unwrap();
        expected.push(ChangeKind::Revoked(revocation));
    }
    until(async || heard.lock().len() >= 1_000).await;
    assert_eq!(*heard.lock(), expected);
}

#[tokio::test]
async fn a_token_that_is_made_void_while_it_is_looked_at_is_not_remembered() {
    let world = World::new(idle());
    let ann = world.account("Ann", false).await;
    let token = world.auth.issue(&ann).await.unwrap().token;
    let gate = world.store.hold();
    let looking = {
        let (auth, token) = (world.auth.clone(), token.clone());
        tokio::spawn(async move { auth.authenticate(&token).await })
    };
    gate.decided().await;
    let account = ann.profile.id.clone();
    let valid_after = Timestamp::from_millis(u64::MAX);
    world.auth.revoke(Revocation::Account { account, valid_after }).await.unwrap();
    gate.open();
    assert!(looking.await.unwrap().is_ok(), "it was good when it was looked at");
    assert_eq!(world.who(&token).await, Err(Refused::Revoked.into()));
}

#[test]
fn what_was_read_before_a_change_is_not_remembered_after_it() {
    let cache = SessionCache::new(4);
    let (one, key) = (session("1"), [1; 32]);
    let before = cache.get(&key).unwrap_err();
    cache.apply(&ChangeKind::Profile(one.account.profile.id.clone()));
    cache.put(key, one.clone(), before);
    let after = cache.get(&key).expect_err("it was stale");
    cache.put(key, one.clone(), after);
    assert_eq!(cache.get(&key), Ok(one));
}

#[test]
fn what_is_remembered_is_bounded_and_whoever_is_asked_for_stays() {
    let cache = SessionCache::new(8);
    let asked = session("asked");
    let generation = cache.get(&[0; 32]).unwrap_err();
    cache.put([0; 32], asked.clone(), generation);
    for number in 1..100 {
        cache.put([number; 32], session("other"), generation);
        assert_eq!(cache.get(&[0; 32]).as_ref(), Ok(&asked), "{number}");
        assert!(cache.stats().sessions <= 16);
    }
}

#[test]
fn bug_a_crowd_as_large_as_the_cache_was_forgotten_before_it_could_come_back() {
    let cache = SessionCache::new(8);
    let one = session("one");
    let generation = cache.get(&[0; 32]).unwrap_err();
    for strangers in 0..=8 {
        for number in (100..100 + strangers).chain(0..8) {
            cache.put([number; 32], one.clone(), generation);
        }
        for key in (0..8).chain(0..8) {
            assert_eq!(cache.get(&[key; 32]).as_ref(), Ok(&one), "{key} after {strangers}");
        }
    }
}

#[test]
fn a_change_is_for_all_sessions_of_its_account_and_for_no_others() {
    let cache = SessionCache::new(4);
    let (ann, bob) = (session("ann"), session("bob"));
    let of = |key: u8| if key.is_multiple_of(2) { &ann } else { &bob };
    let generation = cache.get(&[0; 32]).unwrap_err();
    for key in 0..6 {
        cache.put([key; 32], of(key).clone(), generation);
    }
    cache.apply(&ChangeKind::Profile(ann.account.profile.id.clone()));
    for key in 0..6 {
        assert_eq!(cache.get(&[key; 32]).is_ok(), !key.is_multiple_of(2), "{key}");
    }
}

/// What is known of accounts never outlives what is known of tokens, whatever happens to those.
#[test]
fn what_is_kept_of_accounts_goes_with_their_tokens() {
    let cache = SessionCache::new(3);
    let (ann, bob) = (session("ann"), session("bob"));
    let generation = cache.get(&[0; 32]).unwrap_err();
    for key in 0..20 {
        let one = if key % 3 == 0 { &ann } else { &bob };
        cache.put([key; 32], one.clone(), generation);
        if key % 4 == 0 {
            cache.remove(&[key; 32]);
        }
        // Of the older generation, it is moved to the recent one.
        let _older = cache.get(&[key.saturating_sub(3); 32]);
        assert_eq!(cache.indexed(), cache.stats().sessions, "{key}");
    }
    cache.apply(&ChangeKind::Deleted(ann.account.profile.id.clone()));
    assert_eq!(cache.indexed(), cache.stats().sessions);
    assert!(cache.indexed() > 0);
    cache.clear();
    assert_eq!((cache.indexed(), cache.stats().sessions), (0, 0));
}

#[test]
fn one_token_that_is_void_is_forgotten_alone() {
    let cache = SessionCache::new(4);
    let one = session("ann");
    let token = TokenInfo { digest: TokenDigest::new([8; 32]), ..one.token };
    let other = Arc::new(Session { account: one.account.clone(), token });
    let generation = cache.get(&[0; 32]).unwrap_err();
    cache.put([1; 32], one.clone(), generation);
    cache.put([2; 32], other.clone(), generation);
    cache.apply(&ChangeKind::Revoked(Revocation::Token {
        account: one.account.profile.id.clone(),
        digest: one.token.digest,
        expires_at: one.token.expires_at,
    }));
    assert!(cache.get(&[1; 32]).is_err());
    assert_eq!(cache.get(&[2; 32]), Ok(other));
}

#[test]
fn bug_who_left_a_room_had_the_sessions_of_a_crowd_that_came_meanwhile_forgotten() {
    let cache = SessionCache::new(4);
    let (one, key) = (session("1"), [1; 32]);
    let before = cache.get(&key).unwrap_err();
    let room = ConversationId::parse("room_1").unwrap();
    cache.apply(&ChangeKind::Membership(AccountId::parse("2").unwrap(), room));
    cache.put(key, one.clone(), before);
    assert_eq!(cache.get(&key), Ok(one));
}

fn session(id: &str) -> Arc<Session> {
    let profile = chat::identity::Profile {
        id: chat::ids::AccountId::parse(id).unwrap(),
        username: Username::parse(id).unwrap(),
        display_name: None,
        avatar_url: None,
        is_guest: false,
    };
    let moment = Timestamp::from_millis(1);
    let account = Account {
        profile: Arc::new(profile),
        origin: Origin::Own,
        password: None,
        valid_after: moment,
        created_at: moment,
    };
    let token =
        TokenInfo { digest: TokenDigest::new([7; 32]), issued_at: moment, expires_at: moment };
    Arc::new(Session { account, token })
}
