//! What a single request, and all of them together, may take.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chat::error::Code;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body_util::BodyExt;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::HttpConfig;
use crate::error::WireError;

#[derive(Debug)]
pub(super) struct Bounds {
    /// Requests that are worked on. Whoever sends a body takes a place when it is there, so that slow
    /// ones keep nobody out.
    in_flight: Semaphore,
    /// Bytes of bodies, those that are still being sent included.
    body_bytes: Semaphore,
    timeout: Duration,
    max_body_bytes: usize,
}

impl Bounds {
    pub(super) fn new(config: &HttpConfig) -> Self {
        let body_bytes = config.max_in_flight.saturating_mul(config.max_body_bytes);
        Self {
            in_flight: Semaphore::new(config.max_in_flight.min(Semaphore::MAX_PERMITS)),
            body_bytes: Semaphore::new(body_bytes.min(Semaphore::MAX_PERMITS)),
            timeout: config.request_timeout,
            max_body_bytes: config.max_body_bytes,
        }
    }

    /// The whole body, and the room that it takes.
    async fn read(&self, mut body: Body) -> Result<(Bytes, Option<SemaphorePermit<'_>>), Response> {
        let mut bytes = Vec::new();
        let mut room: Option<SemaphorePermit<'_>> = None;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| {
                let message = "The body did not arrive whole: try again.";
                WireError::new(Code::InvalidPayload, message).into_response()
            })?;
            let Ok(chunk) = frame.into_data() else { continue };
            if bytes.len() + chunk.len() > self.max_body_bytes {
                return Err(self.too_large());
            }
            let count = u32::try_from(chunk.len()).map_err(|_| self.too_large())?;
            let more = self.body_bytes.try_acquire_many(count).map_err(|_| too_many())?;
            match &mut room {
                Some(room) => room.merge(more),
                None => room = Some(more),
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok((bytes.into(), room))
    }

    fn too_large(&self) -> Response {
        let message = format!("A body may hold {} bytes at most.", self.max_body_bytes);
        WireError::new(Code::TooLarge, message).into_response()
    }
}

/// Reads the body within one timeout, then answers within another.
pub(super) async fn enforce(
    State(bounds): State<Arc<Bounds>>,
    request: Request,
    next: Next,
) -> Response {
    if declared_bytes(request.headers()).is_some_and(|length| length > bounds.max_body_bytes) {
        return bounds.too_large();
    }
    let (head, body) = request.into_parts();
    let (body, _room) = match tokio::time::timeout(bounds.timeout, bounds.read(body)).await {
        Ok(Ok(read)) => read,
        Ok(Err(refusal)) => return refusal,
        Err(_) => return busy("The body took too long to arrive; try again in a moment."),
    };
    let Ok(_place) = bounds.in_flight.try_acquire() else { return too_many() };
    let request = Request::from_parts(head, Body::from(body));
    tokio::time::timeout(bounds.timeout, next.run(request))
        .await
        .unwrap_or_else(|_| busy("The answer took too long; try again in a moment."))
}

fn too_many() -> Response {
    busy("The server has too many requests at once; try again in a moment.")
}

fn busy(message: &'static str) -> Response {
    WireError::new(Code::Unavailable, message).retry_after(Duration::from_secs(1)).into_response()
}

/// What the request says of its own length; a body without one is counted as it comes.
fn declared_bytes(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
