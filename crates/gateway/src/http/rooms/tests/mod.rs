//! The rooms' routes, from outside.

mod lists;
mod messages;

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use crate::http::world::{Answer, Setup, World, bearer};
use crate::limits::Limits;

pub(super) fn world() -> World {
    World::new(Setup::default())
}

/// A server that gives a store that does not answer up at once.
pub(in crate::http) fn impatient() -> Setup {
    let mut setup = Setup::default();
    setup.conversations.sequencing.shard.patience = Duration::from_millis(1);
    setup
}

/// A room that somebody makes.
pub(super) async fn room(world: &World, token: &str, name: &str) -> String {
    let made = world.json(&bearer("POST /api/chat/rooms", token), json!({ "name": name })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.body["room"]["_id"].as_str().expect("an id").to_owned()
}

pub(super) async fn post(world: &World, token: &str, room: &str, body: Value) -> Answer {
    let head = format!("POST /api/chat/rooms/{room}/messages");
    world.json(&bearer(&head, token), body).await
}

/// `METHOD …` of one room.
pub(super) async fn ask(
    world: &World,
    token: &str,
    (method, room, rest): (&str, &str, &str),
) -> Answer {
    world.ask(&bearer(&format!("{method} /api/chat/rooms/{room}/{rest}"), token)).await
}

/// Brings about every answer that the routes of rooms are described with, but for those that all
/// routes have.
pub(in crate::http) async fn everything(world: &World) {
    let token = world.signed_in("ann").await;
    let tea = room(world, &token, "Tea").await;
    let make = bearer("POST /api/chat/rooms", &token);
    world.json(&make, json!({ "name": "" })).await;
    world.json(&make, json!({ "name": "Tea", "userId": "99" })).await;
    for head in ["GET /api/chat/rooms", "GET /api/chat/rooms?limit=0"] {
        world.ask(&bearer(head, &token)).await;
    }
    for id in [&tea, "room_nowhere"] {
        for (method, rest) in [
            ("POST", "join"),
            ("DELETE", "leave"),
            ("GET", "members"),
            ("GET", "members?cursor=x"),
            ("GET", "messages"),
            ("GET", "messages?before=1&after=1"),
        ] {
            ask(world, &token, (method, id, rest)).await;
        }
        for (method, rest) in [("POST", "join"), ("DELETE", "leave")] {
            let head = bearer(&format!("{method} /api/chat/rooms/{id}/{rest}"), &token);
            for (who, status) in [(json!("99"), 403), (json!({}), 400)] {
                let answer = world.json(&head, json!({ "userId": who })).await;
                assert_eq!(answer.status.as_u16(), status, "{head}: another's `userId` passed");
            }
        }
        for body in [
            json!({ "content": "one", "clientId": "k" }),
            json!({ "content": "two", "clientId": "k" }),
            json!({ "content": " " }),
            json!({ "content": "x".repeat(4_001) }),
            json!({ "content": "x", "userId": 99 }),
        ] {
            post(world, &token, id, body).await;
        }
    }
}

/// What it says when the store does not answer; of an [`impatient`] server, which has no time for the
/// rest.
pub(in crate::http) async fn away(world: &World) {
    let token = world.signed_in("ann").await;
    let tea = room(world, &token, "Tea").await;
    world.store.set_away(true);
    let away = post(world, &token, &tea, json!({ "content": "lost" })).await;
    assert_eq!((away.status, away.code()), (StatusCode::SERVICE_UNAVAILABLE, "unavailable"));
    assert_eq!(away.body["error"]["retryable"], true);
    assert_eq!(away.header("retry-after"), "1");
    world.store.set_away(false);
}

#[tokio::test]
async fn a_room_is_made_by_whoever_is_signed_in_and_found_by_everybody() {
    let world = world();
    let ann = world.signed_in("ann").await;
    let guest = world.json("POST /api/auth/guest", json!({ "username": "visitor" })).await.token();
    for (number, token) in (1..).zip([&ann, &guest]) {
        let body = json!({ "name": " Tea ", "description": "All\r\nof it.", "userId": number });
        let made = world.json(&bearer("POST /api/chat/rooms", token), body).await;
        assert_eq!(made.status, StatusCode::CREATED);
        let mut room = made.body["room"].clone();
        let id = room["_id"].as_str().expect("an id").to_owned();
        assert!(id.starts_with("room_") && id.len() == 25, "{id}");
        assert_eq!(room["createdAt"], room["updatedAt"]);
        let other = if token == &ann { &guest } else { &ann };
        for (viewer, is_member) in [(token, true), (other, false)] {
            let list = world.ask(&bearer("GET /api/chat/rooms?limit=1", viewer)).await;
            room["isMember"] = json!(is_member);
            assert_eq!(list.body["rooms"], json!([room]));
        }
        for (field, expected) in [
            ("name", json!("Tea")),
            ("description", json!("All\nof it.")),
            ("memberCount", json!(1)),
            ("activeCount", json!(0)),
            ("unreadCount", json!(0)),
            ("lastMessage", Value::Null),
        ] {
            assert_eq!(room[field], expected, "{field}");
        }
    }
}

#[tokio::test]
async fn what_is_no_name_or_description_is_refused_and_what_is_unknown_is_ignored() {
    let world = world();
    let token = world.signed_in("ann").await;
    let head = bearer("POST /api/chat/rooms", &token);
    for body in [
        json!({}),
        json!(null),
        json!({ "name": null }),
        json!({ "name": 7 }),
        json!({ "name": "" }),
        json!({ "name": " \t" }),
        json!({ "name": "x".repeat(81) }),
        json!({ "name": "a\u{202e}b" }),
        json!({ "name": "a\u{200b}b" }),
        json!({ "name": "a\0b" }),
        json!({ "name": "Tea", "description": "x".repeat(501) }),
        json!({ "name": "Tea", "description": "a\0b" }),
        json!({ "name": "Tea", "description": 7 }),
        json!({ "name": "Tea", "userId": {} }),
    ] {
        let answer = world.json(&head, body.clone()).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "invalid_payload"));
    }
    let strange = world.json(&head, json!({ "name": "Tea", "userId": "2" })).await;
    assert_eq!((strange.status, strange.code()), (StatusCode::FORBIDDEN, "forbidden"));
    for (body, name, description) in [
        (json!({ "name": "é".repeat(80) }), "é".repeat(80), String::new()),
        (json!({ "name": "<b>", "description": null, "_id": "x" }), "<b>".into(), String::new()),
        (json!({ "name": "Tea", "description": "é".repeat(500) }), "Tea".into(), "é".repeat(500)),
    ] {
        let made = world.json(&head, body).await;
        assert_eq!(made.status, StatusCode::CREATED);
        assert_eq!(made.body["room"]["name"], name);
        assert_eq!(made.body["room"]["description"], description);
    }
}

#[tokio::test]
async fn ten_rooms_an_hour_are_made_by_an_account_and_what_was_not_made_is_not_counted() {
    let limits = Limits { enabled: true, ..Limits::default() };
    let world = World::new(Setup { limits, ..Setup::default() });
    let (ann, bob) = (world.signed_in("ann").await, world.signed_in("bob").await);
    let head = bearer("POST /api/chat/rooms", &ann);
    world.store.set_away(true);
    for _ in 0..3 {
        let answer = world.json(&head, json!({ "name": "Tea" })).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    world.store.set_away(false);
    for _ in 0..3 {
        assert_eq!(world.json(&head, json!({})).await.status, StatusCode::BAD_REQUEST);
    }
    for _ in 0..10 {
        room(&world, &ann, "Tea").await;
    }
    let eleventh = world.json(&head, json!({ "name": "Tea" })).await;
    assert_eq!((eleventh.status, eleventh.code()), (StatusCode::TOO_MANY_REQUESTS, "rate_limited"));
    let wait_ms = eleventh.body["error"]["retryAfterMs"].as_u64().expect("a wait");
    assert!((300_000..=360_000).contains(&wait_ms), "{wait_ms}");
    room(&world, &bob, "Tea").await;
}

#[tokio::test]
async fn joining_and_leaving_are_the_same_once_and_again() {
    let world = world();
    let (ann, bob) = (world.signed_in("ann").await, world.signed_in("bob").await);
    let tea = room(&world, &ann, "Tea").await;
    post(&world, &ann, &tea, json!({ "content": "before" })).await;
    for _ in 0..2 {
        let joined = ask(&world, &bob, ("POST", &tea, "join")).await;
        assert_eq!(joined.status, StatusCode::OK);
        let room = &joined.body["room"];
        assert_eq!((&room["isMember"], &room["memberCount"]), (&json!(true), &json!(2)));
        assert_eq!(room["unreadCount"], 0, "what was there before is read");
        assert_eq!(room["lastMessage"]["content"], "before");
    }
    post(&world, &ann, &tea, json!({ "content": "after" })).await;
    let again = ask(&world, &bob, ("POST", &tea, "join")).await;
    assert_eq!(again.body["room"]["unreadCount"], 1);
    for _ in 0..2 {
        let left = ask(&world, &bob, ("DELETE", &tea, "leave")).await;
        assert_eq!((left.status, left.body), (StatusCode::OK, json!({ "success": true })));
    }
    let members = ask(&world, &bob, ("GET", &tea, "members")).await;
    assert_eq!(members.body["members"].as_array().map(Vec::len), Some(1));
    let list = world.ask(&bearer("GET /api/chat/rooms", &bob)).await;
    let room = &list.body["rooms"][0];
    assert_eq!((&room["isMember"], &room["unreadCount"]), (&json!(false), &json!(0)));
}

#[tokio::test]
async fn what_is_no_room_is_not_found_whatever_it_is() {
    let world = world();
    let token = world.signed_in("ann").await;
    let mut answers = Vec::new();
    for id in [
        "room_nowhere",
        "room_",
        "channel_x",
        "conv_1_2",
        "pair_x",
        "1",
        "%20",
        "%00",
        "%ff",
        "room_%C3%A9",
        &"x".repeat(2_000),
    ] {
        for (method, rest) in
            [("POST", "join"), ("DELETE", "leave"), ("GET", "members"), ("GET", "messages")]
        {
            let answer = ask(&world, &token, (method, id, rest)).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {id} {rest}");
            answers.push(answer.body);
        }
        let answer = post(&world, &token, id, json!({ "content": "hello" })).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::NOT_FOUND, "not_found"), "{id}");
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}
