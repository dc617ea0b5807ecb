//! What comes out: who came and went, and who is there.

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

/// Who is active in a conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Active {
    /// The longest-joined, in the order of joining; at most [`ListeningConfig::large`].
    pub people: Vec<(AccountId, SocketId)>,
    /// How many there are in all.
    pub count: usize,
}
