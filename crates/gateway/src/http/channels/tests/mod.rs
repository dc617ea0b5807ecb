//! The channels' routes, from outside.

mod members;
mod messages;

use http::StatusCode;
use serde_json::{Value, json};

use crate::http::world::{Answer, Setup, World, bearer};
use crate::limits::Limits;

pub(super) fn world() -> World {
    World::new(Setup::default())
}

/// A channel that somebody makes.
pub(super) async fn channel(world: &World, token: &str, visibility: &str) -> String {
    let body = json!({ "name": "Kitchen", "visibility": visibility });
    let made = world.json(&bearer("POST /api/channels", token), body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.body["channel"]["_id"].as_str().expect("an id").to_owned()
}

/// A guest's token.
pub(super) async fn guest(world: &World, name: &str) -> String {
    world.json("POST /api/auth/guest", json!({ "username": name })).await.token()
}

/// `METHOD …` of one channel.
pub(super) async fn ask(
    world: &World,
    token: &str,
    (method, channel, rest): (&str, &str, &str),
) -> Answer {
    world.ask(&bearer(&format!("{method} /api/channels/{channel}/{rest}"), token)).await
}

/// `POST …` to one channel.
pub(super) async fn post(
    world: &World,
    token: &str,
    (channel, rest): (&str, &str),
    body: Value,
) -> Answer {
    world.json(&bearer(&format!("POST /api/channels/{channel}/{rest}"), token), body).await
}

/// Brings about every answer that the routes of channels are described with, but for those that all
/// routes have.
pub(in crate::http) async fn everything(world: &World) {
    let token = world.signed_in("ann").await;
    let kitchen = channel(world, &token, "public").await;
    let make = bearer("POST /api/channels", &token);
    world.json(&make, json!({ "name": "Kitchen" })).await;
    let stranger = json!({ "name": "Kitchen", "visibility": "public", "userId": "99" });
    world.json(&make, stranger).await;
    for head in ["GET /api/channels", "GET /api/channels?limit=0"] {
        world.ask(&bearer(head, &token)).await;
    }
    let secret = channel(world, &token, "private").await;
    world.signed_in("bob").await;
    for id in [&kitchen, &secret, "channel_nowhere"] {
        for body in [json!({ "userId": "2" }), json!({ "userId": [] })] {
            post(world, &token, (id, "members"), body).await;
        }
        ask(world, &token, ("DELETE", id, "members/2")).await;
    }
    for id in [&kitchen, "channel_nowhere"] {
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
            let head = bearer(&format!("{method} /api/channels/{id}/{rest}"), &token);
            for (who, status) in [(json!("99"), 403), (json!({}), 400)] {
                let answer = world.json(&head, json!({ "userId": who })).await;
                assert_eq!(answer.status.as_u16(), status, "{head}: another's `userId` passed");
            }
        }
        ask(world, &token, ("DELETE", id, "members/2")).await;
        for body in [
            json!({ "body": "one", "clientId": "k" }),
            json!({ "body": "two", "clientId": "k" }),
            json!({ "body": " " }),
            json!({ "body": "x".repeat(4_001) }),
            json!({ "body": "x", "userId": 99 }),
        ] {
            post(world, &token, (id, "messages"), body).await;
        }
    }
}

/// What it says when the store does not answer; of an impatient server, which has no time for the
/// rest.
pub(in crate::http) async fn away(world: &World) {
    let token = world.signed_in("ann").await;
    let kitchen = channel(world, &token, "private").await;
    world.store.set_away(true);
    let away = post(world, &token, (&kitchen, "messages"), json!({ "body": "lost" })).await;
    assert_eq!((away.status, away.code()), (StatusCode::SERVICE_UNAVAILABLE, "unavailable"));
    assert_eq!(away.body["error"]["retryable"], true);
    world.store.set_away(false);
}

#[tokio::test]
async fn a_channel_belongs_to_its_maker_and_only_a_public_one_is_found_by_others() {
    let world = world();
    let (ann, bob) = (world.signed_in("ann").await, world.signed_in("bob").await);
    for visibility in ["public", "private"] {
        let body = json!({
            "name": " Kitchen ", "description": "Who\r\ncooks?", "visibility": visibility,
            "userId": 1, "ownerId": "2",
        });
        let made = world.json(&bearer("POST /api/channels", &ann), body).await;
        assert_eq!(made.status, StatusCode::CREATED);
        let mut channel = made.body["channel"].clone();
        let id = channel["_id"].as_str().expect("an id").to_owned();
        assert!(id.starts_with("channel_") && id.len() == 28, "{id}");
        for (field, expected) in [
            ("name", json!("Kitchen")),
            ("description", json!("Who\ncooks?")),
            ("visibility", json!(visibility)),
            ("ownerId", json!("1")),
            ("memberCount", json!(1)),
            ("activeCount", json!(0)),
            ("isMember", json!(true)),
            ("unreadCount", json!(0)),
            ("lastMessage", Value::Null),
        ] {
            assert_eq!(channel[field], expected, "{field}");
        }
        assert_eq!(channel["createdAt"], channel["updatedAt"]);
        let list = world.ask(&bearer("GET /api/channels?limit=1", &ann)).await;
        assert_eq!(list.body["channels"], json!([channel]));
        let list = world.ask(&bearer("GET /api/channels?query=kit", &bob)).await;
        let found = list.body["channels"].as_array().expect("channels");
        channel["isMember"] = json!(false);
        let expected = usize::from(visibility == "public");
        assert_eq!(found.iter().filter(|found| found["_id"] == json!(id)).count(), expected);
        if visibility == "public" {
            assert_eq!(found[0], channel);
        }
    }
}

#[tokio::test]
async fn what_is_no_channel_is_not_made() {
    let world = world();
    let (ann, visitor) = (world.signed_in("ann").await, guest(&world, "visitor").await);
    let head = bearer("POST /api/channels", &ann);
    for body in [
        json!({ "name": "Kitchen" }),
        json!({ "name": "Kitchen", "visibility": null }),
        json!({ "name": "Kitchen", "visibility": "secret" }),
        json!({ "name": "Kitchen", "visibility": "Public" }),
        json!({ "name": "", "visibility": "public" }),
        json!({ "visibility": "public" }),
        json!({ "name": "x".repeat(81), "visibility": "public" }),
        json!({ "name": "a\u{202e}b", "visibility": "public" }),
        json!({ "name": "Tea", "visibility": "public", "description": "x".repeat(501) }),
    ] {
        let answer = world.json(&head, body.clone()).await;
        let status = (answer.status, answer.code());
        assert_eq!(status, (StatusCode::BAD_REQUEST, "invalid_payload"), "{body}");
    }
    let body = json!({ "name": "Kitchen", "visibility": "public" });
    let guests = world.json(&bearer("POST /api/channels", &visitor), body).await;
    assert_eq!((guests.status, guests.code()), (StatusCode::FORBIDDEN, "forbidden"));
    let list = world.ask(&bearer("GET /api/channels", &ann)).await;
    assert_eq!(list.body, json!({ "channels": [] }));
}

#[tokio::test]
async fn null_counts_as_absent() {
    let world = world();
    let ann = world.signed_in("ann").await;
    let head = bearer("POST /api/channels", &ann);
    for (body, message) in [
        (json!({ "name": "Kitchen" }), "`visibility` is missing. See /api/docs."),
        (
            json!({ "name": "Kitchen", "visibility": null }),
            "`visibility` is missing. See /api/docs.",
        ),
        (
            json!({ "name": "Kitchen", "visibility": 5 }),
            "`visibility` cannot have this value. See /api/docs.",
        ),
        (
            json!({ "name": "Kitchen", "visibility": "secret" }),
            "`visibility` must be `public` or `private`. See /api/docs.",
        ),
        (json!({ "name": null, "visibility": "public" }), "`name` is missing. See /api/docs."),
    ] {
        let answer = world.json(&head, body.clone()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer.body["error"]["message"], message, "{body}");
    }
    let body =
        json!({ "name": "Tea", "visibility": "public", "description": null, "userId": null });
    assert_eq!(world.json(&head, body).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn rooms_and_channels_have_one_rate_of_making() {
    let limits = Limits { enabled: true, ..Limits::default() };
    let world = World::new(Setup { limits, ..Setup::default() });
    let ann = world.signed_in("ann").await;
    for number in 0..10 {
        if number % 2 == 0 {
            channel(&world, &ann, "private").await;
        } else {
            let head = bearer("POST /api/chat/rooms", &ann);
            let room = world.json(&head, json!({ "name": "Tea" })).await;
            assert_eq!(room.status, StatusCode::CREATED);
        }
    }
    let body = json!({ "name": "Kitchen", "visibility": "public" });
    for path in ["/api/channels", "/api/chat/rooms"] {
        let more = world.json(&bearer(&format!("POST {path}"), &ann), body.clone()).await;
        assert_eq!((more.status, more.code()), (StatusCode::TOO_MANY_REQUESTS, "rate_limited"));
    }
}

#[tokio::test]
async fn a_public_channel_is_joined_and_left_by_anybody_who_is_signed_in() {
    let world = world();
    let (ann, visitor) = (world.signed_in("ann").await, guest(&world, "visitor").await);
    let kitchen = channel(&world, &ann, "public").await;
    for _ in 0..2 {
        let joined = ask(&world, &visitor, ("POST", &kitchen, "join")).await;
        assert_eq!(joined.status, StatusCode::OK);
        let channel = &joined.body["channel"];
        assert_eq!((&channel["isMember"], &channel["memberCount"]), (&json!(true), &json!(2)));
    }
    let members = ask(&world, &visitor, ("GET", &kitchen, "members?limit=1")).await;
    assert_eq!(members.body["members"][0]["username"], "ann");
    let cursor = members.body["nextCursor"].as_str().expect("one more");
    let rest = format!("members?cursor={cursor}");
    let members = ask(&world, &visitor, ("GET", &kitchen, &rest)).await;
    assert_eq!(members.body["members"][0]["isGuest"], true);
    for _ in 0..2 {
        let left = ask(&world, &visitor, ("DELETE", &kitchen, "leave")).await;
        assert_eq!((left.status, left.body), (StatusCode::OK, json!({ "success": true })));
    }
    let list = world.ask(&bearer("GET /api/channels", &visitor)).await;
    assert_eq!(list.body["channels"][0]["isMember"], false);
}

#[tokio::test]
async fn when_the_owner_leaves_the_longest_member_inherits() {
    let world = world();
    let mut tokens = Vec::new();
    for name in ["ann", "bob", "cleo"] {
        tokens.push(world.signed_in(name).await);
    }
    let kitchen = channel(&world, &tokens[0], "public").await;
    for token in &tokens {
        ask(&world, token, ("POST", &kitchen, "join")).await;
    }
    for (token, owner) in tokens.iter().zip([json!("2"), json!("3"), Value::Null]) {
        ask(&world, token, ("DELETE", &kitchen, "leave")).await;
        let list = world.ask(&bearer("GET /api/channels", &tokens[0])).await;
        assert_eq!(list.body["channels"][0]["ownerId"], owner);
    }
}

#[tokio::test]
async fn what_is_no_channel_is_not_found_whatever_it_is() {
    let world = world();
    let ann = world.signed_in("ann").await;
    let made = world.json(&bearer("POST /api/chat/rooms", &ann), json!({ "name": "Tea" })).await;
    let room = made.body["room"]["_id"].as_str().expect("an id").to_owned();
    let kitchen = channel(&world, &ann, "public").await;
    let mut answers = Vec::new();
    for id in ["channel_nowhere", "channel_", "conv_1_2", "pair_x", "1", "%20", "%ff", &room] {
        for (method, rest) in
            [("POST", "join"), ("DELETE", "leave"), ("GET", "members"), ("GET", "messages")]
        {
            let answer = ask(&world, &ann, (method, id, rest)).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {id} {rest}");
            answers.push(answer.body);
        }
        let answer = post(&world, &ann, (id, "messages"), json!({ "body": "hello" })).await;
        answers.push(answer.body);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    // Nor is a channel a room.
    for (method, rest) in
        [("POST", "join"), ("DELETE", "leave"), ("GET", "members"), ("GET", "messages")]
    {
        let head = format!("{method} /api/chat/rooms/{kitchen}/{rest}");
        assert_eq!(world.ask(&bearer(&head, &ann)).await.status, StatusCode::NOT_FOUND, "{head}");
    }
    let rooms = world.ask(&bearer("GET /api/chat/rooms", &ann)).await;
    assert_eq!(rooms.body["rooms"].as_array().map(Vec::len), Some(1));
}
