//! `GET /api/channels/{id}/members`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::{ChannelPath, seen};
use crate::error::{ErrorBody, WireError, no_channel};
use crate::http::api::Api;
use crate::http::body::Params;
use crate::http::groups::{Members, WhichMembers};
use crate::http::signed_in::SignedIn;

/// Who is in a channel, in the order of joining.
#[utoipa::path(
    get,
    path = "/api/channels/{id}/members",
    tag = "channels",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The channel's `_id`"), WhichMembers),
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
    signed_in: SignedIn,
    ChannelPath(channel): ChannelPath,
    Params(which): Params<WhichMembers>,
) -> Result<Response, WireError> {
    let (cursor, limit) = which.part()?;
    seen(&api, channel.clone(), signed_in.account_id()).await?;
    let people = api.store.members(channel, cursor, limit).await?.ok_or_else(no_channel)?;
    Ok(Json(Members::from(&people)).into_response())
}
