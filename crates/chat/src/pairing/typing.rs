//! Who is writing, passed on at a bounded rate.

use super::event::{PairEvent, Reply};
use super::room::Typing;
use super::{PairError, Pairing};
use crate::ids::{RoomId, SocketId};
use crate::time::Now;

/// The partner's socket, and the room in which it hears.
type HeardBy = (SocketId, RoomId);

impl Pairing {
    pub(super) fn typing(&mut self, socket: &SocketId, now: Now) -> Result<Reply, PairError> {
        let interval = self.config.typing_interval;
        let (typing, heard_by) = self.typing_of(socket)?;
        let is_too_soon = typing.shown_at.is_some_and(|at| now.mono.since(at) < interval);
        if let Some((to, room_id)) = heard_by
            && !is_too_soon
        {
            *typing = Typing { shown_at: Some(now.mono), is_shown: true };
            self.emit(to, PairEvent::Typing { room_id });
        }
        Ok(Reply::Done)
    }

    pub(super) fn stop_typing(&mut self, socket: &SocketId) -> Result<Reply, PairError> {
        let (typing, heard_by) = self.typing_of(socket)?;
        if let Some((to, room_id)) = heard_by
            && std::mem::take(&mut typing.is_shown)
        {
            self.emit(to, PairEvent::StopTyping { room_id });
        }
        Ok(Reply::Done)
    }

    /// What was shown of the socket's typing, and who hears of it.
    fn typing_of(
        &mut self,
        socket: &SocketId,
    ) -> Result<(&mut Typing, Option<HeardBy>), PairError> {
        let room = self.home.room_of_mut(socket).ok_or(PairError::NotSeated)?;
        let partner = room.partner(socket).map(|seat| seat.socket.clone());
        let heard_by = partner.map(|partner| (partner, room.id.clone()));
        let seat = room.seat_mut(socket).ok_or(PairError::NotSeated)?;
        Ok((&mut seat.typing, heard_by))
    }
}
