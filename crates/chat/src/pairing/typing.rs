//! Who is writing, passed on at a bounded rate, and never lost: a `typing` that comes too soon after
//! the last one that was passed on, and after its end, is passed on when the interval is over.

use std::collections::BTreeSet;

use super::event::{PairEvent, Reply};
use super::{PairError, Pairing};
use crate::ids::{RoomId, SocketId};
use crate::time::{Monotonic, Now};

/// What the partner was shown of one's typing.
#[derive(Debug, Default)]
pub(super) struct Typing {
    /// When `typing` was last passed on to the present partner.
    shown_at: Option<Monotonic>,
    /// Whether nothing has ended it since.
    is_shown: bool,
    /// When a `typing` that came too soon is to be passed on. It is in [`Pairing::typing_due`] too.
    due: Option<Monotonic>,
}

/// Each `typing` that waits for its interval to be over, once: at most one for each seat, some 60
/// bytes each.
pub(super) type TypingDue = BTreeSet<(Monotonic, SocketId)>;

/// The partner's socket, and the room in which it hears.
type HeardBy = (SocketId, RoomId);

impl Pairing {
    pub(super) fn typing(&mut self, socket: &SocketId, now: Now) -> Result<Reply, PairError> {
        let interval = self.config.typing_interval;
        let (typing, heard_by) = self.typing_of(socket)?;
        let Some(heard_by) = heard_by else { return Ok(Reply::Done) };
        let free_at = typing.shown_at.map(|at| at.after(interval)).filter(|at| now.mono < *at);
        match free_at {
            None => self.show_typing(socket, heard_by, now),
            Some(free_at) if !typing.is_shown && typing.due.is_none() => {
                typing.due = Some(free_at);
                self.typing_due.insert((free_at, socket.clone()));
            }
            // The partner sees it already, or soon will.
            Some(_) => {}
        }
        Ok(Reply::Done)
    }

    pub(super) fn stop_typing(&mut self, socket: &SocketId) -> Result<Reply, PairError> {
        let (_, heard_by) = self.typing_of(socket)?;
        if self.end_typing(socket)
            && let Some((to, room_id)) = heard_by
        {
            self.emit(to, PairEvent::StopTyping { room_id });
        }
        Ok(Reply::Done)
    }

    /// The socket no longer types, whether or not that was shown yet. Returns whether it was.
    pub(super) fn end_typing(&mut self, socket: &SocketId) -> bool {
        let Ok((typing, _)) = self.typing_of(socket) else { return false };
        let was_shown = std::mem::take(&mut typing.is_shown);
        if let Some(due) = typing.due.take() {
            self.typing_due.remove(&(due, socket.clone()));
        }
        was_shown
    }

    /// Passes on what had to wait until now.
    pub(super) fn show_due_typing(&mut self, now: Now) {
        while let Some((due, socket)) = self.typing_due.first().cloned()
            && due <= now.mono
        {
            self.typing_due.pop_first();
            let Ok((typing, heard_by)) = self.typing_of(&socket) else { continue };
            typing.due = None;
            if let Some(heard_by) = heard_by {
                self.show_typing(&socket, heard_by, now);
            }
        }
    }

    fn show_typing(&mut self, socket: &SocketId, (to, room_id): HeardBy, now: Now) {
        if let Ok((typing, _)) = self.typing_of(socket) {
            typing.shown_at = Some(now.mono);
            typing.is_shown = true;
            self.emit(to, PairEvent::Typing { room_id });
        }
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

    /// Whether exactly the seats' own waits are in [`Pairing::typing_due`].
    pub(super) fn typing_is_consistent(&self) -> bool {
        let seats = || self.home.rooms().flat_map(|room| &room.seats);
        let due = |(due, socket): (Monotonic, &SocketId)| {
            self.typing_due.contains(&(due, socket.clone()))
        };
        let waits = || seats().filter_map(|seat| Some((seat.typing.due?, &seat.socket)));
        waits().count() == self.typing_due.len() && waits().all(due)
    }
}
