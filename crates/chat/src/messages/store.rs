//! The port to where messages are kept.

use super::message::{Message, MessageType};
use crate::conversations::{ConversationId, Seq};
use crate::error::{Code, Coded};
use crate::identity::Profile;
use crate::ids::{AccountId, ClientId, MessageId};
use crate::store::{StoreError, StoreFuture};
use crate::text::Text;
use crate::time::Timestamp;

/// A message to be stored. Its place is assigned by the transaction that stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Made by the domain before it is stored.
    pub id: MessageId,
    /// Where it belongs.
    pub conversation: ConversationId,
    /// Who writes it.
    pub sender: AccountId,
    /// The key that makes a resend harmless.
    pub client_id: Option<ClientId>,
    /// What the client says that it is.
    pub message_type: MessageType,
    /// What it says.
    pub text: Text,
    /// When the server took it.
    pub created_at: Timestamp,
    /// Its part in the echo rule.
    pub echo: Echo,
}

/// The echo rule's two sides: a client that posts by REST and then emits the same text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// Neither.
    None,
    /// A REST post without a `clientId`: absorbs at most one emit.
    Post,
    /// An emit that may be the second half: if a post of the same sender, conversation and text has
    /// absorbed none yet, and both the post and `connected_at` do not lie further back than the
    /// window, together counted from the later of the two, it is answered with that post.
    Emit {
        /// When the emitting socket connected.
        connected_at: Timestamp,
    },
}

/// How long after the post, or after the socket's connect if that is later, an emit still counts as
/// its echo.
pub const ECHO_WINDOW_MS: u64 = 10_000;

/// What makes a resend the same message: unique in the store, for ever.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageKey {
    /// Where.
    pub conversation: ConversationId,
    /// Whose.
    pub sender: AccountId,
    /// The client's key; `None`: the message's own id is its key.
    pub client_id: Option<ClientId>,
    /// The id that the attempt would have.
    pub id: MessageId,
}

/// What became of a [`NewMessage`] whose transaction has committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// It is stored.
    Stored {
        /// With its place.
        message: Message,
        /// Whether its sender became a member by it.
        joined: bool,
    },
    /// It was there already, by its key or by the echo rule: the first message.
    Duplicate(Message),
    /// Nothing was stored.
    Rejected(Rejection),
}

/// Why a message was not stored, though the store works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// No such conversation, or not for this sender.
    #[error("There is no such conversation: look at the list of yours.")]
    NotFound,
    /// The sender's account is gone or may not write here.
    #[error("You may not write here.")]
    Forbidden,
    /// The `clientId` was used before, with another text.
    #[error("This `clientId` was used for another text: choose a new one.")]
    Conflict,
}

impl Coded for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::NotFound => Code::NotFound,
            Self::Forbidden => Code::Forbidden,
            Self::Conflict => Code::Conflict,
        }
    }
}

/// Which part of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageCursor {
    /// The newest messages.
    Newest,
    /// The last ones before this place, without it.
    Before(Seq),
    /// The first ones after this place, without it.
    After(Seq),
}

/// Messages in a row, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// At most as many as were asked for, tombstones among them.
    pub messages: Vec<Message>,
    /// Whoever wrote one of them, each once.
    pub senders: Vec<Profile>,
    /// Whether there are more in the direction of the cursor ([`PageCursor::Newest`] goes back).
    pub has_more: bool,
}

/// Why a page could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// No such conversation.
    #[error("There is no such conversation: look at the list of yours.")]
    NotFound,
    /// The store's own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for PageError {
    fn code(&self) -> Code {
        match self {
            Self::NotFound => Code::NotFound,
            Self::Store(error) => error.code(),
        }
    }
}

/// Messages, as a port.
pub trait Messages: Send + Sync {
    /// Stores messages in the order given, in one transaction (in which others' may be too), and
    /// answers in that order. What one of them is rejected for does not touch the others.
    ///
    /// In that transaction it is checked again who may write: in a room whoever is signed in (who
    /// becomes a member by it), in a public channel too, in a private one its members, in a direct
    /// conversation the two (if neither is a guest or gone, and neither blocks the other: then it is
    /// made if it is not there).
    ///
    /// # Errors
    /// All or none: [`StoreError::Unavailable`] if certainly nothing was stored, and never will be;
    /// [`StoreError::Unknown`] if only [`Messages::settle`] can tell.
    fn append(
        &self,
        messages: Vec<NewMessage>,
    ) -> StoreFuture<'_, Result<Vec<Appended>, StoreError>>;

    /// What became of messages whose [`Messages::append`] gave [`StoreError::Unknown`]: for each key
    /// the message that is stored, or `None`, and then that attempt never will be.
    fn settle(
        &self,
        keys: Vec<MessageKey>,
    ) -> StoreFuture<'_, Result<Vec<Option<Message>>, StoreError>>;

    /// A page of at most `limit` messages. Who may read it was checked before.
    fn page(
        &self,
        conversation: ConversationId,
        cursor: PageCursor,
        limit: usize,
    ) -> StoreFuture<'_, Result<Page, PageError>>;

    /// Takes a message's text away and leaves its place; `None` if there is no such message, the
    /// tombstone if there is or already was.
    fn bury(
        &self,
        conversation: ConversationId,
        seq: Seq,
        now: Timestamp,
    ) -> StoreFuture<'_, Result<Option<Message>, StoreError>>;
}
