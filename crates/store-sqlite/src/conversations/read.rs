use chat::conversations::{
    Conversation, ConversationId, Description, Kind, Seq, Title, Visibility,
};
use chat::messages::Message;
use rusqlite::{Connection, OptionalExtension, Result, Row};

use crate::rows::{self, ConversationKey, select_message};

const CONVERSATION: &str = "
    SELECT
        c.id AS id,
        c.kind AS kind,
        c.visibility AS visibility,
        c.title AS title,
        c.description AS description,
        o.id AS owner_id,
        c.member_count AS member_count,
        c.last_seq AS last_seq,
        c.created_at AS created_at,
        c.updated_at AS updated_at
    FROM conversations AS c
    LEFT JOIN accounts AS o ON o.key = c.owner
    WHERE c.key = ?1";

/// A conversation as it is now, with its newest message.
pub(crate) fn by_id(connection: &Connection, id: &ConversationId) -> Result<Option<Conversation>> {
    let row = row_of(connection, id)?;
    row.map(|row| by_key(connection, row.key)).transpose()
}

/// The same, of a conversation that is there.
pub(super) fn by_key(connection: &Connection, key: ConversationKey) -> Result<Conversation> {
    let mut statement = connection.prepare_cached(CONVERSATION)?;
    let mut conversation = statement.query_row([key.0], conversation)?;
    conversation.last_message =
        message_at(connection, key, &conversation.id, conversation.last_seq)?;
    Ok(conversation)
}

fn conversation(row: &Row<'_>) -> Result<Conversation> {
    let title: Option<String> = row.get("title")?;
    let owner: Option<String> = row.get("owner_id")?;
    Ok(Conversation {
        id: rows::conversation_id(row, "id")?,
        kind: rows::kind(row, "kind")?,
        visibility: rows::visibility(row, "visibility")?,
        title: title.map(Title::stored),
        description: Description::stored(row.get::<_, String>("description")?),
        owner: owner.map(|_| rows::account_id(row, "owner_id")).transpose()?,
        member_count: rows::count(row.get("member_count")?),
        last_seq: Seq(rows::count(row.get("last_seq")?)),
        last_message: None,
        created_at: rows::time(row.get("created_at")?),
        updated_at: rows::time(row.get("updated_at")?),
    })
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
