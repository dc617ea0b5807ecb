//! `[store]`: the SQLite database.

use std::time::Duration;

use super::super::key;
use super::super::reader::Reader;
use super::{GIB, MILLION};

/// `[store]`.
#[derive(Debug)]
pub(crate) struct StoreConfig {
    pub(crate) readers: usize,
    pub(crate) commit_pause: Duration,
    pub(crate) batch_messages: usize,
    pub(crate) queue_bytes: usize,
    pub(crate) busy_timeout: Duration,
}

impl StoreConfig {
    pub(in super::super) fn read(reader: &mut Reader) -> Self {
        Self {
            readers: reader.count(key("store.readers", "PARLOUR_STORE_READERS"), 4, 1..=64),
            commit_pause: reader.millis(
                key("store.commit_pause_ms", "PARLOUR_STORE_COMMIT_PAUSE_MS"),
                Duration::from_millis(5),
                0..=1_000,
            ),
            batch_messages: reader.count(
                key("store.batch_messages", "PARLOUR_STORE_BATCH_MESSAGES"),
                4_096,
                1..=MILLION,
            ),
            // A message of the largest text has to fit.
            queue_bytes: reader.count(
                key("store.queue_bytes", "PARLOUR_STORE_QUEUE_BYTES"),
                32 << 20,
                65_536..=GIB,
            ),
            busy_timeout: reader.millis(
                key("store.busy_timeout_ms", "PARLOUR_STORE_BUSY_TIMEOUT_MS"),
                Duration::from_secs(2),
                0..=60_000,
            ),
        }
    }
}
