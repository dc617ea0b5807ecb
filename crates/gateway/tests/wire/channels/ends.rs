//! What becomes of a message that was shown.

use std::time::Duration;

use chat::conversations::{ConversationId, Conversations, Visibility};
use chat::ids::{ClientId, MessageId};
use chat::messages::{Echo, MessageType, Messages, NewMessage};
use chat::sequencer::SequencerConfig;
use chat::text::Text;
use gateway::{ConversationsConfig, Limits, SequencingConfig};
use serde_json::{Value, json};

use crate::rooms::hall::{Ear, Hall, wall};

/// A channel, its owner's socket and another's, both in it.
async fn two(hall: &Hall, visibility: Visibility) -> (ConversationId, Ear, Ear) {
    let (ann, bob) = (hall.person("Ann").await, hall.person("Bob").await);
    let channel = hall.channel(&ann, visibility).await;
    let (mut ear, mut other) = (hall.socket(&ann).await, hall.socket(&bob).await);
    ear.succeed("joinChannel", &json!(channel.as_str())).await;
    if visibility == Visibility::Public {
        other.succeed("joinRoom", &json!(channel.as_str())).await;
        ear.hears("user_joined").await;
    }
    (channel, ear, other)
}

fn line(channel: &ConversationId, body: &str, temp_id: &str) -> Value {
    json!({ "channelId": channel.as_str(), "body": body, "tempId": temp_id })
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_until_it_is_known() {
    for is_stored in [true, false] {
        let hall = Hall::open().await;
        let (channel, mut ear, mut other) = two(&hall, Visibility::Public).await;
        hall.store.lose_append(is_stored);
        ear.succeed("NEW_MESSAGE", &line(&channel, "lost?", "t")).await;
        ear.hears("channelMessageSent").await;
        other.hears("roomMessageRecieved").await;
        let confirmed = ear.hears("channelMessageConfirmed").await;
        assert_eq!((&confirmed["tempId"], &confirmed["seq"]), (&json!("t"), &json!(1)));
        assert_eq!(other.hears("roomMessageConfirmed").await["_id"], confirmed["_id"]);
        assert_eq!((ear.so_far().await, other.so_far().await), (vec![], vec![]));
    }
}

#[tokio::test]
async fn a_resend_is_told_to_whoever_sent_it_and_to_nobody_else() {
    let hall = Hall::open().await;
    let (ann, bob) = (hall.person("Ann").await, hall.person("Bob").await);
    let channel = hall.channel(&ann, Visibility::Public).await;
    let (mut ear, mut other) = (hall.socket(&ann).await, hall.socket(&bob).await);
    let (mut phone, place) = (hall.socket(&ann).await, json!(channel.as_str()));
    for ear in [&mut ear, &mut phone, &mut other] {
        ear.succeed("joinChannel", &place).await;
    }
    let gate = hall.store.hold_append();
    let hello = line(&channel, "hello", "t");
    ear.succeed("NEW_MESSAGE", &hello).await;
    let sent = ear.hears_said("channelMessageSent").await;
    gate.decided().await;
    // Pending: to the same socket, and to another of the same account that was shown it as another's.
    ear.succeed("NEW_MESSAGE", &hello).await;
    assert_eq!(ear.hears_said("channelMessageSent").await, sent);
    let foreign = phone.hears_said("NEW_MESSAGE_RECEIVED").await["tempId"].clone();
    phone.succeed("NEW_MESSAGE", &hello).await;
    assert_eq!(phone.hears_said("channelMessageSent").await, sent);
    assert_eq!(ear.refusal("NEW_MESSAGE", &line(&channel, "other", "t")).await, "conflict");
    gate.open();
    let confirmed = ear.hears_said("channelMessageConfirmed").await;
    assert_eq!(confirmed["tempId"], "t");
    // Both of the phone's rows end.
    assert_eq!(phone.hears_said("channelMessageConfirmed").await["tempId"], foreign);
    assert_eq!(phone.hears_said("channelMessageConfirmed").await, confirmed);
    // Known: answered at once, also while the store is away.
    hall.store.set_away(true);
    ear.succeed("NEW_MESSAGE", &hello).await;
    assert_eq!(ear.hears_said("channelMessageSent").await, sent);
    assert_eq!(ear.hears_said("channelMessageConfirmed").await, confirmed);
    assert_eq!(ear.refusal("NEW_MESSAGE", &line(&channel, "other", "t")).await, "conflict");
    for name in ["NEW_MESSAGE_RECEIVED", "channelMessageConfirmed"] {
        assert_eq!(other.hears_said(name).await["tempId"], foreign);
    }
    assert_eq!((other.so_far().await, phone.so_far().await), (vec![], vec![]));
}

#[tokio::test]
async fn what_was_stored_long_ago_is_taken_back_from_the_others() {
    let hall = Hall::open().await;
    let (channel, mut ear, mut other) = two(&hall, Visibility::Public).await;
    for (number, body) in [(1, "old"), (2, "older")] {
        let message = NewMessage {
            id: MessageId::from_u128(number),
            conversation: channel.clone(),
            sender: chat::ids::AccountId::parse("1").expect("an id"),
            client_id: ClientId::parse(body).ok(),
            message_type: MessageType::TEXT,
            text: Text::parse(body).expect("a text"),
            created_at: wall(),
            echo: Echo::None,
        };
        hall.store.append(vec![message]).await.expect("a store");
    }
    ear.succeed("NEW_MESSAGE", &line(&channel, "old", "old")).await;
    ear.hears("channelMessageSent").await;
    let shown = other.hears("roomMessageRecieved").await["tempId"].clone();
    let confirmed = ear.hears("channelMessageConfirmed").await;
    assert_eq!((&confirmed["tempId"], &confirmed["seq"]), (&json!("old"), &json!(1)));
    assert_eq!(confirmed["_id"], MessageId::from_u128(1).to_string());
    let failed = other.hears("roomMessageFailed").await;
    assert_eq!((&failed["tempId"], &failed["error"]["code"]), (&shown, &json!("conflict")));
    assert_eq!((&failed["roomId"], &failed["senderId"]), (&json!(channel.as_str()), &json!("1")));
    // With another text it fails for all.
    ear.succeed("NEW_MESSAGE", &line(&channel, "new", "older")).await;
    ear.hears("channelMessageSent").await;
    let failed = ear.hears("channelMessageFailed").await;
    assert_eq!(
        (&failed["tempId"], &failed["error"]["code"]),
        (&json!("older"), &json!("conflict"))
    );
    other.hears("roomMessageRecieved").await;
    other.hears("roomMessageFailed").await;
    // It is known from now on.
    ear.succeed("NEW_MESSAGE", &line(&channel, "old", "old")).await;
    ear.hears("channelMessageSent").await;
    assert_eq!(ear.hears("channelMessageConfirmed").await, confirmed);
    assert_eq!((ear.so_far().await, other.so_far().await), (vec![], vec![]));
}

#[tokio::test]
async fn whoever_is_no_member_any_more_fails_in_the_storing_transaction() {
    let hall = Hall::open().await;
    let (channel, mut ear, _) = two(&hall, Visibility::Private).await;
    let gate = hall.store.hold_append();
    ear.succeed("NEW_MESSAGE", &line(&channel, "in time", "a")).await;
    gate.decided().await;
    ear.succeed("NEW_MESSAGE", &line(&channel, "too late", "b")).await;
    let ann = chat::ids::AccountId::parse("1").expect("an id");
    assert_eq!(hall.store.leave(channel.clone(), ann, wall()).await, Ok(true));
    gate.open();
    for name in ["channelMessageSent", "channelMessageSent"] {
        ear.hears(name).await;
    }
    assert_eq!(ear.hears("channelMessageConfirmed").await["tempId"], "a");
    let failed = ear.hears("channelMessageFailed").await;
    assert_eq!((&failed["tempId"], &failed["error"]["code"]), (&json!("b"), &json!("not_found")));
    assert_eq!(failed["error"]["retryable"], false);
    assert_eq!(ear.so_far().await, []);
}

#[tokio::test]
async fn whoever_came_meanwhile_is_shown_it_when_it_is_stored() {
    let hall = Hall::open().await;
    let (channel, mut ear, mut other) = two(&hall, Visibility::Public).await;
    let place = json!(channel.as_str());
    let (_, mut late) = hall.newcomer("Late").await;
    let (_, mut gone) = hall.newcomer("Gone").await;
    gone.succeed("joinChannel", &place).await;
    let gate = hall.store.hold_append();
    ear.succeed("NEW_MESSAGE", &line(&channel, "stored", "a")).await;
    gate.decided().await;
    hall.store.set_away(true);
    ear.succeed("NEW_MESSAGE", &line(&channel, "never", "b")).await;
    hall.store.set_away(false);
    // One comes, one goes, one goes and comes back.
    late.succeed("joinChannel", &place).await;
    gone.succeed("leaveChannel", &place).await;
    other.succeed("leaveRoom", &place).await;
    other.succeed("joinRoom", &place).await;
    let id = gone.hears_said("NEW_MESSAGE_RECEIVED").await["tempId"].clone();
    ear.succeed("NEW_MESSAGE", &line(&channel, "after", "c")).await;
    gate.open();
    let shown = late.hears_said("NEW_MESSAGE_RECEIVED").await;
    assert_eq!((&shown["body"], &shown["isOptimistic"]), (&json!("after"), &json!(true)));
    let shown = late.hears_said("NEW_MESSAGE_RECEIVED").await;
    assert_eq!((&shown["_id"], &shown["tempId"]), (&id, &id));
    assert_eq!((&shown["isOptimistic"], &shown["seq"]), (&json!(false), &json!(1)));
    assert_eq!((&shown["body"], &shown["clientId"]), (&json!("stored"), &json!("a")));
    assert_eq!(late.hears_said("channelMessageConfirmed").await["tempId"], id);
    let mut bodies = Vec::new();
    let mut seqs = Vec::new();
    while seqs.len() < 3 {
        let (name, payload) = other.event().await;
        match &*name {
            "roomMessageRecieved" => bodies.push(payload["body"].clone()),
            "roomMessageConfirmed" => seqs.push(payload["seq"].clone()),
            "user_joined" | "user_left" => {}
            other => panic!("{other} {payload}"),
        }
    }
    // Who was shown a message is not shown it again for having been away.
    assert_eq!(bodies, ["stored", "never", "after"]);
    assert_eq!(seqs, [1, 2, 3]);
    late.hears_said("NEW_MESSAGE_RECEIVED").await;
    for seq in [2, 3] {
        assert_eq!(late.hears_said("channelMessageConfirmed").await["seq"], seq);
    }
    assert_eq!(late.so_far().await, []);
}

#[tokio::test]
async fn a_sender_who_leaves_hears_the_end_all_the_same() {
    let hall = Hall::open().await;
    let (channel, mut ear, mut other) = two(&hall, Visibility::Public).await;
    let gate = hall.store.hold_append();
    ear.succeed("NEW_MESSAGE", &line(&channel, "bye", "t")).await;
    gate.decided().await;
    ear.hears("channelMessageSent").await;
    for ear in [&mut ear, &mut other] {
        ear.succeed("leaveChannel", &json!(channel.as_str())).await;
        ear.succeed("leaveRoom", &json!(channel.as_str())).await;
    }
    gate.open();
    assert_eq!(ear.hears("channelMessageConfirmed").await["tempId"], "t");
    other.hears("roomMessageRecieved").await;
    let rest = other.so_far().await;
    assert!(rest.iter().all(|(name, _)| name == "user_left"), "{rest:?}");
    // Nothing is kept of it.
    hall.is_empty().await;
}

#[tokio::test]
async fn while_the_store_is_down_a_message_fails_after_its_time_and_then_is_refused() {
    let patience = Duration::from_millis(300);
    let shard = SequencerConfig { patience, ..SequencerConfig::default() };
    let sequencing = SequencingConfig { shard, ..SequencingConfig::default() };
    let conversations = ConversationsConfig { sequencing, ..ConversationsConfig::default() };
    let hall = Hall::with_conversations(conversations, Limits::disabled()).await;
    let (channel, mut ear, mut other) = two(&hall, Visibility::Public).await;
    hall.store.set_away(true);
    ear.succeed("NEW_MESSAGE", &line(&channel, "x", "t")).await;
    ear.hears("channelMessageSent").await;
    let shown = other.hears("roomMessageRecieved").await["tempId"].clone();
    let failed = ear.hears("channelMessageFailed").await;
    assert_eq!((&failed["tempId"], &failed["error"]["code"]), (&json!("t"), &json!("unavailable")));
    assert_eq!(failed["error"]["retryable"], true);
    assert_eq!(other.hears("roomMessageFailed").await["tempId"], shown);
    let again = line(&channel, "x", "t");
    assert_eq!(ear.refusal("NEW_MESSAGE", &again).await, "unavailable");
    assert_eq!((ear.so_far().await, other.so_far().await), (vec![], vec![]));
    // It comes back, and the same key starts a new attempt.
    hall.store.set_away(false);
    while ear.call("NEW_MESSAGE", &again).await["success"] == false {}
    ear.hears("channelMessageSent").await;
    let confirmed = ear.hears("channelMessageConfirmed").await;
    assert_eq!((&confirmed["tempId"], &confirmed["seq"]), (&json!("t"), &json!(1)));
    let fresh = other.hears("roomMessageRecieved").await["tempId"].clone();
    assert_ne!(fresh, shown);
    assert_eq!(other.hears("roomMessageConfirmed").await["tempId"], fresh);
}

#[tokio::test]
async fn at_the_end_every_message_that_was_accepted_ends() {
    let hall = Hall::open().await;
    let (channel, mut ear, mut other) = two(&hall, Visibility::Public).await;
    let gate = hall.store.hold_append();
    for number in 0..20 {
        let body = number.to_string();
        ear.succeed("NEW_MESSAGE", &line(&channel, &body, &body)).await;
    }
    gate.decided().await;
    let chat = std::sync::Arc::clone(hall.chat());
    let ending = tokio::spawn(async move { chat.shutdown(Duration::from_secs(10)).await });
    loop {
        let answer = ear.call("NEW_MESSAGE", &line(&channel, "late", "late")).await;
        if answer["success"] == false {
            assert_eq!(answer["error"]["code"], "unavailable");
            break;
        }
    }
    gate.open();
    assert!(ending.await.expect("it ends"), "all have their outcome");
    for (sent, ended) in [
        ("channelMessageSent", "channelMessageConfirmed"),
        ("roomMessageRecieved", "roomMessageConfirmed"),
    ] {
        let ear = if sent.starts_with("room") { &mut other } else { &mut ear };
        let heard = ear.so_far().await;
        let count = |name: &str| heard.iter().filter(|(heard, _)| heard == name).count();
        assert!(count(sent) >= 20);
        // Whoever sent again while the end had not begun hears of that again.
        assert!(count(ended) >= 20, "{heard:?}");
        assert!(heard.iter().all(|(name, _)| name == sent || name == ended), "{heard:?}");
    }
}
