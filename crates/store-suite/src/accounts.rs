//! Rules of accounts.

use std::sync::Arc;

use chat::conversations::ConversationId;
use chat::identity::{
    Account, AvatarUrl, ChangeKind, ChangeSeq, CreateError, HostAccount, NewAccount, Origin,
    PasswordHash, ProfileUpdate, Revocation,
};
use chat::ids::AccountId;
use chat::messages::PageCursor;
use chat::name::{DisplayName, Username};
use chat::store::Store;
use chat::time::Timestamp;

use crate::world::{START_MS, World};

fn display_name(name: &str) -> DisplayName {
    DisplayName::parse(name).expect("a display name")
}

fn username(name: &str) -> Username {
    Username::parse(name).expect("a username")
}

async fn newest_kinds(store: &Arc<dyn Store>, after: ChangeSeq) -> Vec<ChangeKind> {
    let changes = store.changes_after(after, 100).await.expect("a working store");
    changes.into_iter().map(|change| change.kind).collect()
}

/// What was made is what is read.
pub async fn a_new_account_is_found_by_id_and_by_name(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let new =
        NewAccount { display_name: Some(display_name("Ann Lee")), ..world.new_account("Ann") };
    let made = store.create_account(new.clone()).await.expect("a free name");
    assert_eq!(made.origin, Origin::Own);
    assert_eq!(made.password, new.password);
    assert_eq!(made.created_at, new.created_at);
    assert!(made.valid_after <= new.created_at, "its first token must count");
    assert_eq!(made.profile.username.as_str(), "Ann");
    assert_eq!(made.profile.shown_name(), "Ann Lee");
    assert!(!made.profile.is_guest && made.profile.avatar_url.is_none());
    let by_id = store.account(made.profile.id.clone()).await;
    assert_eq!(by_id, Ok(Some(made.clone())));
    let by_name = store.account_by_username(username("aNN")).await;
    assert_eq!(by_name, Ok(Some(made)));
    let nobody = AccountId::parse("nobody").expect("an id");
    assert_eq!(store.account(nobody).await, Ok(None));
    assert_eq!(store.account_by_username(username("nobody")).await, Ok(None));
}

/// Unique by the folded form, guests included.
pub async fn usernames_are_unique_in_every_spelling(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let made = world.own("Straße").await;
    let ends = world.now();
    world.guest("Zoë", ends).await;
    for taken in ["Straße", "STRASSE", "ｓｔｒａｓｓｅ", "zoe\u{308}", "ZOË"] {
        for password in [None, Some(PasswordHash::new("x"))] {
            let new = NewAccount { password, ..world.new_account(taken) };
            let refused = store.create_account(new).await;
            assert_eq!(refused, Err(CreateError::UsernameTaken), "{taken}");
        }
    }
    assert_eq!(store.account(made.profile.id.clone()).await, Ok(Some(made)));
    world.own("Strasse 2").await;
    let taken = world.new_account("Strasse  2");
    assert_eq!(store.create_account(taken).await, Err(CreateError::UsernameTaken));
    let heart = world.own("❤").await;
    let by_name = store.account_by_username(username("❤\u{fe0f}")).await;
    assert_eq!(by_name, Ok(Some(heart)));
}

/// 1, 2, 3 …; a refusal takes none, and a deletion gives none back.
pub async fn own_ids_are_decimal_and_never_come_twice(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let id = |account: &Account| account.profile.id.as_str().parse::<u64>().expect("a number");
    let first = id(&world.own("a").await);
    let ends = world.now();
    let guest = id(&world.guest("b", ends).await);
    assert!(guest > first);
    assert_eq!(store.delete_ended_guests(Timestamp::from_millis(u64::MAX), 10).await, Ok(1));
    assert!(id(&world.own("c").await) > guest);
}

/// A host's `sub` may be decimal too.
pub async fn own_ids_step_over_a_hosts_decimal_ids(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let first = world.own("a").await;
    let next: u64 = first.profile.id.as_str().parse().expect("a number");
    for number in next + 1..next + 4 {
        world.host(&number.to_string()).await;
    }
    assert_eq!(world.own("b").await.profile.id.as_str(), (next + 4).to_string());
}

/// Made once; display name and picture are the token's from then on.
pub async fn a_host_account_is_made_on_first_sight_and_follows_its_token(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let picture = AvatarUrl::parse("https://example.org/a.png").expect("a picture");
    let seen = HostAccount {
        display_name: Some(display_name("Ann")),
        avatar_url: Some(picture.clone()),
        ..world.seen("auth0|1", "ann")
    };
    let see = |seen| async { store.see_host_account(seen).await.expect("a working store") };
    let made = see(seen.clone()).await.expect("a host's account");
    assert_eq!((made.origin, made.profile.id.as_str()), (Origin::Host, "auth0|1"));
    assert_eq!((made.created_at, &made.password), (seen.seen_at, &None));
    assert_eq!(made.profile.avatar_url, Some(picture));
    let before = store.newest_change().await.expect("a working store");
    let again = HostAccount { seen_at: world.now(), ..seen.clone() };
    assert_eq!(see(again).await, Some(made.clone()));
    assert_eq!(newest_kinds(&store, before).await, [], "nothing has changed");

    let changed = HostAccount {
        username: username("other"),
        display_name: Some(display_name("Ann Lee")),
        avatar_url: None,
        ..seen
    };
    let now = see(changed).await.expect("a host's account");
    assert_eq!(now.profile.username, made.profile.username, "the username stays");
    assert_eq!(now.profile.shown_name(), "Ann Lee");
    assert_eq!(now.profile.avatar_url, None);
    let id = made.profile.id.clone();
    assert_eq!(newest_kinds(&store, before).await, [ChangeKind::Profile(id.clone())]);
    assert_eq!(store.account(id).await, Ok(Some(now)));
}

/// `-2`, `-3` …, within the length of a name.
pub async fn a_host_account_gets_a_free_name(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    world.own("Ann").await;
    let mut name_of = async |sub: &str, wished: &str| {
        let seen = world.seen(sub, wished);
        let account = store.see_host_account(seen).await.expect("a working store");
        account.expect("a host's account").profile.username.clone()
    };
    for (sub, expected) in [("x1", "ann-2"), ("x2", "ann-3"), ("x3", "ann-4"), ("x4", "ann-5")] {
        assert_eq!(name_of(sub, "ann").await.as_str(), expected);
    }
    let longest = "é".repeat(32);
    assert_eq!(name_of("y1", &longest).await.as_str(), longest);
    assert_eq!(name_of("y2", &longest).await.as_str(), format!("{}-2", "é".repeat(30)));
}

/// An id that is an own account's, a guest's or was a guest's is not the host's to take.
pub async fn a_host_cannot_take_over_another_account(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let own = world.own("ann").await;
    let ends = world.now();
    let guest = world.guest("bob", ends).await;
    for _ in 0..2 {
        for account in [&own, &guest] {
            let seen = world.seen(account.profile.id.as_str(), "evil");
            assert_eq!(store.see_host_account(seen).await, Ok(None));
        }
        store.delete_ended_guests(Timestamp::from_millis(u64::MAX), 10).await.expect("works");
    }
    assert_eq!(store.account(own.profile.id.clone()).await, Ok(Some(own)));
}

/// Of the username or the shown name, without regard to case.
pub async fn accounts_are_found_by_the_beginning_of_a_word(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    for (name, shown) in [
        ("ann", Some("Marie-Anne O'Hara")),
        ("Bernd das Brot", None),
        ("ＣＡＲＬ", Some("Ann Bernd")),
        ("percent%_", None),
    ] {
        let display_name = shown.map(display_name);
        let new = NewAccount { display_name, ..world.new_account(name) };
        store.create_account(new).await.expect("a free name");
    }
    for (query, expected) in [
        ("an", &["ann", "ＣＡＲＬ"][..]),
        ("ANNE", &["ann"]),
        ("mari", &["ann"]),
        ("marie-anne o", &["ann"]),
        ("hara", &["ann"]),
        ("arie", &[]),
        ("ber", &["Bernd das Brot", "ＣＡＲＬ"]),
        ("das br", &["Bernd das Brot"]),
        ("carl", &["ＣＡＲＬ"]),
        ("%", &[]),
        ("percent%", &["percent%_"]),
        ("percent_", &[]),
        ("zz", &[]),
        ("", &[]),
    ] {
        let found = store.search_accounts(query.to_owned(), 20).await.expect("a working store");
        let names: Vec<_> = found.iter().map(|profile| profile.username.as_str()).collect();
        assert_eq!(names, expected, "{query:?}");
    }
}

/// At most so many, by username, an exact one first; what was changed is found as it is now.
pub async fn a_search_is_bounded_and_sorted_and_finds_no_guest(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    for name in ["zed d", "Zed C", "zed a", "zed b"] {
        world.own(name).await;
    }
    let ends = world.now();
    let guest = world.guest("zed guest", ends).await;
    let renamed = ProfileUpdate { display_name: Some(Some(display_name("Zed"))), avatar_url: None };
    store.update_profile(guest.profile.id.clone(), renamed).await.expect("a working store");
    let names = async |query: &str, limit| {
        let found = store.search_accounts(query.to_owned(), limit).await.expect("works");
        found.iter().map(|profile| profile.username.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("zed", 20).await, ["zed a", "zed b", "Zed C", "zed d"]);
    assert_eq!(names("zed", 2).await, ["zed a", "zed b"]);
    for name in ["a zed", "Zed"] {
        world.own(name).await;
    }
    assert_eq!(names("zED", 3).await, ["Zed", "a zed", "zed a"]);
    let called_guest = names("zed guest", 9).await;
    assert_eq!(called_guest, [] as [&str; 0], "not by its whole name either");

    let account = world.own("other").await;
    let rename = |name| ProfileUpdate { display_name: Some(name), avatar_url: None };
    let id = account.profile.id.clone();
    store.update_profile(id.clone(), rename(Some(display_name("Quentin")))).await.expect("works");
    assert_eq!(names("quen", 9).await, ["other"]);
    store.update_profile(id, rename(None)).await.expect("works");
    assert_eq!(names("quen", 9).await, [] as [&str; 0]);
    assert_eq!(names("othe", 9).await, ["other"]);
}

/// `None` stays, `Some(None)` goes, and whoever follows the changes hears of it.
pub async fn a_profile_is_changed_in_part(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let account = world.own("ann").await;
    let id = account.profile.id.clone();
    let picture = AvatarUrl::parse("https://example.org/a.png").expect("a picture");
    let before = store.newest_change().await.expect("a working store");
    for (update, shown, avatar_url) in [
        ((Some(Some(display_name("Ann"))), None), "Ann", None),
        ((None, Some(Some(picture.clone()))), "Ann", Some(picture.clone())),
        ((Some(None), None), "ann", Some(picture)),
        ((None, Some(None)), "ann", None),
    ] {
        let update = ProfileUpdate { display_name: update.0, avatar_url: update.1 };
        let changed = store.update_profile(id.clone(), update).await.expect("a working store");
        let changed = changed.expect("an account");
        assert_eq!(changed.profile.shown_name(), shown);
        assert_eq!(changed.profile.avatar_url, avatar_url);
        assert_eq!(store.account(id.clone()).await, Ok(Some(changed)));
    }
    assert_eq!(newest_kinds(&store, before).await, vec![ChangeKind::Profile(id); 4]);
    let nobody = AccountId::parse("nobody").expect("an id");
    assert_eq!(store.update_profile(nobody, ProfileUpdate::default()).await, Ok(None));
}

/// In one step with the end of the older tokens.
pub async fn a_password_is_changed_only_from_the_current_one(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let account = world.own("ann").await;
    let id = account.profile.id.clone();
    let current = account.password.clone().expect("a password");
    let (next, wrong) = (PasswordHash::new("next"), PasswordHash::new("wrong"));
    let at = world.now();
    let refused = store.change_password(id.clone(), wrong.clone(), next.clone(), at).await;
    assert_eq!(refused, Ok(false));
    assert_eq!(store.account(id.clone()).await, Ok(Some(account.clone())));
    assert_eq!(store.newest_change().await, Ok(ChangeSeq(0)));

    let changed = store.change_password(id.clone(), current.clone(), next.clone(), at).await;
    assert_eq!(changed, Ok(true));
    let expected = Account { password: Some(next.clone()), valid_after: at, ..account };
    assert_eq!(store.account(id.clone()).await, Ok(Some(expected)));
    let revocation = Revocation::Account { account: id.clone(), valid_after: at };
    assert_eq!(newest_kinds(&store, ChangeSeq(0)).await, [ChangeKind::Revoked(revocation)]);
    // Two at once: one of them is too late.
    assert_eq!(store.change_password(id, current, wrong, at).await, Ok(false));
}

/// Their messages stay, the name is free, the memberships end.
pub async fn ended_guests_are_deleted_and_leave_their_name(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let owner = world.own("owner").await;
    let room = world.room(&owner).await.id;
    let ends = world.now();
    let guest = world.guest("Guest", ends).await;
    world.say(&room, &guest, "I was here").await;
    let id = guest.profile.id.clone();
    assert_eq!(store.delete_ended_guests(ends, 10).await, Ok(0), "it ends then, not before");
    let later = world.now();
    let before = store.newest_change().await.expect("a working store");
    assert_eq!(store.delete_ended_guests(later, 10).await, Ok(1));
    assert_eq!(store.delete_ended_guests(later, 10).await, Ok(0));
    assert_eq!(newest_kinds(&store, before).await, [ChangeKind::Deleted(id.clone())]);
    assert_eq!(store.account(id.clone()).await, Ok(None));
    assert_eq!(store.account_by_username(username("guest")).await, Ok(None));
    let page = world.page(&room, PageCursor::Newest, 10).await;
    assert_eq!(page.senders, std::slice::from_ref(&*guest.profile));
    assert_eq!(page.messages[0].sender, id);
    assert_eq!(members(&store, &room).await, 1);
    assert_eq!(store.member(room, id.clone()).await, Ok(None));
    let update = ProfileUpdate { display_name: Some(None), avatar_url: None };
    assert_eq!(store.update_profile(id.clone(), update).await, Ok(None));
    assert_ne!(world.own("guest").await.profile.id, id, "the name is free, the id is not");
}

async fn members(store: &Arc<dyn Store>, of: &ConversationId) -> u64 {
    let conversation = store.conversation(of.clone()).await.expect("a working store");
    conversation.expect("a conversation").member_count
}

/// [`chat::identity::Accounts::extend_guest`] never shortens, and the limit bounds a deletion.
pub async fn a_guest_is_kept_as_long_as_its_last_token(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let at = |seconds: u64| Timestamp::from_millis(START_MS + seconds * 1_000);
    let kept = world.guest("kept", at(10)).await.profile.id.clone();
    for name in ["a", "b", "c"] {
        world.guest(name, at(10)).await;
    }
    let own = world.own("own").await.profile.id.clone();
    for (id, until) in [(&kept, at(100)), (&kept, at(50)), (&own, at(1))] {
        assert_eq!(store.extend_guest(id.clone(), until).await, Ok(()));
    }
    assert_eq!(store.delete_ended_guests(at(60), 2).await, Ok(2));
    assert_eq!(store.delete_ended_guests(at(60), 2).await, Ok(1));
    assert_eq!(store.delete_ended_guests(at(60), 2).await, Ok(0));
    assert!(store.account(kept.clone()).await.expect("a working store").is_some());
    assert_eq!(store.delete_ended_guests(at(101), 2).await, Ok(1));
    assert_eq!(store.account(kept).await, Ok(None));
    assert!(store.account(own).await.expect("a working store").is_some());
}

/// Deleted ones are not counted.
pub async fn accounts_are_counted_by_origin(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    world.own("a").await;
    world.own("b").await;
    world.host("c").await;
    for name in ["d", "e", "f"] {
        let ends = world.now();
        world.guest(name, ends).await;
    }
    let counts = async || {
        let mut counts = Vec::new();
        for origin in [Origin::Own, Origin::Host, Origin::Guest] {
            counts.push(store.count_accounts(origin).await.expect("a working store"));
        }
        counts
    };
    assert_eq!(counts().await, [2, 1, 3]);
    store.delete_ended_guests(Timestamp::from_millis(u64::MAX), 2).await.expect("works");
    assert_eq!(counts().await, [2, 1, 1]);
}
