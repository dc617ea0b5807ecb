//! How coming and going reads: in the rooms dialect, and in the two families of the channels'.

use chat::conversations::ConversationId;
use chat::identity::Profile;
use chat::ids::{AccountId, SocketId};
use chat::listening::Form;
use serde::Serialize;

use crate::wire::{PlaceBody, UserBody};

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

/// `user_joined` and `user_left` in the channels dialect.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChannelPresence<'a> {
    #[serde(flatten)]
    place: PlaceBody<'a>,
    user_id: &'a str,
    /// The display name, else the username.
    user_name: &'a str,
    /// The socket that came; absent for who left.
    #[serde(skip_serializing_if = "Option::is_none")]
    socket_id: Option<&'a str>,
    /// Who came, as in `connectedUsers`; absent for who left.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserBody<'a>>,
    active_count: usize,
}

impl<'a> ChannelPresence<'a> {
    /// Of who came, if there is a socket, else of who left.
    pub(super) fn new(
        (conversation, form): (&'a ConversationId, Form),
        (account, profile): (&'a AccountId, Option<&'a Profile>),
        socket: Option<&'a SocketId>,
        active_count: usize,
    ) -> Self {
        Self {
            place: PlaceBody::new(conversation, form),
            user_id: account.as_str(),
            user_name: profile.map_or(account.as_str(), Profile::shown_name),
            socket_id: socket.map(SocketId::as_str),
            user: profile.filter(|_| socket.is_some()).map(UserBody::from),
            active_count,
        }
    }
}

/// `active_count` after `joinChannel`: under both names, since the event has one shape for all.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChannelCount<'a> {
    room_id: &'a str,
    channel_id: &'a str,
    active_count: usize,
}

impl<'a> ChannelCount<'a> {
    pub(super) fn new(conversation: &'a ConversationId, active_count: usize) -> Self {
        let id = conversation.as_str();
        Self { room_id: id, channel_id: id, active_count }
    }
}
