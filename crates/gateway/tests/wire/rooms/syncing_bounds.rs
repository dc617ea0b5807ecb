//! `sync`: what bounds it, and what becomes of what it could not read.

use std::collections::HashSet;
use std::time::Duration;

use chat::conversations::ConversationId;
use chat::limits::Rate;
use gateway::{ConversationsConfig, Limits, WaitsConfig};
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use super::hall::Hall;

/// How long one is watched to see that it does not read.
const A_WHILE: Duration = Duration::from_millis(200);

/// A sync that waits for the store takes so long.
const SHORT: Duration = Duration::from_secs(1);

async fn short(syncs: usize) -> Hall {
    let waits = WaitsConfig { join: SHORT, syncs };
    let conversations = ConversationsConfig { waits, ..ConversationsConfig::default() };
    Hall::with_conversations(conversations, Limits::disabled()).await
}

fn cursors(rooms: &[ConversationId]) -> Value {
    let each: Map<_, _> = rooms.iter().map(|id| (id.to_string(), json!(1))).collect();
    json!({ "cursors": each })
}

fn brief(one: &Value) -> (&str, usize, bool, u64) {
    let messages = one["messages"].as_array().expect("a list").len();
    let has_more = one["hasMore"].as_bool().expect("yes or no");
    let last = one["lastSeq"].as_u64().expect("a place");
    (one["conversationId"].as_str().expect("an id"), messages, has_more, last)
}

#[tokio::test]
async fn a_sync_was_all_or_nothing_when_its_time_ran_out() {
    let hall = short(4).await;
    let ann = hall.person("Ann").await;
    let mut rooms = [hall.room(&ann).await, hall.room(&ann).await, hall.room(&ann).await];
    // They are read in this order.
    rooms.sort_by_key(ToString::to_string);
    let [first, second, third] = &rooms;
    let mut speaker = hall.socket(&ann).await;
    for room in &rooms {
        speaker.say(room, "one").await;
        speaker.say(room, "two").await;
    }
    let mut ear = hall.socket(&ann).await;
    let of_first = hall.store.hold_view();
    let ack = ear.client.ask("sync", &cursors(&rooms).to_string()).await;
    of_first.decided().await;
    let of_second = hall.store.hold_view();
    of_first.open();
    of_second.decided().await;
    let answer = ear.answer(ack).await;
    assert_eq!(answer["success"], true, "{answer}");
    let told: Vec<_> = answer["conversations"].as_array().expect("a list").iter().collect();
    assert_eq!(brief(told[0]), (first.as_str(), 1, false, 2));
    assert_eq!(brief(told[1]), (second.as_str(), 0, true, 1));
    assert_eq!(brief(told[2]), (third.as_str(), 0, true, 1));
    assert_eq!((&answer["added"], &answer["addedMore"]), (&json!([]), &json!(true)));
    assert_eq!(answer["removed"], json!([]));
    // It listens to what was read to its end, and to nothing else.
    for room in [second, first] {
        speaker.say(room, "three").await;
    }
    let heard = ear.hears("receive_message").await;
    assert_eq!((&heard["roomId"], &heard["seq"]), (&json!(first.as_str()), &json!(3)));
    // Asked for all of them again, it begins with what it could not read.
    let of_second = hall.store.hold_view();
    let ack = ear.client.ask("sync", &cursors(&rooms).to_string()).await;
    of_second.decided().await;
    let of_third = hall.store.hold_view();
    of_second.open();
    of_third.decided().await;
    let answer = ear.answer(ack).await;
    let told: Vec<_> = answer["conversations"].as_array().expect("a list").iter().collect();
    assert_eq!(brief(told[0]), (second.as_str(), 2, false, 3));
    assert_eq!(brief(told[1]), (third.as_str(), 0, true, 1));
    assert_eq!(brief(told[2]), (first.as_str(), 0, true, 1));
    let answer = ear.succeed("sync", &cursors(&rooms)).await;
    assert!(answer["conversations"].as_array().expect("a list").iter().all(|one| !brief(one).2));
    assert_eq!(answer.get("addedMore"), None);
}

#[tokio::test]
async fn what_was_read_of_a_conversation_when_the_time_ran_out_is_kept() {
    let hall = short(4).await;
    let ann = hall.person("Ann").await;
    let room = hall.room(&ann).await;
    let mut speaker = hall.socket(&ann).await;
    speaker.say(&room, "one").await;
    speaker.say(&room, "two").await;
    hall.room(&ann).await;
    let mut ear = hall.socket(&ann).await;
    let of_room = hall.store.hold_view();
    let args = cursors(std::slice::from_ref(&room));
    let ack = ear.client.ask("sync", &args.to_string()).await;
    of_room.decided().await;
    let of_added = hall.store.hold_view();
    of_room.open();
    of_added.decided().await;
    // Behind what was read.
    speaker.say(&room, "three").await;
    let answer = ear.answer(ack).await;
    assert_eq!(brief(&answer["conversations"][0]), (room.as_str(), 1, true, 2));
    assert_eq!(answer["addedMore"], true);
    let again = json!({ "cursors": { room.as_str(): 2 } });
    let answer = ear.succeed("sync", &again).await;
    assert_eq!(brief(&answer["conversations"][0]), (room.as_str(), 1, false, 3));
}

#[tokio::test]
async fn who_could_read_nothing_in_time_is_told_when_to_come_again() {
    let hall = short(1).await;
    let ann = hall.person("Ann").await;
    let room = hall.room(&ann).await;
    let mut ear = hall.socket(&ann).await;
    let args = cursors(std::slice::from_ref(&room));
    let held = hall.store.hold_view();
    let ack = ear.client.ask("sync", &args.to_string()).await;
    held.decided().await;
    let answer = ear.answer(ack).await;
    let error = &answer["error"];
    assert_eq!((&error["code"], &error["retryable"]), (&json!("unavailable"), &json!(true)));
    assert!(error["retryAfterMs"].as_u64().is_some_and(|wait| wait > 0), "{answer}");
    ear.succeed("sync", &args).await;
}

#[tokio::test]
async fn any_number_of_syncs_read_at_once() {
    let waits = WaitsConfig { syncs: 1, ..WaitsConfig::default() };
    let conversations = ConversationsConfig { waits, ..ConversationsConfig::default() };
    let hall = Hall::with_conversations(conversations, Limits::disabled()).await;
    let ann = hall.person("Ann").await;
    let room = hall.room(&ann).await;
    let (mut one, mut other) = (hall.socket(&ann).await, hall.socket(&ann).await);
    let args = cursors(std::slice::from_ref(&room)).to_string();
    let of_one = hall.store.hold_view();
    let first = one.client.ask("sync", &args).await;
    of_one.decided().await;
    let of_other = hall.store.hold_view();
    let second = other.client.ask("sync", &args).await;
    let early = timeout(A_WHILE, of_other.decided()).await;
    assert!(early.is_err(), "the second has no turn as long as the first one reads");
    of_one.open();
    assert_eq!(one.answer(first).await["success"], true);
    of_other.decided().await;
    of_other.open();
    assert_eq!(other.answer(second).await["success"], true);
}

#[tokio::test]
async fn a_sync_cost_one_event_however_much_it_asked() {
    let synced = Rate::new(1, Duration::from_hours(1)).with_burst(1_000);
    let limits = Limits { synced, ..Limits::default() };
    let hall = Hall::with_conversations(ConversationsConfig::default(), limits).await;
    let (ann, bob) = (hall.person("Ann").await, hall.person("Bob").await);
    let (mut one, mut other) = (hall.socket(&ann).await, hall.socket(&ann).await);
    let unknown: Map<_, _> = (0..200).map(|nth| (format!("room_{nth}"), json!(0))).collect();
    let args = json!({ "cursors": unknown });
    for ear in [&mut one, &mut other] {
        for _ in 0..2 {
            ear.succeed("sync", &args).await;
        }
    }
    let answer = one.call("sync", &args).await;
    let error = &answer["error"];
    assert_eq!((&error["code"], &error["retryable"]), (&json!("rate_limited"), &json!(true)));
    assert!(error["retryAfterMs"].as_u64().is_some_and(|wait| wait > 0), "{answer}");
    assert_eq!(other.refusal("sync", &args).await, "rate_limited", "it is the account's");
    hall.socket(&bob).await.succeed("sync", &args).await;
}

#[tokio::test]
async fn of_more_than_a_hundred_added_a_client_never_heard() {
    let hall = Hall::open().await;
    let ann = hall.person("Ann").await;
    let mut rooms = HashSet::new();
    for _ in 0..250 {
        rooms.insert(hall.room(&ann).await.to_string());
    }
    let named = rooms.iter().next().cloned().expect("a room");
    let mut ear = hall.socket(&ann).await;
    let (mut found, mut pages, mut cursor) = (Vec::new(), Vec::new(), Value::Null);
    loop {
        let args = json!({ "cursors": { named.as_str(): 0 }, "addedCursor": cursor });
        let answer = ear.succeed("sync", &args).await;
        let added = answer["added"].as_array().expect("a list");
        pages.push(added.len());
        found.extend(added.iter().map(|room| room["_id"].as_str().expect("an id").to_owned()));
        if answer.get("addedMore").is_none() {
            assert_eq!(answer.get("addedCursor"), None);
            break;
        }
        cursor = answer["addedCursor"].clone();
    }
    assert_eq!(pages, [100, 100, 49]);
    let all: HashSet<_> = found.iter().chain([&named]).cloned().collect();
    assert_eq!(all, rooms);
    let wrong = json!({ "cursors": {}, "addedCursor": "here" });
    assert_eq!(ear.refusal("sync", &wrong).await, "invalid_payload");
}
