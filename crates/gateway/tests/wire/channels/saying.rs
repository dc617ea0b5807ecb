//! The two families of events, and what is heard in them.

use chat::conversations::Visibility;
use serde_json::json;

use crate::rooms::hall::Hall;

#[tokio::test]
async fn a_message_is_shown_before_it_is_stored_and_confirmed_afterwards() {
    let hall = Hall::open().await;
    let (ann, bob) = (hall.person("Ann").await, hall.person("Bob").await);
    let channel = hall.channel(&ann, Visibility::Public).await;
    let (mut ears, mut others) = (hall.socket(&ann).await, hall.socket(&bob).await);
    let place = json!({ "channelId": channel.as_str() });
    let joined = ears.succeed("joinChannel", &place).await;
    assert_eq!(joined["connectedUsers"][0]["userId"], ann.profile.id.as_str());
    assert_eq!(joined["connectedUsers"][0]["socketId"], ears.client.id);
    assert_eq!(joined["connectedUsers"][0]["user"]["username"], "Ann");
    let joined = others.succeed("joinRoom", &json!({ "roomId": channel.as_str() })).await;
    assert_eq!(joined["connectedUsers"].as_array().expect("a list").len(), 2);
    assert_eq!(joined["connectedUsers"][1]["socketId"], others.client.id);
    let came = ears.hears("user_joined").await;
    assert_eq!((&came["channelId"], &came["userId"]), (&json!(channel.as_str()), &json!("2")));
    assert_eq!((&came["socketId"], &came["roomId"]), (&json!(others.client.id), &json!(null)));

    let gate = hall.store.hold_append();
    let line = json!({ "channelId": channel.as_str(), "body": "hello", "tempId": "t1" });
    let answer = ears.succeed("NEW_MESSAGE", &line).await;
    assert_eq!(answer, json!({ "success": true, "tempId": "t1" }));
    let sent = ears.hears("channelMessageSent").await;
    let heard = others.hears("roomMessageRecieved").await;
    gate.decided().await;
    let id = heard["tempId"].as_str().expect("an id").to_owned();
    for (shown, temp_id, place) in [(&sent, "t1", "channelId"), (&heard, &*id, "roomId")] {
        assert_eq!(shown["_id"], format!("temp_{id}"));
        assert_eq!(shown["tempId"], temp_id);
        assert_eq!((&shown["isOptimistic"], &shown["body"]), (&json!(true), &json!("hello")));
        assert_eq!(shown[place], channel.as_str());
        assert_eq!(shown["sender"]["username"], "Ann");
        assert_eq!(shown["clientId"], "t1");
    }
    assert_eq!((&sent["roomId"], &heard["channelId"]), (&json!(null), &json!(null)));
    gate.open();

    let confirmed = ears.hears("channelMessageConfirmed").await;
    let expected = json!({
        "tempId": "t1", "_id": id, "channelId": channel.as_str(), "seq": 1,
        "senderId": ann.profile.id.as_str(), "createdAt": sent["createdAt"],
    });
    assert_eq!(confirmed, expected);
    let confirmed = others.hears("roomMessageConfirmed").await;
    assert_eq!((&confirmed["tempId"], &confirmed["_id"]), (&json!(id), &json!(id)));
    assert_eq!((&confirmed["seq"], &confirmed["roomId"]), (&json!(1), &json!(channel.as_str())));
    assert_eq!((ears.so_far().await, others.so_far().await), (vec![], vec![]));
}

#[tokio::test]
async fn a_socket_in_both_families_is_shown_each_message_once_in_each() {
    let hall = Hall::open().await;
    let (ann, bob) = (hall.person("Ann").await, hall.person("Bob").await);
    let channel = hall.channel(&ann, Visibility::Public).await;
    let (mut ear, mut other) = (hall.socket(&ann).await, hall.socket(&bob).await);
    let place = json!({ "channelId": channel.as_str() });
    for ear in [&mut ear, &mut other] {
        ear.succeed("joinChannel", &place).await;
        ear.succeed("joinRoom", &place).await;
    }
    let line = json!({ "roomId": channel.as_str(), "body": "twice", "tempId": 7 });
    assert_eq!(ear.succeed("roomMessage", &line).await["tempId"], "7");
    // Each form shows it, and each is told of its end; to the sender under its own name.
    assert_eq!(ear.hears_said("roomMessageSent").await["tempId"], "7");
    assert_eq!(ear.hears_said("NEW_MESSAGE_RECEIVED").await["tempId"], "7");
    assert_eq!(ear.hears_said("roomMessageConfirmed").await["tempId"], "7");
    let confirmed = ear.hears_said("channelMessageConfirmed").await;
    assert_eq!((&confirmed["tempId"], &confirmed["seq"]), (&json!("7"), &json!(1)));
    let id = confirmed["_id"].clone();
    for name in ["roomMessageRecieved", "NEW_MESSAGE_RECEIVED"] {
        assert_eq!(other.hears_said(name).await["tempId"], id);
    }
    for name in ["roomMessageConfirmed", "channelMessageConfirmed"] {
        assert_eq!(other.hears_said(name).await["tempId"], id);
    }
    // Leaving one family ends that one only.
    other.succeed("leaveRoom", &place).await;
    ear.succeed("NEW_MESSAGE", &json!({ "channelId": channel.as_str(), "body": "once" })).await;
    other.hears_said("NEW_MESSAGE_RECEIVED").await;
    other.hears_said("channelMessageConfirmed").await;
    assert_eq!(other.so_far().await, []);
    // Who comes and goes is said in each, too.
    let names: Vec<_> = ear.so_far().await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "channelMessageSent",
            "roomMessageRecieved",
            "roomMessageConfirmed",
            "channelMessageConfirmed"
        ]
    );
}

#[tokio::test]
async fn whoever_does_not_listen_is_not_in_room_and_bad_arguments_are_said() {
    let hall = Hall::open().await;
    let (ann, bob) = (hall.person("Ann").await, hall.person("Bob").await);
    let channel = hall.channel(&ann, Visibility::Private).await;
    let (mut ear, mut stranger) = (hall.socket(&ann).await, hall.socket(&bob).await);
    let id = channel.as_str();
    assert_eq!(stranger.refusal("joinRoom", &json!(id)).await, "not_found");
    assert_eq!(stranger.refusal("joinChannel", &json!("channel_x")).await, "not_found");
    let line = json!({ "channelId": id, "body": "x" });
    assert_eq!(stranger.refusal("NEW_MESSAGE", &line).await, "not_in_room");
    assert_eq!(ear.refusal("NEW_MESSAGE", &line).await, "not_in_room");
    ear.succeed("joinChannel", &json!(id)).await;
    for (line, code) in [
        (json!({ "channelId": id }), "invalid_payload"),
        (json!({ "body": "x" }), "invalid_payload"),
        (json!({ "channelId": id, "body": "" }), "invalid_payload"),
        (json!({ "channelId": id, "body": " " }), "invalid_payload"),
        (json!({ "channelId": id, "body": 5 }), "invalid_payload"),
        (json!({ "channelId": id, "body": "x".repeat(4_001) }), "too_large"),
        (json!({ "channelId": id, "body": "x", "tempId": "k".repeat(65) }), "invalid_payload"),
        (json!({ "channelId": id, "body": "x", "tempId": {} }), "invalid_payload"),
        (
            json!({ "channelId": id, "body": "x", "tempId": "a", "clientId": "b" }),
            "invalid_payload",
        ),
        (json!({ "channelId": id, "roomId": "other", "body": "x" }), "invalid_payload"),
        (json!({ "channelId": id, "body": "x", "userId": "99" }), "forbidden"),
        (json!({ "channelId": "channel_x", "body": "x" }), "not_in_room"),
        (json!("x"), "invalid_payload"),
    ] {
        assert_eq!(ear.refusal("NEW_MESSAGE", &line).await, code, "{line}");
    }
    assert_eq!(ear.so_far().await, []);
    // Without a callback the failure is an event.
    ear.client.emit("roomMessage", r#"{"channelId":"channel_x","tempId":"t","body":"x"}"#).await;
    let error = ear.hears("chat_error").await;
    assert_eq!(error["error"]["code"], "not_in_room");
    assert_eq!((&error["event"], &error["tempId"]), (&json!("roomMessage"), &json!("t")));
    assert_eq!((&error["clientId"], &error["channelId"]), (&json!("t"), &json!("channel_x")));
    // `null` is absent, both names of a place and of a key may be given, the length is that of the text.
    let long = json!({
        "channelId": id, "roomId": id, "tempId": null, "clientId": "k", "body": "é".repeat(4_000),
        "userId": ann.profile.id.as_str(), "senderName": "Mallory", "createdAt": 5,
    });
    assert_eq!(ear.succeed("roomMessage", &long).await["tempId"], "k");
    let sent = ear.hears("roomMessageSent").await;
    assert_eq!(sent["sender"]["username"], "Ann");
    // The join chose the family of what follows.
    ear.hears("channelMessageConfirmed").await;
    // Without a key the server makes one, by which it may be sent again.
    let line = json!({ "channelId": id, "body": "mine" });
    let temp_id = ear.succeed("NEW_MESSAGE", &line).await["tempId"].clone();
    let sent = ear.hears("channelMessageSent").await;
    assert_eq!(sent["tempId"], temp_id);
    let confirmed = ear.hears("channelMessageConfirmed").await;
    assert_eq!((&confirmed["tempId"], &confirmed["_id"]), (&temp_id, &temp_id));
    let again = json!({ "channelId": id, "body": "mine", "tempId": temp_id });
    ear.succeed("NEW_MESSAGE", &again).await;
    ear.hears("channelMessageSent").await;
    assert_eq!(ear.hears("channelMessageConfirmed").await, confirmed);
    // Leaving is a success for everybody, whatever there is.
    for id in [id, "channel_x", "room_x"] {
        stranger.succeed("leaveChannel", &json!(id)).await;
        stranger.succeed("leaveRoom", &json!({ "roomId": id })).await;
    }
}

#[tokio::test]
async fn what_is_asked_of_the_store_comes_after_the_message_is_shown() {
    let hall = Hall::open().await;
    let ann = hall.person("Ann").await;
    let channel = hall.channel(&ann, Visibility::Public).await;
    let mut ear = hall.socket(&ann).await;
    ear.succeed("joinChannel", &json!(channel.as_str())).await;
    let gate = hall.store.hold_append();
    let say = |body: &str| json!({ "channelId": channel.as_str(), "body": body, "tempId": body });
    ear.succeed("NEW_MESSAGE", &say("first")).await;
    gate.decided().await;
    hall.store.take_asked();
    // More than a socket may wait for: none of them waits, and the store is asked for none.
    for number in 0..100 {
        ear.succeed("NEW_MESSAGE", &say(&number.to_string())).await;
    }
    assert_eq!(hall.store.take_asked(), Vec::<&str>::new());
    ear.hears("channelMessageSent").await;
    for number in 0..100 {
        assert_eq!(ear.hears("channelMessageSent").await["body"], number.to_string());
    }
    gate.open();
    for seq in 1..=101 {
        assert_eq!(ear.hears("channelMessageConfirmed").await["seq"], seq);
    }
    assert_eq!(ear.so_far().await, []);
}
