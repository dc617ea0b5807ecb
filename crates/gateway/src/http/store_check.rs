//! Whether the store answers, asked as seldom as that allows.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chat::store::Store;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// How long an answer counts: a check is a commit, and whoever asks for it must not be able to make
/// many of them.
const FRESH: Duration = Duration::from_secs(1);
/// How long a check may take. A probe usually waits for a second before it takes the node for dead.
const PATIENCE: Duration = Duration::from_millis(500);

/// Asks the store, and remembers the answer.
pub(super) struct StoreCheck {
    store: Arc<dyn Store>,
    /// When it was last asked, and whether it answered. Whoever asks meanwhile waits for that.
    last: Mutex<Option<(Instant, bool)>>,
}

impl fmt::Debug for StoreCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreCheck").field("last", &self.last).finish_non_exhaustive()
    }
}

impl StoreCheck {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, last: Mutex::new(None) }
    }

    /// Whether it answered within [`PATIENCE`], at most [`FRESH`] ago.
    pub(super) async fn answers(&self) -> bool {
        let mut last = self.last.lock().await;
        if let Some((at, answered)) = *last
            && at.elapsed() < FRESH
        {
            return answered;
        }
        let answered = matches!(timeout(PATIENCE, self.store.check()).await, Ok(Ok(())));
        *last = Some((Instant::now(), answered));
        answered
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::MemoryStore;

    #[tokio::test(start_paused = true)]
    async fn an_answer_counts_for_a_second() {
        let store = Arc::new(MemoryStore::default());
        let check = StoreCheck::new(Arc::clone(&store) as _);
        assert!(check.answers().await);
        store.set_away(true);
        assert!(check.answers().await);
        tokio::time::advance(FRESH).await;
        assert!(!check.answers().await);
        store.set_away(false);
        assert!(!check.answers().await);
        tokio::time::advance(FRESH).await;
        assert!(check.answers().await);
    }
}
