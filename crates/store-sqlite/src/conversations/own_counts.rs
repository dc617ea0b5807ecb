//! How many of a conversation's first messages somebody wrote themselves: what an unread count
//! leaves out.
//!
//! Each full block of [`BLOCK`] messages leaves one row for each of its senders, with the number of
//! their messages up to the block's end. So a count is one seek, and fewer than [`BLOCK`] messages of
//! the block in which it ends.

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

const LAST_BLOCK: &str = "
    SELECT count(*)
    FROM messages
    WHERE place > ?1
      AND place <= ?2
      AND sender = ?3";

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

/// How many of the first `up_to` messages are this account's.
pub(super) fn own_up_to(
    connection: &Connection,
    conversation: ConversationKey,
    account: AccountKey,
    up_to: Seq,
) -> Result<u64> {
    let block = up_to.0 / BLOCK;
    let row = (conversation.0, account.0, rows::number(block));
    let mut statement = connection.prepare_cached(FULL_BLOCKS)?;
    let full: Option<i64> = statement.query_row(row, |row| row.get(0)).optional()?;
    let start = conversation.place(Seq(block * BLOCK));
    let row = (start, conversation.place(up_to), account.0);
    let mut statement = connection.prepare_cached(LAST_BLOCK)?;
    let rest: i64 = statement.query_row(row, |row| row.get(0))?;
    Ok(rows::count(full.unwrap_or(0) + rest))
}
