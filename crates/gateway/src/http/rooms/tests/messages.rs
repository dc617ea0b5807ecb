//! Writing and reading.

use chat::conversations::{Conversations, Seq};
use chat::ids::AccountId;
use chat::messages::{Echo, MessageType, Messages, NewMessage};

use super::*;
use crate::fanout::Post;

fn seqs(answer: &Answer) -> Vec<u64> {
    let messages = answer.body["messages"].as_array().expect("messages");
    messages.iter().map(|message| message["seq"].as_u64().expect("a place")).collect()
}

#[tokio::test]
async fn a_message_is_stored_as_it_was_written_and_makes_its_writer_a_member() {
    let world = world();
    let ann = world.signed_in("ann").await;
    let guest = world.json("POST /api/auth/guest", json!({ "username": "visitor" })).await.token();
    let tea = room(&world, &ann, "Tea").await;
    let body = json!({
        "content": " <b>a</b>\r\nb\u{0301} 👩\u{200d}👧 ", "userId": 2, "senderName": "Somebody else",
        "senderImage": "https://example.org/a.png", "timestamp": "1970-01-01T00:00:00Z", "seq": 99,
    });
    let posted = post(&world, &guest, &tea, body).await;
    assert_eq!(posted.status, StatusCode::OK);
    assert_eq!(posted.body["status"], 200);
    let message = &posted.body["message"];
    for (field, expected) in [
        ("roomId", json!(tea)),
        ("seq", json!(1)),
        ("sender", json!("2")),
        ("senderName", json!("visitor")),
        ("senderImage", Value::Null),
        ("senderIsGuest", json!(true)),
        ("content", json!(" <b>a</b>\nb\u{0301} 👩\u{200d}👧 ")),
    ] {
        assert_eq!(message[field], expected, "{field}");
    }
    assert!(message.get("clientId").is_none() && message.get("deleted").is_none());
    let id = message["_id"].as_str().expect("an id");
    assert_eq!((id.len(), &id[14..15]), (36, "7"), "a UUIDv7");
    assert!(message["timestamp"].as_str() > Some("2025"));
    let page = ask(&world, &ann, ("GET", &tea, "messages")).await;
    assert_eq!(page.body, json!({ "messages": [message], "hasMore": false }));
    let members = ask(&world, &ann, ("GET", &tea, "members")).await;
    assert_eq!(members.body["members"][1]["username"], "visitor");
    assert_eq!(members.body["members"][1]["isGuest"], true);
}

#[tokio::test]
async fn what_is_no_text_is_refused() {
    let world = world();
    let ann = world.signed_in("ann").await;
    let tea = room(&world, &ann, "Tea").await;
    for (content, code) in [
        (json!(null), "invalid_payload"),
        (json!(7), "invalid_payload"),
        (json!({}), "invalid_payload"),
        (json!(""), "invalid_payload"),
        (json!(" \r\n\t\u{200b}"), "invalid_payload"),
        (json!("a\0b"), "invalid_payload"),
        (json!("a\u{1b}b"), "invalid_payload"),
        (json!("x".repeat(4_001)), "too_large"),
        (json!("🦀".repeat(4_001)), "too_large"),
    ] {
        let answer = post(&world, &ann, &tea, json!({ "content": content })).await;
        assert_eq!(answer.code(), code, "{content}");
    }
    let head = bearer(&format!("POST /api/chat/rooms/{tea}/messages"), &ann);
    let head = format!("{head}\ncontent-type: application/json");
    let surrogate = world.send(&head, r#"{"content":"a\ud800b"}"#).await;
    assert_eq!(surrogate.code(), "invalid_payload");
    for key in [json!(""), json!("x".repeat(65)), json!(true)] {
        let answer = post(&world, &ann, &tea, json!({ "content": "x", "clientId": key })).await;
        assert_eq!(answer.code(), "invalid_payload", "{key}");
    }
    for content in ["x", &"🦀".repeat(4_000), &"\r\n".repeat(2_000).replace('\r', "x\r")] {
        let answer = post(&world, &ann, &tea, json!({ "content": content })).await;
        let expected = content.replace("\r\n", "\n");
        assert_eq!(answer.body["message"]["content"], expected, "{answer:?}");
    }
    let empty = ask(&world, &ann, ("GET", &tea, "messages")).await;
    assert_eq!(seqs(&empty), [1, 2, 3], "nothing that was refused is there");
}

#[tokio::test]
async fn the_same_key_stores_once_and_answers_the_same_and_another_text_is_a_conflict() {
    let world = world();
    let (ann, bob) = (world.signed_in("ann").await, world.signed_in("bob").await);
    let tea = room(&world, &ann, "Tea").await;
    let body = json!({ "content": "hello", "clientId": "k" });
    let all = (0..100).map(|_| post(&world, &ann, &tea, body.clone()));
    let all = futures_util::future::join_all(all).await;
    assert!(all.iter().all(|answer| answer.status == StatusCode::OK));
    assert!(all.windows(2).all(|pair| pair[0].body == pair[1].body));
    assert_eq!(all[0].body["message"]["clientId"], "k");
    let other = post(&world, &ann, &tea, json!({ "content": "Hello", "clientId": "k" })).await;
    assert_eq!((other.status, other.code()), (StatusCode::CONFLICT, "conflict"));
    assert_eq!(post(&world, &bob, &tea, body).await.body["message"]["seq"], 2);
    let number = json!({ "content": "number", "clientId": 7 });
    let first = post(&world, &ann, &tea, number).await;
    let again = post(&world, &ann, &tea, json!({ "content": "number", "clientId": "7" })).await;
    assert_eq!(first.body, again.body);
}

/// An emit of the same text finds its post, by the store's rule; a post with a key is none.
#[tokio::test]
async fn a_post_without_a_key_waits_for_its_echo() {
    let world = world();
    let ann = world.signed_in("ann").await;
    let tea = room(&world, &ann, "Tea").await;
    post(&world, &ann, &tea, json!({ "content": "plain" })).await;
    post(&world, &ann, &tea, json!({ "content": "keyed", "clientId": "k" })).await;
    let sender = world.api.auth.authenticate(&ann).await.expect("a token").account.profile.clone();
    let conversation = chat::conversations::ConversationId::parse(&tea).expect("an id");
    for (text, seq) in [("plain", 1), ("keyed", 3), ("plain", 4)] {
        let emit = Post {
            conversation: conversation.clone(),
            sender: sender.clone(),
            text: chat::text::Text::parse(text).expect("a text"),
            message_type: MessageType::TEXT,
            client_id: None,
            echo: Echo::Emit { connected_at: chat::time::Timestamp::from_millis(0) },
        };
        let answer = world.api.chat.send(emit).await.expect("a store that works");
        assert_eq!(answer.message.seq, Seq(seq), "{text}");
    }
}

#[tokio::test]
async fn messages_are_paged_in_both_directions_without_a_gap() {
    let world = world();
    let (ann, bob) = (world.signed_in("ann").await, world.signed_in("bob").await);
    let tea = room(&world, &ann, "Tea").await;
    for number in 1..=250 {
        let sender = if number % 3 == 0 { &bob } else { &ann };
        post(&world, sender, &tea, json!({ "content": format!("{number}") })).await;
    }
    let eve = world.json("POST /api/auth/guest", json!({ "username": "eve" })).await.token();
    for (query, expected, has_more) in [
        ("", 201..=250, true),
        ("?limit=100", 151..=250, true),
        ("?limit=1", 250..=250, true),
        ("?before=201", 151..=200, true),
        ("?before=51", 1..=50, false),
        ("?before=101&limit=100", 1..=100, false),
        ("?before=9999999", 201..=250, true),
        ("?after=0&limit=100", 1..=100, true),
        ("?after=200", 201..=250, false),
        ("?after=199&limit=50", 200..=249, true),
        ("?after=249&x=1", 250..=250, false),
    ] {
        let page = ask(&world, &eve, ("GET", &tea, &format!("messages{query}"))).await;
        assert_eq!((page.status, seqs(&page)), (StatusCode::OK, expected.collect()), "{query}");
        assert_eq!(page.body["hasMore"], has_more, "{query}");
        for message in page.body["messages"].as_array().expect("messages") {
            let seq = message["seq"].as_u64().expect("a place");
            assert_eq!(message["content"], seq.to_string());
            let name = if seq % 3 == 0 { "bob" } else { "ann" };
            assert_eq!(message["senderName"], name);
        }
    }
    for query in ["?before=1", "?before=0", "?after=250", "?after=99999"] {
        let page = ask(&world, &eve, ("GET", &tea, &format!("messages{query}"))).await;
        assert_eq!(page.body, json!({ "messages": [], "hasMore": false }), "{query}");
    }
    for query in [
        "?before=9&after=1",
        "?limit=0",
        "?limit=101",
        "?limit=x",
        "?before=-1",
        "?before=x",
        "?after=1.5",
        "?after=99999999999999999999",
    ] {
        let page = ask(&world, &eve, ("GET", &tea, &format!("messages{query}"))).await;
        assert_eq!((page.status, page.code()), (StatusCode::BAD_REQUEST, "invalid_payload"));
    }
}

#[tokio::test]
async fn a_deleted_message_is_shown_as_one() {
    let world = world();
    let ann = world.signed_in("ann").await;
    let tea = room(&world, &ann, "Tea").await;
    post(&world, &ann, &tea, json!({ "content": "secret" })).await;
    let id = chat::conversations::ConversationId::parse(&tea).expect("an id");
    let now = world.api.now().wall;
    world.store.bury(id, Seq(1), now).await.expect("works").expect("a message");
    let page = ask(&world, &ann, ("GET", &tea, "messages")).await;
    let message = &page.body["messages"][0];
    assert_eq!((&message["content"], &message["deleted"]), (&json!(""), &json!(true)));
    assert_eq!(message["senderName"], "ann");
}

#[tokio::test]
async fn messages_have_one_rate_for_an_account_whichever_way_they_come() {
    let limits = Limits { enabled: true, ..Limits::default() };
    let world = World::new(Setup { limits, ..Setup::default() });
    let (ann, bob) = (world.signed_in("ann").await, world.signed_in("bob").await);
    let tea = room(&world, &ann, "Tea").await;
    let id = AccountId::parse("1").expect("an id");
    for _ in 0..20 {
        world.api.live.take_message(&id).expect("as a socket takes it");
    }
    for number in 0..10 {
        let answer = post(&world, &ann, &tea, json!({ "content": "x" })).await;
        assert_eq!(answer.status, StatusCode::OK, "{number}");
    }
    // What has come back meanwhile is one or two.
    let mut last = post(&world, &ann, &tea, json!({ "content": "x" })).await;
    for _ in 0..30 {
        if last.status != StatusCode::OK {
            break;
        }
        last = post(&world, &ann, &tea, json!({ "content": "x" })).await;
    }
    assert_eq!((last.status, last.code()), (StatusCode::TOO_MANY_REQUESTS, "rate_limited"));
    assert!(last.body["error"]["retryAfterMs"].as_u64().expect("a wait") <= 100);
    assert_eq!(post(&world, &bob, &tea, json!({ "content": "x" })).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_message_that_the_store_did_not_take_is_not_there_and_may_be_sent_again() {
    let world = World::new(impatient());
    let ann = world.signed_in("ann").await;
    let tea = room(&world, &ann, "Tea").await;
    let body = json!({ "content": "hello", "clientId": "k" });
    world.store.set_away(true);
    let away = post(&world, &ann, &tea, body.clone()).await;
    assert_eq!((away.status, away.code()), (StatusCode::SERVICE_UNAVAILABLE, "unavailable"));
    world.store.set_away(false);
    let id = chat::conversations::ConversationId::parse(&tea).expect("an id");
    let kept = world.store.conversation(id).await.expect("works").expect("a room");
    assert_eq!(kept.last_seq, Seq(0));
    // The sequencer notices by itself, within its pause.
    loop {
        let again = post(&world, &ann, &tea, body.clone()).await;
        if again.status == StatusCode::OK {
            assert_eq!(again.body["message"]["seq"], 1);
            break;
        }
        assert_eq!(again.code(), "unavailable");
        tokio::task::yield_now().await;
    }
}

/// What the tests above lean on: a store without echo would let them pass.
#[tokio::test]
async fn the_store_in_memory_knows_the_echo_rule() {
    let world = world();
    let ann = world.signed_in("ann").await;
    let tea = room(&world, &ann, "Tea").await;
    let posted = post(&world, &ann, &tea, json!({ "content": "x" })).await;
    let new = NewMessage {
        id: chat::ids::MessageId::from_u128(7),
        conversation: chat::conversations::ConversationId::parse(&tea).expect("an id"),
        sender: AccountId::parse("1").expect("an id"),
        client_id: None,
        message_type: MessageType::TEXT,
        text: chat::text::Text::parse("x").expect("a text"),
        created_at: world.api.now().wall,
        echo: Echo::Emit { connected_at: world.api.now().wall },
    };
    let appended = world.store.append(vec![new]).await.expect("works");
    let chat::messages::Appended::Duplicate(first) = &appended[0] else { panic!("{appended:?}") };
    assert_eq!(posted.body["message"]["_id"], first.id.to_string());
}
