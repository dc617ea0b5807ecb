//! `POST /api/chat/rooms/{id}/messages`.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::ids::ClientId;
use chat::messages::{Echo, MessageType};
use chat::text::Text;
use http::StatusCode;

use super::wire::{NewMessage, Posted};
use super::{RoomPath, check_user};
use crate::error::{ErrorBody, WireError, of_room};
use crate::fanout::Post;
use crate::http::api::Api;
use crate::http::body::Json;
use crate::http::signed_in::SignedIn;
use crate::wire::MessageBody;

/// Writes in a room, and becomes a member by it.
///
/// The answer comes when the message is stored; whoever listens hears it then. 10 a second and 30 in
/// a burst, together with what is sent by sockets.
#[utoipa::path(
    post,
    path = "/api/chat/rooms/{id}/messages",
    tag = "rooms",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The room's `_id`")),
    request_body = NewMessage,
    responses(
        (status = 200, description = "The message as it is stored", body = Posted<'static>),
        (status = 400, description = "`invalid_payload`", body = ErrorBody),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 403, description = "`forbidden`: another's `userId`", body = ErrorBody),
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
pub(super) async fn post(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    RoomPath(room): RoomPath,
    Json(given): Json<NewMessage>,
) -> Result<Response, WireError> {
    let sender = Arc::clone(&signed_in.session.account.profile);
    check_user(given.user_id.as_ref(), &sender.id)?;
    let text = Text::parse(&given.content)?;
    let key = given.client_id.as_ref();
    let client_id = key.map(|key| ClientId::parse(key.as_str())).transpose()?;
    api.live.take_message(&sender.id)?;
    let echo = if client_id.is_none() { Echo::Post } else { Echo::None };
    let post = Post {
        conversation: room,
        sender: Arc::clone(&sender),
        text,
        message_type: MessageType::TEXT,
        client_id,
        echo,
    };
    let stored = api.chat.send(post).await.map_err(of_room)?;
    let message = MessageBody::new(&stored.message, Some(&sender));
    Ok(Answer(Posted { status: StatusCode::OK.as_u16(), message }).into_response())
}
