//! Much of what is little: a million packets with nothing in them, questions that nobody asked,
//! namespaces that are not there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use socketio::{Config, Connection, DisconnectReason, Endpoint, Handshake, MessageHandler};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::common::http::{Http, Polling, sid_of};
use crate::common::ws::{Got, Ws, frame};
use crate::common::{Server, until, within};
use crate::meter::Meter;
use crate::witness::{closed_for, survive};

const MILLION: usize = 1_000_000;

/// The largest body four times, as the client makes and sends it and the server gathers and handles
/// it, and 2 MB for all the rest.
const MOST_BYTES: usize = 10 * MILLION;

/// So many of a packet, with separators between them.
fn body(packet: &str, packets: usize) -> Vec<u8> {
    let mut body = format!("{packet}\u{1e}").repeat(packets).into_bytes();
    body.pop();
    body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_of_a_million_empty_packets() {
    let config = Config { max_payload_bytes: 2 * MILLION, ..Config::default() };
    let stats = survive(config, MOST_BYTES, async |server| {
        // Nothing at all, an empty message, an empty attachment: not one of them is allowed.
        for packet in ["", "4", "b"] {
            let (mut client, _) = Polling::connect(server).await;
            client.begin_post(&body(packet, MILLION)).await;
            assert_eq!(client.posts.response().await.status, 400);
        }
        // No-operations and pongs are.
        for packet in ["6", "3"] {
            let (mut client, _) = Polling::connect(server).await;
            client.begin_post(&body(packet, MILLION)).await;
            assert_eq!(client.posts.response().await.status, 200);
            client.close().await;
        }
    })
    .await;
    assert_eq!(closed_for(&stats, DisconnectReason::ParseError), 3);
    // And of those that were refused only the first was looked at.
    assert!(stats.packets_in < 2 * MILLION as u64 + 10_000, "{stats:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_empty_packets_in_bodies_of_the_usual_size() {
    let config = Config::default();
    let packets = config.max_payload_bytes / 2;
    let stats = survive(config, MOST_BYTES, async |server| {
        let (mut client, _) = Polling::connect(server).await;
        let body = body("6", packets);
        for _ in 0..=MILLION / packets {
            client.begin_post(&body).await;
            assert_eq!(client.posts.response().await.status, 200);
        }
        client.close().await;
    })
    .await;
    assert!(stats.packets_in >= MILLION as u64);
}

/// Counts the empty messages of Engine.IO alone.
#[derive(Clone, Default)]
struct Empty(Arc<AtomicU64>);

impl Endpoint for Empty {
    fn open(&self, _: &Connection, _: &Handshake) -> Box<dyn MessageHandler> {
        Box::new(self.clone())
    }
}

impl MessageHandler for Empty {
    fn text(&mut self, _: &Connection, text: &str) {
        self.0.fetch_add(u64::from(text.is_empty()), Ordering::Relaxed);
    }

    fn binary(&mut self, _: &Connection, bytes: &[u8]) {
        self.0.fetch_add(u64::from(bytes.is_empty()), Ordering::Relaxed);
    }

    fn closed(&mut self, _: DisconnectReason) {}
}

/// Where an empty message is a message, each is handled, and costs nothing afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_empty_messages_of_engine_io_alone() {
    let meter = Meter::start().await;
    let config = Config { max_payload_bytes: 2 * MILLION, ..Config::default() };
    let empty = Empty::default();
    let server = Server::start_with(config, |io| io.endpoint("/raw/", empty.clone())).await;
    let mut http = Http::connect(server.addr).await;
    let open = http.get("/raw/?EIO=4&transport=polling").await;
    let target = format!("/raw/?EIO=4&transport=polling&sid={}", sid_of(open.text()));
    for packet in ["4", "b"] {
        assert_eq!(http.post(&target, &body(packet, MILLION)).await.status, 200);
    }
    let mut ws = Ws::handshake(server.addr, "/raw/?EIO=4&transport=websocket").await;
    ws.text().await;
    ws.write(&frame(0x82, b"").repeat(MILLION)).await;
    ws.close().await;
    assert_eq!(empty.0.load(Ordering::Relaxed), 3 * MILLION as u64);
    assert_eq!(http.post(&target, b"1").await.status, 200);
    assert_eq!(http.get(&target).await.text(), "6");
    drop(http);
    server.finish().await;
    // The client's own copies are the most of it: 6 MB of frames.
    assert!(meter.peak_bytes() < 10 * MILLION, "{} bytes", meter.peak_bytes());
}

/// Writes until all is written or the server has closed the connection; then reads to the end.
async fn pour(mut ws: Ws, bytes: &[u8]) -> Vec<u8> {
    let (mut reader, mut writer) = ws.http.stream.split();
    let write = async {
        // The server may have had enough.
        let _ = writer.write_all(bytes).await;
        let _ = writer.shutdown().await;
    };
    let read = async {
        let mut said = Vec::new();
        // A reset ends it too.
        let _ = reader.read_to_end(&mut said).await;
        said
    };
    within("the end", async { tokio::join!(write, read).1 }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_websocket_frames_without_a_payload() {
    let stats = survive(Config::default(), 10 * MILLION, async |server| {
        // The first of these is one too many.
        for first in [0x81, 0x82, 0x80] {
            let (ws, _) = Ws::connect(server).await;
            pour(ws, &frame(first, b"").repeat(MILLION)).await;
        }
        server.app.saw("disconnected parse error", 3).await;
        // One message that never ends, and pongs that nobody asked for.
        for (start, first) in [(&b"4"[..], 0x00), (b"", 0x8A)] {
            let (mut ws, _) = Ws::connect(server).await;
            if first == 0 {
                ws.write(&frame(0x01, start)).await;
            }
            pour(ws, &frame(first, b"").repeat(MILLION)).await;
        }
        server.app.saw("disconnected transport close", 2).await;
    })
    .await;
    assert!(stats.packets_in > 2 * MILLION as u64);
    assert!(stats.packets_in < 2 * MILLION as u64 + 10_000, "the rest is not looked at");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_websocket_frames_of_one_byte() {
    let stats = survive(Config::default(), 12 * MILLION, async |server| {
        for (byte, reason) in [
            (b"6", "disconnected transport close"),
            (b"3", "disconnected transport close"),
            (b"4", "disconnected parse error"),
            (b"x", "disconnected parse error"),
        ] {
            let times = server.app.count(reason) + 1;
            let (ws, _) = Ws::connect(server).await;
            pour(ws, &frame(0x81, byte).repeat(MILLION)).await;
            server.app.saw(reason, times).await;
        }
    })
    .await;
    assert!(stats.packets_in > 2 * MILLION as u64);
    assert!(stats.packets_in < 2 * MILLION as u64 + 10_000, "the rest is not looked at");
}

/// Every ping wants a pong, and nobody reads them: the server stops reading, and then gives up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_pings_whose_pongs_nobody_reads() {
    let config = Config { write_timeout: Duration::from_millis(400), ..Config::default() };
    let stats = survive(config, 10 * MILLION, async |server| {
        let mut ws = Ws::connect_narrow(server).await;
        let pings = frame(0x89, b"").repeat(MILLION);
        // Until the server has let it go.
        let write = async { while ws.http.stream.write_all(&pings).await.is_ok() {} };
        within("it is let go", write).await;
        server.app.saw("disconnected write timeout", 1).await;
    })
    .await;
    assert_eq!(closed_for(&stats, DisconnectReason::WriteTimeout), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_to_questions_that_nobody_asked() {
    survive(Config::default(), 16 * MILLION, async |server| {
        let (mut ws, _) = Ws::connect(server).await;
        let mut bytes = Vec::new();
        for i in 0..100_000_u64 {
            bytes.extend(frame(
                0x81,
                format!("43{}[{i}]", i.wrapping_mul(u64::MAX / 99)).as_bytes(),
            ));
        }
        for head in ["4318446744073709551615[]", "430[]", "4300000000000000000007[\"x\"]"] {
            bytes.extend(frame(0x81, head.as_bytes()));
        }
        bytes.extend(frame(0x81, b"461-5[{\"_placeholder\":true,\"num\":0}]"));
        bytes.extend(frame(0x82, b"x"));
        bytes.extend(frame(0x81, b"421[\"echo\",1]"));
        ws.write(&bytes).await;
        assert_eq!(ws.text().await, "431[1]", "they are ignored");
        // Twice the same answer: the second is nobody's.
        ws.send("42[\"ask\",60000]").await;
        assert_eq!(ws.text().await, "420[\"ask\",\"?\"]");
        ws.write(&frame(0x81, b"430[\"mine\"]").repeat(1_000)).await;
        server.app.saw("answer [\"mine\"] []", 1).await;
        ws.send("422[\"echo\",1]").await;
        assert_eq!(ws.text().await, "432[1]");
        assert_eq!(server.app.count("answer [\"mine\"] []"), 1);
        ws.close().await;
        // Numbers that no counter holds.
        let digits = "9".repeat(90_000);
        for packet in [format!("43{digits}[]"), "4318446744073709551616[]".into(), "43-1[]".into()]
        {
            let (mut ws, _) = Ws::connect(server).await;
            ws.send(&packet).await;
            ws.closed(1002).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_namespaces_are_asked_for() {
    let config = Config { connect_timeout: Duration::from_secs(2), ..Config::default() };
    let stats = survive(config, 8 * MILLION, async |server| {
        let (ws, _) = Ws::open(server).await;
        let mut bytes = Vec::new();
        for i in 0..10_000 {
            bytes.extend(frame(0x81, format!("40/n{i},{{\"token\":\"{i}\"}}").as_bytes()));
        }
        bytes.extend(frame(0x88, b""));
        let said = pour(ws, &bytes).await;
        let refused = said.windows(17).filter(|at| at == b"Invalid namespace").count();
        assert_eq!(refused, 10_000);
        // The longest names that there can be, unread.
        let mut ws = Ws::connect_narrow(server).await;
        let asked = frame(0x81, format!("40/{}", "n".repeat(100_000)).as_bytes());
        for _ in 0..200 {
            let wrote = tokio::time::timeout(Duration::from_millis(20), ws.write(&asked)).await;
            if wrote.is_err() {
                break;
            }
        }
        ws.reset();
        // None of them counts as being connected.
        let (mut ws, _) = Ws::open(server).await;
        ws.send("40/nope,").await;
        assert_eq!(ws.next().await, Got::Text(r#"44/nope,{"message":"Invalid namespace"}"#.into()));
        ws.closed(1008).await;
    })
    .await;
    assert_eq!(closed_for(&stats, DisconnectReason::ConnectTimeout), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_comes_and_goes_ten_thousand_times() {
    survive(Config::default(), 8 * MILLION, async |server| {
        let (mut ws, _) = Ws::open(server).await;
        for _ in 0..100 {
            ws.write(&[frame(0x81, b"40"), frame(0x81, b"41")].concat().repeat(100)).await;
            for _ in 0..100 {
                assert!(ws.text().await.starts_with("40{"));
            }
        }
        until("it is out", || server.stats().sockets == 1).await;
        ws.close().await;
        assert_eq!(server.app.count("disconnected client namespace disconnect"), 10_000);
    })
    .await;
}
