use chat::conversations::ConversationId;
use chat::identity::{People, PeopleCursor};
use rusqlite::{Connection, Result};

use super::read::row_of;
use crate::people;

pub(super) const MEMBERS: &str = "
    SELECT
        m.nth AS place,
        a.id AS id,
        a.username AS username,
        a.display_name AS display_name,
        a.avatar_url AS avatar_url,
        a.origin AS origin
    FROM members AS m
    JOIN accounts AS a ON a.key = m.account
    WHERE m.conversation = ?1
      AND m.nth > ?2
    ORDER BY m.nth
    LIMIT ?3";

/// In the order of joining.
pub(crate) fn members(
    connection: &Connection,
    id: &ConversationId,
    cursor: Option<PeopleCursor>,
    limit: usize,
) -> Result<Option<People>> {
    let Some(row) = row_of(connection, id)? else { return Ok(None) };
    people::page(connection, (MEMBERS, row.key.0), cursor, limit).map(Some)
}
