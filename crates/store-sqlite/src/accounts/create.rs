use chat::identity::{Account, CreateError, HostAccount, NewAccount, Origin};
use chat::ids::AccountId;
use chat::name::{DisplayName, MAX_USERNAME_CHARS, Username};
use rusqlite::{Connection, OptionalExtension, Result};

use super::read::by_id;
use crate::changes;
use crate::fault::corrupt;
use crate::rows::{self, AccountKey, MAX_KEY};
use crate::tails::Tails;
use crate::writer::Tx;

const INSERT: &str = "
    INSERT INTO accounts (
        id,
        username,
        username_folded,
        display_name,
        avatar_url,
        origin,
        password,
        valid_after,
        created_at,
        token_expires_at
    )
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9)
    RETURNING key";

const NEXT_ID: &str = "
    UPDATE counters
    SET value = value + 1
    WHERE name = 'account_id'
    RETURNING value";

/// Makes an own account or a guest; only the name can be in the way.
pub(crate) fn create(tx: &Tx<'_>, new: &NewAccount) -> Result<Result<Account, CreateError>> {
    let connection = tx.connection;
    if is_taken(connection, &new.username.folded())? {
        return Ok(Err(CreateError::UsernameTaken));
    }
    let id = next_id(connection)?;
    let origin = if new.password.is_some() { Origin::Own } else { Origin::Guest };
    let ends = (origin == Origin::Guest).then(|| rows::millis(new.token_expires_at));
    let key = connection.prepare_cached(INSERT)?.query_row(
        (
            id.as_str(),
            new.username.as_str(),
            new.username.folded(),
            new.display_name.as_ref().map(DisplayName::as_str),
            None::<&str>,
            rows::origin_number(origin),
            new.password.as_ref().map(chat::identity::PasswordHash::as_str),
            rows::millis(new.created_at),
            ends,
        ),
        |row| row.get(0).map(AccountKey),
    )?;
    check_key(key)?;
    if origin == Origin::Own {
        write_tails(connection, key, &new.username, new.display_name.as_ref())?;
    }
    stored(connection, &id).map(Ok)
}

/// The host's account of this id, made or brought up to date; `None` for an id that is not the host's.
pub(crate) fn see_host(tx: &Tx<'_>, seen: &HostAccount) -> Result<Option<Account>> {
    let connection = tx.connection;
    let sql = "SELECT key, origin, deleted_at IS NULL AS is_there FROM accounts WHERE id = ?1";
    let found = connection
        .prepare_cached(sql)?
        .query_row([seen.id.as_str()], |row| {
            Ok((
                AccountKey(row.get("key")?),
                rows::origin(row, "origin")?,
                row.get::<_, bool>("is_there")?,
            ))
        })
        .optional()?;
    match found {
        None => make_host(connection, seen)?,
        Some((key, Origin::Host, true)) => refresh_host(tx, key, seen)?,
        Some(_) => return Ok(None),
    }
    stored(connection, &seen.id).map(Some)
}

fn make_host(connection: &Connection, seen: &HostAccount) -> Result<()> {
    let username = free_name(connection, &seen.username)?;
    let key = connection.prepare_cached(INSERT)?.query_row(
        (
            seen.id.as_str(),
            username.as_str(),
            username.folded(),
            seen.display_name.as_ref().map(DisplayName::as_str),
            seen.avatar_url.as_ref().map(chat::identity::AvatarUrl::as_str),
            rows::origin_number(Origin::Host),
            None::<&str>,
            rows::millis(seen.seen_at),
            None::<i64>,
        ),
        |row| row.get(0).map(AccountKey),
    )?;
    check_key(key)?;
    write_tails(connection, key, &username, seen.display_name.as_ref())
}

/// Display name and picture are the token's; nothing is written if they are so already.
fn refresh_host(tx: &Tx<'_>, key: AccountKey, seen: &HostAccount) -> Result<()> {
    let sql = "
        UPDATE accounts
        SET display_name = ?2,
            avatar_url = ?3
        WHERE key = ?1
          AND (display_name IS NOT ?2 OR avatar_url IS NOT ?3)
        RETURNING username";
    let display_name = seen.display_name.as_ref().map(DisplayName::as_str);
    let avatar_url = seen.avatar_url.as_ref().map(chat::identity::AvatarUrl::as_str);
    let changed = tx
        .connection
        .prepare_cached(sql)?
        .query_row((key.0, display_name, avatar_url), |row| row.get::<_, String>(0))
        .optional()?;
    let Some(username) = changed else { return Ok(()) };
    let username = Username::stored(username);
    write_tails(tx.connection, key, &username, seen.display_name.as_ref())?;
    changes::profile(tx, &seen.id)
}

fn stored(connection: &Connection, id: &AccountId) -> Result<Account> {
    by_id(connection, id)?.ok_or_else(|| corrupt("an account that was just written"))
}

fn check_key(key: AccountKey) -> Result<()> {
    if key.0 <= MAX_KEY { Ok(()) } else { Err(corrupt("an account's key")) }
}

fn is_taken(connection: &Connection, folded: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM accounts WHERE username_folded = ?1 AND deleted_at IS NULL";
    connection.prepare_cached(sql)?.exists([folded])
}

/// The next decimal id that no account has or had: a host's `sub` can be one too.
fn next_id(connection: &Connection) -> Result<AccountId> {
    loop {
        let next: i64 = connection.prepare_cached(NEXT_ID)?.query_row([], |row| row.get(0))?;
        let id = AccountId::parse(&next.to_string()).map_err(|_| corrupt("an account's id"))?;
        let sql = "SELECT 1 FROM accounts WHERE id = ?1";
        if !connection.prepare_cached(sql)?.exists([id.as_str()])? {
            return Ok(id);
        }
    }
}

/// The wished name, or the first free one with `-2`, `-3` … behind it, cut so that it fits.
///
/// Numbers that are taken are skipped in growing steps: a name that very many wish for stays cheap.
fn free_name(connection: &Connection, wished: &Username) -> Result<Username> {
    if !is_taken(connection, &wished.folded())? {
        return Ok(wished.clone());
    }
    let name = |number: u64| {
        let suffix = format!("-{number}");
        let room = MAX_USERNAME_CHARS - suffix.len();
        let stem: String = wished.as_str().chars().take(room).collect();
        Username::stored(format!("{}{suffix}", stem.trim_end()))
    };
    // Double until one is free, then halve the span: the numbers in use are nearly without a gap.
    let mut free = 2;
    while is_taken(connection, &name(free).folded())? {
        free *= 2;
    }
    let mut taken = free / 2;
    while free - taken > 1 {
        let middle = taken + (free - taken) / 2;
        if is_taken(connection, &name(middle).folded())? { taken = middle } else { free = middle }
    }
    Ok(name(free))
}

/// Writes anew what an account is found by: the folded username and display name, from each of their
/// words on. At most 16 and 32 rows, half a name's characters.
pub(super) fn write_tails(
    connection: &Connection,
    account: AccountKey,
    username: &Username,
    display_name: Option<&DisplayName>,
) -> Result<()> {
    connection.prepare_cached("DELETE FROM name_tails WHERE account = ?1")?.execute([account.0])?;
    let sql = "INSERT OR IGNORE INTO name_tails (tail, account) VALUES (?1, ?2)";
    let mut insert = connection.prepare_cached(sql)?;
    let names = [Some(username.as_str()), display_name.map(DisplayName::as_str)];
    for name in names.into_iter().flatten() {
        for tail in Tails::of(name).iter() {
            insert.execute((tail, account.0))?;
        }
    }
    Ok(())
}
