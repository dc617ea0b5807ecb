//! `send_message` with a `conversationId`.

use chat::ids::ClientId;
use chat::messages::{Echo, MessageType};
use chat::text::Text;
use serde::Serialize;
use socketio::Flow;

use super::decode;
use crate::error::WireError;
use crate::fanout::Post;
use crate::socket::payload::{id, invalid, string};
use crate::socket::rooms::Call;
use crate::wire::DirectMessageBody;

/// The answer.
#[derive(Serialize)]
struct Sent<'a> {
    success: bool,
    message: DirectMessageBody<'a>,
}

/// The message takes its place here; only the answer waits.
pub(in crate::socket) fn send_message(mut call: Call<'_>) -> Result<Flow, WireError> {
    let payload = call.payload;
    let conversation = decode::conversation(payload, &call.listener)?;
    let text = payload
        .message_text
        .ok_or_else(|| invalid("`messageText` is missing: give the text to send."))?;
    let text = Text::parse(&string(text, "messageText")?)?;
    let message_type = payload.message_type.map(|raw| string(raw, "messageType")).transpose()?;
    let message_type = message_type.as_deref().map(MessageType::parse).transpose()?;
    let client_id = payload.client_id.map(|raw| id(raw, "clientId")).transpose()?;
    let client_id = client_id.as_deref().map(ClientId::parse).transpose()?;
    // The seed's client posts by REST first, and says nothing that marks the emit.
    let echo = match client_id {
        None => Echo::Emit { connected_at: call.connected_at },
        Some(_) => Echo::None,
    };
    let post = Post {
        conversation,
        sender: call.listener.profile.get(),
        text,
        message_type: message_type.unwrap_or_default(),
        client_id,
        echo,
    };
    let sent = call.chat.send_direct(post, Some(&call.listener));
    let reply = call.reply();
    Ok(Flow::Wait(Box::pin(async move {
        match sent.await {
            Ok((sent, receiver)) => {
                let message = DirectMessageBody::new(&sent.message, &receiver);
                reply.succeed(&Sent { success: true, message });
            }
            Err(error) => reply.fail(error),
        }
    })))
}
