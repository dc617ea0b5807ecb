//! Messages in memory, as the port describes them: what a store is to a sequencer, without the waiting.

use std::collections::HashMap;

use chat::conversations::{ConversationId, Seq};
use chat::ids::{AccountId, ClientId, MessageId};
use chat::messages::{Appended, Message, MessageKey, NewMessage, Page, Rejection};

use crate::world::{profile, stored};

/// What is stored. It recognises a key again, and nothing else: whoever appends a message without a
/// key for the second time has broken a rule.
#[derive(Default)]
pub(crate) struct Ledger {
    rows: HashMap<ConversationId, Vec<Message>>,
    places: HashMap<MessageId, (ConversationId, Seq)>,
    by_key: HashMap<(ConversationId, AccountId, ClientId), Seq>,
}

impl Ledger {
    /// One transaction.
    pub(crate) fn append(&mut self, messages: Vec<NewMessage>) -> Vec<Appended> {
        messages.into_iter().map(|new| self.append_one(&new)).collect()
    }

    fn append_one(&mut self, new: &NewMessage) -> Appended {
        if let Some(first) = self.first(&new.conversation, &new.sender, new.client_id.as_ref()) {
            if first.text.as_ref() == Some(&new.text) {
                return Appended::Duplicate(first.clone());
            }
            return Appended::Rejected(Rejection::Conflict);
        }
        let rows = self.rows.entry(new.conversation.clone()).or_default();
        let message = stored(new, rows.len() as u64 + 1);
        let place = (new.conversation.clone(), message.seq);
        assert_eq!(self.places.insert(new.id, place), None, "appended twice");
        if let Some(client_id) = new.client_id.clone() {
            let key = (new.conversation.clone(), new.sender.clone(), client_id);
            self.by_key.insert(key, message.seq);
        }
        rows.push(message.clone());
        Appended::Stored { message, joined: false }
    }

    /// What became of an attempt.
    pub(crate) fn settle(&self, key: &MessageKey) -> Option<Message> {
        if key.client_id.is_some() {
            return self.first(&key.conversation, &key.sender, key.client_id.as_ref()).cloned();
        }
        self.by_id(key.id).cloned()
    }

    /// The first messages after a place.
    pub(crate) fn page(&self, conversation: &ConversationId, after: Seq, limit: usize) -> Page {
        let rows = self.rows.get(conversation).into_iter().flatten();
        let rows = rows.skip(usize::try_from(after.0).unwrap()).take(limit);
        let messages: Vec<_> = rows.cloned().collect();
        let mut senders: Vec<_> = messages.iter().map(|row| row.sender.clone()).collect();
        senders.sort_unstable();
        senders.dedup();
        let senders = senders.iter().map(|id| (*profile(id.as_str())).clone()).collect();
        Page { messages, senders, has_more: false }
    }

    pub(crate) fn newest(&self, conversation: &ConversationId) -> Seq {
        Seq(self.rows.get(conversation).map_or(0, |rows| rows.len() as u64))
    }

    pub(crate) fn at(&self, conversation: &ConversationId, seq: Seq) -> &Message {
        &self.rows[conversation][usize::try_from(seq.0).unwrap() - 1]
    }

    pub(crate) fn by_id(&self, id: MessageId) -> Option<&Message> {
        self.places.get(&id).map(|(conversation, seq)| self.at(conversation, *seq))
    }

    /// The message with a client's key.
    pub(crate) fn first(
        &self,
        conversation: &ConversationId,
        sender: &AccountId,
        client_id: Option<&ClientId>,
    ) -> Option<&Message> {
        let key = (conversation.clone(), sender.clone(), client_id?.clone());
        self.by_key.get(&key).map(|seq| self.at(conversation, *seq))
    }

    pub(crate) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.rows.values().flatten()
    }
}
