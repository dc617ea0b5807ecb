//! A node, and what its clients and listeners were told: each answer is checked as it comes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chat::conversations::{ConversationId, Seq};
use chat::identity::Profile;
use chat::ids::{AccountId, ClientId, MessageId};
use chat::messages::{Message, NewMessage, Rejection};
use chat::sequencer::{
    Answer, Committed, Delivering, Delivery, Effect, Outcome, Resent, SendError, Sequencer,
    SequencerConfig, Submission, Ticket, Work,
};
use chat::text::Text;
use chat::time::Monotonic;

use crate::ledger::Ledger;
use crate::world::profile;

/// How long anybody waits for an answer, as it is by default.
const PATIENCE_MS: u64 = 5_000;

/// How often what happened.
#[derive(Debug, Default, Clone)]
pub(super) struct Tally {
    pub(super) stored: u64,
    pub(super) duplicates: u64,
    /// Resends of what was pending.
    pub(super) resends: u64,
    pub(super) conflicts: u64,
    /// Refused at once, the store being down.
    pub(super) refused: u64,
    /// Refused after waiting.
    pub(super) expired: u64,
    pub(super) full: u64,
    pub(super) broken: u64,
    /// Told that nobody knows, after waiting for what the store had.
    pub(super) unknown: u64,
    /// Optimistic ones that were taken back.
    pub(super) failed: u64,
    /// Optimistic ones that were taken back since their key was used before.
    pub(super) taken_back: u64,
    /// Optimistic resends of what was known to be stored.
    pub(super) known: u64,
    pub(super) delivered: u64,
    pub(super) filled: u64,
    pub(super) anchored: u64,
    pub(super) settled: u64,
    pub(super) settled_as_lost: u64,
}

/// How an optimistic message ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Confirmed,
    Failed,
}

type Key = (ConversationId, AccountId, ClientId);

/// Those who listen to a conversation here.
#[derive(Default)]
struct Listeners {
    count: usize,
    /// What they have heard; `None` before they know where they begin.
    heard: Option<Seq>,
    /// The newest message when the first of those who wait began to listen.
    begun_at: Seq,
    waiting: HashSet<Ticket>,
}

/// Those who wait for the outcome of one text of a key.
struct Waiting {
    count: usize,
    /// When the first of them began to.
    since_ms: u64,
}

pub(super) struct Node {
    sequencer: Sequencer,
    tickets: u64,
    attempts: HashMap<Ticket, NewMessage>,
    /// Keys that wait for their outcome, with the text.
    pending: HashMap<Key, HashMap<Text, Waiting>>,
    /// Keys whose senders were told that nobody knows: they may be pending still.
    told: HashMap<Key, Text>,
    refused: Vec<MessageId>,
    shown: HashSet<MessageId>,
    optimistic: HashSet<MessageId>,
    /// Those of them that ended, and how.
    ended: HashMap<MessageId, End>,
    /// In each conversation the last one that was shown, and the last of those that was stored.
    order: HashMap<ConversationId, (MessageId, Option<MessageId>)>,
    /// Those that were sent again optimistically, pending in any kind.
    watched: HashSet<MessageId>,
    committed: HashSet<MessageId>,
    /// The latest message of each conversation that was stored here.
    latest: HashMap<ConversationId, (MessageId, Seq)>,
    listeners: HashMap<ConversationId, Listeners>,
    profiles: HashMap<AccountId, Arc<Profile>>,
    tally: Tally,
}

impl Node {
    pub(super) fn new(number: u64) -> Self {
        let config = SequencerConfig {
            max_batch_messages: 256,
            max_held_bytes: 64 << 10,
            fill_page: 20,
            max_conversations: 90,
            patience: Duration::from_millis(PATIENCE_MS),
            ..SequencerConfig::default()
        };
        Self {
            sequencer: Sequencer::new(config),
            tickets: number << 32,
            attempts: HashMap::new(),
            pending: HashMap::new(),
            told: HashMap::new(),
            refused: Vec::new(),
            shown: HashSet::new(),
            optimistic: HashSet::new(),
            ended: HashMap::new(),
            order: HashMap::new(),
            watched: HashSet::new(),
            committed: HashSet::new(),
            latest: HashMap::new(),
            listeners: HashMap::new(),
            profiles: HashMap::new(),
            tally: Tally::default(),
        }
    }

    pub(super) fn submit(
        &mut self,
        message: NewMessage,
        delivering: Delivering,
        (millis, ledger): (u64, &Ledger),
    ) {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let id = message.sender.clone();
        let sender = self.profiles.entry(id).or_insert_with_key(|id| profile(id.as_str())).clone();
        let submission = Submission { message: message.clone(), sender, delivering, ticket };
        let key = key(&message);
        let pending = key.as_ref().and_then(|key| self.pending.get(key));
        let waiting = pending.and_then(|texts| texts.get(&message.text));
        let is_pending = waiting.is_some();
        let is_overdue = waiting.is_some_and(|waiting| millis - waiting.since_ms >= PATIENCE_MS);
        let has_rival = pending.is_some_and(|texts| texts.keys().any(|text| *text != message.text));
        let told = key.as_ref().and_then(|key| self.told.get(key));
        let is_told = told.map(|text| *text == message.text);
        let first =
            ledger.first(&message.conversation, &message.sender, message.client_id.as_ref());
        let first = first.and_then(|first| first.text.as_ref());
        let accepted = self.sequencer.submit(Monotonic::from_millis(millis), submission);
        match accepted {
            Ok(accepted) => {
                if accepted.is_resend {
                    // Or an optimistic one of what is known to be stored.
                    assert!(is_pending || delivering == Delivering::Optimistic);
                    self.tally.resends += 1;
                } else if delivering == Delivering::Optimistic {
                    self.optimistic.insert(message.id);
                }
                if let Some(key) = key {
                    let texts = self.pending.entry(key).or_default();
                    let waiting = texts.entry(message.text.clone());
                    waiting.or_insert(Waiting { count: 0, since_ms: millis }).count += 1;
                }
                self.attempts.insert(ticket, message);
            }
            Err(error) => {
                match error {
                    SendError::Rejected(Rejection::Conflict) => {
                        assert_eq!(delivering, Delivering::Optimistic);
                        let knows = first.is_some_and(|first| *first != message.text);
                        assert!(has_rival || is_told == Some(false) || knows);
                        self.tally.conflicts += 1;
                    }
                    SendError::Unknown => {
                        // What was shown goes on, but nobody waits for its answer any longer.
                        let is_stored = delivering == Delivering::Stored;
                        assert!(is_told == Some(true) || is_stored && is_overdue);
                        self.tally.unknown += 1;
                    }
                    SendError::Down => self.tally.refused += 1,
                    SendError::Full => self.tally.full += 1,
                    other => panic!("{other:?}"),
                }
                self.refused.push(message.id);
            }
        }
    }

    pub(super) fn listen_or_forget(
        &mut self,
        more: bool,
        place: &ConversationId,
        millis: u64,
        ledger: &Ledger,
    ) {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let listeners = self.listeners.entry(place.clone()).or_default();
        if !more && listeners.count > 0 {
            self.sequencer.forget(place);
            listeners.count -= 1;
            if listeners.count == 0 {
                self.listeners.remove(place);
            }
        } else if more
            && self.sequencer.listen(Monotonic::from_millis(millis), place, ticket).is_ok()
        {
            listeners.count += 1;
            if listeners.heard.is_none() && listeners.waiting.is_empty() {
                listeners.begun_at = ledger.newest(place);
            }
            listeners.waiting.insert(ticket);
        } else if listeners.count == 0 {
            self.listeners.remove(place);
        }
    }

    pub(super) fn observe(&mut self, delivery: Delivery, millis: u64) {
        self.sequencer.observe(Monotonic::from_millis(millis), delivery);
    }

    pub(super) fn tick(&mut self, millis: u64) {
        self.sequencer.tick(Monotonic::from_millis(millis));
    }

    pub(super) fn is_due(&self, millis: u64) -> bool {
        self.sequencer.next_deadline().is_some_and(|due| due <= Monotonic::from_millis(millis))
    }

    pub(super) fn next_work(&mut self, millis: u64) -> Option<Work> {
        self.sequencer.next_work(Monotonic::from_millis(millis))
    }

    pub(super) fn done(&mut self, outcome: Outcome, millis: u64) {
        match &outcome {
            Outcome::Settle(Ok(found)) => {
                let stored = found.iter().filter(|message| message.is_some()).count();
                self.tally.settled += stored as u64;
                self.tally.settled_as_lost += (found.len() - stored) as u64;
            }
            Outcome::Fill(_, Ok(page)) => self.tally.filled += page.messages.len() as u64,
            _ => {}
        }
        self.sequencer.done(Monotonic::from_millis(millis), outcome);
    }

    /// Checks what came out; what the other node is to be told.
    pub(super) fn hear(&mut self, ledger: &Ledger) -> Vec<Delivery> {
        let effects: Vec<_> = self.sequencer.drain_effects().collect();
        let mut told = Vec::new();
        for effect in effects {
            match effect {
                Effect::Shown(shown) => self.hear_shown(&shown.message),
                Effect::Resent(resent) => self.hear_resent(&resent, ledger),
                Effect::Committed(committed) => {
                    self.hear_committed(&committed, ledger);
                    told.push(committed.delivery);
                }
                Effect::Deliver(delivery) => self.hear_delivery(&delivery, ledger),
                Effect::Failed(failed) => {
                    let was_watched = self.watched.remove(&failed.id);
                    let was_shown = self.shown.remove(&failed.id);
                    assert!(was_shown || was_watched, "failed once, and shown before");
                    assert!(ledger.by_id(failed.id).is_none(), "failed, and stored");
                    if let Some(first) = &failed.first {
                        assert_eq!(ledger.at(&first.conversation, first.seq), first);
                        self.tally.taken_back += 1;
                    }
                    if was_shown {
                        let end = self.ended.insert(failed.id, End::Failed);
                        assert_eq!(end, None, "it ends once");
                    }
                    self.refused.push(failed.id);
                    self.tally.failed += 1;
                }
                Effect::Reply { ticket, result } => self.hear_reply(ticket, result, ledger),
                Effect::Listening { ticket, result } => self.hear_listening(ticket, result, ledger),
            }
        }
        told
    }

    fn hear_committed(&mut self, committed: &Committed, ledger: &Ledger) {
        let message = &committed.delivery.message;
        assert_eq!(ledger.at(&message.conversation, message.seq), message);
        assert!(self.committed.insert(message.id), "committed twice");
        let was_shown = self.shown.remove(&message.id);
        assert_eq!(was_shown, self.optimistic.remove(&message.id), "shown, then committed");
        self.watched.remove(&message.id);
        if was_shown {
            let end = self.ended.insert(message.id, End::Confirmed);
            assert_eq!(end, None, "it ends once");
            let order = self.order.get_mut(&message.conversation).expect("it was shown");
            assert!(order.1.is_none_or(|last| last < message.id), "stored in the order shown");
            order.1 = Some(message.id);
        }
        let latest = (message.id, message.seq);
        if let Some((id, seq)) = self.latest.insert(message.conversation.clone(), latest) {
            assert!(id < message.id && seq < message.seq, "stored in the order of acceptance");
        }
    }

    fn hear_shown(&mut self, message: &NewMessage) {
        assert!(self.shown.insert(message.id), "shown once");
        let order = self.order.entry(message.conversation.clone()).or_insert((message.id, None));
        assert!(order.0 <= message.id, "shown in the order of acceptance");
        order.0 = message.id;
    }

    fn hear_resent(&mut self, resent: &Resent, ledger: &Ledger) {
        assert!(!self.shown.contains(&resent.id), "what is sent again is not shown");
        let (first, created_at) = resent.first;
        match &resent.stored {
            Some(stored) => {
                assert_eq!((stored.id, stored.created_at), (first, created_at));
                assert_eq!(ledger.at(&stored.conversation, stored.seq), stored);
                assert_eq!(stored.text.as_ref(), Some(&resent.text));
                self.tally.known += 1;
            }
            None => {
                self.watched.insert(first);
            }
        }
    }

    fn hear_delivery(&mut self, delivery: &Delivery, ledger: &Ledger) {
        let message = &delivery.message;
        let listeners = self.listeners.get_mut(&message.conversation).expect("somebody listens");
        let heard = listeners.heard.expect("they know where they begin");
        assert_eq!(message.seq, heard.next(), "in order, once, without a gap");
        assert_eq!(ledger.at(&message.conversation, message.seq), message);
        assert_eq!(delivery.sender.id, message.sender);
        listeners.heard = Some(message.seq);
        self.tally.delivered += 1;
    }

    fn hear_listening(&mut self, ticket: Ticket, result: Result<Seq, SendError>, ledger: &Ledger) {
        let place =
            self.listeners.iter().find(|(_, listeners)| listeners.waiting.contains(&ticket));
        let place = place.expect("somebody waits for it").0.clone();
        let listeners = self.listeners.get_mut(&place).expect("just found");
        listeners.waiting.remove(&ticket);
        match result {
            Ok(from) => {
                let heard = *listeners.heard.get_or_insert(from);
                assert_eq!(from, heard);
                assert!(listeners.begun_at <= from && from <= ledger.newest(&place));
                self.tally.anchored += 1;
            }
            Err(error) => assert_eq!((error, listeners.heard), (SendError::Down, None)),
        }
    }

    fn hear_reply(&mut self, ticket: Ticket, result: Result<Answer, SendError>, ledger: &Ledger) {
        let attempt = self.attempts.remove(&ticket).expect("answered once");
        if let Some(key) = key(&attempt) {
            let texts = self.pending.get_mut(&key).expect("its key was pending");
            let waiting = texts.get_mut(&attempt.text).expect("its text was pending");
            waiting.count -= 1;
            if waiting.count == 0 {
                texts.remove(&attempt.text);
            }
            if texts.is_empty() {
                self.pending.remove(&key);
            }
        }
        let error = match result {
            Ok(answer) => return self.hear_answer(&attempt, &answer, ledger),
            Err(error) => error,
        };
        let same_key = |first: &Message| first.text.as_ref() == Some(&attempt.text);
        match error {
            SendError::Rejected(Rejection::Conflict) => {
                let client_id = attempt.client_id.as_ref();
                let first = ledger.first(&attempt.conversation, &attempt.sender, client_id);
                assert!(!same_key(first.expect("somebody has used the key")));
                self.tally.conflicts += 1;
            }
            SendError::Down => self.tally.expired += 1,
            SendError::Broken => self.tally.broken += 1,
            SendError::Unknown => {
                if let Some(key) = key(&attempt) {
                    self.told.insert(key, attempt.text);
                }
                self.tally.unknown += 1;
                return;
            }
            other => panic!("{other:?}"),
        }
        assert!(ledger.by_id(attempt.id).is_none(), "refused, and stored");
        self.refused.push(attempt.id);
    }

    fn hear_answer(&mut self, attempt: &NewMessage, answer: &Answer, ledger: &Ledger) {
        let message = &answer.message;
        assert_eq!(ledger.at(&attempt.conversation, message.seq), message, "answered, not stored");
        assert_eq!(message.text.as_ref(), Some(&attempt.text));
        assert_eq!((&message.sender, &message.client_id), (&attempt.sender, &attempt.client_id));
        assert_eq!(answer.is_duplicate, message.id != attempt.id);
        assert!(message.client_id.is_some() || !answer.is_duplicate);
        if answer.is_duplicate {
            self.tally.duplicates += 1;
        } else {
            self.tally.stored += 1;
        }
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.sequencer.is_settled() && self.sequencer.next_deadline().is_none()
    }

    pub(super) fn committed(&self) -> usize {
        self.committed.len()
    }

    /// When everything has come to rest.
    pub(super) fn check_end(&self, ledger: &Ledger, sum: &mut Tally) {
        assert!(self.attempts.is_empty() && self.pending.is_empty(), "all are answered");
        assert!(self.shown.is_empty(), "what was shown has ended in one kind");
        assert!(self.watched.is_empty(), "what was sent again has ended, too");
        for (id, end) in &self.ended {
            let stored = ledger.by_id(*id).is_some();
            assert_eq!(stored, *end == End::Confirmed, "confirmed is stored, failed is not");
        }
        assert!(self.refused.iter().all(|id| ledger.by_id(*id).is_none()), "refused, then stored");
        for (place, listeners) in &self.listeners {
            assert!(listeners.waiting.is_empty());
            if let Some(heard) = listeners.heard {
                assert_eq!(heard, ledger.newest(place), "everything was heard");
            }
        }
        let stats = self.sequencer.stats();
        assert_eq!((stats.pending_bytes, stats.held_bytes), (0, 0));
        assert_eq!(stats.conversations, self.listeners.len());
        sum.add(&self.tally);
    }
}

impl Tally {
    fn add(&mut self, more: &Self) {
        self.stored += more.stored;
        self.duplicates += more.duplicates;
        self.resends += more.resends;
        self.conflicts += more.conflicts;
        self.refused += more.refused;
        self.expired += more.expired;
        self.full += more.full;
        self.broken += more.broken;
        self.unknown += more.unknown;
        self.failed += more.failed;
        self.taken_back += more.taken_back;
        self.known += more.known;
        self.delivered += more.delivered;
        self.filled += more.filled;
        self.anchored += more.anchored;
        self.settled += more.settled;
        self.settled_as_lost += more.settled_as_lost;
    }
}

fn key(message: &NewMessage) -> Option<Key> {
    let client_id = message.client_id.clone()?;
    Some((message.conversation.clone(), message.sender.clone(), client_id))
}
