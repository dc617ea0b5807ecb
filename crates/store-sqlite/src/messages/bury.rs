use chat::conversations::{ConversationId, Seq};
use chat::messages::Message;
use rusqlite::{OptionalExtension, Result};

use super::find::{Found, text_check};
use crate::conversations;
use crate::rows::select_message;
use crate::writer::Tx;

/// Takes the text away; the row stays.
pub(crate) fn bury(tx: &Tx<'_>, id: &ConversationId, seq: Seq) -> Result<Option<Message>> {
    let connection = tx.connection;
    let Some(row) = conversations::row_of(connection, id)? else { return Ok(None) };
    if seq > row.last_seq {
        return Ok(None);
    }
    let place = row.key.place(seq);
    let found = connection
        .prepare_cached(select_message!(" WHERE m.place = ?1"))?
        .query_row([place], |row| Found::of(row, id))
        .optional()?;
    let Some(Found { mut message, .. }) = found else { return Ok(None) };
    if let Some(text) = message.text.take() {
        let sql = "UPDATE messages SET text = NULL, text_check = ?2 WHERE place = ?1";
        connection.prepare_cached(sql)?.execute((place, text_check(&text)))?;
    }
    Ok(Some(message))
}
