//! What those hear who listen in the channels dialect: messages that are not stored yet, and what
//! becomes of them.

use chat::conversations::ConversationId;
use chat::identity::Profile;
use chat::ids::{AccountId, ClientId, MessageId};
use chat::listening::Form;
use chat::messages::Message;
use chat::text::Text;
use chat::time::Timestamp;
use serde::Serialize;

use super::{Shown, UserBody};
use crate::error::WireError;

/// Where something happens: `channelId`, or `roomId` for whoever joined by `joinRoom`.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlaceBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_id: Option<&'a str>,
}

impl<'a> PlaceBody<'a> {
    /// As a form names it; `channelId` in all but [`Form::ChannelRooms`].
    pub(crate) fn new(conversation: &'a ConversationId, form: Form) -> Self {
        let id = Some(conversation.as_str());
        match form {
            Form::ChannelRooms => Self { room_id: id, channel_id: None },
            _ => Self { room_id: None, channel_id: id },
        }
    }
}

/// A message that is shown before it is stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Optimistic<'a> {
    /// The id that it will have.
    pub(crate) id: MessageId,
    /// Where.
    pub(crate) conversation: &'a ConversationId,
    /// Whose.
    pub(crate) sender: &'a Profile,
    /// What it says.
    pub(crate) text: &'a Text,
    /// When the server took it.
    pub(crate) created_at: Timestamp,
    /// The key that the sender's client gave it.
    pub(crate) client_id: Option<&'a ClientId>,
}

/// `…Sent` and `…Recieved` of one.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OptimisticBody<'a> {
    /// `temp_`, and the id that it will have.
    #[serde(rename = "_id")]
    id: String,
    temp_id: &'a str,
    is_optimistic: bool,
    #[serde(flatten)]
    place: PlaceBody<'a>,
    sender: UserBody<'a>,
    body: &'a str,
    created_at: Shown<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
}

impl<'a> OptimisticBody<'a> {
    /// `temp_id` is what its reader knows it by.
    pub(crate) fn new(message: Optimistic<'a>, form: Form, temp_id: &'a str) -> Self {
        Self {
            id: format!("temp_{}", message.id),
            temp_id,
            is_optimistic: true,
            place: PlaceBody::new(message.conversation, form),
            sender: message.sender.into(),
            body: message.text.as_str(),
            created_at: Shown(message.created_at),
            client_id: message.client_id.map(ClientId::as_str),
        }
    }
}

/// `…Confirmed`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConfirmedBody<'a> {
    temp_id: &'a str,
    #[serde(rename = "_id")]
    id: Shown<MessageId>,
    #[serde(flatten)]
    place: PlaceBody<'a>,
    seq: u64,
    sender_id: &'a str,
    created_at: Shown<Timestamp>,
}

impl<'a> ConfirmedBody<'a> {
    /// `temp_id` is what its reader knows it by.
    pub(crate) fn new(message: &'a Message, form: Form, temp_id: &'a str) -> Self {
        Self {
            temp_id,
            id: Shown(message.id),
            place: PlaceBody::new(&message.conversation, form),
            seq: message.seq.0,
            sender_id: message.sender.as_str(),
            created_at: Shown(message.created_at),
        }
    }
}

/// `…Failed`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FailedBody<'a> {
    temp_id: &'a str,
    #[serde(flatten)]
    place: PlaceBody<'a>,
    sender_id: &'a str,
    error: &'a WireError,
}

impl<'a> FailedBody<'a> {
    /// `temp_id` is what its reader knows it by.
    pub(crate) fn new(
        (conversation, form): (&'a ConversationId, Form),
        sender: &'a AccountId,
        temp_id: &'a str,
        error: &'a WireError,
    ) -> Self {
        let place = PlaceBody::new(conversation, form);
        Self { temp_id, place, sender_id: sender.as_str(), error }
    }
}
