use chat::conversations::{
    Conversation, ConversationId, Description, Kind, Seq, Title, Visibility,
};
use chat::messages::Message;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Result, Row};

use crate::rows::{self, ConversationKey, select_message};

/// `SELECT` of conversations as [`conversation`] reads them, where this is so.
macro_rules! select_conversation {
    ($place:literal) => {
        concat!(
            "
            SELECT
                c.key,
                c.id,
                c.kind,
                c.visibility,
                c.title,
                c.description,
                o.id,
                c.member_count,
                c.last_seq,
                c.created_at,
                c.updated_at
            FROM conversations AS c
            LEFT JOIN accounts AS o ON o.key = c.owner
            WHERE ",
            $place
        )
    };
}

pub(super) const CONVERSATION_BY_ID: &str = select_conversation!("c.id = ?1");
pub(super) const CONVERSATION_BY_KEY: &str = select_conversation!("c.key = ?1");

/// A conversation as it is now, with its newest message.
pub(crate) fn by_id(connection: &Connection, id: &ConversationId) -> Result<Option<Conversation>> {
    Ok(keyed(connection, id)?.map(|(_, conversation)| conversation))
}

/// The same, with its number.
pub(super) fn keyed(
    connection: &Connection,
    id: &ConversationId,
) -> Result<Option<(ConversationKey, Conversation)>> {
    let mut statement = connection.prepare_cached(CONVERSATION_BY_ID)?;
    let found = statement.query_row([id.as_str()], conversation).optional()?;
    found.map(|found| with_newest(connection, found)).transpose()
}

/// A conversation that is there, as it is now, with its newest message.
pub(super) fn by_key(connection: &Connection, key: ConversationKey) -> Result<Conversation> {
    let mut statement = connection.prepare_cached(CONVERSATION_BY_KEY)?;
    let found = statement.query_row([key.0], conversation)?;
    with_newest(connection, found).map(|(_, conversation)| conversation)
}

fn with_newest(
    connection: &Connection,
    (key, mut conversation): (ConversationKey, Conversation),
) -> Result<(ConversationKey, Conversation)> {
    conversation.last_message =
        message_at(connection, key, &conversation.id, conversation.last_seq)?;
    Ok((key, conversation))
}

/// By their places: names would have to be looked for.
fn conversation(row: &Row<'_>) -> Result<(ConversationKey, Conversation)> {
    let title: Option<String> = row.get(4)?;
    let has_owner = row.get_ref(6)? != ValueRef::Null;
    let conversation = Conversation {
        id: rows::conversation_id(row, 1)?,
        kind: rows::kind(row, 2)?,
        visibility: rows::visibility(row, 3)?,
        title: title.map(Title::stored),
        description: Description::stored(row.get::<_, String>(5)?),
        owner: has_owner.then(|| rows::account_id(row, 6)).transpose()?,
        member_count: rows::count(row.get(7)?),
        last_seq: Seq(rows::count(row.get(8)?)),
        last_message: None,
        created_at: rows::time(row.get(9)?),
        updated_at: rows::time(row.get(10)?),
    };
    Ok((ConversationKey(row.get(0)?), conversation))
}

fn message_at(
    connection: &Connection,
    key: ConversationKey,
    id: &ConversationId,
    seq: Seq,
) -> Result<Option<Message>> {
    if seq == Seq(0) {
        return Ok(None);
    }
    let mut statement = connection.prepare_cached(select_message!(" WHERE m.place = ?1"))?;
    statement.query_row([key.place(seq)], |row| rows::message(row, id)).optional()
}

/// What writing needs of a conversation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConversationRow {
    pub(crate) key: ConversationKey,
    pub(crate) kind: Kind,
    pub(crate) visibility: Visibility,
    pub(crate) last_seq: Seq,
    pub(crate) updated_at: i64,
}

impl ConversationRow {
    /// From `key, kind, visibility, last_seq, updated_at`, of which the first is this column.
    pub(crate) fn at(row: &Row<'_>, first: usize) -> Result<Self> {
        Ok(Self {
            key: ConversationKey(row.get(first)?),
            kind: rows::kind(row, first + 1)?,
            visibility: rows::visibility(row, first + 2)?,
            last_seq: Seq(rows::count(row.get(first + 3)?)),
            updated_at: row.get(first + 4)?,
        })
    }
}

pub(crate) fn row_of(
    connection: &Connection,
    id: &ConversationId,
) -> Result<Option<ConversationRow>> {
    let sql = "
        SELECT
            key,
            kind,
            visibility,
            last_seq,
            updated_at
        FROM conversations
        WHERE id = ?1";
    connection
        .prepare_cached(sql)?
        .query_row([id.as_str()], |row| ConversationRow::at(row, 0))
        .optional()
}
