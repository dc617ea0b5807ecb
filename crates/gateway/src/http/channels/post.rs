//! `POST /api/channels/{id}/messages`.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::error::Code;
use chat::ids::ClientId;
use chat::messages::{Echo, MessageType};
use chat::text::Text;
use http::StatusCode;

use super::ChannelPath;
use super::wire::{NewChannelMessage, PostedChannelMessage};
use crate::error::{ErrorBody, WireError, of_channel};
use crate::fanout::Post;
use crate::http::api::Api;
use crate::http::body::{Json, check_user};
use crate::http::signed_in::SignedIn;
use crate::wire::ChannelMessageBody;

/// Writes in a channel: in a public one whoever is signed in, who becomes a member by it; in a private
/// one its members.
///
/// The answer comes when the message is stored; whoever listens hears it then. 10 a second and 30 in
/// a burst, together with what is sent by sockets.
#[utoipa::path(
    post,
    path = "/api/channels/{id}/messages",
    tag = "channels",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The channel's `_id`")),
    request_body = NewChannelMessage,
    responses(
        (
            status = 201,
            description = "The message as it is stored",
            body = PostedChannelMessage<'static>
        ),
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
    ChannelPath(channel): ChannelPath,
    Json(given): Json<NewChannelMessage>,
) -> Result<Response, WireError> {
    let sender = Arc::clone(&signed_in.session.account.profile);
    check_user(given.user_id.as_ref(), &sender.id)?;
    let text = Text::parse(&given.body)?;
    let client_id = key(&given)?;
    api.live.take_message(&sender.id)?;
    let post = Post {
        conversation: channel,
        sender: Arc::clone(&sender),
        text,
        message_type: MessageType::TEXT,
        client_id,
        echo: Echo::None,
    };
    let stored = api.chat.send(post).await.map_err(of_channel)?;
    let message = ChannelMessageBody::new(&stored.message, Some(&sender))
        .seen_by(&sender.id, &stored.message);
    Ok((StatusCode::CREATED, Answer(PostedChannelMessage { message })).into_response())
}

/// The message's key, by either of its names.
fn key(given: &NewChannelMessage) -> Result<Option<ClientId>, WireError> {
    let key = match (&given.client_id, &given.temp_id) {
        (Some(one), Some(other)) if one != other => {
            let message = "`clientId` and `tempId` are two names of one key: give one of them.";
            return Err(WireError::new(Code::InvalidPayload, message));
        }
        (one, other) => one.as_ref().or(other.as_ref()),
    };
    Ok(key.map(|key| ClientId::parse(key.as_str())).transpose()?)
}
