//! Acknowledgements, and how long they took.

use std::ops::Range;

use memchr::memmem;

use super::tally::Latencies;
use crate::error::excerpt;

/// What a successful answer holds.
const SUCCESS: &[u8] = b"\"success\":true";

/// Every acknowledgement so far. Its id says when the message was due, so nothing is kept of those
/// that are outstanding: nanoseconds since the first message was.
#[derive(Debug)]
pub(crate) struct Acks {
    start_ns: u64,
    window: Range<u64>,
    /// Of the messages that were due within the window, and succeeded.
    pub(crate) latency: Latencies,
    received: u64,
    /// Those that came within the window.
    pub(crate) in_window: u64,
    /// Answers that are failures.
    pub(crate) refused: u64,
}

impl Acks {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self {
            start_ns: 0,
            window: 0..0,
            latency: Latencies::new(),
            received: 0,
            in_window: 0,
            refused: 0,
        }
    }

    /// From now on, these moments are measured; the first message is due at `start_ns`.
    pub(super) fn measure(&mut self, start_ns: u64, window: Range<u64>) {
        (self.start_ns, self.window) = (start_ns, window);
    }

    /// Successful answers to the messages that were due within the window.
    pub(crate) fn count(&self) -> u64 {
        self.received
    }

    /// An answer has come.
    ///
    /// # Errors
    /// The first 200 bytes of it, if it says that the message failed.
    pub(super) fn answer(&mut self, id: u64, args: &[u8], at_ns: u64) -> Result<(), String> {
        if memmem::find(args, SUCCESS).is_none() {
            self.refused += 1;
            return Err(excerpt(args));
        }
        let due_ns = self.start_ns.saturating_add(id);
        if self.window.contains(&at_ns) {
            self.in_window += 1;
        }
        if self.window.contains(&due_ns) {
            self.received += 1;
            self.latency.record(at_ns.saturating_sub(due_ns));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_from_when_its_message_was_due() {
        let mut acks = Acks::new();
        acks.measure(1_000_000, 2_000_000..5_000_000);
        let success = b"[{\"success\":true,\"message\":{}}]";
        // Due before the window; in it; in it, and answered after it.
        for (id, at_ns) in [(0, 2_500_000), (1_500_000, 3_000_000), (3_000_000, 9_000_000)] {
            acks.answer(id, success, at_ns).unwrap();
        }
        assert_eq!((acks.count(), acks.in_window, acks.refused), (2, 2, 0));
        let max = acks.latency.percentiles().unwrap().max;
        assert!((max - 5.0).abs() < 0.01, "{max}");
        let failure = b"[{\"success\":false,\"error\":{\"code\":\"rate_limited\"}}]";
        assert!(acks.answer(1_600_000, failure, 3_000_000).unwrap_err().contains("rate_limited"));
        assert_eq!((acks.count(), acks.refused), (2, 1));
    }
}
