//! What a block does at once.

use std::time::Duration;

use chat::identity::Block;
use serde_json::{Value, json};

use super::house::{House, LONG, OURS, Person, Spans};

#[tokio::test]
async fn joined_sockets_of_the_blocked_stop_listening_and_what_they_write_ends() {
    let house = House::open(Spans::default()).await;
    let (ann, bob) = house.two().await;
    let (mut anns, mut bobs) = (house.joined(&ann).await, house.joined(&bob).await);
    let there = json!({ "conversationId": OURS });
    anns.say("hello").await;
    anns.hears_one("conversation_updated").await;
    bobs.hears(&["new_message", "conversation_updated"]).await;
    bobs.succeed("typing", there.clone()).await;
    anns.hears_one("typing").await;
    house.block("POST", &ann, &bob).await;
    anns.hears_one("stop_typing").await;
    // Whoever blocks reads on, and is not heard.
    anns.succeed("typing", there.clone()).await;
    assert_eq!(anns.refusal("send_message", said("hello")).await, "not_found");
    let joined = anns.succeed("join_conversation", json!(OURS)).await;
    assert_eq!((&joined["isOnline"], &joined["lastReadSeq"]), (&json!(false), &json!(0)));
    bobs.hears_nothing().await;
    assert_eq!(bobs.refusal("typing", there.clone()).await, "not_found");
    let list = house.ask("GET /api/messages/conversations", &bob, None).await;
    assert_eq!(list["conversations"], json!([]));
    let list = house.ask("GET /api/messages/conversations", &ann, None).await;
    assert_eq!(list["conversations"][0]["is_online"], false);
    // And back: a socket joins anew.
    house.block("DELETE", &ann, &bob).await;
    anns.succeed("stop_typing", there).await;
    bobs.say("still here").await;
    anns.hears(&["new_message", "conversation_updated"]).await;
    bobs.hears_one("conversation_updated").await;
    let joined = bobs.succeed("join_conversation", json!(OURS)).await;
    assert_eq!(joined["isOnline"], true);
    anns.say("so you are").await;
    bobs.hears(&["new_message", "conversation_updated"]).await;
}

fn said(text: &str) -> Value {
    json!({ "conversationId": OURS, "messageText": text })
}

/// Not even what they wrote themselves, with the key of it.
#[tokio::test]
async fn the_blocked_got_an_old_message_back_by_its_key() {
    let house = House::open(Spans::default()).await;
    let (ann, bob) = house.two().await;
    let mut bobs = house.tab(&bob).await;
    let keyed = json!({ "conversationId": OURS, "messageText": "hello", "clientId": "k" });
    let first = bobs.succeed("send_message", keyed.clone()).await;
    for (blocker, blocked) in [(&ann, &bob), (&bob, &ann)] {
        house.block("POST", blocker, blocked).await;
        assert_eq!(bobs.refusal("send_message", keyed.clone()).await, "not_found");
        let refused = house.refused("POST /api/messages/send", &bob, Some(keyed.clone())).await;
        assert_eq!(refused, "not_found");
        house.block("DELETE", blocker, blocked).await;
        assert_eq!(bobs.succeed("send_message", keyed.clone()).await, first);
    }
}

#[tokio::test]
async fn presence_is_told_neither_way() {
    let grace = Duration::from_millis(20);
    let house = House::open(Spans { grace, idle: LONG }).await;
    let (ann, bob) = house.two().await;
    house.post(&ann, "hello").await;
    house.post(&bob, "hello").await;
    for (blocker, blocked) in [(&ann, &bob), (&bob, &ann)] {
        house.block("POST", blocker, blocked).await;
        let mut waits = house.tab(&ann).await;
        let goes = house.tab(&bob).await;
        drop(goes);
        house.server.metric_becomes("parlour_accounts_online 1").await;
        house.server.metric_becomes("parlour_presence_waiting 0").await;
        waits.hears_nothing().await;
        drop(waits);
        house.server.metric_becomes("parlour_accounts_online 0").await;
        house.block("DELETE", blocker, blocked).await;
    }
    house.server.metric_becomes("parlour_presence_questions_total 8").await;
    house.server.metric_becomes("parlour_presence_events_total 0").await;
}

#[tokio::test]
async fn a_pair_chat_between_the_two_ends_wherever_the_block_was_made() {
    for is_here in [true, false] {
        let house = House::open(Spans::default()).await;
        let (ann, bob) = house.two().await;
        let (mut anns, mut bobs) = (house.tab(&ann).await, house.tab(&bob).await);
        anns.succeed("start_chat", json!("A")).await;
        bobs.succeed("start_chat", json!("B")).await;
        anns.hears(&["user_joined", "user_joined", "chat_history"]).await;
        bobs.hears(&["user_joined", "chat_history"]).await;
        if is_here {
            house.block("POST", &ann, &bob).await;
        } else {
            house.elsewhere(&ann, &bob).await;
        }
        for tab in [&mut anns, &mut bobs] {
            let left = tab.hears_one("user_left").await;
            assert_eq!(left["status"], "waiting", "{left}");
        }
    }
}

#[tokio::test]
async fn what_pairing_knows_of_an_accounts_blocks_was_kept_when_it_had_gone() {
    let house = House::open(Spans::default()).await;
    let (ann, bob) = house.two().await;
    let bars = async |count: usize| {
        house.server.metric_becomes(&format!("parlour_pair_bars {count}")).await;
    };
    // Made by somebody who is not here, as over HTTP alone.
    house.block("POST", &ann, &bob).await;
    let mut bobs = house.tab(&bob).await;
    bobs.succeed("start_chat", json!("B")).await;
    bars(0).await;
    for _ in 0..2 {
        let mut anns = [house.tab(&ann).await, house.tab(&ann).await];
        bars(1).await;
        for tab in &mut anns {
            assert_eq!(tab.succeed("start_chat", json!("A")).await["status"], "waiting");
        }
        let [one, other] = anns;
        drop(one);
        house.server.metric_becomes("parlour_pair_seats 2").await;
        bars(1).await;
        drop(other);
        bars(0).await;
    }
}

#[tokio::test]
async fn two_of_whom_one_blocked_the_other_before_the_server_started_do_not_meet() {
    for nth in [0, 1] {
        let house = House::open(Spans::default()).await;
        let (ann, bob) = house.two().await;
        let eve = house.person("Eve").await;
        let id = |person: &Person| person.account.profile.id.clone();
        // Stored, and never heard of as a change.
        house.store.remember(Block { blocker: id(&ann), blocked: id(&bob) });
        let mut both = [house.tab(&ann).await, house.tab(&bob).await];
        both.rotate_left(nth);
        for tab in &mut both {
            let answer = tab.succeed("start_chat", json!("somebody")).await;
            assert_eq!(answer["status"], "waiting");
        }
        let mut third = house.tab(&eve).await;
        let answer = third.succeed("start_chat", json!("Eve")).await;
        assert_eq!(answer["status"], "active");
    }
}
