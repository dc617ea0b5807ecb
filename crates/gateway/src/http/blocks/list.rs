//! `GET /api/users/blocked`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::identity::PeopleCursor;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::{ErrorBody, WireError};
use crate::http::api::Api;
use crate::http::body::{Limit, MAX_PAGE, Params, USUAL_PAGE};
use crate::http::signed_in::SignedIn;
use crate::wire::UserBody;

/// Which of them.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// How many at most; 50 if it is left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Option<Limit<MAX_PAGE>>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// Some people.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct BlockedUsers<'a> {
    users: Vec<UserBody<'a>>,
    /// Where to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
}

/// Whom one blocks, the oldest accounts first.
#[utoipa::path(
    get,
    path = "/api/users/blocked",
    tag = "users",
    security(("token" = []), ("cookie" = [])),
    params(Which),
    responses(
        (status = 200, description = "A page of them", body = BlockedUsers<'static>),
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
    let cursor = which.cursor.as_deref().map(PeopleCursor::parse).transpose()?;
    let limit = which.limit.map_or(USUAL_PAGE, Limit::get);
    let people = api.store.blocked_by(signed_in.account_id().clone(), cursor, limit).await?;
    let body = BlockedUsers {
        users: people.profiles.iter().map(Into::into).collect(),
        next_cursor: people.next.map(|next| next.to_string()),
    };
    Ok(Json(body).into_response())
}
