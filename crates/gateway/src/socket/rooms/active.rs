//! `get_active_users`: who listens to a room.

use std::sync::Arc;

use chat::conversations::ConversationId;
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
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
    active_users: Users<'a>,
    active_count: usize,
}

impl<'a> Answer<'a> {
    fn new(active: ActiveList<'a>) -> Self {
        Self { success: true, active_users: Users(active), active_count: active.count() }
    }
}

/// `active_users`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InRoom<'a> {
    room_id: &'a str,
    users: Users<'a>,
    active_count: usize,
}

/// A list as the wire shows it.
#[derive(Clone, Copy)]
pub(super) struct Users<'a>(pub(super) ActiveList<'a>);

impl Serialize for Users<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut users = serializer.serialize_seq(None)?;
        for (account, socket, profile) in self.0.people() {
            users.serialize_element(&ActiveUser::new((account, socket), &profile.read()))?;
        }
        users.end()
    }
}

pub(in crate::socket) fn get_active_users(mut call: Call<'_>) -> Result<Flow, WireError> {
    let room = decode::room(call.payload)?;
    let is_told = call.chat.active(&room, |active| {
        if active.count() == 0 {
            return false;
        }
        if let Some(ack) = call.ack.take() {
            ack.send(&Answer::new(active));
        }
        tell(&call.listener.socket, &room, active);
        true
    });
    if is_told {
        return Ok(Flow::Next);
    }
    // Nobody is there: is there a room at all?
    let reply = call.reply();
    let (chat, account) = (Arc::clone(call.chat), call.listener.account);
    Ok(Flow::Wait(Box::pin(async move {
        match chat.may_see(&room, &account).await {
            Ok(true) => {
                let socket = reply.socket().clone();
                chat.active(&room, |active| {
                    reply.succeed(&Answer::new(active));
                    tell(&socket, &room, active);
                });
            }
            Ok(false) => reply.fail(no_room()),
            Err(error) => reply.fail(error),
        }
    })))
}

fn tell(socket: &Socket, room: &ConversationId, active: ActiveList<'_>) {
    let body =
        InRoom { room_id: room.as_str(), users: Users(active), active_count: active.count() };
    socket.emit("active_users", &body);
}
