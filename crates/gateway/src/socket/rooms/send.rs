//! `send_message` with the `roomId` of a room.

use std::sync::Arc;

use chat::ids::ClientId;
use chat::messages::{Echo, MessageType};
use chat::text::Text;
use serde::Serialize;
use socketio::Flow;

use super::{Call, decode};
use crate::error::{WireError, of_room};
use crate::fanout::Post;
use crate::socket::payload::{id, invalid, string};
use crate::wire::MessageBody;

/// The answer.
#[derive(Serialize)]
struct Sent<'a> {
    success: bool,
    message: MessageBody<'a>,
}

/// The message takes its place here; only the answer waits.
pub(in crate::socket) fn send_message(mut call: Call<'_>) -> Result<Flow, WireError> {
    let payload = call.payload;
    let conversation = decode::room(payload)?;
    let content =
        payload.content.ok_or_else(|| invalid("`content` is missing: give the text to send."))?;
    let text = Text::parse(&string(content, "content")?)?;
    let client_id = payload.client_id.map(|raw| id(raw, "clientId")).transpose()?;
    let client_id = client_id.as_deref().map(ClientId::parse).transpose()?;
    // Only the seed's client, which posts by REST first, says who it is.
    let may_be_echo =
        client_id.is_none() && (payload.user_id.is_some() || payload.sender_name.is_some());
    let echo =
        if may_be_echo { Echo::Emit { connected_at: call.connected_at } } else { Echo::None };
    let sender = call.listener.profile.get();
    let sent = call.chat.send(Post {
        conversation,
        sender: Arc::clone(&sender),
        text,
        message_type: MessageType::TEXT,
        client_id,
        echo,
    });
    let reply = call.reply();
    Ok(Flow::Wait(Box::pin(async move {
        match sent.await {
            Ok(answer) => {
                let message = MessageBody::new(&answer.message, Some(&sender));
                reply.succeed(&Sent { success: true, message });
            }
            Err(error) => reply.fail(of_room(error)),
        }
    })))
}
