//! The domain's ports to the machine: its clock and its dice.

use std::time::{SystemTime, UNIX_EPOCH};

use chat::random::Random;
use chat::time::{Clock, Monotonic, Now, Timestamp};
use tokio::time::Instant;

/// The machine's clocks.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose monotonic time starts now.
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Now {
        let mono = self.start.elapsed().as_millis();
        // A clock set before 1970 reads as 1970.
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        Now {
            mono: Monotonic::from_millis(u64::try_from(mono).unwrap_or(u64::MAX)),
            wall: Timestamp::from_millis(u64::try_from(wall).unwrap_or(u64::MAX)),
        }
    }
}

/// Random bytes are taken from the system in portions of this size: one system call (some 0.3 µs)
/// serves a dozen ids.
const POOL_BYTES: usize = 256;

/// The system's cryptographically secure generator.
#[derive(Debug)]
pub struct SystemRandom {
    pool: [u8; POOL_BYTES],
    used: usize,
}

impl SystemRandom {
    /// A generator with an empty pool.
    pub fn new() -> Self {
        Self { pool: [0; POOL_BYTES], used: POOL_BYTES }
    }
}

impl Default for SystemRandom {
    fn default() -> Self {
        Self::new()
    }
}

impl Random for SystemRandom {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            if self.used == POOL_BYTES {
                getrandom::fill(&mut self.pool).expect("the system gives random bytes after boot");
                self.used = 0;
            }
            // What was given away must not be readable here afterwards.
            *byte = std::mem::take(&mut self.pool[self.used]);
            self.used += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_random_byte_is_given_twice() {
        let mut random = SystemRandom::new();
        let mut seen = HashSet::new();
        for _ in 0..1_000 {
            let mut bytes = [0; 15];
            random.fill(&mut bytes);
            assert!(seen.insert(bytes));
        }
    }

    #[test]
    fn the_monotonic_clock_starts_at_zero() {
        let clock = SystemClock::start();
        let first = clock.now();
        assert!(first.mono.as_millis() < 60_000);
        assert!(clock.now().mono >= first.mono);
        assert!(first.wall.to_string().as_str() > "2025");
    }
}
