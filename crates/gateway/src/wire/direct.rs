//! Direct conversations, and their messages.

use chat::conversations::{Conversation, Member, MemberView, Partner, Seq, View};
use chat::ids::{AccountId, ClientId, MessageId};
use chat::messages::Message;
use chat::text::Text;
use chat::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Shown, UserBody};

/// One of the two, and up to where they have read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reader {
    /// Who.
    pub(crate) account: AccountId,
    /// Everything up to here is read.
    pub(crate) last_read: Seq,
}

/// The two of a conversation, as one of them sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Readers {
    /// The viewer.
    pub(crate) viewer: Reader,
    /// The other one.
    pub(crate) other: Reader,
}

impl Readers {
    /// `None` for what is no direct conversation of the viewer.
    pub(crate) fn of(view: &View) -> Option<Self> {
        Some(Self::new(view.member.as_ref()?, view.other.as_ref()?))
    }

    /// The viewer's membership, and the other one.
    pub(crate) fn new(member: &Member, other: &Partner) -> Self {
        let viewer = Reader { account: member.account.clone(), last_read: member.last_read };
        let other = Reader { account: other.profile.id.clone(), last_read: other.last_read };
        Self { viewer, other }
    }

    /// Whom a message is for.
    pub(crate) fn receiver(&self, message: &Message) -> &Reader {
        if message.sender == self.viewer.account { &self.other } else { &self.viewer }
    }
}

/// A message of a direct conversation. One that was deleted keeps its place and its sender: its
/// `message_text` is empty, and `deleted` is `true`.
#[derive(Serialize, ToSchema)]
#[schema(as = DirectMessage)]
pub(crate) struct DirectMessageBody<'a> {
    /// For ever the same; a UUID, whose order is that of the server's clock.
    #[schema(value_type = String, example = "019b7a3c-5a00-7000-8000-000000000001")]
    message_id: Shown<MessageId>,
    /// Where it is.
    #[schema(example = "conv_7_12")]
    conversation_id: &'a str,
    /// Its place there: 1, 2, 3 … without a gap.
    #[schema(minimum = 1)]
    seq: u64,
    /// The id of the account that wrote it.
    #[schema(example = "7")]
    sender_id: &'a str,
    /// The id of the account that it is for.
    #[schema(example = "12")]
    receiver_id: &'a str,
    /// What it says: plain text, never HTML.
    message_text: &'a str,
    /// What its sender's client says that it is.
    #[schema(example = "text", pattern = "^[a-z_]{1,32}$")]
    message_type: &'a str,
    /// Whether the account that it is for has read it.
    is_read: bool,
    /// When the server took it.
    #[schema(value_type = String, format = DateTime)]
    created_at: Shown<Timestamp>,
    /// The key that the sender's client gave it.
    #[serde(rename = "clientId", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    client_id: Option<&'a str>,
    /// There, and `true`, where it was deleted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    deleted: bool,
}

impl<'a> DirectMessageBody<'a> {
    /// `receiver` is the one of the two who did not write it.
    pub(crate) fn new(message: &'a Message, receiver: &'a Reader) -> Self {
        Self {
            message_id: Shown(message.id),
            conversation_id: message.conversation.as_str(),
            seq: message.seq.0,
            sender_id: message.sender.as_str(),
            receiver_id: receiver.account.as_str(),
            message_text: message.text.as_ref().map_or("", Text::as_str),
            message_type: message.message_type.as_str(),
            is_read: message.seq <= receiver.last_read,
            created_at: Shown(message.created_at),
            client_id: message.client_id.as_ref().map(ClientId::as_str),
            deleted: message.text.is_none(),
        }
    }
}

/// A direct conversation, as one of the two sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = DirectConversation)]
pub(crate) struct DirectBody<'a> {
    /// `conv_{smaller}_{larger}`, from the ids of the two.
    #[schema(example = "conv_7_12")]
    conversation_id: &'a str,
    /// The other one.
    other_user: UserBody<'a>,
    /// Whether the other one is online; `false` if the viewer blocks them.
    is_online: bool,
    /// The newest message; `null` before the first.
    #[schema(required)]
    last_message: Option<DirectMessageBody<'a>>,
    /// Messages of the other one that the viewer has not read.
    unread_count: u64,
    /// Up to where the viewer has read.
    #[serde(rename = "lastReadSeq")]
    last_read_seq: u64,
    /// Up to where the other one has read.
    #[serde(rename = "otherLastReadSeq")]
    other_last_read_seq: u64,
    /// When its newest message came, or when it was made.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Shown<Timestamp>,
}

/// A direct conversation to be shown to one of the two.
#[derive(Debug)]
pub(crate) struct DirectView<'a> {
    conversation: &'a Conversation,
    other: &'a Partner,
    unread: u64,
    readers: Readers,
}

impl<'a> DirectView<'a> {
    /// For the viewer of a [`View`]; `None` for what is no direct conversation of theirs.
    pub(crate) fn of_view(view: &'a View) -> Option<Self> {
        let readers = Readers::of(view)?;
        let (conversation, other) = (&view.conversation, view.other.as_ref()?);
        Some(Self { conversation, other, unread: view.unread, readers })
    }

    /// For one of its members; `None` for what is no direct conversation.
    pub(crate) fn of_member(conversation: &'a Conversation, view: &'a MemberView) -> Option<Self> {
        let other = view.other.as_ref()?;
        let readers = Readers::new(&view.member, other);
        Some(Self { conversation, other, unread: view.unread, readers })
    }

    /// The other one.
    pub(crate) fn other(&self) -> &'a Partner {
        self.other
    }

    /// How far the two have read.
    pub(crate) fn readers(&self) -> &Readers {
        &self.readers
    }

    /// As the wire shows it.
    pub(crate) fn body(&self, is_online: bool) -> DirectBody<'_> {
        let last = self.conversation.last_message.as_ref();
        DirectBody {
            conversation_id: self.conversation.id.as_str(),
            other_user: UserBody::from(&self.other.profile),
            is_online,
            last_message: last
                .map(|message| DirectMessageBody::new(message, self.readers.receiver(message))),
            unread_count: self.unread,
            last_read_seq: self.readers.viewer.last_read.0,
            other_last_read_seq: self.readers.other.last_read.0,
            updated_at: Shown(self.conversation.updated_at),
        }
    }
}
