//! Messages that were accepted and have no outcome yet, in the order of their acceptance.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::types::{Accepted, Delivering, Submission, Ticket};
use crate::conversations::ConversationId;
use crate::identity::Profile;
use crate::ids::{AccountId, ClientId};
use crate::messages::{MessageKey, NewMessage, Rejection};
use crate::time::{Monotonic, Timestamp};

/// What an accepted message costs besides its text: the entry, its ids, its places in two maps.
pub(super) const ENTRY_BYTES: usize = 768;
/// What one more ticket of an accepted message costs.
const TICKET_BYTES: usize = 64;

/// The place of an entry in the order of acceptance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct EntryId(u64);

/// An accepted message.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) message: NewMessage,
    pub(super) sender: Arc<Profile>,
    pub(super) delivering: Delivering,
    pub(super) accepted_at: Monotonic,
    /// The one that brought it.
    pub(super) ticket: Ticket,
    /// Those of resends, and how each is to be delivered.
    pub(super) resends: Vec<(Ticket, Delivering)>,
    /// Whether it has been with the store for longer than anybody waits for an answer.
    is_overdue: bool,
    /// Whether its senders were told that nobody knows what becomes of it.
    pub(super) is_told: bool,
    /// Whether it was sent again optimistically: then its failure is told too.
    pub(super) is_watched: bool,
}

impl Entry {
    fn bytes(&self) -> usize {
        cost(&self.message) + self.resends.len() * TICKET_BYTES
    }

    /// What the store knows it by.
    pub(super) fn key(&self) -> MessageKey {
        MessageKey {
            conversation: self.message.conversation.clone(),
            sender: self.message.sender.clone(),
            client_id: self.message.client_id.clone(),
            id: self.message.id,
        }
    }
}

/// What a message costs while it is pending, in bytes.
pub(super) fn cost(message: &NewMessage) -> usize {
    ENTRY_BYTES + message.text.as_str().len()
}

/// What a client's message is known by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) conversation: ConversationId,
    pub(super) sender: AccountId,
    pub(super) client_id: ClientId,
}

impl Key {
    /// `None` for a message that its client gave none.
    pub(super) fn of(message: &NewMessage) -> Option<Self> {
        Some(Self {
            client_id: message.client_id.clone()?,
            conversation: message.conversation.clone(),
            sender: message.sender.clone(),
        })
    }
}

/// The entries: some wait in the queue, the others are with the writer.
#[derive(Debug, Default)]
pub(super) struct Pending {
    entries: HashMap<EntryId, Entry>,
    queue: VecDeque<EntryId>,
    /// The first of those with a key.
    by_key: HashMap<Key, EntryId>,
    bytes: usize,
    accepted: u64,
}

impl Pending {
    /// What all of it costs.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many have no outcome yet.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many of them are in the queue.
    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Lets a resend wait for the outcome of the message with its key, and says when that was taken;
    /// `None` if none is pending, or one with another text that may yet fail: then the store decides
    /// between the two.
    pub(super) fn attach(
        &mut self,
        submission: &Submission,
        max_bytes: usize,
    ) -> Option<Result<(Accepted, Timestamp), super::SendError>> {
        let is_optimistic = submission.delivering == Delivering::Optimistic;
        let id = self.by_key.get(&Key::of(&submission.message)?)?;
        let entry = self.entries.get_mut(id).expect("a key's entry is pending");
        if entry.message.text != submission.message.text {
            return is_optimistic.then_some(Err(Rejection::Conflict.into()));
        }
        if entry.is_told || (entry.is_overdue && !is_optimistic) {
            return Some(Err(super::SendError::Unknown));
        }
        if self.bytes + TICKET_BYTES > max_bytes {
            return Some(Err(super::SendError::Full));
        }
        entry.resends.push((submission.ticket, submission.delivering));
        entry.is_watched |= is_optimistic;
        self.bytes += TICKET_BYTES;
        let accepted = Accepted { id: entry.message.id, is_resend: true };
        Some(Ok((accepted, entry.message.created_at)))
    }

    /// Takes a message in, at the end of the queue. None with its key and its text is pending.
    pub(super) fn push(&mut self, submission: Submission, now: Monotonic) {
        let Submission { message, sender, delivering, ticket } = submission;
        self.accepted += 1;
        let id = EntryId(self.accepted);
        if let Some(key) = Key::of(&message) {
            self.by_key.entry(key).or_insert(id);
        }
        let resends = Vec::new();
        let entry = Entry {
            message,
            sender,
            delivering,
            accepted_at: now,
            ticket,
            resends,
            is_overdue: false,
            is_told: false,
            is_watched: false,
        };
        self.bytes += entry.bytes();
        self.entries.insert(id, entry);
        self.queue.push_back(id);
    }

    /// When the oldest of the queue was accepted.
    pub(super) fn oldest(&self) -> Option<Monotonic> {
        self.queue.front().map(|id| self.get(*id).accepted_at)
    }

    /// Takes the first of the queue out, for good.
    pub(super) fn pop(&mut self) -> Option<Entry> {
        let id = self.queue.pop_front()?;
        Some(self.remove(id))
    }

    /// Takes as many as fit from the queue's beginning, one at least if there is one. They stay
    /// pending.
    pub(super) fn take(&mut self, max_messages: usize, max_bytes: usize) -> Vec<EntryId> {
        let mut taken = Vec::new();
        let mut bytes = 0;
        while let Some(id) = self.queue.front() {
            bytes += cost(&self.get(*id).message);
            if !taken.is_empty() && (bytes > max_bytes || taken.len() >= max_messages) {
                break;
            }
            taken.extend(self.queue.pop_front());
        }
        taken
    }

    /// Puts back what was taken and is certainly not stored: to the beginning, in the same order. What
    /// nobody waits for any more is taken out; how many were put back.
    pub(super) fn put_back(&mut self, taken: &[EntryId]) -> (usize, Vec<Entry>) {
        let queued = self.queue.len();
        let mut forgotten = Vec::new();
        for id in taken.iter().rev() {
            if self.get(*id).is_told {
                forgotten.push(self.remove(*id));
            } else {
                self.queue.push_front(*id);
            }
        }
        (self.queue.len() - queued, forgotten)
    }

    /// One that is with the store is overdue: the tickets of all who wait for an answer. What was shown
    /// goes on: of those who sent it optimistically, nobody waits.
    pub(super) fn overdue(&mut self, id: EntryId) -> Vec<Ticket> {
        let entry = self.entries.get_mut(&id).expect("what the writer has is pending");
        entry.is_overdue = true;
        entry.is_told = entry.delivering == Delivering::Stored;
        let is_told = entry.is_told;
        let told = |(_, delivering): &mut (Ticket, Delivering)| {
            is_told || *delivering == Delivering::Stored
        };
        let resends: Vec<_> = entry.resends.extract_if(.., told).collect();
        self.bytes -= resends.len() * TICKET_BYTES;
        let first = is_told.then_some(entry.ticket);
        first.into_iter().chain(resends.into_iter().map(|(ticket, _)| ticket)).collect()
    }

    /// One that is pending.
    pub(super) fn get(&self, id: EntryId) -> &Entry {
        &self.entries[&id]
    }

    /// Takes one out that is not in the queue.
    pub(super) fn remove(&mut self, id: EntryId) -> Entry {
        let entry = self.entries.remove(&id).expect("what the writer has is pending");
        self.bytes -= entry.bytes();
        if let Some(key) = Key::of(&entry.message)
            && self.by_key.get(&key) == Some(&id)
        {
            self.by_key.remove(&key);
        }
        entry
    }
}
