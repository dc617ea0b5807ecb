//! The database's numbers, for Prometheus.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use store_sqlite::{BATCH_BOUNDS, Histogram, MICROS_BOUNDS, SqliteStore, StoreStats};

const MICROS_PER_SECOND: f64 = 1_000_000.0;

/// Reads the store when it is asked to.
pub(crate) struct StoreMetrics {
    store: Arc<SqliteStore>,
}

impl StoreMetrics {
    pub(crate) fn new(store: Arc<SqliteStore>) -> Self {
        Self { store }
    }
}

impl fmt::Debug for StoreMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreMetrics").finish_non_exhaustive()
    }
}

impl Collector for StoreMetrics {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        encode(&self.store.stats(), encoder)
    }
}

fn encode(stats: &StoreStats, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
    let size = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let gauges = [
        ("store_write_queue", "Calls that wait to be written.", size(stats.write_queue)),
        ("store_read_queue", "Calls that wait to be read.", size(stats.read_queue)),
        ("store_wal_pages", "Pages in the write-ahead log.", stats.wal_pages),
        ("store_unsettled_commits", "Commits whose outcome is not known.", stats.unknown_commits),
    ];
    for (name, help, value) in gauges {
        let kind = MetricType::Gauge;
        encoder.encode_descriptor(name, help, None, kind)?.encode_gauge(&value)?;
    }
    let counters = [
        ("store_refused", "Calls refused because a queue was full.", stats.refused),
        ("store_failed_commits", "Commits that failed.", stats.failed_commits),
        ("store_failed_checkpoints", "Checkpoints that failed.", stats.failed_checkpoints),
    ];
    for (name, help, value) in counters {
        let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        metric.encode_counter::<NoLabelSet, _, u64>(&value, None)?;
    }
    let (batches, micros) = (BATCH_BOUNDS.as_slice(), MICROS_BOUNDS.as_slice());
    let histograms = [
        ("store_commit_messages", "Messages in a commit.", &stats.batch_messages, batches, 1.0),
        (
            "store_commit_seconds",
            "A commit, from its start.",
            &stats.commit_micros,
            micros,
            MICROS_PER_SECOND,
        ),
        (
            "store_checkpoint_seconds",
            "The part of a checkpoint that commits wait for.",
            &stats.checkpoint_micros,
            micros,
            MICROS_PER_SECOND,
        ),
    ];
    for (name, help, histogram, bounds, scale) in histograms {
        let metric = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
        encode_histogram(metric, histogram, bounds, scale)?;
    }
    Ok(())
}

/// As Prometheus has it: in whole units, each bucket by its upper bound, the last without one.
fn encode_histogram(
    mut metric: MetricEncoder<'_>,
    histogram: &Histogram,
    bounds: &[u64],
    scale: f64,
) -> fmt::Result {
    #[expect(clippy::cast_precision_loss, reason = "2^53 microseconds are 285 years")]
    let scaled = |value: u64| value as f64 / scale;
    let bounds = bounds.iter().map(|bound| scaled(*bound)).chain([f64::INFINITY]);
    let buckets: Vec<_> = bounds.zip(histogram.buckets.iter().copied()).collect();
    metric.encode_histogram::<NoLabelSet>(scaled(histogram.sum), histogram.count(), &buckets, None)
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode as encode_text;
    use prometheus_client::registry::Registry;

    use super::*;

    #[derive(Debug)]
    struct Fixed(StoreStats);

    impl Collector for Fixed {
        fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
            encode(&self.0, encoder)
        }
    }

    #[test]
    fn commits_are_shown_in_seconds_and_in_growing_buckets() {
        let commit_micros = Histogram { buckets: vec![3, 2], sum: 2_500_000, max: 2_000_000 };
        let stats = StoreStats { write_queue: 7, commit_micros, ..StoreStats::default() };
        let mut registry = Registry::with_prefix("parlour");
        registry.register_collector(Box::new(Fixed(stats)));
        let mut text = String::new();
        encode_text(&mut text, &registry).unwrap();
        for line in [
            "parlour_store_write_queue 7",
            "parlour_store_failed_commits_total 0",
            "parlour_store_commit_seconds_sum 2.5",
            "parlour_store_commit_seconds_count 5",
            "parlour_store_commit_seconds_bucket{le=\"0.0005\"} 3",
            "parlour_store_commit_seconds_bucket{le=\"0.001\"} 5",
        ] {
            assert!(text.lines().any(|given| given == line), "{line} is missing in {text}");
        }
    }
}
