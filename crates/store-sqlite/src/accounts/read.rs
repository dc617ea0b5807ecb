use chat::identity::{Account, Bearer, Origin, TokenDigest};
use chat::ids::AccountId;
use chat::name::Username;
use rusqlite::{Connection, OptionalExtension, Result};

use crate::changes;
use crate::rows::{self, AccountKey};

/// `SELECT` of accounts that are there as [`rows::account`] reads them, and what is to follow.
macro_rules! select_account {
    ($more:literal, $place:literal) => {
        concat!(
            "
            SELECT
                id,
                username,
                display_name,
                avatar_url,
                origin,
                password,
                valid_after,
                created_at",
            $more,
            "
            FROM accounts
            WHERE deleted_at IS NULL
              AND ",
            $place
        )
    };
}

pub(crate) fn by_id(connection: &Connection, id: &AccountId) -> Result<Option<Account>> {
    let mut statement = connection.prepare_cached(select_account!("", "id = ?1"))?;
    statement.query_row([id.as_str()], rows::account).optional()
}

/// Of the account's id and the token's digest.
pub(crate) const BEARER: &str = select_account!(
    ",
                EXISTS (SELECT 1 FROM revoked_tokens WHERE digest = ?2)",
    "id = ?1"
);

/// The account of a token, and whether that was made void; one statement where there is such an account,
/// since each costs as much again as what it reads.
pub(crate) fn bearer(
    connection: &Connection,
    id: &AccountId,
    token: &TokenDigest,
) -> Result<Bearer> {
    let mut statement = connection.prepare_cached(BEARER)?;
    let found = statement
        .query_row((id.as_str(), token.as_bytes()), |row| {
            Ok(Bearer { account: Some(rows::account(row)?), is_revoked: row.get(8)? })
        })
        .optional()?;
    match found {
        Some(bearer) => Ok(bearer),
        None => Ok(Bearer { account: None, is_revoked: changes::is_revoked(connection, token)? }),
    }
}

pub(crate) fn by_username(connection: &Connection, name: &Username) -> Result<Option<Account>> {
    let mut statement = connection.prepare_cached(select_account!("", "username_folded = ?1"))?;
    statement.query_row([name.folded()], rows::account).optional()
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
