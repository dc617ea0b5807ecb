//! `mark_read` of a direct conversation.

use std::sync::Arc;

use chat::conversations::{ConversationId, Seq};
use serde::Serialize;
use socketio::Flow;

use crate::error::WireError;
use crate::fanout::address;
use crate::socket::rooms::Call;

/// The answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Marked {
    success: bool,
    /// Whether the mark was moved.
    updated: bool,
    last_read_seq: u64,
}

/// The other one's joined sockets hear of it.
pub(in crate::socket) fn mark_read(
    mut call: Call<'_>,
    conversation: &ConversationId,
    to: Option<Seq>,
) -> Result<Flow, WireError> {
    let conversation = address(conversation.as_str(), &call.listener.profile.get())?;
    let reply = call.reply();
    let (chat, account) = (Arc::clone(call.chat), call.listener.account);
    Ok(Flow::Wait(Box::pin(async move {
        match chat.read_direct(conversation, account, to).await {
            Ok(mark) => reply.succeed(&Marked {
                success: true,
                updated: mark.moved,
                last_read_seq: mark.last_read.0,
            }),
            Err(error) => reply.fail(error),
        }
    })))
}
