//! What a client reads when something is refused: one shape for callbacks, `chat_error`,
//! `connect_error` and the HTTP API.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use chat::error::{Code, Coded, Failure};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// A refusal on its way to the client: `{code, message, retryable, retryAfterMs?}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WireError(Failure);

impl WireError {
    /// `message` is a sentence that says what to do, and holds nothing internal. Whether to try
    /// again follows from the code, unless [`WireError::final_answer`] is called.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        let (message, retryable) = (message.into(), code.retryable());
        Self(Failure { code, message, retryable, retry_after: None })
    }

    /// Says that trying again will not help, whatever the code promises.
    pub(crate) fn final_answer(mut self) -> Self {
        self.0.retryable = false;
        self
    }

    /// Says how long to wait.
    pub(crate) fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    pub(crate) fn code(&self) -> Code {
        self.0.code
    }

    #[cfg(test)]
    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }
}

impl<E: Coded> From<E> for WireError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl Serialize for WireError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Failure { code, message, retryable, retry_after } = &self.0;
        let mut fields =
            serializer.serialize_struct("error", 3 + usize::from(retry_after.is_some()))?;
        fields.serialize_field("code", code.as_str())?;
        fields.serialize_field("message", message)?;
        fields.serialize_field("retryable", retryable)?;
        if let Some(wait) = retry_after {
            fields.serialize_field("retryAfterMs", &millis(*wait))?;
        }
        fields.end()
    }
}

/// What whoever asks for a room that is not there reads, over HTTP and sockets alike.
pub(crate) fn no_room() -> WireError {
    WireError::new(Code::NotFound, "There is no such room: look at the list of them.")
}

/// What an error is to whoever asked for a room.
pub(crate) fn of_room(error: impl Into<WireError>) -> WireError {
    let error = error.into();
    if error.code() == Code::NotFound { no_room() } else { error }
}

/// What whoever asks for a channel reads that is not there, or not for them.
pub(crate) fn no_channel() -> WireError {
    WireError::new(Code::NotFound, "There is no such channel: look at the list of them.")
}

/// What an error is to whoever asked for a channel.
pub(crate) fn of_channel(error: impl Into<WireError>) -> WireError {
    let error = error.into();
    if error.code() == Code::NotFound { no_channel() } else { error }
}

fn millis(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}

/// What every refusal of the HTTP API reads.
#[derive(serde::Serialize)]
struct Refusal<'a> {
    error: &'a WireError,
}

/// The same for its description.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "read by the derive")]
pub(crate) struct ErrorBody {
    error: ErrorObject,
}

/// What is wrong, and what to do.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "read by the derive")]
struct ErrorObject {
    /// Stable: what programs go by.
    code: ErrorCode,
    /// A sentence for people, that says what to do.
    message: String,
    /// Whether the very same request may succeed later.
    retryable: bool,
    /// How long to wait before that, in milliseconds, where it is known.
    #[schema(nullable = false)]
    retry_after_ms: Option<u64>,
}

/// The stable codes.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "read by the derive")]
enum ErrorCode {
    Unauthenticated,
    TokenExpired,
    Forbidden,
    NotFound,
    NotInRoom,
    InvalidPayload,
    TooLarge,
    Conflict,
    RateLimited,
    Unavailable,
    Internal,
}

impl IntoResponse for WireError {
    fn into_response(self) -> Response {
        let mut response =
            (status(self.code()), axum::Json(Refusal { error: &self })).into_response();
        if let Some(wait) = self.0.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The HTTP status that fits a code.
fn status(code: Code) -> StatusCode {
    match code {
        Code::Unauthenticated | Code::TokenExpired => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::NotInRoom | Code::Conflict => StatusCode::CONFLICT,
        Code::InvalidPayload => StatusCode::BAD_REQUEST,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use chat::pairing::PairError;
    use chat::text::TextError;

    use super::*;

    #[test]
    fn an_error_says_whether_and_when_to_try_again() {
        let plain = WireError::new(Code::NotInRoom, "Start a chat first.");
        let limited =
            WireError::new(Code::RateLimited, "Wait.").retry_after(Duration::from_millis(250));
        let both = serde_json::to_string(&[plain, limited]).unwrap();
        insta::assert_snapshot!(both);
    }

    #[test]
    fn what_is_said_of_trying_again_is_the_errors_own_and_not_only_its_codes() {
        let retryable =
            |error: WireError| serde_json::to_value(error).unwrap()["retryable"].clone();
        for (error, expected) in [
            (WireError::new(Code::Unavailable, "Later."), true),
            (WireError::new(Code::Unavailable, "Not in this version.").final_answer(), false),
            (PairError::Full.into(), true),
            (PairError::TooManyWaitingLines.into(), true),
            (TextError::TooLong.into(), false),
            (PairError::PartnerGone.into(), false),
        ] {
            assert_eq!(retryable(error.clone()), expected, "{error:?}");
        }
    }
}
