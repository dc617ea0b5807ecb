//! Dialects meet: whoever sends, in whichever dialect, is heard in all that are listened in.

use chat::conversations::Visibility;
use chat::listening::ListeningConfig;
use gateway::Limits;
use serde_json::json;

use crate::rooms::hall::Hall;

#[tokio::test]
async fn a_room_is_heard_in_the_dialects_that_were_joined_whichever_is_sent_in() {
    let hall = Hall::open().await;
    let ann = hall.person("Ann").await;
    let room = hall.room(&ann).await;
    let place = json!({ "roomId": room.as_str() });
    let mut ears = Vec::new();
    for (name, join) in [("Rooms", "join_room"), ("One", "joinRoom"), ("Two", "joinChannel")] {
        let (_, mut ear) = hall.newcomer(name).await;
        ear.succeed(join, &place).await;
        ears.push(ear);
    }
    let mut all = hall.socket(&ann).await;
    for join in ["join_room", "joinRoom", "joinChannel"] {
        all.succeed(join, &place).await;
    }
    // Everybody heard of those who came later, in the names of their dialect.
    for (ear, others) in ears.iter_mut().zip([3, 2, 1]) {
        for _ in 0..others {
            let came = ear.hears("user_joined").await;
            assert!(came["activeCount"].is_u64() && came["userName"].is_string(), "{came}");
        }
    }
    let (_, mut sender) = hall.newcomer("Sender").await;
    let message = sender.say(&room, "in rooms").await;
    assert_eq!(ears[0].hears("receive_message").await, message);
    for (ear, received, confirmed, place) in [
        (1, "roomMessageRecieved", "roomMessageConfirmed", "roomId"),
        (2, "NEW_MESSAGE_RECEIVED", "channelMessageConfirmed", "channelId"),
    ] {
        let shown = ears[ear].hears(received).await;
        assert_eq!((&shown["isOptimistic"], &shown["_id"]), (&json!(false), &message["_id"]));
        assert_eq!((&shown["body"], &shown["seq"]), (&json!("in rooms"), &json!(1)));
        assert_eq!(shown[place], room.as_str());
        assert_eq!(shown["sender"]["username"], "Sender");
        let confirmed = ears[ear].hears(confirmed).await;
        assert_eq!((&confirmed["tempId"], &confirmed["_id"]), (&message["_id"], &message["_id"]));
    }
    let names: Vec<_> = all.so_far().await.into_iter().map(|(name, _)| name).collect();
    let expected = [
        "receive_message",
        "roomMessageRecieved",
        "roomMessageConfirmed",
        "NEW_MESSAGE_RECEIVED",
        "channelMessageConfirmed",
    ];
    assert_eq!(names, expected, "once in each form");
    // The other way: rooms hear it when it is stored.
    let line = json!({ "roomId": room.as_str(), "body": "in channels", "tempId": "t" });
    ears[2].succeed("NEW_MESSAGE", &line).await;
    ears[2].hears("channelMessageSent").await;
    let confirmed = ears[2].hears("channelMessageConfirmed").await;
    let heard = ears[0].hears("receive_message").await;
    assert_eq!((&heard["_id"], &heard["seq"]), (&confirmed["_id"], &json!(2)));
    assert_eq!((&heard["content"], &heard["clientId"]), (&json!("in channels"), &json!("t")));
    assert_eq!(ears[1].hears("roomMessageRecieved").await["isOptimistic"], true);
    assert_eq!(ears[1].hears("roomMessageConfirmed").await["_id"], confirmed["_id"]);
    // And a room that was entered so has its member.
    ears[1].succeed("mark_read", &place).await;
}

#[tokio::test]
async fn a_direct_conversation_is_joined_and_written_in_through_channels_by_the_two() {
    let hall = Hall::open().await;
    let (ann, bob) = (hall.person("Ann").await, hall.person("Bob").await);
    let (mut ear, mut other) = (hall.socket(&ann).await, hall.socket(&bob).await);
    let (_, mut stranger) = hall.newcomer("Eve").await;
    let place = json!({ "roomId": "conv_1_2" });
    assert_eq!(stranger.refusal("joinRoom", &place).await, "not_found");
    assert_eq!(stranger.refusal("joinRoom", &json!("conv_3_3")).await, "invalid_payload");
    ear.succeed("joinRoom", &place).await;
    other.succeed("join_conversation", &json!("conv_1_2")).await;
    assert_eq!(ear.hears("user_joined").await["userName"], "Bob");
    let line = json!({ "roomId": "conv_1_2", "body": "psst", "tempId": "t" });
    ear.succeed("roomMessage", &line).await;
    ear.hears("roomMessageSent").await;
    let confirmed = ear.hears("roomMessageConfirmed").await;
    let heard = other.hears("new_message").await;
    assert_eq!(heard["message"]["message_id"], confirmed["_id"]);
    let line = json!({ "conversationId": "conv_1_2", "messageText": "yes?" });
    other.succeed("send_message", &line).await;
    let shown = ear.hears("roomMessageRecieved").await;
    assert_eq!((&shown["body"], &shown["isOptimistic"]), (&json!("yes?"), &json!(false)));
    assert_eq!(ear.hears("roomMessageConfirmed").await["seq"], 2);
    assert_eq!((ear.so_far().await, other.so_far().await), (vec![], vec![]));
    // A block of one's own conversation with somebody does not touch another.
    assert_eq!(stranger.succeed("joinRoom", &json!("conv_1_3")).await["success"], true);
}

#[tokio::test]
async fn a_sync_in_the_form_of_channels_brings_what_was_missed_and_listens() {
    let hall = Hall::open().await;
    let ann = hall.person("Ann").await;
    let channel = hall.channel(&ann, Visibility::Private).await;
    let mut ear = hall.socket(&ann).await;
    ear.succeed("joinChannel", &json!(channel.as_str())).await;
    for body in ["one", "two", "three"] {
        let line = json!({ "channelId": channel.as_str(), "body": body, "tempId": body });
        ear.succeed("NEW_MESSAGE", &line).await;
    }
    ear.so_far().await;
    let mut back = hall.socket(&ann).await;
    let sync = json!({ "cursors": { channel.as_str(): 1 } });
    let answer = back.succeed("sync", &sync).await;
    let messages = answer["conversations"][0]["messages"].as_array().expect("messages").clone();
    let bodies: Vec<_> = messages.iter().map(|message| message["body"].clone()).collect();
    assert_eq!(bodies, ["two", "three"]);
    assert_eq!((&messages[0]["tempId"], &messages[0]["seq"]), (&json!("two"), &json!(2)));
    assert_eq!(
        (&messages[0]["isOptimistic"], &messages[0]["roomId"]),
        (&json!(false), &json!(null))
    );
    let line = json!({ "channelId": channel.as_str(), "body": "four", "tempId": "four" });
    ear.succeed("NEW_MESSAGE", &line).await;
    let shown = back.hears("NEW_MESSAGE_RECEIVED").await;
    assert_eq!((&shown["body"], &shown["clientId"]), (&json!("four"), &json!("four")));
    assert_eq!(back.hears("channelMessageConfirmed").await["seq"], 4);
    // A room in that form; who has joined by `joinRoom` goes on so.
    let room = hall.room(&ann).await;
    back.succeed("joinRoom", &json!(room.as_str())).await;
    let forms = json!({ room.as_str(): "channels" });
    let sync = json!({ "cursors": { room.as_str(): 0 }, "forms": forms });
    back.succeed("sync", &sync).await;
    ear.say(&room, "hello").await;
    assert_eq!(back.hears("roomMessageRecieved").await["body"], "hello");
    assert_eq!(back.hears("roomMessageConfirmed").await["seq"], 1);
    assert_eq!(back.so_far().await, []);
    let forms = json!({ channel.as_str(): "rooms" });
    let sync = json!({ "cursors": { channel.as_str(): 0 }, "forms": forms });
    let answer = back.succeed("sync", &sync).await;
    assert_eq!(answer["conversations"][0]["error"]["code"], "invalid_payload");
}

#[tokio::test]
async fn in_a_large_channel_lists_are_cut_and_comings_folded() {
    let listening = ListeningConfig { large: 3, ..ListeningConfig::default() };
    let hall = Hall::with(listening, Limits::disabled()).await;
    let ann = hall.person("Ann").await;
    let channel = hall.channel(&ann, Visibility::Public).await;
    let (mut one, mut two) = (hall.socket(&ann).await, hall.socket(&ann).await);
    one.succeed("joinRoom", &json!(channel.as_str())).await;
    two.succeed("joinChannel", &json!(channel.as_str())).await;
    let mut others = Vec::new();
    for nth in 0..3 {
        let (_, mut ear) = hall.newcomer(&format!("Guest {nth}")).await;
        let joined = ear.succeed("joinChannel", &json!(channel.as_str())).await;
        let shown = joined["connectedUsers"].as_array().expect("a list").len();
        assert_eq!((shown, &joined["activeCount"]), ((nth + 2).min(3), &json!(nth + 2)));
        others.push(ear);
    }
    for ear in [&mut one, &mut two] {
        ear.hears("user_joined").await;
        let count = ear.hears("active_count").await;
        assert_eq!(count["roomId"], channel.as_str());
        let expected = json!(4);
        if count["activeCount"] != expected {
            assert_eq!(ear.hears("active_count").await["activeCount"], expected);
        }
    }
}
