//! What the events of direct conversations have in common.

use chat::conversations::ConversationId;

use crate::error::WireError;
use crate::fanout::{Listener, address};
use crate::socket::payload::{Payload, id, invalid};

/// The id of a direct conversation, given bare or as `{conversationId}`.
pub(in crate::socket) fn conversation(
    payload: &Payload<'_>,
    listener: &Listener,
) -> Result<ConversationId, WireError> {
    let raw = payload
        .single(payload.conversation_id)
        .ok_or_else(|| invalid("`conversationId` is missing: say which conversation."))?;
    Ok(address(&id(raw, "conversationId")?, &listener.profile.get())?)
}
