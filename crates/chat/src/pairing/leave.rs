//! Leaving a room, on purpose or not.

use super::event::{PairEvent, UserLeft};
use super::room::SEATS;
use super::{Pairing, Person};
use crate::ids::SocketId;
use crate::time::Now;

impl Pairing {
    /// Gives up the socket's seat, if it has one. The one who stays is told, bars and is barred for a
    /// while, and waits from now on, unless another waiting room fits.
    pub(super) fn leave(&mut self, socket: &SocketId, now: Now) {
        self.end_typing(socket);
        let partner = self.home.room_of(socket).and_then(|room| room.partner(socket));
        if let Some(partner) = partner.map(|seat| seat.socket.clone()) {
            self.end_typing(&partner);
        }
        let Some(departure) = self.home.leave(socket, now, &mut *self.random) else { return };
        self.queue.withdraw(&departure.place);
        let Some(left) = departure.left else { return };
        let Some(room) = self.home.room(&left) else { return };
        let Some(stays) = room.seats.first() else { return };
        let (to, person) = (stays.socket.clone(), stays.person.clone());
        let event = PairEvent::UserLeft(UserLeft {
            room_id: left.clone(),
            username: departure.leaver.alias,
            user_count: SEATS - 1,
            status: room.status(),
        });
        self.keep_apart(&departure.leaver.person, &person, now);
        self.emit(to, event);
        self.offer(&left);
        self.join_waiting(&left, now);
    }

    /// Bars two who parted. A stranger who has vanished never comes back and needs no bar.
    fn keep_apart(&mut self, one: &Person, other: &Person, now: Now) {
        if !self.config.bar.is_zero() && self.may_return(one) && self.may_return(other) {
            self.queue.cool_down(one, other, now.mono.after(self.config.bar));
        }
    }

    pub(super) fn may_return(&self, person: &Person) -> bool {
        match person {
            Person::Account(_) => true,
            Person::Socket(socket) => self.aliases.contains_key(socket),
        }
    }
}
