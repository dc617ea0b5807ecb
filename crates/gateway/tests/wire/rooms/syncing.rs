//! `sync`: whole again, without a hole and without anything twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use chat::conversations::{ConversationId, Conversations};
use serde_json::{Value, json};

use super::hall::{Ear, Hall, wall};

fn of<'a>(answer: &'a Value, id: &ConversationId) -> &'a Value {
    let all = answer["conversations"].as_array().expect("a list");
    all.iter().find(|one| one["conversationId"] == id.as_str()).unwrap_or(&Value::Null)
}

fn seqs(messages: &Value) -> Vec<u64> {
    let messages = messages.as_array().expect("a list");
    messages.iter().map(|message| message["seq"].as_u64().expect("a place")).collect()
}

#[tokio::test]
async fn sync_answers_what_came_and_what_changed_and_listens() {
    let hall = Hall::open().await;
    let (ann, bob) = (hall.person("Ann").await, hall.person("Bob").await);
    let [one, left, other] = [hall.room(&ann).await, hall.room(&ann).await, hall.room(&ann).await];
    let mut ann_ear = hall.socket(&ann).await;
    ann_ear.join(&one).await;
    for nth in 0..5 {
        ann_ear.say(&one, &format!("{nth}")).await;
    }
    for room in [&one, &left, &other] {
        let entered = hall.store.enter(room.clone(), bob.profile.id.clone(), wall()).await;
        assert!(entered.expect("an answer").is_some());
    }
    let gone = hall.store.leave(left.clone(), bob.profile.id.clone(), wall()).await;
    assert_eq!(gone, Ok(true));
    let mut ear = hall.socket(&bob).await;
    let cursors = json!({ one.as_str(): 2, left.as_str(): 0, "room_x": 0, "conv_2_99": 0 });
    let answer = ear.succeed("sync", &json!({ "cursors": cursors })).await;
    let caught = of(&answer, &one);
    assert_eq!(seqs(&caught["messages"]), [3, 4, 5]);
    assert_eq!(caught["messages"][0]["senderName"], "Ann");
    assert_eq!((&caught["hasMore"], &caught["lastSeq"]), (&json!(false), &json!(5)));
    assert_eq!(caught["lastReadSeq"], 5, "what was there when one came is read");
    assert_eq!(answer["removed"], json!([left.as_str()]));
    assert_eq!(answer["added"][0]["_id"], other.as_str());
    for unknown in ["room_x", "conv_2_99"] {
        let id = ConversationId::parse(unknown).expect("an id");
        assert_eq!(of(&answer, &id)["error"]["code"], "not_found");
    }
    ann_ear.say(&one, "live").await;
    assert_eq!(ear.hears("receive_message").await["seq"], 6);
    let heard: Vec<_> = ann_ear.so_far().await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(heard.iter().filter(|name| *name == "user_joined").count(), 1);
    let forms = json!({ one.as_str(): "direct" });
    let args = json!({ "cursors": { one.as_str(): 0 }, "forms": forms });
    let answer = ear.succeed("sync", &args).await;
    assert_eq!(of(&answer, &one)["error"]["code"], "invalid_payload");
}

#[tokio::test]
async fn an_answer_is_bounded_and_goes_on_until_nothing_is_left() {
    let hall = Hall::open().await;
    let ann = hall.person("Ann").await;
    let rooms = [hall.room(&ann).await, hall.room(&ann).await];
    let mut ear = hall.socket(&ann).await;
    let long = "\u{1f980}".repeat(4_000);
    for room in &rooms {
        for _ in 0..20 {
            ear.say(room, &long).await;
        }
    }
    let mut known = [0, 0];
    let mut calls = 0;
    loop {
        calls += 1;
        let cursors = json!({ rooms[0].as_str(): known[0], rooms[1].as_str(): known[1] });
        let answer = ear.succeed("sync", &json!({ "cursors": cursors })).await;
        let bytes = answer.to_string().len();
        assert!(bytes <= (256 << 10) + 1_024, "{bytes} bytes");
        let mut has_more = false;
        for (room, known) in rooms.iter().zip(&mut known) {
            let caught = of(&answer, room);
            for seq in seqs(&caught["messages"]) {
                assert_eq!(seq, *known + 1);
                *known = seq;
            }
            assert_eq!(caught["lastSeq"], *known);
            has_more |= caught["hasMore"] == true;
        }
        if !has_more {
            break;
        }
    }
    assert_eq!(known, [20, 20]);
    assert!((3..=4).contains(&calls), "{calls} calls for 640 KB");
}

/// Syncs with these cursors until nothing has more; everything that came, each in its place.
async fn sync_all(ear: &mut Ear, rooms: &[ConversationId]) -> Vec<u64> {
    let mut known = vec![0; rooms.len()];
    loop {
        let cursors: serde_json::Map<_, _> =
            rooms.iter().zip(&known).map(|(id, seq)| (id.to_string(), json!(seq))).collect();
        let answer = ear.succeed("sync", &json!({ "cursors": cursors })).await;
        let bytes = answer.to_string().len();
        assert!(bytes <= (256 << 10) + (rooms.len() + 1) * 256, "{bytes} bytes");
        let (mut came, mut has_more) = (0, false);
        for (room, known) in rooms.iter().zip(&mut known) {
            let caught = of(&answer, room);
            for seq in seqs(&caught["messages"]) {
                assert_eq!(seq, *known + 1, "{room}");
                *known = seq;
                came += 1;
            }
            assert_eq!(caught["lastSeq"], *known);
            has_more |= caught["hasMore"] == true;
        }
        if !has_more {
            return known;
        }
        assert!(came > 0, "a call that brought nothing, and says that there is more");
    }
}

#[tokio::test]
async fn messages_larger_than_a_share_starved_a_sync_for_ever() {
    let hall = Hall::open().await;
    let ann = hall.person("Ann").await;
    let mut ear = hall.socket(&ann).await;
    let long = "\u{1f980}".repeat(4_000);
    let mut rooms = Vec::new();
    for count in [20, 200] {
        while rooms.len() < count {
            rooms.push(hall.room(&ann).await);
        }
        let mut expected = Vec::new();
        for (nth, room) in rooms.iter().enumerate() {
            // Some have two, so that the first of them could always go before the others.
            for _ in 0..=usize::from(nth % 10 == 0) {
                ear.say(room, &long).await;
            }
            let newest = hall.store.view(room.clone(), ann.profile.id.clone()).await;
            expected.push(newest.expect("an answer").expect("a room").conversation.last_seq.0);
        }
        assert_eq!(sync_all(&mut ear, &rooms).await, expected, "{count} cursors");
    }
}

#[tokio::test]
async fn what_some_leave_of_a_sync_the_others_get() {
    let hall = Hall::open().await;
    let ann = hall.person("Ann").await;
    let mut ear = hall.socket(&ann).await;
    let rooms = [hall.room(&ann).await, hall.room(&ann).await, hall.room(&ann).await];
    for (room, count) in rooms.iter().zip([400, 0, 3]) {
        for _ in 0..count {
            ear.say(room, "on and on").await;
        }
    }
    let cursors: serde_json::Map<_, _> =
        rooms.iter().map(|id| (id.to_string(), json!(0))).collect();
    let answer = ear.succeed("sync", &json!({ "cursors": cursors })).await;
    assert_eq!(seqs(&of(&answer, &rooms[0])["messages"]), (1..=400).collect::<Vec<_>>());
    for room in &rooms {
        assert_eq!(of(&answer, room)["hasMore"], false);
    }
}

#[tokio::test]
async fn what_was_read_in_vain_took_its_room_from_the_answer() {
    let hall = Hall::open().await;
    let (ann, bob) = (hall.person("Ann").await, hall.person("Bob").await);
    let [room, other] = [hall.room(&ann).await, hall.room(&bob).await];
    let mut ann_ear = hall.socket(&ann).await;
    for _ in 0..400 {
        ann_ear.say(&room, "on and on").await;
    }
    let id = &bob.profile.id;
    let enter = || hall.store.enter(room.clone(), id.clone(), wall());
    assert!(enter().await.expect("an answer").is_some());
    let mut ear = hall.socket(&bob).await;
    let cursor = hall.store.hold_view();
    let args = json!({ "cursors": { room.as_str(): 0 } });
    let ack = ear.client.ask("sync", &args.to_string()).await;
    cursor.decided().await;
    let added = hall.store.hold_view();
    cursor.open();
    added.decided().await;
    // All is read; now the membership ends and begins again.
    assert_eq!(hall.store.leave(room.clone(), id.clone(), wall()).await, Ok(true));
    hall.chat().expel(id, &room);
    assert!(enter().await.expect("an answer").is_some());
    added.open();
    let answer = ear.answer(ack).await;
    assert_eq!(seqs(&of(&answer, &room)["messages"]), (1..=400).collect::<Vec<_>>());
    assert_eq!(of(&answer, &room)["hasMore"], false);
    assert_eq!(answer["added"][0]["_id"], other.as_str());
}

#[tokio::test]
async fn rooms_with_long_last_messages_were_left_out_of_added_in_silence() {
    let hall = Hall::open().await;
    let ann = hall.person("Ann").await;
    let mut ear = hall.socket(&ann).await;
    let long = "\u{1f980}".repeat(4_000);
    for _ in 0..25 {
        let room = hall.room(&ann).await;
        ear.say(&room, &long).await;
    }
    let mut made = 25;
    for (count, shown, more) in [(30, 30, false), (100, 100, false), (101, 100, true)] {
        for _ in made..count {
            hall.room(&ann).await;
        }
        made = count;
        let answer = ear.succeed("sync", &json!({ "cursors": {} })).await;
        let added = answer["added"].as_array().expect("a list");
        let said = answer.get("addedMore").cloned();
        assert_eq!((added.len(), said), (shown, more.then_some(json!(true))), "{count} rooms");
    }
}

/// Numbers that look random, from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// Syncs until there is no more; what was answered.
async fn catch_up(ear: &mut Ear, room: &ConversationId, after: u64) -> Vec<u64> {
    let mut all = Vec::new();
    loop {
        let from = all.last().copied().unwrap_or(after);
        let args = json!({ "cursors": { room.as_str(): from } });
        let answer = ear.succeed("sync", &args).await;
        let caught = of(&answer, room);
        all.extend(seqs(&caught["messages"]));
        if caught["hasMore"] == false {
            return all;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_and_goes_while_others_talk_hears_everything_once() {
    let seed = std::env::var("PARLOUR_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        u64::from(now.subsec_nanos())
    });
    println!("PARLOUR_TEST_SEED={seed}");
    let mut dice = Dice(seed);
    let hall = Arc::new(Hall::open().await);
    let ann = hall.person("Ann").await;
    let bob = hall.person("Bob").await;
    let room = hall.room(&ann).await;
    let entered = hall.store.enter(room.clone(), bob.profile.id.clone(), wall()).await;
    assert!(entered.expect("an answer").is_some());
    hall.store.set_lazy(4);
    let is_over = Arc::new(AtomicBool::new(false));
    let talks: Vec<_> = (0..3)
        .map(|_| {
            let (hall, ann, room) = (Arc::clone(&hall), ann.clone(), room.clone());
            let is_over = Arc::clone(&is_over);
            tokio::spawn(async move {
                let mut ear = hall.socket(&ann).await;
                while !is_over.load(Ordering::Relaxed) {
                    ear.say(&room, "on and on").await;
                }
            })
        })
        .collect();
    let mut known = 0;
    for round in 0..40 {
        let mut ear = hall.socket(&bob).await;
        let mut all = catch_up(&mut ear, &room, known).await;
        let live = usize::try_from(dice.below(12)).expect("a small number");
        all.extend(ear.seqs(live).await);
        for seq in all {
            assert_eq!(seq, known + 1, "round {round}");
            known = seq;
        }
    }
    is_over.store(true, Ordering::Relaxed);
    for talk in talks {
        talk.await.expect("a talk that ends well");
    }
    assert!(known > 40, "there was much to hear");
}
