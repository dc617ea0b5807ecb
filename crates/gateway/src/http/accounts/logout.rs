//! `POST /api/auth/logout`, of this browser, and of every one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::identity::Revocation;
use chat::time::Timestamp;
use http::header::SET_COOKIE;

use super::MARGIN_MS;
use super::wire::Done;
use crate::error::{ErrorBody, WireError};
use crate::http::api::{Api, Client};
use crate::http::cookie::{self, Site};
use crate::http::signed_in::SignedIn;

/// Makes the token void, on every node, and takes the cookie away.
///
/// Sockets that live by this token are closed within a second; other tokens of the account stay. The
/// second call is answered `unauthenticated`, as every request with a void token is.
#[utoipa::path(
    post,
    path = "/api/auth/logout",
    tag = "auth",
    security(("token" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The token is void", body = Done),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn logout(
    State(api): State<Arc<Api>>,
    client: Client,
    signed_in: SignedIn,
) -> Result<Response, WireError> {
    let session = signed_in.session;
    api.auth
        .revoke(Revocation::Token {
            account: session.account.profile.id.clone(),
            digest: session.token.digest,
            expires_at: session.token.expires_at,
        })
        .await?;
    Ok(left(&client))
}

/// Makes every token of the account void, on every node, this one too, and takes the cookie away.
///
/// Sockets that live by any of them are closed within a second. The second call is answered
/// `unauthenticated`, as every request with a void token is.
#[utoipa::path(
    post,
    path = "/api/auth/logout/everywhere",
    tag = "auth",
    security(("token" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "Every token is void", body = Done),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn everywhere(
    State(api): State<Arc<Api>>,
    client: Client,
    signed_in: SignedIn,
) -> Result<Response, WireError> {
    let wall = api.now().wall.as_millis();
    api.auth
        .revoke(Revocation::Account {
            account: signed_in.session.account.profile.id.clone(),
            valid_after: Timestamp::from_millis(wall.saturating_add(MARGIN_MS)),
        })
        .await?;
    Ok(left(&client))
}

/// Nobody is signed in any more, and no cookie says so.
fn left(client: &Client) -> Response {
    let mut response = Json(Done { success: true }).into_response();
    if client.site != Site::Foreign {
        response.headers_mut().insert(SET_COOKIE, cookie::clear());
    }
    response
}
