//! Copies the write-ahead log into the database's file.
//!
//! That takes the longer the more pages were written, tens of milliseconds under load, and the log begins
//! anew only when all of it is copied. So a thread of its own copies while commits go on, and once more
//! what came meanwhile; what little is left then the writer copies itself, between two commits.
//!
//! # What is on the disk
//!
//! SQLite syncs the database's file only after a pass that has come to the very end of the log. After
//! another one, because commits went on or somebody still read an earlier state, it counts the pages as
//! copied all the same and does not write them again. If a later sync failed, the kernel could have let
//! go of such pages, and with the next sync, which works, the log would begin anew over the only copy
//! there is. So a pass that did not come to the end is followed by a sync here ([`copy`]). Should that
//! fail, the log is kept as it is and grows, until the database is opened anew: by nobody but this server,
//! so that SQLite counts nothing as copied, and all of it is (`open.rs`, by the note that `used.rs` makes).
//! Other programs that have the database open when the server ends can spoil that, as the last of them
//! removes the log: the error says so.
//!
//! It rests on what Linux does since 4.13: each descriptor of a file is told once of a page that could not
//! be written. Therefore a pass that failed takes the error from the descriptor here, too: what it tells of
//! did not count as copied and is written again.
//!
//! A transaction of unknown outcome does no harm to a pass, nor the pass to it: it is behind the end of
//! the log as the index of the log has it, and only what is before that end is copied.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};

use rusqlite::Connection;
use rusqlite::ffi::{Error, SQLITE_BUSY};

/// For so few pages, of 4 KiB, commits may wait: copying and syncing them takes a few milliseconds.
const FEW_PAGES: u32 = 256;

/// Passes while commits go on: each has less to do than the one before, unless more is written than is
/// copied.
const PASSES: usize = 3;

/// Why a pass was in vain.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CopyError {
    /// Nothing counts as copied that was not before: the next pass does it again.
    #[error("{0}")]
    NotCopied(#[from] rusqlite::Error),
    /// Pages count as copied that may not be on the disk.
    #[error("{0}")]
    NotSynced(#[from] io::Error),
}

/// Who else may write meanwhile, and how much is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    /// Commits go on.
    Beside,
    /// By the writer itself.
    Between,
    /// The same; waits for readers and makes the log's file empty.
    Last,
}

/// Copies what can be copied, and has it on the disk when it returns. Gives the pages of the log, from its
/// beginning, that are in the database's file now.
///
/// # Errors
/// [`CopyError`]; nothing is copied here, and the database is said to be busy, where another program does.
pub(crate) fn copy(connection: &Connection, file: &File, pass: Pass) -> Result<u32, CopyError> {
    let (pages, copied) = match checkpoint(connection, pass) {
        Ok(Some(done)) => done,
        Ok(None) => {
            return Err(rusqlite::Error::SqliteFailure(Error::new(SQLITE_BUSY), None).into());
        }
        Err(error) => {
            let _of_this_pass = file.sync_data();
            return Err(error.into());
        }
    };
    // Beside commits its own answer does not tell whether it has come to the end.
    if pass == Pass::Beside || copied < pages {
        file.sync_data()?;
    }
    Ok(copied)
}

/// The pages of the log, and of them those that count as copied; nothing if somebody else copies.
fn checkpoint(connection: &Connection, pass: Pass) -> rusqlite::Result<Option<(u32, u32)>> {
    let sql = match pass {
        Pass::Beside | Pass::Between => "PRAGMA wal_checkpoint(PASSIVE)",
        Pass::Last => "PRAGMA wal_checkpoint(TRUNCATE)",
    };
    let of_row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, bool>(0)?, row.get(1)?, row.get(2)?));
    let (is_busy, pages, copied): (bool, i64, i64) = connection.query_row(sql, [], of_row)?;
    Ok(match (u32::try_from(pages), u32::try_from(copied)) {
        (Ok(pages), Ok(copied)) => Some((pages, copied)),
        // Less than nothing: somebody else is at it, or there is no log.
        _ => (!is_busy).then_some((0, 0)),
    })
}

/// The thread that copies while commits go on.
pub(crate) struct Copier {
    /// The first to be dropped: when the writer sees that `done` is, this one is closed.
    pub(crate) connection: Connection,
    file: Arc<File>,
    /// Pages in the log, as of the last commit.
    wal_pages: Arc<AtomicU32>,
    asked: Receiver<()>,
    done: SyncSender<Result<(), CopyError>>,
}

impl Copier {
    /// Works until nobody can ask any more.
    pub(crate) fn run(self) {
        while self.asked.recv().is_ok() {
            if self.done.send(self.copy_most()).is_err() {
                break;
            }
        }
    }

    fn copy_most(&self) -> Result<(), CopyError> {
        for _ in 0..PASSES {
            let copied = copy(&self.connection, &self.file, Pass::Beside)?;
            if self.wal_pages.load(Relaxed).saturating_sub(copied) <= FEW_PAGES {
                break;
            }
        }
        Ok(())
    }
}

/// The writer's end of it.
pub(crate) struct Copying {
    /// Nothing after the end.
    ask: Option<SyncSender<()>>,
    answers: Receiver<Result<(), CopyError>>,
    is_under_way: bool,
}

impl Copying {
    /// For a connection of its own.
    pub(crate) fn new(
        connection: Connection,
        file: Arc<File>,
        wal_pages: Arc<AtomicU32>,
    ) -> (Self, Copier) {
        let ((ask, asked), (done, answers)) = (sync_channel(1), sync_channel(1));
        let copier = Copier { connection, file, wal_pages, asked, done };
        (Self { ask: Some(ask), answers, is_under_way: false }, copier)
    }

    pub(crate) const fn is_under_way(&self) -> bool {
        self.is_under_way
    }

    /// `false` if there is nobody who would do it.
    pub(crate) fn begin(&mut self) -> bool {
        self.is_under_way = self.ask.as_ref().is_some_and(|ask| ask.try_send(()).is_ok());
        self.is_under_way
    }

    /// What has become of it: nothing if it is not under way, or not done and not waited for.
    pub(crate) fn outcome(&mut self, waits: bool) -> Option<Result<(), CopyError>> {
        if !self.is_under_way {
            return None;
        }
        let answer = if waits {
            self.answers.recv().ok()
        } else {
            match self.answers.try_recv() {
                Err(TryRecvError::Empty) => return None,
                answer => answer.ok(),
            }
        };
        self.is_under_way = false;
        // A thread that ended without an answer may have been anywhere.
        let lost =
            || Err(CopyError::NotSynced(io::Error::other("the thread that copied has died")));
        Some(answer.unwrap_or_else(lost))
    }

    /// Ends the thread. Its connection is closed when this returns what has become of its last work.
    pub(crate) fn end(&mut self) -> Option<Result<(), CopyError>> {
        let outcome = self.outcome(true);
        self.ask = None;
        let _closed = self.answers.recv();
        outcome
    }
}

#[cfg(test)]
mod tests;
