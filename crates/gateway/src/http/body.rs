//! Bodies of requests, and queries.

use axum::body::{Bytes, HttpBody as _};
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::response::{IntoResponse, Response};
use chat::conversations::Seq;
use chat::error::Code;
use chat::ids::AccountId;
use chat::messages::PageCursor;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use utoipa::IntoParams;

use crate::error::WireError;

/// A body that is JSON and says so.
///
/// Only `Content-Type: application/json` counts. A form of a foreign page cannot send it, and a
/// script of one only after a preflight, so that nobody is signed in or out behind their back.
pub(super) struct Json<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        if !is_json(request.headers()) {
            let error = WireError::new(
                Code::InvalidPayload,
                "The body must be JSON, with `Content-Type: application/json`.",
            );
            let mut response = error.into_response();
            *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(response);
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            let error = if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                WireError::new(Code::TooLarge, "The body is too large: send a smaller one.")
            } else {
                WireError::new(Code::InvalidPayload, "The body did not arrive whole: try again.")
            };
            error.into_response()
        })?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            let message = format!("The body does not fit: {error}. See /api/docs.");
            WireError::new(Code::InvalidPayload, message).into_response()
        })
    }
}

/// The same, or no body at all.
pub(super) struct MaybeJson<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for MaybeJson<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        // Known from the head: nothing has been read yet.
        if request.body().is_end_stream() {
            return Ok(Self(T::default()));
        }
        Json::from_request(request, state).await.map(|Json(body)| Self(body))
    }
}

/// `application/json`, or a kind of it (RFC 6839 §3.1), with any parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = value.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// The parameters after `?`; unknown ones are ignored.
pub(super) struct Params<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = WireError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WireError> {
        let Query(params) = Query::from_request_parts(parts, state).await.map_err(|rejection| {
            let message = format!("{}. See /api/docs.", rejection.body_text());
            WireError::new(Code::InvalidPayload, message)
        })?;
        Ok(Self(params))
    }
}

/// An id that somebody gave: a text, or a whole number where a client holds one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GivenId(String);

impl GivenId {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for GivenId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged, expecting = "an id must be a string or a whole number")]
        enum Given {
            Text(String),
            Number(u64),
            Negative(i64),
        }

        Given::deserialize(deserializer).map(|given| {
            Self(match given {
                Given::Text(text) => text,
                Given::Number(number) => number.to_string(),
                Given::Negative(number) => number.to_string(),
            })
        })
    }
}

/// The most entries in any page.
pub(super) const MAX_PAGE: usize = 100;
/// How many entries a page of rooms, members or messages has where nothing is said.
pub(super) const USUAL_PAGE: usize = 50;

/// How many entries a page may have: the query's `limit`, 1 to `MAX`, which is also what holds
/// without it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit<const MAX: usize>(usize);

impl<const MAX: usize> Limit<MAX> {
    pub(super) fn get(self) -> usize {
        self.0
    }
}

impl<const MAX: usize> Default for Limit<MAX> {
    fn default() -> Self {
        Self(MAX)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Limit<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let limit = text.parse().ok().filter(|limit| (1..=MAX).contains(limit));
        limit.map(Self).ok_or_else(|| {
            serde::de::Error::custom(format_args!("`limit` must be a whole number from 1 to {MAX}"))
        })
    }
}

/// Which messages.
#[derive(serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PagePart {
    /// The last ones before this `seq`, without it.
    before: Option<u64>,
    /// The first ones after this `seq`, without it.
    after: Option<u64>,
    /// How many at most; 50 if it is left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Option<Limit<MAX_PAGE>>,
}

impl PagePart {
    /// # Errors
    /// `invalid_payload` for both directions at once.
    pub(super) fn cursor(&self) -> Result<PageCursor, WireError> {
        match (self.before, self.after) {
            (None, None) => Ok(PageCursor::Newest),
            (Some(before), None) => Ok(PageCursor::Before(Seq(before))),
            (None, Some(after)) => Ok(PageCursor::After(Seq(after))),
            (Some(_), Some(_)) => {
                let message = "Give either `before` or `after`: a page goes in one direction.";
                Err(WireError::new(Code::InvalidPayload, message))
            }
        }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit.map_or(USUAL_PAGE, Limit::get)
    }
}

/// Whoever says in a body who they are has to be who they are.
pub(super) fn check_user(said: Option<&GivenId>, account: &AccountId) -> Result<(), WireError> {
    if said.is_none_or(|said| said.as_str() == account.as_str()) {
        return Ok(());
    }
    let message = "This `userId` is not that of your token: leave it out.";
    Err(WireError::new(Code::Forbidden, message))
}

/// For a field that is absent, `null` or there, which are three things: with `#[serde(default)]`
/// absent is `None`, and `null` is `Some(None)`.
#[expect(clippy::option_option, reason = "absent, `null` and there are three things")]
pub(super) fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn an_id_may_be_a_number() {
        for (json, expected) in [
            ("\"a b\"", Some("a b")),
            ("7", Some("7")),
            ("-7", Some("-7")),
            ("18446744073709551615", Some("18446744073709551615")),
            ("7.5", None),
            ("true", None),
            ("[]", None),
            ("\"\\ud800\"", None),
        ] {
            let given: Option<GivenId> = serde_json::from_str(json).ok();
            assert_eq!(given.as_ref().map(GivenId::as_str), expected, "{json}");
        }
    }

    #[test]
    fn only_what_says_so_is_json() {
        for (value, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/merge-patch+json", true),
            ("text/json", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("application/jsonp", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]);
            assert_eq!(is_json(&headers), expected, "{value}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
