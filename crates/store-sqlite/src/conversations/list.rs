//! Lists of conversations, the most recently active first.
//!
//! What is public is read along an index, as far as the page goes; what is one's own by one's
//! memberships, each of which is looked at: an index of them by activity would have to be written for
//! each member with each message.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use chat::conversations::{
    ConversationId, Kind, ListCursor, ListPage, Listing, MAX_LISTED, Partners,
};
use chat::ids::AccountId;
use rusqlite::{Connection, Params, Result, Row, Rows};

use super::view::view_of;
use crate::accounts;
use crate::rows::{self, AccountKey, ConversationKey};
use crate::tails;

/// Along `conversations_recent`.
pub(super) const PUBLIC: &str = "
    SELECT
        c.key AS key,
        c.id AS id,
        c.updated_at AS updated_at
    FROM conversations AS c
    WHERE c.kind = ?1
      AND c.visibility = 0
      AND (c.updated_at, c.id) < (?2, ?3)
    ORDER BY c.updated_at DESC, c.id DESC
    LIMIT ?4";

/// By key: the `+` keep the planner from walking through all that is public for the few that fit.
pub(super) const PUBLIC_CALLED: &str = "
    SELECT
        c.key AS key,
        c.id AS id,
        c.updated_at AS updated_at
    FROM conversations AS c
    WHERE c.key IN (
          SELECT conversation
          FROM title_tails
          WHERE tail >= ?5
            AND tail < ?6
      )
      AND +c.kind = ?1
      AND +c.visibility = 0
      AND (+c.updated_at, +c.id) < (?2, ?3)
    ORDER BY c.updated_at DESC, c.id DESC
    LIMIT ?4";

/// For a query that many titles fit: along `conversations_recent`, as far as the page goes.
pub(super) const PUBLIC_CALLED_OFTEN: &str = "
    SELECT
        c.key AS key,
        c.id AS id,
        c.updated_at AS updated_at
    FROM conversations AS c
    WHERE c.kind = ?1
      AND c.visibility = 0
      AND (c.updated_at, c.id) < (?2, ?3)
      AND EXISTS (
          SELECT 1
          FROM title_tails
          WHERE conversation = c.key
            AND tail >= ?5
            AND tail < ?6
      )
    ORDER BY c.updated_at DESC, c.id DESC
    LIMIT ?4";

/// A row if more than `?3` titles fit.
pub(super) const IS_CALLED_OFTEN: &str = "
    SELECT 1
    FROM title_tails
    WHERE tail >= ?1
      AND tail < ?2
    LIMIT 1
    OFFSET ?3";

/// So many titles that fit are looked at one by one and sorted: some 20 ms. Where more fit, one in so
/// many of what is walked through is one of them: of a million conversations a page of 100 passes some
/// 12,000, as long again.
const MANY: i64 = 8_192;

/// Private ones of a kind: channels, and direct conversations, of which some are not listed.
pub(super) const OWN: &str = "
    SELECT
        c.key AS key,
        c.id AS id,
        c.updated_at AS updated_at
    FROM members AS m
    JOIN conversations AS c ON c.key = m.conversation
    WHERE m.account = ?5
      AND c.kind = ?1
      AND c.visibility = 1
      AND (c.updated_at, c.id) < (?2, ?3)
      AND (
          c.kind <> 1
          OR (
              (m.opened = 1 OR c.last_seq > 0)
              AND NOT EXISTS (
                  SELECT 1
                  FROM members AS other
                  JOIN blocks AS b ON b.blocker = other.account AND b.blocked = m.account
                  WHERE other.conversation = c.key
              )
          )
      )
    ORDER BY c.updated_at DESC, c.id DESC
    LIMIT ?4";

pub(super) const OWN_CALLED: &str = "
    SELECT
        c.key AS key,
        c.id AS id,
        c.updated_at AS updated_at
    FROM members AS m
    JOIN conversations AS c ON c.key = m.conversation
    WHERE m.account = ?5
      AND c.kind = ?1
      AND c.visibility = 1
      AND (c.updated_at, c.id) < (?2, ?3)
      AND EXISTS (
          SELECT 1
          FROM title_tails
          WHERE conversation = c.key
            AND tail >= ?6
            AND tail < ?7
      )
    ORDER BY c.updated_at DESC, c.id DESC
    LIMIT ?4";

/// Of all kinds, by the same rules as [`OWN`], but in no order: see [`newest`].
pub(super) const MEMBERSHIPS: &str = "
    SELECT
        c.updated_at,
        c.id
    FROM members AS m
    JOIN conversations AS c ON c.key = m.conversation
    WHERE m.account = (SELECT key FROM accounts WHERE id = ?1 AND deleted_at IS NULL)
      AND (+c.updated_at, +c.id) < (?2, ?3)
      AND (
          c.kind <> 1
          OR (
              (m.opened = 1 OR c.last_seq > 0)
              AND NOT EXISTS (
                  SELECT 1
                  FROM members AS other
                  JOIN blocks AS b ON b.blocker = other.account AND b.blocked = m.account
                  WHERE other.conversation = c.key
              )
          )
      )";

/// The joins stand in the order in which they are to be made: most of what somebody is in may be
/// rooms, with very many others. In no order, as [`MEMBERSHIPS`].
pub(super) const PARTNERS: &str = "
    SELECT
        c.updated_at,
        c.id,
        a.id
    FROM members AS m
    CROSS JOIN conversations AS c
    CROSS JOIN members AS o
    CROSS JOIN accounts AS a
    WHERE m.account = (SELECT key FROM accounts WHERE id = ?1 AND deleted_at IS NULL)
      AND m.opened = 1
      AND c.key = m.conversation
      AND c.kind = 1
      AND o.conversation = m.conversation
      AND o.account <> m.account
      AND a.key = o.account
      AND NOT EXISTS (
          SELECT 1
          FROM blocks
          WHERE (blocker = m.account AND blocked = o.account)
             OR (blocker = o.account AND blocked = m.account)
      )";

/// A place in a list, and what is there.
struct Place {
    key: ConversationKey,
    id: ConversationId,
    updated_at: i64,
}

/// What the statements have in common: the kind, where to begin, and how many.
type Window<'w> = (i64, i64, &'w str, i64);

pub(crate) fn list(connection: &Connection, listing: &Listing) -> Result<ListPage> {
    let limit = listing.limit.clamp(1, MAX_LISTED);
    let mut places = places(connection, listing, limit + 1)?;
    let has_more = places.len() > limit;
    places.truncate(limit);
    let next = places
        .last()
        .filter(|_| has_more)
        .map(|last| ListCursor { updated_at: rows::time(last.updated_at), id: last.id.clone() });
    let items = places.iter().map(|place| view_of(connection, place.key, &listing.viewer));
    Ok(ListPage { items: items.collect::<Result<_>>()?, next })
}

/// The first `limit` places after the cursor.
fn places(connection: &Connection, listing: &Listing, limit: usize) -> Result<Vec<Place>> {
    let (updated_at, id) = begin(listing.cursor.as_ref());
    let window = (rows::kind_number(listing.kind), updated_at, id, rows::limit(limit));
    let query = listing.query.as_deref().and_then(tails::range);
    let mut found = Vec::new();
    if listing.kind != Kind::Direct {
        found = public(connection, window, query.as_ref())?;
    }
    // Rooms are public.
    if listing.kind != Kind::Room
        && let Some((viewer, _)) = accounts::key_of(connection, &listing.viewer)?
    {
        found.extend(own(connection, window, (viewer, query.as_ref()))?);
        found.sort_unstable_by(|one, other| {
            Reverse((one.updated_at, &one.id)).cmp(&Reverse((other.updated_at, &other.id)))
        });
        found.truncate(limit);
    }
    Ok(found)
}

fn public(
    connection: &Connection,
    (kind, updated_at, id, limit): Window<'_>,
    query: Option<&(String, String)>,
) -> Result<Vec<Place>> {
    match query {
        None => collect(connection, PUBLIC, (kind, updated_at, id, limit)),
        Some((from, to)) => {
            let sql = if is_called_often(connection, (from, to))? {
                PUBLIC_CALLED_OFTEN
            } else {
                PUBLIC_CALLED
            };
            collect(connection, sql, (kind, updated_at, id, limit, from, to))
        }
    }
}

fn is_called_often(connection: &Connection, (from, to): (&str, &str)) -> Result<bool> {
    let mut statement = connection.prepare_cached(IS_CALLED_OFTEN)?;
    statement.exists((from, to, MANY))
}

fn own(
    connection: &Connection,
    (kind, updated_at, id, limit): Window<'_>,
    (viewer, query): (AccountKey, Option<&(String, String)>),
) -> Result<Vec<Place>> {
    match query {
        None => collect(connection, OWN, (kind, updated_at, id, limit, viewer.0)),
        Some((from, to)) => {
            collect(connection, OWN_CALLED, (kind, updated_at, id, limit, viewer.0, from, to))
        }
    }
}

fn collect(connection: &Connection, sql: &str, window: impl Params) -> Result<Vec<Place>> {
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_map(window, place)?.collect()
}

fn place(row: &Row<'_>) -> Result<Place> {
    Ok(Place {
        key: ConversationKey(row.get("key")?),
        id: rows::conversation_id(row, "id")?,
        updated_at: row.get("updated_at")?,
    })
}

pub(crate) fn memberships(
    connection: &Connection,
    account: &AccountId,
    after: Option<&ListCursor>,
    limit: usize,
) -> Result<Vec<ListCursor>> {
    let (updated_at, id) = begin(after);
    let mut statement = connection.prepare_cached(MEMBERSHIPS)?;
    let rows = statement.query((account.as_str(), updated_at, id))?;
    let places = newest(rows, limit, |_| Ok(()))?;
    let cursor = |(updated_at, id, ())| ListCursor { updated_at: rows::time(updated_at), id };
    Ok(places.into_iter().map(cursor).collect())
}

/// Of rows that begin with a conversation's time and its id, the `limit` newest, the newest first, each
/// with what else is read of it. SQLite would open a temporary B-tree for that with each execution,
/// which costs as much as all the rest of it where somebody is in a few; or, without a `LIMIT`, hold
/// all of what may be very many.
fn newest<T: Ord>(
    mut rows: Rows<'_>,
    limit: usize,
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<(i64, ConversationId, T)>> {
    let mut kept = BinaryHeap::new();
    while let Some(row) = rows.next()? {
        let updated_at: i64 = row.get(0)?;
        if kept.len() >= limit {
            let Some(Reverse((oldest, id, _))) = kept.peek() else { break };
            if (*oldest, ConversationId::as_str(id)) > (updated_at, row.get_ref(1)?.as_str()?) {
                continue;
            }
            kept.pop();
        }
        kept.push(Reverse((updated_at, rows::conversation_id(row, 1)?, read(row)?)));
    }
    Ok(kept.into_sorted_vec().into_iter().map(|Reverse(found)| found).collect())
}

/// Where a page begins: before the first it is later than any time there is.
fn begin(after: Option<&ListCursor>) -> (i64, &str) {
    after.map_or((i64::MAX, ""), |place| (rows::millis(place.updated_at), place.id.as_str()))
}

pub(crate) fn partners(
    connection: &Connection,
    account: &AccountId,
    limit: usize,
) -> Result<Partners> {
    let mut statement = connection.prepare_cached(PARTNERS)?;
    let rows = statement.query([account.as_str()])?;
    let partners = newest(rows, limit, |row| rows::account_id(row, 2))?;
    Ok(partners.into_iter().map(|(_, id, other)| (id, other)).collect())
}
