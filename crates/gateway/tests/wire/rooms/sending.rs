//! What is sent, and who hears it in which order.

use std::collections::HashSet;
use std::sync::Arc;

use chat::ids::ClientId;
use chat::limits::Rate;
use chat::listening::ListeningConfig;
use chat::messages::{Echo, MessageType};
use chat::text::Text;
use gateway::{Limits, Post};
use serde_json::json;

use super::hall::Hall;
use crate::support::Packet;

#[tokio::test]
async fn a_message_is_answered_when_it_is_stored_and_heard_by_all() {
    let hall = Hall::open().await;
    let ann = hall.person("Ann").await;
    let room = hall.room(&ann).await;
    let mut ear = hall.socket(&ann).await;
    ear.join(&room).await;
    let (bob, mut bob_ear) = hall.newcomer("Bob").await;
    // Who writes becomes a member, and need not listen.
    let args = json!({
        "roomId": room.as_str(), "content": "hello", "clientId": "c1",
        "senderName": "Mallory", "timestamp": 5,
    });
    let message = bob_ear.succeed("send_message", &args).await["message"].take();
    assert_eq!(message["sender"], bob.as_str());
    assert_eq!(message["senderName"], "Bob");
    assert_eq!((&message["seq"], &message["clientId"]), (&json!(1), &json!("c1")));
    assert_eq!(ear.hears("receive_message").await, message);
    assert_eq!(bob_ear.so_far().await, []);
    // Again: the first message, heard by nobody. With another text: refused.
    assert_eq!(bob_ear.succeed("send_message", &args).await["message"], message);
    let other = json!({ "roomId": room.as_str(), "content": "other", "clientId": "c1" });
    assert_eq!(bob_ear.refusal("send_message", &other).await, "conflict");
    assert_eq!(ear.so_far().await, []);
    bob_ear.succeed("mark_read", &json!({ "roomId": room.as_str() })).await;
}

#[tokio::test]
async fn one_hears_everything_once_and_in_its_place_whoever_sends() {
    const SENDERS: usize = 12;
    const EACH: usize = 25;
    let hall = Arc::new(Hall::open().await);
    let ann = hall.person("Ann").await;
    let room = hall.room(&ann).await;
    hall.store.set_lazy(5);
    let mut listeners = Vec::new();
    for nth in 0..3 {
        let (_, mut ear) = hall.newcomer(&format!("Listener {nth}")).await;
        ear.join(&room).await;
        listeners.push(ear);
    }
    let mut senders = Vec::new();
    for nth in 0..SENDERS {
        let (_, mut ear) = hall.newcomer(&format!("Sender {nth}")).await;
        if nth % 2 == 0 {
            ear.join(&room).await;
        }
        let room = room.clone();
        senders.push(tokio::spawn(async move {
            let mut acks = HashSet::new();
            for each in 0..EACH {
                let args = json!({ "roomId": room.as_str(), "content": format!("{nth}/{each}") });
                acks.insert(ear.client.ask("send_message", &args.to_string()).await);
            }
            // Their places are in the order in which they were sent.
            let mut last = (0, 0);
            while !acks.is_empty() {
                if let Packet::Answer(ack, answer) = ear.client.packet().await {
                    assert!(acks.remove(&ack), "{answer}");
                    let seq = answer["message"]["seq"].as_u64().expect("a place");
                    assert!((ack > last.0) == (seq > last.1), "{ack}: {seq} after {last:?}");
                    last = (ack, seq);
                }
            }
        }));
    }
    let all: Vec<u64> = (1..=(SENDERS * EACH) as u64).collect();
    for ear in &mut listeners {
        assert_eq!(ear.seqs(SENDERS * EACH).await, all);
    }
    for sender in senders {
        sender.await.expect("a sender that ends well");
    }
}

#[tokio::test]
async fn an_echo_is_the_message_that_was_posted_and_only_if_it_can_be_one() {
    let hall = Hall::open().await;
    let ann = hall.person("Ann").await;
    let room = hall.room(&ann).await;
    let (_, mut listener) = hall.newcomer("Bob").await;
    listener.join(&room).await;
    let mut ear = hall.socket(&ann).await;
    let post = |text: &str, client_id: Option<&str>| Post {
        conversation: room.clone(),
        sender: Arc::clone(&ann.profile),
        text: Text::parse(text).expect("a text"),
        message_type: MessageType::TEXT,
        client_id: client_id.map(|id| ClientId::parse(id).expect("a key")),
        echo: if client_id.is_none() { Echo::Post } else { Echo::None },
    };
    let emitted = |content: &str, fields: serde_json::Value| {
        let mut args = json!({ "roomId": room.as_str(), "content": content });
        args.as_object_mut().expect("an object").extend(fields.as_object().expect("one").clone());
        args
    };
    let named = || json!({ "userId": ann.profile.id.as_str(), "senderName": "Ann" });
    let seq = |answer: &serde_json::Value| answer["message"]["seq"].as_u64().expect("a place");

    // Two posts that are equal absorb two emits, and no third.
    for _ in 0..2 {
        hall.chat().send(post("hi", None)).await.expect("stored");
    }
    let mut seqs = Vec::new();
    for _ in 0..3 {
        seqs.push(seq(&ear.succeed("send_message", &emitted("hi", named())).await));
    }
    seqs.sort_unstable();
    assert_eq!(seqs, [1, 2, 3]);
    // Without the marker, with a key, with another text: a message of its own.
    hall.chat().send(post("ho", None)).await.expect("stored");
    for (content, fields) in [
        ("ho", json!({})),
        ("ho", json!({ "userId": ann.profile.id.as_str(), "clientId": "k" })),
        ("ho!", named()),
    ] {
        let answer = ear.succeed("send_message", &emitted(content, fields)).await;
        assert!(seq(&answer) > 4, "{answer}");
    }
    let only_name = emitted("ho", json!({ "senderName": "whoever" }));
    assert_eq!(seq(&ear.succeed("send_message", &only_name).await), 4);
    // A post with a key absorbs none.
    hall.chat().send(post("hu", Some("key"))).await.expect("stored");
    assert_eq!(seq(&ear.succeed("send_message", &emitted("hu", named())).await), 9);
    assert_eq!(listener.seqs(9).await, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

#[tokio::test]
async fn an_accounts_sockets_share_one_rate_of_messages() {
    let messages = Rate::new(1, std::time::Duration::from_hours(1)).with_burst(4);
    let limits = Limits { messages, ..Limits::default() };
    let hall = Hall::with(ListeningConfig::default(), limits).await;
    let ann = hall.person("Ann").await;
    let room = hall.room(&ann).await;
    let (mut one, mut other) = (hall.socket(&ann).await, hall.socket(&ann).await);
    for ear in [&mut one, &mut other] {
        ear.say(&room, "1").await;
        ear.say(&room, "2").await;
    }
    let args = json!({ "roomId": room.as_str(), "content": "3" });
    assert_eq!(one.refusal("send_message", &args).await, "rate_limited");
    assert_eq!(other.refusal("send_message", &args).await, "rate_limited");
    let (_, mut bob) = hall.newcomer("Bob").await;
    bob.say(&room, "mine is another").await;
}
