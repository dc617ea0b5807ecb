//! What the events of the channels dialect have in common.

use chat::conversations::ConversationId;
use chat::ids::ClientId;
use serde_json::value::RawValue;

use crate::error::WireError;
use crate::fanout::{Listener, stored};
use crate::socket::payload::{Payload, id, invalid};

/// The id of any stored conversation, given bare or as `{roomId}` or `{channelId}`.
pub(super) fn conversation(
    payload: &Payload<'_>,
    listener: &Listener,
) -> Result<ConversationId, WireError> {
    let named = same([payload.room_id, payload.channel_id], "roomId", "channelId")?;
    let raw = payload
        .single_id(named)
        .ok_or_else(|| invalid("`roomId` or `channelId` is missing: say which conversation."))?;
    Ok(stored(&id(raw, "roomId")?, &listener.profile.get())?)
}

/// The client's key, by either of its names.
pub(super) fn temp_id(payload: &Payload<'_>) -> Result<Option<ClientId>, WireError> {
    let raw = same([payload.temp_id, payload.client_id], "tempId", "clientId")?;
    let key = raw.map(|raw| id(raw, "tempId")).transpose()?;
    Ok(key.as_deref().map(ClientId::parse).transpose()?)
}

/// Two names of one thing: one of them is enough, and both have to agree.
fn same<'a>(
    [one, other]: [Option<&'a RawValue>; 2],
    name: &str,
    synonym: &str,
) -> Result<Option<&'a RawValue>, WireError> {
    if let (Some(one), Some(other)) = (one, other)
        && id(one, name)? != id(other, synonym)?
    {
        return Err(invalid(format!("`{name}` and `{synonym}` are not the same: give one.")));
    }
    Ok(one.or(other))
}
