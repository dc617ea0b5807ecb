//! To whom a conversation is not there.

use chat::limits::Rate;
use gateway::Limits;
use serde_json::{Value, json};

use super::house::{House, LONG, OURS, Spans, Tab};

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

/// By every event, by the route that does the same, and in a sync for the one that it is.
#[tokio::test]
async fn an_id_that_cannot_be_was_answered_in_several_ways() {
    let house = House::open(Spans::default()).await;
    let (ann, _) = house.two().await;
    let guest = house.guest("visitor").await;
    let (mut anns, mut guests) = (house.tab(&ann).await, house.tab(&guest).await);
    let longest = format!("conv_1_{}", "9".repeat(200));
    for (id, path, code) in [
        ("conv_1_2 ", "conv_1_2%20", "not_found"),
        ("conv_1_é", "conv_1_%C3%A9", "not_found"),
        ("conv_1_\n", "conv_1_%0A", "not_found"),
        (&longest, &longest, "not_found"),
        ("conv_2_1", "conv_2_1", "not_found"),
        ("conv_", "conv_", "not_found"),
        ("conv_1_1", "conv_1_1", "invalid_payload"),
    ] {
        for (name, args) in events(id) {
            assert_eq!(anns.refusal(name, args.clone()).await, code, "{name} {args}");
            assert_eq!(guests.refusal(name, args.clone()).await, "forbidden", "{name} {args}");
        }
        let head = format!("PUT /api/messages/conversations/{path}/read");
        assert_eq!(house.refused(&head, &ann, None).await, code, "{id:?}");
        assert_eq!(house.refused(&head, &guest, None).await, "forbidden", "{id:?}");
        for (tab, code) in [(&mut anns, code), (&mut guests, "forbidden")] {
            let cursors = json!({ "cursors": { "room_none": 0, id: 0 } });
            let synced = tab.succeed("sync", cursors).await;
            let answers = synced["conversations"].as_array().expect("one each");
            let answer = answers.iter().find(|answer| answer["conversationId"] == id);
            assert_eq!(answer.expect("its own")["error"]["code"], code, "{synced}");
            let other = answers.iter().find(|answer| answer["conversationId"] == "room_none");
            assert_eq!(other.expect("its own")["error"]["code"], "not_found", "{synced}");
        }
    }
    // Nor is any other kind of id one that cannot be.
    for (name, args) in [
        ("join_room", json!("room _")),
        ("joinRoom", json!("room _")),
        ("joinChannel", json!("é")),
        ("leaveRoom", json!("channel _")),
        ("mark_read", json!("room _")),
    ] {
        assert_eq!(anns.refusal(name, args.clone()).await, "not_found", "{name} {args}");
    }
}

#[tokio::test]
async fn a_mark_by_a_bare_id_was_refused_without_saying_which() {
    let house = House::open(Spans::default()).await;
    let (ann, _) = house.two().await;
    let mut anns = house.tab(&ann).await;
    anns.client.emit("mark_read", r#""conv_8_9""#).await;
    let told = anns.hears_one("chat_error").await;
    assert_eq!(told["conversationId"], "conv_8_9", "{told}");
}

/// Over the rate too, whoever may not is told so, and an end is heard.
#[tokio::test]
async fn over_the_rate_whoever_may_not_type_was_told_that_they_do() {
    // The clock moves during the test: so slow that nothing is given back.
    let one = Rate::new(1, LONG);
    let limits = Limits { typing_flood: one, ..Limits::default() };
    let house = House::limited(Spans::default(), limits).await;
    let (ann, bob) = house.two().await;
    let (eve, guest) = (house.person("Eve").await, house.guest("visitor").await);
    let (mut anns, mut bobs) = (house.joined(&ann).await, house.joined(&bob).await);
    let there = json!({ "conversationId": OURS });
    let mut eves = house.tab(&eve).await;
    let mut guests = house.tab(&guest).await;
    for name in ["typing", "stop_typing", "typing", "typing"] {
        assert_eq!(eves.refusal(name, there.clone()).await, "not_found", "{name}");
        assert_eq!(guests.refusal(name, there.clone()).await, "forbidden", "{name}");
    }
    let oneself = json!({ "conversationId": "conv_3_3" });
    assert_eq!(eves.refusal("typing", oneself).await, "invalid_payload");
    anns.succeed("typing", there.clone()).await;
    bobs.hears_one("typing").await;
    anns.succeed("typing", there.clone()).await;
    anns.succeed("stop_typing", there.clone()).await;
    bobs.hears_one("stop_typing").await;
    anns.succeed("typing", there).await;
    bobs.hears_nothing().await;
}
