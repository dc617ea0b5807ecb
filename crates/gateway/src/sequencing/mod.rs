//! Where the sequencers run: each under its mutex, so that the order in which it decides is the order
//! in which it is heard, with a task that asks the store on its behalf.

mod shard;
#[cfg(test)]
mod tests;
mod works;

use std::fmt;
use std::future::ready;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use chat::conversations::{ConversationId, Seq};
use chat::identity::Profile;
use chat::messages::{Messages, NewMessage};
use chat::sequencer::{
    Accepted, Answer, Committed, Delivering, Delivery, Failed, Resent, SendError, SequencerConfig,
    SequencerStats, Shown,
};
use chat::time::Clock;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use tokio::task::JoinHandle;

use shard::{Shard, drive};

/// Who hears what happens to messages. Each call is made under a shard's lock, in order: it may only
/// queue, must not wait, and must not call the [`Sequencing`] or drop a [`Following`].
pub trait FanOut: Send + Sync {
    /// An optimistic message, for those who listen, before it is stored.
    fn shown(&self, shown: &Shown);
    /// An optimistic message that was sent again, for whoever did.
    fn resent(&self, resent: &Resent);
    /// A message that this node has stored, for the other nodes and the members' lists. Whoever
    /// listens gets it by [`FanOut::deliver`].
    fn committed(&self, committed: &Committed);
    /// A conversation's next message, for those who listen.
    fn deliver(&self, delivery: &Delivery);
    /// An optimistic message that will never be stored, for those who were shown it.
    fn failed(&self, failed: &Failed);
    /// Resolves when whatever was told before is on its way to those for whom it is: at once, if that
    /// takes no time. Not called under a lock.
    fn told(&self) -> BoxFuture<'static, ()> {
        Box::pin(ready(()))
    }
}

/// The numbers of all shards together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequencingConfig {
    /// Shards, each with at most one batch on its way into the store: 16. The store commits what
    /// several have in hand as one transaction.
    pub shards: usize,
    /// The numbers of each shard.
    pub shard: SequencerConfig,
}

impl Default for SequencingConfig {
    fn default() -> Self {
        Self { shards: 16, shard: SequencerConfig::default() }
    }
}

/// What all shards hold at the moment, and have done since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SequencingStats {
    /// What there is at the moment, summed up.
    pub now: SequencerStats,
    /// Batches that the store has taken.
    pub batches: u64,
    /// Messages in them.
    pub batched: u64,
    /// Batches that it has not taken, or whose answer was lost.
    pub failed_batches: u64,
    /// How long the store has had batches in hand, all together: with `batches` the mean time.
    pub batch_time: Duration,
}

/// The sequencers of this node.
pub struct Sequencing {
    shards: Vec<Arc<Shard>>,
    hasher: RandomState,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl fmt::Debug for Sequencing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sequencing").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

/// What becomes of an optimistic message that was accepted.
pub struct Sent<F> {
    /// Which attempt will answer, and whether it is an earlier one: then nothing was shown for this
    /// one, and its outcome is for the sending socket alone.
    pub accepted: Accepted,
    /// The outcome.
    pub outcome: F,
}

impl<F> fmt::Debug for Sent<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent").field("accepted", &self.accepted).finish_non_exhaustive()
    }
}

impl Sequencing {
    /// Starts the shards' tasks, which end when this is dropped or shut down.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn start(
        config: &SequencingConfig,
        store: &Arc<dyn Messages>,
        clock: &Arc<dyn Clock>,
        fanout: &Arc<dyn FanOut>,
    ) -> Self {
        let shard = |_| Shard::new(config.shard.clone(), Arc::clone(clock), Arc::clone(fanout));
        let shards: Vec<_> = (0..config.shards.max(1)).map(shard).collect();
        let one_by_one = Arc::default();
        let drive = |shard: &Arc<Shard>| {
            let (weak, wake) = (Arc::downgrade(shard), shard.wake());
            tokio::spawn(drive(weak, wake, Arc::clone(store), Arc::clone(&one_by_one)))
        };
        let tasks = Mutex::new(shards.iter().map(drive).collect());
        Self { shards, hasher: RandomState::new(), tasks }
    }

    /// Sends a message that others hear when it is stored. Its place in the order is taken by this
    /// call, and it is on its way even if the answer is never waited for.
    ///
    /// # Errors
    /// [`SendError`]: unless it is [`SendError::Unknown`], the message is not stored and never will
    /// be.
    pub fn send(
        &self,
        message: NewMessage,
        sender: Arc<Profile>,
    ) -> impl Future<Output = Result<Answer, SendError>> + Send + use<> {
        let sent = self.submit(message, sender, Delivering::Stored);
        async move { sent?.outcome.await }
    }

    /// Sends a message that those who listen are shown before this returns, through
    /// [`FanOut::shown`]. They are told by the fan-out too what becomes of it; the outcome here is for
    /// the sending socket.
    ///
    /// # Errors
    /// [`SendError`]: nothing was shown, nothing is stored.
    pub fn show(
        &self,
        message: NewMessage,
        sender: Arc<Profile>,
    ) -> Result<Sent<impl Future<Output = Result<Answer, SendError>> + Send + use<>>, SendError>
    {
        self.submit(message, sender, Delivering::Optimistic)
    }

    fn submit(
        &self,
        message: NewMessage,
        sender: Arc<Profile>,
        delivering: Delivering,
    ) -> Result<Sent<impl Future<Output = Result<Answer, SendError>> + Send + use<>>, SendError>
    {
        let shard = self.shard(&message.conversation);
        let (accepted, answer) = shard.submit(message, sender, delivering)?;
        // The sender of the answer goes only with the shard.
        let outcome = async move { answer.await.unwrap_or(Err(SendError::Unknown)) };
        Ok(Sent { accepted, outcome })
    }

    /// Begins to listen to a conversation, for one listener: when this has its answer, every message
    /// after [`Following::from`] is given to [`FanOut::deliver`] until the [`Following`] is dropped.
    /// Counts from this call on; a future that is dropped counts no more. The listener is to be known
    /// to the fan-out before, and to read the history afterwards.
    ///
    /// # Errors
    /// [`SendError::Full`], and [`SendError::Down`] if the store does not say where to begin.
    pub fn follow(
        &self,
        conversation: ConversationId,
    ) -> impl Future<Output = Result<Following, SendError>> + Send + use<> {
        let begun = Shard::follow(self.shard(&conversation), conversation);
        async move {
            let (mut following, answer) = begun?;
            following.from = answer.await.unwrap_or(Err(SendError::Closed))?;
            Ok(following)
        }
    }

    /// Another node has stored a message.
    pub fn observe(&self, delivery: Delivery) {
        self.shard(&delivery.message.conversation).observe(delivery);
    }

    /// Accepts nothing more, waits until everything that was accepted has its outcome, but no longer
    /// than `within`, and gives up what is left then: `false` if there was any. Whoever wants to listen
    /// is refused. A second call finds nothing to wait for.
    pub async fn shutdown(&self, within: Duration) -> bool {
        for shard in &self.shards {
            shard.close();
        }
        let tasks = std::mem::take(&mut *self.tasks.lock());
        let all = async {
            for task in tasks {
                // A task that panicked has left its messages behind; they are given up below.
                let _ = task.await;
            }
        };
        let _ = tokio::time::timeout(within, all).await;
        let left: usize = self.shards.iter().map(|shard| shard.abandon()).sum();
        left == 0
    }

    /// What there is, and was.
    pub fn stats(&self) -> SequencingStats {
        self.shards.iter().fold(SequencingStats::default(), |sum, shard| shard.add_stats(sum))
    }

    fn shard(&self, conversation: &ConversationId) -> &Arc<Shard> {
        let hash = self.hasher.hash_one(conversation);
        let count = u64::try_from(self.shards.len()).expect("a count of shards fits");
        let place = usize::try_from(hash % count).expect("smaller than the count of shards");
        &self.shards[place]
    }
}

impl Drop for Sequencing {
    fn drop(&mut self) {
        for shard in &self.shards {
            shard.close();
        }
    }
}

/// One listener's part in a conversation, until it is dropped. Not to be dropped inside a [`FanOut`].
pub struct Following {
    shard: Arc<Shard>,
    conversation: ConversationId,
    ticket: chat::sequencer::Ticket,
    from: Seq,
}

impl Following {
    /// The place after which every message is delivered.
    pub fn from(&self) -> Seq {
        self.from
    }
}

impl fmt::Debug for Following {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Following").field("from", &self.from).finish_non_exhaustive()
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.shard.forget(&self.conversation, self.ticket);
    }
}
