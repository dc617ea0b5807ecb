//! The one place where pairing runs: under a mutex, so that the order in which it decides is the
//! order in which its events are sent.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use chat::identity::Block;
use chat::ids::{AccountId, SocketId};
use chat::pairing::{Command, PairStats, Pairing, PairingConfig, Seeker};
use chat::random::Random;
use chat::time::{Clock, Monotonic, Now};
use parking_lot::Mutex;
use socketio::{Ack, Socket};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::wire;
use crate::deadlines::drive;
use crate::error::WireError;

/// Pairing, and the sockets that its events go to.
///
/// What is done under the lock is bounded: a command decides in some microseconds, and emits at most
/// two events to each of a few sockets. An emit encodes its event here and queues it; it never waits
/// for a socket. The largest by far is `chat_history`: the lines that waited in two rooms, 100 of
/// 16.8 KB unless configured, once for each of the two who meet, so 3.4 MB of JSON for a meeting.
pub struct PairHub {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
    /// Wakes the driver when a deadline moved forward, and when the hub is gone.
    wake: Arc<Notify>,
    driver: JoinHandle<()>,
}

struct State {
    pairing: Pairing,
    /// The sockets that have ever asked for a seat, until they vanish: one handle each.
    sockets: HashMap<SocketId, Socket>,
    /// What the driver sleeps until.
    armed: Option<Monotonic>,
}

impl fmt::Debug for PairHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PairHub").finish_non_exhaustive()
    }
}

impl PairHub {
    /// Starts the machine, and the task that acts on its deadlines as long as the hub lives. Needs a
    /// tokio runtime.
    pub(crate) fn start(
        config: PairingConfig,
        clock: Arc<dyn Clock>,
        random: Box<dyn Random>,
    ) -> Arc<Self> {
        let wake = Arc::new(Notify::new());
        Arc::new_cyclic(|hub| Self {
            state: Mutex::new(State {
                pairing: Pairing::new(config, random),
                sockets: HashMap::new(),
                armed: None,
            }),
            clock,
            driver: tokio::spawn(drive_once_made(hub.clone(), Arc::clone(&wake))),
            wake,
        })
    }

    /// The present moment, as pairing sees it.
    pub(crate) fn now(&self) -> Now {
        self.clock.now()
    }

    /// Runs a command: its answer goes to `ack`, then its events to whom they are for.
    ///
    /// # Errors
    /// What the domain refuses; the command has changed nothing then, and `ack` is still there.
    pub(crate) fn run(
        &self,
        socket: &Socket,
        seeker: &Seeker,
        command: Command,
        ack: &mut Option<Ack>,
    ) -> Result<(), WireError> {
        let asks_for_a_seat = matches!(command, Command::Start { .. } | Command::NewChat { .. });
        let mut state = self.state.lock();
        let now = self.clock.now();
        // What was due before this command is told before its answer.
        state.pairing.tick(now);
        state.send_events();
        let reply = state.pairing.handle(seeker, command, now);
        if let Ok(reply) = &reply {
            if asks_for_a_seat {
                state.sockets.entry(seeker.socket.clone()).or_insert_with(|| socket.clone());
            }
            if let Some(ack) = ack.take() {
                ack.send(&wire::reply(reply));
            }
        }
        self.settle(&mut state);
        reply.map(drop).map_err(WireError::from)
    }

    /// A socket is gone: its seat is free at once, and nothing is remembered of it.
    pub(crate) fn vanish(&self, seeker: &Seeker) {
        let mut state = self.state.lock();
        if state.sockets.remove(&seeker.socket).is_some() {
            state.pairing.vanish(&seeker.socket, self.clock.now());
            self.settle(&mut state);
        }
    }

    /// One account blocks another, wherever that happened: a chat between them ends.
    pub(crate) fn blocked(&self, block: &Block) {
        let mut state = self.state.lock();
        let now = self.clock.now();
        state.pairing.account_blocked(&block.blocker, &block.blocked, now);
        self.settle(&mut state);
    }

    /// Whom an account that comes blocks already.
    pub(crate) fn recall(&self, account: &AccountId, blocks: impl Iterator<Item = AccountId>) {
        self.state.lock().pairing.recall_blocks(account, blocks);
    }

    /// And no longer.
    pub(crate) fn unblocked(&self, block: &Block) {
        let mut state = self.state.lock();
        let now = self.clock.now();
        state.pairing.account_unblocked(&block.blocker, &block.blocked, now);
        self.settle(&mut state);
    }

    /// Lets go of whom an account blocks, if it has no socket: with its first it is recalled. Whoever asks
    /// this for whether it has one knows of a coming socket before that is recalled: so one of the two
    /// comes last, and it is the recall if somebody came.
    pub(crate) fn release(&self, account: &AccountId, is_gone: impl FnOnce() -> bool) {
        let mut state = self.state.lock();
        if is_gone() {
            let now = self.clock.now();
            state.pairing.release_blocks(account, now);
            self.settle(&mut state);
        }
    }

    /// What pairing holds at this moment.
    pub(crate) fn stats(&self) -> PairStats {
        self.state.lock().pairing.stats()
    }

    /// Whether deadlines are still acted upon.
    pub(crate) fn is_driven(&self) -> bool {
        !self.driver.is_finished()
    }

    /// Sends what was decided, and has the driver woken if it would sleep too long.
    fn settle(&self, state: &mut State) {
        state.send_events();
        let next = state.pairing.next_deadline();
        if next.is_some_and(|next| state.armed.is_none_or(|armed| next < armed)) {
            state.armed = next;
            self.wake.notify_one();
        }
    }

    /// Acts on what is due; how long until the next deadline, `None` if there is none.
    fn tick(&self) -> Option<Duration> {
        let mut state = self.state.lock();
        let now = self.clock.now();
        state.pairing.tick(now);
        state.send_events();
        state.armed = state.pairing.next_deadline();
        state.armed.map(|deadline| deadline.since(now.mono))
    }
}

impl Drop for PairHub {
    fn drop(&mut self) {
        self.wake.notify_one();
    }
}

impl State {
    fn send_events(&mut self) {
        for emit in self.pairing.drain_effects() {
            // An event to a socket that has vanished meanwhile has nowhere to go.
            if let Some(socket) = self.sockets.get(&emit.to) {
                let (name, payload) = wire::event(&emit.event);
                socket.emit(name, &payload);
            }
        }
    }
}

/// Waits until the hub is made: it wakes this task when there is something to do.
async fn drive_once_made(hub: Weak<PairHub>, wake: Arc<Notify>) {
    wake.notified().await;
    drive(hub, wake, PairHub::tick).await;
}
