//! `leaveRoom` and `leaveChannel`: stops listening in that family; the membership stays.

use chat::listening::Form;
use socketio::Flow;

use super::decode;
use crate::error::WireError;
use crate::socket::handler::DONE;
use crate::socket::rooms::Call;

pub(in crate::socket) fn leave_room(call: Call<'_>) -> Result<Flow, WireError> {
    leave(call, Form::ChannelRooms)
}

pub(in crate::socket) fn leave_channel(call: Call<'_>) -> Result<Flow, WireError> {
    leave(call, Form::Channels)
}

/// Repeating it, or leaving what one never joined, is a success too: so nothing is learnt by it.
fn leave(call: Call<'_>, form: Form) -> Result<Flow, WireError> {
    let conversation = decode::conversation(call.payload, &call.listener)?;
    let Call { chat, listener, ack, .. } = call;
    chat.leave(&listener, &conversation, form, |_| {
        if let Some(ack) = ack.take() {
            ack.send(&DONE);
        }
    });
    Ok(Flow::Next)
}
