//! The HTTP side: handshakes, what is refused, headers, limits and deadlines.

use std::sync::Arc;
use std::time::Duration;

use hyper::HeaderMap;
use hyper::header::HeaderValue;
use serde_json::Value;
use socketio::{AddressLimit, Config, Cors, DisconnectReason, Handshake};

use crate::common::http::{Http, Polling, sid_of};
use crate::common::ws::{HANDSHAKE, Ws};
use crate::common::{Server, until};

const POLLING: &str = "/socket.io/?EIO=4&transport=polling";
const WEBSOCKET: &str = "/socket.io/?EIO=4&transport=websocket";

#[tokio::test]
async fn a_handshake_says_what_the_client_has_to_know() {
    let config = Config {
        ping_interval: Duration::from_millis(12_345),
        ping_timeout: Duration::from_millis(6_789),
        max_payload_bytes: 4_321,
        node_tag: "n7".to_owned(),
        ..Config::default()
    };
    let server = Server::start(config).await;
    let mut http = Http::connect(server.addr).await;
    let answer = http.get(POLLING).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=UTF-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let open: Value = serde_json::from_str(&answer.text()[1..]).unwrap();
    assert_eq!(open["pingInterval"], 12_345);
    assert_eq!(open["pingTimeout"], 6_789);
    assert_eq!(open["maxPayload"], 4_321);
    assert_eq!(open["upgrades"], serde_json::json!(["websocket"]));
    let sid = open["sid"].as_str().unwrap();
    assert_eq!((&sid[..3], sid.len()), ("n7.", 25));

    let mut ws = Ws::handshake(server.addr, WEBSOCKET).await;
    let open: Value = serde_json::from_str(&ws.text().await[1..]).unwrap();
    assert_eq!(open["upgrades"], serde_json::json!([]));
    assert_ne!(open["sid"].as_str().unwrap(), sid);
    ws.close().await;
    let target = format!("{POLLING}&sid={sid}");
    assert_eq!(http.post(&target, b"1").await.status, 200);
    assert_eq!(http.get(&target).await.text(), "6");
    drop(http);
    server.finish().await;
}

#[tokio::test]
async fn every_wrong_request_gets_its_code_and_opens_nothing() {
    let server = Server::start(Config::default()).await;
    let unknown = "0.AAAAAAAAAAAAAAAAAAAAAA";
    let cases: [(&str, &str, u16, u8); 16] = [
        ("GET", "EIO=4", 400, 0),
        ("GET", "EIO=4&transport=tesla", 400, 0),
        ("GET", "EIO=4&transport=", 400, 0),
        ("GET", "", 400, 0),
        ("GET", "transport=polling", 400, 5),
        ("GET", "EIO=3&transport=polling", 400, 5),
        ("GET", "EIO=abc&transport=polling", 400, 5),
        ("GET", "EIO=44&transport=websocket", 400, 5),
        ("GET", &format!("EIO=4&transport=polling&sid={unknown}"), 400, 1),
        ("POST", &format!("EIO=4&transport=polling&sid={unknown}"), 400, 1),
        ("GET", &format!("EIO=4&transport=websocket&sid={unknown}"), 400, 1),
        ("GET", "EIO=4&transport=polling&sid=", 400, 1),
        ("POST", "EIO=4&transport=polling", 400, 2),
        ("PUT", "EIO=4&transport=polling", 400, 2),
        ("POST", "EIO=4&transport=websocket", 400, 2),
        ("GET", "EIO=4&transport=websocket", 400, 3),
    ];
    let mut http = Http::connect(server.addr).await;
    for (method, query, status, code) in cases {
        http.send(method, &format!("/socket.io/?{query}"), "", b"").await;
        let answer = http.response().await;
        assert_eq!(answer.status, status, "{method} {query}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["code"], code, "{method} {query}: {body}");
        assert!(body["message"].is_string());
    }
    assert_eq!(server.stats().opened, 0);
    drop(http);
    server.finish().await;
}

#[tokio::test]
async fn a_websocket_handshake_that_is_not_one_is_refused() {
    let server = Server::start(Config::default()).await;
    let wrong = [
        HANDSHAKE.replace("Version: 13", "Version: 8"),
        HANDSHAKE.replace("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ="),
        HANDSHAKE.replace("dGhlIHNhbXBsZSBub25jZQ==", "%%%"),
        HANDSHAKE.replace("Upgrade: websocket", "Upgrade: h2c"),
        HANDSHAKE.replace("Connection: Upgrade\r\n", ""),
        HANDSHAKE.replace("Connection: Upgrade\r\n", "Connection: close\r\n"),
    ];
    for headers in wrong {
        let mut http = Http::connect(server.addr).await;
        http.send("GET", WEBSOCKET, &headers, b"").await;
        assert_eq!(http.response().await.status, 400, "{headers}");
    }
    // As a proxy or an old browser may write it.
    let odd = HANDSHAKE
        .replace("Connection: Upgrade", "connection: keep-alive, upgrade")
        .replace("Upgrade: websocket", "UPGRADE: WebSocket");
    let mut http = Http::connect(server.addr).await;
    http.send("GET", WEBSOCKET, &odd, b"").await;
    assert_eq!(http.response().await.status, 101);
    drop(http);
    server.finish().await;
}

#[tokio::test]
async fn the_public_id_is_not_the_session_id_and_the_session_id_is_told_once() {
    let server = Server::start(Config::default()).await;
    let (mut ws, sid) = Ws::open(&server).await;
    let random = sid.split('.').nth(1).unwrap();
    let mut heard = String::new();
    for text in ["40", "40/custom,{\"x\":1}", "40/nope,", "42[\"echo\",1]", "421[\"echo\"]"] {
        ws.send(text).await;
        heard += &ws.text().await;
    }
    // What `/custom` emits once its client is in.
    heard += &ws.text().await;
    ws.send("42[\"ask\",50]").await;
    heard += &ws.text().await;
    ws.send("42[\"leave\"]").await;
    heard += &ws.text().await;
    assert!(heard.contains("\"sid\"") && !heard.contains(random), "{heard}");
    for socket in server.app.sockets() {
        assert!(!random.contains(socket.id().as_str()) && socket.id().as_str().len() == 20);
    }
    ws.close().await;
    server.finish().await;
}

#[tokio::test]
async fn any_origin_is_echoed_unless_a_list_says_otherwise() {
    let listed = Cors::Origins(vec!["https://app.example".to_owned()]);
    let cases = [
        (Cors::Any, "https://anyone.example", true),
        (listed.clone(), "https://app.example", true),
        (listed.clone(), "http://here", true),
        (listed.clone(), "https://app.example.evil", false),
        (listed.clone(), "https://APP.example", false),
        (listed, "null", false),
    ];
    for (cors, origin, allowed) in cases {
        let server = Server::start(Config { cors, ..Config::default() }).await;
        let mut http = Http::connect(server.addr).await;
        let header = format!("Origin: {origin}\r\n");
        for (method, target) in [("GET", POLLING), ("OPTIONS", POLLING), ("GET", WEBSOCKET)] {
            let mut headers = header.clone();
            headers += "Access-Control-Request-Headers: x-own\r\n";
            if target == WEBSOCKET {
                headers += HANDSHAKE;
            }
            http.send(method, target, &headers, b"").await;
            let answer = http.response().await;
            assert_eq!(answer.status != 403, allowed, "{method} {target} {origin}");
            let echoed = answer.header("access-control-allow-origin");
            assert_eq!(echoed, allowed.then_some(origin));
            let credentials = answer.header("access-control-allow-credentials");
            assert_eq!(credentials, allowed.then_some("true"));
            assert_eq!(answer.header("vary"), Some("Origin"));
            if method == "OPTIONS" && allowed {
                assert_eq!(answer.status, 204);
                assert_eq!(answer.header("access-control-allow-methods"), Some("GET, POST"));
                assert_eq!(answer.header("access-control-allow-headers"), Some("x-own"));
            }
        }
        assert_eq!(server.stats().opened > 0, allowed, "a 403 must open nothing");
    }
}

#[tokio::test]
async fn configured_headers_are_on_every_answer() {
    let mut response_headers = HeaderMap::new();
    response_headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    let server = Server::start(Config { response_headers, ..Config::default() }).await;
    let mut client = Polling::open(&server).await;
    let good = client.target.clone();
    for (method, target, body) in [
        ("GET", "/socket.io/?EIO=3", &b""[..]),
        ("OPTIONS", POLLING, b""),
        ("POST", &good, b"40"),
        ("GET", &good, b""),
    ] {
        client.posts.send(method, target, "", body).await;
        let answer = client.posts.response().await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{method} {target}");
    }
    client.close().await;
    server.finish().await;
}

#[tokio::test]
async fn everything_else_is_the_http_services() {
    let server = Server::start(Config::default()).await;
    let mut http = Http::connect(server.addr).await;
    for target in ["/", "/healthz", "/socket.io/other", "/socket.iox"] {
        let answer = http.get(target).await;
        assert_eq!((answer.status, answer.text()), (200, "elsewhere"), "{target}");
    }
    // The path without its last slash is the engine's too.
    assert_eq!(http.get("/socket.io?EIO=4").await.status, 400);
    drop(http);
    server.finish().await;
}

fn address_limit(max_connections: usize, exempt: bool) -> AddressLimit {
    AddressLimit {
        max_connections,
        max_sessions: 100,
        exempt: Arc::new(move |_| exempt),
        client: Arc::new(|handshake| handshake.peer.ip()),
    }
}

/// One client behind a proxy took every session there was.
#[tokio::test]
async fn sessions_are_counted_for_the_client_behind_a_proxy() {
    let client = |handshake: &Handshake| {
        let named = handshake.header("x-forwarded-for").next();
        named.and_then(|name| name.parse().ok()).unwrap_or(handshake.peer.ip())
    };
    let limit =
        AddressLimit { max_sessions: 2, client: Arc::new(client), ..address_limit(1, true) };
    let server = Server::start(Config { per_address: Some(limit), ..Config::default() }).await;
    let mut http = Http::connect(server.addr).await;
    let mut open = async |client: &str| {
        http.send("GET", POLLING, &format!("X-Forwarded-For: {client}\r\n"), b"").await;
        http.response().await
    };
    let mut sids = Vec::new();
    for client in ["192.0.2.1", "192.0.2.1", "192.0.2.2"] {
        sids.push(sid_of(open(client).await.text()));
    }
    assert_eq!(open("192.0.2.1").await.status, 503);
    sids.push(sid_of(open("192.0.2.2").await.text()));
    for sid in sids {
        let target = format!("{POLLING}&sid={sid}");
        assert_eq!(http.post(&target, b"1").await.status, 200);
        assert_eq!(http.get(&target).await.text(), "6");
    }
    drop(http);
    server.finish().await;
}

/// What a page's own origin is depends on the one Host of its request.
#[tokio::test]
async fn a_request_names_exactly_one_host() {
    let server = Server::start(Config::default()).await;
    let cases = [
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200),
        ("GET / HTTP/1.0\r\n\r\n", 200),
    ];
    for (head, status) in cases {
        let mut http = Http::connect(server.addr).await;
        http.write(head.as_bytes()).await;
        assert_eq!(http.response().await.status, status, "{head:?}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_full_server_turns_sessions_away_and_has_room_again_later() {
    let limit = |max_sessions| AddressLimit { max_sessions, ..address_limit(100, false) };
    // Three sockets are needed for two sessions on long-polling and one attempt more.
    for config in [
        Config { max_connections: 3, ..Config::default() },
        Config { per_address: Some(limit(3)), ..Config::default() },
    ] {
        let server = Server::start(config).await;
        let mut http = Http::connect(server.addr).await;
        let mut sids = Vec::new();
        for _ in 0..3 {
            sids.push(sid_of(http.get(POLLING).await.text()));
        }
        assert_eq!(http.get(POLLING).await.status, 503);
        http.send("GET", WEBSOCKET, HANDSHAKE, b"").await;
        assert_eq!(http.response().await.status, 503);
        assert_eq!(server.stats().rejected, 2);
        for sid in sids {
            let target = format!("{POLLING}&sid={sid}");
            assert_eq!(http.post(&target, b"1").await.status, 200);
            assert_eq!(http.get(&target).await.text(), "6");
        }
        let mut ws = Ws::handshake(server.addr, WEBSOCKET).await;
        assert!(ws.text().await.starts_with('0'));
        ws.close().await;
        drop(http);
        server.finish().await;
    }
}

#[tokio::test]
async fn a_full_server_turns_connections_away_and_says_so() {
    let limit = address_limit;
    for config in [
        Config { max_connections: 2, ..Config::default() },
        Config { per_address: Some(limit(2, false)), ..Config::default() },
    ] {
        let server = Server::start(config).await;
        let (mut first, mut second) =
            (Http::connect(server.addr).await, Http::connect(server.addr).await);
        assert_eq!(first.get("/").await.status, 200);
        assert_eq!(second.get("/").await.status, 200);
        let mut third = Http::connect(server.addr).await;
        let answer = third.response().await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
        assert!(third.rest().await.is_empty());
        drop(first);
        until("a place is free", || server.stats().connections == 1).await;
        assert_eq!(Http::connect(server.addr).await.get("/").await.status, 200);
        drop(second);
        server.finish().await;
    }
    // An exempt address is not counted.
    let config = Config { per_address: Some(limit(1, true)), ..Config::default() };
    let server = Server::start(config).await;
    let (mut first, mut second) =
        (Http::connect(server.addr).await, Http::connect(server.addr).await);
    assert_eq!(first.get("/").await.status, 200);
    assert_eq!(second.get("/").await.status, 200);
    drop((first, second));
    server.finish().await;
}

#[tokio::test]
async fn half_a_head_and_an_idle_connection_are_let_go() {
    let config = Config { header_timeout: Duration::from_millis(150), ..Config::default() };
    let server = Server::start(config).await;
    let mut half = Http::connect(server.addr).await;
    half.write(b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: he").await;
    let mut silent = Http::connect(server.addr).await;
    let mut idle = Http::connect(server.addr).await;
    assert_eq!(idle.get("/").await.status, 200);
    assert_eq!(idle.get("/").await.status, 200, "kept alive");
    for connection in [&mut half, &mut silent, &mut idle] {
        let said = connection.rest().await;
        assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 408"), "{said:?}");
    }
    assert_eq!(server.stats().opened, 0);
    server.finish().await;
}

#[tokio::test]
async fn garbage_is_answered_or_dropped_and_never_held() {
    let server = Server::start(Config::default()).await;
    let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(64 * 1024));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(1000));
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        long.as_bytes(),
        many.as_bytes(),
        b"\0\0\0\0\r\n\r\n",
    ] {
        let mut http = Http::connect(server.addr).await;
        http.write(bytes).await;
        let said = http.rest().await;
        assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 4"), "{said:?}");
    }
    assert_eq!(server.closed_for(DisconnectReason::ParseError), 0);
    server.finish().await;
}
