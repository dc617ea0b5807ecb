//! One line a second on standard error, while it runs.

use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use super::world::World;
use crate::clock::{self, SECOND_NS};
use crate::process::Process;

/// Writes until it is dropped.
pub(crate) async fn show(world: Rc<World>) {
    let mut every_second = tokio::time::interval(Duration::from_secs(1));
    every_second.tick().await;
    let start_ns = clock::now_ns();
    let mut before = Moment::now(&world);
    loop {
        every_second.tick().await;
        let now = Moment::now(&world);
        let mut tally = world.tally.borrow_mut();
        let latency = tally.recent.percentiles();
        tally.recent.clear();
        drop(tally);
        let elapsed_ns = (now.at_ns - before.at_ns).max(1);
        let rate = |count: u64| u128::from(count) * u128::from(SECOND_NS) / u128::from(elapsed_ns);
        let latency = latency.map_or_else(String::new, |latency| {
            format!(", p50 {:.2} ms, p99 {:.2} ms", latency.p50, latency.p99)
        });
        let line = format!(
            "{:>4} s  {} connected, {} failed, {} lost; {}/s sent, {}/s received{latency}; \
             generator {} %",
            (now.at_ns - start_ns) / SECOND_NS,
            world.joined.get() - world.lost.get(),
            world.failed.get(),
            world.lost.get(),
            rate(now.sent - before.sent),
            rate(now.received - before.received),
            (now.cpu_ns - before.cpu_ns) * 100 / elapsed_ns,
        );
        // Nobody has to look.
        let _ = writeln!(io::stderr(), "{line}");
        before = now;
    }
}

struct Moment {
    at_ns: u64,
    sent: u64,
    received: u64,
    cpu_ns: u64,
}

impl Moment {
    fn now(world: &World) -> Self {
        Self {
            at_ns: clock::now_ns(),
            sent: world.sent.get(),
            received: world.tally.borrow().total,
            cpu_ns: Process::SELF.cpu().map_or(0, crate::process::Cpu::total_ns),
        }
    }
}
