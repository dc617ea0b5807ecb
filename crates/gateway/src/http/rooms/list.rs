//! `GET /api/chat/rooms`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::conversations::{Kind, ListCursor, Listing, MAX_TITLE_CHARS};
use chat::error::Code;
use serde::Deserialize;
use utoipa::IntoParams;

use super::wire::Rooms;
use crate::error::{ErrorBody, WireError};
use crate::http::api::Api;
use crate::http::body::{Limit, MAX_PAGE, Params, USUAL_PAGE};
use crate::http::signed_in::SignedIn;
use crate::wire::RoomBody;

/// Which rooms.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// How a word of the name begins, in any case; several words as they follow one another in it. At
    /// most 80 characters.
    #[param(example = "te")]
    query: Option<String>,
    /// How many at most; 50 if it is left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Option<Limit<MAX_PAGE>>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// Rooms, the most recently active first.
///
/// A room that becomes active while one pages on moves to the front; no other is met twice or missed.
#[utoipa::path(
    get,
    path = "/api/chat/rooms",
    tag = "rooms",
    security(("token" = []), ("cookie" = [])),
    params(Which),
    responses(
        (status = 200, description = "A page of them", body = Rooms<'static>),
        (status = 400, description = "`invalid_payload`", body = ErrorBody),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    Params(which): Params<Which>,
) -> Result<Response, WireError> {
    if which.query.as_ref().is_some_and(|query| query.chars().count() > MAX_TITLE_CHARS) {
        let message = "`query` is longer than any name: it has 80 characters at most.";
        return Err(WireError::new(Code::InvalidPayload, message));
    }
    let listing = Listing {
        kind: Kind::Room,
        viewer: signed_in.account_id().clone(),
        query: which.query,
        cursor: which.cursor.as_deref().map(ListCursor::parse).transpose()?,
        limit: which.limit.map_or(USUAL_PAGE, Limit::get),
    };
    let page = api.store.list_conversations(listing).await?;
    let active = api.chat.active_counts(page.items.iter().map(|view| &view.conversation.id));
    let rooms = page.items.iter().zip(active);
    let body = Rooms {
        rooms: rooms.map(|(view, active)| RoomBody::of_view(view, active)).collect(),
        next_cursor: page.next.as_ref().map(ToString::to_string),
    };
    Ok(Json(body).into_response())
}
