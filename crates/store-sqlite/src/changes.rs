//! Changes of rights, in SQL.

use chat::conversations::ConversationId;
use chat::identity::{Block, Change, ChangeKind, ChangeSeq, Revocation, TokenDigest};
use chat::ids::AccountId;
use chat::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result, Row};

use crate::accounts;
use crate::fault::corrupt;
use crate::rows;
use crate::writer::Tx;

const TOKEN: i64 = 0;
const ALL_TOKENS: i64 = 1;
const PROFILE: i64 = 2;
const DELETED: i64 = 3;
const BLOCKED: i64 = 4;
const UNBLOCKED: i64 = 5;
const MEMBERSHIP: i64 = 6;

const INSERT: &str = "
    INSERT INTO changes (
        kind,
        account,
        other,
        digest,
        at,
        made_at
    )
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// What is said of a change besides whose it is.
#[derive(Default)]
struct Details<'d> {
    other: Option<&'d str>,
    digest: Option<&'d TokenDigest>,
    at: Option<Timestamp>,
}

fn leave(tx: &Tx<'_>, kind: i64, account: &AccountId, details: &Details<'_>) -> Result<()> {
    tx.connection
        .prepare_cached(INSERT)?
        .execute((
            kind,
            account.as_str(),
            details.other,
            details.digest.map(TokenDigest::as_bytes),
            details.at.map(rows::millis),
            rows::millis(tx.now),
        ))
        .map(|_| ())
}

pub(crate) fn profile(tx: &Tx<'_>, account: &AccountId) -> Result<()> {
    leave(tx, PROFILE, account, &Details::default())
}

pub(crate) fn deleted(tx: &Tx<'_>, account: &AccountId) -> Result<()> {
    leave(tx, DELETED, account, &Details::default())
}

pub(crate) fn blocked(tx: &Tx<'_>, block: &Block) -> Result<()> {
    let details = Details { other: Some(block.blocked.as_str()), ..Details::default() };
    leave(tx, BLOCKED, &block.blocker, &details)
}

pub(crate) fn unblocked(tx: &Tx<'_>, block: &Block) -> Result<()> {
    let details = Details { other: Some(block.blocked.as_str()), ..Details::default() };
    leave(tx, UNBLOCKED, &block.blocker, &details)
}

/// A membership ended, or began by an invitation.
pub(crate) fn membership(tx: &Tx<'_>, account: &AccountId, of: &ConversationId) -> Result<()> {
    let details = Details { other: Some(of.as_str()), ..Details::default() };
    leave(tx, MEMBERSHIP, account, &details)
}

/// Leaves a change only if this revocation makes one: repeating it is quiet.
pub(crate) fn revoke(tx: &Tx<'_>, revocation: &Revocation) -> Result<()> {
    match revocation {
        Revocation::Token { account, digest, expires_at } => {
            let sql = "INSERT OR IGNORE INTO revoked_tokens (digest, expires_at) VALUES (?1, ?2)";
            let row = (digest.as_bytes(), rows::millis(*expires_at));
            if tx.connection.prepare_cached(sql)?.execute(row)? > 0 {
                let (digest, at) = (Some(digest), Some(*expires_at));
                leave(tx, TOKEN, account, &Details { other: None, digest, at })?;
            }
        }
        Revocation::Account { account, valid_after } => {
            if accounts::set_valid_after(tx, account, *valid_after)? {
                let details = Details { at: Some(*valid_after), ..Details::default() };
                leave(tx, ALL_TOKENS, account, &details)?;
            }
        }
    }
    Ok(())
}

pub(crate) fn is_revoked(connection: &Connection, digest: &TokenDigest) -> Result<bool> {
    let sql = "SELECT 1 FROM revoked_tokens WHERE digest = ?1";
    connection.prepare_cached(sql)?.exists([digest.as_bytes()])
}

/// Also when the changes themselves are forgotten: their numbering is kept apart.
pub(crate) fn newest(connection: &Connection) -> Result<ChangeSeq> {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'changes'";
    let seq: Option<i64> =
        connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
    Ok(ChangeSeq(rows::count(seq.unwrap_or(0))))
}

pub(crate) fn after(connection: &Connection, seq: ChangeSeq, limit: usize) -> Result<Vec<Change>> {
    let sql = "
        SELECT
            seq,
            kind,
            account,
            other,
            digest,
            at
        FROM changes
        WHERE seq > ?1
        ORDER BY seq
        LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_map((rows::number(seq.0), rows::limit(limit)), change)?.collect()
}

fn change(row: &Row<'_>) -> Result<Change> {
    let account = rows::account_id(row, "account")?;
    let at = || row.get("at").map(rows::time);
    let other = || rows::account_id(row, "other");
    let kind = match row.get("kind")? {
        TOKEN => ChangeKind::Revoked(Revocation::Token {
            account,
            digest: rows::digest(row, "digest")?,
            expires_at: at()?,
        }),
        ALL_TOKENS => ChangeKind::Revoked(Revocation::Account { account, valid_after: at()? }),
        PROFILE => ChangeKind::Profile(account),
        DELETED => ChangeKind::Deleted(account),
        BLOCKED => ChangeKind::Blocked(Block { blocker: account, blocked: other()? }),
        UNBLOCKED => ChangeKind::Unblocked(Block { blocker: account, blocked: other()? }),
        MEMBERSHIP => ChangeKind::Membership(account, rows::conversation_id(row, "other")?),
        _ => return Err(corrupt("a kind of change")),
    };
    Ok(Change { seq: ChangeSeq(rows::count(row.get("seq")?)), kind })
}

/// How many rows it deleted.
pub(crate) fn forget(
    tx: &Tx<'_>,
    now: Timestamp,
    changes_before: Timestamp,
    limit: usize,
) -> Result<usize> {
    let tokens = "
        DELETE FROM revoked_tokens
        WHERE digest IN (
            SELECT digest
            FROM revoked_tokens
            WHERE expires_at < ?1
            ORDER BY expires_at
            LIMIT ?2
        )";
    let run = |sql: &str, before: Timestamp| {
        let row = (rows::millis(before), rows::limit(limit));
        tx.connection.prepare_cached(sql)?.execute(row)
    };
    let forgotten = run(tokens, now)?;
    // From the oldest on, up to the first that is kept.
    let changes = "
        DELETE FROM changes
        WHERE seq IN (
            SELECT seq
            FROM changes
            ORDER BY seq
            LIMIT ?2
        )
          AND made_at < ?1";
    Ok(forgotten + run(changes, changes_before)?)
}
