//! Everything on the port that is not Engine.IO: health, the web client, and the HTTP API.

mod accounts;
mod admin;
mod api;
mod assets;
mod blocks;
mod body;
mod bounds;
mod channels;
pub(crate) mod cookie;
mod cors;
mod direct;
mod docs;
mod groups;
mod health;
mod openapi;
mod path;
mod pictures;
mod rates;
mod rooms;
mod security;
mod signed_in;
mod store_check;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod world;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router, middleware};
use chat::error::Code;
use http::header::{ACCEPT, ALLOW, CACHE_CONTROL, VARY};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use socketio::Cors;
use tower_service::Service;
use utoipa_axum::router::OpenApiRouter;

pub use admin::AdminToken;
pub(crate) use api::{Api, ApiParts};
pub use assets::{Asset, Assets};
pub use health::Readiness;
pub use pictures::{NotAnOrigin, PictureOrigin};
pub use security::{engine_headers, page_headers};

use crate::error::WireError;
use bounds::Bounds;

/// The HTTP side's settings. What it costs: at most `max_in_flight` requests of the API
/// at a time, and as many bodies of at most `max_body_bytes`.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// The largest body of a request. Default 64 KiB.
    pub max_body_bytes: usize,
    /// How long a body may take to arrive, and then an answer, before it becomes 503. Default 10 s.
    pub request_timeout: Duration,
    /// Requests of the API that are worked on at a time; further ones get 503 at once. One whose body
    /// has not arrived yet is none, but what has arrived counts as part of so many full bodies.
    /// Default 1024: with full bodies 64 MiB.
    pub max_in_flight: usize,
    /// Where the page may show people's pictures from. Default nowhere: initials instead.
    pub picture_origins: Vec<PictureOrigin>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            max_body_bytes: 64 * 1024,
            request_timeout: Duration::from_secs(10),
            max_in_flight: 1024,
            picture_origins: Vec::new(),
        }
    }
}

/// What is served.
pub(crate) struct Served {
    /// The web client.
    pub(crate) assets: Assets,
    /// What `/readyz` says.
    pub(crate) readiness: Readiness,
    /// Accounts, if there are any.
    pub(crate) api: Option<Arc<Api>>,
}

/// The routes, inside the security headers; the API inside its bounds. Health and files are outside
/// them: they read no body and wait for nobody, and must answer when the API is full.
pub(crate) fn router(config: &HttpConfig, served: Served, cors: Cors) -> Router {
    let Served { assets, readiness, api } = served;
    let bounds = Arc::new(Bounds::new(config));
    let api = api_routes(api)
        .layer(middleware::from_fn_with_state(bounds, bounds::enforce))
        .layer(DefaultBodyLimit::max(config.max_body_bytes))
        .layer(cors::layer(cors))
        .layer(middleware::map_response(private));
    let assets = assets.with_pictures(&config.picture_origins);
    let headers = Arc::new(page_headers(&config.picture_origins));
    let pages = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz).with_state(readiness))
        .fallback(client)
        .with_state(Arc::new(assets))
        .method_not_allowed_fallback(|| async { method_not_allowed() });
    pages
        .layer(middleware::from_fn_with_state(api, dispatch))
        .layer(middleware::map_response_with_state(headers, secure))
}

/// Sends a request to the API as a whole, or to whatever else there is. The API is not nested, so
/// that a route's path is written in full where the route is.
async fn dispatch(State(mut api): State<Router>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        let Ok(response) = api.call(request).await;
        return response;
    }
    next.run(request).await
}

/// The API's routes. Each is described by what routes it, and there are no others.
fn api_routes(api: Option<Arc<Api>>) -> Router {
    let mut described = OpenApiRouter::with_openapi(openapi::document()).merge(docs::routes());
    if let Some(api) = api {
        described = described.merge(
            accounts::routes()
                .merge(blocks::routes())
                .merge(rooms::routes())
                .merge(direct::routes())
                .merge(channels::routes())
                .merge(admin::routes())
                .with_state(api),
        );
    }
    let (routes, description) = described.split_for_parts();
    let missing = || async { WireError::new(Code::NotFound, "There is no such route.") };
    routes
        .layer(Extension(docs::Description(openapi::to_json(description))))
        .fallback(missing)
        .method_not_allowed_fallback(wrong_method)
}

/// A file of the web client, or its page for the routes that the client has by itself: whatever a
/// browser opens as a page.
async fn client(State(assets): State<Arc<Assets>>, request: Request) -> Response {
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

/// The router adds `Allow`.
async fn wrong_method() -> Response {
    let message = "This route does not take that method: the header `Allow` names those it takes.";
    let mut response = WireError::new(Code::InvalidPayload, message).into_response();
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}

/// Nobody keeps an answer of the API, unless it says itself for how long.
async fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The security headers, unless the answer brings its own.
async fn secure(State(all): State<Arc<HeaderMap>>, mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in &*all {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    response
}
