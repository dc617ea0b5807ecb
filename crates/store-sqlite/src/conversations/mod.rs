//! Conversations, members and read marks, in SQL.

mod direct;
mod make;
mod marks;
mod members;
mod own_counts;
mod read;

pub(crate) use direct::{may_write_to, open_direct, resolve};
pub(crate) use make::create;
pub(crate) use marks::{mark_read, read_mark};
pub(crate) use members::{NewMember, end_membership, enter, insert_member, leave, member};
pub(crate) use own_counts::{BLOCK, close_block};
pub(crate) use read::{ConversationRow, by_id, row_of};
