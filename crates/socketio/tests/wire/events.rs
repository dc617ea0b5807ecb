//! Events: what is well-formed, what is not, and what a server may do with a socket meanwhile.

use std::sync::Arc;

use socketio::{
    Ack, BoxFuture, Config, ConnectRequest, DisconnectReason, Event, Flow, Handler, Namespace,
    Refusal, Socket,
};

use crate::common::app::App;
use crate::common::ws::{Got, Ws, frame};
use crate::common::{Dice, Server};

#[tokio::test]
async fn binary_events_keep_their_parts() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    let head =
        "452-7[\"echo\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]";
    ws.send(head).await;
    ws.send_binary(&[1, 2, 3]).await;
    // A pong, or a ping of the WebSocket, may come between the parts.
    ws.send("3").await;
    ws.write(&frame(0x89, b"")).await;
    ws.send_binary(&[]).await;
    assert_eq!(ws.next().await, Got::Pong(Vec::new()));
    assert_eq!(
        ws.text().await,
        "462-7[{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]"
    );
    assert_eq!(ws.next().await, Got::Binary(vec![1, 2, 3]));
    assert_eq!(ws.next().await, Got::Binary(Vec::new()));
    // A placeholder in an event without attachments is JSON like any other.
    ws.send("42[\"echo\",{\"_placeholder\":true,\"num\":9}]").await;
    assert_eq!(ws.text().await, "42[\"echo\",{\"_placeholder\":true,\"num\":9}]");
    ws.send("450-[\"echo\",{\"_placeholder\":true,\"num\":0}]").await;
    assert_eq!(ws.text().await, "42[\"echo\",{\"_placeholder\":true,\"num\":0}]");
    ws.close().await;
    server.finish().await;
}

#[tokio::test]
async fn attachments_are_bounded_in_number_and_bytes() {
    let config = Config { max_attachments: 3, max_payload_bytes: 1000, ..Config::default() };
    let server = Server::start(config).await;
    for head in ["454-[\"x\"]", "459999999999-[\"x\"]", "4518446744073709551616-[\"x\"]"] {
        let (mut ws, _) = Ws::connect(&server).await;
        ws.send(head).await;
        ws.closed(1002).await;
    }
    let (mut ws, _) = Ws::connect(&server).await;
    ws.send("453-[\"x\"]").await;
    ws.send_binary(&[0; 600]).await;
    ws.send_binary(&[0; 600]).await;
    ws.closed(1009).await;
    // A text where a part should come, and no part at all.
    let (mut ws, _) = Ws::connect(&server).await;
    ws.send("451-[\"x\"]").await;
    ws.send("42[\"y\"]").await;
    ws.closed(1002).await;
    let (mut ws, _) = Ws::connect(&server).await;
    ws.send("451-[\"x\"]").await;
    ws.close().await;
    assert!(server.app.lines().iter().all(|line| !line.starts_with("event")));
    server.finish().await;
}

#[tokio::test]
async fn malformed_events_close_the_connection() {
    let server = Server::start(Config::default()).await;
    let bomb = format!("42[\"x\",{}", "[".repeat(50_000));
    let packets = [
        "4",
        "4abc",
        "42",
        "42{}",
        "42[]",
        "42[{}]",
        "42[null]",
        "42[true]",
        "42abc[\"x\"]",
        "42[\"x\"",
        "42[\"x\"]]",
        "42[\"x\",]",
        "42[\"x\" 1]",
        "42\"x\"",
        "4299999999999999999999[\"x\"]",
        "42[\"connect\"]",
        "42[\"connect_error\"]",
        "42[\"disconnect\",1]",
        "42[\"disconnecting\"]",
        "42[\"newListener\"]",
        "42[\"remove\\u004cistener\"]",
        "43[]",
        "431{}",
        "431",
        "44{\"message\":\"x\"}",
        "45[\"x\"]",
        "45-[\"x\"]",
        "45x-[\"x\"]",
        "451-{}",
        "47",
        "0",
        "5",
        "8",
        &bomb,
    ];
    for packet in packets {
        let (mut ws, _) = Ws::connect(&server).await;
        ws.send(packet).await;
        if packet == "451-{}" {
            ws.send_binary(&[1]).await;
        }
        let (code, texts) = ws.end().await;
        assert_eq!((code, texts.len()), (Some(1002), 0), "{}", &packet[..packet.len().min(40)]);
    }
    server.app.saw("disconnected parse error", packets.len()).await;
    assert!(server.app.lines().iter().all(|line| !line.starts_with("event")));
    server.finish().await;
}

#[tokio::test]
async fn odd_but_well_formed_events_are_events() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    let deep = format!("[\"echo\",{}{}]", "[".repeat(40_000), "]".repeat(40_000));
    for (packet, answer) in [
        ("42[\"e\\u0063ho\",1]", "42[\"echo\",1]"),
        ("42 [ \"echo\" , { \"a\" : 1 } ] ", "42[\"echo\",{ \"a\" : 1 }]"),
        ("42[\"echo\"]", "42[\"echo\"]"),
        ("420[\"echo\",null]", "430[null]"),
        ("4218446744073709551615[\"echo\"]", "4318446744073709551615[]"),
        ("42[\"echo\",\"\\ud800\",1e999]", "42[\"echo\",\"\\ud800\",1e999]"),
        (&format!("42{deep}"), &format!("42{deep}")),
    ] {
        ws.send(packet).await;
        assert!(ws.text().await == answer, "{}", &packet[..packet.len().min(40)]);
    }
    // A name may be a number; nobody listens to it, and nothing happens.
    ws.send("42[7,\"x\"]").await;
    server.app.saw("event 7 [\"x\"]", 1).await;
    ws.close().await;
    server.finish().await;
}

#[tokio::test]
async fn a_close_by_the_server_comes_after_what_was_queued() {
    let server = Server::start(Config::default()).await;
    for _ in 0..20 {
        let (mut ws, _) = Ws::connect(&server).await;
        ws.write(&[frame(0x81, b"42[\"flood\",30,1000]"), frame(0x81, b"42[\"close\"]")].concat())
            .await;
        let (code, texts) = ws.end().await;
        assert_eq!((code, texts.len()), (Some(1000), 30));
    }
    server.app.saw("disconnected server namespace disconnect", 20).await;
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn emits_from_many_threads_arrive_whole_and_each_in_order() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let socket = server.app.socket();
            std::thread::spawn(move || {
                for i in 0..2_000 {
                    socket.emit("n", &(thread, i));
                }
            })
        })
        .collect();
    let mut next = [0; 4];
    for _ in 0..8_000 {
        let text = ws.text().await;
        let (name, (thread, i)): (String, (usize, usize)) =
            serde_json::from_str(&text[2..]).unwrap();
        assert_eq!((name.as_str(), i), ("n", next[thread]));
        next[thread] += 1;
    }
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(server.app.socket().traffic().events_out, 8_000);
    ws.close().await;
    server.finish().await;
}

#[tokio::test]
async fn a_handler_that_panics_ends_its_own_session_only() {
    let server = Server::start(Config::default()).await;
    let (mut other, _) = Ws::connect(&server).await;
    let (mut ws, _) = Ws::connect(&server).await;
    ws.send("40/custom,").await;
    assert!(ws.text().await.starts_with("40/custom,"));
    ws.write(&[frame(0x81, b"42[\"panic\"]"), frame(0x81, b"42[\"after\"]")].concat()).await;
    ws.closed(1011).await;
    // In both namespaces.
    server.app.saw("disconnected handler panicked", 2).await;
    assert_eq!(server.app.count("event after []"), 0);
    other.send("42[\"echo\",1]").await;
    assert_eq!(other.text().await, "42[\"echo\",1]");
    other.close().await;
    assert_eq!(server.closed_for(DisconnectReason::Panic), 1);
    server.finish().await;
}

/// Panics wherever it can.
struct Clumsy(Arc<App>, &'static str);

impl Namespace for Clumsy {
    fn connect(&self, _: ConnectRequest) -> BoxFuture<Result<Box<dyn Handler>, Refusal>> {
        let handler = Clumsy(self.0.clone(), self.1);
        Box::pin(async move { Ok(Box::new(handler) as Box<dyn Handler>) })
    }
}

impl Handler for Clumsy {
    fn connected(&mut self, socket: &Socket) {
        self.0.write(socket.id(), "connected");
        assert!(self.1 != "connected", "clumsy on purpose");
    }

    fn event(&mut self, socket: &Socket, _: Event<'_>, _: Option<Ack>) -> Flow {
        if self.1 == "ack" {
            let never = std::time::Duration::from_mins(1);
            socket.emit_with_ack("ask", "?", never, |_| panic!("clumsy on purpose"));
            return Flow::Next;
        }
        if self.1 == "disconnected" {
            let (app, id) = (self.0.clone(), socket.id());
            let never = std::time::Duration::from_mins(1);
            socket.emit_with_ack("ask", "?", never, move |_| app.write(id, "told"));
            return Flow::Next;
        }
        Flow::Wait(Box::pin(async { panic!("clumsy on purpose") }))
    }

    fn disconnected(&mut self, socket: &Socket, reason: DisconnectReason) {
        self.0.write(socket.id(), format!("disconnected {}", reason.as_str()));
        assert!(self.1 != "disconnected", "clumsy on purpose");
    }
}

/// A handler that panics in one place of a session's life.
async fn a_panic_leaves_nothing_behind(place: &'static str) {
    let app = Arc::new(App::default());
    let add = |builder: socketio::Builder| builder.namespace("/clumsy", Clumsy(app.clone(), place));
    let server = Server::start_with(Config::default(), add).await;
    let (mut ws, _) = Ws::connect(&server).await;
    ws.send("40/clumsy,").await;
    if place != "connected" {
        assert!(ws.text().await.starts_with("40/clumsy,"), "{place}");
        ws.send("42/clumsy,[\"x\"]").await;
    }
    if place == "ack" {
        assert_eq!(ws.text().await, "42/clumsy,0[\"ask\",\"?\"]");
        ws.send("41/clumsy,").await;
    } else if place == "disconnected" {
        assert_eq!(ws.text().await, "42/clumsy,0[\"ask\",\"?\"]");
        ws.send("1").await;
    }
    ws.end().await;
    server.all_gone().await;
    app.assert_each_end_was_heard_once();
    assert_eq!(app.count("told"), usize::from(place == "disconnected"));
    server.finish().await;
}

#[tokio::test]
async fn a_panic_anywhere_leaves_nothing_behind() {
    tokio::join!(
        a_panic_leaves_nothing_behind("connected"),
        a_panic_leaves_nothing_behind("wait"),
        a_panic_leaves_nothing_behind("ack"),
        a_panic_leaves_nothing_behind("disconnected"),
    );
}

#[tokio::test]
async fn random_packets_end_their_own_connection_at_most() {
    const SEED: u64 = 4_242;
    const PIECES: [&str; 24] = [
        "0", "1", "2", "3", "4", "5", "6", "-", ",", "/", "/custom", "/custom,", "[", "]", "{",
        "}", "\"", "\"x\"", "[\"x\"]", "1-", "{}", "\u{20ac}", "9", "?",
    ];
    let server = Server::start(Config::default()).await;
    let (mut witness, _) = Ws::connect(&server).await;
    let mut dice = Dice::new(SEED);
    for _ in 0..300 {
        let (mut ws, _) = Ws::connect(&server).await;
        let mut bytes = Vec::new();
        for _ in 0..=dice.below(4) {
            let pieces = 1 + dice.below(6);
            let mut packet = if dice.below(8) == 0 { String::new() } else { "4".to_owned() };
            for _ in 0..pieces {
                packet += PIECES[usize::try_from(dice.below(24)).unwrap()];
            }
            let first = if dice.below(12) == 0 { 0x82 } else { 0x81 };
            bytes.extend(frame(first, packet.as_bytes()));
        }
        bytes.extend(frame(0x88, &[]));
        ws.write(&bytes).await;
        assert!(ws.end().await.0.is_some(), "seed {SEED}");
    }
    witness.send("42[\"echo\",1]").await;
    assert_eq!(witness.text().await, "42[\"echo\",1]");
    assert_eq!(server.closed_for(DisconnectReason::Panic), 0, "seed {SEED}");
    witness.close().await;
    server.finish().await;
}
