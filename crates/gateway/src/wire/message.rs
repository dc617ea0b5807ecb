//! Messages, as rooms show them.

use chat::identity::{AvatarUrl, Profile};
use chat::ids::{ClientId, MessageId};
use chat::messages::Message;
use chat::text::Text;
use chat::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::Shown;

/// A message of a room. One that was deleted keeps its place and its sender: its `content` is empty,
/// and `deleted` is `true`.
#[derive(Serialize, ToSchema)]
#[schema(as = RoomMessage)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageBody<'a> {
    /// For ever the same; a UUID, whose order is that of the server's clock.
    #[serde(rename = "_id")]
    #[schema(value_type = String, example = "019b7a3c-5a00-7000-8000-000000000001")]
    id: Shown<MessageId>,
    /// Where it is.
    room_id: &'a str,
    /// Its place there: 1, 2, 3 … without a gap.
    #[schema(minimum = 1)]
    seq: u64,
    /// The id of the account that wrote it.
    #[schema(example = "7")]
    sender: &'a str,
    /// What that account is called now: its display name, else its username.
    #[schema(example = "Ann")]
    sender_name: &'a str,
    /// Its picture's address.
    #[schema(required)]
    sender_image: Option<&'a str>,
    /// There, and `true`, where a guest wrote it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    sender_is_guest: bool,
    /// What it says: plain text, never HTML.
    content: &'a str,
    /// When the server took it.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Shown<Timestamp>,
    /// The key that the sender's client gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    client_id: Option<&'a str>,
    /// There, and `true`, where it was deleted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    deleted: bool,
}

impl<'a> MessageBody<'a> {
    /// `sender` is whoever wrote it; `None` shows the account's id in place of its name, which only a
    /// store that has lost the account leaves to do.
    pub(crate) fn new(message: &'a Message, sender: Option<&'a Profile>) -> Self {
        let id = message.sender.as_str();
        Self {
            id: Shown(message.id),
            room_id: message.conversation.as_str(),
            seq: message.seq.0,
            sender: id,
            sender_name: sender.map_or(id, Profile::shown_name),
            sender_image: sender
                .and_then(|sender| sender.avatar_url.as_ref())
                .map(AvatarUrl::as_str),
            sender_is_guest: sender.is_some_and(|sender| sender.is_guest),
            content: message.text.as_ref().map_or("", Text::as_str),
            timestamp: Shown(message.created_at),
            client_id: message.client_id.as_ref().map(ClientId::as_str),
            deleted: message.text.is_none(),
        }
    }
}
