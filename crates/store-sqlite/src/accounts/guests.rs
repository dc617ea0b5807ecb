use chat::ids::AccountId;
use chat::time::Timestamp;
use rusqlite::Result;

use crate::rows::{self, AccountKey, ConversationKey};
use crate::writer::Tx;
use crate::{blocks, changes, conversations};

pub(crate) fn extend(tx: &Tx<'_>, id: &AccountId, token_expires_at: Timestamp) -> Result<()> {
    let sql = "
        UPDATE accounts
        SET token_expires_at = ?2
        WHERE id = ?1
          AND origin = 1
          AND token_expires_at < ?2
          AND deleted_at IS NULL";
    let ends = rows::millis(token_expires_at);
    tx.connection.prepare_cached(sql)?.execute((id.as_str(), ends)).map(|_| ())
}

/// The row stays, with the name that the messages show and the id that nobody gets again. The
/// memberships end.
pub(crate) fn delete_ended(tx: &Tx<'_>, ended_before: Timestamp, limit: usize) -> Result<usize> {
    let sql = "
        UPDATE accounts
        SET deleted_at = ?2
        WHERE key IN (
            SELECT key
            FROM accounts INDEXED BY accounts_ended_guests
            WHERE origin = 1
              AND deleted_at IS NULL
              AND token_expires_at < ?1
            ORDER BY token_expires_at
            LIMIT ?3
        )
        RETURNING key, id";
    let deleted: Vec<(AccountKey, AccountId)> = tx
        .connection
        .prepare_cached(sql)?
        .query_map((rows::millis(ended_before), rows::millis(tx.now), rows::limit(limit)), |row| {
            Ok((AccountKey(row.get("key")?), rows::account_id(row, "id")?))
        })?
        .collect::<Result<_>>()?;
    for (key, id) in &deleted {
        leave_everything(tx, *key)?;
        blocks::forget(tx, *key)?;
        changes::deleted(tx, id)?;
    }
    Ok(deleted.len())
}

fn leave_everything(tx: &Tx<'_>, account: AccountKey) -> Result<()> {
    let sql = "SELECT conversation FROM members WHERE account = ?1";
    let joined: Vec<ConversationKey> = tx
        .connection
        .prepare_cached(sql)?
        .query_map([account.0], |row| row.get(0).map(ConversationKey))?
        .collect::<Result<_>>()?;
    for conversation in joined {
        conversations::end_membership(tx, conversation, account)?;
    }
    Ok(())
}
