//! Readers that have closed their TCP window, in rooms that are flooded: they go at the deadline, the
//! others get every message in order, and the memory is bounded. That the others' p99 is at most 1.5
//! of what it is without them is measured where measuring is done, in release builds on a machine
//! that does nothing else: scenario `stalled` of `bench/`, aim "a fifth stalled" in
//! `bench/RESULTS.md`. Here only a message that is seconds late is a failure.

use std::time::Duration;

use socketio::{Config, DisconnectReason, Packet};
use tokio::time::Instant;

use crate::common::ws::Ws;
use crate::common::{Server, until, within};
use crate::meter::Meter;
use crate::witness::closed_for;

const DEADLINE: Duration = Duration::from_millis(800);

/// What a busy machine may add.
const BUSY: Duration = Duration::from_secs(2);

const READERS: usize = 20;
const STALLED: usize = 5;
const MESSAGES: usize = 1_200;
const EVERY: Duration = Duration::from_millis(2);
const TEXT_BYTES: usize = 20_000;

/// Reads all messages, in order; the longest that one was late by.
async fn read_all(mut ws: Ws, start: Instant) -> Duration {
    let mut worst = Duration::ZERO;
    for i in 0..MESSAGES {
        let text = ws.text().await;
        assert!(text.starts_with(&format!("42[\"n\",[{i},\"xxx")), "{}", &text[..20]);
        let due = start + EVERY * u32::try_from(i).expect("a small number");
        worst = worst.max(due.elapsed());
    }
    ws.close().await;
    worst
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_window_is_let_go_at_the_deadline_and_the_rest_are_not_moved() {
    let meter = Meter::start().await;
    let config = Config {
        write_timeout: DEADLINE,
        // Room for more than comes until the deadline: that is what is to end it.
        max_queue_bytes: 64 * 1024 * 1024,
        ..Config::default()
    };
    let server = Server::start(config).await;
    let mut readers = Vec::new();
    for _ in 0..READERS {
        readers.push(Ws::connect(&server).await.0);
    }
    let mut stalled = Vec::new();
    for _ in 0..STALLED {
        stalled.push(Ws::connect_narrow(&server).await);
    }
    for socket in server.app.sockets() {
        socket.join("flooded");
    }
    let start = Instant::now();
    let readers: Vec<_> = readers.into_iter().map(|ws| tokio::spawn(read_all(ws, start))).collect();
    flood(&server, start).await;
    for reader in readers {
        let worst = within("a reader", reader).await.expect("it got everything, in order");
        assert!(worst < BUSY, "a message came {worst:?} late");
    }
    until("they are let go", || server.stats().connections == 0).await;
    // They have not moved: their windows are closed still.
    drop(stalled);
    // Each message is held once, however many wait for it, and for the deadline at the longest:
    // with room for a machine that is so busy, once on its way in a room and once in a reader.
    let messages = usize::try_from((DEADLINE + BUSY).as_millis() / EVERY.as_millis()).unwrap();
    let most = 2 * messages * TEXT_BYTES;
    assert!(meter.peak_bytes() < most, "{} bytes of {most}", meter.peak_bytes());
    let io = server.io.clone();
    server.finish().await;
    let stats = io.stats();
    assert_eq!(closed_for(&stats, DisconnectReason::WriteTimeout), STALLED as u64);
    assert_eq!(closed_for(&stats, DisconnectReason::TransportClose), READERS as u64);
    assert_eq!(stats.rooms, 0);
}

/// Sends at its times, and sees when the stalled ones go.
async fn flood(server: &Server, start: Instant) {
    let filler = "x".repeat(TEXT_BYTES);
    let mut gone = None;
    for i in 0..MESSAGES {
        tokio::time::sleep_until(start + EVERY * u32::try_from(i).expect("a small number")).await;
        server.io.to("/", "flooded").send(&Packet::event("/", "n", &(i, &filler)));
        if gone.is_none() && server.closed_for(DisconnectReason::WriteTimeout) > 0 {
            gone = Some(start.elapsed());
        }
    }
    until("they are told apart", || {
        server.closed_for(DisconnectReason::WriteTimeout) == STALLED as u64
    })
    .await;
    let gone = gone.unwrap_or_else(|| start.elapsed());
    assert!(gone + Duration::from_millis(1) >= DEADLINE, "after {gone:?}, before the deadline");
}
