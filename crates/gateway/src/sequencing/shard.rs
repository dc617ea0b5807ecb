//! One shard: a sequencer under its mutex, and the task that does its works.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use chat::conversations::{ConversationId, Seq};
use chat::identity::Profile;
use chat::messages::{Messages, NewMessage};
use chat::sequencer::{
    Accepted, Answer, Delivering, Delivery, Effect, Outcome, SendError, Sequencer, SequencerConfig,
    Submission, Ticket, Work,
};
use chat::time::{Clock, Monotonic};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use parking_lot::Mutex;
use tokio::sync::{Mutex as Turns, Notify, oneshot};

use super::works::{Done, run};
use super::{FanOut, Following, SequencingStats};
use crate::deadlines::sleep;

/// The one who waits for an answer; whoever went away has nobody told.
type Waiter<T> = oneshot::Sender<Result<T, SendError>>;
/// The answer.
type Awaited<T> = oneshot::Receiver<Result<T, SendError>>;

/// Messages that were shown before the store answered, from which on one shard at a time tells what
/// became of them. Eight in a channel of 100 are 800 events, and 100 sockets to write to: a millisecond.
pub(super) const MANY: usize = 8;

pub(super) struct Shard {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
    fanout: Arc<dyn FanOut>,
    /// Wakes the task when there is something to do earlier than it thinks, and at the end.
    wake: Arc<Notify>,
}

struct State {
    machine: Sequencer,
    tickets: u64,
    /// One for each ticket that the machine has: it bounds them.
    senders: HashMap<Ticket, Waiter<Answer>>,
    listeners: HashMap<Ticket, Waiter<Seq>>,
    /// What the task sleeps until.
    armed: Option<Monotonic>,
    is_closed: bool,
    stats: SequencingStats,
    /// Messages that were shown since the store answered last.
    shown: usize,
}

/// What the task does next.
enum Turn {
    /// These, and wakes up after this time if it is given.
    Go(Vec<Work>, Option<Duration>),
    /// Everything has its outcome, and nothing more comes.
    End,
}

impl Shard {
    pub(super) fn new(
        config: SequencerConfig,
        clock: Arc<dyn Clock>,
        fanout: Arc<dyn FanOut>,
    ) -> Arc<Self> {
        let state = State {
            machine: Sequencer::new(config),
            tickets: 0,
            senders: HashMap::new(),
            listeners: HashMap::new(),
            armed: None,
            is_closed: false,
            stats: SequencingStats::default(),
            shown: 0,
        };
        Arc::new(Self { state: Mutex::new(state), clock, fanout, wake: Arc::default() })
    }

    pub(super) fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    pub(super) fn submit(
        &self,
        message: NewMessage,
        sender: Arc<Profile>,
        delivering: Delivering,
    ) -> Result<(Accepted, Awaited<Answer>), SendError> {
        self.input(|state, now| {
            let ticket = state.ticket();
            let submission = Submission { message, sender, delivering, ticket };
            let accepted = state.machine.submit(now, submission)?;
            let (waiter, awaited) = oneshot::channel();
            state.senders.insert(ticket, waiter);
            Ok((accepted, awaited))
        })
    }

    pub(super) fn follow(
        shard: &Arc<Self>,
        conversation: ConversationId,
    ) -> Result<(Following, Awaited<Seq>), SendError> {
        shard.input(|state, now| {
            if state.is_closed {
                return Err(SendError::Closed);
            }
            let ticket = state.ticket();
            state.machine.listen(now, &conversation, ticket)?;
            let (waiter, awaited) = oneshot::channel();
            state.listeners.insert(ticket, waiter);
            let following =
                Following { shard: Arc::clone(shard), conversation, ticket, from: Seq::default() };
            Ok((following, awaited))
        })
    }

    pub(super) fn forget(&self, conversation: &ConversationId, ticket: Ticket) {
        self.input(|state, _| {
            state.listeners.remove(&ticket);
            state.machine.forget(conversation);
        });
    }

    pub(super) fn observe(&self, delivery: Delivery) {
        self.input(|state, now| state.machine.observe(now, delivery));
    }

    /// Accepts nothing more; the task ends when nothing is left to do.
    pub(super) fn close(&self) {
        self.input(|state, _| {
            state.machine.close();
            state.is_closed = true;
        });
        self.wake.notify_one();
    }

    /// Gives up what is left; how many messages that were.
    pub(super) fn abandon(&self) -> usize {
        let left = self.input(|state, _| {
            let stats = state.machine.stats();
            state.machine.abandon();
            stats.queued + stats.in_flight
        });
        self.wake.notify_one();
        left
    }

    pub(super) fn add_stats(&self, mut sum: SequencingStats) -> SequencingStats {
        let state = self.state.lock();
        let now = state.machine.stats();
        sum.now.queued += now.queued;
        sum.now.in_flight += now.in_flight;
        sum.now.pending_bytes += now.pending_bytes;
        sum.now.conversations += now.conversations;
        sum.now.held_bytes += now.held_bytes;
        sum.batches += state.stats.batches;
        sum.batched += state.stats.batched;
        sum.failed_batches += state.stats.failed_batches;
        sum.batch_time += state.stats.batch_time;
        sum
    }

    /// Gives the machine an input, lets what it decided be heard, and has the task woken if it would
    /// sleep too long.
    fn input<T>(&self, act: impl FnOnce(&mut State, Monotonic) -> T) -> T {
        let mut state = self.state.lock();
        let result = act(&mut state, self.clock.now().mono);
        state.let_hear(&*self.fanout);
        let next = state.machine.next_deadline();
        if next.is_some_and(|next| state.armed.is_none_or(|armed| next < armed)) {
            state.armed = next;
            self.wake.notify_one();
        }
        result
    }

    /// If the answer that has come tells very many something: who tells it.
    fn tells_many(&self) -> Option<Arc<dyn FanOut>> {
        let shown = std::mem::take(&mut self.state.lock().shown);
        (shown >= MANY).then(|| Arc::clone(&self.fanout))
    }

    /// What the task does when it wakes up.
    fn turn(&self, done: Option<Done>) -> Turn {
        let mut state = self.state.lock();
        let now = self.clock.now().mono;
        if let Some(done) = done {
            state.count(&done);
            state.machine.done(now, done.outcome);
            state.let_hear(&*self.fanout);
        }
        let mut works = Vec::new();
        while let Some(work) = state.machine.next_work(now) {
            works.push(work);
        }
        state.let_hear(&*self.fanout);
        if state.is_closed && state.machine.is_settled() {
            // Nobody learns any more where it begins.
            state.listeners.clear();
            return Turn::End;
        }
        state.armed = state.machine.next_deadline();
        Turn::Go(works, state.armed.map(|deadline| deadline.since(now)))
    }
}

impl State {
    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    fn let_hear(&mut self, fanout: &dyn FanOut) {
        for effect in self.machine.drain_effects() {
            match effect {
                Effect::Shown(shown) => {
                    self.shown += 1;
                    fanout.shown(&shown);
                }
                Effect::Resent(resent) => fanout.resent(&resent),
                Effect::Committed(committed) => fanout.committed(&committed),
                Effect::Deliver(delivery) => fanout.deliver(&delivery),
                Effect::Failed(failed) => fanout.failed(&failed),
                Effect::Reply { ticket, result } => answer(&mut self.senders, ticket, result),
                Effect::Listening { ticket, result } => answer(&mut self.listeners, ticket, result),
            }
        }
    }

    fn count(&mut self, done: &Done) {
        match &done.outcome {
            Outcome::Append(Ok(stored)) if !stored.is_empty() => {
                self.stats.batches += 1;
                self.stats.batched += u64::try_from(stored.len()).unwrap_or(u64::MAX);
                self.stats.batch_time += done.took;
            }
            Outcome::Append(Err(_)) => self.stats.failed_batches += 1,
            _ => {}
        }
    }
}

fn answer<T>(
    waiters: &mut HashMap<Ticket, Waiter<T>>,
    ticket: Ticket,
    result: Result<T, SendError>,
) {
    if let Some(waiter) = waiters.remove(&ticket) {
        let _ = waiter.send(result);
    }
}

/// Asks the store whatever the shard wants to know, until the shard is gone or has ended.
///
/// `one_by_one` is of all shards. One commit answers many of them, and where many messages were shown
/// meanwhile, all sockets would have to be written to at once; whatever is said at that moment would be
/// shown behind all that. So what one shard tells is written before the next one tells anything.
pub(super) async fn drive(
    shard: Weak<Shard>,
    wake: Arc<Notify>,
    store: Arc<dyn Messages>,
    one_by_one: Arc<Turns<()>>,
) {
    let mut works = FuturesUnordered::new();
    let mut done = None;
    loop {
        let many = done.as_ref().and_then(|_| shard.upgrade()?.tells_many());
        let its_turn = match &many {
            Some(fanout) => {
                let its_turn = one_by_one.lock().await;
                fanout.told().await;
                Some(its_turn)
            }
            None => None,
        };
        let Some(alive) = shard.upgrade() else { return };
        let turn = alive.turn(done.take());
        drop((alive, its_turn));
        let Turn::Go(started, wait) = turn else { return };
        works.extend(started.into_iter().map(|work| run(Arc::clone(&store), work)));
        tokio::select! {
            Some(outcome) = works.next() => done = Some(outcome),
            () = wake.notified() => {}
            // Without a deadline only the other two wake it up.
            () = sleep(wait) => {}
        }
    }
}
