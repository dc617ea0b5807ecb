//! What was received, and how old it was.

use std::ops::Range;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::acks::Acks;
use super::confirmed::Confirmed;
use super::stamp;

/// The largest latency that is told apart: ten minutes.
const MAX_NS: u64 = 600_000_000_000;
/// Three digits: 0.1 % of error, some 250 KB a histogram.
const DIGITS: u8 = 3;

/// What a message begins with.
const MESSAGES: [&[u8]; 4] = [
    b"[\"receive_message\",",
    b"[\"new_message\",",
    b"[\"message_sent\",",
    b"[\"NEW_MESSAGE_RECEIVED\",",
];

/// A histogram of nanoseconds; what is over ten minutes counts as ten minutes.
#[derive(Debug)]
pub(crate) struct Latencies(Histogram<u64>);

/// Percentiles in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Percentiles {
    /// Half are at most this.
    pub(crate) p50: f64,
    /// 90 %.
    pub(crate) p90: f64,
    /// 99 %.
    pub(crate) p99: f64,
    /// 99.9 %.
    pub(crate) p999: f64,
    /// The slowest.
    pub(crate) max: f64,
}

impl Latencies {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self(Histogram::new_with_bounds(1, MAX_NS, DIGITS).expect("the bounds are constants"))
    }

    /// Counts one.
    pub(crate) fn record(&mut self, ns: u64) {
        self.0.saturating_record(ns.max(1));
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.0.reset();
    }

    /// `None` without a value.
    pub(crate) fn percentiles(&self) -> Option<Percentiles> {
        let at = |quantile| millis(self.0.value_at_quantile(quantile));
        (!self.0.is_empty()).then(|| Percentiles {
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: millis(self.0.max()),
        })
    }
}

/// Nanoseconds as milliseconds, in whole microseconds.
#[expect(clippy::cast_precision_loss, reason = "53 bits of microseconds are 285 years")]
pub(crate) fn millis(ns: u64) -> f64 {
    (ns / 1_000) as f64 / 1_000.0
}

/// Everything received so far.
#[derive(Debug)]
pub(crate) struct Tally {
    /// The measured moments; empty until the schedule is known.
    window: Range<u64>,
    /// Of the messages that were due within the window.
    pub(crate) latency: Latencies,
    /// Messages that were due within the window.
    pub(crate) received: u64,
    /// Messages that came within the window.
    pub(crate) in_window: u64,
    /// All messages.
    pub(crate) total: u64,
    /// What was acknowledged.
    pub(crate) acks: Acks,
    /// What was confirmed to its sender, after it was shown.
    pub(crate) confirmed: Confirmed,
    /// Of the messages since the progress line before.
    pub(crate) recent: Latencies,
    hint: usize,
}

impl Tally {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self {
            window: 0..0,
            latency: Latencies::new(),
            received: 0,
            in_window: 0,
            total: 0,
            acks: Acks::new(),
            confirmed: Confirmed::new(),
            recent: Latencies::new(),
            hint: 0,
        }
    }

    /// From now on, these moments are measured; the first message is due at `start_ns`.
    pub(crate) fn measure(&mut self, start_ns: u64, window: Range<u64>) {
        self.acks.measure(start_ns, window.clone());
        self.confirmed.measure(window.clone());
        self.window = window;
    }

    /// Counts an event if it is a message of this run: one with a moment in its text. (A list of
    /// conversations that is kept up to date shows the last text as well.)
    pub(crate) fn event(&mut self, payload: &[u8], at_ns: u64) {
        if !MESSAGES.iter().any(|message| payload.starts_with(message)) {
            self.confirmed.event(payload, at_ns);
            return;
        }
        let Some(scheduled_ns) = stamp::find(payload, &mut self.hint) else { return };
        let latency_ns = at_ns.saturating_sub(scheduled_ns);
        self.total += 1;
        self.recent.record(latency_ns);
        if self.window.contains(&at_ns) {
            self.in_window += 1;
        }
        if self.window.contains(&scheduled_ns) {
            self.received += 1;
            self.latency.record(latency_ns);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_within_a_thousandth() {
        let mut latencies = Latencies::new();
        assert_eq!(latencies.percentiles(), None);
        for i in 1..=100_000_u64 {
            latencies.record(i * 10_000);
        }
        let found = latencies.percentiles().unwrap();
        for (found, expected) in [
            (found.p50, 500.0),
            (found.p90, 900.0),
            (found.p99, 990.0),
            (found.p999, 999.0),
            (found.max, 1000.0),
        ] {
            assert!((found - expected).abs() <= expected / 900.0, "{found} is not {expected}");
        }
        latencies.record(u64::MAX);
        assert!(latencies.percentiles().unwrap().max >= 600_000.0);
    }

    #[test]
    fn a_late_send_counts_its_lateness_and_a_late_delivery_its_window() {
        let mut tally = Tally::new();
        tally.measure(400, 1_000..2_000);
        // Due, and received: before, across the start, within, across the end, after.
        let messages =
            [(500, 900), (900, 1_100), (1_200, 1_300), (1_900, 5_000_000), (2_100, 2_200)];
        for (scheduled_ns, at_ns) in messages {
            let mut payload = b"[\"receive_message\",{\"text\":\"".to_vec();
            stamp::write(&mut payload, scheduled_ns, 64);
            payload.extend_from_slice(b"\"}]");
            tally.event(&payload, at_ns);
        }
        tally.event(b"[\"user_joined\",{}]", 1_500);
        let mut other = b"[\"conversation_updated\",{\"text\":\"".to_vec();
        stamp::write(&mut other, 1_200, 64);
        tally.event(&other, 1_500);
        assert_eq!((tally.total, tally.received, tally.in_window), (5, 2, 2));
        let max = tally.latency.percentiles().unwrap().max;
        assert!((max - 4.998).abs() < 0.01, "the one that took 4.998 ms: {max}");
    }
}
