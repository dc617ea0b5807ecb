//! When each message is to be sent. The schedule is open: it does not wait for the server, and a
//! message that goes out late has its lateness counted as latency.

use std::ops::Range;

use fastrand::Rng;

use crate::clock::SECOND_NS;

/// Evenly spaced moments, or one at random in each of as many intervals.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schedule {
    /// Of message 0.
    pub(crate) start_ns: u64,
    /// Messages a second, at least 1.
    pub(crate) per_second: u64,
    /// Whether each moment is anywhere in its interval; the same one in every run.
    pub(crate) jitter: bool,
    /// The part that is not measured.
    pub(crate) warmup_ns: u64,
    /// The part that is.
    pub(crate) measured_ns: u64,
}

impl Schedule {
    /// When message `number` is due. Not the sum of rounded intervals: it never drifts.
    pub(crate) fn at_ns(&self, number: u64) -> u64 {
        let start_ns = self.interval_ns(number);
        if !self.jitter {
            return start_ns;
        }
        let length_ns = self.interval_ns(number + 1) - start_ns;
        start_ns + Rng::with_seed(number).u64(..length_ns.max(1))
    }

    /// When the interval of message `number` begins.
    fn interval_ns(&self, number: u64) -> u64 {
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

    fn schedule(per_second: u64, jitter: bool) -> Schedule {
        let start_ns = 12_345;
        Schedule { start_ns, per_second, jitter, warmup_ns: SECOND_NS, measured_ns: SECOND_NS }
    }

    #[test]
    fn a_second_holds_exactly_its_messages_however_long_it_runs() {
        for per_second in [1, 3, 7, 1_000, 4_001] {
            let schedule = schedule(per_second, false);
            let start_ns = schedule.start_ns;
            assert_eq!(schedule.at_ns(0), start_ns);
            assert_eq!(schedule.at_ns(per_second * 1_000_000), start_ns + 1_000_000 * SECOND_NS);
            let window = schedule.window();
            let inside = (0..4 * per_second).filter(|i| window.contains(&schedule.at_ns(*i)));
            assert_eq!(inside.count() as u64, per_second, "at {per_second} a second");
            assert!((0..100).all(|i| schedule.at_ns(i) < schedule.at_ns(i + 1)));
        }
    }

    #[test]
    fn with_jitter_each_message_stays_in_its_interval_and_all_parts_of_it_are_met() {
        let (even, random) = (schedule(800, false), schedule(800, true));
        let mut tenths = [0; 10];
        for i in 0..8_000 {
            let interval = even.at_ns(i)..even.at_ns(i + 1);
            assert!(interval.contains(&random.at_ns(i)), "message {i}");
            tenths[((random.at_ns(i) - interval.start) / 125_000) as usize] += 1;
        }
        assert!(tenths.iter().all(|met| (700..900).contains(met)), "{tenths:?}");
    }
}
