//! Writing and reading.

use chat::conversations::{ConversationId, Seq};
use chat::messages::Messages;

use super::*;

fn seqs(answer: &Answer) -> Vec<u64> {
    let messages = answer.body["messages"].as_array().expect("messages");
    messages.iter().map(|message| message["seq"].as_u64().expect("a place")).collect()
}

#[tokio::test]
async fn a_message_is_stored_as_it_was_written_and_makes_its_writer_a_member() {
    let world = world();
    let (ann, visitor) = (world.signed_in("ann").await, guest(&world, "visitor").await);
    let kitchen = channel(&world, &ann, "public").await;
    let body = json!({
        "body": " <b>a</b>\r\nb 👩\u{200d}👧 ", "clientId": "k", "userId": 2, "createdAt": "1970",
        "sender": { "id": "1" }, "isOptimistic": true, "seq": 99,
    });
    let posted = post(&world, &visitor, (&kitchen, "messages"), body).await;
    assert_eq!(posted.status, StatusCode::CREATED);
    let mut message = posted.body["message"].clone();
    for (field, expected) in [
        ("tempId", json!("k")),
        ("isOptimistic", json!(false)),
        ("roomId", json!(kitchen)),
        ("channelId", json!(kitchen)),
        ("seq", json!(1)),
        ("body", json!(" <b>a</b>\nb 👩\u{200d}👧 ")),
        (
            "sender",
            json!({
                "id": "2", "username": "visitor", "displayName": null, "avatarUrl": null,
                "isGuest": true,
            }),
        ),
    ] {
        assert_eq!(message[field], expected, "{field}");
    }
    let own = ask(&world, &visitor, ("GET", &kitchen, "messages")).await;
    assert_eq!(own.body, json!({ "messages": [message], "hasMore": false }));
    // Nobody else learns the key, and so nobody else can name it.
    message.as_object_mut().expect("an object").remove("tempId");
    let others = ask(&world, &ann, ("GET", &kitchen, "messages")).await;
    assert_eq!(others.body, json!({ "messages": [message], "hasMore": false }));
    let list = world.ask(&bearer("GET /api/channels", &visitor)).await;
    let shown = &list.body["channels"][0];
    assert_eq!((&shown["isMember"], &shown["lastMessage"]), (&json!(true), &message));
    let list = world.ask(&bearer("GET /api/channels", &ann)).await;
    assert_eq!(list.body["channels"][0]["unreadCount"], 1);
}

#[tokio::test]
async fn the_same_key_stores_once_by_either_of_its_names() {
    let world = world();
    let ann = world.signed_in("ann").await;
    let kitchen = channel(&world, &ann, "private").await;
    let mut answers = Vec::new();
    for keys in [
        json!({ "clientId": "k" }),
        json!({ "tempId": "k" }),
        json!({ "clientId": "k", "tempId": "k" }),
        json!({ "clientId": null, "tempId": "k" }),
    ] {
        let mut body = keys;
        body["body"] = json!("hello");
        let answer = post(&world, &ann, (&kitchen, "messages"), body).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        answers.push(answer.body);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    for (body, status, code) in [
        (json!({ "body": "other", "tempId": "k" }), 409, "conflict"),
        (json!({ "body": "x", "clientId": "k", "tempId": "l" }), 400, "invalid_payload"),
        (json!({ "body": "x", "tempId": "" }), 400, "invalid_payload"),
        (json!({ "content": "x" }), 400, "invalid_payload"),
        (json!({ "body": " \n" }), 400, "invalid_payload"),
        (json!({ "body": "a\0b" }), 400, "invalid_payload"),
        (json!({ "body": "x".repeat(4_001) }), 413, "too_large"),
        (json!({ "body": "x", "userId": "2" }), 403, "forbidden"),
    ] {
        let answer = post(&world, &ann, (&kitchen, "messages"), body.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{body}");
    }
    let page = ask(&world, &ann, ("GET", &kitchen, "messages")).await;
    assert_eq!(seqs(&page), [1]);
}

#[tokio::test]
async fn messages_are_paged_and_a_deleted_one_is_shown_as_one() {
    let world = world();
    let ann = world.signed_in("ann").await;
    let kitchen = channel(&world, &ann, "private").await;
    for number in 1..=60 {
        post(&world, &ann, (&kitchen, "messages"), json!({ "body": format!("{number}") })).await;
    }
    for (query, expected, has_more) in [
        ("", 11..=60, true),
        ("?before=11", 1..=10, false),
        ("?after=50", 51..=60, false),
        ("?after=0&limit=100", 1..=60, false),
        ("?limit=1", 60..=60, true),
    ] {
        let page = ask(&world, &ann, ("GET", &kitchen, &format!("messages{query}"))).await;
        assert_eq!((page.status, seqs(&page)), (StatusCode::OK, expected.collect()), "{query}");
        assert_eq!(page.body["hasMore"], has_more, "{query}");
    }
    for query in ["?before=9&after=1", "?limit=0", "?limit=101", "?before=x"] {
        let page = ask(&world, &ann, ("GET", &kitchen, &format!("messages{query}"))).await;
        assert_eq!((page.status, page.code()), (StatusCode::BAD_REQUEST, "invalid_payload"));
    }
    let id = ConversationId::parse(&kitchen).expect("an id");
    world.store.bury(id, Seq(1), world.api.now().wall).await.expect("works").expect("a message");
    let page = ask(&world, &ann, ("GET", &kitchen, "messages?before=2")).await;
    let message = &page.body["messages"][0];
    assert_eq!((&message["body"], &message["deleted"]), (&json!(""), &json!(true)));
    assert_eq!(message["sender"]["username"], "ann");
}
