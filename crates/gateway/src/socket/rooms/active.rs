//! `get_active_users`: who listens to a room.

use std::sync::Arc;

use chat::conversations::ConversationId;
use serde::Serialize;
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
    active_users: &'a [ActiveUser<'a>],
    active_count: usize,
}

/// `active_users`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InRoom<'a> {
    room_id: &'a str,
    users: &'a [ActiveUser<'a>],
    active_count: usize,
}

/// A list as the wire shows it.
pub(super) fn users(active: &ActiveList) -> Vec<ActiveUser<'_>> {
    let people = active.people.iter();
    people.map(|one| ActiveUser::new(&one.who, one.profile.as_deref())).collect()
}

pub(in crate::socket) fn get_active_users(mut call: Call<'_>) -> Result<Flow, WireError> {
    let room = decode::room(call.payload)?;
    let active = call.chat.active(&room);
    if active.count > 0 {
        if let Some(ack) = call.ack.take() {
            ack.send(&Answer {
                success: true,
                active_users: &users(&active),
                active_count: active.count,
            });
        }
        tell(&call.listener.socket, &room, &active);
        return Ok(Flow::Next);
    }
    // Nobody is there: is there a room at all?
    let reply = call.reply();
    let (chat, account) = (Arc::clone(call.chat), call.listener.account);
    Ok(Flow::Wait(Box::pin(async move {
        match chat.may_see(&room, &account).await {
            Ok(true) => {
                let (active, socket) = (chat.active(&room), reply.socket().clone());
                reply.succeed(&Answer {
                    success: true,
                    active_users: &users(&active),
                    active_count: active.count,
                });
                tell(&socket, &room, &active);
            }
            Ok(false) => reply.fail(no_room()),
            Err(error) => reply.fail(error),
        }
    })))
}

fn tell(socket: &Socket, room: &ConversationId, active: &ActiveList) {
    let users = users(active);
    let body = InRoom { room_id: room.as_str(), users: &users, active_count: active.count };
    socket.emit("active_users", &body);
}
