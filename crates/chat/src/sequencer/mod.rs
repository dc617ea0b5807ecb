//! The order of things: every message of a conversation gets its place here, on its way into the
//! store and on its way to those who listen.
//!
//! [`Sequencer`] is a synchronous state machine for a shard of the conversations. The edge gives it
//! one input at a time with the present moment; what it decided is taken with
//! [`Sequencer::drain_effects`] in the same critical section, what it wants to ask the store with
//! [`Sequencer::next_work`], and the answers come back by [`Sequencer::done`].
//!
//! ```text
//! submit ─▶ queue ─▶ batch ─▶ Append ─▶ Committed, Deliver, Reply
//!   │         ▲        │ Unavailable: nothing is stored, back to the queue's beginning
//!   │         ├────────┤
//!   │         │        └ Unknown ─▶ Settle, until the store knows ─▶ stored: as above
//!   │         └───────────────────────────────┘ not stored
//!   └▶ Shown (optimistic: in the same step)
//!
//! observe (another node's commit) ─▶ the next one? ─▶ Deliver
//!                                     a hole? ─▶ held back, Fill ─▶ Deliver in order
//! ```
//!
//! What holds after every input:
//!
//! - What is stored of a conversation is stored in the order in which it was accepted. At most one
//!   batch is with the store; nothing is appended while the outcome of an earlier batch is unknown.
//! - A message that its sender was refused is not stored and never will be: it is given up only while
//!   the store does not have it. Where the store has had it for longer than a message waits, and after
//!   [`Sequencer::abandon`], the answer is [`SendError::Unknown`]: nobody knows. If it then turns out
//!   not to be stored, it is not tried again; if it is stored, it is delivered.
//! - A key (conversation, sender, `clientId`) is pending at most once: a resend waits for the same
//!   outcome. What was stored earlier is the store's to recognise; the latest keys are remembered, so
//!   that an optimistic resend of one is not shown again.
//! - An optimistic message that was shown ends in exactly one of [`Effect::Committed`] and
//!   [`Effect::Failed`]. To whoever sent it again the outcome is the same.
//! - Deliveries of a conversation come in `seq` order, each once, without a gap.
//!
//! # Where listening begins
//!
//! Nothing is remembered of a conversation that nobody listens to. The first listener's place is the
//! newest message's at a moment after it began to listen: what is stored later is delivered. So
//! whoever joins makes itself known to the fan-out, then calls [`Sequencer::listen`], waits for
//! [`Effect::Listening`], and reads the history *then*: what it reads reaches at least up to that
//! place, and nothing falls between. What it reads may reach further; it drops what it has by `seq`.

mod error;
mod listened;
mod listening;
mod pending;
mod recent;
mod types;
mod writer;

use std::time::Duration;

pub use error::SendError;
pub use types::{
    Accepted, Answer, Committed, Delivering, Delivery, Effect, Failed, Outcome, ReadId, Resent,
    Shown, Submission, Ticket, Work,
};

use crate::conversations::ConversationId;
use crate::ids::MessageId;
use crate::messages::{Message, NewMessage, Rejection};
use crate::time::{Monotonic, Timestamp};
use listening::Listening;
use pending::{Pending, cost};
use recent::Recent;
use writer::Writer;

/// A sequencer's numbers, for one shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequencerConfig {
    /// The most bytes of accepted messages without an outcome, each counted with 768 bytes besides
    /// its text: 8 MiB, so 10,000 short messages or 500 of the longest; 128 MiB for 16 shards.
    pub max_pending_bytes: usize,
    /// The most bytes of stored messages whose keys are remembered, so that a resend is recognised
    /// before it is shown, each counted with 512 bytes besides its text: 1 MiB, so 2,000 short ones;
    /// 16 MiB for 16 shards. Older ones are the store's to recognise.
    pub max_recent_bytes: usize,
    /// The most messages in a batch: 1,024.
    pub max_batch_messages: usize,
    /// The most bytes in a batch, counted in the same way; one message always fits: 1 MiB.
    pub max_batch_bytes: usize,
    /// How long a message waits for a store that does not take it, and how long the store may be
    /// away until nothing more is accepted: 5 seconds.
    pub patience: Duration,
    /// The pause after a first failure; each further one is twice as long: 10 ms.
    pub first_pause: Duration,
    /// The longest pause between attempts, so the time until a store that is back is noticed: 500 ms.
    pub longest_pause: Duration,
    /// The most conversations listened to, some 400 bytes each: 65,536, so 26 MiB; for 16 shards a
    /// million conversations.
    pub max_conversations: usize,
    /// The most listeners that wait to learn where they begin, 8 bytes each: 65,536, so 512 KiB.
    pub max_waiting_listeners: usize,
    /// The most bytes of messages held back behind holes, each counted with 512 bytes besides its
    /// text: 4 MiB. What finds no room is read from the store when its turn comes.
    pub max_held_bytes: usize,
    /// The most reads from the store at the same time: 2. Each brings at most a page, so 512
    /// messages, 8 MiB of the longest.
    pub max_reads: usize,
    /// The most messages that one read brings: 256.
    pub fill_page: usize,
    /// How long a hole may stay before the store is asked: 5 ms. Most are a message of another node
    /// that is on its way.
    pub fill_delay: Duration,
}

impl Default for SequencerConfig {
    fn default() -> Self {
        Self {
            max_pending_bytes: 8 << 20,
            max_recent_bytes: 1 << 20,
            max_batch_messages: 1_024,
            max_batch_bytes: 1 << 20,
            patience: Duration::from_secs(5),
            first_pause: Duration::from_millis(10),
            longest_pause: Duration::from_millis(500),
            max_conversations: 65_536,
            max_waiting_listeners: 65_536,
            max_held_bytes: 4 << 20,
            max_reads: 2,
            fill_page: 256,
            fill_delay: Duration::from_millis(5),
        }
    }
}

/// How much there is at the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SequencerStats {
    /// Accepted messages that wait for the store.
    pub queued: usize,
    /// Accepted messages that the store has, or that it has to be asked about.
    pub in_flight: usize,
    /// What both cost, in bytes.
    pub pending_bytes: usize,
    /// Conversations that are listened to.
    pub conversations: usize,
    /// What is held back behind holes, in bytes.
    pub held_bytes: usize,
}

/// The sequencer of one shard of conversations. See the module's documentation.
#[derive(Debug)]
pub struct Sequencer {
    config: SequencerConfig,
    latest: Monotonic,
    is_closed: bool,
    pending: Pending,
    recent: Recent,
    writer: Writer,
    listening: Listening,
    effects: Vec<Effect>,
}

impl Sequencer {
    /// With nothing in it.
    pub fn new(config: SequencerConfig) -> Self {
        Self {
            latest: Monotonic::default(),
            is_closed: false,
            pending: Pending::default(),
            recent: Recent::new(config.max_recent_bytes),
            writer: Writer::new(config.first_pause),
            listening: Listening::new(&config),
            effects: Vec::new(),
            config,
        }
    }

    /// Takes a message in, after all that were taken in before. An optimistic one is among the effects
    /// in the same step, so that what is shown is shown in the order in which it will be stored.
    ///
    /// # Errors
    /// [`SendError::Down`] if the store has been away for longer than a message waits,
    /// [`SendError::Full`] if too much is pending, `Rejected(Conflict)` for an optimistic one if the
    /// same key is pending or was stored lately with another text, [`SendError::Closed`] at the end.
    /// Nothing was shown and no reply comes then.
    pub fn submit(
        &mut self,
        now: Monotonic,
        submission: Submission,
    ) -> Result<Accepted, SendError> {
        self.tick(now);
        if self.is_closed {
            return Err(SendError::Closed);
        }
        let max_bytes = self.config.max_pending_bytes;
        let is_optimistic = submission.delivering == Delivering::Optimistic;
        if let Some(pending) = self.pending.attach(&submission, max_bytes) {
            let (accepted, created_at) = pending?;
            if is_optimistic {
                self.resent(submission, (accepted.id, created_at), None);
            }
            return Ok(accepted);
        }
        if is_optimistic && let Some(stored) = self.recent.find(&submission.message) {
            return self.known(submission, stored.clone());
        }
        if self.is_store_down() {
            return Err(SendError::Down);
        }
        if self.pending.bytes() + cost(&submission.message) > max_bytes {
            return Err(SendError::Full);
        }
        let id = submission.message.id;
        if is_optimistic {
            let Submission { message, sender, .. } = submission.clone();
            self.effects.push(Effect::Shown(Shown { message, sender }));
        }
        self.pending.push(submission, self.latest);
        Ok(Accepted { id, is_resend: false })
    }

    /// A resend of what is known to be stored.
    fn known(&mut self, submission: Submission, stored: Message) -> Result<Accepted, SendError> {
        if stored.text.as_ref() != Some(&submission.message.text) {
            return Err(Rejection::Conflict.into());
        }
        let accepted = Accepted { id: stored.id, is_resend: true };
        let ticket = submission.ticket;
        self.resent(submission, (stored.id, stored.created_at), Some(stored.clone()));
        let answer = Answer { message: stored, is_duplicate: true };
        self.effects.push(Effect::Reply { ticket, result: Ok(answer) });
        Ok(accepted)
    }

    fn resent(
        &mut self,
        submission: Submission,
        first: (MessageId, Timestamp),
        stored: Option<Message>,
    ) {
        let Submission { message, sender, .. } = submission;
        let NewMessage { id, conversation, text, .. } = message;
        self.effects.push(Effect::Resent(Resent { id, conversation, first, stored, text, sender }));
    }

    /// One more listens to a conversation. [`Effect::Listening`] says from where, or that it cannot be
    /// known at the moment; either way [`Sequencer::forget`] has to be called once for each `Ok`.
    ///
    /// # Errors
    /// [`SendError::Full`] if there are too many conversations or listeners: nothing was counted.
    pub fn listen(
        &mut self,
        now: Monotonic,
        conversation: &ConversationId,
        ticket: Ticket,
    ) -> Result<(), SendError> {
        self.tick(now);
        self.listening.listen(self.latest, conversation, ticket, &mut self.effects)
    }

    /// One fewer listens. With the last one, whatever was held back for it goes too; whoever still
    /// waits for [`Effect::Listening`] gets none.
    pub fn forget(&mut self, conversation: &ConversationId) {
        self.listening.forget(conversation);
    }

    /// Another node has stored a message. May come late, twice, in any order or not at all.
    pub fn observe(&mut self, now: Monotonic, delivery: Delivery) {
        self.tick(now);
        self.recent.remember(&delivery.message);
        self.listening.arrive(self.latest, delivery, &mut self.effects);
    }

    /// What to ask the store now; `None` if nothing is due. To be called until it gives `None`.
    pub fn next_work(&mut self, now: Monotonic) -> Option<Work> {
        self.tick(now);
        self.next_write().or_else(|| self.listening.next_read(self.latest))
    }

    /// What the store has answered. Each [`Work`] comes back exactly once; an answer to what was not
    /// asked is ignored.
    pub fn done(&mut self, now: Monotonic, outcome: Outcome) {
        // Not `tick`: what comes back is settled before anything is given up.
        self.latest = self.latest.max(now);
        let (now, effects) = (self.latest, &mut self.effects);
        match outcome {
            Outcome::Append(result) => self.appended(result),
            Outcome::Settle(result) => self.settled(result),
            Outcome::Anchor(read, result) => self.listening.anchored(now, &read, result, effects),
            Outcome::Fill(read, result) => self.listening.filled(now, &read, result, effects),
        }
    }

    /// Time has passed: whatever has waited too long is given up. To be called at
    /// [`Sequencer::next_deadline`]; harmless at any other time.
    pub fn tick(&mut self, now: Monotonic) {
        // Two threads may have read the clock in one order and come here in the other.
        self.latest = self.latest.max(now);
        self.expire();
    }

    /// When [`Sequencer::tick`] or [`Sequencer::next_work`] has something to do; in the past if it has
    /// now, `None` if both wait for an input. May have come nearer after any input.
    pub fn next_deadline(&self) -> Option<Monotonic> {
        let expiry = self.pending.oldest().map(|since| since.after(self.config.patience));
        let overdue = self.next_overdue();
        let deadlines = [self.next_write_at(), self.listening.next_read_at(), expiry, overdue];
        deadlines.into_iter().flatten().min()
    }

    /// Takes what is to be done since the last call, in order. It stays in memory until then: an input
    /// gives rise to at most one effect for each message that is pending or held back, and each ticket.
    pub fn drain_effects(&mut self) -> std::vec::Drain<'_, Effect> {
        self.effects.drain(..)
    }

    /// Accepts nothing more; what was accepted is stored, or refused when its time is over.
    pub fn close(&mut self) {
        self.is_closed = true;
    }

    /// Whether everything that was accepted has its outcome, and the store is asked nothing about it.
    pub fn is_settled(&self) -> bool {
        self.pending.len() == 0 && self.writer.is_idle()
    }

    /// Gives everything up, because the process ends: what waits is refused, and what is with the
    /// store is answered with [`SendError::Unknown`]. Accepts nothing more.
    pub fn abandon(&mut self) {
        self.close();
        while self.give_up_oldest(SendError::Closed) {}
        self.give_up_in_flight();
    }

    /// How much there is at the moment, without looking at each.
    pub fn stats(&self) -> SequencerStats {
        SequencerStats {
            queued: self.pending.queued(),
            in_flight: self.writer.in_flight(),
            pending_bytes: self.pending.bytes(),
            conversations: self.listening.conversations(),
            held_bytes: self.listening.held_bytes(),
        }
    }
}
