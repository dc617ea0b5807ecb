//! What is sent and answered, around the shapes of [`crate::wire`].

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::body::GivenId;
use crate::wire::{ChannelBody, ChannelMessageBody, UserBody, VisibilityBody};

/// A new channel.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewChannel {
    /// 1 to 80 visible characters; not unique.
    #[schema(example = "Kitchen")]
    pub(super) name: String,
    /// Up to 500 characters.
    #[schema(example = "Who cooks?")]
    pub(super) description: Option<String>,
    /// Who may find and enter it; never changed.
    pub(super) visibility: VisibilityBody,
    /// One's own id, if anything.
    #[schema(value_type = Option<String>)]
    pub(super) user_id: Option<GivenId>,
}

/// One channel.
#[derive(Serialize, ToSchema)]
pub(super) struct OneChannel<'a> {
    pub(super) channel: ChannelBody<'a>,
}

/// Some channels.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Channels<'a> {
    pub(super) channels: Vec<ChannelBody<'a>>,
    /// Where to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) next_cursor: Option<String>,
}

/// Whom to invite.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invitation {
    /// The account's id.
    #[schema(value_type = String, example = "12")]
    pub(super) user_id: GivenId,
}

/// Somebody who is in the channel.
#[derive(Serialize, ToSchema)]
pub(super) struct InvitedMember<'a> {
    /// Always `true`.
    pub(super) success: bool,
    pub(super) member: UserBody<'a>,
}

/// Some messages, oldest first, without a gap.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChannelMessages<'a> {
    pub(super) messages: Vec<ChannelMessageBody<'a>>,
    /// Whether there are more: newer ones where `after` was given, else older ones.
    pub(super) has_more: bool,
}

/// A message to be posted. A name or a time in it counts for nothing: both are the server's.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewChannelMessage {
    /// 1 to 4,000 characters of plain text.
    #[schema(example = "Hello!")]
    pub(super) body: String,
    /// A key of 1 to 64 characters that makes sending again harmless, for ever: nothing is stored
    /// then, and the first message is the answer.
    #[schema(value_type = Option<String>)]
    pub(super) client_id: Option<GivenId>,
    /// Another name of `clientId`: the one that the events have.
    #[schema(value_type = Option<String>)]
    pub(super) temp_id: Option<GivenId>,
    /// One's own id, if anything.
    #[schema(value_type = Option<String>)]
    pub(super) user_id: Option<GivenId>,
}

/// A message that is stored.
#[derive(Serialize, ToSchema)]
pub(super) struct PostedChannelMessage<'a> {
    pub(super) message: ChannelMessageBody<'a>,
}
