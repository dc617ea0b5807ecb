//! The threads that read, each with a connection of its own.
//!
//! Searches and lists, which may read much, have a queue and a thread of their own: so that whoever
//! authenticates, and whoever follows the changes, never waits behind them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chat::store::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;
use tracing::{debug, error};

use crate::fault;
use crate::queue::{Bounds, Queue, Weight};

/// What waits is taken by one reader up to this bound, and read in one transaction: its beginning and
/// end cost as much as a small read. What is more than that, another reader takes meanwhile.
const TOGETHER: Bounds = Bounds { calls: MOST, messages: MOST, bytes: usize::MAX };
const MOST: usize = 8;

/// No answer waits for another read once they have been held back so long: who is woken by them may want
/// the very core that the rest is being read on.
const HELD: Duration = Duration::from_micros(100);

/// How much a call reads.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Size {
    /// A few rows by their keys, some 10 µs.
    Few,
    /// As much as there is, up to some limit: it is read alone, so that nothing small waits behind it
    /// while another reader has nothing to do.
    Many,
}

impl Size {
    /// As it counts in the queue.
    pub(crate) fn weight(self) -> Weight {
        let messages = match self {
            Self::Few => 1,
            Self::Many => MOST,
        };
        Weight { messages, bytes: 0 }
    }
}

/// A queued call.
pub(crate) trait ReadCall: Send {
    /// Does its work, in a transaction that began after the call was queued.
    fn run(&mut self, connection: &Connection);

    /// Tells whoever asked.
    fn answer(self: Box<Self>);
}

/// A call made of a closure.
struct Call<T, W> {
    /// Until it has run.
    work: Option<W>,
    result: Option<Result<T, StoreError>>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, W> ReadCall for Call<T, W>
where
    T: Send,
    W: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
{
    fn run(&mut self, connection: &Connection) {
        // Nobody waits any more: reading it would keep others waiting for nothing.
        let Some(work) = self.work.take().filter(|_| !self.answer.is_closed()) else { return };
        let result = in_snapshot(connection, work).map_err(|error| {
            error!(%error, "a read failed");
            fault::of_statement(&error)
        });
        self.result = Some(result);
    }

    fn answer(self: Box<Self>) {
        let Self { result, answer, .. } = *self;
        if let Some(result) = result {
            // Whoever asked may have gone.
            let _gone = answer.send(result);
        }
    }
}

/// What waits for the readers.
pub(crate) type ReadQueue = Queue<Box<dyn ReadCall>>;

/// Makes a call of a closure, which is not run if nobody waits for its answer any more. Everything that
/// the closure reads is of one moment.
pub(crate) fn call<T, W>(work: W) -> (Box<dyn ReadCall>, oneshot::Receiver<Result<T, StoreError>>)
where
    T: Send + 'static,
    W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    (Box::new(Call { work: Some(work), result: None, answer }), answered)
}

/// In the transaction that is open, or in a new one: an error may have ended that of an earlier call.
fn in_snapshot<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    if connection.is_autocommit() {
        connection.prepare_cached("BEGIN")?.execute([])?;
    }
    // A panic is a bug in one call, and must not be the end of a reader.
    catch_unwind(AssertUnwindSafe(|| work(connection)))
        .unwrap_or_else(|_| Err(fault::corrupt("a panic")))
}

/// Ends a transaction that has written nothing: what was read is good in any case.
fn end_snapshot(connection: &Connection) {
    if !connection.is_autocommit() {
        let _ended = connection.prepare_cached("ROLLBACK").and_then(|mut end| end.execute([]));
    }
}

/// Has the scheduler not interrupt whatever runs on a core for this thread as soon as there is something
/// to read (`SCHED_BATCH`, sched(7)). Where a core is idle it runs at once all the same; where the runtime
/// keeps its core busy, what has come meanwhile is read together: fewer switches between threads, and
/// fewer transactions. The price: where all cores are busy, a read begins when a slice of the
/// scheduler ends, some milliseconds later, also behind a password. Another policy than the usual one is
/// somebody's choice, and stays.
#[expect(unsafe_code, reason = "there is no safe wrapper of it")]
fn wait_for_a_turn() -> std::io::Result<()> {
    let parameters = libc::sched_param { sched_priority: 0 };
    // SAFETY: the second reads one `sched_param`, which outlives the call; 0 is the calling thread.
    let result = unsafe {
        match libc::sched_getscheduler(0) {
            libc::SCHED_OTHER => {
                libc::sched_setscheduler(0, libc::SCHED_BATCH, &raw const parameters)
            }
            other => other,
        }
    };
    if result < 0 { Err(std::io::Error::last_os_error()) } else { Ok(()) }
}

/// Works until the queue is closed and empty.
pub(crate) fn run(connection: &Connection, queue: &Arc<ReadQueue>) {
    // It is faster so, and right without.
    if let Err(error) = wait_for_a_turn() {
        debug!(%error, "a reader interrupts other threads");
    }
    loop {
        let (calls, _) = queue.take(TOGETHER);
        if calls.is_empty() {
            return;
        }
        read(connection, calls);
    }
}

/// Reads what was queued before, in one transaction. Nothing that is queued later may come into it: who
/// asks has perhaps heard of a commit that it does not see.
fn read(connection: &Connection, calls: Vec<Box<dyn ReadCall>>) {
    // One of an earlier time, whose end failed, sees too little.
    end_snapshot(connection);
    let mut done = Vec::with_capacity(calls.len());
    let mut held_since = Instant::now();
    for mut call in calls {
        call.run(connection);
        done.push(call);
        if held_since.elapsed() >= HELD {
            done.drain(..).for_each(ReadCall::answer);
            held_since = Instant::now();
        }
    }
    end_snapshot(connection);
    done.into_iter().for_each(ReadCall::answer);
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::*;

    fn value<T: Send + 'static>(
        mut answered: oneshot::Receiver<Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        answered.try_recv().expect("an answer")
    }

    /// A database with one row in a table `t`, and another connection to it.
    fn two_connections() -> (tempfile::TempDir, Connection, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let open = || Connection::open(folder.path().join("p.db")).unwrap();
        let (reader, writer) = (open(), open());
        writer.pragma_update(None, "journal_mode", "wal").unwrap();
        writer.execute_batch("CREATE TABLE t (n); INSERT INTO t VALUES (1)").unwrap();
        (folder, reader, writer)
    }

    fn count(connection: &Connection) -> rusqlite::Result<i64> {
        connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0))
    }

    #[test]
    fn calls_that_wait_together_read_one_moment_and_later_ones_a_later() {
        let (_folder, reader, writer) = two_connections();
        let (first, one) = call(count);
        let (second, nothing) = call(move |_| {
            writer.execute_batch("INSERT INTO t VALUES (2)")?;
            Ok(writer)
        });
        let (third, same) = call(count);
        read(&reader, vec![first, second, third]);
        assert_eq!((value(one), value(nothing).is_ok(), value(same)), (Ok(1), true, Ok(1)));
        let (later, answered) = call(count);
        read(&reader, vec![later]);
        assert_eq!(value(answered), Ok(2));
    }

    #[test]
    fn a_call_that_fails_or_panics_or_ends_the_transaction_does_not_touch_the_others() {
        let (_folder, reader, _writer) = two_connections();
        let (broken, an_error) = call(|connection| connection.execute_batch("SELECT nothing"));
        let (panicking, a_panic) =
            call(|_| -> rusqlite::Result<()> { panic!("a bug in one call") });
        let (ending, an_end) = call(|connection| connection.execute_batch("ROLLBACK"));
        let (good, answered) =
            call(|connection| Ok((count(connection)?, connection.is_autocommit())));
        read(&reader, vec![broken, panicking, ending, good]);
        assert!(value(an_error).is_err() && value(a_panic).is_err());
        assert_eq!((value(an_end), value(answered)), (Ok(()), Ok((1, false))));
        assert!(reader.is_autocommit());
    }

    #[test]
    fn a_read_of_much_is_taken_alone() {
        let bounds = Bounds { calls: 100, messages: usize::MAX, bytes: usize::MAX };
        let queue = Queue::new(bounds);
        let sizes = [Size::Few, Size::Few, Size::Many, Size::Many, Size::Few];
        for (number, size) in sizes.into_iter().enumerate() {
            assert!(queue.push(number, size.weight()));
        }
        for number in 10..19 {
            assert!(queue.push(number, Size::Few.weight()));
        }
        let taken = || queue.take(TOGETHER).0;
        assert_eq!([taken(), taken(), taken()], [vec![0, 1], vec![2], vec![3]]);
        assert_eq!([taken(), taken()], [vec![4, 10, 11, 12, 13, 14, 15, 16], vec![17, 18]]);
    }

    #[test]
    fn a_read_whose_asker_has_gone_is_not_run() {
        let connection = Connection::open_in_memory().unwrap();
        for (is_there, expected) in [(true, 1), (false, 0)] {
            let runs = Arc::new(AtomicUsize::new(0));
            let seen = Arc::clone(&runs);
            let (call, answered) = call(move |_| Ok(seen.fetch_add(1, Relaxed)));
            let _asker = is_there.then_some(answered);
            read(&connection, vec![call]);
            assert_eq!(runs.load(Relaxed), expected);
        }
    }
}
