//! `POST /api/auth/refresh`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;

use super::wire::Token;
use crate::error::{ErrorBody, WireError};
use crate::http::api::{Api, Client};
use crate::http::signed_in::SignedIn;

/// A fresh token for whoever has one that is valid, which stays valid until it ends.
///
/// Renews the cookie, if that is what the request was signed in by. A host application's users get
/// their tokens there.
#[utoipa::path(
    post,
    path = "/api/auth/refresh",
    tag = "auth",
    security(("token" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A fresh token", body = Token),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 403, description = "`forbidden`: a host application's user", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn refresh(
    State(api): State<Arc<Api>>,
    client: Client,
    signed_in: SignedIn,
) -> Result<Response, WireError> {
    let issued = api.auth.issue(&signed_in.session.account).await?;
    let cookie = signed_in.by_cookie.then(|| api.cookie(&client, &issued)).flatten();
    let mut response = Json(Token { token: issued.token }).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    Ok(response)
}
