//! To whom a conversation is not there.

use serde_json::{Value, json};

use super::house::{House, OURS, Spans, Tab};

/// Every event of direct conversations, about this one.
fn events(id: &str) -> Vec<(&'static str, Value)> {
    let there = json!({ "conversationId": id });
    vec![
        ("join_conversation", json!(id)),
        ("join_conversation", there.clone()),
        ("leave_conversation", json!(id)),
        ("leave_conversation", there.clone()),
        ("send_message", json!({ "conversationId": id, "messageText": "hello" })),
        ("typing", there.clone()),
        ("stop_typing", there.clone()),
        ("mark_read", there),
        ("mark_read", json!({ "conversationId": id, "seq": 1 })),
    ]
}

/// The answers to all of them, and to a sync.
async fn answers(tab: &mut Tab, id: &str) -> Vec<Value> {
    let mut answers = Vec::new();
    for (name, args) in events(id) {
        answers.push(tab.call(name, args).await);
    }
    let mut synced = tab.succeed("sync", json!({ "cursors": { id: 0 } })).await;
    answers.push(synced["conversations"][0]["error"].take());
    answers
}

#[tokio::test]
async fn whoever_is_not_one_of_the_two_is_answered_as_of_an_id_out_of_nowhere() {
    let house = House::open(Spans::default()).await;
    let (ann, bob) = house.two().await;
    let eve = house.person("Eve").await;
    let mut anns = house.joined(&ann).await;
    anns.say("between us").await;
    anns.hears_one("conversation_updated").await;
    let mut eves = house.tab(&eve).await;
    house.store.take_asked();
    let nowhere = answers(&mut eves, "conv_3_99").await;
    let asked = house.store.take_asked();
    for answer in &nowhere[..nowhere.len() - 1] {
        assert_eq!(answer["error"]["code"], "not_found", "{answer}");
    }
    assert_eq!(nowhere[nowhere.len() - 1]["code"], "not_found");
    for id in [OURS, "conv_2_1", "conv_98_99", "conv_3_1", "conv_1_99"] {
        assert_eq!(answers(&mut eves, id).await, nowhere, "{id}");
        assert_eq!(house.store.take_asked(), asked, "{id}");
    }
    // To Bob it is there until Ann blocks him.
    let mut bobs = house.joined(&bob).await;
    house.block("POST", &ann, &bob).await;
    house.store.take_asked();
    assert_eq!(answers(&mut bobs, OURS).await, nowhere);
    assert_eq!(house.store.take_asked(), asked);
    anns.hears_nothing().await;
    eves.hears_nothing().await;
}

#[tokio::test]
async fn guests_strangers_and_oneself_are_refused_as_such() {
    let house = House::open(Spans::default()).await;
    let (ann, _) = house.two().await;
    let guest = house.guest("visitor").await;
    let (mut anns, mut guests) = (house.tab(&ann).await, house.tab(&guest).await);
    let mut stranger = house.server.stranger().await;
    for (name, args) in events(OURS) {
        assert_eq!(guests.refusal(name, args.clone()).await, "forbidden", "{name} {args}");
        let answer = stranger.call(name, &args.to_string()).await;
        assert_eq!(answer["error"]["code"], "unauthenticated", "{name} {args}");
    }
    for (name, args) in events("conv_1_1") {
        assert_eq!(anns.refusal(name, args.clone()).await, "invalid_payload", "{name} {args}");
    }
    for (name, args) in [
        ("join_conversation", Value::Null),
        ("join_conversation", json!({})),
        ("leave_conversation", json!({ "conversationId": null })),
        ("mark_read", Value::Null),
        ("send_message", json!({ "conversationId": OURS })),
        ("send_message", json!({ "conversationId": OURS, "messageText": " " })),
        ("send_message", json!({ "conversationId": OURS, "text": "hello" })),
        ("send_message", json!({ "conversationId": OURS, "roomId": "r", "messageText": "x" })),
        ("send_message", json!({ "conversationId": {}, "messageText": "hello" })),
        ("send_message", json!({ "conversationId": OURS, "messageText": "x", "messageType": "A" })),
        ("typing", json!({ "conversationId": [] })),
        ("mark_read", json!({ "conversationId": OURS, "seq": -1 })),
    ] {
        assert_eq!(anns.refusal(name, args.clone()).await, "invalid_payload", "{name} {args}");
    }
    let foreign = json!({ "conversationId": OURS, "messageText": "x", "userId": "2" });
    assert_eq!(anns.refusal("send_message", foreign).await, "forbidden");
    for id in ["room_x", "channel_x", "x", "conv_1_2 "] {
        assert_eq!(anns.refusal("join_conversation", json!(id)).await, "not_found", "{id}");
    }
}
