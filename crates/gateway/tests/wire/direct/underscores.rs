//! Account ids that hold `_`, so that two pairs come out with one id: nobody else hears what two say to
//! each other, or keeps them from it.

use serde_json::{Value, json};

use super::house::{House, Person, Spans, Tab};

fn said(id: &str, text: &str) -> Value {
    json!({ "conversationId": id, "messageText": text })
}

async fn open(house: &House, by: &Person, whom: &Person) -> String {
    let body = json!({ "userId": whom.account.profile.id.as_str() });
    let mut opened = house.ask("POST /api/messages/conversations", by, Some(body)).await;
    let Value::String(id) = opened["conversationId"].take() else { panic!("no id: {opened}") };
    id
}

/// It is not there for this one, by whatever is asked.
async fn is_not_there(house: &House, tab: &mut Tab, person: &Person, id: &str) {
    let there = json!({ "conversationId": id });
    for (name, args) in [
        ("join_conversation", json!(id)),
        ("leave_conversation", json!(id)),
        ("send_message", said(id, "hello")),
        ("typing", there.clone()),
        ("mark_read", there),
    ] {
        assert_eq!(tab.refusal(name, args).await, "not_found", "{name}");
    }
    let synced = tab.succeed("sync", json!({ "cursors": { id: 0 } })).await;
    assert_eq!(synced["conversations"][0]["error"]["code"], "not_found");
    let page = format!("GET /api/messages/conversations/{id}");
    assert_eq!(house.refused(&page, person, None).await, "not_found");
}

/// The two talk in this conversation, and hear each other.
async fn talk(id: &str, [one, other]: [&mut Tab; 2]) {
    one.succeed("join_conversation", json!(id)).await;
    other.succeed("join_conversation", json!(id)).await;
    let (mut speaker, mut listener) = (one, other);
    for _ in 0..2 {
        speaker.succeed("typing", json!({ "conversationId": id })).await;
        listener.hears_one("typing").await;
        speaker.succeed("send_message", said(id, "between us")).await;
        listener.hears(&["stop_typing", "new_message", "conversation_updated"]).await;
        speaker.hears_one("conversation_updated").await;
        listener.succeed("mark_read", json!({ "conversationId": id })).await;
        speaker.hears_one("message_read").await;
        listener.hears_one("conversation_updated").await;
        std::mem::swap(&mut speaker, &mut listener);
    }
}

/// `conv_a_b_a_b_a` fits `a_b` with `a_b_a`, and `a_b_a` with `b_a`.
#[tokio::test]
async fn whoever_looks_first_at_an_unmade_conversation_hears_nothing_of_two_others() {
    let id = "conv_a_b_a_b_a";
    for is_early in [false, true] {
        let house = House::open(Spans::default()).await;
        let mut people = Vec::new();
        let order = if is_early { ["a_b", "a_b_a", "b_a"] } else { ["b_a", "a_b_a", "a_b"] };
        for sub in order {
            people.push(house.host(sub).await);
        }
        let [first, both, third] = &people[..] else { panic!("three") };
        // Those who were there first have it, whatever the third tries, and when.
        let mut spy = house.tab(third).await;
        is_not_there(&house, &mut spy, third, id).await;
        let (mut ones, mut boths) = (house.tab(first).await, house.tab(both).await);
        talk(id, [&mut ones, &mut boths]).await;
        is_not_there(&house, &mut spy, third, id).await;
        house.ask("POST /api/messages/send", both, Some(said(id, "by REST"))).await;
        ones.hears(&["new_message", "conversation_updated"]).await;
        boths.hears(&["message_sent", "conversation_updated"]).await;
        spy.hears_nothing().await;
        // The other two have one of their own.
        let own = open(&house, third, both).await;
        assert_eq!(own, format!("{id}#2"));
        assert_eq!(open(&house, both, first).await, id);
        talk(&own, [&mut spy, &mut boths]).await;
        ones.hears_nothing().await;
    }
}

/// `conv_p_q_y` fits `p_q` with `y`, and `p` with `q_y`: two pairs of whom nobody is in both.
#[tokio::test]
async fn whoever_joins_an_unmade_conversation_keeps_no_two_others_from_it() {
    let id = "conv_p_q_y";
    for is_early in [false, true] {
        let house = House::open(Spans::default()).await;
        let pairs = [["p_q", "y"], ["p", "q_y"]];
        let mut people = Vec::new();
        for sub in (if is_early { [pairs[1], pairs[0]] } else { pairs }).as_flattened() {
            people.push(house.host(sub).await);
        }
        let [one, other, third, fourth] = &people[..] else { panic!("four") };
        let mut others = [house.tab(third).await, house.tab(fourth).await];
        for (tab, person) in others.iter_mut().zip([third, fourth]) {
            is_not_there(&house, tab, person, id).await;
        }
        // Opening theirs first does not make it theirs.
        let own = open(&house, third, fourth).await;
        assert_eq!(own, format!("{id}#2"));
        let [thirds, fourths] = &mut others;
        let mut two = [house.tab(one).await, house.tab(other).await];
        let [ones, anothers] = &mut two;
        talk(id, [ones, anothers]).await;
        for (tab, person) in [(&mut *thirds, third), (&mut *fourths, fourth)] {
            is_not_there(&house, tab, person, id).await;
        }
        talk(&own, [thirds, fourths]).await;
        for tab in two.iter_mut().chain(&mut others) {
            tab.hears_nothing().await;
        }
    }
}
