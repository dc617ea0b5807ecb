//! What handlers wait for, and how the panics of an application are kept where they belong.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::engine::Engine;
use crate::namespace::BoxFuture;

/// Something of the application's panicked: its session has to end.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Panicked;

/// Calls something of the application's. A panic in it keeps nobody else from being called.
///
/// # Errors
/// It panicked.
pub(crate) fn guard(call: impl FnOnce()) -> Result<(), Panicked> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|_| Panicked)
}

/// The waits of one session.
#[derive(Default)]
pub(crate) struct Waits {
    running: Option<Box<FuturesUnordered<Wait>>>,
    /// A wait that nothing is read before the end of; in a box, as most sessions have none.
    hold: Option<Box<Wait>>,
}

impl Waits {
    /// Begins a wait beside others: their first polls come in the order of this.
    pub(crate) fn begin(&mut self, engine: &Arc<Engine>, wait: BoxFuture<()>) {
        self.running.get_or_insert_default().push(Wait::new(engine, wait));
    }

    /// Begins a wait that all later events wait for.
    pub(crate) fn hold(&mut self, engine: &Arc<Engine>, wait: BoxFuture<()>) {
        self.hold = Some(Box::new(Wait::new(engine, wait)));
    }

    /// Whether no event may come until one of them has ended.
    pub(crate) fn blocks(&self, max: usize) -> bool {
        self.hold.is_some() || self.running.as_ref().is_some_and(|running| running.len() >= max)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.hold.is_none() && self.running.is_none()
    }

    /// Lets them go on, and forgets those that have ended.
    ///
    /// # Errors
    /// One has ended in a panic; the others are untouched.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Result<(), Panicked> {
        let mut outcome = Ok(());
        // Those that began before what holds come before it.
        if let Some(running) = &mut self.running {
            while let Poll::Ready(Some(ended)) = running.poll_next_unpin(cx) {
                outcome = outcome.and(ended);
            }
            if running.is_empty() {
                self.running = None;
            }
        }
        if let Some(hold) = &mut self.hold
            && let Poll::Ready(ended) = Pin::new(hold).poll(cx)
        {
            self.hold = None;
            outcome = outcome.and(ended);
        }
        outcome
    }

    /// Resolves when all have ended.
    pub(crate) async fn finish(mut self) {
        poll_fn(|cx| {
            // The session is over already: there is nothing that a panic could end.
            let _ = self.poll(cx);
            if self.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// One wait. It is counted as long as it exists.
struct Wait {
    future: Option<BoxFuture<()>>,
    engine: Arc<Engine>,
}

impl Wait {
    fn new(engine: &Arc<Engine>, future: BoxFuture<()>) -> Self {
        engine.counters.waits.add(1);
        Self { future: Some(future), engine: engine.clone() }
    }
}

impl Future for Wait {
    type Output = Result<(), Panicked>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = &mut self.future else { return Poll::Ready(Ok(())) };
        let mut poll = Poll::Pending;
        let outcome = guard(|| poll = future.as_mut().poll(cx));
        if outcome.is_ok() && poll.is_pending() {
            return Poll::Pending;
        }
        // What it holds is dropped here, so that a panic in that is caught too.
        let future = self.future.take();
        Poll::Ready(outcome.and(guard(|| drop(future))))
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.engine.counters.waits.sub(1);
    }
}
