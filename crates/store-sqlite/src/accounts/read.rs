use chat::identity::{Account, Origin};
use chat::ids::AccountId;
use chat::name::Username;
use rusqlite::{Connection, OptionalExtension, Result};

use crate::rows::{self, AccountKey};

const BY_ID: &str = "
    SELECT
        id,
        username,
        display_name,
        avatar_url,
        origin,
        password,
        valid_after,
        created_at
    FROM accounts
    WHERE id = ?1
      AND deleted_at IS NULL";

const BY_USERNAME: &str = "
    SELECT
        id,
        username,
        display_name,
        avatar_url,
        origin,
        password,
        valid_after,
        created_at
    FROM accounts
    WHERE username_folded = ?1
      AND deleted_at IS NULL";

pub(crate) fn by_id(connection: &Connection, id: &AccountId) -> Result<Option<Account>> {
    connection.prepare_cached(BY_ID)?.query_row([id.as_str()], rows::account).optional()
}

pub(crate) fn by_username(connection: &Connection, name: &Username) -> Result<Option<Account>> {
    connection.prepare_cached(BY_USERNAME)?.query_row([name.folded()], rows::account).optional()
}

pub(crate) fn count(connection: &Connection, origin: Origin) -> Result<u64> {
    let sql = "SELECT count(*) FROM accounts WHERE origin = ?1 AND deleted_at IS NULL";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([rows::origin_number(origin)], |row| row.get(0)).map(rows::count)
}

/// The key and origin of an account that is there.
pub(crate) fn key_of(
    connection: &Connection,
    id: &AccountId,
) -> Result<Option<(AccountKey, Origin)>> {
    let sql = "SELECT key, origin FROM accounts WHERE id = ?1 AND deleted_at IS NULL";
    let mut statement = connection.prepare_cached(sql)?;
    statement
        .query_row([id.as_str()], |row| {
            Ok((AccountKey(row.get("key")?), rows::origin(row, "origin")?))
        })
        .optional()
}
