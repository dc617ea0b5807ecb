//! Pings, pongs, and who is taken for dead, when.

use std::time::Duration;

use socketio::{Config, DisconnectReason};
use tokio::time::Instant;

use crate::common::Server;
use crate::common::http::Polling;
use crate::common::ws::Ws;

const INTERVAL: Duration = Duration::from_millis(200);
const TIMEOUT: Duration = Duration::from_millis(200);
/// Deadlines are kept in whole milliseconds.
const ROUNDING: Duration = Duration::from_millis(1);
/// What a busy machine may add.
const BUSY: Duration = Duration::from_millis(1500);

fn config() -> Config {
    Config { ping_interval: INTERVAL, ping_timeout: TIMEOUT, ..Config::default() }
}

#[tokio::test]
async fn pings_come_after_the_interval_and_pongs_keep_a_client() {
    let server = Server::start(config()).await;
    let start = Instant::now();
    let (mut ws, _) = Ws::connect(&server).await;
    let mut last = start;
    for _ in 0..4 {
        assert_eq!(ws.text().await, "2");
        let now = Instant::now();
        assert!(now - last + ROUNDING >= INTERVAL, "a ping after {:?}", now - last);
        assert!(now - last < INTERVAL + BUSY, "a ping after {:?}", now - last);
        last = now;
        ws.send("3").await;
    }
    ws.close().await;
    server.finish().await;
}

#[tokio::test]
async fn silence_ends_a_websocket_in_time() {
    let server = Server::start(config()).await;
    let start = Instant::now();
    let (mut ws, _) = Ws::connect(&server).await;
    // Anything but a pong does not count.
    assert_eq!(ws.text().await, "2");
    ws.send("42[\"x\"]").await;
    assert_eq!(ws.end().await, (Some(1008), Vec::new()));
    let lived = start.elapsed();
    // The timeout is rounded down by the grain of the deadlines, here 10 ms.
    assert!(lived + Duration::from_millis(15) >= INTERVAL + TIMEOUT, "{lived:?}");
    assert!(lived < INTERVAL + TIMEOUT + BUSY, "{lived:?}");
    server.app.saw("disconnected ping timeout", 1).await;
    server.finish().await;
}

#[tokio::test]
async fn long_polling_has_a_heartbeat_too() {
    let server = Server::start(config()).await;
    let start = Instant::now();
    let (mut client, _) = Polling::connect(&server).await;
    for beat in 1..=3 {
        assert_eq!(client.poll().await, ["2"]);
        assert!(start.elapsed() + ROUNDING * 3 >= INTERVAL * beat);
        assert_eq!(client.post("3").await.status, 200);
    }
    // Now it is silent, its poll open: it is told so.
    assert_eq!(client.poll().await, ["2"]);
    assert_eq!(client.poll().await, ["1"]);
    server.app.saw("disconnected ping timeout", 1).await;
    // And one that does not even poll.
    let (mut gone, _) = Polling::connect(&server).await;
    server.app.saw("disconnected ping timeout", 2).await;
    assert_eq!(gone.poll_response().await.status, 400);
    assert_eq!(gone.post("3").await.status, 400);
    assert_eq!(server.closed_for(DisconnectReason::PingTimeout), 2);
    drop((client, gone));
    server.finish().await;
}

#[tokio::test]
async fn a_session_without_a_namespace_does_not_live_on_pongs() {
    let config = Config { connect_timeout: INTERVAL * 2, ..config() };
    let server = Server::start(config).await;
    let start = Instant::now();
    let (mut ws, _) = Ws::open(&server).await;
    let mut polling = Polling::open(&server).await;
    assert_eq!(ws.text().await, "2");
    ws.send("3").await;
    assert_eq!(polling.poll().await, ["2"]);
    assert_eq!(polling.post("3").await.status, 200);
    let (code, _) = ws.end().await;
    assert_eq!(code, Some(1008));
    assert!(start.elapsed() + ROUNDING >= INTERVAL * 2);
    let last = polling.poll_response().await;
    assert!(last.status == 400 || last.packets().last().is_some_and(|packet| packet == "1"));
    drop(polling);
    server.all_gone().await;
    assert_eq!(server.closed_for(DisconnectReason::ConnectTimeout), 2);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_fall_silent_go_and_those_who_answer_stay() {
    let server = Server::start(config()).await;
    let mut answering = Vec::new();
    let mut silent = Vec::new();
    for _ in 0..50 {
        answering.push(Ws::connect(&server).await.0);
        silent.push(Ws::connect(&server).await.0);
    }
    let answering: Vec<_> = answering
        .into_iter()
        .map(|mut ws| {
            tokio::spawn(async move {
                for _ in 0..5 {
                    assert_eq!(ws.text().await, "2");
                    ws.send("3").await;
                }
                ws.close().await;
            })
        })
        .collect();
    for client in answering {
        client.await.unwrap();
    }
    for ws in silent {
        ws.closed(1008).await;
    }
    assert_eq!(server.closed_for(DisconnectReason::PingTimeout), 50);
    assert_eq!(server.closed_for(DisconnectReason::TransportClose), 50);
    server.finish().await;
}
