use chat::conversations::{ConversationId, Entry, Kind, Member, Role, Seq, Visibility};
use chat::ids::AccountId;
use chat::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result};

use super::read::{by_id, row_of};
use crate::fault::corrupt;
use crate::rows::{self, AccountKey, ConversationKey};
use crate::writer::Tx;
use crate::{accounts, changes};

const MEMBER: &str = "
    SELECT
        m.role AS role,
        m.joined_at AS joined_at,
        m.last_read AS last_read
    FROM members AS m
    JOIN conversations AS c ON c.key = m.conversation
    JOIN accounts AS a ON a.key = m.account
    WHERE c.id = ?1
      AND a.id = ?2";

const INSERT: &str = "
    INSERT INTO members (
        conversation,
        account,
        role,
        nth,
        joined_at,
        last_read,
        opened
    )
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

const COUNT_JOINED: &str = "
    UPDATE conversations
    SET member_count = member_count + 1,
        joined_count = joined_count + 1
    WHERE key = ?1
    RETURNING
        joined_count,
        kind = 2 AND owner IS NULL AS is_nobodys";

/// To the longest member who is no guest; where there are only guests, to the longest of them.
const PASS_ON: &str = "
    UPDATE members
    SET role = 1
    WHERE conversation = ?1
      AND nth = coalesce(
        (
            SELECT m.nth
            FROM members AS m
            JOIN accounts AS a ON a.key = m.account
            WHERE m.conversation = ?1
              AND a.origin <> 1
            ORDER BY m.nth
            LIMIT 1
        ),
        (SELECT min(nth) FROM members WHERE conversation = ?1)
      )
    RETURNING account";

/// A membership to be written.
pub(crate) struct NewMember {
    pub(crate) conversation: ConversationKey,
    pub(crate) account: AccountKey,
    pub(crate) role: Role,
    pub(crate) joined_at: Timestamp,
    pub(crate) last_read: Seq,
    pub(crate) has_opened: bool,
}

/// Whoever comes into a channel that nobody is in any more is its longest member, and inherits it.
pub(crate) fn insert_member(connection: &Connection, member: &NewMember) -> Result<()> {
    let (nth, is_nobodys): (i64, bool) =
        connection.prepare_cached(COUNT_JOINED)?.query_row([member.conversation.0], |row| {
            Ok((row.get("joined_count")?, row.get("is_nobodys")?))
        })?;
    let role = if is_nobodys { Role::Owner } else { member.role };
    if is_nobodys {
        let sql = "UPDATE conversations SET owner = ?2 WHERE key = ?1";
        let row = (member.conversation.0, member.account.0);
        connection.prepare_cached(sql)?.execute(row)?;
    }
    connection
        .prepare_cached(INSERT)?
        .execute((
            member.conversation.0,
            member.account.0,
            rows::role_number(role),
            nth,
            rows::millis(member.joined_at),
            rows::number(member.last_read.0),
            member.has_opened,
        ))
        .map(|_| ())
}

pub(crate) fn member(
    connection: &Connection,
    id: &ConversationId,
    account: &AccountId,
) -> Result<Option<Member>> {
    connection
        .prepare_cached(MEMBER)?
        .query_row([id.as_str(), account.as_str()], |row| {
            Ok(Member {
                account: account.clone(),
                role: rows::role(row, "role")?,
                joined_at: rows::time(row.get("joined_at")?),
                last_read: Seq(rows::count(row.get("last_read")?)),
            })
        })
        .optional()
}

pub(crate) fn enter(
    tx: &Tx<'_>,
    id: &ConversationId,
    account: &AccountId,
    now: Timestamp,
) -> Result<Option<Entry>> {
    let connection = tx.connection;
    let entry = |member, is_new| {
        let conversation = by_id(connection, id)?.ok_or_else(|| corrupt("a conversation"))?;
        Ok(Some(Entry { conversation, member, is_new }))
    };
    if let Some(member) = member(connection, id, account)? {
        return entry(member, false);
    }
    let Some(row) = row_of(connection, id)? else { return Ok(None) };
    let Some((key, _)) = accounts::key_of(connection, account)? else { return Ok(None) };
    if row.kind == Kind::Direct || row.visibility == Visibility::Private {
        return Ok(None);
    }
    let new = NewMember {
        conversation: row.key,
        account: key,
        role: Role::Member,
        joined_at: now,
        last_read: row.last_seq,
        has_opened: true,
    };
    insert_member(connection, &new)?;
    let member = member(connection, id, account)?.ok_or_else(|| corrupt("a membership"))?;
    entry(member, true)
}

pub(crate) fn leave(tx: &Tx<'_>, id: &ConversationId, account: &AccountId) -> Result<bool> {
    let Some(row) = row_of(tx.connection, id)? else { return Ok(false) };
    let Some((key, _)) = accounts::key_of(tx.connection, account)? else { return Ok(false) };
    if row.kind == Kind::Direct || !end_membership(tx, row.key, key)? {
        return Ok(false);
    }
    changes::membership(tx, account, id)?;
    Ok(true)
}

/// Takes a member out; whoever has been in a channel for the longest time inherits it, guests last.
pub(crate) fn end_membership(
    tx: &Tx<'_>,
    conversation: ConversationKey,
    account: AccountKey,
) -> Result<bool> {
    let run = |sql: &str| tx.connection.prepare_cached(sql)?.execute((conversation.0, account.0));
    if run("DELETE FROM members WHERE conversation = ?1 AND account = ?2")? == 0 {
        return Ok(false);
    }
    let sql = "UPDATE conversations SET member_count = member_count - 1 WHERE key = ?1";
    tx.connection.prepare_cached(sql)?.execute([conversation.0])?;
    if run("UPDATE conversations SET owner = NULL WHERE key = ?1 AND owner = ?2")? > 0 {
        let heir: Option<i64> = tx
            .connection
            .prepare_cached(PASS_ON)?
            .query_row([conversation.0], |row| row.get(0))
            .optional()?;
        let sql = "UPDATE conversations SET owner = ?2 WHERE key = ?1";
        tx.connection.prepare_cached(sql)?.execute((conversation.0, heir))?;
    }
    Ok(true)
}
