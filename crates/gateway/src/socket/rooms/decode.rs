//! What the events of stored conversations have in common.

use chat::conversations::{ConversationId, Kind, Seq};
use chat::identity::Profile;
use serde_json::value::RawValue;

use crate::error::{WireError, no_room};
use crate::fanout::stored;
use crate::socket::payload::{Payload, id, invalid};

/// The id of a room, given bare or as `{roomId}`. Nothing else is a room, so that of a private channel
/// or somebody else's conversation nothing is learnt.
pub(super) fn room(payload: &Payload<'_>) -> Result<ConversationId, WireError> {
    let raw = payload
        .single_id(payload.room_id)
        .ok_or_else(|| invalid("`roomId` is missing: say which room."))?;
    let room = ConversationId::parse(&id(raw, "roomId")?).ok();
    room.filter(|room| room.kind() == Some(Kind::Room)).ok_or_else(no_room)
}

/// The id of any stored conversation, bare or by one of its three names. What the id alone tells is told
/// as everywhere: see [`stored`].
pub(super) fn conversation(
    payload: &Payload<'_>,
    who: &Profile,
) -> Result<ConversationId, WireError> {
    let named = [payload.room_id, payload.conversation_id, payload.channel_id];
    let mut given = named.into_iter().flatten();
    let first = given.next();
    if given.next().is_some() {
        return Err(invalid("Give one of `roomId`, `conversationId` and `channelId`."));
    }
    let raw = payload.single_id(first).ok_or_else(|| {
        invalid("Say which conversation: `roomId`, `conversationId` or `channelId`.")
    })?;
    Ok(stored(&id(raw, "conversationId")?, who)?)
}

/// A place in a conversation: a whole number from 0.
pub(super) fn seq(raw: &RawValue, field: &str) -> Result<Seq, WireError> {
    let number = raw.get().parse().map(Seq);
    number.map_err(|_| invalid(format!("`{field}` must be a whole number from 0.")))
}
