//! The sequencers over a runtime and a store's double. Time is paused where it matters: it passes when
//! everyone waits.

mod double;

use std::sync::Arc;
use std::time::Duration;

use chat::conversations::Seq;
use chat::messages::{Messages, Rejection};
use chat::sequencer::{Answer, SendError, SequencerConfig};
use chat::time::Clock;
use futures_util::future::join_all;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use super::shard::MANY;
use super::{FanOut, Sequencing, SequencingConfig};
use crate::SystemClock;
use double::{Double, Fault, Heard, conversation, message, profile};

const LATENCY: Duration = Duration::from_millis(3);

struct Node {
    sequencing: Arc<Sequencing>,
    heard: Arc<Heard>,
}

impl Node {
    fn over(store: &Arc<Double>) -> Self {
        let shard = SequencerConfig { max_batch_messages: 64, ..SequencerConfig::default() };
        let heard = Arc::new(Heard::default());
        let sequencing = Sequencing::start(
            &SequencingConfig { shards: 4, shard },
            &(Arc::clone(store) as Arc<dyn Messages>),
            &(Arc::new(SystemClock::start()) as Arc<dyn Clock>),
            &(Arc::clone(&heard) as Arc<dyn FanOut>),
        );
        Self { sequencing: Arc::new(sequencing), heard }
    }

    fn send(
        &self,
        place: &str,
        key: Option<&str>,
        text: &str,
    ) -> impl Future<Output = Result<Answer, SendError>> + Send + use<> {
        self.sequencing.send(message(place, key, text), profile("ann"))
    }
}

fn seq(answer: &Result<Answer, SendError>) -> u64 {
    answer.as_ref().unwrap().message.seq.0
}

#[tokio::test(start_paused = true)]
async fn the_place_is_taken_by_the_call_and_not_by_the_wait() {
    let store = Double::new(LATENCY);
    let node = Node::over(&store);
    let first = node.send("a", None, "first");
    drop(node.send("a", None, "second"));
    let third = node.send("a", None, "third");
    assert_eq!(seq(&third.await), 3);
    assert_eq!(seq(&first.await), 1);
    assert_eq!(store.texts("a"), ["first", "second", "third"]);
}

#[tokio::test(start_paused = true)]
async fn what_queues_during_a_commit_is_the_next_batch() {
    let store = Double::new(LATENCY);
    let node = Node::over(&store);
    let first = node.send("a", None, "0");
    tokio::task::yield_now().await;
    let rest: Vec<_> = (1..=100).map(|number| node.send("a", None, &number.to_string())).collect();
    first.await.unwrap();
    join_all(rest).await;
    assert_eq!(store.batches(), [1, 64, 36]);
    let stats = node.sequencing.stats();
    assert_eq!((stats.batches, stats.batched, stats.failed_batches), (3, 101, 0));
    assert_eq!(stats.batch_time, 3 * LATENCY);
    assert_eq!(stats.now, chat::sequencer::SequencerStats::default());
}

#[tokio::test(start_paused = true)]
async fn a_follower_hears_what_comes_after_its_beginning_until_it_goes() {
    let store = Double::new(LATENCY);
    let node = Node::over(&store);
    node.send("a", None, "before").await.unwrap();
    let following = node.sequencing.follow(conversation("a")).await.unwrap();
    assert_eq!(following.from(), Seq(1));
    node.send("a", None, "own").await.unwrap();
    // Of two messages of another node the second is heard of, and the first is read.
    store.store(message("a", None, "unheard"));
    node.sequencing.observe(store.store(message("a", None, "heard")));
    node.send("b", None, "elsewhere").await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(node.heard.take("deliver "), ["a 2 own", "a 3 unheard", "a 4 heard"]);
    assert_eq!(node.heard.take("committed "), ["1", "2", "1"]);
    drop(following);
    node.send("a", None, "after").await.unwrap();
    assert_eq!(node.heard.take("deliver "), [""; 0]);
    assert_eq!(node.sequencing.stats().now.conversations, 0);
}

#[tokio::test(start_paused = true)]
async fn a_follower_that_gives_up_waiting_counts_no_more() {
    let store = Double::new(Duration::from_mins(1));
    let node = Node::over(&store);
    let follow = node.sequencing.follow(conversation("a"));
    assert!(timeout(Duration::from_secs(1), follow).await.is_err());
    assert_eq!(node.sequencing.stats().now.conversations, 0);
    store.set_away(true);
    let failed = node.sequencing.follow(conversation("a")).await;
    assert_eq!(failed.map(|following| following.from()), Err(SendError::Down));
    assert_eq!(node.sequencing.stats().now.conversations, 0);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_is_waited_for_and_then_refused_until_it_is_back() {
    let store = Double::new(LATENCY);
    let node = Node::over(&store);
    store.set_away(true);
    let begun = Instant::now();
    let early = node.send("a", None, "early").await;
    assert_eq!(early, Err(SendError::Down));
    assert_eq!(begun.elapsed().as_secs(), 5);
    let (early, begun) = (node.send("a", None, "at once").await, Instant::now());
    assert_eq!((early, begun.elapsed()), (Err(SendError::Down), Duration::ZERO));
    // Nobody sends, and the store comes back: that is found out.
    tokio::time::sleep(Duration::from_mins(1)).await;
    store.set_away(false);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(seq(&node.send("a", None, "late").await), 1);
    // A short absence is seen by nobody.
    store.faults([Fault::Unavailable, Fault::Unavailable]);
    assert_eq!(seq(&node.send("a", None, "patient").await), 2);
    assert_eq!(store.texts("a"), ["late", "patient"]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_up() {
    let store = Double::new(LATENCY);
    let node = Node::over(&store);
    store.faults([Fault::LostAnswer]);
    let (plain, keyed) = (node.send("a", None, "plain"), node.send("a", Some("k"), "keyed"));
    let again = node.send("a", Some("k"), "keyed");
    let other = node.send("a", Some("k"), "another text");
    assert_eq!(other.await, Err(Rejection::Conflict.into()));
    let (plain, keyed, again) = (plain.await, keyed.await, again.await.unwrap());
    assert_eq!((seq(&plain), seq(&keyed), again.message.seq.0), (1, 2, 2));
    assert!(again.is_duplicate && !keyed.unwrap().is_duplicate);
    assert_eq!(store.texts("a"), ["plain", "keyed"]);
}

#[tokio::test(start_paused = true)]
async fn an_optimistic_message_is_heard_before_the_call_returns() {
    let store = Double::new(LATENCY);
    let node = Node::over(&store);
    let _following = node.sequencing.follow(conversation("a")).await.unwrap();
    let sent = node.sequencing.show(message("a", Some("k"), "hi"), profile("ann")).unwrap();
    assert_eq!(node.heard.take("shown "), ["hi"]);
    let again = node.sequencing.show(message("a", Some("k"), "hi"), profile("ann")).unwrap();
    assert_eq!((sent.accepted.is_resend, again.accepted.is_resend), (false, true));
    assert_eq!(sent.accepted.id, again.accepted.id);
    assert_eq!((seq(&sent.outcome.await), seq(&again.outcome.await)), (1, 1));
    assert_eq!(node.heard.take("shown "), [""; 0]);
    assert_eq!(node.heard.take("deliver "), ["a 1 hi"]);
    store.set_away(true);
    let sent = node.sequencing.show(message("a", None, "never"), profile("ann")).unwrap();
    assert_eq!(sent.outcome.await, Err(SendError::Down));
    assert_eq!(node.heard.take("failed ").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn at_the_end_everything_accepted_is_stored() {
    let store = Double::new(LATENCY);
    let node = Node::over(&store);
    store.faults([Fault::Unavailable, Fault::LostAnswer]);
    let sent: Vec<_> = (0..200).map(|number| node.send("a", None, &number.to_string())).collect();
    let (all_done, late) = tokio::join!(node.sequencing.shutdown(Duration::from_secs(5)), async {
        tokio::task::yield_now().await;
        node.send("a", None, "late").await
    });
    assert!(all_done);
    assert_eq!(late, Err(SendError::Closed));
    let seqs: Vec<_> = join_all(sent).await.iter().map(seq).collect();
    assert_eq!(seqs, (1..=200).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn the_end_does_not_wait_for_ever() {
    let store = Double::new(LATENCY);
    let node = Node::over(&store);
    store.faults([Fault::Hangs]);
    let hangs = node.send("a", None, "hangs");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let waits = node.send("a", None, "waits");
    let begun = Instant::now();
    assert!(!node.sequencing.shutdown(Duration::from_secs(2)).await);
    assert_eq!(begun.elapsed().as_secs(), 2);
    assert_eq!((hangs.await, waits.await), (Err(SendError::Unknown), Err(SendError::Closed)));
}

/// With real threads and real time: no wake-up is lost, and no order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_senders_on_many_threads_are_all_answered_in_order() {
    let store = Double::new(Duration::ZERO);
    let node = Arc::new(Node::over(&store));
    let mut following = Vec::new();
    for place in 0..10 {
        following.push(node.sequencing.follow(conversation(&place.to_string())).await.unwrap());
    }
    let senders = (0..8).map(|sender| {
        let node = Arc::clone(&node);
        tokio::spawn(async move {
            for round in 0..250 {
                let place = ((sender + round) % 10).to_string();
                node.send(&place, None, "x").await.unwrap();
            }
        })
    });
    let all = timeout(Duration::from_mins(1), join_all(senders)).await.expect("all are answered");
    assert!(all.iter().all(Result::is_ok));
    for place in 0..10 {
        let heard = node.heard.take(&format!("deliver {place} "));
        let expected: Vec<_> = (1..=200).map(|seq| format!("{seq} x")).collect();
        assert_eq!(heard, expected);
    }
    assert!(node.sequencing.shutdown(Duration::from_mins(1)).await);
}

/// One commit answers many shards, and each tells very many sockets: a message that came meanwhile was
/// shown behind all of that.
#[tokio::test(start_paused = true)]
async fn what_became_of_many_shown_messages_is_told_one_shard_after_the_other() {
    let store = Double::new(LATENCY);
    let node = Node::over(&store);
    let told = Arc::new(Semaphore::new(0));
    node.heard.told.set(Arc::clone(&told)).unwrap();
    let places: Vec<_> = (0..32).map(|place| format!("p{place}")).collect();
    let mut followings = Vec::new();
    for place in &places {
        followings.push(node.sequencing.follow(conversation(place)).await.unwrap());
    }
    for place in &places {
        for number in 0..MANY {
            let line = message(place, None, &number.to_string());
            drop(node.sequencing.show(line, profile("ann")).unwrap());
        }
    }
    let all = places.len() * MANY;
    assert_eq!(node.heard.take("shown ").len(), all);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(node.heard.take("deliver ").len(), 0, "what was told before is not on its way");
    told.add_permits(1);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let first = node.heard.take("deliver ").len();
    assert!(0 < first && first < all, "{first} of {all} at once");
    drop(node.sequencing.show(message("p0", None, "now"), profile("ann")).unwrap());
    assert_eq!(node.heard.take("shown "), ["now"]);
    told.add_permits(1_000);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(first + node.heard.take("deliver ").len(), all + 1);
}
