//! What the store counts, for metrics.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The upper bounds of [`Histogram`] buckets of messages in a commit; one more holds the rest.
pub const BATCH_BOUNDS: [u64; 7] = [1, 4, 16, 64, 256, 1_024, 4_096];

/// The upper bounds of buckets of microseconds; one more holds the rest.
pub const MICROS_BOUNDS: [u64; 10] =
    [500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 500_000, 2_000_000];

/// Counts of values, by size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    /// How many values were at most each bound and above the one before; the last are above all.
    pub buckets: Vec<u64>,
    /// All values together.
    pub sum: u64,
    /// The greatest.
    pub max: u64,
}

impl Histogram {
    /// How many values there were.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}

/// A moment's figures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreStats {
    /// Calls that wait to be written.
    pub write_queue: usize,
    /// Calls that wait to be read, searches and lists among them.
    pub read_queue: usize,
    /// Calls that were refused because a queue was full.
    pub refused: u64,
    /// Transactions that failed, whatever the reason.
    pub failed_commits: u64,
    /// Transactions of which it is not known what became of them, so far.
    pub unknown_commits: u64,
    /// Messages in each commit, by [`BATCH_BOUNDS`].
    pub batch_messages: Histogram,
    /// Microseconds from BEGIN to the end of COMMIT, by [`MICROS_BOUNDS`].
    pub commit_micros: Histogram,
    /// Microseconds for which a checkpoint kept commits waiting, by [`MICROS_BOUNDS`].
    pub checkpoint_micros: Histogram,
    /// Checkpoints that failed.
    pub failed_checkpoints: u64,
    /// Pages in the write-ahead log after the last commit.
    pub wal_pages: u64,
}

struct Counts<const N: usize> {
    buckets: [AtomicU64; N],
    rest: AtomicU64,
    sum: AtomicU64,
    max: AtomicU64,
}

impl<const N: usize> Default for Counts<N> {
    fn default() -> Self {
        let zero = || AtomicU64::new(0);
        Self { buckets: std::array::from_fn(|_| zero()), rest: zero(), sum: zero(), max: zero() }
    }
}

impl<const N: usize> Counts<N> {
    fn add(&self, bounds: &[u64; N], value: u64) {
        let fits = bounds.iter().position(|bound| value <= *bound);
        fits.map_or(&self.rest, |index| &self.buckets[index]).fetch_add(1, Relaxed);
        self.sum.fetch_add(value, Relaxed);
        self.max.fetch_max(value, Relaxed);
    }

    fn read(&self) -> Histogram {
        let counts = self.buckets.iter().chain([&self.rest]);
        Histogram {
            buckets: counts.map(|count| count.load(Relaxed)).collect(),
            sum: self.sum.load(Relaxed),
            max: self.max.load(Relaxed),
        }
    }
}

/// The living counters.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) refused: AtomicU64,
    pub(crate) failed_commits: AtomicU64,
    pub(crate) unknown_commits: AtomicU64,
    pub(crate) failed_checkpoints: AtomicU64,
    pub(crate) wal_pages: AtomicU64,
    batch_messages: Counts<{ BATCH_BOUNDS.len() }>,
    commit_micros: Counts<{ MICROS_BOUNDS.len() }>,
    checkpoint_micros: Counts<{ MICROS_BOUNDS.len() }>,
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

impl Counters {
    pub(crate) fn committed(&self, messages: usize, took: Duration) {
        self.batch_messages.add(&BATCH_BOUNDS, messages as u64);
        self.commit_micros.add(&MICROS_BOUNDS, micros(took));
    }

    pub(crate) fn checkpointed(&self, took: Duration) {
        self.checkpoint_micros.add(&MICROS_BOUNDS, micros(took));
    }

    pub(crate) fn read(&self, write_queue: usize, read_queue: usize) -> StoreStats {
        StoreStats {
            write_queue,
            read_queue,
            refused: self.refused.load(Relaxed),
            failed_commits: self.failed_commits.load(Relaxed),
            unknown_commits: self.unknown_commits.load(Relaxed),
            batch_messages: self.batch_messages.read(),
            commit_micros: self.commit_micros.read(),
            checkpoint_micros: self.checkpoint_micros.read(),
            failed_checkpoints: self.failed_checkpoints.load(Relaxed),
            wal_pages: self.wal_pages.load(Relaxed),
        }
    }
}
