//! Who writes to the sessions that have something queued: one task for many of them, one write at once
//! when there is little to do, many frames a write when there is much.

use std::sync::Arc;
use std::vec::Drain;

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio::task::yield_now;

use crate::session::{AHEAD, Session};
use crate::stats::{Counters, Sent};

/// Connections that are written to before other tasks run: some 0.5 ms of `write`.
const BATCH: usize = 64;

#[derive(Default)]
pub(crate) struct Flusher {
    dirty: Mutex<Dirty>,
    wake: Notify,
    /// How often it has written to all that were there.
    rounds: watch::Sender<u64>,
}

#[derive(Default)]
struct Dirty {
    sessions: Vec<Arc<Session>>,
    /// It is at those of before.
    is_writing: bool,
}

impl Flusher {
    /// These have something to write.
    pub(crate) fn take_up(&self, sessions: impl Iterator<Item = Arc<Session>>) {
        let mut dirty = self.dirty.lock();
        let was_empty = dirty.sessions.is_empty();
        dirty.sessions.extend(sessions);
        let is_first = was_empty && !dirty.sessions.is_empty();
        drop(dirty);
        if is_first {
            self.wake.notify_one();
        }
    }

    /// Writes, for ever.
    pub(crate) async fn run(&self, counters: &Counters) {
        let mut batch = Vec::new();
        loop {
            self.wake.notified().await;
            // After what is ready to run, which has more for the same sessions where there is much to
            // do; where there is not, one look at the poller. Woken by whoever queues, it would run
            // next, and write to all listeners of a room once for each of those who come.
            yield_now().await;
            self.begin(&mut batch);
            let mut sessions = batch.drain(..);
            while write_to_some(&mut sessions, counters) {
                yield_now().await;
            }
            self.end();
        }
    }

    fn begin(&self, batch: &mut Vec<Arc<Session>>) {
        let mut dirty = self.dirty.lock();
        std::mem::swap(batch, &mut dirty.sessions);
        dirty.is_writing = true;
    }

    fn end(&self) {
        let mut dirty = self.dirty.lock();
        dirty.is_writing = false;
        self.rounds.send_modify(|rounds| *rounds += 1);
    }

    /// Resolves when all that have something to write by now were written to.
    pub(crate) async fn flushed(&self) {
        let mut rounds = self.rounds.subscribe();
        let last = self.last_round();
        // The sender lives in `self`.
        let _ = rounds.wait_for(|rounds| *rounds >= last).await;
    }

    /// The round in which the last of those who have something to write now has its turn.
    fn last_round(&self) -> u64 {
        let dirty = self.dirty.lock();
        let left = u64::from(dirty.is_writing) + u64::from(!dirty.sessions.is_empty());
        *self.rounds.borrow() + left
    }
}

/// Writes to as many as are written to in one go; whether there are more.
fn write_to_some(sessions: &mut Drain<'_, Arc<Session>>, counters: &Counters) -> bool {
    let mut sent = Sent::default();
    for _ in 0..BATCH / AHEAD {
        for session in sessions.as_slice().iter().take(AHEAD) {
            session.touch();
        }
        for session in sessions.by_ref().take(AHEAD) {
            session.flush_counting(&mut sent);
            // It is let go while it is at hand.
        }
    }
    counters.sent(&sent);
    !sessions.as_slice().is_empty()
}
