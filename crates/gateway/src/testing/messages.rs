//! No messages: no test of the edge reaches them in memory.

use chat::conversations::{ConversationId, Seq};
use chat::messages::{
    Appended, Message, MessageKey, Messages, NewMessage, Page, PageCursor, PageError,
};
use chat::store::{StoreError, StoreFuture};
use chat::time::Timestamp;

use super::store::{MemoryStore, NOT_HERE};

impl Messages for MemoryStore {
    fn append(&self, _: Vec<NewMessage>) -> StoreFuture<'_, Result<Vec<Appended>, StoreError>> {
        unreachable!("{NOT_HERE}")
    }

    fn settle(
        &self,
        _: Vec<MessageKey>,
    ) -> StoreFuture<'_, Result<Vec<Option<Message>>, StoreError>> {
        unreachable!("{NOT_HERE}")
    }

    fn page(
        &self,
        _: ConversationId,
        _: PageCursor,
        _: usize,
    ) -> StoreFuture<'_, Result<Page, PageError>> {
        unreachable!("{NOT_HERE}")
    }

    fn bury(
        &self,
        _: ConversationId,
        _: Seq,
        _: Timestamp,
    ) -> StoreFuture<'_, Result<Option<Message>, StoreError>> {
        unreachable!("{NOT_HERE}")
    }
}
