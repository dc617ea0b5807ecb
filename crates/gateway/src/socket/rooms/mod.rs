//! The rooms dialect, and what serves every stored conversation: one file per event.

mod active;
mod decode;
mod join;
mod leave;
mod mark;
mod send;
mod sync;

use std::sync::Arc;

use chat::time::Timestamp;
use socketio::{Ack, Flow};

use super::connect::Shared;
use super::live::Place;
use super::payload::Payload;
use super::reply::Reply;
use crate::error::WireError;
use crate::fanout::{ChatHub, Listener};

pub(super) use active::get_active_users;
pub(super) use join::join_room;
pub(super) use leave::leave_room;
pub(super) use mark::mark_read;
pub(super) use send::send_message;
pub(super) use sync::sync;

/// An event of somebody with an account, whose rate is paid and whose identity is checked.
pub(crate) struct Call<'a> {
    pub(in crate::socket) shared: &'a Arc<Shared>,
    pub(in crate::socket) chat: &'a Arc<ChatHub>,
    pub(in crate::socket) listener: Listener,
    pub(in crate::socket) place: &'a Place,
    /// When the socket connected.
    pub(in crate::socket) connected_at: Timestamp,
    /// The event's place in the table.
    pub(in crate::socket) row: usize,
    pub(in crate::socket) payload: &'a Payload<'a>,
    pub(in crate::socket) ack: &'a mut Option<Ack>,
}

/// What an event does: its own part at once, in the order of arrival, and what waits for the store in
/// the flow. Where it has answered already it gives [`Flow::Next`].
pub(crate) type Run = fn(Call<'_>) -> Result<Flow, WireError>;

impl Call<'_> {
    /// Takes what a `sync` costs its account.
    fn charge_sync(&self, cursors: usize) -> Result<(), WireError> {
        let now = self.shared.pair.now().mono;
        let rates = self.place.rates();
        Ok(rates.map_or(Ok(()), |rates| rates.lock().take_sync(cursors, now))?)
    }

    /// Takes the answer over: nothing else will give it.
    pub(in crate::socket) fn reply(&mut self) -> Reply {
        let asked = (self.payload, self.ack.take());
        Reply::new(self.shared, &self.listener.socket, self.row, asked)
    }
}
