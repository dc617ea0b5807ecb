//! `/api/openapi.json`, and `/api/docs`: Swagger UI, from the binary, without a request to anywhere
//! else.

use std::io::Read;

use axum::Extension;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use chat::error::Code;
use flate2::read::GzDecoder;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::assets::accepts;
use crate::error::{ErrorBody, WireError};

const PAGE: &str = include_str!("page.html");
const START: &str = include_str!("start.js");
/// Compressed by the build script; nothing of it is in memory until somebody asks for it.
const BUNDLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui-bundle.js.gz"));
const STYLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui.css.gz"));

/// The viewer's own: its pictures are data in its style sheet, and it asks nobody but this origin.
const CONTENT_SECURITY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Until the next version of the server, which may come at any time.
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// The description as it is served: made once, some 20 KB.
#[derive(Clone)]
pub(super) struct Description(pub(super) Bytes);

/// The routes of the description and its viewer.
pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S> {
    OpenApiRouter::new().routes(routes!(openapi)).routes(routes!(page)).routes(routes!(file))
}

/// This description, for programs.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    tag = "description",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json"))
)]
async fn openapi(Extension(Description(json)): Extension<Description>) -> Response {
    ([(CONTENT_TYPE, "application/json")], json).into_response()
}

/// This description, for people: to read and to try.
#[utoipa::path(
    get,
    path = "/api/docs",
    tag = "description",
    responses((status = 200, description = "A page", content_type = "text/html"))
)]
async fn page() -> Response {
    ([(CONTENT_SECURITY_POLICY, CONTENT_SECURITY)], Html(PAGE)).into_response()
}

/// A file of the page.
#[utoipa::path(
    get,
    path = "/api/docs/{file}",
    tag = "description",
    params(("file" = String, Path, description = "As the page names it")),
    responses(
        (status = 200, description = "The file", content_type = "text/javascript"),
        (status = 404, description = "`not_found`", body = ErrorBody),
    )
)]
async fn file(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, WireError> {
    match &*name {
        "start.js" => Ok(([(CONTENT_TYPE, JAVASCRIPT)], START).into_response()),
        "swagger-ui-bundle.js" => Ok(compressed(BUNDLE, JAVASCRIPT, &headers)),
        "swagger-ui.css" => Ok(compressed(STYLE, "text/css; charset=utf-8", &headers)),
        _ => Err(WireError::new(Code::NotFound, "The page has no such file.")),
    }
}

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// A file as it is in the binary, or inflated for the rare client that takes no gzip.
fn compressed(gzip: &'static [u8], content_type: &'static str, headers: &HeaderMap) -> Response {
    let is_accepted = accepts(headers, "gzip");
    let bytes = if is_accepted { Bytes::from_static(gzip) } else { inflate(gzip) };
    let mut response = ([(CONTENT_TYPE, content_type)], bytes).into_response();
    let out = response.headers_mut();
    out.insert(VARY, HeaderValue::from_static("accept-encoding"));
    out.insert(CACHE_CONTROL, AN_HOUR);
    if is_accepted {
        out.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn inflate(gzip: &[u8]) -> Bytes {
    let mut plain = Vec::new();
    GzDecoder::new(gzip).read_to_end(&mut plain).expect("the build script has compressed it");
    plain.into()
}
