//! What follows from a block, here: a pair chat between the two ends, and to the blocked their direct
//! conversation is not there any more.

use std::fmt;
use std::sync::Arc;

use chat::conversations::MAX_LISTED;
use chat::identity::{Block, ChangeKind};
use chat::ids::AccountId;
use chat::store::{Store, StoreError};

use crate::auth::Auth;
use crate::fanout::ChatHub;
use crate::socket::{LiveSockets, PairHub};

/// See the module.
pub(crate) struct BlockEffects {
    store: Arc<dyn Store>,
    chat: Arc<ChatHub>,
    pair: Arc<PairHub>,
    live: Arc<LiveSockets>,
}

impl fmt::Debug for BlockEffects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockEffects").finish_non_exhaustive()
    }
}

impl BlockEffects {
    /// Acts on the blocks of other nodes from now on, and on the going of last sockets.
    pub(crate) fn follow(
        auth: &Auth,
        store: &Arc<dyn Store>,
        chat: &Arc<ChatHub>,
        (pair, live): (&Arc<PairHub>, &Arc<LiveSockets>),
    ) -> Arc<Self> {
        let effects = Arc::new(Self {
            store: Arc::clone(store),
            chat: Arc::clone(chat),
            pair: Arc::clone(pair),
            live: Arc::clone(live),
        });
        let told = Arc::downgrade(&effects);
        live.tell_of_last(Box::new(move |account| {
            if let Some(effects) = told.upgrade() {
                effects.release(account);
            }
        }));
        let heard_by = Arc::downgrade(&effects);
        auth.listen(Box::new(move |change| {
            if let (ChangeKind::Blocked(block) | ChangeKind::Unblocked(block), Some(effects)) =
                (change, heard_by.upgrade())
            {
                tokio::spawn(effects.hear(block.clone()));
            }
        }));
        effects
    }

    /// This node hears of its own blocks too, some time after it has acted on them: what was undone in
    /// the meantime must not come back. So the store says how it is now.
    async fn hear(self: Arc<Self>, block: Block) {
        let (one, other) = (block.blocker.clone(), block.blocked.clone());
        match self.store.is_blocked_between(one, other).await {
            Ok(false) => self.unblocked(&block),
            // What is not known is taken for a block.
            Ok(true) | Err(_) => self.blocked(&block),
        }
    }

    /// Tells pairing whom an account blocks: to be called before its first socket is let in. (Those who
    /// block it are let in, too, before they could meet.)
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn recall(&self, blocker: &AccountId) -> Result<(), StoreError> {
        let mut cursor = None;
        loop {
            let page = self.store.blocked_by(blocker.clone(), cursor, MAX_LISTED).await?;
            self.pair.recall(blocker, page.profiles.into_iter().map(|profile| profile.id));
            cursor = page.next;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }

    /// Somebody blocks somebody from now on.
    pub(crate) fn blocked(&self, block: &Block) {
        self.pair.blocked(block);
        self.chat.blocked(block);
        // Who is not here meets nobody.
        self.release(&block.blocker);
    }

    fn release(&self, account: &AccountId) {
        self.pair.release(account, || !self.live.is_connected(account));
    }

    /// And no longer.
    pub(crate) fn unblocked(&self, block: &Block) {
        self.pair.unblocked(block);
        self.chat.unblocked(block);
    }
}
