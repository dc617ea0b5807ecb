//! Who makes a request.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use chat::error::Code;
use chat::ids::AccountId;
use http::header::{AUTHORIZATION, SET_COOKIE, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

use super::api::Api;
use super::cookie;
use crate::auth::Session;
use crate::error::WireError;

/// Somebody with a valid token; a request without one is answered `unauthenticated` or
/// `token_expired`, and one that comes too soon `rate_limited`.
pub(super) struct SignedIn {
    /// Whose token it is, and which.
    pub(super) session: Arc<Session>,
    /// Whether the token came in the cookie.
    pub(super) by_cookie: bool,
}

impl SignedIn {
    /// Whose token it is.
    pub(super) fn account_id(&self) -> &AccountId {
        &self.session.account.profile.id
    }
}

impl FromRequestParts<Arc<Api>> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Response> {
        let found = token(&parts.headers, api.is_tls(parts));
        let (token, by_cookie) = found.ok_or_else(|| refuse(false, missing()))?;
        let session =
            api.auth.authenticate(token).await.map_err(|error| refuse(by_cookie, error.into()))?;
        api.rates
            .request(&session.account.profile.id, api.now().mono)
            .map_err(|wait| WireError::from(wait).into_response())?;
        Ok(Self { session, by_cookie })
    }
}

/// The token that counts, and whether it is the cookie's: a bearer token of any worth outweighs the
/// cookie, so that a client which means to be somebody is never somebody else.
fn token(headers: &HeaderMap, is_tls: bool) -> Option<(&str, bool)> {
    let bearer = headers
        .get_all(AUTHORIZATION)
        .iter()
        .find_map(|value| bearer(value.to_str().unwrap_or("")));
    match bearer {
        Some(token) => Some((token, false)),
        None => cookie::token(headers, is_tls).map(|token| (token, true)),
    }
}

/// What follows the scheme `Bearer`, in any case (RFC 9110 §11.4), which may be nothing. Other
/// schemes are a reverse proxy's business.
pub(super) fn bearer(credentials: &str) -> Option<&str> {
    let (scheme, token) = credentials.split_once([' ', '\t']).unwrap_or((credentials, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn missing() -> WireError {
    WireError::new(
        Code::Unauthenticated,
        "Sign in first, and send the token as `Authorization: Bearer`.",
    )
}

/// A refusal, which takes a cookie away that it is about and that is of no use any more.
fn refuse(by_cookie: bool, error: WireError) -> Response {
    let is_void = matches!(error.code(), Code::Unauthenticated | Code::TokenExpired);
    let mut response = error.into_response();
    if is_void {
        // RFC 9110 §15.5.2 asks for it; browsers open no dialog for this scheme.
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        if by_cookie {
            response.headers_mut().insert(SET_COOKIE, cookie::clear());
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_outweighs_the_cookie_and_other_schemes_are_none() {
        for (authorization, expected) in [
            (None, Some(("cookie", true))),
            (Some("Bearer a.b.c"), Some(("a.b.c", false))),
            (Some("bearer   a.b.c "), Some(("a.b.c", false))),
            (Some("Bearer"), Some(("", false))),
            (Some("Basic dXNlcjpwYXNz"), Some(("cookie", true))),
            (Some("Bearera b"), Some(("cookie", true))),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("cookie", HeaderValue::from_static("parlour_token=cookie"));
            headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
            if let Some(value) = authorization {
                headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
            }
            assert_eq!(token(&headers, false), expected, "{authorization:?}");
        }
    }
}
