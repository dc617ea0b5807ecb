//! `get_active_users`: who listens to a room.

use std::sync::Arc;

use chat::conversations::ConversationId;
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use socketio::{Flow, Socket};

use super::{Call, decode};
use crate::error::{WireError, no_room};
use crate::fanout::ActiveList;
use crate::wire::ActiveUser;

/// The answer. `activeCount` counts those too who are beyond the 200 of the list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    success: bool,
    active_users: &'a RawValue,
    active_count: usize,
}

/// `active_users`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InRoom<'a> {
    room_id: &'a str,
    users: &'a RawValue,
    active_count: usize,
}

/// A list as the wire shows it.
pub(super) struct Users<'a>(pub(super) ActiveList<'a>);

impl Serialize for Users<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut users = serializer.serialize_seq(None)?;
        for (account, socket, profile) in self.0.people() {
            users.serialize_element(&ActiveUser::new((account, socket), &profile))?;
        }
        users.end()
    }
}

pub(in crate::socket) fn get_active_users(mut call: Call<'_>) -> Result<Flow, WireError> {
    let room = decode::room(call.payload)?;
    let listed = call.chat.active(&room, Listed::new);
    if listed.count > 0 {
        if let Some(ack) = call.ack.take() {
            ack.send(&listed.answer());
        }
        listed.tell(&call.listener.socket, &room);
        return Ok(Flow::Next);
    }
    // Nobody is there: is there a room at all?
    let reply = call.reply();
    let (chat, account) = (Arc::clone(call.chat), call.listener.account);
    Ok(Flow::Wait(Box::pin(async move {
        match chat.may_see(&room, &account).await {
            Ok(true) => {
                let (listed, socket) = (chat.active(&room, Listed::new), reply.socket().clone());
                reply.succeed(&listed.answer());
                listed.tell(&socket, &room);
            }
            Ok(false) => reply.fail(no_room()),
            Err(error) => reply.fail(error),
        }
    })))
}

/// A list as it was at a moment, encoded once for both ways in which it is told.
struct Listed {
    users: Box<RawValue>,
    count: usize,
}

impl Listed {
    fn new(active: ActiveList<'_>) -> Self {
        // Texts and numbers always are JSON.
        let users = to_raw_value(&Users(active)).unwrap_or_else(|_| RawValue::NULL.to_owned());
        Self { users, count: active.count() }
    }

    fn answer(&self) -> Answer<'_> {
        Answer { success: true, active_users: &self.users, active_count: self.count }
    }

    fn tell(&self, socket: &Socket, room: &ConversationId) {
        let body = InRoom { room_id: room.as_str(), users: &self.users, active_count: self.count };
        socket.emit("active_users", &body);
    }
}
