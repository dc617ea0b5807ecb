//! Which socket hears what: every event, over Ann's three and Bob's two sockets, one of each not
//! joined, and a stranger to the conversation.

use std::time::Duration;

use serde_json::{Value, json};

use super::house::{House, LONG, OURS, Person, Spans, Tab};

/// What the members' lists hear of a message or a mark.
const LIST: &str = "conversation_updated";

struct Table {
    house: House,
    ann: Person,
    bob: Person,
    /// Ann's 0, 1, and 2, which is not joined; Bob's 3, and 4, which is not joined; Eve's 5.
    tabs: Vec<Tab>,
}

impl Table {
    async fn set(spans: Spans) -> Self {
        let house = House::open(spans).await;
        let (ann, bob) = house.two().await;
        let eve = house.person("Eve").await;
        // Both have opened it: each hears when the other one comes.
        for (opener, other) in [(&ann, "2"), (&bob, "1")] {
            let body = json!({ "userId": other });
            house.ask("POST /api/messages/conversations", opener, Some(body)).await;
        }
        let tabs = vec![
            house.joined(&ann).await,
            house.joined(&ann).await,
            house.tab(&ann).await,
            house.joined(&bob).await,
            house.tab(&bob).await,
            house.tab(&eve).await,
        ];
        let mut table = Self { house, ann, bob, tabs };
        table.hear([&["user_online"], &["user_online"], &["user_online"], &[], &[], &[]]).await;
        table
    }

    /// Each socket's next events; then nothing.
    async fn hear(&mut self, expected: [&[&str]; 6]) -> Vec<Vec<Value>> {
        let mut all = Vec::new();
        for (tab, names) in self.tabs.iter_mut().zip(expected) {
            all.push(tab.hears(names).await);
        }
        for tab in &mut self.tabs {
            tab.hears_nothing().await;
        }
        all
    }
}

#[tokio::test]
async fn a_message_reaches_each_socket_as_the_contract_says() {
    let mut table = Table::set(Spans::default()).await;
    // By a socket that is joined.
    let sent = table.tabs[0].say("one").await;
    let sender: &[&str] = &["message_sent", LIST];
    let receiver: &[&str] = &["new_message", LIST];
    let list: &[&str] = &[LIST];
    let heard = table.hear([list, sender, list, receiver, list, &[]]).await;
    for at in [1, 3] {
        assert_eq!(heard[at][0], json!({ "message": sent, "conversationId": OURS }));
    }
    assert_eq!((&sent["seq"], &sent["is_read"]), (&json!(1), &json!(false)));
    for (at, other, unread) in [(0, "Bob", 0), (2, "Bob", 0), (4, "Ann", 1)] {
        let shown = &heard[at][0]["conversation"];
        assert_eq!(shown["other_user"]["username"], other);
        assert_eq!((&shown["last_message"], &shown["unread_count"]), (&sent, &json!(unread)));
        assert_eq!(shown["is_online"], true);
    }
    // By one that is not.
    table.tabs[2].say("two").await;
    table.hear([sender, sender, list, receiver, list, &[]]).await;
    // Over HTTP.
    let (house, ann) = (&table.house, &table.ann);
    let posted = house.post(ann, "three").await;
    let heard = table.hear([sender, sender, list, receiver, list, &[]]).await;
    assert_eq!(heard[0][0], posted);
    assert_eq!(heard[3][0], posted);
    // The emit that a post is followed by, and what is sent again, nobody hears.
    let echo = table.tabs[0].say("three").await;
    assert_eq!(echo, posted["message"]);
    let keyed = json!({ "conversationId": OURS, "messageText": "four", "clientId": "k" });
    table.tabs[0].succeed("send_message", keyed.clone()).await;
    table.hear([list, sender, list, receiver, list, &[]]).await;
    for at in [0, 1, 2] {
        let again = table.tabs[at].succeed("send_message", keyed.clone()).await;
        assert_eq!(again["message"]["seq"], 4);
    }
    table.house.ask("POST /api/messages/send", &table.ann, Some(keyed)).await;
    // By the other one, who has not joined with it.
    table.tabs[4].say("five").await;
    table.hear([receiver, receiver, list, sender, list, &[]]).await;
    // Who has left hears of the list alone.
    table.tabs[1].succeed("leave_conversation", json!({ "conversationId": OURS })).await;
    table.tabs[3].say("six").await;
    table.hear([receiver, list, list, list, list, &[]]).await;
}

#[tokio::test]
async fn a_read_mark_reaches_each_socket_as_the_contract_says() {
    let mut table = Table::set(Spans::default()).await;
    let list: &[&str] = &[LIST];
    for (number, text) in (1..).zip(["one", "two", "three"]) {
        assert_eq!(table.tabs[0].say(text).await["seq"], number);
        let (sender, receiver): (&[&str], &[&str]) =
            (&["message_sent", LIST], &["new_message", LIST]);
        table.hear([list, sender, list, receiver, list, &[]]).await;
    }
    let read: &[&str] = &["message_read"];
    let mark = |seq: u64| json!({ "conversationId": OURS, "seq": seq });
    let answer = table.tabs[3].succeed("mark_read", mark(1)).await;
    assert_eq!(answer, json!({ "success": true, "updated": true, "lastReadSeq": 1 }));
    let heard = table.hear([read, read, &[], list, list, &[]]).await;
    let told = &heard[0][0];
    assert_eq!((&told["conversationId"], &told["readerId"]), (&json!(OURS), &json!("2")));
    assert_eq!(told["lastReadSeq"], 1);
    assert!(told["readAt"].as_str().is_some_and(|at| at.ends_with('Z')), "{told}");
    assert_eq!(heard[4][0]["conversation"]["unread_count"], 2);
    // Not again, and never back.
    for seq in [1, 0] {
        let answer = table.tabs[4].succeed("mark_read", mark(seq)).await;
        assert_eq!(answer, json!({ "success": true, "updated": false, "lastReadSeq": 1 }));
    }
    table.hear([&[], &[], &[], &[], &[], &[]]).await;
    // By a socket that has not joined; over HTTP; bare.
    table.tabs[4].succeed("mark_read", mark(2)).await;
    table.hear([read, read, &[], list, list, &[]]).await;
    let answer = table.house.read(&table.bob).await;
    assert_eq!(answer, json!({ "updated": true, "lastReadSeq": 3 }));
    table.hear([read, read, &[], list, list, &[]]).await;
    let answer = table.tabs[2].succeed("mark_read", json!(OURS)).await;
    assert_eq!(answer["lastReadSeq"], 3);
    let heard = table.hear([list, list, list, read, &[], &[]]).await;
    assert_eq!(heard[0][0]["conversation"]["last_message"]["is_read"], true);
    assert_eq!(heard[3][0]["readerId"], "1");
}

#[tokio::test]
async fn writing_reaches_each_socket_as_the_contract_says() {
    let mut table = Table::set(Spans::default()).await;
    let there = json!({ "conversationId": OURS });
    let (typing, stop): (&[&str], &[&str]) = (&["typing"], &["stop_typing"]);
    table.tabs[0].succeed("typing", there.clone()).await;
    let heard = table.hear([&[], &[], &[], typing, &[], &[]]).await;
    let shown = json!({ "conversationId": OURS, "userId": "1", "userName": "Ann" });
    assert_eq!(heard[3][0], shown);
    // Another device, which is not joined, is the same writer.
    table.tabs[2].succeed("typing", there.clone()).await;
    table.hear([&[], &[], &[], typing, &[], &[]]).await;
    table.tabs[0].succeed("stop_typing", there.clone()).await;
    table.hear([&[], &[], &[], &[], &[], &[]]).await;
    table.tabs[2].succeed("stop_typing", there.clone()).await;
    let heard = table.hear([&[], &[], &[], stop, &[], &[]]).await;
    assert_eq!(heard[3][0], shown);
    table.tabs[2].succeed("stop_typing", there.clone()).await;
    // The other way.
    table.tabs[4].succeed("typing", there.clone()).await;
    table.hear([typing, typing, &[], &[], &[], &[]]).await;
    // Pair's own is nobody's here.
    for name in ["typing", "stop_typing"] {
        assert_eq!(table.tabs[4].refusal(name, json!(OURS)).await, "not_in_room");
    }
    // The message ends it; so does leaving, and going.
    table.tabs[4].say("hello").await;
    let new: &[&str] = &["stop_typing", "new_message", LIST];
    table.hear([new, new, &[LIST], &["message_sent", LIST], &[LIST], &[]]).await;
    table.tabs[3].succeed("typing", there.clone()).await;
    table.hear([typing, typing, &[], &[], &[], &[]]).await;
    table.tabs[3].succeed("leave_conversation", json!(OURS)).await;
    table.hear([stop, stop, &[], &[], &[], &[]]).await;
    table.tabs[3].succeed("join_conversation", json!(OURS)).await;
    table.tabs[0].succeed("typing", there).await;
    table.hear([&[], &[], &[], typing, &[], &[]]).await;
    table.tabs.remove(0);
    assert_eq!(table.tabs[2].hears_one("stop_typing").await, shown);
    table.house.server.metric_becomes("parlour_writers 0").await;
}

#[tokio::test]
async fn writing_ends_by_itself() {
    let idle = Duration::from_millis(30);
    let mut table = Table::set(Spans { idle, ..Spans::default() }).await;
    table.tabs[0].succeed("typing", json!({ "conversationId": OURS })).await;
    table.hear([&[], &[], &[], &["typing", "stop_typing"], &[], &[]]).await;
    table.house.server.metric_becomes("parlour_writers 0").await;
}

#[tokio::test]
async fn coming_and_going_reach_each_socket_as_the_contract_says() {
    let grace = Duration::from_millis(30);
    let mut table = Table::set(Spans { grace, idle: LONG }).await;
    // Bob's one socket goes: the other is there.
    drop(table.tabs.remove(4));
    table.house.server.metric_becomes("parlour_sockets 5").await;
    for tab in &mut table.tabs {
        tab.hears_nothing().await;
    }
    // And the last.
    drop(table.tabs.remove(3));
    for tab in &mut table.tabs[..3] {
        let told = tab.hears_one("user_offline").await;
        assert_eq!((&told["userId"], &told["conversationId"]), (&json!("2"), &json!(OURS)));
        assert!(told["lastSeenAt"].as_str().is_some_and(|at| at.ends_with('Z')), "{told}");
    }
    let _back = table.house.tab(&table.bob).await;
    for tab in &mut table.tabs[..3] {
        let told = tab.hears_one("user_online").await;
        assert_eq!(told, json!({ "userId": "2", "conversationId": OURS }));
    }
    for tab in &mut table.tabs {
        tab.hears_nothing().await;
    }
}
