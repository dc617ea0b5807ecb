use std::fmt::Write;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::Response;
use chat::ids::NodeId;
use chat::pairing::PairingConfig;
use chat::store::Store;
use futures_util::{StreamExt, stream};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use http::{Method, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;
use crate::clock::{SystemClock, SystemRandom};
use crate::socket::PairHub;
use crate::testing::MemoryStore;

fn assets() -> Assets {
    let index = Asset::new("index.html", "<html>page</html>");
    let script = Asset::new("assets/app-1a2b.js", "console.log(1)")
        .with_brotli(&b"as brotli"[..])
        .with_gzip(&b"as gzip"[..]);
    let icon = Asset::new("favicon.svg", "<svg/>");
    [("index.html", index), ("assets/app-1a2b.js", script), ("favicon.svg", icon)]
        .into_iter()
        .map(|(path, asset)| (path.to_owned(), asset))
        .collect()
}

fn parts(config: &HttpConfig, assets: Assets) -> (Router, Readiness) {
    parts_with(config, assets, None)
}

fn parts_with(
    config: &HttpConfig,
    assets: Assets,
    store: Option<Arc<dyn Store>>,
) -> (Router, Readiness) {
    let pairing = PairingConfig::new(NodeId::new("test"));
    let clock = Arc::new(SystemClock::start());
    let pair = PairHub::start(pairing, clock, Box::new(SystemRandom::new()));
    let readiness = Readiness::new(pair, store);
    let served = Served { assets, readiness: readiness.clone(), api: None };
    (router(config, served, Cors::Any), readiness)
}

fn app() -> Router {
    parts(&HttpConfig::default(), assets()).0
}

/// A request as `METHOD path`, then header lines.
async fn call(app: &Router, request: &str) -> Response {
    let mut lines = request.lines();
    let (method, path) = lines.next().and_then(|line| line.split_once(' ')).expect("a head");
    let mut builder = Request::builder().method(method).uri(path);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        builder = builder.header(name, value);
    }
    let request = builder.body(Body::empty()).expect("a request");
    app.clone().oneshot(request).await.expect("the router always answers")
}

async fn body(response: Response) -> String {
    let bytes = response.into_body().collect().await.expect("a body in memory").to_bytes();
    String::from_utf8(bytes.to_vec()).expect("text")
}

fn header(response: &Response, name: http::HeaderName) -> &str {
    response.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

#[tokio::test]
async fn a_node_is_ready_until_it_stops() {
    let (app, readiness) = parts(&HttpConfig::default(), Assets::default());
    let health = call(&app, "GET /healthz").await;
    assert_eq!(health.status(), StatusCode::OK);
    assert_eq!(body(health).await, r#"{"status":"ok"}"#);
    let ready = call(&app, "GET /readyz").await;
    assert_eq!(ready.status(), StatusCode::OK);
    assert_eq!(header(&ready, CACHE_CONTROL), "no-store");
    let expected = r#"{"status":"ready","checks":{"sockets":"ok","pair":"ok"}}"#;
    assert_eq!(body(ready).await, expected);

    readiness.stop();
    let stopping = call(&app, "GET /readyz").await;
    assert_eq!(stopping.status(), StatusCode::SERVICE_UNAVAILABLE);
    let expected = r#"{"status":"unavailable","checks":{"sockets":"stopping","pair":"ok"}}"#;
    assert_eq!(body(stopping).await, expected);
    assert_eq!(call(&app, "GET /healthz").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_node_without_its_store_is_degraded_and_still_takes_connections() {
    let store = Arc::new(MemoryStore::default());
    let config = HttpConfig::default();
    let (app, _) = parts_with(&config, Assets::default(), Some(Arc::clone(&store) as _));
    let ready = call(&app, "GET /readyz").await;
    let expected = r#"{"status":"ready","checks":{"sockets":"ok","pair":"ok","store":"ok"}}"#;
    assert_eq!(body(ready).await, expected);

    store.set_away(true);
    let (app, readiness) = parts_with(&config, Assets::default(), Some(store));
    let degraded = call(&app, "GET /readyz").await;
    assert_eq!(degraded.status(), StatusCode::OK);
    let expected =
        r#"{"status":"degraded","checks":{"sockets":"ok","pair":"ok","store":"unavailable"}}"#;
    assert_eq!(body(degraded).await, expected);
    readiness.stop();
    assert_eq!(call(&app, "GET /readyz").await.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let app = app();
    let mut shown = String::new();
    for request in ["GET /", "GET /healthz", "GET /nothing", "GET /api/x", "POST /", "PUT /readyz"]
    {
        let response = call(&app, request).await;
        for (name, value) in &page_headers(&[]) {
            assert_eq!(response.headers().get(name), Some(value), "{request}: {name}");
        }
    }
    for (name, value) in &page_headers(&[]) {
        writeln!(shown, "{name}: {}", value.to_str().expect("text")).expect("a string");
    }
    insta::assert_snapshot!(shown);
    let engine = engine_headers();
    assert_eq!(engine["cross-origin-resource-policy"], "cross-origin");
    assert_eq!(engine.len(), page_headers(&[]).len());
}

#[tokio::test]
async fn pictures_come_from_configured_origins_alone_and_the_page_knows_them() {
    let page = "<html><head><title>p</title></head><body></body></html>";
    let index = Asset::new("index.html", page).with_gzip("compressed");
    let assets = || Assets::from_iter([("index.html".to_owned(), index.clone())]);
    let ask = async |origins: &[&str]| {
        let parsed = origins.iter().map(|text| text.parse().expect("an origin"));
        let config = HttpConfig { picture_origins: parsed.collect(), ..HttpConfig::default() };
        let (app, _) = parts_with(&config, assets(), None);
        let response = call(&app, "GET /somewhere\naccept: text/html").await;
        let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().expect("text");
        let pictures =
            policy.split("; ").find(|part| part.starts_with("img-src")).map(str::to_owned);
        (pictures.expect("a part of the policy"), body(response).await)
    };
    assert_eq!(ask(&[]).await, ("img-src 'self' data:".to_owned(), page.to_owned()));
    let (policy, changed) = ask(&["https://a.example", "https://b.example:8443"]).await;
    assert_eq!(policy, "img-src 'self' data: https://a.example https://b.example:8443");
    let meta = "<meta name=\"parlour-picture-origins\" \
                content=\"https://a.example https://b.example:8443\" />";
    assert_eq!(changed, page.replace("</head>", &format!("{meta}</head>")));
}

#[tokio::test]
async fn unknown_routes_are_the_clients_only_where_a_page_is_wanted() {
    let app = app();
    let page = "<html>page</html>";
    let cases = [
        ("GET /", StatusCode::OK, page),
        ("GET /index.html", StatusCode::OK, page),
        ("GET /room/7\naccept: text/html,*/*;q=0.8", StatusCode::OK, page),
        (
            "GET /room/7\naccept: application/json",
            StatusCode::NOT_FOUND,
            "There is nothing here.\n",
        ),
        ("GET /room/7", StatusCode::NOT_FOUND, "There is nothing here.\n"),
        (
            "GET /assets/old.js\naccept: text/html",
            StatusCode::NOT_FOUND,
            "There is nothing here.\n",
        ),
        ("GET /../etc/passwd", StatusCode::NOT_FOUND, "There is nothing here.\n"),
    ];
    for (request, status, expected) in cases {
        let response = call(&app, request).await;
        assert_eq!(response.status(), status, "{request}");
        assert_eq!(body(response).await, expected, "{request}");
    }
}

#[tokio::test]
async fn refusals_of_the_api_are_error_objects() {
    let app = app();
    for path in ["/api", "/api/", "/api/?x", "/api/nothing", "/api/nothing/at/all"] {
        let missing = call(&app, &format!("GET {path}\naccept: text/html")).await;
        assert_eq!(missing.status(), StatusCode::NOT_FOUND, "{path}");
        let missing = body(missing).await;
        assert!(missing.starts_with(r#"{"error":{"code":"not_found","message":""#), "{missing}");
    }
    for request in ["POST /healthz", "DELETE /readyz", "POST /", "PUT /favicon.svg"] {
        let refused = call(&app, request).await;
        assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED, "{request}");
        assert_eq!(refused.headers()["allow"], "GET, HEAD", "{request}");
        assert!(body(refused).await.contains(r#""code":"invalid_payload""#), "{request}");
    }
}

#[tokio::test]
async fn a_hashed_file_is_kept_for_ever_and_a_page_is_asked_about() {
    let app = app();
    let script = call(&app, "GET /assets/app-1a2b.js").await;
    assert_eq!(header(&script, CACHE_CONTROL), "public, max-age=31536000, immutable");
    assert_eq!(header(&script, CONTENT_TYPE), "text/javascript; charset=utf-8");
    let page = call(&app, "GET /").await;
    assert_eq!(header(&page, CACHE_CONTROL), "no-cache");
    let etag = header(&page, ETAG).to_owned();
    for known in [etag.clone(), format!("\"x\", W/{etag}"), "*".to_owned()] {
        let again = call(&app, &format!("GET /\n{IF_NONE_MATCH}: {known}")).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{known}");
        assert_eq!(header(&again, ETAG), etag);
        assert_eq!(body(again).await, "");
    }
    let other = call(&app, &format!("GET /\n{IF_NONE_MATCH}: \"x\"")).await;
    assert_eq!(other.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_smallest_form_that_the_browser_takes_is_sent() {
    let app = app();
    let cases = [
        ("", "", "console.log(1)"),
        ("gzip, deflate, br, zstd", "br", "as brotli"),
        ("gzip", "gzip", "as gzip"),
        ("br;q=0, gzip;q=0.5", "gzip", "as gzip"),
        ("br;q=0, *", "gzip", "as gzip"),
        ("*;q=0", "", "console.log(1)"),
        ("identity", "", "console.log(1)"),
    ];
    let mut tags = std::collections::HashMap::new();
    for (accepted, coding, expected) in cases {
        let request = format!("GET /assets/app-1a2b.js\n{ACCEPT_ENCODING}: {accepted}");
        let response = call(&app, &request).await;
        assert_eq!(header(&response, CONTENT_ENCODING), coding, "{accepted}");
        assert_eq!(response.headers()["vary"], "accept-encoding");
        let tag = header(&response, ETAG).to_owned();
        assert_eq!(tags.entry(coding).or_insert(tag.clone()), &tag);
        assert_eq!(body(response).await, expected, "{accepted}");
    }
    let distinct: std::collections::HashSet<_> = tags.values().collect();
    assert_eq!(distinct.len(), 3, "each form has a tag of its own");
}

#[tokio::test]
async fn head_has_the_headers_and_no_body() {
    let app = app();
    for path in ["/", "/assets/app-1a2b.js", "/healthz"] {
        let get = call(&app, &format!("GET {path}")).await;
        let head = call(&app, &format!("HEAD {path}")).await;
        assert_eq!(head.status(), StatusCode::OK);
        assert_eq!(head.headers(), get.headers(), "{path}");
        assert_eq!(body(head).await, "", "{path}");
    }
}

#[tokio::test]
async fn without_a_built_client_the_page_says_how_to_build_it() {
    assert!(assets().is_built());
    assert!(!Assets::default().is_built());
    let (app, _) = parts(&HttpConfig::default(), Assets::default());
    let page = call(&app, &format!("GET /\n{ACCEPT}: text/html")).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(header(&page, CONTENT_TYPE), "text/html; charset=utf-8");
    assert!(body(page).await.contains("make build"));
}

#[tokio::test]
async fn a_request_over_a_bound_is_refused() {
    let app = app();
    let large = call(&app, "POST /api/x\ncontent-length: 65537").await;
    assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(body(large).await.contains(r#""code":"too_large""#));
    let fitting = call(&app, "POST /api/x\ncontent-length: 65536").await;
    assert_eq!(fitting.status(), StatusCode::NOT_FOUND);

    let none = HttpConfig { max_in_flight: 0, ..HttpConfig::default() };
    let (app, _) = parts(&none, assets());
    assert_eq!(call(&app, "GET /healthz").await.status(), StatusCode::OK);
    let busy = call(&app, "GET /api/x").await;
    assert_eq!(busy.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(busy.headers()["retry-after"], "1");
    assert!(body(busy).await.contains(r#""code":"unavailable""#));
}

#[tokio::test(start_paused = true)]
async fn bodies_that_do_not_come_keep_nobody_out_and_have_their_time() {
    let config = HttpConfig { max_in_flight: 2, max_body_bytes: 8, ..HttpConfig::default() };
    let (app, _) = parts(&config, assets());
    // Each sends a part of its body, and then nothing.
    let slow = |sent: &'static [u8]| {
        let first = stream::once(async move { Ok::<_, std::io::Error>(Bytes::from_static(sent)) });
        let body = Body::from_stream(first.chain(stream::pending()));
        let request = Request::post("/api/x").body(body).expect("a request");
        tokio::spawn(app.clone().oneshot(request))
    };
    let mut waiting: Vec<_> = (0..10).map(|_| slow(b"x")).collect();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    for request in ["GET /healthz", "GET /", "GET /api/x"] {
        let expected = if request == "GET /api/x" { StatusCode::NOT_FOUND } else { StatusCode::OK };
        assert_eq!(call(&app, request).await.status(), expected, "{request}");
    }
    assert!(waiting.iter().all(|task| !task.is_finished()));
    // What has come is bounded, too: 10 bytes of 16.
    let full = slow(b"1234567").await.expect("no panic").expect("an answer");
    assert_eq!(full.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(body(full).await.contains("too many"));
    let late = waiting.pop().expect("a task").await.expect("no panic").expect("an answer");
    assert_eq!(late.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(body(late).await.contains("took too long to arrive"));
    for task in waiting {
        task.await.expect("no panic").expect("an answer");
    }
    let fits = call(&app, "GET /api/x").await;
    assert_eq!(fits.status(), StatusCode::NOT_FOUND, "the room was given back");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_takes_too_long_becomes_unavailable() {
    let slow = |_: Request| std::future::pending::<Response>();
    let bounds = Arc::new(Bounds::new(&HttpConfig::default()));
    let app =
        Router::new().fallback(slow).layer(middleware::from_fn_with_state(bounds, bounds::enforce));
    let late = call(&app, &format!("{} /", Method::GET)).await;
    assert_eq!(late.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(body(late).await.contains("took too long"));
}
