//! `DELETE /api/channels/{id}/leave`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::ChannelPath;
use crate::error::{ErrorBody, WireError, no_channel};
use crate::http::api::Api;
use crate::http::body::{MaybeJson, check_user};
use crate::http::groups::{self, DONE, Done, Who};
use crate::http::signed_in::SignedIn;

/// Is a member no more; all of one's sockets stop listening.
///
/// When the owner leaves, whoever has been in the channel for the longest time inherits it. What one
/// has written stays. In a public channel it changes nothing for whoever is none; a private one is
/// `not_found` from then on.
#[utoipa::path(
    delete,
    path = "/api/channels/{id}/leave",
    tag = "channels",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The channel's `_id`")),
    request_body = Option<Who>,
    responses(
        (status = 200, description = "It is so", body = Done),
        (status = 400, description = "`invalid_payload`", body = ErrorBody),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 403, description = "`forbidden`: another's `userId`", body = ErrorBody),
        (status = 404, description = "`not_found`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn leave(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    ChannelPath(channel): ChannelPath,
    MaybeJson(who): MaybeJson<Who>,
) -> Result<Json<Done>, WireError> {
    let account = signed_in.account_id().clone();
    check_user(who.user_id.as_ref(), &account)?;
    if groups::leave(api, channel, account).await? { Ok(Json(DONE)) } else { Err(no_channel()) }
}
