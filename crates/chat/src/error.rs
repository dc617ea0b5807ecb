//! What a client is told when something does not work: a stable code, and a sentence that says what
//! to do.

use std::time::Duration;

/// The stable code of a failure, part of the wire contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// No valid identity came with the request.
    Unauthenticated,
    /// The identity was valid once; get a fresh token.
    TokenExpired,
    /// The identity is known and may not do this.
    Forbidden,
    /// What was named does not exist, or not for this person.
    NotFound,
    /// The socket is not in the conversation that this needs.
    NotInRoom,
    /// The arguments are wrong.
    InvalidPayload,
    /// The arguments, or what they add up to, are over a limit.
    TooLarge,
    /// The same key was used before for something else.
    Conflict,
    /// Too many in too short a time.
    RateLimited,
    /// The server cannot do this at the moment.
    Unavailable,
    /// The server's own fault.
    Internal,
}

impl Code {
    /// The code as it is on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::TokenExpired => "token_expired",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::NotInRoom => "not_in_room",
            Self::InvalidPayload => "invalid_payload",
            Self::TooLarge => "too_large",
            Self::Conflict => "conflict",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// Whether the very same request may succeed later, unless the error itself knows better
    /// ([`Coded::retryable`]).
    pub const fn retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable | Self::Internal)
    }
}

/// An error of the domain that has a code. Its `Display` is the sentence for the client: it says what
/// to do and holds nothing internal.
pub trait Coded: std::error::Error {
    /// The code on the wire.
    fn code(&self) -> Code;

    /// Whether the very same request may succeed later. What the code says, where the error does not
    /// know better.
    fn retryable(&self) -> bool {
        self.code().retryable()
    }

    /// How long to wait before another attempt; `None` where waiting is not what helps, or nobody
    /// knows how long.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// Any error of the domain, flattened for the edge: what the wire's error object is made of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The stable code.
    pub code: Code,
    /// A sentence that says what to do.
    pub message: String,
    /// Whether the very same request may succeed later.
    pub retryable: bool,
    /// How long to wait before another attempt.
    pub retry_after: Option<Duration>,
}

impl<E: Coded> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            code: error.code(),
            message: error.to_string(),
            retryable: error.retryable(),
            retry_after: error.retry_after(),
        }
    }
}
