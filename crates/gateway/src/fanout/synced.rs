//! What a `sync` asks, and what it answers.

use chat::conversations::{ConversationId, ListCursor, Seq};
use chat::listening::Form;
use serde_json::value::RawValue;

use super::join::JoinError;

/// Up to where a client knows a conversation.
#[derive(Debug)]
pub(crate) struct Cursor {
    pub(crate) conversation: ConversationId,
    /// The last message that it has; 0 for none.
    pub(crate) after: Seq,
    /// How it wants to hear it; `None`: as the conversation's own dialect does.
    pub(crate) form: Option<Form>,
}

/// What a client asks.
#[derive(Debug, Default)]
pub(crate) struct Request {
    /// The conversations that it knows of.
    pub(crate) cursors: Vec<Cursor>,
    /// Where an earlier answer left off with those that it does not.
    pub(crate) added_after: Option<ListCursor>,
}

/// What a sync answers.
#[derive(Debug, Default)]
pub(crate) struct Synced {
    /// One for each cursor, but for those that are removed.
    pub(crate) conversations: Vec<(ConversationId, Result<Caught, JoinError>)>,
    /// Those that no cursor named.
    pub(crate) added: Added,
    /// The conversations that a cursor named and the account is not in.
    pub(crate) removed: Vec<ConversationId>,
}

/// Conversations of the account that no cursor named, the most recently active first.
#[derive(Debug, Default)]
pub(crate) struct Added {
    /// As JSON, [`MAX_LISTED`](chat::conversations::MAX_LISTED) at the most. They do not count as bytes of messages: with a last message
    /// of the longest in each, 1.6 MiB.
    pub(crate) shown: Vec<Box<RawValue>>,
    /// Whether there are more of them.
    pub(crate) has_more: bool,
    /// Where the next call goes on; `None`: at the beginning.
    pub(crate) next: Option<ListCursor>,
}

/// What came after a cursor.
#[derive(Debug)]
pub(crate) struct Caught {
    /// As JSON in the form that was asked for, oldest first.
    pub(crate) messages: Vec<Box<RawValue>>,
    /// Whether there are more. If not, the socket listens.
    pub(crate) has_more: bool,
    /// Up to where this reaches: the next cursor.
    pub(crate) last_seq: Seq,
    /// The account's read mark; 0 where the time ran out before it was looked at.
    pub(crate) last_read: Seq,
    /// In a direct conversation, that of the other one.
    pub(crate) other_last_read: Option<Seq>,
}

impl Caught {
    /// Nothing was looked at.
    pub(super) fn unread(cursor: &Cursor) -> Self {
        Self {
            messages: Vec::new(),
            has_more: true,
            last_seq: cursor.after,
            last_read: Seq(0),
            other_last_read: None,
        }
    }
}
