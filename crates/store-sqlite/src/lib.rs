//! Parlour's store in SQLite: one file, one process.
//!
//! [`SqliteStore`] fulfils [`chat::store::Store`]. One thread writes, in groups (`writer.rs`, which
//! also says what is certain when a commit fails); a few threads read. What is answered with `Ok` is in
//! a transaction that was committed with `synchronous=FULL`.
//!
//! Decided here where the port leaves it open:
//!
//! - A read mark is moved by reading only, not by writing; one's own messages never count as unread.
//! - A tombstone counts as unread like the message that it was.
//! - A resend is the same if its text is; the message's type does not matter.
//! - A guest who is deleted leaves all conversations; blocks by and against them end.
//! - In a direct conversation between account ids that hold `_`, an id can mean two pairs. The first
//!   one that is made gets it; see `conversations/direct.rs`.

mod accounts;
mod blocks;
mod changes;
mod checkpoint;
mod config;
mod conversations;
mod fault;
mod messages;
mod migrate;
mod open;
mod people;
mod queue;
mod readers;
mod rows;
mod stats;
mod store;
mod tails;
mod used;
mod writer;

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Relaxed};
use std::thread::JoinHandle;

use chat::store::{StoreError, StoreFuture};
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

pub use config::StoreConfig;
pub use open::OpenError;
pub use stats::{BATCH_BOUNDS, Histogram, MICROS_BOUNDS, StoreStats};

use open::Opened;
use queue::{Bounds, Weight};
use readers::{ReadQueue, Size};
use stats::Counters;
use writer::{Call, Database, Tx, WriteQueue, Writer};

/// Everything that is stored, in one SQLite database.
///
/// Dropping it does what [`SqliteStore::close`] does, and waits for it.
pub struct SqliteStore {
    writes: Arc<WriteQueue>,
    reads: Arc<ReadQueue>,
    /// Searches and lists.
    searches: Arc<ReadQueue>,
    counters: Arc<Counters>,
    /// Whether everything that was queued before the end is done.
    written: Arc<AtomicBool>,
    /// How many threads are at work.
    at_work: watch::Receiver<usize>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Both held until the last thread has ended.
    _file: Arc<File>,
    _lock: Arc<File>,
}

impl SqliteStore {
    /// Opens the database, or makes it; brings its schema up to date. Blocks, for as long as the
    /// migrations take.
    ///
    /// # Errors
    /// [`OpenError`] says in a sentence what is in the way.
    pub fn open(config: &StoreConfig) -> Result<Self, OpenError> {
        let opened = open::open(config, &migrate::runner())?;
        Self::start(config, opened).map_err(|error| OpenError::of_io(&config.path, error))
    }

    fn start(config: &StoreConfig, opened: Opened) -> std::io::Result<Self> {
        let calls = config.write_queue_calls;
        let write_queue = Arc::new(WriteQueue::new(Bounds {
            calls,
            messages: usize::MAX,
            bytes: config.write_queue_bytes,
        }));
        let read_bounds =
            Bounds { calls: config.read_queue_calls, messages: usize::MAX, bytes: usize::MAX };
        let reads = Arc::new(ReadQueue::new(read_bounds));
        let searches = Arc::new(ReadQueue::new(read_bounds));
        let counters = Arc::new(Counters::default());
        let (at_work, seen) = watch::channel(0);
        let at_work = Arc::new(at_work);
        let Opened { file, lock, writer, copier, readers, searcher } = opened;
        let (file, lock) = (Arc::new(file), Arc::new(lock));
        let database =
            Database { writer, copier, file: Arc::clone(&file), lock: Arc::clone(&lock) };
        let (queue, counted) = (Arc::clone(&write_queue), Arc::clone(&counters));
        let (writer, copier) =
            Writer::new(database, config, queue, counted).map_err(std::io::Error::other)?;
        // If a thread cannot be started, dropping this ends the others.
        let store = Self {
            writes: write_queue,
            reads,
            searches,
            counters,
            written: writer.written(),
            at_work: seen,
            threads: Mutex::default(),
            _file: file,
            _lock: lock,
        };
        let spawn = |name: String, work: Box<dyn FnOnce() + Send>| {
            let end = AtWork::begin(&at_work);
            let thread = std::thread::Builder::new().name(name).spawn(move || {
                let _end = end;
                work();
            })?;
            store.threads.lock().push(thread);
            std::io::Result::Ok(())
        };
        for (number, connection) in readers.into_iter().enumerate() {
            let queue = Arc::clone(&store.reads);
            let work = move || readers::run(&connection, &queue);
            spawn(format!("store-read-{number}"), Box::new(work))?;
        }
        let (queue, connection) = (Arc::clone(&store.searches), searcher);
        spawn("store-search".to_owned(), Box::new(move || readers::run(&connection, &queue)))?;
        spawn("store-copy".to_owned(), Box::new(move || copier.run()))?;
        spawn("store-write".to_owned(), Box::new(move || writer.run()))?;
        Ok(store)
    }

    /// Takes no more calls (they are answered as unavailable), does what is queued, copies the log
    /// into the database and closes it. What is queued is bounded; so is the time, as long as the
    /// disk answers. May be called again. (The lock is given up when the store is dropped.)
    pub async fn close(&self) {
        self.stop();
        let mut at_work = self.at_work.clone();
        // An error means that no thread is left either.
        let _ended = at_work.wait_for(|threads| *threads == 0).await;
    }

    /// Whether, after [`SqliteStore::close`] was called, everything that was queued is done. What is left
    /// of the closing is to copy the log: without that the next start does it, and nothing is lost.
    pub fn is_written(&self) -> bool {
        self.written.load(Acquire)
    }

    /// The figures of this moment.
    pub fn stats(&self) -> StoreStats {
        self.counters.read(self.writes.len(), self.reads.len() + self.searches.len())
    }

    fn stop(&self) {
        self.writes.close();
        self.reads.close();
        self.searches.close();
    }

    fn write<T, W>(&self, work: W) -> StoreFuture<'_, Result<T, StoreError>>
    where
        T: Send + 'static,
        W: FnMut(&Tx<'_>) -> rusqlite::Result<T> + Send + 'static,
    {
        self.queue_write(Call::new(work), Weight::default())
    }

    fn queue_write<T, W>(
        &self,
        (call, answered): (Call<T, W>, oneshot::Receiver<Result<T, StoreError>>),
        weight: Weight,
    ) -> StoreFuture<'_, Result<T, StoreError>>
    where
        T: Send + 'static,
        W: FnMut(&Tx<'_>) -> rusqlite::Result<T> + Send + 'static,
    {
        // If the writer is gone with the call, it was perhaps in the middle of it.
        self.answer(self.writes.push(Box::new(call), weight), answered, StoreError::Unknown)
    }

    /// A few rows by their keys, with what else of that kind waits.
    fn read<T, W>(&self, work: W) -> StoreFuture<'_, Result<T, StoreError>>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.read_in(&self.reads, Size::Few, work)
    }

    /// What may be many rows.
    fn read_many<T, W>(&self, work: W) -> StoreFuture<'_, Result<T, StoreError>>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.read_in(&self.reads, Size::Many, work)
    }

    /// A search or a list: one after the other, and nothing else behind them.
    fn search<T, W>(&self, work: W) -> StoreFuture<'_, Result<T, StoreError>>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.read_in(&self.searches, Size::Many, work)
    }

    fn read_in<T, W>(
        &self,
        queue: &ReadQueue,
        size: Size,
        work: W,
    ) -> StoreFuture<'_, Result<T, StoreError>>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (call, answered) = readers::call(work);
        self.answer(queue.push(call, size.weight()), answered, StoreError::Unavailable)
    }

    fn answer<T: Send + 'static>(
        &self,
        was_queued: bool,
        answered: oneshot::Receiver<Result<T, StoreError>>,
        if_lost: StoreError,
    ) -> StoreFuture<'_, Result<T, StoreError>> {
        if !was_queued {
            self.counters.refused.fetch_add(1, Relaxed);
            return Box::pin(std::future::ready(Err(StoreError::Unavailable)));
        }
        Box::pin(async move { answered.await.unwrap_or(Err(if_lost)) })
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.stop();
        for thread in self.threads.lock().drain(..) {
            // A thread that panicked has ended, too.
            let _ended = thread.join();
        }
    }
}

/// Counts a thread for as long as it lives.
struct AtWork(Arc<watch::Sender<usize>>);

impl AtWork {
    fn begin(count: &Arc<watch::Sender<usize>>) -> Self {
        count.send_modify(|threads| *threads += 1);
        Self(Arc::clone(count))
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.send_modify(|threads| *threads -= 1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use chat::conversations::{Conversations, Seq};
    use chat::messages::Messages;
    use store_suite::{World, block_on};

    use super::*;

    #[test]
    fn authentication_does_not_wait_behind_searches() {
        let folder = tempfile::tempdir().unwrap();
        let config = StoreConfig { readers: 1, ..StoreConfig::new(folder.path().join("p.db")) };
        let store = SqliteStore::open(&config).unwrap();
        let (release, held) = mpsc::channel();
        // Ends by itself, and then fails the test, if the read below waits for it.
        let long = store.search(move |_| Ok(held.recv_timeout(Duration::from_secs(20)).is_ok()));
        let queued = store.search(|_| Ok("second"));
        assert_eq!(block_on(store.read(|_| Ok("at once"))), Ok("at once"));
        release.send(()).unwrap();
        assert_eq!(block_on(long), Ok(true));
        assert_eq!(block_on(queued), Ok("second"));
    }

    #[test]
    fn what_is_read_between_two_messages_of_a_commit_sees_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&StoreConfig::new(folder.path().join("p.db"))).unwrap();
        let store = Arc::new(store);
        let mut world = World::new(Arc::clone(&store) as Arc<dyn chat::store::Store>);
        let ann = block_on(world.own("ann"));
        let bob = block_on(world.own("bob"));
        let room = block_on(world.room(&ann)).id;
        let (who, now) = (bob.profile.id.clone(), world.now());
        block_on(store.enter(room.clone(), who.clone(), now)).unwrap();
        let (release, held) = mpsc::channel();
        let holding = store.write(move |_| Ok(held.recv_timeout(Duration::from_secs(20)).is_ok()));
        // While the writer is held, these three come into one commit.
        let first = store.append(vec![world.message(&room, &ann, "one")]);
        let mark = store.mark_read(room.clone(), who, None, now);
        let second = store.append(vec![world.message(&room, &ann, "two")]);
        release.send(()).unwrap();
        assert_eq!(block_on(holding), Ok(true));
        block_on(async { (first.await.unwrap(), second.await.unwrap()) });
        let mark = block_on(mark).unwrap().unwrap();
        assert_eq!((mark.last_read, mark.unread), (Seq(1), 0));
    }
}
