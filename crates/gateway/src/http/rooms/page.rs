//! `GET /api/chat/rooms/{id}/messages`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::conversations::Seq;
use chat::error::Code;
use chat::messages::{PageCursor, PageError};
use serde::Deserialize;
use utoipa::IntoParams;

use super::wire::Messages;
use super::{RoomPath, no_room};
use crate::error::{ErrorBody, WireError};
use crate::http::api::Api;
use crate::http::body::{Limit, MAX_PAGE, Params, USUAL_PAGE};
use crate::http::signed_in::SignedIn;
use crate::wire::MessageBody;

/// Which messages.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// The last ones before this `seq`, without it.
    before: Option<u64>,
    /// The first ones after this `seq`, without it.
    after: Option<u64>,
    /// How many at most; 50 if it is left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Option<Limit<MAX_PAGE>>,
}

/// What was written in a room, for members and others: the newest messages, or those before or after
/// one.
#[utoipa::path(
    get,
    path = "/api/chat/rooms/{id}/messages",
    tag = "rooms",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The room's `_id`"), Which),
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
    Params(which): Params<Which>,
) -> Result<Response, WireError> {
    let cursor = match (which.before, which.after) {
        (None, None) => PageCursor::Newest,
        (Some(before), None) => PageCursor::Before(Seq(before)),
        (None, Some(after)) => PageCursor::After(Seq(after)),
        (Some(_), Some(_)) => {
            let message = "Give either `before` or `after`: a page goes in one direction.";
            return Err(WireError::new(Code::InvalidPayload, message));
        }
    };
    let limit = which.limit.map_or(USUAL_PAGE, Limit::get);
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
