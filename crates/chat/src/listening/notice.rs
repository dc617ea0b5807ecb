//! What comes out: who came and went.

use crate::conversations::ConversationId;
use crate::ids::{AccountId, SocketId};

/// What the others in a conversation are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// An account became active.
    Joined {
        /// Where.
        conversation: ConversationId,
        /// Who.
        account: AccountId,
        /// By which socket: it does not hear of itself.
        socket: SocketId,
        /// How many are active now.
        active_count: usize,
    },
    /// An account is active no more.
    Left {
        /// Where.
        conversation: ConversationId,
        /// Who.
        account: AccountId,
        /// How many are active now.
        active_count: usize,
    },
    /// Some came or went, in a large conversation.
    Count {
        /// Where.
        conversation: ConversationId,
        /// How many are active now.
        active_count: usize,
    },
}
