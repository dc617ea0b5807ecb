//! What goes into a sequencer and what comes out.

use std::sync::Arc;

use super::SendError;
use crate::conversations::{ConversationId, Seq};
use crate::identity::Profile;
use crate::ids::{AccountId, MessageId};
use crate::messages::{Appended, Message, MessageKey, NewMessage, Page, PageError};
use crate::store::StoreError;
use crate::text::Text;
use crate::time::Timestamp;

/// What the caller calls one of its questions, so that it knows the answer when it comes. Each is
/// answered exactly once, unless the call that took it gave an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// When others see a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivering {
    /// When it is stored.
    Stored,
    /// At once, as [`Effect::Shown`]; later they are told that it was stored or that it failed.
    Optimistic,
}

/// A message that somebody sends, checked and permitted as far as memory tells.
#[derive(Debug, Clone)]
pub struct Submission {
    /// What is to be stored.
    pub message: NewMessage,
    /// Who sends it, as others see them: it travels with the message to whoever shows it.
    pub sender: Arc<Profile>,
    /// When others see it.
    pub delivering: Delivering,
    /// [`Effect::Reply`] answers it.
    pub ticket: Ticket,
}

/// What a [`Submission`] became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// The id of the attempt that will answer: the submission's own, or that of the earlier one
    /// with the same key, which is still pending.
    pub id: MessageId,
    /// Whether an earlier one with the same key is pending, whose outcome is this one's too. Then
    /// nothing is shown for this one.
    pub is_resend: bool,
}

/// A stored message, for its sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// As it is stored.
    pub message: Message,
    /// Whether an earlier attempt stored it, so that nobody hears of it again.
    pub is_duplicate: bool,
}

/// A stored message, for everyone else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// As it is stored; a tombstone if it was deleted before it could be delivered.
    pub message: Message,
    /// Who wrote it.
    pub sender: Arc<Profile>,
}

/// An optimistic message that is to be shown before it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The message; it has no place yet.
    pub message: NewMessage,
    /// Who sends it.
    pub sender: Arc<Profile>,
}

/// An optimistic message whose key is pending or was stored lately: nothing is shown for it but to
/// whoever sent it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resent {
    /// The attempt that this is: it ends here.
    pub id: MessageId,
    /// Where it was sent.
    pub conversation: ConversationId,
    /// The attempt whose outcome is this one's too, and when the server took it.
    pub first: (MessageId, Timestamp),
    /// The outcome, if it is known: the stored message.
    pub stored: Option<Message>,
    /// What it says, as the first one does.
    pub text: Text,
    /// Who sends it.
    pub sender: Arc<Profile>,
}

/// A message that this node has stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The message.
    pub delivery: Delivery,
    /// Whether its sender became a member by it. After a commit whose answer was lost: may have.
    pub joined: bool,
}

/// An optimistic message that was shown, or sent again, and will never be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Its id.
    pub id: MessageId,
    /// Where it was shown.
    pub conversation: ConversationId,
    /// Who sent it.
    pub sender: AccountId,
    /// Why.
    pub error: SendError,
    /// With `Rejected(Conflict)`: the message that was stored under the same key before, if it has
    /// the same text. To its sender this is a success.
    pub first: Option<Message>,
}

/// Something that happens, to be done in the order given and before the next input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// To those who listen, of an optimistic message. Afterwards comes exactly one of
    /// [`Effect::Committed`] and [`Effect::Failed`] with its id, unless the process ends.
    Shown(Shown),
    /// To whoever sent an optimistic message again. If the outcome is not in it, it comes as
    /// [`Effect::Deliver`] or [`Effect::Failed`] of the first one.
    Resent(Resent),
    /// To the other nodes and the members' lists: each message once in all the cluster, on the node
    /// that stored it. Those who listen here get it by [`Effect::Deliver`], which may have to wait
    /// for an earlier message, or may have come before.
    Committed(Committed),
    /// To those who listen: the conversation's next message, in `seq` order without a gap, each once,
    /// whichever node stored it.
    Deliver(Delivery),
    /// To those who were shown it, and whoever sent it again.
    Failed(Failed),
    /// What became of a submission.
    Reply {
        /// Whose.
        ticket: Ticket,
        /// The stored message, or why there is none.
        result: Result<Answer, SendError>,
    },
    /// What became of a wish to listen: `Ok(seq)` promises that every message after `seq` is
    /// delivered.
    Listening {
        /// Whose.
        ticket: Ticket,
        /// The place after which deliveries begin, or [`SendError::Down`].
        result: Result<Seq, SendError>,
    },
}

/// Which question to the store a read belongs to: a conversation, as it is listened to this time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadId {
    /// Where to read.
    pub conversation: ConversationId,
    pub(super) incarnation: u64,
}

/// Something that the store is to be asked. Each comes back as the [`Outcome`] of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// [`Messages::append`](crate::messages::Messages::append). An empty list asks whether the store
    /// takes anything.
    Append(Vec<NewMessage>),
    /// [`Messages::settle`](crate::messages::Messages::settle).
    Settle(Vec<MessageKey>),
    /// The newest message's place: [`PageCursor::Newest`](crate::messages::PageCursor::Newest).
    Anchor(ReadId),
    /// Messages that were not heard of:
    /// [`PageCursor::After`](crate::messages::PageCursor::After).
    Fill {
        /// Where.
        read: ReadId,
        /// The place before the first one wanted.
        after: Seq,
        /// How many, at most.
        limit: usize,
    },
}

/// What the store has answered to a [`Work`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// To [`Work::Append`].
    Append(Result<Vec<Appended>, StoreError>),
    /// To [`Work::Settle`].
    Settle(Result<Vec<Option<Message>>, StoreError>),
    /// To [`Work::Anchor`]: the newest message's place, 0 if there is none or no conversation.
    Anchor(ReadId, Result<Seq, StoreError>),
    /// To [`Work::Fill`].
    Fill(ReadId, Result<Page, PageError>),
}
