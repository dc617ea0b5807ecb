//! The members' lists: every socket of a member hears how a conversation looks now, whether it listens
//! there or not.
//!
//! ```text
//! connect, message, mark, join, leave ─▶ Mailbox ─▶ Machine ─▶ one question to the store
//!                                                                │ how it looks to all of them
//!                 every socket of each ◀── conversation_updated ─┘
//! ```
//!
//! - `conversation_updated {conversation}`: for each stored message, to all members, and for each move
//!   of a member's own mark, to that member. In direct conversations one by one, also those that
//!   waited. In rooms and channels at most once in [`InboxConfig::pause`], and the last state always.
//! - `conversation_added` and `conversation_removed {conversation}`: to the member whose membership
//!   began or ended, at once.
//!
//! The [`machine`] decides without IO; one task drives it. What is heard on a message's way is only put
//! into the [`mailbox`]. A store that does not answer is asked again: nothing is lost by it.

mod machine;
mod mailbox;
mod show;
mod steps;

#[cfg(test)]
mod tests;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chat::conversations::ConversationId;
use chat::ids::AccountId;
use chat::store::{Store, StoreError};
use chat::time::Clock;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use parking_lot::Mutex;
use tokio::task::JoinHandle;

use crate::deadlines::sleep;
use crate::fanout::ChatHub;
use crate::socket::LiveSockets;
use machine::{Flush, Flushed, Machine, Newcomer, Work};
use mailbox::Mailbox;

/// The numbers of the members' lists.
#[derive(Debug, Clone)]
pub struct InboxConfig {
    /// The least time between two updates of one room or channel. Default 1 s.
    pub pause: Duration,
    /// The pause before the store is asked again that did not answer. Default 1 s.
    pub retry: Duration,
    /// Conversations of one account that its sockets hear of: the most recently active when its first
    /// socket came, and those that it enters afterwards. Default 5,000: some 40 bytes each, and 300
    /// more where nobody else of it is online. The account itself is some 250.
    pub max_memberships: usize,
    /// Questions to the store at a time, of each of the two kinds. Default 4.
    pub max_works: usize,
}

impl Default for InboxConfig {
    fn default() -> Self {
        Self {
            pause: Duration::from_secs(1),
            retry: Duration::from_secs(1),
            max_memberships: 5_000,
            max_works: 4,
        }
    }
}

/// How much there is at the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InboxStats {
    /// Accounts with a socket here.
    pub accounts: usize,
    /// Conversations that they are in.
    pub conversations: usize,
    /// Of those, how many wait to be told of, or are being told of.
    pub dirty: usize,
    /// Accounts whose conversations are not known yet.
    pub loading: usize,
}

/// What an [`Inbox`] is made of.
pub(crate) struct InboxParts {
    /// Where conversations are kept.
    pub(crate) store: Arc<dyn Store>,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
    /// The sockets.
    pub(crate) live: Arc<LiveSockets>,
    /// Who is active.
    pub(crate) chat: Arc<ChatHub>,
}

/// See the module.
pub(crate) struct Inbox {
    mailbox: Arc<Mailbox>,
    machine: Arc<Mutex<Machine>>,
    driver: JoinHandle<()>,
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

impl Inbox {
    /// Starts its task, which ends when this is dropped, and hears what the hub tells.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub(crate) fn start(config: InboxConfig, parts: InboxParts) -> Self {
        let mailbox = Arc::new(Mailbox::default());
        let heard = Arc::clone(&mailbox);
        parts.chat.hear(Box::new(move |what| heard.hear(what)));
        let driver = Driver {
            max_memberships: config.max_memberships,
            mailbox: Arc::clone(&mailbox),
            machine: Arc::new(Mutex::new(Machine::new(config))),
            parts,
            is_failing: false,
        };
        let machine = Arc::clone(&driver.machine);
        Self { mailbox, machine, driver: tokio::spawn(driver.run()) }
    }

    /// An account has one socket more, which can be sent to.
    pub(crate) fn online(&self, account: &AccountId) {
        self.mailbox.online(account);
    }

    /// And one fewer.
    pub(crate) fn offline(&self, account: &AccountId) {
        self.mailbox.offline(account);
    }

    /// How much there is.
    pub(crate) fn stats(&self) -> InboxStats {
        self.machine.lock().stats()
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// What the store has answered.
enum Done {
    Loaded(Vec<Newcomer>, Result<Vec<Vec<ConversationId>>, StoreError>),
    Flushed(Flush, Flushed),
}

type Working = Pin<Box<dyn Future<Output = Done> + Send>>;

struct Driver {
    max_memberships: usize,
    mailbox: Arc<Mailbox>,
    /// Touched by the task, and for its numbers.
    machine: Arc<Mutex<Machine>>,
    parts: InboxParts,
    is_failing: bool,
}

impl Driver {
    async fn run(mut self) {
        let mut works: FuturesUnordered<Working> = FuturesUnordered::new();
        loop {
            let deadline = self.step(&works);
            tokio::select! {
                // Whatever is ready to run may put more in: it is taken together.
                () = self.mailbox.filled() => tokio::task::yield_now().await,
                Some(done) = works.next() => self.done(done),
                () = sleep(deadline) => {}
            }
        }
    }

    /// Takes what was heard, and begins what is due; how long until more is.
    fn step(&self, works: &FuturesUnordered<Working>) -> Option<Duration> {
        let now = self.parts.clock.now().mono;
        let mut machine = self.machine.lock();
        self.mailbox.empty_into(&mut machine, now);
        while let Some(work) = machine.next_work(now) {
            works.push(self.begin(work));
        }
        machine.next_deadline().map(|deadline| deadline.since(now))
    }

    fn begin(&self, work: Work) -> Working {
        let InboxParts { store, live, chat, clock: _ } = &self.parts;
        let (store, live, chat) = (Arc::clone(store), Arc::clone(live), Arc::clone(chat));
        let limit = self.max_memberships;
        Box::pin(async move {
            match work {
                Work::Load(newcomers) => {
                    let accounts = newcomers.iter().map(|(account, _)| account.clone()).collect();
                    let of_each = store.membership_ids(accounts, limit).await;
                    Done::Loaded(newcomers, of_each)
                }
                Work::Flush(flush) => {
                    let result = show::flush(&*store, &live, &chat, &flush).await;
                    Done::Flushed(flush, result)
                }
            }
        })
    }

    fn done(&mut self, done: Done) {
        let error = match &done {
            Done::Loaded(_, result) => result.as_ref().err(),
            Done::Flushed(_, result) => result.as_ref().err(),
        };
        self.log(error.copied());
        let now = self.parts.clock.now().mono;
        let mut machine = self.machine.lock();
        match done {
            Done::Loaded(newcomers, of_each) => machine.loaded(now, &newcomers, of_each),
            Done::Flushed(flush, result) => machine.flushed(now, flush, result),
        }
    }

    /// Once when it begins to fail, and once when it works again.
    fn log(&mut self, error: Option<StoreError>) {
        match (error, self.is_failing) {
            (Some(error), false) => {
                tracing::warn!(%error, "members' lists are not told of changes until the store answers");
            }
            (None, true) => tracing::info!("members' lists are told of changes again"),
            _ => {}
        }
        self.is_failing = error.is_some();
    }
}
