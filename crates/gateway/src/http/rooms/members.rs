//! `GET /api/chat/rooms/{id}/members`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::RoomPath;
use crate::error::{ErrorBody, WireError, no_room};
use crate::http::api::Api;
use crate::http::body::Params;
use crate::http::groups::{Members, WhichMembers};
use crate::http::signed_in::SignedIn;

/// Who is in a room, in the order of joining.
#[utoipa::path(
    get,
    path = "/api/chat/rooms/{id}/members",
    tag = "rooms",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The room's `_id`"), WhichMembers),
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
    Params(which): Params<WhichMembers>,
) -> Result<Response, WireError> {
    let (cursor, limit) = which.part()?;
    let people = api.store.members(room, cursor, limit).await?.ok_or_else(no_room)?;
    Ok(Json(Members::from(&people)).into_response())
}
