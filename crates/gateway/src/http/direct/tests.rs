//! Direct conversations over HTTP, from outside.

use http::StatusCode;
use serde_json::{Value, json};

use crate::http::world::{Answer, Setup, World, bearer};

const CONVERSATIONS: &str = "/api/messages/conversations";

fn world() -> World {
    World::new(Setup::default())
}

async fn open(world: &World, token: &str, with: Value) -> Answer {
    world.json(&bearer(&format!("POST {CONVERSATIONS}"), token), json!({ "userId": with })).await
}

async fn send(world: &World, token: &str, body: Value) -> Answer {
    world.json(&bearer("POST /api/messages/send", token), body).await
}

async fn say(world: &World, token: &str, conversation: &str, text: &str) -> Answer {
    let body = json!({ "conversationId": conversation, "messageText": text });
    let sent = send(world, token, body).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{sent:?}");
    sent
}

async fn page(world: &World, token: &str, rest: &str) -> Answer {
    world.ask(&bearer(&format!("GET {CONVERSATIONS}/{rest}"), token)).await
}

async fn read(world: &World, token: &str, conversation: &str, seq: Option<u64>) -> Answer {
    let head = bearer(&format!("PUT {CONVERSATIONS}/{conversation}/read"), token);
    match seq {
        Some(seq) => world.json(&head, json!({ "seq": seq })).await,
        None => world.ask(&head).await,
    }
}

async fn list(world: &World, token: &str, query: &str) -> Answer {
    world.ask(&bearer(&format!("GET {CONVERSATIONS}{query}"), token)).await
}

async fn block(world: &World, token: &str, method: &str, whom: &str) {
    let answer = world.ask(&bearer(&format!("{method} /api/users/{whom}/block"), token)).await;
    assert_eq!(answer.status, StatusCode::OK);
}

async fn guest(world: &World) -> String {
    world.json("POST /api/auth/guest", json!({ "username": "visitor" })).await.token()
}

/// Brings about every answer that these routes are described with, but for those that all routes have.
pub(in crate::http) async fn everything(world: &World) {
    let ann = world.signed_in("ann").await;
    world.signed_in("bob").await;
    let guest = guest(world).await;
    for whom in [json!("2"), json!("1"), json!("99")] {
        open(world, &ann, whom).await;
    }
    open(world, &guest, json!("1")).await;
    for (token, query) in [(&ann, ""), (&ann, "?limit=0"), (&guest, "")] {
        list(world, token, query).await;
    }
    for (token, id) in [(&ann, "conv_1_2"), (&ann, "conv_1_99"), (&guest, "conv_1_2")] {
        for body in [
            json!({ "conversationId": id, "messageText": "one", "clientId": "k" }),
            json!({ "conversationId": id, "messageText": "two", "clientId": "k" }),
            json!({ "conversationId": id, "messageText": " " }),
            json!({ "conversationId": id, "messageText": "x".repeat(4_001) }),
        ] {
            send(world, token, body).await;
        }
        page(world, token, id).await;
        page(world, token, &format!("{id}?before=1&after=1")).await;
        read(world, token, id, None).await;
        world
            .json(&bearer(&format!("PUT {CONVERSATIONS}/{id}/read"), token), json!({ "seq": -1 }))
            .await;
    }
}

/// What a server answers whose store is away, and which does not wait for it.
pub(in crate::http) async fn away(world: &World) {
    let ann = world.signed_in("ann").await;
    world.store.set_away(true);
    let body = json!({ "conversationId": "conv_1_2", "messageText": "lost" });
    let away = send(world, &ann, body).await;
    assert_eq!((away.status, away.code()), (StatusCode::SERVICE_UNAVAILABLE, "unavailable"));
    world.store.set_away(false);
}

#[tokio::test]
async fn a_conversation_reads_the_same_to_both_but_for_what_is_their_own() {
    let world = world();
    let (ann, bob) = (world.signed_in("ann").await, world.signed_in("bob").await);
    let body = json!({
        "conversationId": "conv_1_2", "messageText": "Hello\r\nBob <b>", "messageType": "note",
        "clientId": 7, "userId": 1, "senderName": "Eve", "timestamp": "never",
    });
    let sent = send(&world, &ann, body).await;
    assert_eq!(sent.status, StatusCode::CREATED);
    assert_eq!(sent.body["conversationId"], "conv_1_2");
    let mut message = sent.body["message"].clone();
    for (field, expected) in [
        ("conversation_id", json!("conv_1_2")),
        ("seq", json!(1)),
        ("sender_id", json!("1")),
        ("receiver_id", json!("2")),
        ("message_text", json!("Hello\nBob <b>")),
        ("message_type", json!("note")),
        ("is_read", json!(false)),
        ("clientId", json!("7")),
    ] {
        assert_eq!(message[field], expected, "{field}");
    }
    for (token, other, unread) in [(&ann, "bob", 0), (&bob, "ann", 1)] {
        let list = list(&world, token, "").await;
        let shown = &list.body["conversations"][0];
        assert_eq!(shown["conversation_id"], "conv_1_2");
        assert_eq!(shown["other_user"]["username"], other);
        assert_eq!((&shown["last_message"], &shown["unread_count"]), (&message, &json!(unread)));
        assert_eq!(shown["is_online"], false);
        assert_eq!((&shown["lastReadSeq"], &shown["otherLastReadSeq"]), (&json!(0), &json!(0)));
        assert_eq!(shown["updated_at"], message["created_at"]);
        let page = page(&world, token, "conv_1_2").await;
        assert_eq!(page.body, json!({ "messages": [message], "hasMore": false }));
    }
    let marked = read(&world, &bob, "conv_1_2", None).await;
    assert_eq!(marked.body, json!({ "updated": true, "lastReadSeq": 1 }));
    message["is_read"] = json!(true);
    for (token, own, others) in [(&ann, 0, 1), (&bob, 1, 0)] {
        let list = list(&world, token, "").await;
        let shown = &list.body["conversations"][0];
        assert_eq!((&shown["last_message"], &shown["unread_count"]), (&message, &json!(0)));
        assert_eq!(shown["lastReadSeq"], own);
        assert_eq!(shown["otherLastReadSeq"], others);
        let page = page(&world, token, "conv_1_2").await;
        assert_eq!(page.body["messages"][0], message);
    }
}

#[tokio::test]
async fn a_mark_moves_forward_only_and_not_beyond_the_newest() {
    let world = world();
    let (ann, bob) = (world.signed_in("ann").await, world.signed_in("bob").await);
    for number in 1..=5 {
        say(&world, &ann, "conv_1_2", &number.to_string()).await;
    }
    for (seq, updated, at) in [
        (Some(2), true, 2),
        (Some(2), false, 2),
        (Some(1), false, 2),
        (Some(0), false, 2),
        (Some(4), true, 4),
        (Some(99), true, 5),
        (None, false, 5),
    ] {
        let marked = read(&world, &bob, "conv_1_2", seq).await;
        assert_eq!(marked.body, json!({ "updated": updated, "lastReadSeq": at }), "{seq:?}");
    }
    for body in [json!({ "seq": null }), json!({})] {
        let head = bearer(&format!("PUT {CONVERSATIONS}/conv_1_2/read"), &bob);
        assert_eq!(
            world.json(&head, body).await.body,
            json!({ "updated": false, "lastReadSeq": 5 })
        );
    }
    for body in [json!({ "seq": "1" }), json!({ "seq": 1.5 }), json!([])] {
        let head = bearer(&format!("PUT {CONVERSATIONS}/conv_1_2/read"), &bob);
        assert_eq!(world.json(&head, body.clone()).await.code(), "invalid_payload", "{body}");
    }
}

#[tokio::test]
async fn an_empty_one_is_there_for_both_and_listed_for_whoever_opened_it() {
    let world = world();
    let (ann, bob) = (world.signed_in("ann").await, world.signed_in("bob").await);
    let empty = json!({ "messages": [], "hasMore": false });
    for _ in 0..2 {
        for token in [&ann, &bob] {
            let page = page(&world, token, "conv_1_2").await;
            assert_eq!((page.status, &page.body), (StatusCode::OK, &empty));
            let marked = read(&world, token, "conv_1_2", Some(9)).await;
            assert_eq!(marked.body, json!({ "updated": false, "lastReadSeq": 0 }));
        }
        let opened = open(&world, &bob, json!(1)).await;
        assert_eq!(opened.status, StatusCode::OK);
        assert_eq!(opened.body, json!({ "conversationId": "conv_1_2" }));
    }
    let listed = list(&world, &bob, "").await;
    let shown = &listed.body["conversations"][0];
    assert_eq!(
        (&shown["conversation_id"], &shown["last_message"]),
        (&json!("conv_1_2"), &Value::Null)
    );
    assert_eq!(list(&world, &ann, "").await.body, json!({ "conversations": [] }));
}

#[tokio::test]
async fn sending_again_stores_nothing_and_tells_whether_it_was_read() {
    let world = world();
    let (ann, bob) = (world.signed_in("ann").await, world.signed_in("bob").await);
    let body = json!({ "conversationId": "conv_1_2", "messageText": "once", "clientId": "k" });
    let first = send(&world, &ann, body.clone()).await;
    assert_eq!(send(&world, &ann, body.clone()).await.body, first.body);
    read(&world, &bob, "conv_1_2", None).await;
    let again = send(&world, &ann, body).await;
    assert_eq!(again.status, StatusCode::CREATED);
    let mut expected = first.body;
    expected["message"]["is_read"] = json!(true);
    assert_eq!(again.body, expected);
    let other = json!({ "conversationId": "conv_1_2", "messageText": "twice", "clientId": "k" });
    let conflict = send(&world, &ann, other).await;
    assert_eq!((conflict.status, conflict.code()), (StatusCode::CONFLICT, "conflict"));
}

#[tokio::test]
async fn conversations_are_paged_newest_first() {
    let world = world();
    let ann = world.signed_in("ann").await;
    for number in 2..=6 {
        let other = world.signed_in(&format!("p{number}")).await;
        say(&world, &other, &format!("conv_1_{number}"), "hello").await;
    }
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = list(&world, &ann, &query).await;
        let conversations = page.body["conversations"].as_array().expect("a list");
        seen.extend(conversations.iter().map(|one| one["conversation_id"].clone()));
        let Some(cursor) = page.body["nextCursor"].as_str() else { break };
        query = format!("?limit=2&cursor={cursor}");
    }
    assert_eq!(seen.len(), 5);
    let mut sorted = seen.clone();
    sorted.sort_by(|one, other| other.as_str().cmp(&one.as_str()));
    sorted.dedup();
    assert_eq!(sorted.len(), 5);
    assert_eq!(list(&world, &ann, "?cursor=x").await.code(), "invalid_payload");
}

/// Every route, for somebody to whom the conversation is not there.
async fn everywhere(world: &World, token: &str, id: &str) -> Vec<Answer> {
    let body = json!({ "conversationId": id, "messageText": "hello" });
    vec![
        send(world, token, body).await,
        page(world, token, id).await,
        page(world, token, &format!("{id}?after=0&limit=1")).await,
        read(world, token, id, None).await,
        read(world, token, id, Some(1)).await,
    ]
}

#[tokio::test]
async fn to_everybody_else_it_is_as_if_it_were_not_there() {
    let world = world();
    let (ann, bob) = (world.signed_in("ann").await, world.signed_in("bob").await);
    let eve = world.signed_in("eve").await;
    say(&world, &ann, "conv_1_2", "between us").await;
    say(&world, &eve, "conv_1_3", "to ann").await;
    block(&world, &ann, "POST", "3").await;
    let nowhere = everywhere(&world, &eve, "conv_3_99").await;
    for id in [
        "conv_1_2",
        "conv_1_3",
        "conv_3_1",
        "conv_2_1",
        "conv_98_99",
        "conv_",
        "conv_1",
        "room_x",
        "x",
    ] {
        let answers = everywhere(&world, &eve, id).await;
        for (answer, nowhere) in answers.iter().zip(&nowhere) {
            assert_eq!(
                (answer.status, answer.code()),
                (StatusCode::NOT_FOUND, "not_found"),
                "{id}"
            );
            assert_eq!((&answer.body, &answer.headers), (&nowhere.body, &nowhere.headers), "{id}");
        }
    }
    // By the same questions to the store.
    let mut asked = Vec::new();
    for id in ["conv_1_2", "conv_1_3", "conv_3_1", "conv_98_99", "conv_3_99"] {
        world.store.take_asked();
        everywhere(&world, &eve, id).await;
        asked.push(world.store.take_asked());
    }
    assert!(asked[0].contains(&"view") && asked[0].contains(&"append"), "{asked:?}");
    assert!(asked.windows(2).all(|pair| pair[0] == pair[1]), "{asked:?}");
    let mut opened = Vec::new();
    for whom in [json!("1"), json!(99), json!("nobody")] {
        world.store.take_asked();
        let answer = open(&world, &eve, whom).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::NOT_FOUND, "not_found"));
        opened.push((answer.body, world.store.take_asked()));
    }
    assert!(opened.windows(2).all(|pair| pair[0] == pair[1]), "{opened:?}");
    for (token, count) in [(&ann, 2), (&bob, 1), (&eve, 0)] {
        let listed = list(&world, token, "").await;
        assert_eq!(listed.body["conversations"].as_array().map(Vec::len), Some(count));
    }
    // Whoever blocks reads on, and writes no more.
    assert_eq!(page(&world, &ann, "conv_1_3").await.status, StatusCode::OK);
    let body = json!({ "conversationId": "conv_1_3", "messageText": "hello" });
    assert_eq!(send(&world, &ann, body).await.code(), "not_found");
    block(&world, &ann, "DELETE", "3").await;
    say(&world, &eve, "conv_1_3", "again").await;
}

#[tokio::test]
async fn oneself_is_refused_and_guests_have_none() {
    let world = world();
    let ann = world.signed_in("ann").await;
    let guest = guest(&world).await;
    for answer in everywhere(&world, &ann, "conv_1_1").await {
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "invalid_payload"));
    }
    assert_eq!(open(&world, &ann, json!(1)).await.code(), "invalid_payload");
    for id in ["conv_1_2", "conv_2_2", "conv_8_9", "x"] {
        for answer in everywhere(&world, &guest, id).await {
            assert_eq!(
                (answer.status, answer.code()),
                (StatusCode::FORBIDDEN, "forbidden"),
                "{id}"
            );
        }
    }
    let with_guest = open(&world, &ann, json!(2)).await;
    let by_guest = open(&world, &guest, json!(1)).await;
    for answer in [with_guest, by_guest, list(&world, &guest, "").await] {
        assert_eq!((answer.status, answer.code()), (StatusCode::FORBIDDEN, "forbidden"));
    }
}

#[tokio::test]
async fn what_is_no_message_is_refused() {
    let world = world();
    let ann = world.signed_in("ann").await;
    world.signed_in("bob").await;
    for (field, value) in [
        ("messageText", json!("")),
        ("messageText", json!(" \n\t")),
        ("messageText", json!("a\0b")),
        ("messageText", json!(7)),
        ("messageText", Value::Null),
        ("messageType", json!("")),
        ("messageType", json!("Image")),
        ("messageType", json!("a".repeat(33))),
        ("messageType", json!(7)),
        ("clientId", json!("")),
        ("clientId", json!("k".repeat(65))),
        ("conversationId", Value::Null),
        ("conversationId", json!({})),
    ] {
        let mut body = json!({ "conversationId": "conv_1_2", "messageText": "hello" });
        body[field] = value.clone();
        let answer = send(&world, &ann, body).await;
        assert_eq!(answer.code(), "invalid_payload", "{field} {value}");
    }
    let body = json!({ "conversationId": "conv_1_2", "messageText": "x".repeat(4_001) });
    assert_eq!(send(&world, &ann, body).await.code(), "too_large");
    let body = json!({ "conversationId": "conv_1_2", "messageText": "x", "userId": "2" });
    assert_eq!(send(&world, &ann, body).await.code(), "forbidden");
    for text in ["x".repeat(4_000), "é".repeat(4_000), " padded ".to_owned()] {
        let sent = say(&world, &ann, "conv_1_2", &text).await;
        assert_eq!(sent.body["message"]["message_text"], text);
        assert_eq!(sent.body["message"]["message_type"], "text");
    }
}
