//! Waits: what becomes of them when their session ends, and when one of them panics.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use socketio::{AddressLimit, Config, DisconnectReason};

use crate::common::app::open_gate;
use crate::common::http::Http;
use crate::common::ws::{Ws, frame};
use crate::common::{PATIENCE, Server, until, within};

const HANDSHAKE: &str = "/socket.io/?EIO=4&transport=polling";

/// How long a shutdown is watched to see that it is not over.
const A_WHILE: Duration = Duration::from_millis(300);

#[tokio::test]
async fn waits_run_to_their_end_when_their_socket_goes() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    for _ in 0..5 {
        ws.send("421[\"wait\"]").await;
    }
    server.app.saw("event wait []", 5).await;
    assert_eq!(server.stats().waits, 5);
    ws.close().await;
    server.app.saw("disconnected transport close", 1).await;
    assert_eq!(server.stats().waits, 5);
    open_gate(&server.app, 5);
    server.app.saw("waited", 5).await;
    until("they are not counted", || server.stats().waits == 0).await;
    server.finish().await;
}

/// Whoever comes back must not begin as many waits again.
#[tokio::test]
async fn a_session_keeps_its_places_until_its_waits_have_ended() {
    let per_address = AddressLimit {
        max_connections: 100,
        max_sessions: 2,
        exempt: Arc::new(|_| false),
        client: Arc::new(|_| IpAddr::V4(Ipv4Addr::LOCALHOST)),
    };
    for limited in [
        Config { max_connections: 2, ..Config::default() },
        Config { per_address: Some(per_address), ..Config::default() },
    ] {
        let server = Server::start(Config { max_waits: 3, ..limited }).await;
        for session in 1..=2 {
            let (mut ws, _) = Ws::connect(&server).await;
            ws.write(&frame(0x81, b"42[\"wait\"]").repeat(5)).await;
            server.app.saw("event wait []", 3 * session).await;
            ws.http.stream.set_zero_linger().unwrap();
            server.app.socket().close();
            drop(ws);
            server.app.saw("disconnected server namespace disconnect", session).await;
            server.all_gone().await;
        }
        assert_eq!(server.stats().waits, 6);
        let answer = Http::connect(server.addr).await.get(HANDSHAKE).await;
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert_eq!(server.stats().rejected, 1);
        open_gate(&server.app, 6);
        server.app.saw("waited", 6).await;
        until("they are over", || server.stats().waits == 0).await;
        let (ws, _) = Ws::connect(&server).await;
        ws.close().await;
        server.finish().await;
    }
}

#[tokio::test]
async fn a_shutdown_waits_for_waits_whether_their_socket_is_there_or_gone() {
    for event in ["wait", "hold"] {
        for gone in [false, true] {
            let server = Server::start(Config::default()).await;
            let (mut ws, _) = Ws::connect(&server).await;
            ws.send(&format!("42[\"{event}\"]")).await;
            server.app.saw(&format!("event {event} []"), 1).await;
            if gone {
                server.app.socket().close();
                server.app.saw("disconnected server namespace disconnect", 1).await;
            }
            let io = server.io.clone();
            let mut shutdown = tokio::spawn(async move { io.shutdown(PATIENCE).await });
            assert!(ws.end().await.0.is_some());
            drop(ws);
            server.all_gone().await;
            let early = tokio::time::timeout(A_WHILE, &mut shutdown).await;
            assert!(early.is_err(), "it is over before the {event} is");
            open_gate(&server.app, 1);
            within("the shutdown", shutdown).await.unwrap();
            assert_eq!(server.app.count("waited"), 1);
            server.finish().await;
        }
    }
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_waits_beyond_its_deadline() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    ws.send("42[\"wait\"]").await;
    server.app.saw("event wait []", 1).await;
    within("the shutdown", server.io.shutdown(Duration::from_millis(200))).await;
    assert_eq!(server.app.count("waited"), 0);
    open_gate(&server.app, 1);
    ws.closed(1001).await;
    server.finish().await;
}

#[tokio::test]
async fn a_wait_that_panics_takes_its_session_along_but_no_other_wait() {
    for clumsy in ["panic_waiting", "panic_holding"] {
        let server = Server::start(Config::default()).await;
        let (mut ws, _) = Ws::connect(&server).await;
        let packets =
            ["42[\"wait\"]", "42[\"wait\"]", &format!("42[\"{clumsy}\"]"), "42[\"after\"]"];
        ws.write(&packets.map(|packet| frame(0x81, packet.as_bytes())).concat()).await;
        assert_eq!(ws.end().await.0, Some(1011), "{clumsy}");
        drop(ws);
        server.all_gone().await;
        assert_eq!(server.closed_for(DisconnectReason::Panic), 1);
        assert_eq!((server.app.count("waited"), server.stats().waits), (0, 2), "{clumsy}");
        open_gate(&server.app, 2);
        server.app.saw("waited", 2).await;
        until("they are over", || server.stats().waits == 0).await;
        assert_eq!(server.app.count("polled"), 1, "{clumsy}: what panicked is left alone");
        assert_eq!(server.app.count("dropped"), 1, "{clumsy}: and dropped");
        server.finish().await;
    }
}

/// A wait that panics when its session is over already.
#[tokio::test]
async fn a_wait_that_panics_after_the_end_leaves_the_others() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    ws.write(&[frame(0x81, b"42[\"panic_gated\"]"), frame(0x81, b"42[\"wait\"]")].concat()).await;
    server.app.saw("event wait []", 1).await;
    ws.close().await;
    server.app.saw("disconnected transport close", 1).await;
    // The gate lets them through in the order in which they came to it; the first panics behind it.
    open_gate(&server.app, 1);
    until("the first is over", || server.stats().waits == 1).await;
    assert_eq!(server.app.count("waited"), 1);
    open_gate(&server.app, 1);
    server.app.saw("waited", 2).await;
    until("they are over", || server.stats().waits == 0).await;
    server.finish().await;
}
