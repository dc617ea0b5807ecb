//! What a single request, and all of them together, may take.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chat::error::Code;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use tokio::sync::Semaphore;

use super::HttpConfig;
use crate::error::WireError;

#[derive(Debug)]
pub(super) struct Bounds {
    in_flight: Semaphore,
    timeout: Duration,
    max_body_bytes: usize,
}

impl Bounds {
    pub(super) fn new(config: &HttpConfig) -> Self {
        Self {
            in_flight: Semaphore::new(config.max_in_flight.min(Semaphore::MAX_PERMITS)),
            timeout: config.request_timeout,
            max_body_bytes: config.max_body_bytes,
        }
    }
}

pub(super) async fn enforce(
    State(bounds): State<Arc<Bounds>>,
    request: Request,
    next: Next,
) -> Response {
    let Ok(_place) = bounds.in_flight.try_acquire() else {
        return busy("The server has too many requests at once; try again in a moment.");
    };
    if declared_bytes(request.headers()).is_some_and(|length| length > bounds.max_body_bytes) {
        let message = format!("A body may hold {} bytes at most.", bounds.max_body_bytes);
        return WireError::new(Code::TooLarge, message).into_response();
    }
    tokio::time::timeout(bounds.timeout, next.run(request))
        .await
        .unwrap_or_else(|_| busy("The answer took too long; try again in a moment."))
}

fn busy(message: &'static str) -> Response {
    WireError::new(Code::Unavailable, message).retry_after(Duration::from_secs(1)).into_response()
}

/// What the request says of its own length; a body without one is bounded
/// where it is read.
fn declared_bytes(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
