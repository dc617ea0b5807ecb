//! The end of a server.

use std::time::Duration;

use socketio::Config;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::common::app::open_gate;
use crate::common::http::{Http, Polling};
use crate::common::ws::{Got, Ws};
use crate::common::{PATIENCE, Server, until, within};

/// Far less than [`PATIENCE`]: the shutdown was not ended by its deadline.
const PROMPT: Duration = Duration::from_secs(3);

const HANDSHAKE: &str = "/socket.io/?EIO=4&transport=polling";

#[tokio::test]
async fn everybody_is_told_and_gone_when_it_returns() {
    let server = Server::start(Config::default()).await;
    let (ws, _) = Ws::connect(&server).await;
    let (mut polling, _) = Polling::connect(&server).await;
    polling.begin_poll().await;
    let (mut between_polls, _) = Polling::connect(&server).await;
    let (unconnected, _) = Ws::open(&server).await;
    let mut idle = Http::connect(server.addr).await;
    assert_eq!(idle.get("/").await.status, 200);
    for socket in server.app.sockets() {
        socket.emit("last", "words");
    }
    assert_eq!(polling.polls.response().await.text(), "42[\"last\",\"words\"]");
    polling.begin_poll().await;
    // Once this is answered, the poll that was sent before it is waiting.
    assert_eq!(idle.get("/").await.status, 200);
    let start = Instant::now();
    let io = server.io.clone();
    let shutdown = tokio::spawn(async move { io.shutdown(PATIENCE).await });
    let mut ws = ws;
    assert_eq!(ws.end().await, (Some(1001), vec!["42[\"last\",\"words\"]".to_owned()]));
    unconnected.closed(1001).await;
    assert_eq!(polling.polls.response().await.text(), "1");
    // The poll may have been sent before the server stopped, over a connection that it knows.
    between_polls.polls.send("GET", &between_polls.target.clone(), "", b"").await;
    if let Some(answer) = between_polls.polls.try_response().await {
        assert_eq!(answer.packets(), ["42[\"last\",\"words\"]", "1"]);
    }
    assert!(idle.rest().await.is_empty());
    within("the shutdown", shutdown).await.unwrap();
    assert!(start.elapsed() < PATIENCE);
    assert_eq!(server.app.count("disconnected server shutting down"), 3);
    let stats = server.stats();
    assert_eq!((stats.connections, stats.sockets), (0, 0));
    assert!(TcpStream::connect(server.addr).await.is_err(), "the listener is closed");
    server.finish().await;
}

#[tokio::test]
async fn nothing_to_wait_for_is_not_waited_for() {
    let server = Server::start(Config::default()).await;
    // A connection that has not said a word.
    let mut silent = Http::connect(server.addr).await;
    let (ws, _) = Ws::connect(&server).await;
    let start = Instant::now();
    server.io.shutdown(PATIENCE).await;
    assert!(start.elapsed() < PROMPT, "{:?}", start.elapsed());
    assert!(silent.rest().await.is_empty());
    ws.closed(1001).await;
    server.finish().await;
}

#[tokio::test]
async fn a_shutdown_ends_at_its_deadline_whoever_is_left() {
    let server = Server::start(Config::default()).await;
    // Half a request keeps its connection for a while.
    let mut half = Http::connect(server.addr).await;
    half.write(b"GET / HTTP/1.1\r\n").await;
    let (ws, _) = Ws::connect(&server).await;
    let start = Instant::now();
    server.io.shutdown(Duration::from_millis(200)).await;
    assert!(start.elapsed() < PROMPT);
    ws.closed(1001).await;
    drop(half);
    server.finish().await;
}

#[tokio::test]
async fn what_is_asked_while_it_stops_is_refused() {
    let server = Server::start(Config::default()).await;
    let mut kept = Http::connect(server.addr).await;
    // A request that is under way keeps its connection over the stop.
    kept.write(b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n").await;
    let (mut ws, _) = Ws::connect(&server).await;
    let io = server.io.clone();
    let shutdown = tokio::spawn(async move { io.shutdown(PATIENCE).await });
    assert_eq!(ws.next().await, Got::Close(1001));
    kept.write(b"Host: here\r\n\r\n").await;
    if let Some(answer) = kept.try_response().await {
        assert_eq!(answer.status, 503);
    }
    within("the shutdown", shutdown).await.unwrap();
    assert_eq!(server.stats().opened, 1);
    drop(kept);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handshakes_that_race_with_a_shutdown_do_not_hold_it_up() {
    for round in 0..300 {
        let server = Server::start(Config::default()).await;
        let addr = server.addr;
        let (mut ws, _) = Ws::connect(&server).await;
        let clients: Vec<_> = (0..16)
            .map(|i| {
                tokio::spawn(async move {
                    let Ok(stream) = TcpStream::connect(addr).await else { return };
                    let mut http = Http { stream, unread: Vec::new() };
                    let request = format!(
                        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: here\r\n{}\r\n",
                        crate::common::ws::HANDSHAKE
                    );
                    for _ in 0..i * round % 50 {
                        tokio::task::yield_now().await;
                    }
                    // Whatever becomes of it; the client stays until the server lets it go.
                    let _ = tokio::io::AsyncWriteExt::write_all(&mut http.stream, request.as_bytes())
                        .await;
                    http.rest().await;
                })
            })
            .collect();
        // Whoever is told closes at once: nobody is waited for but those who race.
        let told = tokio::spawn(async move { ws.end().await.0 });
        // From before the first handshake to after the last.
        for _ in 0..round % 30 {
            tokio::task::yield_now().await;
        }
        let start = Instant::now();
        server.io.shutdown(PATIENCE).await;
        assert!(start.elapsed() < PROMPT, "round {round}: {:?} {:?}", start.elapsed(), server.io);
        assert_eq!(told.await.unwrap(), Some(1001));
        for client in clients {
            client.await.unwrap();
        }
        server.finish().await;
    }
}

/// A wait that ended after its session was closed had its answer thrown away.
#[tokio::test]
async fn what_was_heard_before_the_end_is_answered_before_the_close() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    let (mut polling, _) = Polling::connect(&server).await;
    ws.send("421[\"wait\"]").await;
    polling.post("422[\"wait\"]").await;
    server.app.saw("event wait []", 2).await;
    let draining = begin_drain(&server).await;
    ws.send("42[\"too late\"]").await;
    open_gate(&server.app, 2);
    assert_eq!(ws.next().await, Got::Text("431[\"waited\"]".to_owned()));
    assert_eq!(polling.poll().await, ["432[\"waited\"]"]);
    within("the drain", draining).await.unwrap();
    polling.begin_poll().await;
    let io = server.io.clone();
    let shutdown = tokio::spawn(async move { io.shutdown(PATIENCE).await });
    assert_eq!(ws.end().await, (Some(1001), vec![]));
    within("the shutdown", shutdown).await.unwrap();
    assert_eq!(server.app.count("event too late []"), 0);
    server.finish().await;
}

/// When a client begins to move to a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begin {
    BeforeTheEnd,
    /// While the server ends, and before what the client waits for is there.
    BeforeTheAnswer,
    AfterTheAnswer,
}

/// Who tries a WebSocket polls no more, and waited for the answer to their POST, which nobody read any
/// further: what was heard of it was stored, and they never learnt it.
#[tokio::test]
async fn who_upgrades_while_the_server_ends_learns_what_was_heard() {
    for begin in [Begin::BeforeTheEnd, Begin::BeforeTheAnswer, Begin::AfterTheAnswer] {
        // Of the POST that has to be answered a part was read, or nothing yet.
        for is_begun in [true, false] {
            upgrade_while_the_server_ends(begin, is_begun).await;
        }
    }
}

async fn upgrade_while_the_server_ends(begin: Begin, is_begun: bool) {
    let server = Server::start(Config { max_waits: 1, ..Config::default() }).await;
    let (mut polling, _) = Polling::connect(&server).await;
    if is_begun {
        polling.begin_post(b"421[\"wait\"]\x1e42[\"too late\"]").await;
    } else {
        polling.post("421[\"wait\"]").await;
        polling.begin_post(b"42[\"too late\"]").await;
    }
    server.app.saw("event wait []", 1).await;
    // Somebody else is waited for, for longer.
    let (mut other, _) = Ws::connect(&server).await;
    other.send("422[\"wait\"]").await;
    server.app.saw("event wait []", 2).await;
    // Connected before: nobody is let in later.
    let mut ws = Ws::probe(&server, &polling.sid).await;
    let probe = async |ws: &mut Ws| {
        ws.send("2probe").await;
        assert_eq!(ws.text().await, "3probe", "{begin:?}");
    };
    if begin == Begin::BeforeTheEnd {
        probe(&mut ws).await;
    }
    let draining = begin_drain(&server).await;
    if begin == Begin::AfterTheAnswer {
        // The first to wait is the first to go on.
        open_gate(&server.app, 1);
        until("it goes on", || server.stats().waits == 1).await;
    }
    if begin != Begin::BeforeTheEnd {
        probe(&mut ws).await;
    }
    let posted = within("the POST is answered", polling.posts.response()).await;
    assert_eq!((posted.status, posted.text()), (200, "ok"), "{begin:?} {is_begun}");
    ws.send("5").await;
    if begin != Begin::AfterTheAnswer {
        open_gate(&server.app, 1);
    }
    assert_eq!(ws.next().await, Got::Text("431[\"waited\"]".to_owned()));
    open_gate(&server.app, 1);
    assert_eq!(other.next().await, Got::Text("432[\"waited\"]".to_owned()));
    within("the drain", draining).await.expect("it does not panic");
    let io = server.io.clone();
    let shutdown = tokio::spawn(async move { io.shutdown(PATIENCE).await });
    assert_eq!(ws.end().await, (Some(1001), vec![]));
    other.closed(1001).await;
    within("the shutdown", shutdown).await.expect("it does not panic");
    assert_eq!(server.app.count("event too late []"), 0);
    server.finish().await;
}

/// A drain that has begun: nobody is let in any more.
async fn begin_drain(server: &Server) -> JoinHandle<()> {
    let io = server.io.clone();
    let draining = tokio::spawn(async move { io.drain(PATIENCE).await });
    let refused = async || Http::connect(server.addr).await.get(HANDSHAKE).await.status == 503;
    within("nobody is let in", async { while !refused().await {} }).await;
    draining
}

#[tokio::test]
async fn a_drain_ends_after_its_time_whatever_is_left() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    ws.send("421[\"wait\"]").await;
    server.app.saw("event wait []", 1).await;
    within("the drain", server.io.drain(Duration::from_millis(50))).await;
    assert_eq!(server.stats().waits, 1);
    open_gate(&server.app, 1);
    assert_eq!(ws.next().await, Got::Text("431[\"waited\"]".to_owned()));
    let io = server.io.clone();
    let shutdown = tokio::spawn(async move { io.shutdown(PATIENCE).await });
    ws.closed(1001).await;
    within("the shutdown", shutdown).await.unwrap();
    server.finish().await;
}
