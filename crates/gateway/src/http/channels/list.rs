//! `GET /api/channels`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::conversations::Kind;

use super::wire::Channels;
use crate::error::{ErrorBody, WireError};
use crate::http::api::Api;
use crate::http::body::Params;
use crate::http::groups::{self, WhichGroups};
use crate::http::signed_in::SignedIn;
use crate::wire::ChannelBody;

/// The public channels, and the private ones that one is in, the most recently active first.
///
/// A channel that becomes active while one pages on moves to the front; no other is met twice or
/// missed.
#[utoipa::path(
    get,
    path = "/api/channels",
    tag = "channels",
    security(("token" = []), ("cookie" = [])),
    params(WhichGroups),
    responses(
        (status = 200, description = "A page of them", body = Channels<'static>),
        (status = 400, description = "`invalid_payload`", body = ErrorBody),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    Params(which): Params<WhichGroups>,
) -> Result<Response, WireError> {
    let viewer = signed_in.account_id().clone();
    let (page, active) = groups::list(&api, viewer, Kind::Channel, which).await?;
    let channels = page.items.iter().zip(active);
    let body = Channels {
        channels: channels.map(|(view, active)| ChannelBody::of_view(view, active)).collect(),
        next_cursor: page.next.as_ref().map(ToString::to_string),
    };
    Ok(Json(body).into_response())
}
