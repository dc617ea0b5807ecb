//! What is sent and answered, around the shapes of [`crate::wire`].

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::body::GivenId;
use crate::wire::{MessageBody, RoomBody};

/// A new room.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewRoom {
    /// 1 to 80 visible characters; not unique.
    #[schema(example = "Tea")]
    pub(super) name: String,
    /// Up to 500 characters.
    #[schema(example = "All of it.")]
    pub(super) description: Option<String>,
    /// One's own id, if anything.
    #[schema(value_type = Option<String>)]
    pub(super) user_id: Option<GivenId>,
}

/// One room.
#[derive(Serialize, ToSchema)]
pub(super) struct OneRoom<'a> {
    pub(super) room: RoomBody<'a>,
}

/// Some rooms.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rooms<'a> {
    pub(super) rooms: Vec<RoomBody<'a>>,
    /// Where to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) next_cursor: Option<String>,
}

/// Some messages, oldest first, without a gap.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Messages<'a> {
    pub(super) messages: Vec<MessageBody<'a>>,
    /// Whether there are more: newer ones where `after` was given, else older ones.
    pub(super) has_more: bool,
}

/// A message to be posted. A name or a time in it counts for nothing: both are the server's.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewMessage {
    /// 1 to 4,000 characters of plain text.
    #[schema(example = "Hello!")]
    pub(super) content: String,
    /// A key of 1 to 64 characters that makes sending again harmless, for ever: nothing is stored
    /// then, and the first message is the answer.
    #[schema(value_type = Option<String>)]
    pub(super) client_id: Option<GivenId>,
    /// One's own id, if anything.
    #[schema(value_type = Option<String>)]
    pub(super) user_id: Option<GivenId>,
}

/// A message that is stored.
#[derive(Serialize, ToSchema)]
pub(super) struct Posted<'a> {
    /// Always 200.
    #[schema(minimum = 200, maximum = 200)]
    pub(super) status: u16,
    pub(super) message: MessageBody<'a>,
}
