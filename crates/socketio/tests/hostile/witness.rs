//! A client that means well, and wants to be served meanwhile.

use std::time::Duration;

use socketio::{Config, DisconnectReason, Stats};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::common::Server;
use crate::common::ws::Ws;
use crate::meter::Meter;

/// Nobody waits longer for an answer while others attack. It leaves room for a busy machine.
const STALLED: Duration = Duration::from_secs(2);

/// What may be left when all is over: buffers of the threads, tables that keep their capacity, the
/// application's log of a few thousand lines.
const LEFT_BYTES: usize = 3 * 1024 * 1024;

/// Asks again and again until it is stopped.
struct Witness {
    stop: oneshot::Sender<()>,
    asking: JoinHandle<Duration>,
}

impl Witness {
    async fn start(server: &Server) -> Self {
        let (mut ws, _) = Ws::connect(server).await;
        let (stop, mut stopped) = oneshot::channel();
        let asking = tokio::spawn(async move {
            let mut worst = Duration::ZERO;
            for i in 0.. {
                let start = Instant::now();
                ws.send(&format!("42{i}[\"echo\",{i}]")).await;
                loop {
                    match ws.text().await.as_str() {
                        "2" => ws.send("3").await,
                        answer => break assert_eq!(answer, format!("43{i}[{i}]")),
                    }
                }
                worst = worst.max(start.elapsed());
                if stopped.try_recv().is_ok() {
                    break;
                }
                // Lets the attackers have most of the machine.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            ws.close().await;
            worst
        });
        Self { stop, asking }
    }

    async fn assert_was_served(self) {
        // Gone only if it failed, which the next line tells.
        let _ = self.stop.send(());
        let worst = self.asking.await.expect("it was served to the end");
        assert!(worst < STALLED, "an answer took {worst:?}");
    }
}

/// Runs an attack beside a client that means well; at no time may the process hold more than
/// `most_bytes` for it. Afterwards nothing of it may be left. Returns what the server counted.
pub(crate) async fn survive(
    config: Config,
    most_bytes: usize,
    attack: impl AsyncFnOnce(&Server),
) -> Stats {
    let meter = Meter::start().await;
    let server = Server::start(config).await;
    let witness = Witness::start(&server).await;
    attack(&server).await;
    witness.assert_was_served().await;
    let peak = meter.peak_bytes();
    assert!(peak <= most_bytes, "{peak} bytes at the peak, of {most_bytes}");
    let io = server.io.clone();
    server.finish().await;
    let stats = io.stats();
    drop(io);
    assert_eq!(stats.rooms, 0);
    assert_eq!(closed_for(&stats, DisconnectReason::Panic), 0);
    let left = meter.grown_bytes();
    assert!(left <= LEFT_BYTES, "{left} bytes are left behind");
    stats
}

/// How many sessions ended for this reason.
pub(crate) fn closed_for(stats: &Stats, reason: DisconnectReason) -> u64 {
    DisconnectReason::ALL
        .iter()
        .zip(stats.closed)
        .find_map(|(listed, n)| (*listed == reason).then_some(n))
        .expect("all are listed")
}
