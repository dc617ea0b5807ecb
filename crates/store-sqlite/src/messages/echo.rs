//! The echo rule: a client that posts by REST and then emits the same text means one message.
//!
//! A post that may absorb an emit is marked with an empty `echo`; the emit that it absorbs leaves its
//! id there, so that the same emit, tried again after a commit of unknown outcome, finds it again
//! instead of becoming a second message.

use chat::conversations::ConversationId;
use chat::ids::MessageId;
use chat::messages::{ECHO_WINDOW_MS, Message, NewMessage};
use chat::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result};

use super::find::Found;
use crate::rows::{AccountKey, ConversationKey, select_message};

/// Posts of one sender in one conversation that wait for their emit; one more, and the oldest waits no
/// longer. A client that only ever posts leaves so many, and each emit looks at so many texts.
const MAX_OPEN: i64 = 64;

/// The post that absorbed this emit in an earlier attempt.
pub(super) fn absorber_of(
    connection: &Connection,
    (key, id): (ConversationKey, &ConversationId),
    sender: AccountKey,
    emit: MessageId,
) -> Result<Option<Found>> {
    let sql = select_message!(
        "
            WHERE m.conversation = ?1
              AND m.sender = ?2
              AND m.echo = ?3"
    );
    let row = (key.0, sender.0, emit.as_u128().to_be_bytes());
    connection.prepare_cached(sql)?.query_row(row, |row| Found::of(row, id)).optional()
}

/// The post that this emit repeats, which absorbs no other from now on. Of several the oldest; those
/// from within the window come before those that only the socket's late connect brings into it.
pub(super) fn absorb(
    connection: &Connection,
    key: ConversationKey,
    sender: AccountKey,
    emit: &NewMessage,
    connected_at: Timestamp,
) -> Result<Option<Message>> {
    let is_recent = |then: Timestamp| {
        emit.created_at.as_millis().saturating_sub(then.as_millis()) <= ECHO_WINDOW_MS
    };
    let sql = select_message!(
        "
            WHERE m.conversation = ?1
              AND m.sender = ?2
              AND m.echo = x''
            ORDER BY m.place"
    );
    let mut statement = connection.prepare_cached(sql)?;
    let open = statement
        .query_map((key.0, sender.0), |row| Found::of(row, &emit.conversation))?
        .collect::<Result<Vec<_>>>()?;
    let mut same = open.into_iter().filter(|post| post.says(&emit.text)).peekable();
    let oldest = same.peek().map(|post| post.message.clone());
    let post = same
        .map(|post| post.message)
        .find(|post| is_recent(post.created_at))
        .or_else(|| oldest.filter(|_| is_recent(connected_at)));
    if let Some(post) = &post {
        let sql = "UPDATE messages SET echo = ?2 WHERE place = ?1";
        let row = (key.place(post.seq), emit.id.as_u128().to_be_bytes());
        connection.prepare_cached(sql)?.execute(row)?;
    }
    Ok(post)
}

/// Makes room for one more open post.
pub(super) fn close_oldest(
    connection: &Connection,
    key: ConversationKey,
    sender: AccountKey,
) -> Result<()> {
    let sql = "
        SELECT
            count(*),
            min(place)
        FROM messages
        WHERE conversation = ?1
          AND sender = ?2
          AND echo = x''";
    let (open, oldest): (i64, Option<i64>) = connection
        .prepare_cached(sql)?
        .query_row((key.0, sender.0), |row| Ok((row.get(0)?, row.get(1)?)))?;
    if open >= MAX_OPEN {
        let sql = "UPDATE messages SET echo = NULL WHERE place = ?1";
        connection.prepare_cached(sql)?.execute([oldest])?;
    }
    Ok(())
}
