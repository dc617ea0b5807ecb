//! Why a message was not sent.

use std::time::Duration;

use crate::error::{Code, Coded};
use crate::messages::Rejection;

/// How long a client that met a bound is asked to wait: time for some dozens of commits.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why a message was not sent, or a conversation cannot be listened to. Apart from
/// [`SendError::Unknown`], each of them is certain: the message is not stored and never will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The rules do not let it be.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The store has not taken it within the time that a message waits, or has been away for longer
    /// than that already.
    #[error("The server cannot store this at the moment: try again in a few seconds.")]
    Down,
    /// More waits for the store than there is room for.
    #[error("Too much is waiting to be stored: try again in a few seconds.")]
    Full,
    /// The server is ending.
    #[error("The server is being restarted: try again in a few seconds.")]
    Closed,
    /// The store has had the message for longer than a message waits, and has not said what became of
    /// it; or the server ended before it could find out.
    #[error(
        "The server does not know whether this was stored: try again with the same `clientId`."
    )]
    Unknown,
    /// The store refuses what is right.
    #[error("Something is wrong with the server: its operator finds the cause in the log.")]
    Broken,
}

impl Coded for SendError {
    fn code(&self) -> Code {
        match self {
            Self::Rejected(rejection) => rejection.code(),
            Self::Down | Self::Full | Self::Closed | Self::Unknown => Code::Unavailable,
            Self::Broken => Code::Internal,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Down | Self::Full | Self::Closed | Self::Unknown => Some(RETRY_AFTER),
            Self::Rejected(_) | Self::Broken => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_unavailable_and_says_when_to_come_back() {
        for (error, code, retryable, waits) in [
            (SendError::Rejected(Rejection::Conflict), Code::Conflict, false, false),
            (SendError::Rejected(Rejection::NotFound), Code::NotFound, false, false),
            (SendError::Down, Code::Unavailable, true, true),
            (SendError::Full, Code::Unavailable, true, true),
            (SendError::Closed, Code::Unavailable, true, true),
            (SendError::Unknown, Code::Unavailable, true, true),
            (SendError::Broken, Code::Internal, true, false),
        ] {
            assert_eq!(error.code(), code);
            assert_eq!((error.retryable(), error.retry_after().is_some()), (retryable, waits));
        }
    }
}
