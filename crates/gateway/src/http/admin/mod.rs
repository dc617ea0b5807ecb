//! What an operator asks. Behind a token of its own, which no account has.

mod timeline;

#[cfg(test)]
pub(super) mod tests;

use std::fmt;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use chat::error::Code;
use http::HeaderValue;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::request::Parts;
use ring::digest::{Digest, SHA256, digest};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::api::Api;
use super::signed_in::bearer;
use crate::error::WireError;

/// The routes of this module, each with its description.
pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(timeline::timeline))
}

/// What an operator says to be one; only its digest is kept.
#[derive(Clone)]
pub struct AdminToken(Digest);

impl AdminToken {
    /// From the configuration, or the data directory.
    pub fn new(token: &str) -> Self {
        Self(digest(&SHA256, token.as_bytes()))
    }

    /// The time that this takes says nothing of the token: digests are compared.
    fn is(&self, given: &str) -> bool {
        self.0.as_ref() == digest(&SHA256, given.as_bytes()).as_ref()
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("AdminToken(…)")
    }
}

/// Somebody with the operator's token, as `Authorization: Bearer`. Without one configured there is none.
struct Operator;

impl FromRequestParts<Arc<Api>> for Operator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Response> {
        let given = parts.headers.get_all(AUTHORIZATION).iter();
        let given = given.filter_map(|value| value.to_str().ok()).find_map(bearer);
        let is_operator =
            given.zip(api.admin.as_ref()).is_some_and(|(given, token)| token.is(given));
        if is_operator {
            return Ok(Self);
        }
        let error = WireError::new(
            Code::Unauthenticated,
            "This is for the operator: send the server's `admin_token` as `Authorization: Bearer`.",
        );
        let mut response = error.into_response();
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        Err(response)
    }
}
