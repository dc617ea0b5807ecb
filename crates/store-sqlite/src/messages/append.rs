use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chat::conversations::{ConversationId, Kind, Role, Seq};
use chat::identity::Origin;
use chat::ids::{AccountId, ClientId};
use chat::messages::{Appended, Echo, Message, MessageType, NewMessage, Rejection};
use rusqlite::Result;

use super::access::{self, Access};
use super::echo;
use super::find::{self, Found};
use crate::accounts;
use crate::conversations::{self, BLOCK, ConversationRow, NewMember};
use crate::fault::corrupt;
use crate::rows::{self, AccountKey, ConversationKey, MAX_SEQ};
use crate::writer::Tx;

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
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

const MOVE_ON: &str = "
    UPDATE conversations
    SET last_seq = ?2,
        updated_at = ?3
    WHERE key = ?1";

/// Stores messages in their order. Each is decided before anything is written for it, so an error here
/// is the disk's or a bug's, and undoes the whole transaction.
pub(crate) fn append(tx: &Tx<'_>, messages: &[NewMessage]) -> Result<Vec<Appended>> {
    let mut batch = Batch {
        tx,
        conversations: HashMap::new(),
        senders: HashMap::new(),
        accesses: HashMap::new(),
    };
    let appended = messages.iter().map(|message| batch.append(message)).collect::<Result<_>>()?;
    batch.finish()?;
    Ok(appended)
}

struct State {
    row: ConversationRow,
    has_moved: bool,
}

/// What the messages of one call have in common is looked up once.
struct Batch<'t, 'c> {
    tx: &'t Tx<'c>,
    conversations: HashMap<ConversationId, State>,
    senders: HashMap<AccountId, Option<(AccountKey, Origin)>>,
    accesses: HashMap<(ConversationKey, AccountKey), Access>,
}

impl Batch<'_, '_> {
    fn append(&mut self, new: &NewMessage) -> Result<Appended> {
        let Some((sender, origin)) = self.sender(&new.sender)? else {
            return Ok(Appended::Rejected(Rejection::Forbidden));
        };
        if new.conversation.kind() == Some(Kind::Direct) && origin == Origin::Guest {
            return Ok(Appended::Rejected(Rejection::Forbidden));
        }
        let Some(row) = self.conversation(new)? else {
            return Ok(Appended::Rejected(Rejection::NotFound));
        };
        // Whoever may not write there is told so, also of what they wrote when they might.
        let access = self.access(&row, sender, origin)?;
        if let Access::Denied(rejection) = access {
            return Ok(Appended::Rejected(rejection));
        }
        if let Some(found) = self.first(new, row.key, sender)? {
            let is_same = found.says(&new.text);
            return Ok(if is_same {
                Appended::Duplicate(found.message)
            } else {
                Appended::Rejected(Rejection::Conflict)
            });
        }
        if let (Echo::Emit { connected_at }, None) = (new.echo, &new.client_id)
            && let Some(post) =
                echo::absorb(self.tx.connection, row.key, sender, new, connected_at)?
        {
            return Ok(Appended::Duplicate(post));
        }
        self.admit(new, &row, sender, access)?;
        let message = self.store(new, sender)?;
        Ok(Appended::Stored { message, joined: access == Access::Joins })
    }

    fn sender(&mut self, id: &AccountId) -> Result<Option<(AccountKey, Origin)>> {
        if let Some(known) = self.senders.get(id) {
            return Ok(*known);
        }
        let found = accounts::key_of(self.tx.connection, id)?;
        self.senders.insert(id.clone(), found);
        Ok(found)
    }

    /// A direct conversation is made here, if the two may write to each other.
    fn conversation(&mut self, new: &NewMessage) -> Result<Option<ConversationRow>> {
        let id = &new.conversation;
        if let Some(state) = self.conversations.get(id) {
            return Ok(Some(state.row.clone()));
        }
        let mut found = conversations::row_of(self.tx.connection, id)?;
        if found.is_none() && id.kind() == Some(Kind::Direct) {
            found = conversations::resolve(self.tx, id, &new.sender, new.created_at)?;
        }
        if let Some(row) = &found {
            let state = State { row: row.clone(), has_moved: false };
            self.conversations.insert(id.clone(), state);
        }
        Ok(found)
    }

    /// The message that this one repeats.
    fn first(
        &self,
        new: &NewMessage,
        key: ConversationKey,
        sender: AccountKey,
    ) -> Result<Option<Found>> {
        let (connection, place) = (self.tx.connection, (key, &new.conversation));
        match &new.client_id {
            Some(client_id) => find::by_client_id(connection, place, sender, client_id),
            None => find::by_message_id(connection, place, sender, new.id),
        }
    }

    fn access(
        &mut self,
        row: &ConversationRow,
        sender: AccountKey,
        origin: Origin,
    ) -> Result<Access> {
        match self.accesses.entry((row.key, sender)) {
            Entry::Occupied(known) => Ok(*known.get()),
            Entry::Vacant(unknown) => {
                Ok(*unknown.insert(access::of(self.tx.connection, row, sender, origin)?))
            }
        }
    }

    /// What is written of the sender: that they are a member from now on, or have written.
    fn admit(
        &mut self,
        new: &NewMessage,
        row: &ConversationRow,
        sender: AccountKey,
        access: Access,
    ) -> Result<()> {
        match access {
            Access::Member { has_opened: true } | Access::Denied(_) => return Ok(()),
            Access::Member { has_opened: false } => {
                let sql = "UPDATE members SET opened = 1 WHERE conversation = ?1 AND account = ?2";
                self.tx.connection.prepare_cached(sql)?.execute((row.key.0, sender.0))?;
            }
            Access::Joins => {
                let member = NewMember {
                    conversation: row.key,
                    account: sender,
                    role: Role::Member,
                    joined_at: new.created_at,
                    last_read: row.last_seq,
                    has_opened: true,
                };
                conversations::insert_member(self.tx.connection, &member)?;
            }
        }
        self.accesses.insert((row.key, sender), Access::Member { has_opened: true });
        Ok(())
    }

    fn store(&mut self, new: &NewMessage, sender: AccountKey) -> Result<Message> {
        let state = self.conversations.get_mut(&new.conversation);
        let state = state.ok_or_else(|| corrupt("a conversation"))?;
        let (connection, key) = (self.tx.connection, state.row.key);
        let seq = state.row.last_seq.next();
        if seq.0 > MAX_SEQ {
            return Err(corrupt("a conversation's last place"));
        }
        let absorbs = new.echo == Echo::Post && new.client_id.is_none();
        if absorbs {
            echo::close_oldest(connection, key, sender)?;
        }
        let message_type = &new.message_type;
        connection.prepare_cached(INSERT)?.execute((
            key.place(seq),
            key.0,
            sender.0,
            new.id.as_u128().to_be_bytes(),
            rows::millis(new.created_at),
            new.client_id.as_ref().map(ClientId::as_str),
            (*message_type != MessageType::TEXT).then(|| message_type.as_str()),
            new.text.as_str(),
            absorbs.then_some([0_u8; 0]),
        ))?;
        if seq.0.is_multiple_of(BLOCK) {
            conversations::close_block(connection, key, seq)?;
        }
        state.row.last_seq = seq;
        state.row.updated_at = state.row.updated_at.max(rows::millis(new.created_at));
        state.has_moved = true;
        Ok(message_of(new, seq))
    }

    fn finish(self) -> Result<()> {
        let mut update = self.tx.connection.prepare_cached(MOVE_ON)?;
        for state in self.conversations.values().filter(|state| state.has_moved) {
            let row = &state.row;
            update.execute((row.key.0, rows::number(row.last_seq.0), row.updated_at))?;
        }
        Ok(())
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
