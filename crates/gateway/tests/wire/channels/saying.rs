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
