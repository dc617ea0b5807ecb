//! The channels dialect: two families of events that do the same.

mod decode;
mod join;
mod leave;
mod pass;
mod say;

pub(super) use join::{join_channel, join_room};
pub(super) use leave::{leave_channel, leave_room};
pub(super) use pass::elsewhere;
pub(super) use say::{new_message, room_message};
