//! What handlers wait for, and how the panics of an application are kept where they belong.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::engine::Engine;
use crate::namespace::{BoxFuture, Event, Passes};
use crate::socket::SocketId;

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
    /// A wait that later events wait for; in a box, as most sessions have none.
    hold: Option<Box<Hold>>,
}

/// See [`Flow::Hold`](crate::Flow::Hold) and [`Flow::HoldBut`](crate::Flow::HoldBut).
struct Hold {
    /// `None`: it has ended, and `deferred` has its turn.
    wait: Option<Wait>,
    /// Whose it is, and which events of theirs do not wait; `None`: all do, and nothing is read.
    passes: Option<(SocketId, Passes)>,
    /// The first packet that waits: behind it nothing is read.
    deferred: Option<Box<str>>,
}

impl Waits {
    /// Begins a wait beside others: their first polls come in the order of this.
    pub(crate) fn begin(&mut self, engine: &Arc<Engine>, wait: BoxFuture<()>) {
        self.running.get_or_insert_default().push(Wait::new(engine, wait));
    }

    /// Begins a wait that later events wait for: all, or those of the socket but for some. An event
    /// that has passed another hold waits beside it.
    pub(crate) fn hold(
        &mut self,
        engine: &Arc<Engine>,
        wait: BoxFuture<()>,
        passes: Option<(SocketId, Passes)>,
    ) {
        if self.hold.is_some() {
            return self.begin(engine, wait);
        }
        let wait = Some(Wait::new(engine, wait));
        self.hold = Some(Box::new(Hold { wait, passes, deferred: None }));
    }

    /// Whether a packet has to wait, if it is not one of the events that pass.
    pub(crate) fn holds(&self) -> bool {
        self.hold.is_some()
    }

    /// Whether an event of this socket's does not wait for what holds.
    pub(crate) fn lets_pass(&self, socket: SocketId, event: &Event<'_>) -> bool {
        let passes = self.hold.as_ref().and_then(|hold| hold.passes.as_ref());
        passes.is_some_and(|(of, passes)| *of == socket && passes(event))
    }

    /// Keeps the packet that waits; nothing more is read.
    pub(crate) fn defer(&mut self, text: &str) {
        if let Some(hold) = &mut self.hold {
            hold.deferred = Some(text.into());
        }
    }

    /// What waited for a hold that has ended, if it may go on.
    pub(crate) fn take_deferred(&mut self, max: usize) -> Option<Box<str>> {
        let is_over = self.hold.as_ref().is_some_and(|hold| hold.wait.is_none());
        if !is_over || self.is_full(max) {
            return None;
        }
        self.hold.take().and_then(|hold| hold.deferred)
    }

    /// Whether nothing may be read until one of them has ended.
    pub(crate) fn blocks(&self, max: usize) -> bool {
        let holds = |hold: &Hold| hold.passes.is_none() || hold.deferred.is_some();
        self.hold.as_deref().is_some_and(holds) || self.is_full(max)
    }

    fn is_full(&self, max: usize) -> bool {
        self.running.as_ref().is_some_and(|running| running.len() >= max)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.hold.as_ref().is_none_or(|hold| hold.wait.is_none()) && self.running.is_none()
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
            && let Some(wait) = &mut hold.wait
            && let Poll::Ready(ended) = Pin::new(wait).poll(cx)
        {
            hold.wait = None;
            if hold.deferred.is_none() {
                self.hold = None;
            }
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
