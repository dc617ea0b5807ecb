//! Between columns and the domain's types.

use std::sync::Arc;

use chat::conversations::{ConversationId, Kind, Role, Seq, Visibility};
use chat::identity::{Account, AvatarUrl, Origin, PasswordHash, Profile, TokenDigest};
use chat::ids::{AccountId, ClientId, MessageId};
use chat::messages::{Message, MessageType};
use chat::name::{DisplayName, Username};
use chat::text::Text;
use chat::time::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Result, Row, RowIndex};

use crate::fault::corrupt;

/// An account's number inside the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct AccountKey(pub(crate) i64);

/// A conversation's number inside the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ConversationKey(pub(crate) i64);

/// The greatest key of either: with a `seq` of 32 bits it makes a message's place, a positive number.
pub(crate) const MAX_KEY: i64 = (1 << 31) - 1;

/// The greatest `seq`: 4 billion messages in one conversation.
pub(crate) const MAX_SEQ: u64 = (1 << 32) - 1;

impl ConversationKey {
    /// The place of the message with this `seq`; beyond the last one, that of the last.
    pub(crate) fn place(self, seq: Seq) -> i64 {
        self.0 << 32 | i64::from(u32::try_from(seq.0).unwrap_or(u32::MAX))
    }
}

pub(crate) fn seq_of_place(place: i64) -> Seq {
    Seq(place.cast_unsigned() & MAX_SEQ)
}

pub(crate) fn millis(time: Timestamp) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn time(value: i64) -> Timestamp {
    Timestamp::from_millis(u64::try_from(value).unwrap_or(0))
}

pub(crate) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(crate) fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// A page's or list's limit, for SQL.
pub(crate) fn limit(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn text<'r>(row: &'r Row<'_>, column: impl RowIndex) -> Result<&'r str> {
    Ok(row.get_ref(column)?.as_str()?)
}

fn optional_text<'r>(row: &'r Row<'_>, column: impl RowIndex) -> Result<Option<&'r str>> {
    Ok(row.get_ref(column)?.as_str_or_null()?)
}

pub(crate) fn account_id(row: &Row<'_>, column: impl RowIndex) -> Result<AccountId> {
    AccountId::parse(text(row, column)?).map_err(|_| corrupt("an account's id"))
}

pub(crate) fn conversation_id(row: &Row<'_>, column: impl RowIndex) -> Result<ConversationId> {
    ConversationId::parse(text(row, column)?).map_err(|_| corrupt("a conversation's id"))
}

pub(crate) fn origin_number(origin: Origin) -> i64 {
    match origin {
        Origin::Own => 0,
        Origin::Guest => 1,
        Origin::Host => 2,
    }
}

pub(crate) fn origin(row: &Row<'_>, column: impl RowIndex) -> Result<Origin> {
    match row.get(column)? {
        0 => Ok(Origin::Own),
        1 => Ok(Origin::Guest),
        2 => Ok(Origin::Host),
        _ => Err(corrupt("an origin")),
    }
}

pub(crate) fn kind_number(kind: Kind) -> i64 {
    match kind {
        Kind::Room => 0,
        Kind::Direct => 1,
        Kind::Channel => 2,
    }
}

pub(crate) fn kind(row: &Row<'_>, column: impl RowIndex) -> Result<Kind> {
    match row.get(column)? {
        0 => Ok(Kind::Room),
        1 => Ok(Kind::Direct),
        2 => Ok(Kind::Channel),
        _ => Err(corrupt("a kind of conversation")),
    }
}

pub(crate) fn visibility_number(visibility: Visibility) -> i64 {
    match visibility {
        Visibility::Public => 0,
        Visibility::Private => 1,
    }
}

pub(crate) fn visibility(row: &Row<'_>, column: impl RowIndex) -> Result<Visibility> {
    match row.get(column)? {
        0 => Ok(Visibility::Public),
        1 => Ok(Visibility::Private),
        _ => Err(corrupt("a visibility")),
    }
}

pub(crate) fn role_number(role: Role) -> i64 {
    match role {
        Role::Member => 0,
        Role::Owner => 1,
    }
}

pub(crate) fn role(row: &Row<'_>, column: impl RowIndex) -> Result<Role> {
    match row.get(column)? {
        0 => Ok(Role::Member),
        1 => Ok(Role::Owner),
        _ => Err(corrupt("a role")),
    }
}

/// From the columns `id, username, display_name, avatar_url, origin`.
pub(crate) fn profile(row: &Row<'_>) -> Result<Profile> {
    profile_of(row, ["id", "username", "display_name", "avatar_url", "origin"])
}

fn profile_of<C: RowIndex + Copy>(row: &Row<'_>, columns: [C; 5]) -> Result<Profile> {
    let [id, username, display_name, avatar_url, origin_of] = columns;
    let id = account_id(row, id)?;
    let username = match text(row, username)? {
        // Whom a host application gives no username is called by their id: that is one text.
        same if same == id.as_str() => Username::stored(id.clone()),
        own => Username::stored(own),
    };
    Ok(Profile {
        id,
        username,
        display_name: optional_text(row, display_name)?.map(DisplayName::stored),
        avatar_url: optional_text(row, avatar_url)?.map(AvatarUrl::stored),
        is_guest: origin(row, origin_of)? == Origin::Guest,
    })
}

/// From `id, username, display_name, avatar_url, origin, password, valid_after, created_at`, which come
/// first: a look at a name costs as much as a column.
pub(crate) fn account(row: &Row<'_>) -> Result<Account> {
    Ok(Account {
        profile: Arc::new(profile_of(row, [0, 1, 2, 3, 4])?),
        origin: origin(row, 4)?,
        password: optional_text(row, 5)?.map(PasswordHash::new),
        valid_after: time(row.get(6)?),
        created_at: time(row.get(7)?),
    })
}

pub(crate) fn digest(row: &Row<'_>, column: &str) -> Result<TokenDigest> {
    row.get::<_, [u8; 32]>(column).map(TokenDigest::new)
}

/// `SELECT` of messages as [`message`] reads them, from `messages AS m` and their senders'
/// `accounts AS a`, and what is to follow.
macro_rules! select_message {
    ($rest:literal) => {
        concat!(
            "
            SELECT
                m.place AS place,
                m.id AS message_id,
                a.key AS sender_key,
                a.id AS sender_id,
                m.created_at AS sent_at,
                m.client_id AS client_id,
                m.message_type AS message_type,
                m.text AS text,
                m.text_check AS text_check
            FROM messages AS m
            JOIN accounts AS a ON a.key = m.sender",
            $rest
        )
    };
}
pub(crate) use select_message;

/// From what [`select_message`] selects.
pub(crate) fn message(row: &Row<'_>, conversation: &ConversationId) -> Result<Message> {
    let client_id = optional_text(row, "client_id")?.map(ClientId::parse).transpose();
    let message_type = optional_text(row, "message_type")?.map(MessageType::parse).transpose();
    Ok(Message {
        id: message_id(row.get_ref("message_id")?)?,
        conversation: conversation.clone(),
        seq: seq_of_place(row.get("place")?),
        sender: account_id(row, "sender_id")?,
        client_id: client_id.map_err(|_| corrupt("a client id"))?,
        message_type: message_type.map_err(|_| corrupt("a message's type"))?.unwrap_or_default(),
        text: optional_text(row, "text")?.map(Text::stored),
        created_at: time(row.get("sent_at")?),
    })
}

fn message_id(value: ValueRef<'_>) -> Result<MessageId> {
    let bytes = value.as_blob()?.try_into().map_err(|_| corrupt("a message's id"))?;
    Ok(MessageId::from_u128(u128::from_be_bytes(bytes)))
}
