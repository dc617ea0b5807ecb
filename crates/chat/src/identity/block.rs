//! The port to where it is kept who blocks whom.

use super::people::{People, PeopleCursor};
use crate::ids::AccountId;
use crate::store::{StoreError, StoreFuture};
use crate::time::Timestamp;

/// That one account blocks another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Block {
    /// Who blocks.
    pub blocker: AccountId,
    /// Who is blocked.
    pub blocked: AccountId,
}

/// Blocks, as a port: each call is one transaction. A block is one account's, guests included, against
/// another, and ends with either of them.
pub trait Blocks: Send + Sync {
    /// Begins a block, and leaves [`ChangeKind::Blocked`](super::ChangeKind::Blocked) if there was
    /// none; repeating it changes nothing. `false`, and nothing is blocked, unless both accounts exist
    /// and they are two.
    fn block(&self, block: Block, now: Timestamp) -> StoreFuture<'_, Result<bool, StoreError>>;

    /// Ends a block, and leaves [`ChangeKind::Unblocked`](super::ChangeKind::Unblocked); `false`, and
    /// nothing is left, if there was none.
    fn unblock(&self, block: Block) -> StoreFuture<'_, Result<bool, StoreError>>;

    /// Whom an account blocks, the oldest accounts first, at most `limit` (and
    /// [`MAX_LISTED`](crate::conversations::MAX_LISTED)).
    fn blocked_by(
        &self,
        blocker: AccountId,
        cursor: Option<PeopleCursor>,
        limit: usize,
    ) -> StoreFuture<'_, Result<People, StoreError>>;

    /// Whether either of two accounts blocks the other.
    fn is_blocked_between(
        &self,
        one: AccountId,
        other: AccountId,
    ) -> StoreFuture<'_, Result<bool, StoreError>>;
}
