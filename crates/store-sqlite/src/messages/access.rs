//! Who may write, as the transaction that stores sees it.

use chat::conversations::{Kind, Visibility};
use chat::identity::Origin;
use chat::messages::{NewMessage, Rejection};
use rusqlite::{Connection, OptionalExtension, Result, Statement};

use crate::conversations::{self, ConversationRow, may_write_to};
use crate::rows::{self, AccountKey};

/// All in one statement: each one more costs a stored message as much again as what it reads. What is
/// missing is NULL.
pub(crate) const WRITER: &str = "
    SELECT
        a.key,
        a.origin,
        m.opened,
        c.key,
        c.kind,
        c.visibility,
        c.last_seq,
        c.updated_at
    FROM accounts AS a
    LEFT JOIN conversations AS c ON c.id = ?2
    LEFT JOIN members AS m ON m.conversation = c.key AND m.account = a.key
    WHERE a.id = ?1
      AND a.deleted_at IS NULL";

/// What a sender may do in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Write, as the member that they are.
    Member {
        /// Whether they have opened it, or written in it, before.
        has_opened: bool,
    },
    /// Write, and become a member by it.
    Joins,
}

/// A sender in a conversation that they may write in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writer {
    pub(super) sender: AccountKey,
    pub(super) access: Access,
    pub(super) conversation: ConversationRow,
}

/// What is stored of a sender and of the conversation that they write to.
struct Stored {
    sender: AccountKey,
    origin: Origin,
    /// Of a member: whether they have opened it.
    opened: Option<bool>,
    conversation: Option<ConversationRow>,
}

/// Whether this may be written, and as what. A direct conversation is made here, if the two may write
/// to each other. `statement` is [`WRITER`].
pub(super) fn of(
    connection: &Connection,
    statement: &mut Statement<'_>,
    new: &NewMessage,
) -> Result<std::result::Result<Writer, Rejection>> {
    let Some(mut stored) = stored(statement, new)? else {
        return Ok(Err(Rejection::Forbidden));
    };
    let is_direct = new.conversation.kind() == Some(Kind::Direct);
    if is_direct && stored.origin == Origin::Guest {
        return Ok(Err(Rejection::Forbidden));
    }
    if is_direct && stored.conversation.is_none() {
        let (id, at) = (&new.conversation, new.created_at);
        if !conversations::resolve(connection, id, &new.sender, at)? {
            return Ok(Err(Rejection::NotFound));
        }
        let made = self::stored(statement, new)?;
        stored = made.ok_or_else(|| crate::fault::corrupt("a direct conversation"))?;
    }
    let Some(conversation) = stored.conversation else { return Ok(Err(Rejection::NotFound)) };
    let sender = stored.sender;
    let access = match (stored.opened, conversation.kind, conversation.visibility) {
        (Some(_), Kind::Direct, _) if !may_write_to(connection, conversation.key, sender)? => {
            Err(Rejection::NotFound)
        }
        (Some(has_opened), ..) => Ok(Access::Member { has_opened }),
        (None, Kind::Room | Kind::Channel, Visibility::Public) => Ok(Access::Joins),
        (None, ..) => Err(Rejection::NotFound),
    };
    Ok(access.map(|access| Writer { sender, access, conversation }))
}

fn stored(statement: &mut Statement<'_>, new: &NewMessage) -> Result<Option<Stored>> {
    statement
        .query_row([new.sender.as_str(), new.conversation.as_str()], |row| {
            let conversation = match row.get::<_, Option<i64>>(3)? {
                Some(_) => Some(ConversationRow::at(row, 3)?),
                None => None,
            };
            Ok(Stored {
                sender: AccountKey(row.get(0)?),
                origin: rows::origin(row, 1)?,
                opened: row.get(2)?,
                conversation,
            })
        })
        .optional()
}
