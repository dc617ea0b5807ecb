//! Marks: in which order they are taken, and who is told.

use serde_json::{Value, json};

use super::house::{House, OURS, Spans};
use crate::support::Packet;

fn mark(seq: Option<u64>) -> String {
    json!({ "conversationId": OURS, "seq": seq }).to_string()
}

#[tokio::test]
async fn marks_of_one_socket_were_not_taken_in_the_order_sent() {
    let house = House::open(Spans::default()).await;
    let (ann, bob) = house.two().await;
    for text in ["1", "2", "3"] {
        house.post(&ann, text).await;
    }
    let mut anns = house.joined(&ann).await;
    let mut bobs = house.joined(&bob).await;
    // A look that takes long must not let the next mark pass.
    let look = house.store.hold_view();
    let mut calls = Vec::new();
    for seq in 1..=3 {
        calls.push((bobs.client.ask("mark_read", &mark(Some(seq))).await, seq));
    }
    let mut answers = Vec::new();
    for _ in &calls {
        let (call, answer) = bobs.answer().await;
        answers.push((call, answer["lastReadSeq"].as_u64().expect("a mark")));
        assert_eq!(answer["updated"], true, "{answer}");
    }
    assert_eq!(answers, calls);
    look.open();
    for seq in 1..=3 {
        assert_eq!(anns.hears_one("message_read").await["lastReadSeq"], seq);
    }
}

#[tokio::test]
async fn a_mark_did_not_cover_the_message_that_its_socket_sent_before() {
    let house = House::open(Spans::default()).await;
    let (ann, _) = house.two().await;
    let mut anns = house.joined(&ann).await;
    let append = house.store.hold_append();
    let said = json!({ "conversationId": OURS, "messageText": "mine" }).to_string();
    let sent = anns.client.ask("send_message", &said).await;
    let bare = anns.client.ask("mark_read", &mark(None)).await;
    let given = anns.client.ask("mark_read", &mark(Some(1))).await;
    append.decided().await;
    append.open();
    let (call, answer) = anns.answer().await;
    assert_eq!((call, &answer["message"]["seq"]), (sent, &json!(1)));
    for (expected, updated) in [(bare, true), (given, false)] {
        let (call, answer) = anns.answer().await;
        assert_eq!(call, expected, "{answer}");
        assert_eq!((&answer["lastReadSeq"], &answer["updated"]), (&json!(1), &json!(updated)));
    }
}

#[tokio::test]
async fn whoever_came_while_blocked_was_not_told_of_the_own_mark_after_the_unblock() {
    let house = House::open(Spans::default()).await;
    let (ann, bob) = house.two().await;
    house.post(&bob, "from Bob").await;
    house.post(&ann, "from Ann").await;
    house.block("POST", &ann, &bob).await;
    let (mut one, mut other) = (house.tab(&bob).await, house.tab(&bob).await);
    house.server.metric_becomes("parlour_lists_waiting{what=\"accounts\"} 0").await;
    house.block("DELETE", &ann, &bob).await;
    let call = one.client.ask("mark_read", &mark(None)).await;
    let Packet::Answer(number, answer) = one.client.packet().await else {
        panic!("the answer comes first")
    };
    assert_eq!((number, &answer["updated"]), (call, &json!(true)));
    for tab in [&mut one, &mut other] {
        let told = tab.hears_one("conversation_updated").await;
        assert_eq!(told["conversation"]["lastReadSeq"], 2, "{told}");
        assert_eq!(told["conversation"]["unread_count"], 0, "{told}");
    }
}

#[tokio::test]
async fn messages_and_marks_that_waited_were_told_as_one() {
    let house = House::open(Spans::default()).await;
    let (ann, bob) = house.two().await;
    house.post(&ann, "first").await;
    let (mut anns, mut bobs) = (house.tab(&ann).await, house.tab(&bob).await);
    for tab in [&mut anns, &mut bobs] {
        tab.succeed("mark_read", json!({ "conversationId": OURS })).await;
        tab.hears_one("conversation_updated").await;
    }
    let shown = |told: &Value| {
        let shown = &told["conversation"];
        let of = |value: &Value| value.as_u64().expect("a number");
        (of(&shown["last_message"]["seq"]), of(&shown["lastReadSeq"]), of(&shown["unread_count"]))
    };
    // While the store does not say how it looks, much happens.
    house.store.fail_views(usize::MAX);
    for (nth, author) in [&ann, &bob, &ann, &ann, &bob, &ann].into_iter().enumerate() {
        let posted = house.post(author, "more").await;
        assert_eq!(posted["message"]["seq"], nth + 2);
    }
    bobs.succeed("mark_read", json!({ "conversationId": OURS, "seq": 3 })).await;
    bobs.succeed("mark_read", json!({ "conversationId": OURS, "seq": 4 })).await;
    house.store.fail_views(0);
    let each = |read, unread: [u64; 6]| (2..).zip(unread).map(move |(seq, n)| (seq, read, n));
    for expected in each(1, [0, 1, 1, 1, 2, 2]) {
        assert_eq!(shown(&anns.hears_one("conversation_updated").await), expected);
    }
    for expected in each(4, [0, 0, 0, 1, 1, 2]) {
        assert_eq!(shown(&bobs.hears_one("conversation_updated").await), expected);
    }
    for _ in 0..2 {
        assert_eq!(shown(&bobs.hears_one("conversation_updated").await), (7, 4, 2));
    }
    for tab in [&mut anns, &mut bobs] {
        tab.hears_nothing().await;
    }
    // More than one page of them, and more than are kept.
    house.store.fail_views(usize::MAX);
    for _ in 0..1_100 {
        anns.say("on and on").await;
    }
    house.store.fail_views(0);
    for seq in 108..=1_107 {
        let told = bobs.hears_one("conversation_updated").await;
        assert_eq!(shown(&told), (seq, 4, seq - 7 + 2));
    }
    bobs.hears_nothing().await;
}
