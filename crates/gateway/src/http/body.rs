//! Bodies of requests, and queries.

use axum::body::{Bytes, HttpBody as _};
use axum::extract::{FromRequest, FromRequestParts, Request};
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
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let body = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            if error.inner().is_data() { misfit(&error) } else { no_json(error.inner()) }
        });
        let body = body.and_then(|body| json.end().map(|()| body).map_err(|error| no_json(&error)));
        body.map(Self).map_err(IntoResponse::into_response)
    }
}

fn no_json(error: &serde_json::Error) -> WireError {
    let (line, column) = (error.line(), error.column());
    let message = format!("The body is not JSON: see its line {line}, column {column}.");
    WireError::new(Code::InvalidPayload, message)
}

/// Says which field it is, in words that are not those of a type of ours: of what serde says only
/// that a field is missing, and what the fields say themselves.
fn misfit(error: &serde_path_to_error::Error<impl std::fmt::Display>) -> WireError {
    let path = error.path().to_string();
    let said = error.inner().to_string();
    let said = said.rfind(" at line ").map_or(said.as_str(), |end| &said[..end]);
    let message = match (path.as_str(), said.strip_prefix("missing field ")) {
        (_, Some(field)) => format!("{field} is missing"),
        (path, None) if path != "." && said.starts_with("invalid type: null") => {
            format!("`{path}` is missing")
        }
        (path, None) if said.starts_with("an id ") => format!("`{path}`: {said}"),
        (_, None) if said.starts_with('`') => said.to_owned(),
        (".", None) => "The body must be a JSON object".to_owned(),
        (path, None) => format!("`{path}` cannot have this value"),
    };
    WireError::new(Code::InvalidPayload, format!("{message}. See /api/docs."))
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

/// The parameters after `?`; unknown ones, and those that are empty, are ignored.
pub(super) struct Params<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = WireError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, WireError> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes());
        let given = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs.filter(|(_, value)| !value.is_empty()))
            .finish();
        let given = serde_urlencoded::Deserializer::new(form_urlencoded::parse(given.as_bytes()));
        let params = serde_path_to_error::deserialize(given);
        params.map(Self).map_err(|error| misfit(&error))
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

    #[tokio::test]
    async fn bug_named_types_of_the_program_to_whoever_sent_what_does_not_fit() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        #[expect(dead_code, reason = "it is read, and no more")]
        struct Given {
            user_id: GivenId,
            names: Option<Vec<String>>,
        }
        for (json, expected) in [
            ("[", "The body is not JSON: see its line 1, column 1."),
            ("{} {}", "`userId` is missing. See /api/docs."),
            ("{\"userId\": 1} {}", "The body is not JSON: see its line 1, column 15."),
            ("", "The body is not JSON: see its line 1, column 0."),
            ("7", "The body must be a JSON object. See /api/docs."),
            ("{\"names\": []}", "`userId` is missing. See /api/docs."),
            (
                "{\"userId\": []}",
                "`userId`: an id must be a string or a whole number. See /api/docs.",
            ),
            ("{\"names\": [\"a\", 7]}", "`names[1]` cannot have this value. See /api/docs."),
        ] {
            let request = http::Request::post("/").header(CONTENT_TYPE, "application/json");
            let request = request.body(json.into()).expect("a request");
            let answer = Json::<Given>::from_request(request, &()).await.map(|Json(given)| given);
            let body = answer.expect_err(json).into_body();
            let body = axum::body::to_bytes(body, 1_024).await.expect("a body");
            let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
            assert_eq!(body["error"]["message"], expected, "{json}");
        }
        let request = http::Request::get("/?before=&limit=&after=");
        let (mut parts, ()) = request.body(()).expect("a request").into_parts();
        let empty = Params::<PagePart>::from_request_parts(&mut parts, &()).await;
        assert!(
            empty.is_ok_and(|Params(part)| part.limit() == USUAL_PAGE && part.before.is_none())
        );
        for (query, expected) in [
            ("limit=101", "`limit` must be a whole number from 1 to 100. See /api/docs."),
            ("before=x", "`before` cannot have this value. See /api/docs."),
        ] {
            let request = http::Request::get(format!("/?{query}")).body(()).expect("a request");
            let (mut parts, ()) = request.into_parts();
            let answer = Params::<PagePart>::from_request_parts(&mut parts, &()).await;
            let Err(error) = answer else { panic!("{query} is taken") };
            assert_eq!(error.message(), expected);
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
