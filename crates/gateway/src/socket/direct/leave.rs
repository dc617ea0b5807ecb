//! `leave_conversation`: stops listening.

use std::sync::Arc;

use chat::listening::Form;
use socketio::Flow;

use super::decode;
use crate::error::WireError;
use crate::socket::handler::DONE;
use crate::socket::rooms::Call;

/// Whoever does not listen is answered as the store knows it: for one of the two that is a success.
pub(in crate::socket) fn leave_conversation(mut call: Call<'_>) -> Result<Flow, WireError> {
    let conversation = decode::conversation(call.payload, &call.listener)?;
    let ack = &mut *call.ack;
    let left = call.chat.leave(&call.listener, &conversation, Form::Direct, |did| {
        if did && let Some(ack) = ack.take() {
            ack.send(&DONE);
        }
    });
    if left {
        return Ok(Flow::Next);
    }
    let reply = call.reply();
    let (chat, account) = (Arc::clone(call.chat), call.listener.account);
    Ok(Flow::Wait(Box::pin(async move {
        match chat.direct(&conversation, &account).await {
            Ok(_) => reply.succeed(&DONE),
            Err(error) => reply.fail(error),
        }
    })))
}
