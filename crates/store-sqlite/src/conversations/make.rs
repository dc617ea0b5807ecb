use chat::conversations::{Conversation, Kind, NewConversation, Role, Seq};
use rusqlite::Result;

use super::members::{NewMember, insert_member};
use super::read::by_id;
use crate::accounts;
use crate::fault::corrupt;
use crate::rows::{self, ConversationKey, MAX_KEY};
use crate::tails::Tails;
use crate::writer::Tx;

pub(super) const INSERT: &str = "
    INSERT INTO conversations (
        id,
        kind,
        visibility,
        title,
        description,
        owner,
        last_seq,
        member_count,
        joined_count,
        created_at,
        updated_at
    )
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, 0, ?7, ?7)
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
    let sql = "INSERT OR IGNORE INTO title_tails (tail, conversation) VALUES (?1, ?2)";
    let mut insert = connection.prepare_cached(sql)?;
    for tail in Tails::of(new.title.as_str()).iter() {
        insert.execute((tail, key.0))?;
    }
    by_id(connection, &new.id)?.ok_or_else(|| corrupt("a conversation that was just written"))
}
