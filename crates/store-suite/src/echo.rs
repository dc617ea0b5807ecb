//! The echo rule.

use std::sync::Arc;

use chat::conversations::{ConversationId, Seq};
use chat::identity::Account;
use chat::ids::ClientId;
use chat::messages::{Appended, ECHO_WINDOW_MS, Echo, Message, NewMessage};
use chat::store::Store;
use chat::time::Timestamp;

use crate::world::{START_MS, World, key_of};

/// Seconds since the world began; later than anything that a test makes by itself.
fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(START_MS + seconds * 1_000)
}

struct Room {
    world: World,
    id: ConversationId,
    ann: Account,
}

impl Room {
    async fn new(store: Arc<dyn Store>) -> Self {
        let mut world = World::new(store);
        let ann = world.own("ann").await;
        let id = world.room(&ann).await.id;
        Self { world, id, ann }
    }

    fn new_post(&mut self, text: &str, created_at: Timestamp) -> NewMessage {
        let echo = Echo::Post;
        NewMessage { echo, created_at, ..self.world.message(&self.id, &self.ann, text) }
    }

    fn new_emit(&mut self, text: &str, (connected_at, created_at): (u64, u64)) -> NewMessage {
        NewMessage {
            echo: Echo::Emit { connected_at: at(connected_at) },
            created_at: at(created_at),
            ..self.world.message(&self.id, &self.ann, text)
        }
    }

    async fn post(&mut self, text: &str, seconds: u64) -> Message {
        let post = self.new_post(text, at(seconds));
        match self.world.append(post).await {
            Appended::Stored { message, .. } => message,
            other => panic!("{other:?} instead of a stored post"),
        }
    }

    /// The post that absorbed the emit, or `None` if it was stored.
    async fn emit(&mut self, text: &str, times: (u64, u64)) -> Option<Message> {
        let emit = self.new_emit(text, times);
        absorbed(self.world.append(emit).await)
    }
}

fn absorbed(appended: Appended) -> Option<Message> {
    match appended {
        Appended::Stored { .. } => None,
        Appended::Duplicate(message) => Some(message),
        Appended::Rejected(rejection) => panic!("{rejection:?}"),
    }
}

/// And the next one is a message of its own.
pub async fn a_post_absorbs_one_emit(store: Arc<dyn Store>) {
    let mut room = Room::new(store).await;
    let post = room.post("hello", 100).await;
    assert_eq!(room.emit("hello", (50, 101)).await, Some(post));
    assert_eq!(room.emit("hello", (50, 102)).await, None);
    assert_eq!(room.world.texts(&room.id).await.len(), 2);
    // In one call, too.
    let both = vec![room.new_post("again", at(200)), room.new_emit("again", (50, 200))];
    let appended = room.world.store.append(both).await.expect("a working store");
    let Appended::Stored { message, .. } = &appended[0] else { panic!("{appended:?}") };
    assert_eq!(appended[1], Appended::Duplicate(message.clone()));
}

/// Also when the posts come first, both.
pub async fn two_equal_posts_absorb_two_emits_in_order(store: Arc<dyn Store>) {
    let mut room = Room::new(store).await;
    let posts = [room.post("hello", 100).await, room.post("hello", 101).await];
    for post in posts {
        assert_eq!(room.emit("hello", (50, 102)).await, Some(post));
    }
    assert_eq!(room.emit("hello", (50, 103)).await, None);
    assert_eq!(room.world.texts(&room.id).await.len(), 3);
}

/// Another text, sender or conversation, a key, or no marker: each is a message.
pub async fn only_an_emit_that_repeats_is_absorbed(store: Arc<dyn Store>) {
    let mut room = Room::new(Arc::clone(&store)).await;
    let bob = room.world.own("bob").await;
    let elsewhere = room.world.room(&bob).await.id;
    let post = room.post("hello", 100).await;
    let emit = room.new_emit("hello", (50, 101));
    let fresh = |room: &mut Room| room.new_emit("hello", (50, 101)).id;
    let key = Some(ClientId::parse("k").expect("a key"));
    let others = [
        room.new_emit("Hello", (50, 101)),
        NewMessage { sender: bob.profile.id.clone(), id: fresh(&mut room), ..emit.clone() },
        NewMessage { conversation: elsewhere, id: fresh(&mut room), ..emit.clone() },
        NewMessage { client_id: key.clone(), id: fresh(&mut room), ..emit.clone() },
        NewMessage { echo: Echo::None, id: fresh(&mut room), ..emit.clone() },
    ];
    for other in others {
        assert_eq!(absorbed(room.world.append(other).await), None);
    }
    assert_eq!(absorbed(room.world.append(emit).await), Some(post));
    // A post with a key is a resend's business, and one without a part in it absorbs nothing.
    for post in [
        NewMessage {
            client_id: Some(ClientId::parse("p").expect("a key")),
            ..room.new_post("keyed", at(200))
        },
        NewMessage { echo: Echo::None, ..room.new_post("plain", at(200)) },
    ] {
        let text = post.text.as_str().to_owned();
        assert_eq!(absorbed(room.world.append(post).await), None);
        assert_eq!(room.emit(&text, (50, 201)).await, None, "{text}");
    }
}

/// To the millisecond.
pub async fn the_window_counts_from_the_post_or_the_connect(store: Arc<dyn Store>) {
    let mut room = Room::new(store).await;
    let ms = |millis| Timestamp::from_millis(START_MS + millis);
    for (number, (posted, connected, emitted, expected)) in [
        (100_000, 50_000, 100_000, true),
        (100_000, 50_000, 100_000 + ECHO_WINDOW_MS, true),
        (100_000, 50_000, 100_001 + ECHO_WINDOW_MS, false),
        // The socket was offline when it was posted.
        (100_000, 500_000, 500_000, true),
        (100_000, 500_000, 500_000 + ECHO_WINDOW_MS, true),
        (100_000, 500_000, 500_001 + ECHO_WINDOW_MS, false),
        // Two nodes' clocks differ.
        (100_000, 50_000, 99_000, true),
        (100_000, 101_000, 100_500, true),
    ]
    .into_iter()
    .enumerate()
    {
        let text = format!("text {number}");
        let post = room.new_post(&text, ms(posted));
        assert_eq!(absorbed(room.world.append(post).await), None);
        let emit = NewMessage {
            echo: Echo::Emit { connected_at: ms(connected) },
            created_at: ms(emitted),
            ..room.new_emit(&text, (0, 0))
        };
        let was_absorbed = absorbed(room.world.append(emit).await).is_some();
        assert_eq!(was_absorbed, expected, "{posted} {connected} {emitted}");
    }
}

/// An equal line of an hour ago, to which no emit ever came, does not take the place of today's.
pub async fn a_recent_post_comes_before_an_old_one(store: Arc<dyn Store>) {
    let mut room = Room::new(store).await;
    let old = room.post("hello", 100).await;
    let recent = room.post("hello", 3_700).await;
    assert_eq!(room.emit("hello", (3_699, 3_701)).await, Some(recent));
    assert_eq!(room.emit("hello", (3_699, 3_702)).await, Some(old));
    let old = room.post("hi", 100).await;
    let recent = room.post("hi", 3_700).await;
    assert_eq!(room.emit("hi", (200, 3_701)).await, Some(recent));
    assert_eq!(room.emit("hi", (200, 3_702)).await, None, "not this one's: {:?}", old.seq);
}

/// Its outcome was unknown: neither is it stored now, nor does it take another post.
pub async fn an_emit_tried_again_finds_its_post(store: Arc<dyn Store>) {
    let mut room = Room::new(Arc::clone(&store)).await;
    let first = room.post("hello", 100).await;
    let second = room.post("hello", 100).await;
    let emit = room.new_emit("hello", (50, 101));
    for _ in 0..2 {
        assert_eq!(absorbed(room.world.append(emit.clone()).await), Some(first.clone()));
    }
    let settled = store.settle(vec![key_of(&emit)]).await;
    assert_eq!(settled, Ok(vec![Some(first)]));
    assert_eq!(room.emit("hello", (50, 102)).await, Some(second));
}

/// What was deleted does not come back by its echo.
pub async fn a_buried_post_absorbs_still(store: Arc<dyn Store>) {
    let mut room = Room::new(Arc::clone(&store)).await;
    let post = room.post("hello", 100).await;
    let buried = store.bury(room.id.clone(), Seq(1), at(100)).await;
    assert!(buried.expect("a working store").is_some());
    let tombstone = Message { text: None, ..post };
    assert_eq!(room.emit("other", (50, 101)).await, None);
    assert_eq!(room.emit("hello", (50, 101)).await, Some(tombstone));
}

/// A client that only posts leaves a bounded number of them open: at least the last 50 absorb.
pub async fn posts_that_wait_are_bounded(store: Arc<dyn Store>) {
    let mut room = Room::new(store).await;
    let mut posts = Vec::new();
    for number in 0..500 {
        posts.push(room.post(&format!("text {number}"), 100).await);
    }
    for (number, post) in posts.into_iter().enumerate().skip(450) {
        let absorber = room.emit(&format!("text {number}"), (50, 101)).await;
        assert_eq!(absorber, Some(post), "{number}");
    }
    assert_eq!(room.emit("text 0", (50, 101)).await, None);
}
