//! Never again.

use super::event::{PairEvent, Reply, UserLeft};
use super::home::Newcomer;
use super::queue::Known;
use super::room::Room;
use super::{PairError, Pairing, Person};
use crate::ids::{AccountId, SocketId};
use crate::time::Now;

impl Pairing {
    pub(super) fn block_partner(
        &mut self,
        socket: &SocketId,
        now: Now,
    ) -> Result<Reply, PairError> {
        let room = self.home.room_of(socket).ok_or(PairError::NobodyToBlock)?;
        let own = room.seat(socket).ok_or(PairError::NobodyToBlock)?;
        let partner = room.partner(socket).map(|seat| &seat.person);
        let whom = partner.or(own.left_by.as_ref()).ok_or(PairError::NobodyToBlock)?;
        let (by, whom) = (own.person.clone(), whom.clone());
        self.block_person(&by, &whom, Known::Here);
        self.leave(socket, now);
        Ok(Reply::Done)
    }

    /// One account has blocked another, wherever that happened: they are never matched again until
    /// [`Pairing::account_unblocked`], and a pair chat between them ends at once. Both hear
    /// `user_left`, and each waits in a room of their own.
    pub fn account_blocked(&mut self, by: &AccountId, whom: &AccountId, now: Now) {
        let now = self.tick_at(now);
        let by = Person::Account(by.clone());
        let whom = Person::Account(whom.clone());
        self.block_person(&by, &whom, Known::Elsewhere);
        // A block is rare and a walk over all rooms is short; an index would cost every start.
        let sits =
            |room: &Room, person: &Person| room.seats.iter().any(|seat| seat.person == *person);
        let together = self.home.rooms().filter(|room| sits(room, &by) && sits(room, &whom));
        let own = together.filter_map(|room| room.seats.iter().find(|seat| seat.person == by));
        let mut sockets: Vec<SocketId> = own.map(|seat| seat.socket.clone()).collect();
        sockets.sort_unstable();
        for socket in sockets {
            self.part(&socket, now);
        }
        self.join_freed(now);
    }

    /// Whom an account blocks since before its first socket came: they are never matched from now on. A
    /// chat that has begun goes on.
    pub fn recall_blocks(&mut self, by: &AccountId, whom: impl IntoIterator<Item = AccountId>) {
        let by = Person::Account(by.clone());
        for whom in whom {
            self.block_person(&by, &Person::Account(whom), Known::Elsewhere);
        }
    }

    /// An account has no socket any more: nothing of whom it blocks needs to be known until it comes back
    /// and that is [recalled](Pairing::recall_blocks). Whom it blocked in a chat stays barred.
    pub fn release_blocks(&mut self, by: &AccountId, now: Now) {
        let now = self.tick_at(now);
        self.queue.release(&Person::Account(by.clone()));
        self.join_freed(now);
    }

    /// The one account no longer blocks the other.
    pub fn account_unblocked(&mut self, by: &AccountId, whom: &AccountId, now: Now) {
        let now = self.tick_at(now);
        self.queue.unblock(&Person::Account(by.clone()), &Person::Account(whom.clone()));
        self.join_freed(now);
    }

    /// Ends the socket's chat for both sides, neither of whom asked to leave.
    fn part(&mut self, socket: &SocketId, now: Now) {
        let Some(room) = self.home.room_of(socket) else { return };
        let (Some(own), Some(partner)) = (room.seat(socket), room.partner(socket)) else { return };
        let who = Newcomer {
            socket: socket.clone(),
            person: own.person.clone(),
            alias: own.alias.clone(),
        };
        let (partner_person, username) = (partner.person.clone(), partner.alias.clone());
        self.leave(socket, now);
        let room = self.home.open(who, now, &mut *self.random);
        self.home.mark_left(&room, &partner_person);
        if let Some(opened) = self.home.room(&room) {
            let event = PairEvent::UserLeft(UserLeft {
                room_id: room.clone(),
                username,
                user_count: opened.seats.len(),
                status: opened.status(),
            });
            self.emit(socket.clone(), event);
        }
        self.offer(&room);
        self.join_waiting(&room, now);
    }

    fn block_person(&mut self, by: &Person, whom: &Person, known: Known) {
        if self.may_return(whom) && self.may_return(by) {
            self.queue.block(by, whom, known);
        }
    }
}
