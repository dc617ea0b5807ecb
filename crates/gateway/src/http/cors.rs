//! Which pages of other origins may call the API: any, unless configured, with a bearer token. The
//! cookie never counts for them ([`super::cookie`]), so a request "with credentials" may be made and
//! brings nothing.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, RETRY_AFTER};
use http::{HeaderValue, Method};
use socketio::Cors;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may remember a preflight's answer. Two hours is the most that Chromium takes.
const MAX_AGE: Duration = Duration::from_hours(2);

pub(super) fn layer(cors: Cors) -> CorsLayer {
    let allows = move |origin: &HeaderValue, request: &http::request::Parts| {
        let host = request.headers.get(HOST).and_then(|host| host.to_str().ok());
        origin.to_str().is_ok_and(|origin| cors.allows(origin, host))
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(allows))
        .allow_credentials(true)
        .allow_headers([AUTHORIZATION, CONTENT_TYPE])
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .expose_headers([RETRY_AFTER])
        .max_age(MAX_AGE)
}
