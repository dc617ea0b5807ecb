//! A store that can be slow, away, or lose its answers, and a fan-out that remembers.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chat::conversations::{ConversationId, Seq};
use chat::identity::Profile;
use chat::ids::{AccountId, ClientId, MessageId};
use chat::messages::{
    Appended, Echo, Message, MessageKey, MessageType, Messages, NewMessage, Page, PageCursor,
    PageError, Rejection,
};
use chat::name::Username;
use chat::sequencer::{Committed, Delivery, Failed, Resent, Shown};
use chat::store::{StoreError, StoreFuture};
use chat::text::Text;
use chat::time::Timestamp;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::sequencing::FanOut;

/// What happens to an append.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// Nothing is stored.
    Unavailable,
    /// It is stored, but nobody is told.
    LostAnswer,
    /// It never comes back.
    Hangs,
}

#[derive(Default)]
struct Kept {
    rows: HashMap<ConversationId, Vec<Message>>,
    faults: VecDeque<Fault>,
    away: bool,
    batches: Vec<usize>,
}

/// Messages in memory. Every answer takes [`Double::latency`].
#[derive(Default)]
pub(super) struct Double {
    state: Mutex<Kept>,
    latency: Duration,
}

impl Double {
    pub(super) fn new(latency: Duration) -> Arc<Self> {
        Arc::new(Self { latency, ..Self::default() })
    }

    /// What becomes of the next appends.
    pub(super) fn faults(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state.lock().faults.extend(faults);
    }

    /// Whether it takes nothing at all.
    pub(super) fn set_away(&self, away: bool) {
        self.state.lock().away = away;
    }

    pub(super) fn texts(&self, place: &str) -> Vec<String> {
        let state = self.state.lock();
        let rows = state.rows.get(&conversation(place)).into_iter().flatten();
        rows.map(|row| row.text.as_ref().unwrap().as_str().to_owned()).collect()
    }

    /// How many messages each append brought, of those that were stored.
    pub(super) fn batches(&self) -> Vec<usize> {
        self.state.lock().batches.clone()
    }

    /// Stores it as another node does.
    pub(super) fn store(&self, new: NewMessage) -> Delivery {
        let sender = profile(new.sender.as_str());
        match self.state.lock().append(new) {
            Appended::Stored { message, .. } => Delivery { message, sender },
            other => panic!("{other:?}"),
        }
    }
}

impl Kept {
    fn append(&mut self, new: NewMessage) -> Appended {
        let rows = self.rows.entry(new.conversation.clone()).or_default();
        let mut same = rows.iter().filter(|row| row.sender == new.sender);
        if let Some(first) =
            same.find(|row| row.client_id.is_some() && row.client_id == new.client_id)
        {
            if first.text == Some(new.text) {
                return Appended::Duplicate(first.clone());
            }
            return Appended::Rejected(Rejection::Conflict);
        }
        assert!(rows.iter().all(|row| row.id != new.id), "stored twice");
        let message = Message {
            id: new.id,
            conversation: new.conversation,
            seq: Seq(rows.len() as u64 + 1),
            sender: new.sender,
            client_id: new.client_id,
            message_type: new.message_type,
            text: Some(new.text),
            created_at: new.created_at,
        };
        rows.push(message.clone());
        Appended::Stored { message, joined: false }
    }

    fn find(&self, key: &MessageKey) -> Option<Message> {
        let mut rows = self.rows.get(&key.conversation)?.iter();
        rows.find(|row| match &key.client_id {
            Some(client_id) => {
                row.sender == key.sender && row.client_id.as_ref() == Some(client_id)
            }
            None => row.id == key.id,
        })
        .cloned()
    }
}

impl Messages for Double {
    fn append(
        &self,
        messages: Vec<NewMessage>,
    ) -> StoreFuture<'_, Result<Vec<Appended>, StoreError>> {
        Box::pin(async move {
            sleep(self.latency).await;
            let fault = {
                let mut state = self.state.lock();
                let fault = state.faults.pop_front();
                if state.away || matches!(fault, Some(Fault::Unavailable)) {
                    return Err(StoreError::Unavailable);
                }
                fault
            };
            if matches!(fault, Some(Fault::Hangs)) {
                std::future::pending::<()>().await;
            }
            let mut state = self.state.lock();
            state.batches.push(messages.len());
            let appended = messages.into_iter().map(|new| state.append(new)).collect();
            if matches!(fault, Some(Fault::LostAnswer)) {
                return Err(StoreError::Unknown);
            }
            Ok(appended)
        })
    }

    fn settle(
        &self,
        keys: Vec<MessageKey>,
    ) -> StoreFuture<'_, Result<Vec<Option<Message>>, StoreError>> {
        Box::pin(async move {
            sleep(self.latency).await;
            let state = self.state.lock();
            if state.away {
                return Err(StoreError::Unavailable);
            }
            Ok(keys.iter().map(|key| state.find(key)).collect())
        })
    }

    fn page(
        &self,
        conversation: ConversationId,
        cursor: PageCursor,
        limit: usize,
    ) -> StoreFuture<'_, Result<Page, PageError>> {
        Box::pin(async move {
            sleep(self.latency).await;
            let state = self.state.lock();
            if state.away {
                return Err(StoreError::Unavailable.into());
            }
            let rows = state.rows.get(&conversation).ok_or(PageError::NotFound)?;
            let messages: Vec<_> = match cursor {
                PageCursor::Newest => rows[rows.len().saturating_sub(limit)..].to_vec(),
                PageCursor::After(after) => {
                    rows.iter().filter(|row| row.seq > after).take(limit).cloned().collect()
                }
                PageCursor::Before(_) => panic!("nobody here reads backwards"),
            };
            let senders = messages.iter().map(|row| (*profile(row.sender.as_str())).clone());
            Ok(Page { senders: senders.collect(), messages, has_more: false })
        })
    }

    fn bury(
        &self,
        _: ConversationId,
        _: Seq,
        _: Timestamp,
    ) -> StoreFuture<'_, Result<Option<Message>, StoreError>> {
        panic!("nobody here buries")
    }
}

/// Everything that was heard, as lines.
#[derive(Default)]
pub(super) struct Heard {
    lines: Mutex<Vec<String>>,
    /// So often what was told is on its way; without it always.
    pub(super) told: OnceLock<Arc<Semaphore>>,
}

impl Heard {
    fn hear(&self, line: String) {
        self.lines.lock().push(line);
    }

    /// All lines that begin like this, without the beginning, and forgets them.
    pub(super) fn take(&self, beginning: &str) -> Vec<String> {
        let mut taken = Vec::new();
        self.lines.lock().retain(|line| match line.strip_prefix(beginning) {
            Some(rest) => {
                taken.push(rest.to_owned());
                false
            }
            None => true,
        });
        taken
    }
}

impl FanOut for Heard {
    fn shown(&self, shown: &Shown) {
        self.hear(format!("shown {}", shown.message.text.as_str()));
    }

    fn resent(&self, resent: &Resent) {
        let stored = resent.stored.as_ref().map(|stored| stored.seq.0);
        self.hear(format!("resent {} {stored:?}", resent.text.as_str()));
    }

    fn committed(&self, committed: &Committed) {
        self.hear(format!("committed {}", committed.delivery.message.seq));
    }

    fn deliver(&self, delivery: &Delivery) {
        let message = &delivery.message;
        let text = message.text.as_ref().unwrap().as_str();
        self.hear(format!("deliver {} {} {text}", message.conversation, message.seq));
    }

    fn failed(&self, failed: &Failed) {
        self.hear(format!("failed {}", failed.error));
    }

    fn told(&self) -> BoxFuture<'static, ()> {
        let told = self.told.get().cloned();
        Box::pin(async move {
            if let Some(told) = told {
                told.acquire().await.unwrap().forget();
            }
        })
    }
}

pub(super) fn conversation(place: &str) -> ConversationId {
    ConversationId::parse(place).unwrap()
}

pub(super) fn profile(id: &str) -> Arc<Profile> {
    Arc::new(Profile {
        id: AccountId::parse(id).unwrap(),
        username: Username::parse(id).unwrap(),
        display_name: None,
        avatar_url: None,
        is_guest: false,
    })
}

/// A message of Ann's with its own id, with a client's key or without.
pub(super) fn message(place: &str, key: Option<&str>, text: &str) -> NewMessage {
    use std::sync::atomic::{AtomicU64, Ordering};
    static IDS: AtomicU64 = AtomicU64::new(1);
    NewMessage {
        id: MessageId::from_u128(IDS.fetch_add(1, Ordering::Relaxed).into()),
        conversation: conversation(place),
        sender: AccountId::parse("ann").unwrap(),
        client_id: key.map(|key| ClientId::parse(key).unwrap()),
        message_type: MessageType::TEXT,
        text: Text::parse(text).unwrap(),
        created_at: Timestamp::from_millis(0),
        echo: Echo::None,
    }
}
