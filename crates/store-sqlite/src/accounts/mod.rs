//! Accounts, in SQL.

mod create;
mod guests;
mod read;
mod search;
mod update;

pub(crate) use create::{create, see_host};
pub(crate) use guests::{delete_ended, extend};
#[cfg(test)]
pub(crate) use read::BEARER;
pub(crate) use read::{bearer, by_id, by_username, count, key_of};
pub(crate) use search::search;
pub(crate) use update::{change_password, set_valid_after, update_profile};
