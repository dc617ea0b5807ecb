//! Why a command of pairing fails.

use std::time::Duration;

use crate::error::{Code, Coded};

/// Why a command of pairing fails. Nothing has changed and nothing is emitted then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    /// The socket has no seat.
    #[error("You are not in a chat: start one first.")]
    NotSeated,
    /// The partner has left, and nobody else has come yet.
    #[error("Your partner has left: wait for the next one before you write.")]
    PartnerGone,
    /// There is no partner, and nobody has just left.
    #[error("There is nobody to block: you have no partner.")]
    NobodyToBlock,
    /// The room named is not, or no longer, the socket's.
    #[error("This chat is over: take the room of the latest event.")]
    StaleRoom,
    /// As many lines as are kept for a partner who has not come yet.
    #[error("Too many lines are waiting already: wait for a partner before you write more.")]
    TooManyWaitingLines,
    /// The key was used in this room for another text.
    #[error("This `clientId` was used for another text: choose a new one for a new message.")]
    KeyTaken,
    /// As many sockets as this node holds.
    #[error("The server is full: try again in a while.")]
    Full,
}

impl Coded for PairError {
    fn code(&self) -> Code {
        match self {
            Self::NotSeated | Self::PartnerGone | Self::NobodyToBlock => Code::NotInRoom,
            Self::StaleRoom => Code::NotFound,
            Self::TooManyWaitingLines => Code::TooLarge,
            Self::KeyTaken => Code::Conflict,
            Self::Full => Code::Unavailable,
        }
    }

    fn retryable(&self) -> bool {
        // The same line is taken as soon as a partner has come.
        *self == Self::TooManyWaitingLines || self.code().retryable()
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            // Sockets come and go within seconds on a server that holds a million of them.
            Self::Full => Some(Duration::from_secs(5)),
            _ => None,
        }
    }
}
