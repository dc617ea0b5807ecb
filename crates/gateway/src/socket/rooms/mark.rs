//! `mark_read`: moves one's own mark forward, in any stored conversation.

use std::sync::Arc;

use chat::conversations::Kind;
use chat::permissions::Denied;
use serde::Serialize;
use socketio::Flow;

use super::{Call, decode};
use crate::error::WireError;
use crate::fanout::Heard;
use crate::socket::direct;

/// The answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Marked {
    success: bool,
    /// Whether the mark was moved.
    updated: bool,
    last_read_seq: u64,
}

/// Whoever is not a member has no mark: for them there is no such conversation.
pub(in crate::socket) fn mark_read(mut call: Call<'_>) -> Result<Flow, WireError> {
    let conversation = decode::conversation(call.payload, &call.listener.profile.get())?;
    let to = call.payload.seq.map(|raw| decode::seq(raw, "seq")).transpose()?;
    if conversation.kind() == Some(Kind::Direct) {
        return Ok(direct::mark_read(call, conversation, to));
    }
    let reply = call.reply();
    let (chat, account) = (Arc::clone(call.chat), call.listener.account);
    Ok(Flow::Wait(Box::pin(async move {
        match chat.mark_read(&conversation, &account, to).await {
            Ok(Some(mark)) => {
                let last_read_seq = mark.last_read.0;
                reply.succeed(&Marked { success: true, updated: mark.moved, last_read_seq });
                if mark.moved {
                    chat.tell(&Heard::Marked(&account, &conversation));
                }
            }
            Ok(None) => reply.fail(Denied::NotFound),
            Err(error) => reply.fail(error),
        }
    })))
}
