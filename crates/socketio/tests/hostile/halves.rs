//! Clients that stop in the middle: before the first byte, within a head, a body, a frame, a poll.
//! They fall silent, say goodbye to the kernel only (FIN), or break off (RST).

use std::time::Duration;

use socketio::{Config, DisconnectReason};
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use crate::common::http::{Http, Polling};
use crate::common::ws::{Ws, frame};
use crate::common::{PATIENCE, Server, until};
use crate::meter::held_bytes;
use crate::witness::{closed_for, survive};

/// Far less than the deadline of a shutdown that is given [`PATIENCE`].
const PROMPT: Duration = Duration::from_secs(4);

const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Every deadline short.
pub(crate) fn short() -> Config {
    Config {
        ping_interval: Duration::from_millis(400),
        ping_timeout: Duration::from_millis(400),
        connect_timeout: Duration::from_millis(300),
        upgrade_timeout: Duration::from_millis(300),
        header_timeout: Duration::from_millis(300),
        body_timeout: Duration::from_millis(300),
        write_timeout: Duration::from_millis(300),
        ..Config::default()
    }
}

/// How a client goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It stays, and says no more.
    Silence,
    Fin,
    Reset,
}

pub(crate) const EXITS: [Exit; 3] = [Exit::Silence, Exit::Fin, Exit::Reset];

/// Goes; what is returned has to be kept for as long as the client is silent.
pub(crate) fn exit(http: Http, how: Exit) -> Option<Http> {
    match how {
        Exit::Silence => return Some(http),
        Exit::Fin => {}
        Exit::Reset => http.stream.set_zero_linger().expect("a TCP connection"),
    }
    None
}

/// Waits until all but the witness are gone while the clients still hold their ends.
pub(crate) async fn only_the_witness_is_left(server: &Server) {
    let left = || {
        let stats = server.stats();
        (stats.connections, stats.sessions_polling + stats.sessions_websocket, stats.sockets)
    };
    until("the others are gone", || left() == (1, 1, 1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_may_open_and_never_speak() {
    let stats = survive(short(), MOST_BYTES, async |server| {
        let mut kept = Vec::new();
        for _ in 0..20 {
            kept.push(Http::connect(server.addr).await);
            // After an answer, on a connection that is kept alive.
            let mut http = Http::connect(server.addr).await;
            assert_eq!(http.get("/").await.status, 200);
            kept.push(http);
            // On a WebSocket, and on long-polling, without a namespace; and in one.
            kept.push(Ws::open(server).await.0.http);
            kept.push(Ws::connect(server).await.0.http);
            for client in [Polling::open(server).await, Polling::connect(server).await.0] {
                kept.extend([client.polls, client.posts]);
            }
        }
        only_the_witness_is_left(server).await;
        drop(kept);
    })
    .await;
    assert_eq!(closed_for(&stats, DisconnectReason::ConnectTimeout), 40);
    assert_eq!(closed_for(&stats, DisconnectReason::PingTimeout), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_head_opens_nothing() {
    let head = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: here\r\n\r\n";
    let stats = survive(short(), MOST_BYTES, async |server| {
        for how in EXITS {
            let mut kept = Vec::new();
            for end in 0..head.len() {
                let mut http = Http::connect(server.addr).await;
                http.write(&head.as_bytes()[..end]).await;
                kept.extend(exit(http, how));
            }
            only_the_witness_is_left(server).await;
        }
    })
    .await;
    assert_eq!(stats.opened, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_body_ends_its_session() {
    let stats = survive(short(), MOST_BYTES, async |server| {
        for how in EXITS {
            let mut kept = Vec::new();
            for sent in ["", "4", "42[\"x\",\"\u{20ac}"] {
                for framing in
                    ["Content-Length: 90000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n5\r\n"]
                {
                    let (Polling { polls, mut posts, target, .. }, _) =
                        Polling::connect(server).await;
                    let head = format!("POST {target} HTTP/1.1\r\nHost: here\r\n{framing}{sent}");
                    posts.write(head.as_bytes()).await;
                    kept.push(polls);
                    kept.extend(exit(posts, how));
                }
            }
            only_the_witness_is_left(server).await;
        }
        assert!(server.app.lines().iter().all(|line| !line.starts_with("event x")));
    })
    .await;
    assert_eq!(closed_for(&stats, DisconnectReason::TransportError), 18);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_frame_is_held_to_its_end_and_no_longer() {
    let whole = frame(0x81, format!("42[\"x\",\"{}\"]", "x".repeat(70_000)).as_bytes());
    let fragment = [frame(0x01, b"42[\"x\","), frame(0x00, &vec![b'x'; 50_000])].concat();
    let beginnings: Vec<&[u8]> = [1, 2, 5, 9, 10, 14, 15, 5_000, whole.len() - 1]
        .map(|end| &whole[..end])
        .into_iter()
        .chain([&fragment[..], &fragment[..60]])
        .collect();
    let stats = survive(short(), MOST_BYTES, async |server| {
        for how in EXITS {
            let mut kept = Vec::new();
            for start in &beginnings {
                let (mut ws, _) = Ws::connect(server).await;
                ws.write(start).await;
                kept.extend(exit(ws.http, how));
            }
            only_the_witness_is_left(server).await;
        }
        assert!(server.app.lines().iter().all(|line| !line.starts_with("event x")));
    })
    .await;
    assert_eq!(closed_for(&stats, DisconnectReason::PingTimeout), beginnings.len() as u64);
    assert_eq!(
        closed_for(&stats, DisconnectReason::TransportClose),
        1 + 2 * beginnings.len() as u64
    );
}

/// A hundred clients send most of the greatest frame: what is held is what they have announced.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn announced_frames_are_held_within_their_bound() {
    const EACH: usize = 100 * 1024;
    const SENT: usize = 90_000;
    survive(Config::default(), 130 * EACH, async |server| {
        let start = &frame(0x81, &vec![b'x'; EACH])[..SENT];
        let before = held_bytes();
        let mut kept = Vec::new();
        for _ in 0..100 {
            let (mut ws, _) = Ws::connect(server).await;
            ws.write(start).await;
            kept.push(ws);
        }
        until("it has read them", || held_bytes() > before + 100 * SENT).await;
        for ws in kept {
            ws.reset();
        }
    })
    .await;
}

/// On one thread, which reads what came first first: with two, a reset can take the poll away before
/// it was read, and then there was none.
#[tokio::test]
async fn an_abandoned_poll_ends_its_session() {
    let stats = survive(Config::default(), MOST_BYTES, async |server| {
        for how in [Exit::Fin, Exit::Reset] {
            for _ in 0..50 {
                let (mut client, _) = Polling::connect(server).await;
                client.begin_poll().await;
                // Once this is answered, the poll that was sent before it is waiting.
                assert_eq!(client.post("3").await.status, 200);
                exit(client.polls, how);
            }
        }
        only_the_witness_is_left(server).await;
    })
    .await;
    assert_eq!(closed_for(&stats, DisconnectReason::TransportError), 100);
}

/// The end of the connection is in the segment of the request: whether it is answered or not,
/// nothing may stay that its client does not know of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_whose_fin_comes_with_it() {
    survive(short(), MOST_BYTES, async |server| {
        for round in 0..30 {
            let (client, id) = Polling::connect(server).await;
            let target = match round % 3 {
                0 => "/socket.io/?EIO=4&transport=polling".to_owned(),
                _ => client.target.clone(),
            };
            if round % 3 == 1 {
                // Something that the poll takes with it.
                let mut sockets = server.app.sockets().into_iter();
                let socket = sockets.find(|socket| socket.id().as_str() == id).expect("in");
                socket.emit("n", &round);
            }
            let mut http = Http::connect(server.addr).await;
            let request = format!("GET {target} HTTP/1.1\r\nHost: here\r\n\r\n");
            // Held back until the end is known, so that both travel together.
            socket2::SockRef::from(&http.stream).set_tcp_cork(true).expect("a TCP connection");
            http.write(request.as_bytes()).await;
            http.stream.shutdown().await.expect("it is open");
            let said = http.rest().await;
            assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 "), "{said:?}");
        }
        only_the_witness_is_left(server).await;
    })
    .await;
}

/// Nobody who is in the middle of something holds up the end of a server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn halves_do_not_hold_up_a_shutdown() {
    // No deadline but the shutdown's own is near.
    let long = Duration::from_mins(5);
    let config = Config {
        header_timeout: long,
        body_timeout: long,
        upgrade_timeout: long,
        connect_timeout: long,
        ..Config::default()
    };
    let server = Server::start(config).await;
    let mut kept = Vec::new();
    for start in ["", "G", "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nHost: here\r\n"] {
        let mut http = Http::connect(server.addr).await;
        http.write(start.as_bytes()).await;
        kept.push(http);
    }
    // The same behind an answer.
    let mut http = Http::connect(server.addr).await;
    assert_eq!(http.get("/").await.status, 200);
    http.write(b"GET / HTT").await;
    kept.push(http);
    let (mut ws, _) = Ws::connect(&server).await;
    ws.write(&frame(0x81, b"42[\"x\"]")[..5]).await;
    kept.push(ws.http);
    // Half a body, of a session whose poll waits.
    let (mut client, _) = Polling::connect(&server).await;
    client.begin_poll().await;
    assert_eq!(client.post("3").await.status, 200);
    let head = "HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\n42[";
    client.posts.write(format!("POST {} {head}", client.target).as_bytes()).await;
    kept.extend([client.polls, client.posts]);
    // Every stage of an upgrade.
    for said in ["", "2probe"] {
        let client = Polling::open(&server).await;
        let mut ws = Ws::probe(&server, &client.sid).await;
        if !said.is_empty() {
            ws.send(said).await;
            assert_eq!(ws.text().await, "3probe");
        }
        ws.write(&frame(0x81, b"5")[..3]).await;
        kept.extend([client.polls, client.posts, ws.http]);
    }
    let start = Instant::now();
    server.io.shutdown(PATIENCE).await;
    assert!(start.elapsed() < PROMPT, "{:?}: {:?}", start.elapsed(), server.stats());
    let stats = server.stats();
    assert_eq!((stats.connections, stats.sockets), (0, 0), "{stats:?}");
    drop(kept);
    server.finish().await;
}
