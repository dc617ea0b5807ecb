//! A talk as a whole: its order, and how a client catches up.

use serde_json::json;

use super::house::{House, OURS, Spans};

#[tokio::test]
async fn messages_come_in_order_to_all_however_they_are_sent() {
    let house = House::open(Spans::default()).await;
    let (ann, bob) = house.two().await;
    let (mut anns, mut bobs) = (house.joined(&ann).await, house.joined(&bob).await);
    let (mut ears_of_ann, mut ears_of_bob) = (house.joined(&ann).await, house.joined(&bob).await);
    for nth in 0..30 {
        if nth % 5 == 0 {
            house.post(&ann, &format!("post {nth}")).await;
        }
        let ask = json!({ "conversationId": OURS, "messageText": format!("{nth}") }).to_string();
        anns.client.emit("send_message", &ask).await;
        bobs.client.emit("send_message", &ask).await;
    }
    for (ear, own) in [(&mut ears_of_ann, "1"), (&mut ears_of_bob, "2")] {
        let mut seq = 0;
        while seq < 66 {
            let (name, payload) = ear.next().await;
            if name.starts_with("conversation_") {
                continue;
            }
            seq += 1;
            let message = &payload["message"];
            assert_eq!(message["seq"], seq);
            let expected = if message["sender_id"] == own { "message_sent" } else { "new_message" };
            assert_eq!(name, expected, "{message}");
        }
    }
}

#[tokio::test]
async fn sync_gives_what_was_missed_in_the_shape_of_direct_and_listens() {
    let house = House::open(Spans::default()).await;
    let (ann, bob) = house.two().await;
    let eve = house.person("Eve").await;
    let mut anns = house.joined(&ann).await;
    let said = [anns.say("one").await, anns.say("two").await, anns.say("three").await];
    let body = json!({ "conversationId": "conv_2_3", "messageText": "from Eve" });
    house.ask("POST /api/messages/send", &eve, Some(body)).await;
    let mut bobs = house.tab(&bob).await;
    bobs.succeed("mark_read", json!({ "conversationId": OURS, "seq": 2 })).await;
    let cursors = json!({ OURS: 1, "conv_2_99": 0, "conv_1_3": 0 });
    let answer = bobs.succeed("sync", json!({ "cursors": cursors })).await;
    let of = |id: &str| {
        let all = answer["conversations"].as_array().expect("a list");
        all.iter().find(|one| one["conversationId"] == id).expect("an answer").clone()
    };
    let mut two = said[1].clone();
    two["is_read"] = json!(true);
    assert_eq!(of(OURS)["messages"], json!([two, said[2]]));
    assert_eq!((&of(OURS)["lastSeq"], &of(OURS)["hasMore"]), (&json!(3), &json!(false)));
    assert_eq!((&of(OURS)["lastReadSeq"], &of(OURS)["otherLastReadSeq"]), (&json!(2), &json!(0)));
    for id in ["conv_2_99", "conv_1_3"] {
        assert_eq!(of(id)["error"]["code"], "not_found");
    }
    let added = &answer["added"][0];
    assert_eq!(
        (&added["conversation_id"], &added["unread_count"]),
        (&json!("conv_2_3"), &json!(1))
    );
    assert_eq!(added["last_message"]["message_text"], "from Eve");
    assert_eq!(answer["removed"], json!([]));
    let four = anns.say("four").await;
    let (mut name, mut heard) = bobs.next().await;
    while name != "new_message" {
        assert_eq!(name, "conversation_updated");
        (name, heard) = bobs.next().await;
    }
    assert_eq!(heard["message"], four);
    // What is not made yet can be listened to, too.
    let mut eves = house.tab(&eve).await;
    let args = json!({ "cursors": { "conv_1_3": 0 }, "forms": { "conv_1_3": "direct" } });
    let answer = eves.succeed("sync", args).await;
    assert_eq!(answer["conversations"][0]["lastSeq"], 0);
    let body = json!({ "conversationId": "conv_1_3", "messageText": "the first" });
    house.ask("POST /api/messages/send", &ann, Some(body)).await;
    eves.hears(&["new_message", "conversation_updated"]).await;
    let args = json!({ "cursors": { OURS: 0 }, "forms": { OURS: "rooms" } });
    let answer = bobs.succeed("sync", args).await;
    assert_eq!(answer["conversations"][0]["error"]["code"], "invalid_payload");
}

/// Whoever joined or synced was told how far the other one had read before, and heard of no move that
/// came between that look and the moment from which it listened.
#[tokio::test]
async fn a_mark_that_moves_between_the_look_and_the_listening_is_not_missed() {
    for (is_listened_to, by_sync) in [(false, false), (false, true), (true, false), (true, true)] {
        let house = House::open(Spans::default()).await;
        let (ann, bob) = house.two().await;
        house.post(&bob, "read me").await;
        // Where somebody listens already, the outlet knows the two.
        let _listens = if is_listened_to { Some(house.joined(&bob).await) } else { None };
        let mut bobs = house.tab(&bob).await;
        let look = house.store.hold_view();
        let (event, args) = if by_sync {
            ("sync", json!({ "cursors": { OURS: 1 } }))
        } else {
            ("join_conversation", json!(OURS))
        };
        let ack = bobs.client.ask(event, &args.to_string()).await;
        look.decided().await;
        assert_eq!(house.read(&ann).await["lastReadSeq"], 1);
        look.open();
        let answer = bobs.client.answer(ack).await;
        let read = if by_sync { &answer["conversations"][0] } else { &answer };
        assert_eq!(read["otherLastReadSeq"], 1, "{is_listened_to}, {event}: {answer}");
        bobs.hears_nothing().await;
    }
}
