//! How many of a conversation's first messages somebody wrote themselves: what an unread count
//! leaves out.
//!
//! Each full block of [`BLOCK`] messages leaves one row for each of its senders, with the number of
//! their messages up to the block's end. So a count is at most two seeks, and fewer than [`BLOCK`]
//! messages each of the block in which it begins and of that in which it ends.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chat::conversations::Seq;
use rusqlite::{Connection, Result, Row};

use crate::rows::{self, AccountKey, ConversationKey};

/// Messages in a block: larger ones make appends cheaper and counts dearer.
pub(crate) const BLOCK: u64 = 128;

const _: () = assert!(BLOCK == 128, "`own_in_full_blocks` has it as a literal");

/// An expression for a statement that reads `members AS m`: how many of the messages of the full blocks
/// before the one with `$to`, from the one with `m.last_read` on, are the member's.
macro_rules! own_in_full_blocks {
    ($to:literal) => {
        concat!(
            "
            CASE
                WHEN m.last_read / 128 >= ",
            $to,
            " / 128 THEN 0
                ELSE coalesce(
                    (
                        SELECT sent
                        FROM own_counts
                        WHERE conversation = m.conversation
                          AND account = m.account
                          AND block <= ",
            $to,
            " / 128
                        ORDER BY block DESC
                        LIMIT 1
                    ),
                    0
                ) - CASE
                    WHEN m.last_read < 128 THEN 0
                    ELSE coalesce(
                        (
                            SELECT sent
                            FROM own_counts
                            WHERE conversation = m.conversation
                              AND account = m.account
                              AND block <= m.last_read / 128
                            ORDER BY block DESC
                            LIMIT 1
                        ),
                        0
                    )
                END
            END"
        )
    };
}
pub(super) use own_in_full_blocks;

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

/// How far a member has read.
pub(super) struct Mark {
    pub(super) account: AccountKey,
    pub(super) last_read: Seq,
    /// What the expression of this name gives.
    pub(super) own_in_full_blocks: u64,
}

impl Mark {
    /// From `m.account, m.last_read` and [`own_in_full_blocks`], of which the first is this column.
    pub(super) fn at(row: &Row<'_>, first: usize) -> Result<Self> {
        Ok(Self {
            account: AccountKey(row.get(first)?),
            last_read: Seq(rows::count(row.get(first + 1)?)),
            own_in_full_blocks: rows::count(row.get(first + 2)?),
        })
    }
}

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

    /// Messages after the member's mark up to the last one, without their own. Tombstones count: their
    /// place is still shown.
    pub(super) fn unread(&mut self, mark: &Mark, last_seq: Seq) -> Result<u64> {
        if mark.last_read >= last_seq {
            return Ok(0);
        }
        let own = mark.own_in_full_blocks + self.own_in_block_of(mark.account, last_seq)?
            - self.own_in_block_of(mark.account, mark.last_read)?;
        Ok(last_seq.0 - mark.last_read.0 - own)
    }

    /// How many of the messages of this one's block, up to it, are this account's.
    fn own_in_block_of(&mut self, account: AccountKey, up_to: Seq) -> Result<u64> {
        let beyond = (up_to.0 % BLOCK) as usize;
        if beyond == 0 {
            return Ok(0);
        }
        let senders = self.senders(up_to.0 / BLOCK)?.iter().take(beyond);
        Ok(senders.filter(|sender| **sender == account.0).count() as u64)
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
