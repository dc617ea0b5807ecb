//! How coming and going reads in the rooms dialect.

use chat::conversations::ConversationId;
use chat::identity::Profile;
use chat::ids::AccountId;
use serde::Serialize;

/// `user_joined` and `user_left`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Presence<'a> {
    room_id: &'a str,
    user_id: &'a str,
    /// The display name, else the username.
    user_name: &'a str,
    /// There, and `true`, for a guest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_guest: bool,
    active_count: usize,
}

impl<'a> Presence<'a> {
    /// Without a profile the id stands for the name.
    pub(super) fn new(
        conversation: &'a ConversationId,
        account: &'a AccountId,
        profile: Option<&'a Profile>,
        active_count: usize,
    ) -> Self {
        Self {
            room_id: conversation.as_str(),
            user_id: account.as_str(),
            user_name: profile.map_or(account.as_str(), Profile::shown_name),
            is_guest: profile.is_some_and(|profile| profile.is_guest),
            active_count,
        }
    }
}

/// `active_count`, where there are too many for their names.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ActiveCount<'a> {
    room_id: &'a str,
    active_count: usize,
}

impl<'a> ActiveCount<'a> {
    pub(super) fn new(conversation: &'a ConversationId, active_count: usize) -> Self {
        Self { room_id: conversation.as_str(), active_count }
    }
}
