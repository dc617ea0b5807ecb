use chat::conversations::{ConversationId, Kind, ReadMark, Seq};
use chat::ids::AccountId;
use rusqlite::{Connection, OptionalExtension, Result};

use super::own_counts::{Mark, OwnCounts, own_in_full_blocks};
use super::view::{IS_HIDDEN, view};
use crate::fault::corrupt;
use crate::rows::{self, ConversationKey};
use crate::writer::Tx;

pub(super) const MARK: &str = concat!(
    "
    SELECT
        m.conversation,
        c.last_seq,
        m.account,
        m.last_read,",
    own_in_full_blocks!("c.last_seq"),
    "
    FROM members AS m
    JOIN conversations AS c ON c.key = m.conversation
    JOIN accounts AS a ON a.key = m.account
    WHERE c.id = ?1
      AND a.id = ?2"
);

/// A member's mark, and the conversation that it is in.
struct Found {
    conversation: ConversationKey,
    last_seq: Seq,
    mark: Mark,
}

impl Found {
    fn unread(&self, connection: &Connection) -> Result<u64> {
        OwnCounts::new(connection, self.conversation).unread(&self.mark, self.last_seq)
    }
}

fn find(
    connection: &Connection,
    id: &ConversationId,
    account: &AccountId,
) -> Result<Option<Found>> {
    connection
        .prepare_cached(MARK)?
        .query_row([id.as_str(), account.as_str()], |row| {
            Ok(Found {
                conversation: ConversationKey(row.get(0)?),
                last_seq: Seq(rows::count(row.get(1)?)),
                mark: Mark::at(row, 2)?,
            })
        })
        .optional()
}

pub(crate) fn read_mark(
    connection: &Connection,
    id: &ConversationId,
    account: &AccountId,
) -> Result<Option<ReadMark>> {
    let Some(found) = find(connection, id, account)? else { return Ok(None) };
    let unread = found.unread(connection)?;
    Ok(Some(ReadMark { last_read: found.mark.last_read, moved: false, unread }))
}

pub(crate) fn mark_read(
    tx: &Tx<'_>,
    id: &ConversationId,
    account: &AccountId,
    to: Option<Seq>,
) -> Result<Option<ReadMark>> {
    let Some(mut found) = find(tx.connection, id, account)? else {
        // Of a room or channel that is a look at a kind and no more.
        let is_theirs =
            id.kind() == Some(Kind::Direct) && view(tx.connection, id, account)?.is_some();
        let nothing = ReadMark { last_read: Seq(0), moved: false, unread: 0 };
        return Ok(is_theirs.then_some(nothing));
    };
    let row = (found.conversation.0, found.mark.account.0);
    if id.kind() == Some(Kind::Direct) && tx.connection.prepare_cached(IS_HIDDEN)?.exists(row)? {
        return Ok(None);
    }
    let target = to.map_or(found.last_seq, |to| to.min(found.last_seq));
    let moved = target > found.mark.last_read;
    if moved {
        let sql = "UPDATE members SET last_read = ?3 WHERE conversation = ?1 AND account = ?2";
        let row = (found.conversation.0, found.mark.account.0, rows::number(target.0));
        tx.connection.prepare_cached(sql)?.execute(row)?;
        found = find(tx.connection, id, account)?.ok_or_else(|| corrupt("a membership"))?;
    }
    let unread = found.unread(tx.connection)?;
    Ok(Some(ReadMark { last_read: found.mark.last_read, moved, unread }))
}
