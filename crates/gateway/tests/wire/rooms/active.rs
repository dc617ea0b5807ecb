//! Who counts as active, and who hears of it.

use std::time::Duration;

use chat::conversations::ConversationId;
use chat::identity::Account;
use chat::listening::ListeningConfig;
use gateway::Limits;
use serde_json::{Value, json};

use super::hall::{Ear, Hall};

const LONG: Duration = Duration::from_hours(1);

fn grace(grace: Duration) -> ListeningConfig {
    ListeningConfig { grace, ..ListeningConfig::default() }
}

/// A hall of long graces, Bob, and a room that Ann listens to.
async fn ann_listens() -> (Hall, Account, ConversationId, Ear) {
    let hall = Hall::with(grace(LONG), Limits::disabled()).await;
    let (ann, bob) = (hall.person("Ann").await, hall.person("Bob").await);
    let room = hall.room(&ann).await;
    let mut ann_ear = hall.socket(&ann).await;
    ann_ear.join(&room).await;
    (hall, bob, room, ann_ear)
}

/// Until the server has noticed that all others are lost.
async fn ann_is_alone(hall: &Hall) {
    while hall.chat().listening_stats().sockets > 1 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn several_tabs_are_one_person_until_the_last_one_leaves() {
    let (hall, bob, room, mut ann_ear) = ann_listens().await;
    let (mut first, mut second) = (hall.socket(&bob).await, hall.socket(&bob).await);
    first.join(&room).await;
    let answer = second.join(&room).await;
    assert_eq!(answer["room"]["activeCount"], 2);
    assert_eq!(answer["activeUsers"][1]["socketId"], first.client.id);
    first.succeed("leave_room", &json!(room.as_str())).await;
    let answer = ann_ear.succeed("get_active_users", &json!(room.as_str())).await;
    assert_eq!(answer["activeUsers"][1]["socketId"], second.client.id);
    second.succeed("leave_room", &json!(room.as_str())).await;
    let heard: Vec<_> = ann_ear.so_far().await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(heard, ["user_joined", "active_users", "user_left"]);
}

#[tokio::test]
async fn a_lost_socket_that_comes_back_in_its_grace_is_not_missed() {
    let (hall, bob, room, mut ann_ear) = ann_listens().await;
    for round in 0..3 {
        let mut ear = hall.socket(&bob).await;
        let answer = ear.join(&room).await;
        assert_eq!(answer["room"]["activeCount"], 2, "round {round}");
        drop(ear);
        ann_is_alone(&hall).await;
        assert_eq!(hall.chat().active_count(&room), 2);
    }
    let heard: Vec<_> = ann_ear.so_far().await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(heard, ["user_joined"]);
}

#[tokio::test]
async fn bug_who_was_lost_and_came_back_elsewhere_was_listed_by_an_old_name() {
    let (hall, bob, room, mut ann_ear) = ann_listens().await;
    let mut ear = hall.socket(&bob).await;
    ear.join(&room).await;
    ann_ear.hears("user_joined").await;
    let first = ear.client.id.clone();
    drop(ear);
    ann_is_alone(&hall).await;
    let bob_listed = async |ear: &mut Ear| {
        let answer = ear.succeed("get_active_users", &json!(room.as_str())).await;
        assert_eq!(ear.hears("active_users").await["users"], answer["activeUsers"]);
        let one = &answer["activeUsers"][1];
        (one["userName"].clone(), one["socketId"].clone())
    };
    assert_eq!(bob_listed(&mut ann_ear).await, (json!("Bob"), json!(first)));
    // He is here again under another name, and does not listen to the room yet.
    hall.rename(&bob, "Robert").await;
    let mut ear = hall.socket(&bob).await;
    assert_eq!(bob_listed(&mut ann_ear).await, (json!("Robert"), json!(first)));
    let answer = ear.join(&room).await;
    assert_eq!(answer["activeUsers"][1]["userName"], "Robert");
    assert_eq!(bob_listed(&mut ann_ear).await, (json!("Robert"), json!(ear.client.id)));
}

#[tokio::test]
async fn a_lost_socket_has_left_when_its_grace_is_over_and_by_its_name() {
    let hall = Hall::with(grace(Duration::from_millis(20)), Limits::disabled()).await;
    let ann = hall.person("Ann").await;
    let room = hall.room(&ann).await;
    let mut ann_ear = hall.socket(&ann).await;
    ann_ear.join(&room).await;
    let (_, mut ear) = hall.newcomer("Bob").await;
    ear.join(&room).await;
    ann_ear.hears("user_joined").await;
    drop(ear);
    let left = ann_ear.hears("user_left").await;
    assert_eq!((&left["userName"], &left["activeCount"]), (&json!("Bob"), &json!(1)));
    drop(ann_ear);
    hall.is_empty().await;
}

#[tokio::test]
async fn in_a_large_room_counts_are_told_in_place_of_names() {
    let listening = ListeningConfig {
        large: 3,
        fold: Duration::from_millis(10),
        grace: Duration::ZERO,
        ..ListeningConfig::default()
    };
    let hall = Hall::with(listening, Limits::disabled()).await;
    let ann = hall.person("Ann").await;
    let room = hall.room(&ann).await;
    let mut ann_ear = hall.socket(&ann).await;
    ann_ear.join(&room).await;
    let mut others = Vec::new();
    for nth in 2..=12 {
        let (_, mut ear) = hall.newcomer(&format!("Number {nth}")).await;
        let answer = ear.join(&room).await;
        assert_eq!(answer["room"]["activeCount"], nth);
        let people = answer["activeUsers"].as_array().expect("a list").len();
        assert_eq!(people, nth.min(3), "the longest-joined");
        others.push(ear);
    }
    let mut names = 0;
    let mut counts = Vec::new();
    while counts.last() != Some(&json!(12)) {
        let (name, payload) = ann_ear.event().await;
        match &*name {
            "user_joined" => names += 1,
            "active_count" => {
                assert_eq!(payload["roomId"], room.as_str());
                counts.push(payload["activeCount"].clone());
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!(names, 2, "as long as there were not more than three");
    assert!(counts.len() <= 9, "{counts:?}");
    // One message reaches all.
    ann_ear.say(&room, "hello, all").await;
    for ear in &mut others {
        assert_eq!(ear.seqs(1).await, [1]);
    }
    // The last ones by name again, unless they go within the same moment.
    drop(others);
    let is_last = |payload: &Value| payload["activeCount"] == 1;
    while !is_last(&ann_ear.event().await.1) {}
}

#[tokio::test]
async fn a_new_name_is_the_name_from_then_on() {
    let hall = Hall::open().await;
    let (ann, bob) = (hall.person("Ann").await, hall.person("Bob").await);
    let room = hall.room(&ann).await;
    let mut ann_ear = hall.socket(&ann).await;
    ann_ear.join(&room).await;
    let mut ear = hall.socket(&bob).await;
    ear.join(&room).await;
    assert_eq!(ann_ear.hears("user_joined").await["userName"], "Bob");
    hall.rename(&bob, "Robert").await;
    loop {
        let answer = ann_ear.succeed("get_active_users", &json!(room.as_str())).await;
        ann_ear.hears("active_users").await;
        if answer["activeUsers"][1]["userName"] == "Robert" {
            break;
        }
    }
    ear.say(&room, "it is me").await;
    assert_eq!(ann_ear.hears("receive_message").await["senderName"], "Robert");
    ear.succeed("leave_room", &json!(room.as_str())).await;
    assert_eq!(ann_ear.hears("user_left").await["userName"], "Robert");
}
