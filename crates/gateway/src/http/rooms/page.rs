//! `GET /api/chat/rooms/{id}/messages`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::messages::PageError;

use super::RoomPath;
use super::wire::Messages;
use crate::error::{ErrorBody, WireError, no_room};
use crate::http::api::Api;
use crate::http::body::{PagePart, Params};
use crate::http::signed_in::SignedIn;
use crate::wire::MessageBody;

/// What was written in a room, for members and others: the newest messages, or those before or after
/// one.
#[utoipa::path(
    get,
    path = "/api/chat/rooms/{id}/messages",
    tag = "rooms",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The room's `_id`"), PagePart),
    responses(
        (status = 200, description = "A page of them", body = Messages<'static>),
        (
            status = 400,
            description = "`invalid_payload`: both `before` and `after`, among others",
            body = ErrorBody
        ),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`not_found`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn page(
    State(api): State<Arc<Api>>,
    _: SignedIn,
    RoomPath(room): RoomPath,
    Params(part): Params<PagePart>,
) -> Result<Response, WireError> {
    let (cursor, limit) = (part.cursor()?, part.limit());
    let page = api.store.page(room, cursor, limit).await.map_err(|error| match error {
        PageError::NotFound => no_room(),
        PageError::Store(error) => error.into(),
    })?;
    let senders: HashMap<_, _> = page.senders.iter().map(|sender| (&sender.id, sender)).collect();
    let messages = page.messages.iter();
    let body = Messages {
        messages: messages
            .map(|message| MessageBody::new(message, senders.get(&message.sender).copied()))
            .collect(),
        has_more: page.has_more,
    };
    Ok(Json(body).into_response())
}
