//! How often something may be done: token buckets, and the rates that hold unless configured.

use std::fmt;
use std::time::Duration;

use crate::error::{Code, Coded};
use crate::time::Monotonic;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// Messages, per account and per stranger: 10 a second, 30 in a burst.
pub const MESSAGES: Rate = Rate::new(10, SECOND).with_burst(30);
/// Pair starts (`start_chat`, `new_chat`), per account and per stranger: 20 a minute.
pub const PAIR_STARTS: Rate = Rate::new(20, MINUTE);
/// Rooms and channels made, per account: 10 an hour.
pub const ROOMS_MADE: Rate = Rate::new(10, HOUR);
/// Logins per account: 10 a minute.
pub const LOGINS_PER_ACCOUNT: Rate = Rate::new(10, MINUTE);
/// Logins per address: 60 a minute.
pub const LOGINS_PER_ADDRESS: Rate = Rate::new(60, MINUTE);
/// Registrations and guests, per address: 30 an hour.
pub const REGISTRATIONS: Rate = Rate::new(30, HOUR);
/// Reports, per account and per stranger: 5 an hour.
pub const REPORTS: Rate = Rate::new(5, HOUR);

/// So many in so long, evenly, with a burst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    count: u32,
    period: Duration,
    burst: u32,
}

impl Rate {
    /// `count` in each `period`, all of them at once if need be. Zero counts as one.
    pub const fn new(count: u32, period: Duration) -> Self {
        let count = if count == 0 { 1 } else { count };
        Self { count, period, burst: count }
    }

    /// The same rate, with `burst` at once after a rest. Zero counts as one.
    #[must_use]
    pub const fn with_burst(self, burst: u32) -> Self {
        Self { burst: if burst == 0 { 1 } else { burst }, ..self }
    }
}

/// Nothing left in the bucket: come back after this time, in whole milliseconds and at least one.
/// Its sentence is for people and says seconds, rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("That was too fast: wait {}, then try again.", Spoken(self.0))]
pub struct RetryAfter(pub Duration);

/// A wait as people say it: whole seconds, rounded up; up to one is a moment.
struct Spoken(Duration);

impl fmt::Display for Spoken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_millis().div_ceil(1_000) {
            0 | 1 => out.write_str("a moment"),
            seconds => write!(out, "{seconds} seconds"),
        }
    }
}

impl Coded for RetryAfter {
    fn code(&self) -> Code {
        Code::RateLimited
    }

    fn retry_after(&self) -> Option<Duration> {
        Some(self.0)
    }
}

/// A bucket of tokens that fills by itself. It costs 24 bytes and no timer.
///
/// It is kept as the one moment at which it will be full again: taking a token moves that moment one
/// refill interval into the future, and it may lie at most `burst` intervals ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenBucket {
    /// Between two tokens, in nanoseconds.
    interval: u64,
    /// The whole burst, in nanoseconds.
    capacity: u64,
    /// In nanoseconds of monotonic time.
    full_at: u64,
}

impl TokenBucket {
    /// A full bucket.
    pub fn new(rate: Rate) -> Self {
        let interval_ns = rate.period.as_nanos() / u128::from(rate.count);
        let interval = u64::try_from(interval_ns).unwrap_or(u64::MAX).max(1);
        let capacity = interval.saturating_mul(u64::from(rate.burst));
        Self { interval, capacity, full_at: 0 }
    }

    /// Takes one token.
    ///
    /// # Errors
    /// [`RetryAfter`] when there is none; nothing is taken then.
    pub fn try_take(&mut self, now: Monotonic) -> Result<(), RetryAfter> {
        self.try_take_many(1, now)
    }

    /// Takes so many at once. More than the burst count as the burst, since they would never be there.
    ///
    /// # Errors
    /// [`RetryAfter`] when there are fewer; nothing is taken then.
    pub fn try_take_many(&mut self, count: u32, now: Monotonic) -> Result<(), RetryAfter> {
        let now_ns = nanos(now);
        let taken_ns = self.interval.saturating_mul(u64::from(count)).min(self.capacity);
        let full_at_ns = self.full_at.max(now_ns).saturating_add(taken_ns);
        let over_ns = (full_at_ns - now_ns).saturating_sub(self.capacity);
        if over_ns > 0 {
            return Err(RetryAfter(Duration::from_millis(over_ns.div_ceil(1_000_000))));
        }
        self.full_at = full_at_ns;
        Ok(())
    }

    /// Puts a token back that was taken for something that did not come about.
    pub fn put_back(&mut self) {
        self.full_at = self.full_at.saturating_sub(self.interval);
    }

    /// Whether it is as good as new, so that whoever holds many may drop this one.
    pub fn is_full(&self, now: Monotonic) -> bool {
        self.full_at <= nanos(now)
    }
}

fn nanos(moment: Monotonic) -> u64 {
    moment.as_millis().saturating_mul(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(bucket: &mut TokenBucket, at_ms: u64, attempts: usize) -> usize {
        let now = Monotonic::from_millis(at_ms);
        (0..attempts).filter(|_| bucket.try_take(now).is_ok()).count()
    }

    #[test]
    fn a_burst_empties_the_bucket_and_time_fills_it_up_to_the_burst() {
        let mut bucket = TokenBucket::new(MESSAGES);
        for (at_ms, expected) in [(0, 30), (99, 0), (100, 1), (1_100, 10), (1_000_000, 30)] {
            assert_eq!(taken(&mut bucket, at_ms, 100), expected, "at {at_ms} ms");
        }
    }

    #[test]
    fn what_is_put_back_can_be_taken_again_and_fills_nothing_beyond_the_burst() {
        let mut bucket = TokenBucket::new(MESSAGES);
        assert_eq!(taken(&mut bucket, 0, 100), 30);
        bucket.put_back();
        bucket.put_back();
        assert_eq!(taken(&mut bucket, 0, 100), 2);
        bucket.put_back();
        assert_eq!(taken(&mut bucket, 1_000_000, 100), 30);
    }

    #[test]
    fn many_are_taken_at_once_or_none() {
        let mut bucket = TokenBucket::new(Rate::new(10, SECOND).with_burst(100));
        let at = Monotonic::from_millis;
        assert_eq!(bucket.try_take_many(60, at(0)), Ok(()));
        let short = bucket.try_take_many(60, at(0));
        assert_eq!(short, Err(RetryAfter(Duration::from_secs(2))));
        assert_eq!(bucket.try_take_many(40, at(0)), Ok(()), "a refusal takes nothing");
        assert_eq!(bucket.try_take_many(1_000, at(9_999)), Err(RetryAfter(at(1).since(at(0)))));
        assert_eq!(bucket.try_take_many(1_000, at(10_000)), Ok(()), "more than there ever are");
    }

    #[test]
    fn the_wait_that_is_named_is_exactly_the_wait_that_helps() {
        for rate in [MESSAGES, PAIR_STARTS, REPORTS, Rate::new(7, SECOND), Rate::new(3, MINUTE)] {
            let mut bucket = TokenBucket::new(rate);
            let start = Monotonic::from_millis(12_345);
            let wait = loop {
                if let Err(RetryAfter(wait)) = bucket.try_take(start) {
                    break wait;
                }
            };
            let too_soon = start.after(wait.saturating_sub(Duration::from_millis(1)));
            assert!(bucket.try_take(too_soon).is_err());
            assert_eq!(bucket.try_take(start.after(wait)), Ok(()));
        }
    }

    #[test]
    fn the_sentence_says_seconds_and_not_milliseconds() {
        for (wait_ms, expected) in [
            (1, "a moment"),
            (48, "a moment"),
            (1_000, "a moment"),
            (1_001, "2 seconds"),
            (3_000, "3 seconds"),
            (719_001, "720 seconds"),
        ] {
            let error = RetryAfter(Duration::from_millis(wait_ms));
            let sentence = format!("That was too fast: wait {expected}, then try again.");
            assert_eq!(error.to_string(), sentence);
            assert_eq!(error.retry_after(), Some(Duration::from_millis(wait_ms)));
        }
    }

    #[test]
    fn a_rested_bucket_is_as_good_as_new() {
        let mut bucket = TokenBucket::new(PAIR_STARTS);
        assert!(bucket.is_full(Monotonic::from_millis(0)));
        assert_eq!(taken(&mut bucket, 0, 2), 2);
        assert!(!bucket.is_full(Monotonic::from_millis(5_999)));
        assert!(bucket.is_full(Monotonic::from_millis(6_000)));
    }

    #[test]
    fn a_rate_of_zero_counts_as_one() {
        let mut bucket = TokenBucket::new(Rate::new(0, SECOND).with_burst(0));
        assert_eq!(taken(&mut bucket, 0, 5), 1);
    }
}
