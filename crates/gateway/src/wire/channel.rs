//! Channels and their messages.

use chat::conversations::{Title, View, Visibility};
use chat::identity::Profile;
use chat::ids::{AccountId, ClientId, MessageId};
use chat::listening::Form;
use chat::messages::Message;
use chat::text::Text;
use chat::time::Timestamp;
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error as _};
use utoipa::ToSchema;

use super::{Seen, Shown, UserBody};

/// Who may find and enter a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Visibility)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VisibilityBody {
    /// Whoever is signed in.
    Public,
    /// Whom a member invites; to all others it does not exist.
    Private,
}

/// From a string, so that anything else is a value that does not fit, and `null` none at all.
impl<'de> Deserialize<'de> for VisibilityBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match &*String::deserialize(deserializer)? {
            "public" => Ok(Self::Public),
            "private" => Ok(Self::Private),
            _ => Err(D::Error::custom("`visibility` must be `public` or `private`")),
        }
    }
}

impl From<Visibility> for VisibilityBody {
    fn from(visibility: Visibility) -> Self {
        match visibility {
            Visibility::Public => Self::Public,
            Visibility::Private => Self::Private,
        }
    }
}

impl From<VisibilityBody> for Visibility {
    fn from(visibility: VisibilityBody) -> Self {
        match visibility {
            VisibilityBody::Public => Self::Public,
            VisibilityBody::Private => Self::Private,
        }
    }
}

/// A channel, as one account sees it. Whoever has just ceased to be in a private one sees no more of it
/// than its `_id`, its name and its description: the rest is 0 or `null`.
#[derive(Serialize, ToSchema)]
#[schema(as = Channel)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChannelBody<'a> {
    /// Opaque, for ever the same.
    #[serde(rename = "_id")]
    id: &'a str,
    /// What it is called; not unique.
    #[schema(example = "Kitchen")]
    name: &'a str,
    /// What it is about; may be empty.
    description: &'a str,
    /// Who may find and enter it.
    visibility: VisibilityBody,
    /// Whose it is: the account that made it, or the longest member since that has left; `null` when
    /// nobody is in it.
    #[schema(required, example = "7")]
    owner_id: Option<&'a str>,
    /// How many are in it.
    member_count: u64,
    /// How many listen at the moment, each person once.
    active_count: usize,
    /// Whether the viewer is in it.
    is_member: bool,
    /// Messages of others that the viewer has not read; 0 for whoever is not in it.
    unread_count: u64,
    /// The newest message; `null` before the first.
    #[schema(required)]
    last_message: Option<ChannelMessageBody<'a>>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Shown<Timestamp>,
    /// When its newest message came, or when it was made.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Shown<Timestamp>,
}

impl<'a> ChannelBody<'a> {
    /// For whoever sees it so.
    pub(crate) fn new(seen: &Seen<'a>) -> Self {
        let conversation = seen.conversation;
        let is_secret = conversation.visibility == Visibility::Private && !seen.is_member;
        let told = (!is_secret).then_some(conversation);
        let last = told.and_then(|told| told.last_message.as_ref());
        Self {
            id: conversation.id.as_str(),
            name: conversation.title.as_ref().map_or("", Title::as_str),
            description: conversation.description.as_str(),
            visibility: conversation.visibility.into(),
            owner_id: told.and_then(|told| told.owner.as_ref()).map(AccountId::as_str),
            member_count: told.map_or(0, |told| told.member_count),
            active_count: if is_secret { 0 } else { seen.active_count },
            is_member: seen.is_member,
            unread_count: seen.unread,
            last_message: last.map(|message| ChannelMessageBody::new(message, seen.last_sender)),
            created_at: Shown(conversation.created_at),
            updated_at: Shown(told.map_or(conversation.created_at, |told| told.updated_at)),
        }
    }

    /// For the viewer of a [`View`].
    pub(crate) fn of_view(view: &'a View, active_count: usize) -> Self {
        Self::new(&Seen::of_view(view, active_count))
    }
}

/// A stored message, as channels show it. One that was deleted keeps its place and its sender: its
/// `body` is empty, and `deleted` is `true`.
#[derive(Serialize, ToSchema)]
#[schema(as = ChannelMessage)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChannelMessageBody<'a> {
    /// For ever the same; a UUID, whose order is that of the server's clock.
    #[serde(rename = "_id")]
    #[schema(value_type = String, example = "019b7a3c-5a00-7000-8000-000000000001")]
    id: Shown<MessageId>,
    /// The key that the sender's client gave it (`clientId` is another name of it); for the sender
    /// alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    temp_id: Option<&'a str>,
    /// Always `false`: it is stored.
    is_optimistic: bool,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    room_id: Option<&'a str>,
    /// The same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    channel_id: Option<&'a str>,
    /// Its place there: 1, 2, 3 … without a gap.
    #[schema(minimum = 1)]
    seq: u64,
    /// Who wrote it, as they are called now.
    sender: UserBody<'a>,
    /// What it says: plain text, never HTML.
    body: &'a str,
    /// When the server took it.
    #[schema(value_type = String, format = DateTime)]
    created_at: Shown<Timestamp>,
    /// The sender's key, in what is heard: there `tempId` is the message's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    client_id: Option<&'a str>,
    /// There, and `true`, where it was deleted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    deleted: bool,
}

impl<'a> ChannelMessageBody<'a> {
    /// With both names of its place, and without its key. `sender` is whoever wrote it; `None` shows
    /// the account's id in place of its name, which only a store that has lost the account leaves to
    /// do.
    pub(crate) fn new(message: &'a Message, sender: Option<&'a Profile>) -> Self {
        let place = message.conversation.as_str();
        Self {
            id: Shown(message.id),
            temp_id: None,
            is_optimistic: false,
            room_id: Some(place),
            channel_id: Some(place),
            seq: message.seq.0,
            sender: sender.map_or_else(|| UserBody::lost(&message.sender), UserBody::from),
            body: message.text.as_ref().map_or("", Text::as_str),
            created_at: Shown(message.created_at),
            client_id: None,
            deleted: message.text.is_none(),
        }
    }

    /// The same for one viewer: its sender sees its key.
    pub(crate) fn seen_by(self, viewer: &AccountId, message: &'a Message) -> Self {
        let key = message.client_id.as_ref().filter(|_| message.sender == *viewer);
        Self { temp_id: key.map(ClientId::as_str), ..self }
    }

    /// The same under the one name that its place has for those who listen in a family of events.
    pub(crate) fn named(self, form: Form) -> Self {
        Self {
            room_id: self.room_id.filter(|_| form == Form::ChannelRooms),
            channel_id: self.channel_id.filter(|_| form != Form::ChannelRooms),
            ..self
        }
    }

    /// The same for those who listen: they know it by what its confirmation will name, which is its
    /// id as text.
    pub(crate) fn heard_as(self, temp_id: &'a str, message: &'a Message) -> Self {
        let client_id = message.client_id.as_ref().map(ClientId::as_str);
        Self { temp_id: Some(temp_id), client_id, ..self }
    }
}
