//! Messages that are there already, by what makes a resend the same.

use chat::conversations::ConversationId;
use chat::ids::{ClientId, MessageId};
use chat::messages::{Message, MessageKey};
use chat::text::Text;
use rusqlite::{Connection, OptionalExtension, Result, Row};

use super::echo;
use crate::conversations;
use crate::rows::{self, AccountKey, ConversationKey, select_message};
use crate::writer::Tx;

/// A message that was found, and what its text was.
pub(super) struct Found {
    pub(super) message: Message,
    /// Of a tombstone: what [`text_check`] gave for its text.
    text_check: Option<i64>,
}

impl Found {
    pub(super) fn of(row: &Row<'_>, conversation: &ConversationId) -> Result<Self> {
        Ok(Self { message: rows::message(row, conversation)?, text_check: row.get("text_check")? })
    }

    /// Whether it says this, or did before it was deleted.
    pub(super) fn says(&self, text: &Text) -> bool {
        match &self.message.text {
            Some(own) => own == text,
            None => self.text_check == Some(text_check(text)),
        }
    }
}

/// 16 bits of FNV-1a: enough to tell a resend from another text (but for 1 in 65,536, which then
/// counts as a resend), and too few to find a deleted text by.
pub(super) fn text_check(text: &Text) -> i64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(PRIME);
    let hash = text.as_str().bytes().fold(OFFSET, mix);
    let folded = hash ^ hash >> 32;
    ((folded ^ folded >> 16) & 0xffff).cast_signed()
}

pub(crate) const BY_KEY: &str = select_message!(
    "
            WHERE m.conversation = ?1
              AND m.sender = ?2
              AND m.client_id = ?3"
);

pub(super) fn by_client_id(
    connection: &Connection,
    (key, id): (ConversationKey, &ConversationId),
    sender: AccountKey,
    client_id: &ClientId,
) -> Result<Option<Found>> {
    let row = (key.0, sender.0, client_id.as_str());
    connection.prepare_cached(BY_KEY)?.query_row(row, |row| Found::of(row, id)).optional()
}

/// Those with a key are in no index by their ids.
pub(crate) const BY_ID: &str = select_message!(
    "
            WHERE m.id = ?1
              AND m.conversation = ?2
              AND m.client_id IS NULL"
);

/// By the id that the server gave it, where there is no client's key: that of the message, or that of
/// an emit which it absorbed.
pub(super) fn by_message_id(
    connection: &Connection,
    (key, id): (ConversationKey, &ConversationId),
    sender: AccountKey,
    message: MessageId,
) -> Result<Option<Found>> {
    let row = (message.as_u128().to_be_bytes(), key.0);
    let found =
        connection.prepare_cached(BY_ID)?.query_row(row, |row| Found::of(row, id)).optional()?;
    match found {
        Some(found) => Ok(Some(found)),
        None => echo::absorber_of(connection, (key, id), sender, message),
    }
}

/// What is stored for each key. Read on the writer, in a transaction that commits: see `writer.rs`.
pub(crate) fn settle(tx: &Tx<'_>, keys: &[MessageKey]) -> Result<Vec<Option<Message>>> {
    keys.iter().map(|key| settle_one(tx.connection, key)).collect()
}

fn settle_one(connection: &Connection, key: &MessageKey) -> Result<Option<Message>> {
    let Some(row) = conversations::row_of(connection, &key.conversation)? else {
        return Ok(None);
    };
    // Deleted accounts too: what they wrote is stored.
    let sql = "SELECT key FROM accounts WHERE id = ?1";
    let sender = connection
        .prepare_cached(sql)?
        .query_row([key.sender.as_str()], |row| row.get(0).map(AccountKey))
        .optional()?;
    let Some(sender) = sender else { return Ok(None) };
    let place = (row.key, &key.conversation);
    let found = match &key.client_id {
        Some(client_id) => by_client_id(connection, place, sender, client_id)?,
        None => by_message_id(connection, place, sender, key.id)?,
    };
    Ok(found.map(|found| found.message))
}
