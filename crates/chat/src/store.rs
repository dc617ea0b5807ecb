//! The port to the database, as a whole. Its parts are with their nouns:
//! [`Accounts`], [`Blocks`], [`Changes`], [`Conversations`] and [`Messages`].
//!
//! Calls are shaped like use cases, and each is atomic: all of it is stored, or nothing. What a call
//! has answered with `Ok` is durable.

use std::future::Future;
use std::pin::Pin;

use crate::conversations::Conversations;
use crate::error::{Code, Coded};
use crate::identity::{Accounts, Blocks, Changes};
use crate::messages::Messages;

/// A store's answer, to be awaited. Dropping it does not undo what was asked for.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Why a store did not do what it was asked for, apart from what the domain itself refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Certain: nothing of it is stored, and nothing of it ever will be. The disk is full, the
    /// database is away, the queue is full.
    #[error("The server cannot store this at the moment: try again in a few seconds.")]
    Unavailable,
    /// The commit's answer was lost: it may be stored or not. Ask again by the message's key.
    #[error(
        "The server does not know whether this was stored: look whether it is, then try again."
    )]
    Unknown,
    /// The database holds what it never should, or refuses what is right.
    #[error("Something is wrong with the server: its operator finds the cause in the log.")]
    Broken,
}

impl Coded for StoreError {
    fn code(&self) -> Code {
        match self {
            Self::Unavailable | Self::Unknown => Code::Unavailable,
            Self::Broken => Code::Internal,
        }
    }
}

/// Everything that is stored.
pub trait Store: Accounts + Blocks + Changes + Conversations + Messages {
    /// Whether the store answers: a read, and a write that is really written, as a message is. Costs a
    /// commit.
    fn check(&self) -> StoreFuture<'_, Result<(), StoreError>>;
}
