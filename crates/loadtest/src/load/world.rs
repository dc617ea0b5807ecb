//! What all connections of a run share.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;

use super::places::Places;
use super::plan::Plan;
use super::private::Private;
use super::tally::{Latencies, Tally};
use crate::connection::Link;
use crate::error::Error;
use crate::target::Target;

/// How many reasons of failures are kept.
const MAX_REASONS: usize = 5;

/// The state of a run, on one thread.
#[derive(Debug)]
pub(crate) struct World {
    /// Whom it is about.
    pub(crate) target: Rc<Target>,
    /// Where, and by whom.
    pub(crate) places: Rc<Places>,
    /// What is done.
    pub(crate) plan: Plan,
    /// The writing side of each connection that is there.
    pub(crate) links: RefCell<Vec<Option<Link>>>,
    /// What was received.
    pub(crate) tally: RefCell<Tally>,
    /// What came of marks and writing.
    pub(crate) private: RefCell<Private>,
    /// How long each connection took to its first event.
    pub(crate) first_event: RefCell<Latencies>,
    /// When the last connection had its first event.
    pub(crate) last_first_event_ns: Cell<u64>,
    /// Connections that had their first event.
    pub(crate) joined: Cell<usize>,
    /// Connections that could be sent from: with their partner there, if they need one.
    pub(crate) ready: Cell<usize>,
    /// Connections that never had a first event.
    pub(crate) failed: Cell<usize>,
    /// Connections that ended after it, though nobody wanted them to.
    pub(crate) lost: Cell<usize>,
    /// Messages that were sent.
    pub(crate) sent: Cell<u64>,
    /// Why connections failed or were lost, the first few.
    pub(crate) reasons: RefCell<Vec<String>>,
    changed: Notify,
}

impl World {
    /// Before anything has happened.
    pub(crate) fn new(target: Rc<Target>, plan: Plan, places: Rc<Places>) -> Rc<Self> {
        let links = RefCell::new(vec![None; plan.connections()]);
        Rc::new(Self {
            target,
            places,
            plan,
            links,
            tally: RefCell::new(Tally::new()),
            private: RefCell::new(Private::new()),
            first_event: RefCell::new(Latencies::new()),
            last_first_event_ns: Cell::new(0),
            joined: Cell::new(0),
            ready: Cell::new(0),
            failed: Cell::new(0),
            lost: Cell::new(0),
            sent: Cell::new(0),
            reasons: RefCell::default(),
            changed: Notify::new(),
        })
    }

    /// Adds one to a count, and wakes whoever waits for it.
    pub(crate) fn count(&self, counter: &Cell<usize>) {
        counter.set(counter.get() + 1);
        self.changed.notify_waiters();
    }

    /// Keeps the reason of a failure, if it is a new one.
    pub(crate) fn note(&self, error: &Error) {
        let reason = error.to_string();
        let mut reasons = self.reasons.borrow_mut();
        if reasons.len() < MAX_REASONS && !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }

    /// Returns when every connection is ready, or has failed or been lost.
    ///
    /// # Errors
    /// [`Error::Timeout`] if that takes longer than `limit`; the first reason if none is left.
    pub(crate) async fn all_ready(&self, limit: Duration) -> Result<(), Error> {
        let settled = async {
            loop {
                let changed = self.changed.notified();
                let over = self.failed.get() + self.lost.get();
                if self.ready.get() + over >= self.plan.connections() {
                    return;
                }
                changed.await;
            }
        };
        if tokio::time::timeout(limit, settled).await.is_err() {
            return Err(Error::Timeout("connecting everyone", limit.as_secs()));
        }
        match self.reasons.borrow().first() {
            Some(reason) if self.ready.get() == 0 => Err(Error::Usage(reason.clone())),
            _ => Ok(()),
        }
    }
}
