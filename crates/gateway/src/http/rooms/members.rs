//! `GET /api/chat/rooms/{id}/members`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::identity::PeopleCursor;
use serde::Deserialize;
use utoipa::IntoParams;

use super::RoomPath;
use super::wire::Members;
use crate::error::{ErrorBody, WireError, no_room};
use crate::http::api::Api;
use crate::http::body::{Limit, MAX_PAGE, Params, USUAL_PAGE};
use crate::http::signed_in::SignedIn;

/// Which members.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// How many at most; 50 if it is left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Option<Limit<MAX_PAGE>>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// Who is in a room, in the order of joining.
#[utoipa::path(
    get,
    path = "/api/chat/rooms/{id}/members",
    tag = "rooms",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The room's `_id`"), Which),
    responses(
        (status = 200, description = "A page of them", body = Members<'static>),
        (status = 400, description = "`invalid_payload`", body = ErrorBody),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`not_found`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn members(
    State(api): State<Arc<Api>>,
    _: SignedIn,
    RoomPath(room): RoomPath,
    Params(which): Params<Which>,
) -> Result<Response, WireError> {
    let cursor = which.cursor.as_deref().map(PeopleCursor::parse).transpose()?;
    let limit = which.limit.map_or(USUAL_PAGE, Limit::get);
    let people = api.store.members(room, cursor, limit).await?.ok_or_else(no_room)?;
    let body = Members {
        members: people.profiles.iter().map(Into::into).collect(),
        next_cursor: people.next.map(|next| next.to_string()),
    };
    Ok(Json(body).into_response())
}
