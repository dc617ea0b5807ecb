//! `leave_room`: stops listening; the membership stays.

use chat::listening::Form;
use socketio::Flow;

use super::{Call, decode};
use crate::error::WireError;
use crate::socket::handler::DONE;

/// Repeating it, or leaving what one never joined, is a success too.
pub(in crate::socket) fn leave_room(call: Call<'_>) -> Result<Flow, WireError> {
    let room = decode::room(call.payload)?;
    let Call { chat, listener, ack, .. } = call;
    chat.leave(&listener, &room, Form::Rooms, |_| {
        if let Some(ack) = ack.take() {
            ack.send(&DONE);
        }
    });
    Ok(Flow::Next)
}
