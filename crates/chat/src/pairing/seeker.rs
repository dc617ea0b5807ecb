//! Who looks for a partner.

use crate::ids::{AccountId, SocketId};

/// The socket that a command comes from, and the account behind it, if it brought a token.
///
/// A seat belongs to the socket: each tab has its own. The account must stay the same as long as the
/// socket lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeker {
    /// The socket.
    pub socket: SocketId,
    /// Its account; `None` for a stranger.
    pub account: Option<AccountId>,
}

impl Seeker {
    /// A socket without an account.
    pub const fn stranger(socket: SocketId) -> Self {
        Self { socket, account: None }
    }

    /// Whoever sits at this socket.
    pub fn person(&self) -> Person {
        match &self.account {
            Some(account) => Person::Account(account.clone()),
            None => Person::Socket(self.socket.clone()),
        }
    }
}

/// Whom the rules of matching mean: an account on all of its sockets, or a stranger on theirs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Person {
    /// An account; lives on when its sockets go.
    Account(AccountId),
    /// A stranger; gone for ever when the socket goes.
    Socket(SocketId),
}
