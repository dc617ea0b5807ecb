//! The port to messages, over what is in memory.

use chat::conversations::{ConversationId, Seq};
use chat::messages::{
    Appended, Message, MessageKey, Messages, NewMessage, Page, PageCursor, PageError,
};
use chat::store::{StoreError, StoreFuture};
use chat::time::Timestamp;

use super::store::{MemoryStore, State};

impl Messages for MemoryStore {
    fn append(
        &self,
        messages: Vec<NewMessage>,
    ) -> StoreFuture<'_, Result<Vec<Appended>, StoreError>> {
        let stored = self.run(|state| {
            state.asked.push("append");
            let lost = state.lost.take();
            if lost == Some(false) {
                return Err(StoreError::Unknown);
            }
            let outcomes = messages.into_iter().map(|new| state.append(new)).collect();
            if lost.is_some() { Err(StoreError::Unknown) } else { Ok(outcomes) }
        });
        self.appends.pass(stored)
    }

    fn settle(
        &self,
        keys: Vec<MessageKey>,
    ) -> StoreFuture<'_, Result<Vec<Option<Message>>, StoreError>> {
        self.run(|state| Ok(keys.iter().map(|key| state.talk.settle(key)).collect()))
    }

    fn page(
        &self,
        conversation: ConversationId,
        cursor: PageCursor,
        limit: usize,
    ) -> StoreFuture<'_, Result<Page, PageError>> {
        self.run(move |state| {
            state.asked.push("page");
            state.page(&conversation, cursor, limit)
        })
    }

    fn bury(
        &self,
        conversation: ConversationId,
        seq: Seq,
        _: Timestamp,
    ) -> StoreFuture<'_, Result<Option<Message>, StoreError>> {
        self.run(move |state| {
            Ok(state.talk.all.get_mut(&conversation).and_then(|kept| kept.bury(seq)))
        })
    }
}

impl State {
    fn append(&mut self, new: NewMessage) -> Appended {
        let sender = self.living(&new.sender);
        self.make_unmade(&new.conversation, &new.sender, new.created_at);
        let blocks = self.blocks_in(&new.conversation, &new.sender);
        self.talk.append(new, sender.as_ref(), blocks)
    }

    fn page(
        &self,
        id: &ConversationId,
        cursor: PageCursor,
        limit: usize,
    ) -> Result<Page, PageError> {
        let kept = self.talk.all.get(id).ok_or(PageError::NotFound)?;
        let all = kept.messages();
        let mut messages: Vec<Message> = match cursor {
            PageCursor::Newest => all.rev().take(limit + 1).cloned().collect(),
            PageCursor::Before(end) => {
                all.rev().filter(|message| message.seq < end).take(limit + 1).cloned().collect()
            }
            PageCursor::After(start) => {
                all.filter(|message| message.seq > start).take(limit + 1).cloned().collect()
            }
        };
        let has_more = messages.len() > limit;
        messages.truncate(limit);
        messages.sort_unstable_by_key(|message| message.seq);
        let mut senders: Vec<_> = messages.iter().map(|message| &message.sender).collect();
        senders.sort_unstable();
        senders.dedup();
        let senders = senders.into_iter().filter_map(|sender| self.profile(sender)).collect();
        Ok(Page { messages, senders, has_more })
    }
}
