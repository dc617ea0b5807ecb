//! The one thread that writes. It takes whatever has queued while the last commit ran and commits it
//! as one transaction; nobody is answered before COMMIT has returned.
//!
//! # When a commit fails
//!
//! Before COMMIT everything is certain: the transaction is rolled back, and nothing of it can come
//! back. COMMIT appends the transaction's pages to the write-ahead log, the last of them with the
//! commit mark, and syncs the log's file. If the sync fails, the pages may be in the file, complete
//! and with valid checksums. This process will not see them, for the index of the log (in shared
//! memory) was not moved on; but whoever opens the database after a crash builds that index anew from
//! the file, finds them, and takes them for committed. So at this moment the outcome is unknown.
//!
//! It becomes certain by the next transaction that commits: it begins in the file where the failed one
//! began, and its checksums, each of which is computed from the one before, leave nothing valid
//! behind its own end. Therefore, after a commit of unknown outcome:
//!
//! - At once one attempt is made to commit a transaction that counts `counters.settled` up. If that
//!   works, the failed one is certainly not stored, and its calls are answered as unavailable.
//! - Otherwise they are answered as unknown, and each following transaction begins with that same
//!   count, so that it writes to the log even if its calls only read. What
//!   [`chat::messages::Messages::settle`] finds is read in such a transaction and answered after its
//!   commit: it is final.
//!
//! The connections are deliberately not closed and opened again after an error: that would build the
//! index from the file, as after a crash, and bring the failed transaction to light without its ever
//! having reached the disk. (A failed sync may leave pages in the kernel's cache that count as clean;
//! the next commit writes them anew.) For the same reason opening a database writes the log's bytes
//! again and syncs them, see `open.rs`.
//!
//! The thread needs nothing when the fault goes: the next transaction is simply tried.

use std::cell::RefCell;
use std::fs::File;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicU32,
    Ordering::{Relaxed, Release},
};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chat::store::StoreError;
use chat::time::Timestamp;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tokio::sync::oneshot;
use tracing::{error, info};

use crate::checkpoint::{self, Copier, CopyError, Copying, Pass};
use crate::config::StoreConfig;
use crate::fault;
use crate::messages::Batch;
use crate::queue::{Bounds, Queue, Weight};
use crate::stats::Counters;
use crate::used;

/// So many messages do not wait for more.
const ENOUGH_MESSAGES: usize = 64;

/// Who has nothing to write for so long gives the pages back that it keeps: up to
/// [`StoreConfig::writer_cache_bytes`], which the next commits read again from the kernel's memory.
const SILENCE: Duration = Duration::from_secs(1);

/// A transaction that is open, and the moment at which it began.
pub(crate) struct Tx<'c> {
    pub(crate) connection: &'c Connection,
    pub(crate) now: Timestamp,
    /// What calls of messages that follow each other have in common. No other call runs before it is
    /// finished.
    pub(crate) messages: RefCell<Option<Batch<'c>>>,
}

impl<'c> Tx<'c> {
    pub(crate) fn new(connection: &'c Connection, now: Timestamp) -> Self {
        Self { connection, now, messages: RefCell::new(None) }
    }

    fn run(&self, calls: &mut [Box<dyn WriteCall>]) -> rusqlite::Result<()> {
        for call in calls {
            if !call.is_of_messages() {
                self.finish_messages()?;
            }
            call.run(self)?;
        }
        self.finish_messages()
    }

    /// Writes what is written once for several messages.
    pub(crate) fn finish_messages(&self) -> rusqlite::Result<()> {
        self.messages.take().map_or(Ok(()), Batch::finish)
    }
}

/// A queued call.
pub(crate) trait WriteCall: Send {
    /// Whether it stores messages, and does nothing else.
    fn is_of_messages(&self) -> bool;

    /// Does its work, all of it or, with an error, none that is kept. It may be called again after an
    /// error, in a new transaction.
    fn run(&mut self, tx: &Tx<'_>) -> rusqlite::Result<()>;

    /// Tells whoever asked.
    fn answer(self: Box<Self>, outcome: Result<(), StoreError>);
}

/// A call made of a closure.
pub(crate) struct Call<T, W> {
    is_of_messages: bool,
    work: W,
    value: Option<T>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, W> Call<T, W> {
    pub(crate) fn new(work: W) -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (answer, answered) = oneshot::channel();
        (Self { is_of_messages: false, work, value: None, answer }, answered)
    }

    pub(crate) fn of_messages(work: W) -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (call, answered) = Self::new(work);
        (Self { is_of_messages: true, ..call }, answered)
    }
}

impl<T, W> WriteCall for Call<T, W>
where
    T: Send,
    W: FnMut(&Tx<'_>) -> rusqlite::Result<T> + Send,
{
    fn is_of_messages(&self) -> bool {
        self.is_of_messages
    }

    fn run(&mut self, tx: &Tx<'_>) -> rusqlite::Result<()> {
        self.value = Some((self.work)(tx)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Self { value, answer, .. } = *self;
        let result = outcome.and_then(|()| value.ok_or(StoreError::Broken));
        // Whoever asked may have gone: what was done stays done.
        let _gone = answer.send(result);
    }
}

/// What waits for the writer.
pub(crate) type WriteQueue = Queue<Box<dyn WriteCall>>;

/// What the writer writes to.
pub(crate) struct Database {
    pub(crate) writer: Connection,
    /// Of the thread that copies the log.
    pub(crate) copier: Connection,
    /// The database's own file, to sync it. Closing it gives up SQLite's locks on it, which are the
    /// process's: so it stays open for longer than any connection.
    pub(crate) file: Arc<File>,
    /// That of the lock, for a note to the next start.
    pub(crate) lock: Arc<File>,
}

/// The writer's own state.
pub(crate) struct Writer {
    connection: Connection,
    file: Arc<File>,
    lock: Arc<File>,
    copying: Copying,
    queue: Arc<WriteQueue>,
    counters: Arc<Counters>,
    /// Pages in the log, as of the last commit.
    wal_pages: Arc<AtomicU32>,
    /// Those of the commit before.
    pages_before: u32,
    checkpoint_pages: u32,
    /// At how many pages the next checkpoint is due: moved on by each that leaves the log as long as
    /// it was, because it failed or a reader still needed it.
    checkpoint_at: u32,
    /// The log is not to begin anew: it may be all there is of some pages.
    keeps_log: bool,
    most: Bounds,
    commit_pause: Duration,
    /// Whether everything that was queued before the end is done.
    written: Arc<AtomicBool>,
    /// A commit's outcome is unknown, and nothing has been committed since.
    is_in_doubt: bool,
    /// The last transaction failed; so that the log says it once.
    is_failing: bool,
}

impl Writer {
    pub(crate) fn new(
        database: Database,
        config: &StoreConfig,
        queue: Arc<WriteQueue>,
        counters: Arc<Counters>,
    ) -> rusqlite::Result<(Self, Copier)> {
        let Database { writer: mut connection, copier, file, lock } = database;
        let wal_pages = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&wal_pages);
        // In the place of SQLite's own automatic checkpoint, for which the calls that happened to
        // trigger it would wait.
        let hook = move |_: &mut _, pages: i32| {
            seen.store(u32::try_from(pages).unwrap_or(0), Relaxed);
            Ok(())
        };
        connection.wal_hook(Some(hook))?;
        let (copying, copier) = Copying::new(copier, Arc::clone(&file), Arc::clone(&wal_pages));
        let writer = Self {
            connection,
            file,
            lock,
            copying,
            queue,
            counters,
            wal_pages,
            pages_before: 0,
            written: Arc::default(),
            checkpoint_pages: config.checkpoint_pages,
            checkpoint_at: config.checkpoint_pages,
            keeps_log: false,
            most: Bounds {
                calls: usize::MAX,
                messages: config.batch_messages,
                bytes: config.batch_bytes,
            },
            commit_pause: config.commit_pause,
            is_in_doubt: false,
            is_failing: false,
        };
        Ok((writer, copier))
    }

    /// Works until the queue is closed and empty, and leaves an empty log behind.
    pub(crate) fn run(mut self) {
        let enough = ENOUGH_MESSAGES.min(self.most.messages);
        let mut pause = None;
        loop {
            let (calls, weight) = self.queue.take_after(self.most, pause);
            if calls.is_empty() {
                break;
            }
            pause = Some((Instant::now() + self.commit_pause, enough));
            self.commit(calls, weight);
            if !self.is_in_doubt {
                self.checkpoint_if_due();
            }
            while !self.queue.has_within(SILENCE) {
                self.give_back_pages();
                if !self.is_in_doubt {
                    self.checkpoint_if_due();
                }
                if !self.copying.is_under_way() {
                    break;
                }
            }
        }
        self.written.store(true, Release);
        if let Some(outcome) = self.copying.end() {
            self.note_copied(outcome);
        }
        self.end();
    }

    /// Empties the log, unless it is to be kept, and has it removed when the connection is closed.
    fn end(&mut self) {
        self.checkpoint(Pass::Last, Instant::now());
        if !self.keeps_log
            && let Err(error) =
                self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)
        {
            error!(%error, "the write-ahead log is left");
        }
    }

    /// Becomes true when the queue is closed and empty.
    pub(crate) fn written(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.written)
    }

    fn checkpoint_if_due(&mut self) {
        let pages = self.wal_pages.load(Relaxed);
        if pages < mem::replace(&mut self.pages_before, pages) {
            // The log has begun anew.
            self.checkpoint_at = self.checkpoint_pages;
        }
        if self.copying.is_under_way() {
            // Whatever the disk does, the log has a bound.
            let is_long = pages >= self.checkpoint_at.saturating_add(self.checkpoint_pages);
            let began = Instant::now();
            if let Some(outcome) = self.copying.outcome(is_long) {
                self.note_copied(outcome);
                if pages >= self.checkpoint_at {
                    self.copy_rest(pages, began);
                } else {
                    // All of it was copied between two commits.
                    self.counters.checkpointed(began.elapsed());
                }
            }
        } else if pages >= self.checkpoint_at && !self.keeps_log && !self.copying.begin() {
            self.copy_rest(pages, Instant::now());
        }
    }

    /// What came while most of it was copied.
    fn copy_rest(&mut self, pages: u32, began: Instant) {
        self.checkpoint(Pass::Between, began);
        self.checkpoint_at = pages.saturating_add(self.checkpoint_pages);
    }

    fn commit(&mut self, mut calls: Vec<Box<dyn WriteCall>>, weight: Weight) {
        let outcome = self.attempt(&mut calls, weight.messages);
        if outcome == Err(StoreError::Broken) && calls.len() > 1 {
            // One of them is at fault: each for itself, so that the others do not suffer from it.
            for call in calls {
                self.commit(vec![call], Weight::default());
            }
            return;
        }
        for call in calls {
            call.answer(outcome);
        }
    }

    /// One transaction. With an error nothing of it is kept, except where that is unknown.
    fn attempt(
        &mut self,
        calls: &mut [Box<dyn WriteCall>],
        messages: usize,
    ) -> Result<(), StoreError> {
        let began = Instant::now();
        let outcome = match self.execute(calls) {
            Err(StoreError::Unknown) => self.resolve(),
            outcome => outcome,
        };
        match outcome {
            Ok(()) => self.counters.committed(messages, began.elapsed()),
            Err(error) => self.note_failure(error),
        }
        self.counters.wal_pages.store(self.wal_pages.load(Relaxed).into(), Relaxed);
        outcome
    }

    fn execute(&mut self, calls: &mut [Box<dyn WriteCall>]) -> Result<(), StoreError> {
        if let Err(error) = self.fill_transaction(calls) {
            self.report("a transaction was rolled back", &error);
            self.roll_back();
            return Err(fault::of_statement(&error));
        }
        if let Err(error) = self.run_sql("COMMIT") {
            self.report("a commit failed", &error);
            self.roll_back();
            let outcome = fault::of_commit(&error);
            self.is_in_doubt |= outcome == StoreError::Unknown;
            return Err(outcome);
        }
        self.is_in_doubt = false;
        if self.is_failing {
            info!("the database takes writes again");
            self.is_failing = false;
        }
        Ok(())
    }

    fn fill_transaction(&self, calls: &mut [Box<dyn WriteCall>]) -> rusqlite::Result<()> {
        if !self.connection.is_autocommit() {
            self.run_sql("ROLLBACK")?;
        }
        self.run_sql("BEGIN IMMEDIATE")?;
        if self.is_in_doubt || self.is_failing {
            settle(&self.connection)?;
        }
        let tx = Tx::new(&self.connection, wall_clock());
        // A panic is a bug in one call, and must not be the end of all writing.
        catch_unwind(AssertUnwindSafe(|| tx.run(calls)))
            .unwrap_or_else(|_| Err(fault::corrupt("a panic")))
    }

    /// After a commit of unknown outcome: makes it certain that nothing of it is stored, if a
    /// transaction goes through now.
    fn resolve(&mut self) -> Result<(), StoreError> {
        match self.execute(&mut []) {
            Ok(()) => Err(StoreError::Unavailable),
            Err(_) => Err(StoreError::Unknown),
        }
    }

    fn roll_back(&self) {
        // After most errors SQLite has rolled back by itself. If this fails, it is tried again before
        // the next transaction.
        if !self.connection.is_autocommit()
            && let Err(error) = self.run_sql("ROLLBACK")
        {
            error!(%error, "a rollback failed");
        }
    }

    /// Takes nothing away but pages that are in the file or in the log.
    fn give_back_pages(&self) {
        if let Err(error) = self.connection.execute_batch("PRAGMA shrink_memory") {
            error!(%error, "the writer's pages are kept in memory");
        }
    }

    /// `began`: since when commits wait for it.
    fn checkpoint(&mut self, pass: Pass, began: Instant) {
        if self.keeps_log {
            return;
        }
        let outcome = checkpoint::copy(&self.connection, &self.file, pass);
        self.counters.checkpointed(began.elapsed());
        self.note_copied(outcome.map(|_| ()));
    }

    fn note_copied(&mut self, outcome: Result<(), CopyError>) {
        let Err(error) = outcome else { return };
        self.counters.failed_checkpoints.fetch_add(1, Relaxed);
        match error {
            CopyError::NotCopied(error) => {
                error!(%error, "the write-ahead log could not be copied into the database");
            }
            CopyError::NotSynced(error) => {
                self.keep_log();
                error!(
                    %error,
                    "the database's file could not be synced: its write-ahead log is kept, and grows, \
                     until the server is started again. Nothing is lost: see to the disk, end every other \
                     program that has the database open, then restart"
                );
            }
        }
    }

    fn keep_log(&mut self) {
        self.keeps_log = true;
        if let Err(error) = used::note_kept_log(&self.lock) {
            error!(%error, "the next start is not told to copy the log whole: it does so if it is alone");
        }
    }

    fn run_sql(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(|_| ())
    }

    fn report(&self, what: &'static str, error: &rusqlite::Error) {
        // A full disk fails each transaction until there is room: once is enough.
        if !self.is_failing || fault::of_statement(error) == StoreError::Broken {
            error!(%error, "{what}");
        }
    }

    fn note_failure(&mut self, error: StoreError) {
        self.is_failing |= error != StoreError::Broken;
        self.counters.failed_commits.fetch_add(1, Relaxed);
        if error == StoreError::Unknown {
            self.counters.unknown_commits.fetch_add(1, Relaxed);
        }
    }
}

/// Counts `counters.settled` up: the least that makes a transaction write to the log.
pub(crate) fn settle(connection: &Connection) -> rusqlite::Result<()> {
    let sql = "UPDATE counters SET value = value + 1 WHERE name = 'settled'";
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

fn wall_clock() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
