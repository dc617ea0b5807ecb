use std::sync::Arc;

use chat::identity::{Account, AvatarUrl, Origin, PasswordHash, ProfileUpdate, Revocation};
use chat::ids::AccountId;
use chat::name::DisplayName;
use chat::time::Timestamp;
use rusqlite::Result;

use super::create::write_tails;
use super::read::{by_id, key_of};
use crate::changes;
use crate::rows;
use crate::writer::Tx;

pub(crate) fn update_profile(
    tx: &Tx<'_>,
    id: &AccountId,
    update: &ProfileUpdate,
) -> Result<Option<Account>> {
    let Some((key, origin)) = key_of(tx.connection, id)? else { return Ok(None) };
    let Some(mut account) = by_id(tx.connection, id)? else { return Ok(None) };
    let before = Arc::clone(&account.profile);
    let profile = Arc::make_mut(&mut account.profile);
    if let Some(display_name) = &update.display_name {
        profile.display_name.clone_from(display_name);
    }
    if let Some(avatar_url) = &update.avatar_url {
        profile.avatar_url.clone_from(avatar_url);
    }
    if account.profile == before {
        return Ok(Some(account));
    }
    let sql = "UPDATE accounts SET display_name = ?2, avatar_url = ?3 WHERE key = ?1";
    tx.connection.prepare_cached(sql)?.execute((
        key.0,
        account.profile.display_name.as_ref().map(DisplayName::as_str),
        account.profile.avatar_url.as_ref().map(AvatarUrl::as_str),
    ))?;
    if origin != Origin::Guest {
        let profile = &account.profile;
        write_tails(tx.connection, key, &profile.username, profile.display_name.as_ref())?;
    }
    changes::profile(tx, id)?;
    Ok(Some(account))
}

pub(crate) fn change_password(
    tx: &Tx<'_>,
    id: &AccountId,
    (current, next): (&PasswordHash, &PasswordHash),
    valid_after: Timestamp,
) -> Result<bool> {
    let sql = "
        UPDATE accounts
        SET password = ?3
        WHERE id = ?1
          AND password = ?2
          AND deleted_at IS NULL";
    let changed = tx.connection.prepare_cached(sql)?.execute((
        id.as_str(),
        current.as_str(),
        next.as_str(),
    ))?;
    if changed == 0 {
        return Ok(false);
    }
    changes::revoke(tx, &Revocation::Account { account: id.clone(), valid_after })?;
    Ok(true)
}

/// Sets `valid_after`, if that is later; whether it was.
pub(crate) fn set_valid_after(tx: &Tx<'_>, id: &AccountId, valid_after: Timestamp) -> Result<bool> {
    let sql = "
        UPDATE accounts
        SET valid_after = ?2
        WHERE id = ?1
          AND valid_after < ?2
          AND deleted_at IS NULL";
    let changed =
        tx.connection.prepare_cached(sql)?.execute((id.as_str(), rows::millis(valid_after)))?;
    Ok(changed > 0)
}
