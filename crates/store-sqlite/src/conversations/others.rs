//! What somebody does to the membership of somebody else.

use chat::conversations::{Invited, MemberChange, MemberError, Role};
use chat::identity::Origin;
use chat::permissions::{Action, Actor, Blocks, Denied, Place, may, may_approach};
use chat::time::Timestamp;
use rusqlite::{Connection, Result};

use super::members::{NewMember, insert_member, leave, member};
use super::read::{ConversationRow, row_of};
use crate::rows::AccountKey;
use crate::writer::Tx;
use crate::{accounts, blocks, changes};

/// The error of the outer result undoes the transaction; what the inner one says has changed nothing.
type Decided<T> = Result<std::result::Result<T, MemberError>>;

/// The conversation, and who acts, where they may.
fn acting(
    connection: &Connection,
    change: &MemberChange,
    action: Action,
) -> Decided<(ConversationRow, AccountKey)> {
    let MemberChange { conversation, by, .. } = change;
    let (Some(row), Some((key, origin))) =
        (row_of(connection, conversation)?, accounts::key_of(connection, by)?)
    else {
        return Ok(Err(Denied::NotFound.into()));
    };
    let role = member(connection, conversation, by)?.map(|member| member.role);
    let actor = Actor { is_guest: origin == Origin::Guest, role };
    // Of direct conversations nothing of this may be done, whoever blocks whom.
    let place = Place::of(row.kind, row.visibility, Blocks::default());
    Ok(may(actor, action, place).map(|()| (row, key)).map_err(MemberError::from))
}

pub(crate) fn invite(tx: &Tx<'_>, invitation: &MemberChange, now: Timestamp) -> Decided<Invited> {
    let connection = tx.connection;
    let MemberChange { conversation, whom, .. } = invitation;
    let (row, inviter) = match acting(connection, invitation, Action::Invite)? {
        Ok(acting) => acting,
        Err(error) => return Ok(Err(error)),
    };
    let (Some((key, origin)), Some(account)) =
        (accounts::key_of(connection, whom)?, accounts::by_id(connection, whom)?)
    else {
        return Ok(Err(MemberError::Nobody));
    };
    let is_blocked = blocks::is_between(connection, inviter, key)?;
    // Who blocks whom makes no difference here.
    let between = Blocks { own: is_blocked, theirs: is_blocked };
    match may_approach(Some(origin == Origin::Guest), between) {
        Ok(()) => {}
        Err(Denied::NotFound) => return Ok(Err(MemberError::Nobody)),
        Err(denied) => return Ok(Err(denied.into())),
    }
    let is_new = member(connection, conversation, whom)?.is_none();
    if is_new {
        let new = NewMember {
            conversation: row.key,
            account: key,
            role: Role::Member,
            joined_at: now,
            last_read: row.last_seq,
            has_opened: true,
        };
        insert_member(connection, &new)?;
        changes::membership(tx, whom, conversation)?;
    }
    Ok(Ok(Invited { profile: account.profile, is_new }))
}

pub(crate) fn remove(tx: &Tx<'_>, removal: &MemberChange) -> Decided<bool> {
    match acting(tx.connection, removal, Action::Remove)? {
        Ok(_) => leave(tx, &removal.conversation, &removal.whom).map(Ok),
        Err(error) => Ok(Err(error)),
    }
}
