//! Conversations, members and read marks, in SQL.

mod direct;
mod list;
mod make;
mod marks;
mod members;
mod others;
mod own_counts;
mod people;
#[cfg(test)]
mod plans;
mod read;
mod view;

pub(crate) use direct::{may_write_to, open_direct, resolve};
pub(crate) use list::{list, memberships, partners};
pub(crate) use make::create;
pub(crate) use marks::{mark_read, read_mark};
pub(crate) use members::{NewMember, end_membership, enter, insert_member, leave, member};
pub(crate) use others::{invite, remove};
pub(crate) use own_counts::{BLOCK, close_block};
pub(crate) use people::members;
pub(crate) use read::{ConversationRow, by_id, row_of};
pub(crate) use view::{view, views};
