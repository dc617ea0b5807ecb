//! Direct conversations. Their id follows from the two accounts, but account ids may hold `_`, so that
//! two pairs can come out with one id. It belongs to the pair whose two accounts were both there first:
//! that never changes, whoever looks, also before there is a row. The second pair's row gets the id
//! with `#2` behind it (which no account's id can hold), the third's `#3`, and only [`open_direct`]
//! makes such a row and tells its id. A row that is there decides.

use chat::conversations::{
    Conversation, ConversationId, Description, Direct, Kind, Role, Seq, View, Visibility,
};
use chat::identity::Origin;
use chat::ids::AccountId;
use chat::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result};

use super::make::INSERT;
use super::members::{NewMember, insert_member};
use super::read::{by_id, row_of};
use super::view::SENDER;
use crate::accounts;
use crate::blocks;
use crate::fault::corrupt;
use crate::rows::{self, AccountKey, ConversationKey, MAX_KEY};
use crate::writer::Tx;

const OTHER: &str = "
    SELECT a.key AS key
    FROM members AS m
    JOIN accounts AS a ON a.key = m.account
    WHERE m.conversation = ?1
      AND m.account <> ?2
      AND a.deleted_at IS NULL
      AND a.origin <> 1";

/// Two accounts that may write to each other.
struct Pair {
    direct: Direct,
    smaller: AccountKey,
    larger: AccountKey,
}

pub(crate) fn open_direct(
    tx: &Tx<'_>,
    opener: &AccountId,
    other: &AccountId,
    now: Timestamp,
) -> Result<Option<Conversation>> {
    let connection = tx.connection;
    let Some(pair) = pair(connection, opener, other)? else { return Ok(None) };
    let key = match row_of_pair(connection, &pair)? {
        Some(key) => key,
        None => make(connection, &pair, &free_id(connection, &pair)?, now)?,
    };
    set_opened(connection, key, opener)?;
    let sql = "SELECT id FROM conversations WHERE key = ?1";
    let id = connection
        .prepare_cached(sql)?
        .query_row([key.0], |row| rows::conversation_id(row, "id"))?;
    by_id(connection, &id)
}

/// Makes the conversation that a message with this id from this sender goes to, which is not there;
/// `false` if the two may not write to each other.
pub(crate) fn resolve(
    connection: &Connection,
    id: &ConversationId,
    sender: &AccountId,
    now: Timestamp,
) -> Result<bool> {
    let Some(pair) = fitting(connection, id, sender)? else { return Ok(false) };
    make(connection, &pair, id, now)?;
    Ok(true)
}

/// The pair that a conversation of this id would be of, which is not made yet.
fn fitting(
    connection: &Connection,
    id: &ConversationId,
    account: &AccountId,
) -> Result<Option<Pair>> {
    if Direct::candidates(id, account).is_empty() {
        return Ok(None);
    }
    let Some(owners) = owners(connection, id)? else { return Ok(None) };
    let Some(other) = owners.other(account) else { return Ok(None) };
    let Some(pair) = pair(connection, account, other)? else { return Ok(None) };
    // A pair that has its conversation under another id does not get a second one.
    Ok(if row_of_pair(connection, &pair)?.is_none() { Some(pair) } else { None })
}

/// To whom an id belongs, also across a block: see the module. Costs two look-ups for each `_` of an
/// id that could be several pairs', some 130 at most.
fn owners(connection: &Connection, id: &ConversationId) -> Result<Option<Direct>> {
    let mut all = Direct::all(id);
    if all.len() <= 1 {
        return Ok(all.pop());
    }
    let sql = "SELECT key FROM accounts WHERE id = ?1 AND origin <> ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let guest = rows::origin_number(Origin::Guest);
    let mut key = |id: &AccountId| -> Result<Option<i64>> {
        statement.query_row((id.as_str(), guest), |row| row.get("key")).optional()
    };
    let mut first = None;
    for direct in all {
        let (Some(one), Some(other)) = (key(direct.smaller())?, key(direct.larger())?) else {
            continue;
        };
        // Where the later of the two is the same, the earlier one decides.
        let since = (one.max(other), one.min(other));
        if first.as_ref().is_none_or(|(earliest, _)| since < *earliest) {
            first = Some((since, direct));
        }
    }
    Ok(first.map(|(_, direct)| direct))
}

/// How a conversation looks that two may have, and that nobody has made yet.
pub(super) fn unmade(
    connection: &Connection,
    id: &ConversationId,
    viewer: &AccountId,
) -> Result<Option<View>> {
    let Some(pair) = fitting(connection, id, viewer)? else { return Ok(None) };
    let Some(other) = pair.direct.other(viewer) else { return Ok(None) };
    let mut profile = connection.prepare_cached(SENDER)?;
    let profile = profile.query_row([other.as_str()], rows::profile)?;
    Ok(Some(View::unmade(id.clone(), viewer.clone(), profile)))
}

/// Whether a member may write in a direct conversation: the other one is there, is no guest, and
/// neither blocks the other.
pub(crate) fn may_write_to(
    connection: &Connection,
    conversation: ConversationKey,
    sender: AccountKey,
) -> Result<bool> {
    let other: Option<i64> = connection
        .prepare_cached(OTHER)?
        .query_row((conversation.0, sender.0), |row| row.get("key"))
        .optional()?;
    let Some(other) = other else { return Ok(false) };
    Ok(!blocks::is_between(connection, sender, AccountKey(other))?)
}

fn pair(connection: &Connection, one: &AccountId, other: &AccountId) -> Result<Option<Pair>> {
    let Ok(direct) = Direct::of(one, other) else { return Ok(None) };
    let key = |id| -> Result<Option<AccountKey>> {
        let found = accounts::key_of(connection, id)?;
        Ok(found.and_then(|(key, origin)| (origin != Origin::Guest).then_some(key)))
    };
    let (Some(smaller), Some(larger)) = (key(direct.smaller())?, key(direct.larger())?) else {
        return Ok(None);
    };
    if blocks::is_between(connection, smaller, larger)? {
        return Ok(None);
    }
    Ok(Some(Pair { direct, smaller, larger }))
}

fn row_of_pair(connection: &Connection, pair: &Pair) -> Result<Option<ConversationKey>> {
    let sql = "SELECT conversation FROM direct_pairs WHERE smaller = ?1 AND larger = ?2";
    let mut statement = connection.prepare_cached(sql)?;
    statement
        .query_row((pair.smaller.0, pair.larger.0), |row| row.get(0).map(ConversationKey))
        .optional()
}

fn free_id(connection: &Connection, pair: &Pair) -> Result<ConversationId> {
    let plain = pair.direct.id();
    let mut id = plain.clone();
    let mut is_free = owners(connection, &id)?.as_ref() == Some(&pair.direct);
    let mut number = 1_u32;
    while !is_free || row_of(connection, &id)?.is_some() {
        is_free = true;
        number += 1;
        id = ConversationId::parse(&format!("{plain}#{number}"))
            .map_err(|_| corrupt("a conversation's id"))?;
    }
    Ok(id)
}

fn make(
    connection: &Connection,
    pair: &Pair,
    id: &ConversationId,
    now: Timestamp,
) -> Result<ConversationKey> {
    let key = connection.prepare_cached(INSERT)?.query_row(
        (
            id.as_str(),
            rows::kind_number(Kind::Direct),
            rows::visibility_number(Visibility::Private),
            None::<&str>,
            Description::default().as_str(),
            None::<i64>,
            rows::millis(now),
        ),
        |row| row.get(0).map(ConversationKey),
    )?;
    if key.0 > MAX_KEY {
        return Err(corrupt("a conversation's key"));
    }
    let sql = "INSERT INTO direct_pairs (smaller, larger, conversation) VALUES (?1, ?2, ?3)";
    let row = (pair.smaller.0, pair.larger.0, key.0);
    connection.prepare_cached(sql)?.execute(row)?;
    for account in [pair.smaller, pair.larger] {
        let member = NewMember {
            conversation: key,
            account,
            role: Role::Member,
            joined_at: now,
            last_read: Seq(0),
            has_opened: false,
        };
        insert_member(connection, &member)?;
    }
    Ok(key)
}

fn set_opened(connection: &Connection, key: ConversationKey, opener: &AccountId) -> Result<()> {
    let sql = "
        UPDATE members
        SET opened = 1
        WHERE conversation = ?1
          AND account = (SELECT key FROM accounts WHERE id = ?2)
          AND opened = 0";
    connection.prepare_cached(sql)?.execute((key.0, opener.as_str())).map(|_| ())
}
