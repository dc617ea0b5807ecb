use chat::conversations::{Conversation, Kind, NewConversation, Role, Seq};
use chat::name::fold;
use rusqlite::Result;

use super::members::{NewMember, insert_member};
use super::read::by_id;
use crate::accounts;
use crate::fault::corrupt;
use crate::rows::{self, ConversationKey, MAX_KEY};
use crate::writer::Tx;

pub(super) const INSERT: &str = "
    INSERT INTO conversations (
        id,
        kind,
        visibility,
        title,
        title_folded,
        description,
        owner,
        last_seq,
        member_count,
        joined_count,
        created_at,
        updated_at
    )
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, 0, ?8, ?8)
    RETURNING key";

/// A room or channel with its first member.
pub(crate) fn create(tx: &Tx<'_>, new: &NewConversation) -> Result<Conversation> {
    let connection = tx.connection;
    let (maker, _) = accounts::key_of(connection, &new.maker)?
        .ok_or_else(|| corrupt("the maker of a conversation"))?;
    let is_owned = new.kind == Kind::Channel;
    let key = connection.prepare_cached(INSERT)?.query_row(
        (
            new.id.as_str(),
            rows::kind_number(new.kind),
            rows::visibility_number(new.visibility),
            new.title.as_str(),
            fold(new.title.as_str()),
            new.description.as_str(),
            is_owned.then_some(maker.0),
            rows::millis(new.created_at),
        ),
        |row| row.get(0).map(ConversationKey),
    )?;
    if key.0 > MAX_KEY {
        return Err(corrupt("a conversation's key"));
    }
    let member = NewMember {
        conversation: key,
        account: maker,
        role: if is_owned { Role::Owner } else { Role::Member },
        joined_at: new.created_at,
        last_read: Seq(0),
        has_opened: true,
    };
    insert_member(connection, &member)?;
    by_id(connection, &new.id)?.ok_or_else(|| corrupt("a conversation that was just written"))
}
