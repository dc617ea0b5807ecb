//! When each message is to be sent. The schedule is open: it does not wait for the server, and a
//! message that goes out late has its lateness counted as latency.

use std::ops::Range;

use crate::clock::SECOND_NS;

/// Evenly spaced moments.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schedule {
    /// Of message 0.
    pub(crate) start_ns: u64,
    /// Messages a second, at least 1.
    pub(crate) per_second: u64,
    /// The part that is not measured.
    pub(crate) warmup_ns: u64,
    /// The part that is.
    pub(crate) measured_ns: u64,
}

impl Schedule {
    /// When message `number` is due. Not the sum of rounded intervals: it never drifts.
    pub(crate) fn at_ns(&self, number: u64) -> u64 {
        let whole = number / self.per_second * SECOND_NS;
        self.start_ns + whole + number % self.per_second * SECOND_NS / self.per_second
    }

    /// The measured moments.
    pub(crate) fn window(&self) -> Range<u64> {
        let start = self.start_ns + self.warmup_ns;
        start..start + self.measured_ns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holds_exactly_its_messages_however_long_it_runs() {
        for per_second in [1, 3, 7, 1_000, 4_001] {
            let start_ns = 12_345;
            let schedule =
                Schedule { start_ns, per_second, warmup_ns: SECOND_NS, measured_ns: SECOND_NS };
            assert_eq!(schedule.at_ns(0), start_ns);
            assert_eq!(schedule.at_ns(per_second * 1_000_000), start_ns + 1_000_000 * SECOND_NS);
            let window = schedule.window();
            let inside = (0..4 * per_second).filter(|i| window.contains(&schedule.at_ns(*i)));
            assert_eq!(inside.count() as u64, per_second, "at {per_second} a second");
            assert!((0..100).all(|i| schedule.at_ns(i) < schedule.at_ns(i + 1)));
        }
    }
}
