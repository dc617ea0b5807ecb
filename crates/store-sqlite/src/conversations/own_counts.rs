//! How many of a conversation's first messages somebody wrote themselves: what an unread count
//! leaves out.
//!
//! Each full block of [`BLOCK`] messages leaves one row for each of its senders, with the number of
//! their messages up to the block's end. So a count is one seek, and fewer than [`BLOCK`] messages of
//! the block in which it ends.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chat::conversations::Seq;
use rusqlite::{Connection, OptionalExtension, Result};

use crate::rows::{self, AccountKey, ConversationKey};

/// Messages in a block: larger ones make appends cheaper and counts dearer.
pub(crate) const BLOCK: u64 = 128;

const CLOSE: &str = "
    INSERT INTO own_counts (conversation, account, block, sent)
    SELECT
        ?1,
        sender,
        ?2,
        count(*) + coalesce(
            (
                SELECT sent
                FROM own_counts
                WHERE conversation = ?1
                  AND account = messages.sender
                ORDER BY block DESC
                LIMIT 1
            ),
            0
        )
    FROM messages
    WHERE place > ?3
      AND place <= ?4
    GROUP BY sender";

const FULL_BLOCKS: &str = "
    SELECT sent
    FROM own_counts
    WHERE conversation = ?1
      AND account = ?2
      AND block <= ?3
    ORDER BY block DESC
    LIMIT 1";

const SENDERS: &str = "
    SELECT sender
    FROM messages
    WHERE place > ?1
      AND place <= ?2
    ORDER BY place";

/// Counts the block that ends with this message, whose `seq` is a multiple of [`BLOCK`].
pub(crate) fn close_block(
    connection: &Connection,
    conversation: ConversationKey,
    end: Seq,
) -> Result<()> {
    let start = conversation.place(Seq(end.0 - BLOCK));
    let row = (conversation.0, rows::number(end.0 / BLOCK), start, conversation.place(end));
    connection.prepare_cached(CLOSE)?.execute(row).map(|_| ())
}

/// Blocks that are remembered while several accounts are counted: 256 KiB.
const REMEMBERED_BLOCKS: usize = 256;

/// Counts in one conversation, within one transaction: what one account's count has read of a block
/// serves the next one's, since most people's marks are near the end.
pub(super) struct OwnCounts<'c> {
    connection: &'c Connection,
    conversation: ConversationKey,
    /// The senders of each block, or of what there is of it, in order.
    blocks: HashMap<u64, Vec<i64>>,
}

impl<'c> OwnCounts<'c> {
    pub(super) fn new(connection: &'c Connection, conversation: ConversationKey) -> Self {
        Self { connection, conversation, blocks: HashMap::new() }
    }

    /// Messages after the mark up to the last one, without the account's own. Tombstones count: their
    /// place is still shown.
    pub(super) fn unread(
        &mut self,
        account: AccountKey,
        last_read: Seq,
        last_seq: Seq,
    ) -> Result<u64> {
        if last_read >= last_seq {
            return Ok(0);
        }
        let own_after = self.own_up_to(account, last_seq)? - self.own_up_to(account, last_read)?;
        Ok(last_seq.0 - last_read.0 - own_after)
    }

    /// How many of the first `up_to` messages are this account's.
    fn own_up_to(&mut self, account: AccountKey, up_to: Seq) -> Result<u64> {
        let block = up_to.0 / BLOCK;
        let full = if block == 0 { 0 } else { self.own_in_full(account, block)? };
        let beyond = (up_to.0 % BLOCK) as usize;
        if beyond == 0 {
            return Ok(full);
        }
        let senders = self.senders(block)?.iter().take(beyond);
        let rest = senders.filter(|sender| **sender == account.0).count() as u64;
        Ok(full + rest)
    }

    /// How many of the first so many full blocks.
    fn own_in_full(&self, account: AccountKey, blocks: u64) -> Result<u64> {
        let row = (self.conversation.0, account.0, rows::number(blocks));
        let mut statement = self.connection.prepare_cached(FULL_BLOCKS)?;
        let sent: Option<i64> = statement.query_row(row, |row| row.get(0)).optional()?;
        Ok(rows::count(sent.unwrap_or(0)))
    }

    fn senders(&mut self, block: u64) -> Result<&[i64]> {
        if self.blocks.len() >= REMEMBERED_BLOCKS && !self.blocks.contains_key(&block) {
            self.blocks.clear();
        }
        match self.blocks.entry(block) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(unknown) => {
                let place = |seq| self.conversation.place(Seq(seq));
                let range = (place(block * BLOCK), place((block + 1) * BLOCK));
                let mut statement = self.connection.prepare_cached(SENDERS)?;
                let senders = statement.query_map(range, |row| row.get(0))?;
                Ok(unknown.insert(senders.collect::<Result<_>>()?))
            }
        }
    }
}
