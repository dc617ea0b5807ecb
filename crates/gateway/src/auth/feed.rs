//! The changes of rights, as this node hears of them: from the store a few times a second, and at
//! once from itself.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use chat::identity::{ChangeKind, ChangeSeq};
use chat::store::{Store, StoreError};
use chat::time::{Clock, Monotonic};
use parking_lot::RwLock;
use tokio::sync::OnceCell;

use super::config::AuthConfig;

/// Changes that are read at a time: some 100 bytes each.
const PAGE: usize = 256;

/// Whoever acts on a change. It is called while others wait: it must not wait itself.
pub type ChangeListener = Box<dyn Fn(&ChangeKind) + Send + Sync>;

/// See the module.
pub(super) struct Feed {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    max_staleness: Duration,
    /// Up to where the changes are known. Nobody is let in before that is known once: a revocation
    /// between a verification and the first look would be missed.
    seen: OnceCell<AtomicU64>,
    /// When the last look began that was answered, in milliseconds of the clock.
    looked_at: AtomicU64,
    is_failing: AtomicBool,
    /// Whether the server is being stopped: then that the store is closed is nothing to be said.
    is_stopped: AtomicBool,
    listeners: RwLock<Vec<ChangeListener>>,
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("seen", &self.seen.get()).finish_non_exhaustive()
    }
}

impl Feed {
    /// Starts to look, as long as the feed lives.
    pub(super) fn start(
        config: &AuthConfig,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> Arc<Self> {
        let feed = Arc::new(Self {
            store,
            clock,
            max_staleness: config.max_staleness,
            seen: OnceCell::new(),
            looked_at: AtomicU64::new(0),
            is_failing: AtomicBool::new(false),
            is_stopped: AtomicBool::new(false),
            listeners: RwLock::default(),
        });
        tokio::spawn(watch(Arc::downgrade(&feed), config.change_interval));
        feed
    }

    pub(super) fn listen(&self, listener: ChangeListener) {
        self.listeners.write().push(listener);
    }

    /// Looks no more, and says nothing of it.
    pub(super) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Release);
    }

    fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Acquire)
    }

    /// Tells everyone of a change.
    pub(super) fn tell(&self, change: &ChangeKind) {
        for listener in &*self.listeners.read() {
            listener(change);
        }
    }

    /// Waits until it is known where the changes begin that matter to this node.
    pub(super) async fn ready(&self) -> Result<(), StoreError> {
        self.seen().await.map(drop)
    }

    async fn seen(&self) -> Result<&AtomicU64, StoreError> {
        let first = || async {
            let start = self.clock.now().mono;
            let ChangeSeq(newest) = self.store.newest_change().await?;
            self.looked(start);
            Ok(AtomicU64::new(newest))
        };
        self.seen.get_or_try_init(first).await
    }

    /// Whether the changes were looked at recently enough for what is remembered to count.
    pub(super) fn is_fresh(&self) -> bool {
        let looked_at = Monotonic::from_millis(self.looked_at.load(Ordering::Acquire));
        self.clock.now().mono.since(looked_at) <= self.max_staleness
    }

    fn looked(&self, start: Monotonic) {
        self.looked_at.fetch_max(start.as_millis(), Ordering::AcqRel);
        if self.is_failing.swap(false, Ordering::AcqRel) {
            tracing::info!("the changes of rights can be read again");
        }
    }

    /// Reads what is new, and tells it. Only one looks at a time: the task of this feed.
    async fn look(&self) -> Result<(), StoreError> {
        let seen = self.seen().await?;
        loop {
            let start = self.clock.now().mono;
            let after = ChangeSeq(seen.load(Ordering::Acquire));
            let changes = self.store.changes_after(after, PAGE).await?;
            for change in &changes {
                self.tell(&change.kind);
                seen.store(change.seq.0, Ordering::Release);
            }
            if changes.len() < PAGE {
                self.looked(start);
                return Ok(());
            }
        }
    }
}

async fn watch(feed: Weak<Feed>, interval: Duration) {
    while let Some(feed) = feed.upgrade().filter(|feed| !feed.is_stopped()) {
        if let Err(error) = feed.look().await
            && !feed.is_stopped()
            && !feed.is_failing.swap(true, Ordering::AcqRel)
        {
            tracing::error!(%error, "the changes of rights cannot be read: nobody new is let in");
        }
        drop(feed);
        tokio::time::sleep(interval).await;
    }
}
