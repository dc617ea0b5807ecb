use std::collections::BTreeSet;

use chat::conversations::{ConversationId, Seq};
use chat::identity::Profile;
use chat::messages::{Message, Page, PageCursor};
use rusqlite::{Connection, Result};

use crate::conversations;
use crate::rows::{self, ConversationKey, select_message};

/// The most messages in a page, whatever is asked for: at most 16 MiB of the longest texts.
const MAX_LIMIT: u64 = 1_000;

/// Since `seq` has no gap, a page is known by its first and last place before it is read. `None` if
/// there is no such conversation.
pub(crate) fn page(
    connection: &Connection,
    id: &ConversationId,
    cursor: PageCursor,
    limit: usize,
) -> Result<Option<Page>> {
    let Some(row) = conversations::row_of(connection, id)? else { return Ok(None) };
    let limit = (limit as u64).min(MAX_LIMIT);
    let newest = row.last_seq.0;
    let (before_first, last, has_more) = match cursor {
        PageCursor::Newest => back_from(newest, limit),
        PageCursor::Before(seq) => back_from(newest.min(seq.0.saturating_sub(1)), limit),
        PageCursor::After(seq) => {
            let start = newest.min(seq.0);
            let last = newest.min(start + limit);
            (start, last, last < newest)
        }
    };
    let (messages, senders) = between(connection, (row.key, id), Seq(before_first), Seq(last))?;
    Ok(Some(Page { messages, senders, has_more }))
}

fn back_from(last: u64, limit: u64) -> (u64, u64, bool) {
    let before_first = last.saturating_sub(limit);
    (before_first, last, before_first > 0)
}

fn between(
    connection: &Connection,
    (key, id): (ConversationKey, &ConversationId),
    after: Seq,
    last: Seq,
) -> Result<(Vec<Message>, Vec<Profile>)> {
    let sql = select_message!(
        "
            WHERE m.place > ?1
              AND m.place <= ?2
            ORDER BY m.place"
    );
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query((key.place(after), key.place(last)))?;
    let (mut messages, mut senders) = (Vec::new(), BTreeSet::new());
    while let Some(row) = found.next()? {
        senders.insert(row.get::<_, i64>("sender_key")?);
        messages.push(rows::message(row, id)?);
    }
    // Deleted ones too: their names stay with their messages.
    let sql = "
        SELECT
            id,
            username,
            display_name,
            avatar_url,
            origin
        FROM accounts
        WHERE key = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let profiles = senders.iter().map(|key| statement.query_row([key], rows::profile));
    Ok((messages, profiles.collect::<Result<_>>()?))
}
