//! Stored messages on their way to those who listen: in order, each once, without a hole.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::listened::{Listened, Read, cost};
use super::types::{Delivery, Effect, ReadId, Ticket, Work};
use super::{SendError, SequencerConfig};
use crate::conversations::{ConversationId, Seq};
use crate::messages::{Page, PageError};
use crate::store::StoreError;
use crate::time::Monotonic;

/// So often the store may have nothing where a hole was seen, before what lies beyond the hole is
/// taken for an error: with pauses that double up to half a second, some two seconds.
const MAX_VAIN_READS: u32 = 8;

/// The conversations that are listened to.
#[derive(Debug)]
pub(super) struct Listening {
    max_conversations: usize,
    max_waiting: usize,
    max_held_bytes: usize,
    max_reads: usize,
    page: usize,
    fill_delay: Duration,
    first_pause: Duration,
    longest_pause: Duration,
    conversations: HashMap<ConversationId, Listened>,
    /// Reads that are not in flight, and when they are due.
    wanted: BTreeSet<(Monotonic, ConversationId)>,
    reads_in_flight: usize,
    waiting: usize,
    held_bytes: usize,
    incarnations: u64,
}

impl Listening {
    pub(super) fn new(config: &SequencerConfig) -> Self {
        Self {
            max_conversations: config.max_conversations,
            max_waiting: config.max_waiting_listeners,
            max_held_bytes: config.max_held_bytes,
            max_reads: config.max_reads.max(1),
            page: config.fill_page.max(1),
            fill_delay: config.fill_delay,
            first_pause: config.first_pause,
            longest_pause: config.longest_pause,
            conversations: HashMap::new(),
            wanted: BTreeSet::new(),
            reads_in_flight: 0,
            waiting: 0,
            held_bytes: 0,
            incarnations: 0,
        }
    }

    pub(super) fn conversations(&self) -> usize {
        self.conversations.len()
    }

    pub(super) fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// One more listens; the answer is among the effects, now or later.
    pub(super) fn listen(
        &mut self,
        now: Monotonic,
        conversation: &ConversationId,
        ticket: Ticket,
        effects: &mut Vec<Effect>,
    ) -> Result<(), SendError> {
        let full = self.conversations.len() >= self.max_conversations;
        let known = self.conversations.get(conversation);
        let must_wait = known.is_none_or(|listened| listened.cursor.is_none());
        if full && known.is_none() || must_wait && self.waiting >= self.max_waiting {
            return Err(SendError::Full);
        }
        let listened = self.conversations.entry(conversation.clone()).or_insert_with(|| {
            self.incarnations += 1;
            Listened::new(self.incarnations)
        });
        listened.listeners += 1;
        if let Some(from) = listened.cursor {
            effects.push(Effect::Listening { ticket, result: Ok(from) });
            return Ok(());
        }
        listened.waiting.push(ticket);
        self.waiting += 1;
        if listened.read == Read::No {
            listened.read = Read::At(now);
            self.wanted.insert((now, conversation.clone()));
        }
        Ok(())
    }

    /// One fewer listens.
    pub(super) fn forget(&mut self, conversation: &ConversationId) {
        let Some(listened) = self.conversations.get_mut(conversation) else { return };
        listened.listeners -= 1;
        if listened.listeners > 0 {
            return;
        }
        if let Some(gone) = self.conversations.remove(conversation) {
            if let Read::At(due) = gone.read {
                self.wanted.remove(&(due, conversation.clone()));
            }
            self.waiting -= gone.waiting.len();
            self.held_bytes -= gone.held.values().map(cost).sum::<usize>();
        }
    }

    /// A message is stored. It is delivered if it is the next one, dropped if it was delivered
    /// before, and held back otherwise.
    pub(super) fn arrive(&mut self, now: Monotonic, delivery: Delivery, effects: &mut Vec<Effect>) {
        let Some(listened) = self.conversations.get_mut(&delivery.message.conversation) else {
            return;
        };
        let conversation = delivery.message.conversation.clone();
        listened.take(delivery, self.max_held_bytes, &mut self.held_bytes, effects);
        self.look_for_holes(now.after(self.fill_delay), &conversation);
    }

    /// Sees to it that a read is due if there is a hole, and that none is if there is not.
    fn look_for_holes(&mut self, due: Monotonic, conversation: &ConversationId) {
        let Some(listened) = self.conversations.get_mut(conversation) else { return };
        match (listened.cursor, listened.read) {
            (Some(cursor), Read::No) if cursor < listened.newest => {
                listened.read = Read::At(due);
                self.wanted.insert((due, conversation.clone()));
            }
            (Some(cursor), Read::At(due)) if cursor >= listened.newest => {
                listened.read = Read::No;
                self.wanted.remove(&(due, conversation.clone()));
            }
            _ => {}
        }
    }

    /// The next question to the store, if one is due.
    pub(super) fn next_read(&mut self, now: Monotonic) -> Option<Work> {
        if self.next_read_at().is_none_or(|due| due > now) {
            return None;
        }
        let (_, conversation) = self.wanted.pop_first()?;
        let page = self.page;
        let listened =
            self.conversations.get_mut(&conversation).expect("a wanted read is listened for");
        listened.read = Read::InFlight;
        self.reads_in_flight += 1;
        let read = ReadId { conversation, incarnation: listened.incarnation };
        let Some(after) = listened.cursor else { return Some(Work::Anchor(read)) };
        let missing = listened.newest.0.saturating_sub(after.0);
        let limit = usize::try_from(missing).map_or(page, |missing| missing.min(page));
        Some(Work::Fill { read, after, limit })
    }

    /// When [`Self::next_read`] has something; `None` if it waits for an input.
    pub(super) fn next_read_at(&self) -> Option<Monotonic> {
        let may_read = self.reads_in_flight < self.max_reads;
        self.wanted.first().filter(|_| may_read).map(|(due, _)| *due)
    }

    pub(super) fn anchored(
        &mut self,
        now: Monotonic,
        read: &ReadId,
        result: Result<Seq, StoreError>,
        effects: &mut Vec<Effect>,
    ) {
        self.reads_in_flight = self.reads_in_flight.saturating_sub(1);
        let Some(listened) = returned(&mut self.conversations, read) else { return };
        let waiting = std::mem::take(&mut listened.waiting);
        let result = result.map_err(|_| SendError::Down);
        effects.extend(waiting.iter().map(|ticket| Effect::Listening { ticket: *ticket, result }));
        let waited = waiting.len();
        let freed = match result {
            Ok(from) => listened.begin_after(from, effects),
            Err(_) => listened.forget_rest(),
        };
        self.held_bytes -= freed;
        self.waiting -= waited;
        self.look_for_holes(now, &read.conversation);
    }

    pub(super) fn filled(
        &mut self,
        now: Monotonic,
        read: &ReadId,
        result: Result<Page, PageError>,
        effects: &mut Vec<Effect>,
    ) {
        self.reads_in_flight = self.reads_in_flight.saturating_sub(1);
        let Some(listened) = returned(&mut self.conversations, read) else { return };
        let before = listened.cursor;
        let mut due = now;
        match result {
            Ok(page) => {
                let senders: HashMap<_, _> =
                    page.senders.into_iter().map(|who| (who.id.clone(), Arc::new(who))).collect();
                for message in page.messages {
                    let Some(sender) = senders.get(&message.sender).cloned() else { break };
                    let delivery = Delivery { message, sender };
                    listened.take(delivery, 0, &mut self.held_bytes, effects);
                }
            }
            // Then there is nothing to wait for either.
            Err(PageError::NotFound) => {}
            Err(PageError::Store(_)) => due = now.after(self.longest_pause),
        }
        if listened.cursor > before || listened.cursor >= Some(listened.newest) {
            listened.vain_reads = 0;
        } else if due == now {
            due = now.after(pause(self.first_pause, self.longest_pause, listened.vain_reads));
            listened.vain_reads += 1;
            if listened.vain_reads > MAX_VAIN_READS {
                tracing::error!("a message was announced that the store does not have");
                self.held_bytes -= listened.forget_rest();
            }
        }
        self.look_for_holes(due, &read.conversation);
    }
}

/// The conversation that a read was for, if it still is listened to as it was then.
fn returned<'a>(
    conversations: &'a mut HashMap<ConversationId, Listened>,
    read: &ReadId,
) -> Option<&'a mut Listened> {
    let listened = conversations.get_mut(&read.conversation)?;
    if listened.incarnation != read.incarnation || listened.read != Read::InFlight {
        return None;
    }
    listened.read = Read::No;
    Some(listened)
}

/// Doubles from the first to the longest.
fn pause(first: Duration, longest: Duration, times: u32) -> Duration {
    first.saturating_mul(1 << times.min(16)).min(longest)
}
