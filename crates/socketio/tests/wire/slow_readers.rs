//! Readers that do not read.

use std::time::Duration;

use serde_json::value::RawValue;
use socketio::{Config, DisconnectReason, Packet};
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use crate::common::http::Polling;
use crate::common::ws::{Ws, frame, narrow};
use crate::common::{Server, until, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_stops_is_let_go_when_its_queue_is_full() {
    let config = Config { max_queue_bytes: 256 * 1024, ..Config::default() };
    let server = Server::start(config).await;
    let (mut other, _) = Ws::connect(&server).await;
    let healthy = server.app.socket();
    let slow = Ws::connect_narrow(&server).await;
    let filler = "x".repeat(1000);
    let stuck = server.app.sockets().into_iter().find(|socket| socket.id() != healthy.id());
    let stuck = stuck.unwrap();
    let mut sent = 0;
    while stuck.is_connected() {
        stuck.emit("n", &filler);
        healthy.emit("n", &sent);
        assert_eq!(other.text().await, format!("42[\"n\",{sent}]"), "the other is served");
        sent += 1;
        assert!(sent < 100_000, "100 MB are more than any kernel takes");
    }
    server.app.saw("disconnected queue full", 1).await;
    assert_eq!(server.closed_for(DisconnectReason::QueueFull), 1);
    // What was queued was at least what the bound allows.
    assert!(sent >= 256, "{sent} packets of 1 KB");
    drop((slow, healthy, stuck));
    other.close().await;
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_takes_nothing_is_let_go_at_the_deadline() {
    const DEADLINE: Duration = Duration::from_millis(300);
    let config =
        Config { write_timeout: DEADLINE, max_queue_bytes: 64 * 1024 * 1024, ..Config::default() };
    let server = Server::start(config).await;
    let slow = Ws::connect_narrow(&server).await;
    let socket = server.app.socket();
    let start = Instant::now();
    // Enough that no kernel takes all of it; far from the bound.
    for _ in 0..200 {
        socket.emit("n", &"x".repeat(100_000));
    }
    server.app.saw("disconnected write timeout", 1).await;
    assert!(start.elapsed() + Duration::from_millis(1) >= DEADLINE, "{:?}", start.elapsed());
    assert_eq!(server.closed_for(DisconnectReason::WriteTimeout), 1);
    // The connection itself ends without the client's doing.
    server.all_gone().await;
    drop(slow);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_is_slow_but_steady_gets_everything() {
    let config = Config {
        write_timeout: Duration::from_secs(2),
        max_queue_bytes: 64 * 1024 * 1024,
        ..Config::default()
    };
    let server = Server::start(config).await;
    let mut slow = Ws::connect_narrow(&server).await;
    let socket = server.app.socket();
    for i in 0..300 {
        socket.emit("n", &(i, "x".repeat(10_000)));
    }
    for i in 0..300 {
        let text = slow.text().await;
        assert!(text.starts_with(&format!("42[\"n\",[{i},\"xxx")) && text.len() > 10_000);
        tokio::task::yield_now().await;
    }
    slow.close().await;
    server.finish().await;
}

#[tokio::test]
async fn a_client_that_never_polls_is_let_go_when_its_queue_is_full() {
    let config = Config { max_queue_bytes: 10_000, ..Config::default() };
    let server = Server::start(config).await;
    let (mut client, _) = Polling::connect(&server).await;
    let socket = server.app.socket();
    for _ in 0..9 {
        socket.emit("n", &"x".repeat(1000));
    }
    assert_eq!(client.poll().await.len(), 9, "as much as the bound allows");
    for _ in 0..10 {
        socket.emit("n", &"x".repeat(1000));
    }
    server.app.saw("disconnected queue full", 1).await;
    assert_eq!(client.poll_response().await.status, 400);
    drop(client);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_sends_without_reading_slows_itself_down() {
    let config = Config { max_queue_bytes: 1024 * 1024, ..Config::default() };
    let server = Server::start(config).await;
    let mut ws = Ws::connect_narrow(&server).await;
    let text = format!("42[\"echo\",\"{}\"]", "x".repeat(10_000));
    let event = frame(0x81, text.as_bytes());
    // 10 MB of echoes, of which the queue holds a tenth: the server must stop reading, and then
    // must go on.
    let (mut reader, mut writer) = ws.http.stream.split();
    let write = async {
        for _ in 0..1_000 {
            writer.write_all(&event).await.unwrap();
        }
    };
    let read = async {
        until("it has stopped reading", || server.app.lines().len() > 50).await;
        let (mut left, mut buffer) = (1_000 * (text.len() + 4), vec![0; 65_536]);
        while left > 0 {
            let n = tokio::io::AsyncReadExt::read(&mut reader, &mut buffer).await.unwrap();
            assert!(n > 0 && n <= left, "the connection ended {left} bytes early");
            left -= n;
        }
    };
    within("all echoes", async { tokio::join!(write, read) }).await;
    ws.close().await;
    server.finish().await;
}

/// The kernel's own deadline for what it could not deliver is what ends such a connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_never_reads_its_answers_is_let_go() {
    let config = Config {
        ping_interval: Duration::from_millis(200),
        ping_timeout: Duration::from_millis(200),
        write_timeout: Duration::from_millis(400),
        ..Config::default()
    };
    let server = Server::start(config).await;
    let mut narrow = narrow(&server).await;
    let requests = "GET / HTTP/1.1\r\nHost: here\r\n\r\n".repeat(1_000);
    // Until nothing more fits, or the server has ended it.
    let write = async { while narrow.stream.write_all(requests.as_bytes()).await.is_ok() {} };
    within("the server lets it go", write).await;
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_packet_for_a_thousand_sockets_is_held_once() {
    const SOCKETS: usize = 1_000;
    let server = Server::start(Config::default()).await;
    let mut clients = Vec::new();
    for _ in 0..SOCKETS {
        // Polling: what is sent stays queued until it is asked for. One connection each.
        let Polling { mut polls, target, .. } = Polling::open(&server).await;
        assert_eq!(polls.post(&target, b"40").await.status, 200);
        assert!(polls.get(&target).await.text().starts_with("40{"));
        clients.push((polls, target));
    }
    let text = RawValue::from_string(format!("\"{}\"", "x".repeat(100_000))).unwrap();
    let sockets = server.app.sockets();
    let before = resident_bytes();
    for i in 0..10 {
        let number = RawValue::from_string(i.to_string()).unwrap();
        let packet = Packet::event_args("/", "n", &[&number, &text]);
        for socket in &sockets {
            socket.send(&packet);
        }
    }
    let grown = resident_bytes().saturating_sub(before);
    // 1 GB if each had its own.
    assert!(grown < 200 * 1024 * 1024, "{grown} bytes for 1,000 queues of 1 MB");
    for (polls, target) in &mut clients {
        let mut packets = polls.get(target).await.packets();
        if packets.len() < 10 {
            packets.extend(polls.get(target).await.packets());
        }
        assert_eq!(packets.len(), 10);
        assert!(packets[9].starts_with("42[\"n\",9,\"xxx"));
    }
    drop(sockets);
    for (mut polls, target) in clients {
        assert_eq!(polls.post(&target, b"1").await.status, 200);
        assert_eq!(polls.get(&target).await.text(), "6");
    }
    server.finish().await;
}

/// This process's memory, as Linux tells it.
fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages = statm.split(' ').nth(1).expect("a second number");
    pages.parse::<usize>().expect("a number") * 4096
}

/// Resets in the middle of partial writes, while other threads go on queueing short and long
/// packets: what was half written must not be taken for a part of the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resets_during_a_flood_break_nothing() {
    let config = Config { max_queue_bytes: 64 * 1024 * 1024, ..Config::default() };
    let server = Server::start(config).await;
    let (mut witness, spared) = Ws::connect(&server).await;
    for _ in 0..30 {
        let slow = Ws::connect_narrow(&server).await;
        let mut sockets = server.app.sockets();
        sockets.retain(|socket| socket.id().as_str() != spared);
        let written = server.stats().bytes_out;
        let long = Packet::event("/", "long", &"x".repeat(3_000_000));
        let short = Packet::event("/", "s", &1);
        let threads: Vec<_> = [sockets.clone(), sockets]
            .into_iter()
            .flatten()
            .map(|socket| {
                let (long, short) = (long.clone(), short.clone());
                std::thread::spawn(move || {
                    socket.send(&long);
                    while socket.is_connected() {
                        socket.send(&short);
                    }
                })
            })
            .collect();
        until("a part was written", || server.stats().bytes_out > written).await;
        slow.reset();
        until("it is gone", || threads.iter().all(std::thread::JoinHandle::is_finished)).await;
        for thread in threads {
            thread.join().unwrap();
        }
        witness.send("421[\"echo\",1]").await;
        assert_eq!(witness.text().await, "431[1]");
    }
    assert_eq!(server.closed_for(DisconnectReason::Panic), 0);
    witness.close().await;
    server.finish().await;
}
