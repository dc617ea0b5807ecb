//! Who may write, as the transaction that stores sees it.

use chat::conversations::{Kind, Visibility};
use chat::identity::Origin;
use chat::messages::Rejection;
use rusqlite::{Connection, OptionalExtension, Result};

use crate::conversations::{ConversationRow, may_write_to};
use crate::rows::AccountKey;

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
    /// Nothing.
    Denied(Rejection),
}

/// For a message to a conversation that is there.
pub(super) fn of(
    connection: &Connection,
    conversation: &ConversationRow,
    sender: AccountKey,
    origin: Origin,
) -> Result<Access> {
    if conversation.kind == Kind::Direct && origin == Origin::Guest {
        return Ok(Access::Denied(Rejection::Forbidden));
    }
    let sql = "SELECT opened FROM members WHERE conversation = ?1 AND account = ?2";
    let opened: Option<bool> = connection
        .prepare_cached(sql)?
        .query_row((conversation.key.0, sender.0), |row| row.get(0))
        .optional()?;
    Ok(match (opened, conversation.kind, conversation.visibility) {
        (Some(has_opened), Kind::Direct, _) => {
            if may_write_to(connection, conversation.key, sender)? {
                Access::Member { has_opened }
            } else {
                Access::Denied(Rejection::NotFound)
            }
        }
        (Some(has_opened), Kind::Room | Kind::Channel, _) => Access::Member { has_opened },
        (None, Kind::Room | Kind::Channel, Visibility::Public) => Access::Joins,
        (None, ..) => Access::Denied(Rejection::NotFound),
    })
}
