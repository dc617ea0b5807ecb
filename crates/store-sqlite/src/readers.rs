//! The threads that read, each with a connection of its own.
//!
//! Searches and lists, which may read much, have a queue and a thread of their own: so that whoever
//! authenticates, and whoever follows the changes, never waits behind them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chat::store::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;
use tracing::error;

use crate::fault;
use crate::queue::{Bounds, Queue};

/// A queued call: does its work and tells whoever asked.
pub(crate) type ReadCall = Box<dyn FnOnce(&Connection) + Send>;

/// What waits for the readers.
pub(crate) type ReadQueue = Queue<ReadCall>;

/// Makes a call of a closure, which is not run if nobody waits for its answer any more: reading it would
/// keep others waiting for nothing. Everything that the closure reads is of one moment.
pub(crate) fn call<T, W>(work: W) -> (ReadCall, oneshot::Receiver<Result<T, StoreError>>)
where
    T: Send + 'static,
    W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    let call = Box::new(move |connection: &Connection| {
        if answer.is_closed() {
            return;
        }
        let result = in_snapshot(connection, work).map_err(|error| {
            error!(%error, "a read failed");
            fault::of_statement(&error)
        });
        // Whoever asked may have gone.
        let _gone = answer.send(result);
    });
    (call, answered)
}

fn in_snapshot<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let run = |sql| connection.prepare_cached(sql)?.execute([]);
    if !connection.is_autocommit() {
        run("ROLLBACK")?;
    }
    run("BEGIN")?;
    // A panic is a bug in one call, and must not be the end of a reader.
    let result = catch_unwind(AssertUnwindSafe(|| work(connection)))
        .unwrap_or_else(|_| Err(fault::corrupt("a panic")));
    // The end of a transaction that has written nothing: what was read is good in any case.
    let _ended = run("ROLLBACK");
    result
}

/// Works until the queue is closed and empty.
pub(crate) fn run(connection: &Connection, queue: &Arc<ReadQueue>) {
    let one = Bounds { calls: 1, messages: usize::MAX, bytes: usize::MAX };
    loop {
        let (calls, _) = queue.take(one);
        if calls.is_empty() {
            return;
        }
        for call in calls {
            call(connection);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::*;

    #[test]
    fn a_read_whose_asker_has_gone_is_not_run() {
        let connection = Connection::open_in_memory().unwrap();
        for (is_there, expected) in [(true, 1), (false, 0)] {
            let runs = Arc::new(AtomicUsize::new(0));
            let seen = Arc::clone(&runs);
            let (call, answered) = call(move |_| Ok(seen.fetch_add(1, Relaxed)));
            let _asker = is_there.then_some(answered);
            call(&connection);
            assert_eq!(runs.load(Relaxed), expected);
        }
    }
}
