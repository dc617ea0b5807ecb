//! `POST /api/chat/rooms/{id}/join`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::wire::OneRoom;
use super::{RoomPath, check_user};
use crate::error::{ErrorBody, WireError, no_room};
use crate::http::api::Api;
use crate::http::body::MaybeJson;
use crate::http::groups::{self, Who};
use crate::http::signed_in::SignedIn;
use crate::wire::RoomBody;

/// Becomes a member, to whom the room is listed with what is unread.
///
/// Whoever is one already stays one. To hear what is written, a socket joins, too (`join_room`).
#[utoipa::path(
    post,
    path = "/api/chat/rooms/{id}/join",
    tag = "rooms",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The room's `_id`")),
    request_body = Option<Who>,
    responses(
        (status = 200, description = "The room", body = OneRoom<'static>),
        (status = 400, description = "`invalid_payload`", body = ErrorBody),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 403, description = "`forbidden`: another's `userId`", body = ErrorBody),
        (status = 404, description = "`not_found`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn join(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    RoomPath(room): RoomPath,
    MaybeJson(who): MaybeJson<Who>,
) -> Result<Response, WireError> {
    let account = signed_in.account_id().clone();
    check_user(who.user_id.as_ref(), &account)?;
    let (view, active) = groups::enter(api, room, account).await?.ok_or_else(no_room)?;
    let body = OneRoom { room: RoomBody::of_view(&view, active) };
    Ok(Json(body).into_response())
}
