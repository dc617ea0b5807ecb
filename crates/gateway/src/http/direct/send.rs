//! `POST /api/messages/send`.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::ids::ClientId;
use chat::messages::{Echo, MessageType};
use chat::text::Text;
use http::StatusCode;

use super::wire::{NewDirectMessage, SentMessage};
use crate::error::{ErrorBody, WireError};
use crate::fanout::{Post, address};
use crate::http::api::Api;
use crate::http::body::{Json, check_user};
use crate::http::signed_in::SignedIn;
use crate::wire::DirectMessageBody;

/// Writes to somebody.
///
/// The answer comes when the message is stored; whoever listens hears it then. 10 a second and 30 in
/// a burst, together with what is sent by sockets.
#[utoipa::path(
    post,
    path = "/api/messages/send",
    tag = "direct",
    security(("token" = []), ("cookie" = [])),
    request_body = NewDirectMessage,
    responses(
        (status = 201, description = "The message as it is stored", body = SentMessage<'static>),
        (status = 400, description = "`invalid_payload`", body = ErrorBody),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 403, description = "`forbidden`: a guest, or another's `userId`", body = ErrorBody),
        (status = 404, description = "`not_found`", body = ErrorBody),
        (
            status = 409,
            description = "`conflict`: the `clientId` was used for another text",
            body = ErrorBody
        ),
        (status = 413, description = "`too_large`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
        (
            status = 503,
            description = "`unavailable`: to be sent again, with the same `clientId`",
            body = ErrorBody
        ),
    )
)]
pub(super) async fn send(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    Json(given): Json<NewDirectMessage>,
) -> Result<Response, WireError> {
    let sender = Arc::clone(&signed_in.session.account.profile);
    check_user(given.user_id.as_ref(), &sender.id)?;
    let conversation = address(given.conversation_id.as_str(), &sender)?;
    let text = Text::parse(&given.message_text)?;
    let message_type = given.message_type.as_deref().map(MessageType::parse).transpose()?;
    let key = given.client_id.as_ref();
    let client_id = key.map(|key| ClientId::parse(key.as_str())).transpose()?;
    api.live.take_message(&sender.id)?;
    let echo = if client_id.is_none() { Echo::Post } else { Echo::None };
    let post = Post {
        conversation,
        sender,
        text,
        message_type: message_type.unwrap_or_default(),
        client_id,
        echo,
    };
    let (sent, receiver) = api.chat.send_direct(post, None).await?;
    let body = SentMessage {
        message: DirectMessageBody::new(&sent.message, &receiver),
        conversation_id: sent.message.conversation.as_str(),
    };
    Ok((StatusCode::CREATED, Answer(body)).into_response())
}
