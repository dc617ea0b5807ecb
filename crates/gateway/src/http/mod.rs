//! Everything on the port that is not Engine.IO: health, the web client, and
//! the place where the HTTP API will be.

mod assets;
mod bounds;
mod health;
mod security;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chat::error::Code;
use http::header::{ACCEPT, ALLOW, VARY};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

pub use assets::{Asset, Assets};
pub use health::Readiness;
pub use security::{engine_headers, page_headers};

use crate::error::WireError;
use bounds::Bounds;

/// The HTTP side's settings. What it costs: at most `max_in_flight` requests
/// at a time, each with a body of at most `max_body_bytes`.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// The largest body of a request. Default 64 KiB.
    pub max_body_bytes: usize,
    /// How long an answer may take before it becomes 503. Default 10 s.
    pub request_timeout: Duration,
    /// Requests that are worked on at a time; further ones get 503 at once.
    /// Default 1024: with full bodies 64 MiB.
    pub max_in_flight: usize,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            max_body_bytes: 64 * 1024,
            request_timeout: Duration::from_secs(10),
            max_in_flight: 1024,
        }
    }
}

/// The routes, inside their bounds, inside the security headers.
pub(crate) fn router(config: &HttpConfig, assets: Assets, readiness: Readiness) -> Router {
    let bounds = Arc::new(Bounds::new(config));
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz).with_state(readiness))
        .fallback(fallback)
        .with_state(Arc::new(assets))
        .method_not_allowed_fallback(|| async { method_not_allowed() })
        .layer(DefaultBodyLimit::max(config.max_body_bytes))
        .layer(middleware::from_fn_with_state(bounds, bounds::enforce))
        .layer(middleware::map_response(secure))
}

/// Whatever has no route of its own: what is missing from the API, else the web client.
async fn fallback(State(assets): State<Arc<Assets>>, request: Request) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        return WireError::new(Code::NotFound, "There is no such route.").into_response();
    }
    client(&assets, &request)
}

/// A file of the web client, or its page for the routes that the client has by itself: whatever a
/// browser opens as a page.
fn client(assets: &Assets, request: &Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return method_not_allowed();
    }
    let (path, headers) = (request.uri().path(), request.headers());
    if path == "/" {
        return assets.index(headers);
    }
    if let Some(file) = assets.file(path, headers) {
        return file;
    }
    // A file that is gone must not turn into a page: a browser that asked for
    // last week's script would read HTML.
    if !path.starts_with("/assets/") && wants_page(headers) {
        let mut page = assets.index(headers);
        page.headers_mut().append(VARY, HeaderValue::from_static("accept"));
        return page;
    }
    (StatusCode::NOT_FOUND, "There is nothing here.\n").into_response()
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT)
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| value.contains("text/html")))
}

fn method_not_allowed() -> Response {
    let error = WireError::new(Code::InvalidPayload, "This route takes only GET and HEAD.");
    let mut response = error.into_response();
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    let allow = HeaderValue::from_static("GET, HEAD");
    response.headers_mut().insert(ALLOW, allow);
    response
}

async fn secure(mut response: Response) -> Response {
    response.headers_mut().extend(page_headers());
    response
}
