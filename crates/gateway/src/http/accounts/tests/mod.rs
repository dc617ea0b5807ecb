//! The accounts' routes, from outside.

mod cookies;
mod described;
mod rates;

use http::StatusCode;
use serde_json::{Value, json};

use crate::http::world::{Setup, World, bearer};

fn world() -> World {
    World::new(Setup::default())
}

#[tokio::test]
async fn answers_read_as_the_contract_says() {
    let world = world();
    let body = json!({ "username": "ann", "password": "correct horse", "displayName": "Ann Lee" });
    let registered = world.json("POST /api/auth/register", body).await;
    let token = registered.token();
    let login = json!({ "username": "ANN", "password": "correct horse" });
    let login = world.json("POST /api/auth/login", login).await;
    let guest = world.json("POST /api/auth/guest", json!({ "username": "visitor" })).await;
    let refreshed = world.ask(&bearer("POST /api/auth/refresh", &token)).await;
    let me = world.ask(&bearer("GET /api/auth/me", &token)).await;
    let users = world.ask(&bearer("GET /api/users?query=LE", &token)).await;
    let change = json!({ "current": "correct horse", "next": "battery staple" });
    let changed = world.json(&bearer("POST /api/auth/password", &token), change).await;
    let fresh = changed.token();
    let left = world.ask(&bearer("POST /api/auth/logout", &fresh)).await;
    let void = world.ask(&bearer("POST /api/auth/logout", &fresh)).await;
    let shown: Vec<String> = [registered, login, guest, refreshed, me, users, changed, left, void]
        .into_iter()
        .map(|mut answer| {
            if let Some(token) = answer.body.get_mut("token") {
                assert_eq!(token.as_str().expect("a text").split('.').count(), 3);
                *token = "(token)".into();
            }
            format!("{} {}", answer.status, answer.body)
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_are_answered_alike() {
    let world = world();
    world.register("ann").await;
    let guest = world.json("POST /api/auth/guest", json!({ "username": "visitor" })).await;
    assert_eq!(guest.status, StatusCode::CREATED);
    let mut answers = Vec::new();
    for username in ["ann", "nobody", "visitor"] {
        let body = json!({ "username": username, "password": "wrong horse" });
        let answer = world.json("POST /api/auth/login", body).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.headers.get("set-cookie").is_none());
        answers.push(answer.body);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[tokio::test]
async fn a_name_is_taken_in_every_spelling() {
    let world = world();
    world.register("Ann").await;
    for (route, username) in
        [("register", "ann"), ("register", "ＡＮＮ"), ("guest", "aNN"), ("guest", " ann ")]
    {
        let body = json!({ "username": username, "password": "correct horse" });
        let answer = world.json(&format!("POST /api/auth/{route}"), body).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::CONFLICT, "conflict"),
            "{username}"
        );
    }
}

#[tokio::test]
async fn a_body_that_does_not_fit_is_refused_and_what_is_unknown_is_ignored() {
    let world = world();
    let long = "x".repeat(129);
    for body in [
        json!({}),
        json!([]),
        json!(null),
        json!({ "username": "ann" }),
        json!({ "username": null, "password": "correct horse" }),
        json!({ "username": 7, "password": "correct horse" }),
        json!({ "username": "", "password": "correct horse" }),
        json!({ "username": "a\u{202e}b", "password": "correct horse" }),
        json!({ "username": "x".repeat(33), "password": "correct horse" }),
        json!({ "username": "ann", "password": "seven 7" }),
        json!({ "username": "ann", "password": long }),
        json!({ "username": "ann", "password": "correct horse", "displayName": " " }),
        json!({ "username": "ann", "password": "correct horse", "displayName": "x".repeat(65) }),
    ] {
        let answer = world.json("POST /api/auth/register", body.clone()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer.code(), "invalid_payload", "{body}");
    }
    for text in ["", "{", r#"{"username":"a","username":"b","password":"correct horse"}"#] {
        let head = "POST /api/auth/register\ncontent-type: application/json";
        assert_eq!(world.send(head, text).await.code(), "invalid_payload", "{text}");
    }
    let body = json!({
        "username": "ann", "password": "pässword", "displayName": null, "role": "admin", "id": 99,
    });
    let fits = world.json("POST /api/auth/register", body).await;
    assert_eq!(fits.status, StatusCode::CREATED);
    assert_eq!(fits.body["user"]["id"], "1");
}

#[tokio::test]
async fn only_json_is_taken_so_that_no_foreign_form_signs_anybody_in() {
    let world = world();
    let body = json!({ "username": "ann", "password": "correct horse" }).to_string();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        for route in ["register", "login", "guest"] {
            let head = format!("POST /api/auth/{route}\ncontent-type: {kind}");
            let answer = world.send(&head, body.clone()).await;
            assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
            assert_eq!(answer.code(), "invalid_payload");
        }
    }
    let untyped = world.send("POST /api/auth/register", body).await;
    assert_eq!(untyped.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_whatever_it_says_of_itself() {
    let world = world();
    let body =
        format!(r#"{{"username":"ann","password":"correct horse","x":"{}"}}"#, "x".repeat(65_536));
    let head = "POST /api/auth/register\ncontent-type: application/json";
    let declared = format!("{head}\ncontent-length: {}", body.len());
    for head in [head, &declared] {
        let answer = world.send(head, body.clone()).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
    }
}

#[tokio::test]
async fn a_profile_is_changed_where_it_is_named_and_null_takes_away() {
    let world = world();
    let token = world.register("ann").await.token();
    let picture = "https://example.org/a.png";
    for (change, name, avatar) in [
        (json!({ "displayName": "Ann", "avatarUrl": picture }), json!("Ann"), json!(picture)),
        (json!({}), json!("Ann"), json!(picture)),
        (json!({ "displayName": "Ann Lee" }), json!("Ann Lee"), json!(picture)),
        (json!({ "displayName": null }), Value::Null, json!(picture)),
        (json!({ "avatarUrl": null, "username": "bob" }), Value::Null, Value::Null),
    ] {
        let answer = world.json(&bearer("PATCH /api/auth/me", &token), change.clone()).await;
        assert_eq!(answer.status, StatusCode::OK, "{change}");
        let expected = json!({ "user": {
            "id": "1", "username": "ann", "displayName": name, "avatarUrl": avatar, "isGuest": false
        } });
        assert_eq!(answer.body, expected, "{change}");
        let read = world.ask(&bearer("GET /api/auth/me", &token)).await;
        assert_eq!(read.body, expected, "what was written is read at once");
    }
    for change in [
        json!({ "displayName": "" }),
        json!({ "displayName": 7 }),
        json!({ "avatarUrl": "http://example.org/a.png" }),
        json!({ "avatarUrl": "javascript:alert(1)" }),
    ] {
        let answer = world.json(&bearer("PATCH /api/auth/me", &token), change.clone()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{change}");
    }
}

#[tokio::test]
async fn a_new_password_leaves_one_token_and_the_old_password_opens_nothing() {
    let world = world();
    let first = world.register("ann").await.token();
    let second = world.ask(&bearer("POST /api/auth/refresh", &first)).await.token();
    let change = |current: &str| json!({ "current": current, "next": "battery staple" });
    let head = bearer("POST /api/auth/password", &second);
    let wrong = world.json(&head, change("wrong horse")).await;
    assert_eq!((wrong.status, wrong.code()), (StatusCode::FORBIDDEN, "forbidden"));
    assert_eq!(world.ask(&bearer("GET /api/auth/me", &first)).await.status, StatusCode::OK);

    let changed = world.json(&head, change("correct horse")).await;
    assert_eq!(changed.status, StatusCode::OK);
    for void in [&first, &second] {
        let answer = world.ask(&bearer("GET /api/auth/me", void)).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::UNAUTHORIZED, "unauthenticated"));
    }
    let kept = world.ask(&bearer("GET /api/auth/me", &changed.token())).await;
    assert_eq!(kept.status, StatusCode::OK);
    for (password, status) in
        [("correct horse", StatusCode::UNAUTHORIZED), ("battery staple", StatusCode::OK)]
    {
        let body = json!({ "username": "ann", "password": password });
        let login = world.json("POST /api/auth/login", body).await;
        assert_eq!(login.status, status, "{password}");
        if status == StatusCode::OK {
            let me = world.ask(&bearer("GET /api/auth/me", &login.token())).await;
            assert_eq!(me.status, StatusCode::OK, "a token made at once counts");
        }
    }
}

#[tokio::test]
async fn a_login_with_the_old_password_is_refused_if_it_was_changed_while_the_login_waited() {
    let world = world();
    let token = world.register("ann").await.token();
    let gate = world.store.hold_name();
    let body = json!({ "username": "ann", "password": "correct horse" });
    let login = world.json("POST /api/auth/login", body);
    let change = async {
        gate.decided().await;
        let change = json!({ "current": "correct horse", "next": "battery staple" });
        let changed = world.json(&bearer("POST /api/auth/password", &token), change).await;
        gate.open();
        changed
    };
    let (login, changed) = tokio::join!(login, change);
    assert_eq!(changed.status, StatusCode::OK);
    assert_eq!((login.status, login.code()), (StatusCode::UNAUTHORIZED, "unauthenticated"));
    assert!(login.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn a_logout_ends_one_token() {
    let world = world();
    let first = world.register("ann").await.token();
    let second = world.ask(&bearer("POST /api/auth/refresh", &first)).await.token();
    let left = world.ask(&bearer("POST /api/auth/logout", &first)).await;
    assert_eq!(left.body, json!({ "success": true }));
    for (token, status) in [(&first, StatusCode::UNAUTHORIZED), (&second, StatusCode::OK)] {
        for route in ["GET /api/auth/me", "GET /api/users?query=an"] {
            assert_eq!(world.ask(&bearer(route, token)).await.status, status, "{route}");
        }
    }
    assert_eq!(world.ask(&bearer("POST /api/auth/logout", &first)).await.code(), "unauthenticated");
}

#[tokio::test]
async fn a_logout_everywhere_ends_every_token_and_takes_the_cookie() {
    let world = world();
    let first = world.register("ann").await.token();
    let second = world.ask(&bearer("POST /api/auth/refresh", &first)).await.token();
    let other = world.register("bob").await.token();
    let left = world.ask(&bearer("POST /api/auth/logout/everywhere", &second)).await;
    assert_eq!((left.status, left.body), (StatusCode::OK, json!({ "success": true })));
    for token in [&first, &second] {
        let answer = world.ask(&bearer("GET /api/auth/me", token)).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::UNAUTHORIZED, "unauthenticated"));
    }
    assert_eq!(world.ask(&bearer("GET /api/auth/me", &other)).await.status, StatusCode::OK);
    let names = json!({ "username": "ann", "password": "correct horse" });
    let again = world.json("POST /api/auth/login", names).await.token();
    assert_eq!(world.ask(&bearer("GET /api/auth/me", &again)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_guest_is_kept_as_long_as_its_last_token() {
    let world = world();
    let guest = world.json("POST /api/auth/guest", json!({ "username": "visitor" })).await;
    assert_eq!(guest.body["user"]["isGuest"], true);
    let id = guest.body["user"]["id"].as_str().expect("an id").to_owned();
    let first = world.store.guest_until(&id).expect("a guest").as_millis();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let day = 86_400_000;
    assert!(u128::from(first) + 60_000 > now.as_millis() + day, "a day, give or take a minute");
    let token = guest.token();
    let change = json!({ "current": "correct horse", "next": "battery staple" });
    let none = world.json(&bearer("POST /api/auth/password", &token), change).await;
    assert_eq!((none.status, none.code()), (StatusCode::FORBIDDEN, "forbidden"));
}

#[tokio::test]
async fn a_guest_needs_one_write_so_that_none_is_left_without_a_token() {
    let world = world();
    world.store.refuse_extensions();
    let guest = world.json("POST /api/auth/guest", json!({ "username": "visitor" })).await;
    assert_eq!(guest.status, StatusCode::CREATED);
    let token = guest.token();
    let me = world.ask(&bearer("GET /api/auth/me", &token)).await;
    assert_eq!(me.status, StatusCode::OK);
    let session = world.api.auth.authenticate(&token).await.expect("a good token");
    let until = world.store.guest_until(session.account.profile.id.as_str());
    assert_eq!(until, Some(session.token.expires_at), "it is kept as long as its token");
    let refreshed = world.ask(&bearer("POST /api/auth/refresh", &token)).await;
    assert_eq!(refreshed.code(), "unavailable", "a later token needs another");
}

#[tokio::test]
async fn people_are_found_by_two_letters_and_guests_are_not() {
    let world = world();
    let token = world.register("ann").await.token();
    for number in 0..25 {
        world.register(&format!("anton{number}")).await;
    }
    world.json("POST /api/auth/guest", json!({ "username": "anguest" })).await;
    for (query, count) in [
        ("query=an", 20),
        ("query=AN&limit=3&x=1", 3),
        ("query=%20ann%20", 1),
        ("query=anguest", 0),
        ("query=zz", 0),
    ] {
        let answer = world.ask(&bearer(&format!("GET /api/users?{query}"), &token)).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}");
        assert_eq!(answer.body["users"].as_array().expect("a list").len(), count, "{query}");
    }
    let long = format!("query={}", "x".repeat(65));
    for query in
        ["", "query=", "query=a", "query=%20a%20", "query=an&limit=0", "query=an&limit=21", &long]
    {
        let answer = world.ask(&bearer(&format!("GET /api/users?{query}"), &token)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer.code(), "invalid_payload", "{query}");
    }
}

#[tokio::test]
async fn a_store_that_is_away_makes_everything_unavailable_and_nothing_wrong() {
    let world = world();
    let token = world.register("ann").await.token();
    world.store.set_away(true);
    let body = json!({ "username": "bob", "password": "correct horse" });
    for answer in [
        world.json("POST /api/auth/register", body.clone()).await,
        world.json("POST /api/auth/login", body.clone()).await,
        world.json("POST /api/auth/guest", body.clone()).await,
        world.json(&bearer("PATCH /api/auth/me", &token), json!({ "displayName": "A" })).await,
        world.ask(&bearer("POST /api/auth/logout", &token)).await,
        world.ask(&bearer("GET /api/users?query=an", &token)).await,
    ] {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{answer:?}");
        assert_eq!(answer.code(), "unavailable");
        assert_eq!(answer.body["error"]["retryable"], true);
    }
    world.store.set_away(false);
    assert_eq!(world.ask(&bearer("POST /api/auth/logout", &token)).await.status, StatusCode::OK);
}
