//! What a queue really holds, beside what it counts.

use socketio::{Config, DisconnectReason, Socket};

use crate::common::Server;
use crate::common::http::Polling;
use crate::common::ws::Ws;
use crate::meter::Meter;

const BOUND: usize = 2 * 1024 * 1024;

/// What the session, its connection and the test hold beside the queue.
const BESIDE: usize = 256 * 1024;

/// Emits packets that nobody shares until the queue is full: how many, and the memory at the peak.
async fn fill(bytes: usize, narrow: bool) -> (usize, usize) {
    let meter = Meter::start().await;
    let server = Server::start(Config { max_queue_bytes: BOUND, ..Config::default() }).await;
    let (mut ws, mut polling) = (None, None);
    if narrow {
        ws = Some(Ws::connect_narrow(&server).await);
    } else {
        polling = Some(Polling::connect(&server).await);
    }
    let socket: Socket = server.app.socket();
    let text = "x".repeat(bytes);
    let before = meter.grown_bytes();
    let mut packets = 0;
    while socket.is_connected() {
        socket.emit("n", &text);
        packets += 1;
        assert!(packets < 10_000_000, "the queue is not bounded");
    }
    let peak = meter.peak_bytes() - before;
    server.app.saw("disconnected queue full", 1).await;
    assert_eq!(server.closed_for(DisconnectReason::QueueFull), 1);
    drop((ws, polling, socket));
    server.finish().await;
    (packets, peak)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_holds_no_more_memory_than_its_bound_however_short_the_packets() {
    for narrow in [false, true] {
        for bytes in [0, 1, 40, 100, 300, 5_000] {
            let (packets, peak) = fill(bytes, narrow).await;
            // Beside it, the places of before, while they are moved to twice as many.
            let most = BOUND + BOUND / 5 + BESIDE;
            assert!(peak <= most, "{peak} bytes for {packets} packets of {bytes}");
            // And it is used: a packet costs less than 100 bytes beside its text.
            let least = BOUND / (bytes + 100);
            assert!(packets >= least, "{packets} packets of {bytes}, {least} expected");
        }
    }
}
