//! `typing` and `stop_typing` with a `conversationId`.

use std::sync::Arc;

use socketio::Flow;

use super::decode;
use crate::error::WireError;
use crate::fanout::Writing;
use crate::socket::handler::DONE;
use crate::socket::rooms::Call;

pub(in crate::socket) fn typing(call: Call<'_>) -> Result<Flow, WireError> {
    write(call, Writing::Typing)
}

pub(in crate::socket) fn stop_typing(call: Call<'_>) -> Result<Flow, WireError> {
    write(call, Writing::Stopped)
}

/// By a socket that listens: at once. By any other the store is asked whether it may, and the socket
/// is not read meanwhile, so that an end never overtakes its beginning.
fn write(mut call: Call<'_>, writing: Writing) -> Result<Flow, WireError> {
    let conversation = decode::conversation(call.payload, &call.listener)?;
    if call.chat.write_listening(&call.listener, &conversation, writing) {
        if let Some(ack) = call.ack.take() {
            ack.send(&DONE);
        }
        return Ok(Flow::Next);
    }
    let reply = call.reply();
    let (chat, listener) = (Arc::clone(call.chat), call.listener);
    Ok(Flow::Hold(Box::pin(async move {
        match chat.write(&listener, &conversation, writing).await {
            Ok(()) => reply.succeed(&DONE),
            Err(error) => reply.fail(error),
        }
    })))
}
