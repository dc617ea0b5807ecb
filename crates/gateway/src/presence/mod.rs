//! Who is online, and who is told of it: the other one of each direct conversation that somebody has
//! opened or written in.
//!
//! ```text
//! connect, disconnect ─▶ chat::presence ─▶ Waiting ─▶ one question to the store: with whom?
//!                                                       │
//!              every socket of each other one ◀── user_online, user_offline
//! ```
//!
//! What it costs: the store is asked once for each coming and going of an account (not of a socket), for
//! up to [`MAX_EVENTS`] that wait in one question; and one event for each socket of the others who are
//! online. Of one account all is told in its order; what was undone before it was asked for is not told
//! at all.

mod tell;
mod waiting;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chat::conversations::{Partner, Partners};
use chat::ids::{AccountId, SocketId};
use chat::presence::{Presence, PresenceConfig, PresenceEvent};
use chat::store::{Store, StoreError};
use chat::time::Clock;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::deadlines::sleep;
use crate::socket::LiveSockets;
use waiting::Waiting;

/// The numbers of presence.
#[derive(Debug, Clone)]
pub struct PresenceHubConfig {
    /// When somebody is online.
    pub presence: PresenceConfig,
    /// The direct conversations of one account whose others are told: the most recently active ones.
    /// Default 5,000, some 200 bytes each while they are told.
    pub max_partners: usize,
    /// Questions to the store at a time. Default 4.
    pub max_questions: usize,
    /// The pause before the store is asked again that did not answer. Default 1 s.
    pub retry: Duration,
}

impl Default for PresenceHubConfig {
    fn default() -> Self {
        Self {
            presence: PresenceConfig::default(),
            max_partners: 5_000,
            max_questions: 4,
            retry: Duration::from_secs(1),
        }
    }
}

/// What there is, and was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PresenceStats {
    /// Accounts that are online, those in their grace too.
    pub online: usize,
    /// Accounts of whose coming or going the others are not told yet.
    pub waiting: usize,
    /// Comings and goings of which the store has said who is to be told.
    pub questions: u64,
    /// Events that were sent.
    pub events: u64,
}

/// What a [`PresenceHub`] is made of.
pub(crate) struct PresenceParts {
    /// Where conversations are kept.
    pub(crate) store: Arc<dyn Store>,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
    /// The sockets.
    pub(crate) live: Arc<LiveSockets>,
}

/// See the module.
pub(crate) struct PresenceHub {
    shared: Arc<Shared>,
    driver: JoinHandle<()>,
}

/// What the hub and its task have in common.
struct Shared {
    parts: PresenceParts,
    state: Mutex<State>,
    /// Wakes the task when there is something to tell, or a deadline.
    wake: Notify,
    questions: AtomicU64,
    events: AtomicU64,
}

struct State {
    presence: Presence,
    waiting: Waiting,
}

impl fmt::Debug for PresenceHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresenceHub").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

impl PresenceHub {
    /// Starts its task, which ends when this is dropped.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub(crate) fn start(config: PresenceHubConfig, parts: PresenceParts) -> Self {
        let presence = Presence::new(config.presence.clone());
        let state = State { presence, waiting: Waiting::default() };
        let shared = Arc::new(Shared {
            parts,
            state: Mutex::new(state),
            wake: Notify::new(),
            questions: AtomicU64::new(0),
            events: AtomicU64::new(0),
        });
        let driver = tokio::spawn(run(config, Arc::clone(&shared)));
        Self { shared, driver }
    }

    /// A socket of an account that is no guest is there, and can be sent to.
    pub(crate) fn connect(&self, account: &AccountId, socket: &SocketId) {
        self.change(|presence, now| {
            // A node that is full has other troubles than who is shown online.
            if let Err(error) = presence.connect(account, socket, now) {
                tracing::warn!(%error, user = %account, "somebody is not shown online");
            }
        });
    }

    /// And is gone.
    pub(crate) fn disconnect(&self, account: &AccountId, socket: &SocketId) {
        self.change(|presence, now| presence.disconnect(account, socket, now));
    }

    fn change(&self, change: impl FnOnce(&mut Presence, chat::time::Now)) {
        let mut state = self.shared.state.lock();
        change(&mut state.presence, self.shared.parts.clock.now());
        state.collect();
        drop(state);
        self.shared.wake.notify_one();
    }

    /// Whether a viewer sees the other one of a conversation online; never across a block.
    pub(crate) fn sees(&self, other: &Partner) -> bool {
        !other.is_blocked && self.shared.state.lock().presence.is_online(&other.profile.id)
    }

    /// What there is, and was.
    pub(crate) fn stats(&self) -> PresenceStats {
        let state = self.shared.state.lock();
        let (online, waiting) = (state.presence.online(), state.waiting.len());
        drop(state);
        let questions = self.shared.questions.load(Ordering::Relaxed);
        let events = self.shared.events.load(Ordering::Relaxed);
        PresenceStats { online, waiting, questions, events }
    }
}

impl Drop for PresenceHub {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl State {
    /// Takes what the machine has decided.
    fn collect(&mut self) {
        for event in self.presence.drain_events() {
            self.waiting.push(event);
        }
    }
}

/// The most that the store is asked for at once: a crowd that comes back costs few questions, each some
/// 0.3 ms of a reader. Where each has [`PresenceHubConfig::max_partners`], some 0.3 s and 60 MB.
const MAX_EVENTS: usize = 64;

/// Asks and tells until it is stopped. Answers are taken in the order of the questions.
async fn run(config: PresenceHubConfig, shared: Arc<Shared>) {
    let mut asked: FuturesOrdered<BoxFuture<'static, Answer>> = FuturesOrdered::new();
    loop {
        let deadline = {
            let mut state = shared.state.lock();
            let now = shared.parts.clock.now();
            state.presence.tick(now);
            state.collect();
            while asked.len() < config.max_questions {
                let waiting = std::iter::from_fn(|| state.waiting.pop());
                let events: Vec<_> = waiting.take(MAX_EVENTS).collect();
                if events.is_empty() {
                    break;
                }
                asked.push_back(Box::pin(ask(Arc::clone(&shared), config.clone(), events)));
            }
            state.presence.next_deadline().map(|deadline| deadline.since(now.mono))
        };
        tokio::select! {
            // Whatever is ready to run may have more to tell: it is asked for together.
            () = shared.wake.notified() => tokio::task::yield_now().await,
            Some((events, partners)) = asked.next() => {
                for (event, partners) in events.iter().zip(partners) {
                    let told = tell::tell(&shared.parts.live, event, &partners);
                    shared.events.fetch_add(told, Ordering::Relaxed);
                }
            }
            () = sleep(deadline) => {}
        }
    }
}

/// What is to be told, and to whom, in the same order.
type Answer = (Vec<PresenceEvent>, Vec<Partners>);

/// Who is to be told, asked until the store answers.
async fn ask(shared: Arc<Shared>, config: PresenceHubConfig, events: Vec<PresenceEvent>) -> Answer {
    let account = |event: &PresenceEvent| match event {
        PresenceEvent::Online(account) | PresenceEvent::Offline { account, .. } => account.clone(),
    };
    let accounts: Vec<_> = events.iter().map(account).collect();
    let mut is_failing = false;
    loop {
        match shared.parts.store.partners(accounts.clone(), config.max_partners).await {
            Ok(partners) => {
                shared.questions.fetch_add(events.len() as u64, Ordering::Relaxed);
                return (events, partners);
            }
            Err(error) => log(error, std::mem::replace(&mut is_failing, true)),
        }
        tokio::time::sleep(config.retry).await;
    }
}

/// Once for each question that the store did not answer.
fn log(error: StoreError, was_failing: bool) {
    if !was_failing {
        tracing::warn!(%error, "presence is not told until the store answers");
    }
}
