use chat::conversations::{ConversationId, Kind, ReadMark, Seq};
use chat::ids::AccountId;
use rusqlite::{Connection, OptionalExtension, Result};

use super::own_counts::OwnCounts;
use super::view::{IS_HIDDEN, view};
use crate::rows::{self, AccountKey, ConversationKey};
use crate::writer::Tx;

const MARK: &str = "
    SELECT
        m.conversation AS conversation,
        m.account AS account,
        m.last_read AS last_read,
        c.last_seq AS last_seq
    FROM members AS m
    JOIN conversations AS c ON c.key = m.conversation
    JOIN accounts AS a ON a.key = m.account
    WHERE c.id = ?1
      AND a.id = ?2";

struct Mark {
    conversation: ConversationKey,
    account: AccountKey,
    last_read: Seq,
    last_seq: Seq,
}

fn mark(connection: &Connection, id: &ConversationId, account: &AccountId) -> Result<Option<Mark>> {
    connection
        .prepare_cached(MARK)?
        .query_row([id.as_str(), account.as_str()], |row| {
            Ok(Mark {
                conversation: ConversationKey(row.get("conversation")?),
                account: AccountKey(row.get("account")?),
                last_read: Seq(rows::count(row.get("last_read")?)),
                last_seq: Seq(rows::count(row.get("last_seq")?)),
            })
        })
        .optional()
}

fn unread(connection: &Connection, mark: &Mark) -> Result<u64> {
    let mut counts = OwnCounts::new(connection, mark.conversation);
    counts.unread(mark.account, mark.last_read, mark.last_seq)
}

pub(crate) fn read_mark(
    connection: &Connection,
    id: &ConversationId,
    account: &AccountId,
) -> Result<Option<ReadMark>> {
    let Some(mark) = mark(connection, id, account)? else { return Ok(None) };
    let unread = unread(connection, &mark)?;
    Ok(Some(ReadMark { last_read: mark.last_read, moved: false, unread }))
}

pub(crate) fn mark_read(
    tx: &Tx<'_>,
    id: &ConversationId,
    account: &AccountId,
    to: Option<Seq>,
) -> Result<Option<ReadMark>> {
    let Some(mut mark) = mark(tx.connection, id, account)? else {
        // Of a room or channel that is a look at a kind and no more.
        let is_theirs =
            id.kind() == Some(Kind::Direct) && view(tx.connection, id, account)?.is_some();
        let nothing = ReadMark { last_read: Seq(0), moved: false, unread: 0 };
        return Ok(is_theirs.then_some(nothing));
    };
    let row = (mark.conversation.0, mark.account.0);
    if id.kind() == Some(Kind::Direct) && tx.connection.prepare_cached(IS_HIDDEN)?.exists(row)? {
        return Ok(None);
    }
    let target = to.map_or(mark.last_seq, |to| to.min(mark.last_seq));
    let moved = target > mark.last_read;
    if moved {
        mark.last_read = target;
        let sql = "UPDATE members SET last_read = ?3 WHERE conversation = ?1 AND account = ?2";
        let row = (mark.conversation.0, mark.account.0, rows::number(target.0));
        tx.connection.prepare_cached(sql)?.execute(row)?;
    }
    let unread = unread(tx.connection, &mark)?;
    Ok(Some(ReadMark { last_read: mark.last_read, moved, unread }))
}
