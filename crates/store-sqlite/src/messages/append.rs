use std::collections::HashMap;

use chat::conversations::{ConversationId, Role, Seq};
use chat::ids::{AccountId, ClientId};
use chat::messages::{Appended, Echo, Message, MessageType, NewMessage, Rejection};
use rusqlite::{CachedStatement, Connection, Result};

use super::access::{self, Access, Writer};
use super::echo;
use super::find::{self, Found};
use crate::conversations::{self, BLOCK, ConversationRow, NewMember};
use crate::fault::corrupt;
use crate::rows::{self, AccountKey, MAX_SEQ};
use crate::writer::Tx;

/// Nothing where the sender's key is taken: the index that sees to it is sought once.
const INSERT: &str = "
    INSERT INTO messages (
        place,
        conversation,
        sender,
        id,
        created_at,
        client_id,
        message_type,
        text,
        echo
    )
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    ON CONFLICT DO NOTHING";

const MOVE_ON: &str = "
    UPDATE conversations
    SET last_seq = ?2,
        updated_at = ?3
    WHERE key = ?1";

/// Stores messages in their order. Whatever is decided about one leaves nothing of it behind unless it is
/// stored or absorbed, so an error here is the disk's or a bug's, and undoes the whole transaction.
pub(crate) fn append(tx: &Tx<'_>, messages: &[NewMessage]) -> Result<Vec<Appended>> {
    let mut batch = tx.messages.borrow_mut();
    let batch = match &mut *batch {
        Some(batch) => batch,
        none => none.insert(Batch::begin(tx.connection)?),
    };
    messages.iter().map(|message| batch.append(message)).collect()
}

/// A conversation as the batch leaves it.
struct State {
    row: ConversationRow,
    has_moved: bool,
}

/// Messages that are stored one after the other in one transaction, with nothing else between them. What
/// they have in common is looked up once.
pub(crate) struct Batch<'c> {
    connection: &'c Connection,
    insert: CachedStatement<'c>,
    writer: CachedStatement<'c>,
    conversations: HashMap<ConversationId, State>,
    senders: HashMap<(ConversationId, AccountId), Sender>,
}

/// Who writes, and as what, or why not.
type Sender = std::result::Result<(AccountKey, Access), Rejection>;

impl<'c> Batch<'c> {
    fn begin(connection: &'c Connection) -> Result<Self> {
        Ok(Self {
            connection,
            insert: connection.prepare_cached(INSERT)?,
            writer: connection.prepare_cached(access::WRITER)?,
            conversations: HashMap::new(),
            senders: HashMap::new(),
        })
    }

    fn append(&mut self, new: &NewMessage) -> Result<Appended> {
        // Whoever may not write there is told so, also of what they wrote when they might.
        let (sender, access) = match self.sender(new)? {
            Ok(sender) => sender,
            Err(rejection) => return Ok(Appended::Rejected(rejection)),
        };
        if new.client_id.is_none()
            && let Some(answer) = self.without_key(new, sender)?
        {
            return Ok(answer);
        }
        match self.store(new, sender)? {
            Some(message) => {
                self.admit(&message, sender, access)?;
                Ok(Appended::Stored { message, joined: access == Access::Joins })
            }
            None => self.first(new, sender),
        }
    }

    fn sender(&mut self, new: &NewMessage) -> Result<Sender> {
        let key = (new.conversation.clone(), new.sender.clone());
        if let Some(known) = self.senders.get(&key) {
            return Ok(*known);
        }
        let writer = access::of(self.connection, &mut self.writer, new)?;
        if let Ok(Writer { conversation, .. }) = writer {
            let state = State { row: conversation, has_moved: false };
            self.conversations.entry(key.0.clone()).or_insert(state);
        }
        let sender = writer.map(|writer| (writer.sender, writer.access));
        self.senders.insert(key, sender);
        Ok(sender)
    }

    fn state(&mut self, conversation: &ConversationId) -> Result<&mut State> {
        self.conversations.get_mut(conversation).ok_or_else(|| corrupt("a conversation"))
    }

    /// The message that is there already of one that has no key of its sender: itself, of an earlier
    /// attempt, or the post that it repeats.
    fn without_key(&mut self, new: &NewMessage, sender: AccountKey) -> Result<Option<Appended>> {
        let connection = self.connection;
        let key = self.state(&new.conversation)?.row.key;
        let place = (key, &new.conversation);
        if let Some(found) = find::by_message_id(connection, place, sender, new.id)? {
            return Ok(Some(repeated(found, new)));
        }
        let Echo::Emit { connected_at } = new.echo else { return Ok(None) };
        let post = echo::absorb(connection, key, sender, new, connected_at)?;
        Ok(post.map(Appended::Duplicate))
    }

    /// The message that has this one's key.
    fn first(&mut self, new: &NewMessage, sender: AccountKey) -> Result<Appended> {
        let place = (self.state(&new.conversation)?.row.key, &new.conversation);
        let found = match &new.client_id {
            Some(client_id) => find::by_client_id(self.connection, place, sender, client_id)?,
            None => None,
        };
        // Otherwise its place or its id is taken, or the conversation is full.
        found.map(|found| repeated(found, new)).ok_or_else(|| corrupt("a message's place"))
    }

    /// What is written of the sender of a message: that they are a member from now on, or have written.
    fn admit(&mut self, message: &Message, sender: AccountKey, access: Access) -> Result<()> {
        let connection = self.connection;
        let conversation = self.state(&message.conversation)?.row.key;
        match access {
            Access::Member { has_opened: true } => return Ok(()),
            Access::Member { has_opened: false } => {
                let sql = "UPDATE members SET opened = 1 WHERE conversation = ?1 AND account = ?2";
                connection.prepare_cached(sql)?.execute((conversation.0, sender.0))?;
            }
            Access::Joins => {
                let member = NewMember {
                    conversation,
                    account: sender,
                    role: Role::Member,
                    joined_at: message.created_at,
                    last_read: Seq(message.seq.0 - 1),
                    has_opened: true,
                };
                conversations::insert_member(connection, &member)?;
            }
        }
        let key = (message.conversation.clone(), message.sender.clone());
        self.senders.insert(key, Ok((sender, Access::Member { has_opened: true })));
        Ok(())
    }

    /// Nothing, if its key is taken, or there is no place left.
    fn store(&mut self, new: &NewMessage, sender: AccountKey) -> Result<Option<Message>> {
        let connection = self.connection;
        let before = self.state(&new.conversation)?.row;
        let (key, seq) = (before.key, before.last_seq.next());
        if seq.0 > MAX_SEQ {
            return Ok(None);
        }
        let absorbs = new.echo == Echo::Post && new.client_id.is_none();
        if absorbs {
            echo::close_oldest(connection, key, sender)?;
        }
        let message_type = &new.message_type;
        let row = (
            key.place(seq),
            key.0,
            sender.0,
            new.id.as_u128().to_be_bytes(),
            rows::millis(new.created_at),
            new.client_id.as_ref().map(ClientId::as_str),
            (*message_type != MessageType::TEXT).then(|| message_type.as_str()),
            new.text.as_str(),
            absorbs.then_some([0_u8; 0]),
        );
        if self.insert.execute(row)? == 0 {
            return Ok(None);
        }
        if seq.0.is_multiple_of(BLOCK) {
            conversations::close_block(connection, key, seq)?;
        }
        let updated_at = before.updated_at.max(rows::millis(new.created_at));
        let row = ConversationRow { last_seq: seq, updated_at, ..before };
        *self.state(&new.conversation)? = State { row, has_moved: true };
        Ok(Some(message_of(new, seq)))
    }

    /// Moves the conversations on.
    pub(crate) fn finish(self) -> Result<()> {
        let mut update = self.connection.prepare_cached(MOVE_ON)?;
        for state in self.conversations.values().filter(|state| state.has_moved) {
            let row = &state.row;
            update.execute((row.key.0, rows::number(row.last_seq.0), row.updated_at))?;
        }
        Ok(())
    }
}

/// The answer to a message whose first one is stored.
fn repeated(found: Found, new: &NewMessage) -> Appended {
    if found.says(&new.text) {
        Appended::Duplicate(found.message)
    } else {
        Appended::Rejected(Rejection::Conflict)
    }
}

fn message_of(new: &NewMessage, seq: Seq) -> Message {
    Message {
        id: new.id,
        conversation: new.conversation.clone(),
        seq,
        sender: new.sender.clone(),
        client_id: new.client_id.clone(),
        message_type: new.message_type.clone(),
        text: Some(new.text.clone()),
        created_at: new.created_at,
    }
}
