//! Rooms, and who is active in them.

use chat::conversations::{Title, View};
use chat::identity::Profile;
use chat::ids::{AccountId, SocketId};
use chat::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{MessageBody, Seen, Shown};

/// A room, as one account sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Room)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoomBody<'a> {
    /// Opaque, for ever the same.
    #[serde(rename = "_id")]
    id: &'a str,
    /// What it is called; not unique.
    #[schema(example = "Tea")]
    name: &'a str,
    /// What it is about; may be empty.
    description: &'a str,
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
    last_message: Option<MessageBody<'a>>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Shown<Timestamp>,
    /// When its newest message came, or when it was made.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Shown<Timestamp>,
}

impl<'a> RoomBody<'a> {
    /// For whoever sees it so.
    pub(crate) fn new(seen: &Seen<'a>) -> Self {
        let conversation = seen.conversation;
        let last = conversation.last_message.as_ref();
        Self {
            id: conversation.id.as_str(),
            name: conversation.title.as_ref().map_or("", Title::as_str),
            description: conversation.description.as_str(),
            member_count: conversation.member_count,
            active_count: seen.active_count,
            is_member: seen.is_member,
            unread_count: seen.unread,
            last_message: last.map(|message| MessageBody::new(message, seen.last_sender)),
            created_at: Shown(conversation.created_at),
            updated_at: Shown(conversation.updated_at),
        }
    }

    /// For the viewer of a [`View`].
    pub(crate) fn of_view(view: &'a View, active_count: usize) -> Self {
        Self::new(&Seen::of_view(view, active_count))
    }
}

/// Somebody who listens to a conversation: one of `activeUsers`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActiveUser<'a> {
    /// The account's id.
    user_id: &'a str,
    /// Its display name, else its username.
    user_name: &'a str,
    /// Its socket that has listened longest.
    socket_id: &'a str,
    /// There, and `true`, for a guest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    is_guest: bool,
}

impl<'a> ActiveUser<'a> {
    /// `profile` is the account's.
    pub(crate) fn new(
        (account, socket): (&'a AccountId, &'a SocketId),
        profile: &'a Profile,
    ) -> Self {
        Self {
            user_id: account.as_str(),
            user_name: profile.shown_name(),
            socket_id: socket.as_str(),
            is_guest: profile.is_guest,
        }
    }
}
