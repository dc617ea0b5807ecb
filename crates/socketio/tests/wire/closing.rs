//! Closes while the client is in the middle of sending. A kernel that closes a socket with unread
//! input answers with a reset, which takes what the client has not received yet with it.

use std::time::Duration;

use socketio::Config;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::common::http::Http;
use crate::common::ws::{Got, Ws, frame};
use crate::common::{PATIENCE, Server, until, within};

const EVENTS: usize = 200;
const SIZE: usize = 20_000;

/// More than a narrow client's kernel takes, and less than the queue's bound.
fn flood() -> Vec<u8> {
    frame(0x81, format!("42[\"flood\",{EVENTS},{SIZE}]").as_bytes())
}

/// Goes on talking for as long as anybody listens, and reads slowly to the end: the close code, and
/// how many whole events came before it.
async fn talk_and_read(mut ws: Ws) -> (Option<u16>, usize) {
    let noise = frame(0x81, b"42[\"noise\"]").repeat(50);
    let mut events = 0;
    loop {
        // The server may have ended it.
        let _ = ws.http.stream.write_all(&noise).await;
        match ws.next().await {
            Got::Text(text) => {
                events += usize::from(text.starts_with("42[\"flood\""));
            }
            Got::Close(code) => return (Some(code), events),
            Got::End => return (None, events),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_is_closed_while_it_talks_gets_its_queue_and_the_close() {
    let server = Server::start(Config::default()).await;
    for _ in 0..5 {
        let mut ws = Ws::connect_narrow(&server).await;
        ws.write(&[flood(), frame(0x81, b"42[\"close\"]")].concat()).await;
        assert_eq!(within("the end", talk_and_read(ws)).await, (Some(1000), EVENTS));
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_while_clients_talk_gives_each_its_queue_and_the_close() {
    const CLIENTS: usize = 10;
    let server = Server::start(Config::default()).await;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let mut ws = Ws::connect_narrow(&server).await;
        ws.write(&flood()).await;
        clients.push(ws);
    }
    let all_out = || {
        let sockets = server.app.sockets();
        sockets.iter().all(|socket| socket.traffic().events_out == EVENTS as u64)
    };
    until("all is queued", all_out).await;
    let io = server.io.clone();
    let shutdown = tokio::spawn(async move { io.shutdown(PATIENCE).await });
    let clients: Vec<_> = clients.into_iter().map(|ws| tokio::spawn(talk_and_read(ws))).collect();
    for client in clients {
        let ended = within("a client", client).await.expect("it did not panic");
        assert_eq!(ended, (Some(1001), EVENTS));
    }
    within("the shutdown", shutdown).await.unwrap();
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_violation_is_told_to_a_client_that_goes_on_talking() {
    let server = Server::start(Config::default()).await;
    for (bytes, code) in
        [(frame(0x81, b"4abc"), 1002), (frame(0x81, &[0xFF]), 1007), (vec![0x81, 0xFF, 1], 1009)]
    {
        let mut ws = Ws::connect_narrow(&server).await;
        // The kernel holds what the close has to wait behind.
        ws.write(&[flood(), bytes].concat()).await;
        if code == 1009 {
            ws.write(&[0; 7]).await;
        }
        let (told, _) = within("the end", talk_and_read(ws)).await;
        assert_eq!(told, Some(code));
    }
    server.finish().await;
}

/// Reads to the end, which must be no reset.
async fn read_to_the_end(http: &mut Http) -> String {
    let mut all = std::mem::take(&mut http.unread);
    let end = within("the end", http.stream.read_to_end(&mut all)).await;
    assert!(end.is_ok(), "{end:?}");
    String::from_utf8(all).expect("text")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_too_large_is_refused_without_a_reset() {
    let server = Server::start(Config::default()).await;
    let open = Http::connect(server.addr).await.get("/socket.io/?EIO=4&transport=polling").await;
    let sid = crate::common::http::sid_of(open.text());
    let mut http = Http::connect(server.addr).await;
    let target = format!("/socket.io/?EIO=4&transport=polling&sid={sid}");
    let head = format!("POST {target} HTTP/1.1\r\nHost: here\r\nContent-Length: 5000000\r\n\r\n");
    http.write(head.as_bytes()).await;
    http.write(&vec![b'x'; 5_000_000]).await;
    assert!(read_to_the_end(&mut http).await.starts_with("HTTP/1.1 413 "));
    drop(http);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_has_no_place_is_told_so_without_a_reset() {
    let server = Server::start(Config { max_connections: 1, ..Config::default() }).await;
    let mut kept = Http::connect(server.addr).await;
    assert_eq!(kept.get("/").await.status, 200);
    for _ in 0..20 {
        let mut turned_away = Http::connect(server.addr).await;
        turned_away.send("GET", "/", "", b"").await;
        assert!(read_to_the_end(&mut turned_away).await.starts_with("HTTP/1.1 503 "));
    }
    drop(kept);
    server.finish().await;
}

/// Whoever does not end its own side is not waited for longer than the linger.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_never_hangs_up_is_let_go_in_the_end() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    ws.send("42[\"close\"]").await;
    assert_eq!(ws.end().await.0, Some(1000));
    assert_eq!(server.stats().connections, 1, "it is heard out");
    server.all_gone().await;
    // Another that talks without an end is read up to a bound, and then cut off.
    let (mut ws, _) = Ws::connect(&server).await;
    ws.send("42[\"close\"]").await;
    let start = tokio::time::Instant::now();
    let chunk = vec![0; 1 << 20];
    while ws.http.stream.write_all(&chunk).await.is_ok() {}
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    server.all_gone().await;
    drop(ws);
    server.io.shutdown(Duration::from_secs(1)).await;
    server.finish().await;
}
