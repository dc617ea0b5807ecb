//! `join_conversation`: listens to a direct conversation.

use std::sync::Arc;

use chat::listening::Form;
use serde::Serialize;
use socketio::Flow;

use super::decode;
use crate::error::WireError;
use crate::socket::channels::elsewhere;
use crate::socket::rooms::Call;
use crate::wire::DirectView;

/// The answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Joined {
    success: bool,
    /// Whether the other one is online.
    is_online: bool,
    last_read_seq: u64,
    other_last_read_seq: u64,
}

/// The socket's next event there finds it in force.
pub(in crate::socket) fn join_conversation(mut call: Call<'_>) -> Result<Flow, WireError> {
    let conversation = decode::conversation(call.payload, &call.listener)?;
    let mut reply = Some(call.reply());
    let (chat, listener) = (Arc::clone(call.chat), call.listener);
    let passes = elsewhere(&listener, [conversation.clone()]);
    let join = Box::pin(async move {
        let joined = chat.join(&listener, &conversation, Form::Direct, |view, _| {
            // Whoever joined sees the other one.
            if let (Some(shown), Some(reply)) = (DirectView::of_view(view), reply.take()) {
                let readers = shown.readers();
                reply.succeed(&Joined {
                    success: true,
                    is_online: chat.sees(shown.other()),
                    last_read_seq: readers.viewer.last_read.0,
                    other_last_read_seq: readers.other.last_read.0,
                });
            }
        });
        let outcome = joined.await;
        if let (Err(error), Some(reply)) = (outcome, reply) {
            reply.fail(error);
        }
    });
    Ok(Flow::HoldBut(join, passes))
}
