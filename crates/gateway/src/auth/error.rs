//! Why somebody is not let in.

use std::time::Duration;

use chat::error::{Code, Coded};
use chat::store::StoreError;

/// What is wrong with a token. Its sentence names the cause, so that whoever builds a host
/// application finds it; none of them says anything about the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Over [`MAX_TOKEN_BYTES`](super::MAX_TOKEN_BYTES).
    #[error("This token is longer than 8192 bytes: put less into it.")]
    TooLong,
    /// No JSON Web Token in compact form (RFC 7519 §7.2), or its algorithm is none that counts here.
    #[error("This is no token that is known here: sign in again.")]
    Malformed,
    /// A `crit` header: nothing critical is understood (RFC 7515 §4.1.11).
    #[error("This token names critical extensions, and none is understood here.")]
    Critical,
    /// No key is chosen by its `iss` and `kid`.
    #[error("No key is known for this token's `iss` and `kid`: sign in again.")]
    NoKey,
    /// Signed with another algorithm than its key's, or with another key.
    #[error("This token's signature is not valid here: sign in again.")]
    Signature,
    /// `aud` is missing or names others only.
    #[error("This token's `aud` does not name this server.")]
    Audience,
    /// `exp` is missing or no number.
    #[error("This token has no `exp`: a token must say when it ends.")]
    NoEnd,
    /// `nbf` lies in the future.
    #[error("This token is not valid yet: see its `nbf`, and the clocks.")]
    NotYet,
    /// `sub` is missing, or no text or whole number that can be an id.
    #[error("This token's `sub` must have 1 to 64 characters of `A-Z a-z 0-9 . _ - @ | :`.")]
    Subject,
    /// Its account is gone, or not this issuer's to open.
    #[error("There is no account for this token: sign in again.")]
    NoAccount,
    /// It was made void: by a logout, a new password, or an operator.
    #[error("This token was made void: sign in again.")]
    Revoked,
}

/// Why authentication did not do what it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// A `token` that is `null`, empty or no text, or a header that holds none.
    #[error("The token is empty: leave it out to come as a stranger, or sign in again.")]
    Missing,
    /// The token is not valid here.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The token was valid and has ended.
    #[error("This token has ended: get a fresh one, then try again.")]
    Expired,
    /// `refresh_token` with somebody else's.
    #[error("This token is another user's: a connection stays with whom it began.")]
    OtherUser,
    /// A host application's user asked for a token of this server's own.
    #[error("Your tokens come from the application that you signed in to: refresh there.")]
    HostIssues,
    /// More passwords wait than the bound allows; how long until there is probably room.
    #[error("Too many people are signing in at this moment: try again in a few seconds.")]
    Busy(Duration),
    /// A host application's keys could not be fetched, so that nobody can tell.
    #[error("The keys for this token cannot be fetched at the moment: try again in a few seconds.")]
    NoKeys,
    /// The store's own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// This server's own fault; the log has the cause.
    #[error("Something is wrong with the server: its operator finds the cause in the log.")]
    Internal,
}

impl Coded for AuthError {
    fn code(&self) -> Code {
        match self {
            Self::Missing | Self::Refused(_) => Code::Unauthenticated,
            Self::Expired => Code::TokenExpired,
            Self::OtherUser | Self::HostIssues => Code::Forbidden,
            Self::Busy(_) | Self::NoKeys => Code::Unavailable,
            Self::Store(error) => error.code(),
            Self::Internal => Code::Internal,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy(wait) => Some(*wait),
            _ => None,
        }
    }
}
