//! What a conversation looks like to somebody.

use std::rc::Rc;

use chat::conversations::{
    Conversation, ConversationId, Kind, Member, MemberView, Partner, Seq, View, Views, Visibility,
};
use chat::identity::Profile;
use chat::ids::AccountId;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Result};

use super::direct::unmade;
use super::own_counts::{Mark, OwnCounts, own_in_full_blocks};
use super::read::{by_key, keyed};
use crate::fault::corrupt;
use crate::rows::{self, AccountKey, ConversationKey};

/// `SELECT` of members as [`found`] reads them, each with its place in the question.
macro_rules! select_members {
    ($nth:literal, $from:literal) => {
        concat!(
            "
            SELECT ",
            $nth,
            ",
                m.role,
                m.joined_at,
                m.account,
                m.last_read,",
            own_in_full_blocks!("?2"),
            "
            FROM ",
            $from
        )
    };
}

/// Of those accounts that are asked for, whoever is a member: one statement for all of them, since each
/// costs as much again as what it reads of a member.
pub(super) const MEMBERS: &str = select_members!(
    "asked.rowid - 1",
    "rarray(?3) AS asked
    CROSS JOIN accounts AS a ON a.id = asked.value
    CROSS JOIN members AS m ON m.conversation = ?1 AND m.account = a.key"
);

/// The same of one account, which needs no table of those that are asked for.
pub(super) const MEMBER: &str = select_members!(
    "0",
    "accounts AS a
    CROSS JOIN members AS m ON m.conversation = ?1 AND m.account = a.key
    WHERE a.id = ?3"
);

pub(super) const IS_MEMBER: &str = "
    SELECT m.account
    FROM accounts AS a
    JOIN members AS m ON m.account = a.key
    WHERE m.conversation = ?1
      AND a.id = ?2";

pub(super) const SENDER: &str = "
    SELECT
        id,
        username,
        display_name,
        avatar_url,
        origin
    FROM accounts
    WHERE id = ?1";

pub(super) const PARTNER: &str = "
    SELECT
        a.id AS id,
        a.username AS username,
        a.display_name AS display_name,
        a.avatar_url AS avatar_url,
        a.origin AS origin,
        m.last_read AS last_read,
        EXISTS (SELECT 1 FROM blocks WHERE blocker = ?2 AND blocked = m.account) AS is_blocked
    FROM members AS m
    JOIN accounts AS a ON a.key = m.account
    WHERE m.conversation = ?1
      AND m.account <> ?2";

pub(super) const IS_HIDDEN: &str = "
    SELECT 1
    FROM members AS m
    JOIN blocks AS b ON b.blocker = m.account AND b.blocked = ?2
    WHERE m.conversation = ?1";

/// For whoever may see it.
pub(crate) fn view(
    connection: &Connection,
    id: &ConversationId,
    viewer: &AccountId,
) -> Result<Option<View>> {
    let Some(found) = keyed(connection, id)? else { return unmade(connection, id, viewer) };
    let (key, conversation) = &found;
    if conversation.visibility == Visibility::Private {
        let Some(member) = member_key(connection, *key, viewer)? else { return Ok(None) };
        let mut is_hidden = connection.prepare_cached(IS_HIDDEN)?;
        if conversation.kind == Kind::Direct && is_hidden.exists((key.0, member.0))? {
            return Ok(None);
        }
    }
    seen_by(connection, found, viewer).map(Some)
}

/// A conversation that is there, for a viewer who may see it.
pub(super) fn view_of(
    connection: &Connection,
    key: ConversationKey,
    viewer: &AccountId,
) -> Result<View> {
    seen_by(connection, (key, by_key(connection, key)?), viewer)
}

fn seen_by(
    connection: &Connection,
    found: (ConversationKey, Conversation),
    viewer: &AccountId,
) -> Result<View> {
    let mut views = of_members(connection, found, std::slice::from_ref(viewer))?;
    let (member, unread, other) = match views.members.pop() {
        Some(view) => (Some(view.member), view.unread, view.other),
        None => (None, 0, None),
    };
    let Views { conversation, last_sender, .. } = views;
    Ok(View { conversation, last_sender, member, unread, other })
}

/// For several members at once.
pub(crate) fn views(
    connection: &Connection,
    id: &ConversationId,
    accounts: &[AccountId],
) -> Result<Option<Views>> {
    let found = keyed(connection, id)?;
    found.map(|found| of_members(connection, found, accounts)).transpose()
}

fn of_members(
    connection: &Connection,
    (key, conversation): (ConversationKey, Conversation),
    accounts: &[AccountId],
) -> Result<Views> {
    let last_sender = last_sender(connection, &conversation)?;
    let mut counts = OwnCounts::new(connection, key);
    let mut members = Vec::with_capacity(accounts.len());
    for (member, mark) in found(connection, key, conversation.last_seq, accounts)? {
        let unread = counts.unread(&mark, conversation.last_seq)?;
        let other = match conversation.kind {
            Kind::Direct => partner(connection, key, mark.account)?,
            Kind::Room | Kind::Channel => None,
        };
        members.push(MemberView { member, unread, other });
    }
    Ok(Views { conversation, last_sender, members })
}

/// Those of the accounts who are members, in the same order.
fn found(
    connection: &Connection,
    key: ConversationKey,
    last_seq: Seq,
    accounts: &[AccountId],
) -> Result<Vec<(Member, Mark)>> {
    let (key, last_seq) = (key.0, rows::number(last_seq.0));
    let mut statement;
    let mut rows = if let [one] = accounts {
        statement = connection.prepare_cached(MEMBER)?;
        statement.query((key, last_seq, one.as_str()))?
    } else {
        let ids = accounts.iter().map(|id| Value::Text(id.as_str().into())).collect::<Vec<_>>();
        statement = connection.prepare_cached(MEMBERS)?;
        statement.query((key, last_seq, Rc::new(ids)))?
    };
    let mut found = Vec::with_capacity(accounts.len());
    while let Some(row) = rows.next()? {
        let nth: u32 = row.get(0)?;
        let account = accounts.get(nth as usize).ok_or_else(|| corrupt("a row's number"))?.clone();
        let mark = Mark::at(row, 3)?;
        let member = Member {
            account,
            role: rows::role(row, 1)?,
            joined_at: rows::time(row.get(2)?),
            last_read: mark.last_read,
        };
        found.push((nth, (member, mark)));
    }
    found.sort_unstable_by_key(|(nth, _)| *nth);
    Ok(found.into_iter().map(|(_, member)| member).collect())
}

fn member_key(
    connection: &Connection,
    key: ConversationKey,
    account: &AccountId,
) -> Result<Option<AccountKey>> {
    let mut statement = connection.prepare_cached(IS_MEMBER)?;
    statement.query_row((key.0, account.as_str()), |row| row.get(0).map(AccountKey)).optional()
}

/// Deleted ones too: their names stay with their messages.
fn last_sender(connection: &Connection, conversation: &Conversation) -> Result<Option<Profile>> {
    let Some(message) = &conversation.last_message else { return Ok(None) };
    let mut statement = connection.prepare_cached(SENDER)?;
    statement.query_row([message.sender.as_str()], rows::profile).map(Some)
}

fn partner(
    connection: &Connection,
    key: ConversationKey,
    account: AccountKey,
) -> Result<Option<Partner>> {
    let mut statement = connection.prepare_cached(PARTNER)?;
    statement
        .query_row((key.0, account.0), |row| {
            let last_read = Seq(rows::count(row.get("last_read")?));
            let is_blocked = row.get("is_blocked")?;
            Ok(Partner { profile: rows::profile(row)?, last_read, is_blocked })
        })
        .optional()
}
