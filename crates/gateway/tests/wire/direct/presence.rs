//! Who is online, and what it costs to say so.

use std::time::Duration;

use serde_json::json;

use super::house::{House, LONG, OURS, Spans};

#[tokio::test]
async fn a_reload_is_not_told_and_several_sockets_are_one() {
    let house = House::open(Spans { grace: LONG, idle: LONG }).await;
    let (ann, bob) = house.two().await;
    house.post(&bob, "hello").await;
    let mut anns = house.tab(&ann).await;
    let first = house.tab(&bob).await;
    anns.hears_one("user_online").await;
    let second = house.tab(&bob).await;
    drop((first, second));
    house.server.metric_becomes("parlour_sockets 1").await;
    let mut back = house.tab(&bob).await;
    back.hears_nothing().await;
    anns.hears_nothing().await;
    // One question for each of the two, for all that came and went.
    house.server.metric_becomes("parlour_presence_questions_total 2").await;
    house.server.metric_becomes("parlour_presence_events_total 1").await;
    house.server.metric_becomes("parlour_accounts_online 2").await;
}

#[tokio::test]
async fn it_is_told_where_one_has_opened_or_written_and_shown_to_whoever_looks() {
    let grace = Duration::from_millis(20);
    let house = House::open(Spans { grace, idle: LONG }).await;
    let (ann, bob) = house.two().await;
    let eve = house.person("Eve").await;
    // Ann has written to Bob, who has not answered; Eve has nothing with either.
    house.post(&ann, "hello").await;
    let (mut anns, mut eves) = (house.tab(&ann).await, house.tab(&eve).await);
    let shown = anns.succeed("join_conversation", json!(OURS)).await;
    assert_eq!(shown["isOnline"], false);
    let mut bobs = house.tab(&bob).await;
    let shown = anns.succeed("join_conversation", json!(OURS)).await;
    assert_eq!(shown["isOnline"], true);
    house.server.metric_becomes("parlour_presence_questions_total 3").await;
    anns.hears_nothing().await;
    drop(anns);
    let told = bobs.hears_one("user_offline").await;
    assert_eq!(told["userId"], "1");
    let list = house.ask("GET /api/messages/conversations", &bob, None).await;
    assert_eq!(list["conversations"][0]["is_online"], false);
    let _anns = house.tab(&ann).await;
    bobs.hears_one("user_online").await;
    let list = house.ask("GET /api/messages/conversations", &bob, None).await;
    assert_eq!(list["conversations"][0]["is_online"], true);
    eves.hears_nothing().await;
}

#[tokio::test]
async fn guests_are_not_shown_and_a_store_that_is_away_is_asked_again() {
    let house = House::open(Spans { grace: LONG, idle: LONG }).await;
    let (ann, bob) = house.two().await;
    let guest = house.guest("visitor").await;
    house.post(&ann, "hello").await;
    let mut bobs = house.tab(&bob).await;
    let _guests = house.tab(&guest).await;
    house.server.metric_becomes("parlour_presence_questions_total 1").await;
    house.server.metric_becomes("parlour_accounts_online 1").await;
    // The token is looked at before.
    let anns = house.tab(&ann).await;
    bobs.hears_one("user_online").await;
    house.store.set_away(true);
    drop(anns);
    house.server.metric_becomes("parlour_sockets 2").await;
    house.store.set_away(false);
    bobs.hears_nothing().await;
}

/// What it costs when very many come: nothing but what the contract says, counted.
#[tokio::test]
async fn as_many_events_are_sent_as_others_have_sockets_and_one_question_asked_a_coming() {
    let house = House::open(Spans { grace: LONG, idle: LONG }).await;
    let mut people = Vec::new();
    for nth in 0..12 {
        people.push(house.person(&format!("p{nth}")).await);
    }
    // Who has a conversation with whom: their numbers differ by 1, 2 or 3; the lower one opened it.
    for (nth, opener) in people.iter().enumerate() {
        for other in people.iter().skip(nth + 1).take(3) {
            let body = json!({ "userId": other.account.profile.id.as_str() });
            house.ask("POST /api/messages/conversations", opener, Some(body)).await;
        }
    }
    // From the last to the first, so that those whom it is told to are there; some have two sockets.
    let (mut tabs, mut expected) = (Vec::new(), 0);
    for (nth, person) in people.iter().enumerate().rev() {
        let later = (nth + 1..people.len()).take(3);
        expected += later.map(|other| 1 + other % 2).sum::<usize>();
        for _ in 0..=nth % 2 {
            tabs.push(house.tab(person).await);
        }
        let questions = people.len() - nth;
        let line = format!("parlour_presence_questions_total {questions}");
        house.server.metric_becomes(&line).await;
        house.server.metric_becomes("parlour_presence_waiting 0").await;
    }
    house.server.metric_becomes(&format!("parlour_presence_events_total {expected}")).await;
    assert_eq!(expected, 46);
    let mut heard = 0;
    for tab in &mut tabs {
        heard += tab.so_far().await.iter().filter(|(name, _)| name == "user_online").count();
    }
    assert_eq!(heard, expected);
}
