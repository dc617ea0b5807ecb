//! The security headers of every answer.

use http::header::{
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::pictures::PictureOrigin;

/// What the page may load: files of this origin and pictures of the configured ones, and nothing else.
/// No inline script or style, no frame around it.
///
/// `connect-src 'self'` covers the WebSocket too: in CSP Level 3 §6.7.2.8 the
/// `'self'` of an http or https page matches `ws` and `wss` of the same host
/// and port, in every browser engine. One too old for that (Safari before
/// 15.4) keeps talking over long-polling. So the client's `Host` header, which
/// anybody can write, need not be copied into a policy.
const CONTENT_SECURITY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
font-src 'self'; connect-src 'self'; manifest-src 'self'; \
worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; img-src 'self' data:";

/// Everything that a chat page has no use for is off.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(self), camera=(), display-capture=(), \
geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), \
usb=()";

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// The headers of pages, files and the HTTP API, with where pictures may come from beside this origin.
///
/// Not among them: HSTS. TLS is the proxy's, and so is the promise of it.
///
/// # Panics
/// Never: an origin is plain ASCII.
pub fn page_headers(pictures: &[PictureOrigin]) -> HeaderMap {
    let sources = pictures.iter().map(|origin| format!(" {origin}"));
    headers("same-origin", &sources.collect::<String>())
}

/// The headers of Engine.IO's answers, for `socketio::Config`: the same, but
/// a page of another origin may read them, as CORS allows it.
pub fn engine_headers() -> HeaderMap {
    headers("cross-origin", "")
}

fn headers(resource_policy: &'static str, pictures: &str) -> HeaderMap {
    let content_security = format!("{CONTENT_SECURITY}{pictures}");
    let content_security = HeaderValue::try_from(content_security).expect("it is plain ASCII");
    let constant = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (X_FRAME_OPTIONS, "DENY"),
        (OPENER_POLICY, "same-origin"),
        (RESOURCE_POLICY, resource_policy),
        (PERMISSIONS_POLICY, PERMISSIONS),
    ];
    let constant = constant.map(|(name, value)| (name, HeaderValue::from_static(value)));
    [(CONTENT_SECURITY_POLICY, content_security)].into_iter().chain(constant).collect()
}
