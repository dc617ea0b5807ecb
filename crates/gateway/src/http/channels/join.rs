//! `POST /api/channels/{id}/join`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::ChannelPath;
use super::wire::OneChannel;
use crate::error::{ErrorBody, WireError, no_channel};
use crate::http::api::Api;
use crate::http::body::{MaybeJson, check_user};
use crate::http::groups::{self, Who};
use crate::http::signed_in::SignedIn;
use crate::wire::ChannelBody;

/// Becomes a member of a public channel, guests too.
///
/// Whoever is one already stays one, in a private channel as well. To hear what is written, a socket
/// joins, too (`joinChannel` or `joinRoom`).
#[utoipa::path(
    post,
    path = "/api/channels/{id}/join",
    tag = "channels",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The channel's `_id`")),
    request_body = Option<Who>,
    responses(
        (status = 200, description = "The channel", body = OneChannel<'static>),
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
    ChannelPath(channel): ChannelPath,
    MaybeJson(who): MaybeJson<Who>,
) -> Result<Response, WireError> {
    let account = signed_in.account_id().clone();
    check_user(who.user_id.as_ref(), &account)?;
    let (view, active) = groups::enter(api, channel, account).await?.ok_or_else(no_channel)?;
    let body = OneChannel { channel: ChannelBody::of_view(&view, active) };
    Ok(Json(body).into_response())
}
