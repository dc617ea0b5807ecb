//! What the members' lists hear of.

use chat::conversations::ConversationId;
use chat::ids::AccountId;
use chat::sequencer::{Committed, Delivery};

/// Something that changes how a conversation looks in somebody's list.
#[derive(Debug, Clone, Copy)]
pub enum Heard<'a> {
    /// This node has stored a message; `joined` of it says whether its sender became a member.
    Committed(&'a Committed),
    /// A message is given to those who listen here, whichever node has stored it. Only of
    /// conversations that somebody listens to on this node.
    Delivered(&'a Delivery),
    /// Somebody became a member.
    Entered(&'a AccountId, &'a ConversationId),
    /// Somebody is a member no more.
    Left(&'a AccountId, &'a ConversationId),
    /// Whether somebody is a member was asked of the store, since another node may have changed it.
    Found(&'a AccountId, &'a ConversationId, bool),
    /// A channel may have another owner: all who are in it are told how it looks.
    Inherited(&'a ConversationId),
    /// Somebody's own read mark was moved.
    Marked(&'a AccountId, &'a ConversationId),
}

/// Whoever hears of it. The first two are told under the lock of the conversation's shard: it may only
/// queue, must not wait, and must not call the [`ChatHub`](super::ChatHub).
pub type Hearer = Box<dyn Fn(&Heard<'_>) + Send + Sync>;
