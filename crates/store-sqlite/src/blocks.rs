//! Who blocks whom, in SQL.

use chat::identity::{Block, People, PeopleCursor};
use chat::ids::AccountId;
use chat::time::Timestamp;
use rusqlite::{Connection, Result};

use crate::rows::{self, AccountKey};
use crate::writer::Tx;
use crate::{accounts, changes, people};

pub(crate) const IS_BETWEEN: &str = "
    SELECT 1
    FROM blocks
    WHERE (blocker = ?1 AND blocked = ?2)
       OR (blocker = ?2 AND blocked = ?1)";

/// Accounts that are blocked, in the order in which they were made: that of their keys.
pub(crate) const BLOCKED_BY: &str = "
    SELECT
        b.blocked AS place,
        a.id AS id,
        a.username AS username,
        a.display_name AS display_name,
        a.avatar_url AS avatar_url,
        a.origin AS origin
    FROM blocks AS b
    JOIN accounts AS a ON a.key = b.blocked
    WHERE b.blocker = (SELECT key FROM accounts WHERE id = ?1 AND deleted_at IS NULL)
      AND b.blocked > ?2
    ORDER BY b.blocked
    LIMIT ?3";

/// The keys of both accounts, if they exist and are two.
fn keys(connection: &Connection, one: &AccountId, other: &AccountId) -> Result<Option<(i64, i64)>> {
    let (one, other) = (accounts::key_of(connection, one)?, accounts::key_of(connection, other)?);
    Ok(match (one, other) {
        (Some((one, _)), Some((other, _))) if one != other => Some((one.0, other.0)),
        _ => None,
    })
}

pub(crate) fn block(tx: &Tx<'_>, block: &Block, now: Timestamp) -> Result<bool> {
    let found = keys(tx.connection, &block.blocker, &block.blocked)?;
    let Some((one, other)) = found else { return Ok(false) };
    let sql = "INSERT OR IGNORE INTO blocks (blocker, blocked, blocked_at) VALUES (?1, ?2, ?3)";
    if tx.connection.prepare_cached(sql)?.execute((one, other, rows::millis(now)))? > 0 {
        changes::blocked(tx, block)?;
    }
    Ok(true)
}

pub(crate) fn unblock(tx: &Tx<'_>, block: &Block) -> Result<bool> {
    let found = keys(tx.connection, &block.blocker, &block.blocked)?;
    let Some(keys) = found else { return Ok(false) };
    let sql = "DELETE FROM blocks WHERE blocker = ?1 AND blocked = ?2";
    let was_blocked = tx.connection.prepare_cached(sql)?.execute(keys)? > 0;
    if was_blocked {
        changes::unblocked(tx, block)?;
    }
    Ok(was_blocked)
}

/// Ends the blocks by and against an account that is gone.
pub(crate) fn forget(tx: &Tx<'_>, account: AccountKey) -> Result<()> {
    for sql in ["DELETE FROM blocks WHERE blocker = ?1", "DELETE FROM blocks WHERE blocked = ?1"] {
        tx.connection.prepare_cached(sql)?.execute([account.0])?;
    }
    Ok(())
}

pub(crate) fn blocked_by(
    connection: &Connection,
    blocker: &AccountId,
    cursor: Option<PeopleCursor>,
    limit: usize,
) -> Result<People> {
    people::page(connection, (BLOCKED_BY, blocker.as_str()), cursor, limit)
}

pub(crate) fn is_blocked_between(
    connection: &Connection,
    one: &AccountId,
    other: &AccountId,
) -> Result<bool> {
    let Some(keys) = keys(connection, one, other)? else { return Ok(false) };
    connection.prepare_cached(IS_BETWEEN)?.exists(keys)
}

pub(crate) fn is_between(
    connection: &Connection,
    one: AccountKey,
    other: AccountKey,
) -> Result<bool> {
    connection.prepare_cached(IS_BETWEEN)?.exists((one.0, other.0))
}
