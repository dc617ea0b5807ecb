//! The direct dialect: one file per event. `mark_read` is with the rooms', since it serves every stored
//! conversation.

mod decode;
mod join;
mod leave;
mod mark;
mod send;
mod typing;

pub(super) use decode::conversation;
pub(super) use join::join_conversation;
pub(super) use leave::leave_conversation;
pub(super) use mark::mark_read;
pub(super) use send::send_message;
pub(super) use typing::{stop_typing, typing};
