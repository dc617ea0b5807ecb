//! What can be set.

use std::path::PathBuf;
use std::time::Duration;

/// Where the database is, and how much it may hold in memory.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// The database's file; made if there is none. Beside it lie `…-wal`, `…-shm` and `….lock`.
    pub path: PathBuf,
    /// Threads that read, each with a connection; at least 1. One more is for searches and lists. Each
    /// costs up to [`StoreConfig::reader_cache_bytes`].
    pub readers: usize,
    /// Calls that wait to be written: one more is refused as unavailable.
    pub write_queue_calls: usize,
    /// What the waiting calls may hold, in bytes of texts; a call for which there is no room is
    /// refused as unavailable.
    pub write_queue_bytes: usize,
    /// Calls that wait to be read; as many again of searches and lists.
    pub read_queue_calls: usize,
    /// The least time from the beginning of one commit to that of the next while fewer than 64
    /// messages wait: what comes in it is committed together. A message after a silence does not wait;
    /// a commit costs some 0.1 ms of a processor.
    pub commit_pause: Duration,
    /// The most messages in one commit. A call is never divided: a larger one is a commit of its own.
    pub batch_messages: usize,
    /// The most bytes of texts in one commit, counted alike.
    pub batch_bytes: usize,
    /// After a commit with which the write-ahead log reached this many pages of 4 KiB, a thread of its
    /// own copies them into the database's file, and commits wait only for what little comes meanwhile;
    /// if as many come again, for all of it. Pages that are written again and again are copied once: the
    /// larger, the rarer, and hardly longer.
    pub checkpoint_pages: u32,
    /// Pages that the writer may keep in memory, as long as there is something to write.
    pub writer_cache_bytes: usize,
    /// Pages that each reader may keep in memory.
    pub reader_cache_bytes: usize,
    /// How long to wait for somebody else's lock (a backup tool's) before the call is refused.
    pub busy_timeout: Duration,
}

impl StoreConfig {
    /// The defaults, for a database in this file: 4 readers and one for searches, at most 32 MiB of
    /// waiting texts, at most 32 MiB + 5 times 256 KiB of pages in memory, and some 32 MiB of log, at
    /// most some 64 unless somebody reads for long or the disk fails.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            readers: 4,
            write_queue_calls: 4_096,
            write_queue_bytes: 32 << 20,
            read_queue_calls: 4_096,
            commit_pause: Duration::from_millis(5),
            batch_messages: 4_096,
            batch_bytes: 8 << 20,
            checkpoint_pages: 8_000,
            writer_cache_bytes: 32 << 20,
            reader_cache_bytes: 256 << 10,
            busy_timeout: Duration::from_secs(2),
        }
    }
}
