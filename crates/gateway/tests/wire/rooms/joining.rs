//! Who may listen, when it begins, and how it ends.

use std::time::Duration;

use chat::conversations::Conversations;
use chat::listening::ListeningConfig;
use gateway::Limits;
use serde_json::{Value, json};

use super::hall::{Hall, wall};

#[tokio::test]
async fn a_join_is_answered_and_the_others_hear_of_it() {
    let hall = Hall::open().await;
    let ann = hall.person("Ann").await;
    let mut ann_ear = hall.socket(&ann).await;
    let room = hall.room(&ann).await;
    let (bob, mut bob_ear) = hall.newcomer("Bob").await;

    let alone = json!([{ "userId": ann.profile.id.as_str(), "userName": "Ann", "socketId": ann_ear.client.id }]);
    let answer = ann_ear.join(&room).await;
    assert_eq!(answer["activeUsers"], alone);
    assert_eq!(answer["room"]["_id"], room.as_str());
    assert_eq!(answer["room"]["activeCount"], 1);

    let answer = bob_ear.succeed("join_room", &json!(room.as_str())).await;
    assert_eq!(answer["room"]["isMember"], true);
    assert_eq!(answer["room"]["memberCount"], 2);
    assert_eq!(answer["activeUsers"][1]["socketId"], bob_ear.client.id);
    let notice = json!({ "roomId": room.as_str(), "userId": bob.as_str(), "userName": "Bob", "activeCount": 2 });
    assert_eq!(ann_ear.hears("user_joined").await, notice);

    // Again: answered, and said to nobody.
    assert_eq!(bob_ear.join(&room).await["room"]["activeCount"], 2);
    assert_eq!(bob_ear.so_far().await, []);
    let mut left = notice;
    left["activeCount"] = json!(1);
    bob_ear.succeed("leave_room", &json!({ "roomId": room.as_str() })).await;
    assert_eq!(ann_ear.hears("user_left").await, left);
    ann_ear.say(&room, "are you there?").await;
    assert_eq!(bob_ear.so_far().await, []);
    let answer = ann_ear.succeed("get_active_users", &json!({ "roomId": room.as_str() })).await;
    assert_eq!((&answer["activeUsers"], &answer["activeCount"]), (&alone, &json!(1)));
    ann_ear.hears("receive_message").await;
    assert_eq!(ann_ear.hears("active_users").await["users"], alone);
}

#[tokio::test]
async fn what_is_no_room_is_not_found_and_what_the_store_cannot_say_is_unavailable() {
    let hall = Hall::open().await;
    let ann = hall.person("Ann").await;
    let room = hall.room(&ann).await;
    let mut ear = hall.socket(&ann).await;
    for id in ["room_x", "channel_x", "conv_1_2", "pair_x", "x", "7"] {
        for (event, args) in [
            ("join_room", json!({ "roomId": id })),
            ("get_active_users", json!({ "roomId": id })),
            ("mark_read", json!({ "roomId": id })),
            ("send_message", json!({ "roomId": id, "content": "hi" })),
        ] {
            // What is for a stranger's room goes to pairing, which knows no such room either.
            let expected = if (event, id) == ("send_message", "pair_x") {
                "invalid_payload"
            } else {
                "not_found"
            };
            assert_eq!(ear.refusal(event, &args).await, expected, "{event} {id}");
        }
    }
    for (event, args) in [
        ("join_room", json!({})),
        ("join_room", json!({ "roomId": true })),
        ("mark_read", json!({ "roomId": room.as_str(), "channelId": room.as_str() })),
        ("mark_read", json!({ "roomId": room.as_str(), "seq": -1 })),
        ("send_message", json!({ "roomId": room.as_str() })),
        ("send_message", json!({ "roomId": room.as_str(), "content": " " })),
    ] {
        assert_eq!(ear.refusal(event, &args).await, "invalid_payload", "{event} {args}");
    }
    for (event, mut args) in [
        ("join_room", json!({})),
        ("leave_room", json!({})),
        ("get_active_users", json!({})),
        ("mark_read", json!({})),
        ("send_message", json!({ "content": "hi" })),
        ("sync", json!({ "cursors": {} })),
    ] {
        args["roomId"] = json!(room.as_str());
        args["userId"] = json!("another");
        assert_eq!(ear.refusal(event, &args).await, "forbidden", "{event}");
    }
    hall.store.set_away(true);
    for event in ["join_room", "get_active_users", "mark_read"] {
        let answer = ear.call(event, &json!({ "roomId": room.as_str() })).await;
        assert_eq!(answer["error"]["code"], "unavailable", "{event}");
        assert_eq!(answer["error"]["retryable"], true, "{event}");
    }
    hall.store.set_away(false);
    ear.join(&room).await;
}

#[tokio::test]
async fn a_socket_listens_to_so_many_and_no_more() {
    let listening = ListeningConfig { max_per_socket: 2, ..ListeningConfig::default() };
    let hall = Hall::with(listening, Limits::disabled()).await;
    let ann = hall.person("Ann").await;
    let mut ear = hall.socket(&ann).await;
    let rooms = [hall.room(&ann).await, hall.room(&ann).await, hall.room(&ann).await];
    ear.join(&rooms[0]).await;
    ear.join(&rooms[1]).await;
    let third = json!({ "roomId": rooms[2].as_str() });
    assert_eq!(ear.refusal("join_room", &third).await, "too_large");
    let bob = hall.person("Bob").await;
    let others = hall.room(&bob).await;
    let fourth = json!({ "roomId": others.as_str() });
    assert_eq!(ear.refusal("join_room", &fourth).await, "too_large");
    let member = hall.store.member(others, ann.profile.id.clone()).await;
    assert_eq!(member, Ok(None), "one join too many made a member");
    let cursors = json!({ "cursors": { rooms[0].as_str(): 0, rooms[2].as_str(): 0 } });
    let answer = ear.succeed("sync", &cursors).await;
    let codes: Vec<&Value> = answer["conversations"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|conversation| &conversation["error"]["code"])
        .collect();
    assert_eq!(codes.iter().filter(|code| ***code == "too_large").count(), 1, "{codes:?}");
    ear.succeed("leave_room", &json!(rooms[0].as_str())).await;
    ear.join(&rooms[2]).await;
}

#[tokio::test]
async fn whoever_goes_while_joining_leaves_nothing_behind() {
    let listening = ListeningConfig { grace: Duration::ZERO, ..ListeningConfig::default() };
    let hall = Hall::with(listening, Limits::disabled()).await;
    let ann = hall.person("Ann").await;
    let rooms = [hall.room(&ann).await, hall.room(&ann).await];
    hall.store.set_lazy(3);
    for round in 0..60 {
        let mut ear = hall.socket(&ann).await;
        let join = json!({ "roomId": rooms[round % 2].as_str() }).to_string();
        let sync = json!({ "cursors": { rooms[0].as_str(): 0, rooms[1].as_str(): 0 } }).to_string();
        ear.client.ask("join_room", &join).await;
        if round % 3 == 0 {
            ear.client.ask("sync", &sync).await;
        }
        // The first third go at once, and the others later and later.
        if round >= 20 {
            hall.chat().active_count(&rooms[0]);
            for _ in 0..round {
                tokio::task::yield_now().await;
            }
        }
        drop(ear);
    }
    hall.is_empty().await;
}

#[tokio::test]
async fn a_join_whose_socket_was_ended_meanwhile_joins_nothing() {
    for sync in [false, true] {
        let hall = Hall::open().await;
        let ann = hall.person("Ann").await;
        let room = hall.room(&ann).await;
        let mut ear = hall.socket(&ann).await;
        let gate = hall.store.hold_view();
        if sync {
            let args = json!({ "cursors": { room.as_str(): 0 } }).to_string();
            ear.client.ask("sync", &args).await;
        } else {
            ear.client.ask("join_room", &json!(room.as_str()).to_string()).await;
        }
        gate.decided().await;
        hall.revoke(&ann).await;
        hall.server.metric_becomes("parlour_sockets 0").await;
        gate.open();
        hall.server.metric_becomes("parlour_waits 0").await;
        assert_eq!(hall.chat().active_count(&room), 0);
        hall.is_empty().await;
    }
}

#[tokio::test]
async fn a_join_that_is_held_up_while_its_account_leaves_asks_again() {
    let hall = Hall::open().await;
    let ann = hall.person("Ann").await;
    let bob = hall.person("Bob").await;
    let room = hall.room(&ann).await;
    let mut ann_ear = hall.socket(&ann).await;
    ann_ear.join(&room).await;
    let mut bob_ear = hall.socket(&bob).await;
    bob_ear.join(&room).await;
    bob_ear.succeed("leave_room", &json!(room.as_str())).await;

    // The store has seen a member, and before it says so the membership ends.
    let gate = hall.store.hold_view();
    let ack = bob_ear.client.ask("join_room", &json!(room.as_str()).to_string()).await;
    gate.decided().await;
    let id = bob.profile.id.clone();
    assert_eq!(hall.store.leave(room.clone(), id.clone(), wall()).await, Ok(true));
    hall.chat().expel(&id, &room);
    gate.open();
    let answer = bob_ear.answer(ack).await;
    assert_eq!(answer["room"]["isMember"], true, "it became a member once more: {answer}");
    let member = hall.store.member(room.clone(), id.clone()).await;
    assert!(member.expect("an answer").is_some());

    // And whoever listens when it ends, listens no more.
    hall.chat().expel(&id, &room);
    ann_ear.say(&room, "gone?").await;
    assert_eq!(bob_ear.so_far().await, []);
    let heard: Vec<_> = ann_ear.so_far().await.into_iter().map(|(name, _)| name).collect();
    let expected = ["user_joined", "user_left", "user_joined", "user_left", "receive_message"];
    assert_eq!(heard, expected);
}

#[tokio::test]
async fn what_was_said_before_a_join_heard_anything_was_in_no_answer() {
    let hall = Hall::open().await;
    let (ann, bob) = (hall.person("Ann").await, hall.person("Bob").await);
    let room = hall.room(&ann).await;
    let entered = hall.store.enter(room.clone(), bob.profile.id.clone(), wall()).await;
    assert!(entered.expect("an answer").is_some());
    let mut ann_ear = hall.socket(&ann).await;
    ann_ear.join(&room).await;
    // However often the store is looked at, three times at the most, something is said before it answers.
    for looks in 1..=3 {
        let mut ear = hall.socket(&bob).await;
        let mut gate = hall.store.hold_view();
        let ack = ear.client.ask("join_room", &json!(room.as_str()).to_string()).await;
        let mut said = 0;
        for _ in 0..looks {
            gate.decided().await;
            said = ann_ear.say(&room, "again").await["seq"].as_u64().expect("a place");
            let next = hall.store.hold_view();
            std::mem::replace(&mut gate, next).open();
        }
        gate.open();
        let answer = ear.answer(ack).await;
        assert_eq!(answer["room"]["lastMessage"]["seq"], said, "{looks} looks");
        assert_eq!(answer["room"]["unreadCount"], said, "{looks} looks");
        let heard = ann_ear.say(&room, "now you hear it").await;
        assert_eq!(ear.hears("receive_message").await, heard);
        assert_eq!(heard["seq"], said + 1);
    }
}

#[tokio::test]
async fn whoever_was_no_member_and_left_held_up_the_joins_of_all() {
    for event in ["join_room", "sync"] {
        let hall = Hall::open().await;
        let ann = hall.person("Ann").await;
        let eve = hall.person("Eve").await.profile.id.clone();
        let room = hall.room(&ann).await;
        let mut ear = hall.socket(&ann).await;
        let gate = hall.store.hold_view();
        let args = json!({ "roomId": room.as_str(), "cursors": { room.as_str(): 0 } });
        let ack = ear.client.ask(event, &args.to_string()).await;
        gate.decided().await;
        hall.chat().expel(&eve, &room);
        // A second question to the store would not be answered.
        let _held = hall.store.hold_view();
        gate.open();
        assert_eq!(ear.answer(ack).await["success"], true, "{event}");
    }
}
