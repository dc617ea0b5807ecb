//! `join_room`: becomes a member, and listens.

use std::sync::Arc;

use chat::listening::Form;
use serde::Serialize;
use socketio::Flow;

use super::active::Users;
use super::{Call, decode};
use crate::error::{WireError, of_room};
use crate::socket::channels::elsewhere;
use crate::wire::RoomBody;

/// The answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Joined<'a> {
    success: bool,
    room: RoomBody<'a>,
    active_users: Users<'a>,
}

/// The socket's next event there finds it in force.
pub(in crate::socket) fn join_room(mut call: Call<'_>) -> Result<Flow, WireError> {
    let room = decode::room(call.payload)?;
    let mut reply = Some(call.reply());
    let (chat, listener) = (Arc::clone(call.chat), call.listener);
    let passes = elsewhere(&listener, [room.clone()]);
    let join = Box::pin(async move {
        let joined = chat.join(&listener, &room, Form::Rooms, |view, active| {
            if let Some(reply) = reply.take() {
                reply.succeed(&Joined {
                    success: true,
                    room: RoomBody::of_view(view, active.count()),
                    active_users: Users(active),
                });
            }
        });
        let outcome = joined.await;
        if let (Err(error), Some(reply)) = (outcome, reply) {
            reply.fail(of_room(error));
        }
    });
    Ok(Flow::HoldBut(join, passes))
}
