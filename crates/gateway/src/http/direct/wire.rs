//! What is sent and answered, around the shapes of [`crate::wire`].

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::body::GivenId;
use crate::wire::{DirectBody, DirectMessageBody};

/// With whom.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Whom {
    /// The other one's id.
    #[schema(value_type = String, example = "12")]
    pub(super) user_id: GivenId,
}

/// A conversation that is open.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Opened<'a> {
    #[schema(example = "conv_7_12")]
    pub(super) conversation_id: &'a str,
}

/// Some conversations.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Conversations<'a> {
    pub(super) conversations: Vec<DirectBody<'a>>,
    /// Where to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) next_cursor: Option<String>,
}

/// Some messages, oldest first, without a gap.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DirectMessages<'a> {
    pub(super) messages: Vec<DirectMessageBody<'a>>,
    /// Whether there are more: newer ones where `after` was given, else older ones.
    pub(super) has_more: bool,
}

/// A message to be sent. A name or a time in it counts for nothing: both are the server's.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewDirectMessage {
    /// Where.
    #[schema(value_type = String, example = "conv_7_12")]
    pub(super) conversation_id: GivenId,
    /// 1 to 4,000 characters of plain text.
    #[schema(example = "Hello!")]
    pub(super) message_text: String,
    /// `text`, or 1 to 32 of the letters a-z and `_`: kept, not interpreted.
    #[schema(example = "text")]
    pub(super) message_type: Option<String>,
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
#[serde(rename_all = "camelCase")]
pub(super) struct SentMessage<'a> {
    pub(super) message: DirectMessageBody<'a>,
    #[schema(example = "conv_7_12")]
    pub(super) conversation_id: &'a str,
}

/// Up to where one has read.
#[derive(Default, Deserialize, ToSchema)]
pub(super) struct ReadUpTo {
    /// The `seq` of the last message that was read; the newest one, if it is left out.
    pub(super) seq: Option<u64>,
}

/// One's own mark.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MarkMoved {
    /// Whether this moved it.
    pub(super) updated: bool,
    /// Where it is.
    pub(super) last_read_seq: u64,
}
