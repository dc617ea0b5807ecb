//! The way into the store: one batch at a time, and certainty about each.

use std::time::Duration;

use super::pending::{Entry, EntryId};
use super::types::{Answer, Committed, Delivering, Delivery, Effect, Failed, Work};
use super::{SendError, Sequencer};
use crate::messages::{Appended, Echo, Message, Rejection};
use crate::store::StoreError;
use crate::time::Monotonic;

/// What the writer is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing.
    Idle,
    /// The store has the batch, or an empty one that asks whether it takes anything.
    Appending,
    /// It is not known what became of the batch: that has to be asked.
    Unsettled,
    /// That was asked.
    Settling,
}

#[derive(Debug)]
pub(super) struct Writer {
    stage: Stage,
    /// What is with the store, or unsettled, in order.
    batch: Vec<EntryId>,
    /// How many of those, from the first, have been with it for longer than anybody waits.
    overdue: usize,
    /// Since when the store has what it was given.
    begun_at: Monotonic,
    /// Nothing is tried before.
    resume_at: Monotonic,
    /// The next pause.
    pause: Duration,
    /// Since when nothing has succeeded.
    failing_since: Option<Monotonic>,
    /// Whether the batch is unsettled because the store called it broken.
    is_suspect: bool,
    /// So many messages from the queue's beginning are appended one by one, so that the one that the
    /// store does not stand harms no other.
    alone: usize,
}

impl Writer {
    pub(super) fn new(first_pause: Duration) -> Self {
        Self {
            stage: Stage::Idle,
            batch: Vec::new(),
            overdue: 0,
            begun_at: Monotonic::default(),
            resume_at: Monotonic::default(),
            pause: first_pause,
            failing_since: None,
            is_suspect: false,
            alone: 0,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.stage == Stage::Idle
    }

    /// How many messages are with the store, or unsettled.
    pub(super) fn in_flight(&self) -> usize {
        self.batch.len()
    }

    fn is_waited_for(&self) -> bool {
        matches!(self.stage, Stage::Appending | Stage::Settling)
    }

    /// Since when the store has been away, as far as that is known.
    fn away_since(&self) -> Option<Monotonic> {
        let hanging = self.is_waited_for().then_some(self.begun_at);
        self.failing_since.into_iter().chain(hanging).min()
    }

    fn begin(&mut self, stage: Stage, now: Monotonic) {
        (self.stage, self.begun_at) = (stage, now);
    }
}

impl Sequencer {
    /// Whether the store has been away for longer than a message waits: nothing more is accepted.
    pub(super) fn is_store_down(&self) -> bool {
        let away = self.writer.away_since().map(|since| self.latest.since(since));
        away.is_some_and(|away| away >= self.config.patience)
    }

    /// What to ask the store next.
    pub(super) fn next_write(&mut self) -> Option<Work> {
        let writer = &mut self.writer;
        if self.latest < writer.resume_at {
            return None;
        }
        match writer.stage {
            Stage::Appending | Stage::Settling => None,
            Stage::Unsettled => {
                writer.begin(Stage::Settling, self.latest);
                let keys = writer.batch.iter().map(|id| self.pending.get(*id).key());
                Some(Work::Settle(keys.collect()))
            }
            Stage::Idle => {
                let max_messages =
                    if writer.alone > 0 { 1 } else { self.config.max_batch_messages };
                let batch = self.pending.take(max_messages, self.config.max_batch_bytes);
                // With nothing to append, the store is asked whether it is back.
                if batch.is_empty() && writer.failing_since.is_none() {
                    return None;
                }
                writer.alone = writer.alone.saturating_sub(batch.len());
                writer.begin(Stage::Appending, self.latest);
                let messages = batch.iter().map(|id| self.pending.get(*id).message.clone());
                let work = Work::Append(messages.collect());
                writer.batch = batch;
                writer.overdue = 0;
                Some(work)
            }
        }
    }

    /// When [`Self::next_write`] has something; `None` if it waits for an input.
    pub(super) fn next_write_at(&self) -> Option<Monotonic> {
        let writer = &self.writer;
        let wanted = match writer.stage {
            Stage::Idle => self.pending.queued() > 0 || writer.failing_since.is_some(),
            Stage::Unsettled => true,
            Stage::Appending | Stage::Settling => false,
        };
        wanted.then_some(writer.resume_at)
    }

    pub(super) fn appended(&mut self, result: Result<Vec<Appended>, StoreError>) {
        if self.writer.stage != Stage::Appending {
            return;
        }
        match result {
            Ok(outcomes) if outcomes.len() == self.writer.batch.len() => {
                self.store_is_back();
                self.writer.stage = Stage::Idle;
                for (id, outcome) in
                    std::mem::take(&mut self.writer.batch).into_iter().zip(outcomes)
                {
                    let entry = self.pending.remove(id);
                    match outcome {
                        Appended::Stored { message, joined } => {
                            self.committed(&entry, message, joined);
                        }
                        Appended::Duplicate(first) => self.duplicate(&entry, first),
                        Appended::Rejected(rejection) => self.fail(&entry, rejection.into()),
                    }
                }
            }
            Err(StoreError::Unavailable) => {
                self.store_failed();
                self.writer.stage = Stage::Idle;
                let batch = std::mem::take(&mut self.writer.batch);
                self.put_back(&batch);
            }
            // An answer that does not fit the question says nothing.
            Ok(_) | Err(StoreError::Unknown | StoreError::Broken) => {
                self.store_failed();
                self.writer.is_suspect = result == Err(StoreError::Broken);
                self.writer.stage =
                    if self.writer.batch.is_empty() { Stage::Idle } else { Stage::Unsettled };
            }
        }
    }

    pub(super) fn settled(&mut self, result: Result<Vec<Option<Message>>, StoreError>) {
        if self.writer.stage != Stage::Settling {
            return;
        }
        let stored = match result {
            Ok(stored) if stored.len() == self.writer.batch.len() => stored,
            Ok(_) | Err(_) => {
                self.store_failed();
                self.writer.stage = Stage::Unsettled;
                return;
            }
        };
        self.writer.stage = Stage::Idle;
        let is_suspect = std::mem::take(&mut self.writer.is_suspect);
        let batch = std::mem::take(&mut self.writer.batch);
        let is_alone = batch.len() == 1;
        let mut again = Vec::new();
        for (id, stored) in batch.into_iter().zip(stored) {
            match stored {
                Some(message) => {
                    let entry = self.pending.remove(id);
                    self.found(&entry, message);
                }
                None if is_suspect && is_alone => {
                    let entry = self.pending.remove(id);
                    self.fail(&entry, SendError::Broken);
                }
                // The lost commit may have counted it as an echo; a second attempt would be a second
                // message.
                None if matches!(self.pending.get(id).message.echo, Echo::Emit { .. }) => {
                    let entry = self.pending.remove(id);
                    self.fail(&entry, SendError::Down);
                }
                None => again.push(id),
            }
        }
        let waiting = self.put_back(&again);
        if is_suspect {
            self.writer.alone = waiting;
        }
    }

    /// Puts back what is certainly not stored; how many wait for their next turn.
    fn put_back(&mut self, batch: &[EntryId]) -> usize {
        let (waiting, forgotten) = self.pending.put_back(batch);
        for entry in &forgotten {
            self.fail(entry, SendError::Down);
        }
        waiting
    }

    /// Gives up on whatever has waited too long in the queue: it is not with the store, so it never
    /// will be stored. Whoever waits for what the store has is told that nobody knows. (Optimistic
    /// messages were shown: their senders hear when it is known.)
    pub(super) fn expire(&mut self) {
        let patience = self.config.patience;
        while let Some(id) = self.writer.batch.get(self.writer.overdue).copied() {
            let entry = self.pending.get(id);
            if self.latest.since(entry.accepted_at) < patience {
                break;
            }
            self.writer.overdue += 1;
            let result = Err(SendError::Unknown);
            let replies = self.pending.overdue(id).into_iter();
            let reply = |ticket| Effect::Reply { ticket, result: result.clone() };
            self.effects.extend(replies.map(reply));
        }
        while self.pending.oldest().is_some_and(|since| self.latest.since(since) >= patience) {
            self.give_up_oldest(SendError::Down);
        }
    }

    /// Takes the oldest out of the queue with this outcome; `false` if there is none.
    pub(super) fn give_up_oldest(&mut self, error: SendError) -> bool {
        let Some(entry) = self.pending.pop() else { return false };
        self.writer.alone = self.writer.alone.saturating_sub(1);
        self.fail(&entry, error);
        true
    }

    /// Answers what is with the store that nobody will know.
    pub(super) fn give_up_in_flight(&mut self) {
        self.writer.stage = Stage::Idle;
        self.writer.failing_since = None;
        for id in std::mem::take(&mut self.writer.batch) {
            let entry = self.pending.remove(id);
            self.reply_all(&entry, Err(SendError::Unknown));
        }
    }

    /// When the next one of the batch has been with the store for longer than anybody waits.
    pub(super) fn next_overdue(&self) -> Option<Monotonic> {
        let id = self.writer.batch.get(self.writer.overdue)?;
        Some(self.pending.get(*id).accepted_at.after(self.config.patience))
    }

    fn store_is_back(&mut self) {
        self.writer.failing_since = None;
        self.writer.pause = self.config.first_pause;
    }

    fn store_failed(&mut self) {
        let writer = &mut self.writer;
        // A work that hung before it failed has been failing since it began.
        writer.failing_since.get_or_insert(writer.begun_at);
        writer.resume_at = self.latest.after(writer.pause);
        writer.pause = (writer.pause * 2).min(self.config.longest_pause);
    }

    /// The store knows the key after a commit whose answer was lost.
    fn found(&mut self, entry: &Entry, message: Message) {
        if message.id == entry.message.id {
            self.committed(entry, message, true);
        } else if message.text.as_ref().is_none_or(|text| *text == entry.message.text) {
            self.duplicate(entry, message);
        } else {
            self.fail(entry, Rejection::Conflict.into());
        }
    }

    fn committed(&mut self, entry: &Entry, message: Message, joined: bool) {
        let delivery = Delivery { message: message.clone(), sender: entry.sender.clone() };
        let committed = Committed { delivery: delivery.clone(), joined };
        self.effects.push(Effect::Committed(committed));
        self.recent.remember(&message);
        self.listening.arrive(self.latest, delivery, &mut self.effects);
        self.reply_all(entry, Ok(Answer { message, is_duplicate: false }));
    }

    fn duplicate(&mut self, entry: &Entry, first: Message) {
        self.recent.remember(&first);
        self.unshow(entry, Rejection::Conflict.into(), Some(first.clone()));
        self.reply_all(entry, Ok(Answer { message: first, is_duplicate: true }));
    }

    fn fail(&mut self, entry: &Entry, error: SendError) {
        self.unshow(entry, error, None);
        self.reply_all(entry, Err(error));
    }

    fn unshow(&mut self, entry: &Entry, error: SendError, first: Option<Message>) {
        if entry.delivering == Delivering::Optimistic || entry.is_watched {
            self.effects.push(Effect::Failed(Failed {
                id: entry.message.id,
                conversation: entry.message.conversation.clone(),
                sender: entry.message.sender.clone(),
                error,
                first,
            }));
        }
    }

    fn reply_all(&mut self, entry: &Entry, result: Result<Answer, SendError>) {
        if entry.is_told {
            return;
        }
        self.effects.push(Effect::Reply { ticket: entry.ticket, result: result.clone() });
        let result = result.map(|answer| Answer { is_duplicate: true, ..answer });
        for (ticket, _) in &entry.resends {
            self.effects.push(Effect::Reply { ticket: *ticket, result: result.clone() });
        }
    }
}
