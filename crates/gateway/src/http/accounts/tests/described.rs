//! The description, and that the server does what it says.

use std::collections::BTreeSet;

use chat::identity::{Accounts, PasswordHash};
use chat::ids::AccountId;
use chat::limits::Rate;
use chat::time::Timestamp;
use http::StatusCode;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::json;

use super::*;
use crate::auth::{OwnSecret, Secret};
use crate::http::rooms::tests as rooms_tests;
use crate::http::world::{Seen, Setup, World};
use crate::http::{admin, blocks, channels, direct};
use crate::limits::Limits;

/// Every operation and status that the description lists.
fn described(world: &World) -> Seen {
    let mut all = Seen::new();
    let paths = world.document()["paths"].as_object().expect("paths");
    for (path, item) in paths {
        for (method, operation) in item.as_object().expect("operations") {
            let responses = operation["responses"].as_object().expect("responses");
            for status in responses.keys().filter(|status| *status != "default") {
                all.insert((method.to_uppercase(), path.clone(), status.clone()));
            }
        }
    }
    all
}

/// The routes that only somebody signed in may take, each with a body that fits.
fn protected() -> [(&'static str, serde_json::Value); 31] {
    let change = json!({ "current": "correct horse", "next": "battery staple" });
    [
        ("POST /api/auth/refresh", json!({})),
        ("GET /api/auth/me", json!({})),
        ("PATCH /api/auth/me", json!({ "displayName": "Ann" })),
        ("GET /api/users?query=an", json!({})),
        ("POST /api/auth/password", change),
        ("POST /api/chat/rooms", json!({ "name": "Tea" })),
        ("GET /api/chat/rooms", json!({})),
        ("POST /api/chat/rooms/room_x/join", json!({})),
        ("DELETE /api/chat/rooms/room_x/leave", json!({})),
        ("GET /api/chat/rooms/room_x/members", json!({})),
        ("GET /api/chat/rooms/room_x/messages", json!({})),
        ("POST /api/chat/rooms/room_x/messages", json!({ "content": "Hello!" })),
        ("GET /api/users/blocked", json!({})),
        ("POST /api/users/2/block", json!({})),
        ("DELETE /api/users/2/block", json!({})),
        ("POST /api/messages/conversations", json!({ "userId": "2" })),
        ("GET /api/messages/conversations", json!({})),
        (
            "POST /api/messages/send",
            json!({ "conversationId": "conv_1_2", "messageText": "Hello!" }),
        ),
        ("GET /api/messages/conversations/conv_1_2", json!({})),
        ("PUT /api/messages/conversations/conv_1_2/read", json!({})),
        ("POST /api/channels", json!({ "name": "Kitchen", "visibility": "public" })),
        ("GET /api/channels", json!({})),
        ("POST /api/channels/channel_x/join", json!({})),
        ("DELETE /api/channels/channel_x/leave", json!({})),
        ("GET /api/channels/channel_x/members", json!({})),
        ("POST /api/channels/channel_x/members", json!({ "userId": "2" })),
        ("DELETE /api/channels/channel_x/members/2", json!({})),
        ("GET /api/channels/channel_x/messages", json!({})),
        ("POST /api/channels/channel_x/messages", json!({ "body": "Hello!" })),
        ("POST /api/auth/logout", json!({})),
        ("POST /api/auth/logout/everywhere", json!({})),
    ]
}

/// What everybody can bring about.
async fn open_server() -> Seen {
    let world = world();
    let names = json!({ "username": "ann", "password": "correct horse" });
    let wrong = json!({ "username": "ann", "password": "wrong horse" });
    for (route, body) in [
        ("register", names.clone()),
        ("register", names.clone()),
        ("register", json!({})),
        ("login", names.clone()),
        ("login", wrong),
        ("login", json!({})),
        ("guest", json!({ "username": "visitor" })),
        ("guest", json!({ "username": "visitor" })),
        ("guest", json!({})),
    ] {
        world.json(&format!("POST /api/auth/{route}"), body).await;
    }
    let token = world.json("POST /api/auth/login", names).await.token();
    for (route, body) in protected() {
        world.json(route, body.clone()).await;
        let body = if route.starts_with("POST /api/auth/password") {
            json!({ "current": "wrong horse", "next": "battery staple" })
        } else {
            body
        };
        world.json(&bearer(route, &token), body).await;
    }
    let token = world.register("bob").await.token();
    for head in ["PATCH /api/auth/me", "POST /api/auth/password"] {
        world.json(&bearer(head, &token), json!({ "displayName": 1 })).await;
    }
    world.ask(&bearer("GET /api/users", &token)).await;
    let change = json!({ "current": "correct horse", "next": "battery staple" });
    let head = bearer("POST /api/auth/password", &token);
    let token = world.json(&head, change.clone()).await.token();
    overtaken(&world, &token).await;
    let token = world.register("carol").await.token();
    world.ask(&bearer("POST /api/auth/logout/everywhere", &token)).await;
    for path in ["openapi.json", "docs", "docs/start.js", "docs/nothing"] {
        world.ask(&format!("GET /api/{path}")).await;
    }
    let document = world.document();
    assert_eq!(document["openapi"], "3.1.0");
    world.seen()
}

/// A password that another node has changed a moment ago, which this one has not heard of yet.
async fn overtaken(world: &World, token: &str) {
    let (id, next) = (AccountId::parse("3").unwrap(), PasswordHash::new("another"));
    let account = world.store.account(id.clone()).await.unwrap().expect("bob");
    assert_eq!(account.profile.username.as_str(), "bob");
    // It is remembered from now on.
    assert_eq!(world.ask(&bearer("GET /api/auth/me", token)).await.status, StatusCode::OK);
    let current = account.password.expect("a password");
    let changed = world.store.change_password(id, current, next, Timestamp::from_millis(0)).await;
    assert_eq!(changed, Ok(true));
    let change = json!({ "current": "battery staple", "next": "correct horse" });
    let late = world.json(&bearer("POST /api/auth/password", token), change).await;
    assert_eq!((late.status, late.code()), (StatusCode::CONFLICT, "conflict"));
}

/// What comes too soon.
async fn hurried_server() -> Seen {
    let once = Rate::new(1, std::time::Duration::from_hours(1));
    let limits = Limits {
        logins_per_account: once,
        registrations: once,
        requests: once,
        ..Limits::default()
    };
    let world = World::new(Setup { limits, ..Setup::default() });
    let names = json!({ "username": "ann", "password": "correct horse" });
    let token = world.register("ann").await.token();
    world.ask(&bearer("GET /api/auth/me", &token)).await;
    for (route, body) in protected() {
        world.json(&bearer(route, &token), body).await;
    }
    for route in ["register", "guest", "login", "login"] {
        world.json(&format!("POST /api/auth/{route}"), names.clone()).await;
    }
    world.seen()
}

/// A server that takes nobody in by itself.
async fn closed_server() -> Seen {
    let mut setup = Setup::default();
    (setup.auth.registration, setup.auth.guests) = (false, false);
    let secret = setup.auth.own_secret.secret().clone();
    setup.auth.own_secret = OwnSecret::Configured(secret.clone());
    let world = World::new(setup);
    let names = json!({ "username": "ann", "password": "correct horse" });
    for route in ["register", "guest"] {
        let answer = world.json(&format!("POST /api/auth/{route}"), names.clone()).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::FORBIDDEN, "forbidden"));
    }
    let token = hosted(&secret);
    for head in ["POST /api/auth/refresh", "PATCH /api/auth/me"] {
        let answer = world.json(&bearer(head, &token), json!({ "displayName": "x" })).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::FORBIDDEN, "forbidden"), "{head}");
    }
    world.seen()
}

/// A host application's token, signed with the secret that it shares with the server.
fn hosted(secret: &Secret) -> String {
    let claims = json!({ "sub": "host|1", "exp": 4_102_444_800_u64 });
    let key = EncodingKey::from_secret(secret.as_bytes());
    encode(&Header::default(), &claims, &key).expect("a token")
}

/// Rooms.
async fn rooms() -> Seen {
    let world = World::new(rooms_tests::impatient());
    rooms_tests::away(&world).await;
    let mut seen = world.seen();
    let world = World::new(Setup::default());
    rooms_tests::everything(&world).await;
    seen.extend(world.seen());
    seen
}

/// Channels.
async fn channels() -> Seen {
    let world = World::new(rooms_tests::impatient());
    channels::tests::away(&world).await;
    let mut seen = world.seen();
    let world = World::new(Setup::default());
    channels::tests::everything(&world).await;
    seen.extend(world.seen());
    seen
}

/// Direct conversations and blocks.
async fn two_people() -> Seen {
    let world = World::new(rooms_tests::impatient());
    direct::tests::away(&world).await;
    let mut seen = world.seen();
    let world = World::new(Setup::default());
    direct::tests::everything(&world).await;
    seen.extend(world.seen());
    let world = World::new(Setup::default());
    blocks::tests::everything(&world).await;
    seen.extend(world.seen());
    let world = World::new(Setup::default());
    admin::tests::everything(&world).await;
    seen.extend(world.seen());
    seen
}

#[tokio::test]
async fn every_described_answer_is_given_and_fits_its_description() {
    let mut seen = open_server().await;
    seen.extend(hurried_server().await);
    seen.extend(closed_server().await);
    seen.extend(rooms().await);
    seen.extend(channels().await);
    seen.extend(two_people().await);
    let world = world();
    world.ask("GET /api/docs").await;
    let described = described(&world);
    assert!(described.len() > 40, "{described:?}");
    let missing: BTreeSet<_> = described.difference(&seen).cloned().collect();
    assert!(missing.is_empty(), "described and never seen: {missing:?}");
}

#[tokio::test]
async fn every_route_is_described() {
    let world = world();
    world.ask("GET /api/docs").await;
    let described: BTreeSet<String> =
        world.document()["paths"].as_object().expect("paths").keys().cloned().collect();
    let shown = format!("{:?}", crate::http::api_routes(Some(world.api.clone())));
    let routed: BTreeSet<String> =
        shown.split('"').filter(|text| text.starts_with("/api")).map(str::to_owned).collect();
    assert_eq!(routed, described);
    assert!(routed.len() > 9, "{shown}");
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let world = world();
    for (head, allowed) in [
        ("GET /api/auth/login", "POST"),
        ("DELETE /api/auth/me", "GET,HEAD,PATCH"),
        ("POST /api/users", "GET,HEAD"),
        ("PUT /api/docs", "GET,HEAD"),
    ] {
        let answer = world.ask(head).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{head}");
        assert_eq!(answer.header("allow"), allowed, "{head}");
        assert_eq!(answer.code(), "invalid_payload", "{head}");
    }
}

#[tokio::test]
async fn nobody_keeps_an_answer_and_the_viewer_has_a_policy_of_its_own() {
    let world = world();
    for path in ["auth/me", "users", "nothing", "openapi.json"] {
        let answer = world.ask(&format!("GET /api/{path}")).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    let page = world.ask("GET /api/docs").await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.headers.get_all("content-security-policy").iter().count(), 1);
    let text = page.body.as_str().expect("a page");
    assert!(!text.contains("//"), "it loads nothing from elsewhere: {text}");
    for file in text.split('"').filter(|text| text.starts_with("/api/docs/")) {
        let plain = world.ask(&format!("GET {file}")).await;
        assert_eq!(plain.status, StatusCode::OK, "{file}");
        assert!(plain.body.as_str().expect("text").len() > 100);
        assert_eq!(plain.header("content-encoding"), "");
        let gzip = world.ask(&format!("GET {file}\naccept-encoding: gzip, br")).await;
        assert!(["gzip", ""].contains(&gzip.header("content-encoding")), "{file}");
    }
}
