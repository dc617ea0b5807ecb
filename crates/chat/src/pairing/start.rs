//! Coming into a room: to start, to change partners, and to be joined while waiting.

use super::event::{Emit, PairEvent, Reply};
use super::home::{Newcomer, Refusal};
use super::{PairError, Pairing, Place, Seeker};
use crate::ids::{RoomId, SocketId};
use crate::name::Alias;
use crate::time::Now;

/// Proposals that one input may see refused before it waits instead. On one node none ever is; in a
/// cluster each costs a round trip, and more than a few in a row mean that others are faster.
const MAX_REFUSALS: usize = 16;

impl Pairing {
    pub(super) fn start(
        &mut self,
        seeker: &Seeker,
        alias: Option<Alias>,
        now: Now,
    ) -> Result<Reply, PairError> {
        if let Some(reply) = self.present_room(&seeker.socket) {
            return Ok(reply);
        }
        let alias = self.remember_alias(&seeker.socket, alias)?;
        let who = Newcomer { socket: seeker.socket.clone(), person: seeker.person(), alias };
        let room = self.take_a_seat(who, now);
        let reply = self.present_room(&seeker.socket);
        self.welcome(&room, &seeker.socket);
        // The seat was taken a line above: there is a room.
        reply.ok_or(PairError::NotSeated)
    }

    pub(super) fn new_chat(
        &mut self,
        seeker: &Seeker,
        alias: Option<Alias>,
        now: Now,
    ) -> Result<Reply, PairError> {
        let socket = &seeker.socket;
        if self.home.room_of(socket).is_some_and(super::room::Room::is_waiting) {
            if alias.is_some() {
                let alias = self.remember_alias(socket, alias.clone())?;
                let seat = self.home.room_of_mut(socket).and_then(|room| room.seat_mut(socket));
                if let Some(seat) = seat {
                    seat.alias = alias;
                }
            }
        } else {
            self.leave(socket, now);
        }
        self.start(seeker, alias, now)
    }

    /// Joins the room with another waiting one that fits, if there is one: the later moves.
    pub(super) fn join_waiting(&mut self, room: &RoomId, now: Now) {
        let mut refused = Vec::new();
        while refused.len() < MAX_REFUSALS {
            let Some(merger) = self.queue.seek_for(room, &refused, now.mono) else { return };
            let queue = &*self.queue;
            let fits = |one: &_, other: &_| queue.fits(one, other, now.mono);
            match self.home.merge(&merger, &fits, &mut *self.random) {
                Ok(mover) => {
                    self.queue.withdraw(&merger.earlier);
                    self.queue.withdraw(&merger.later);
                    self.announce(&merger.earlier.room, &mover);
                    return;
                }
                Err(Refusal::Stale(place)) => self.drop_stale(place, &mut refused),
                Err(Refusal::Unfit) => {
                    let own = merger.earlier.room == *room;
                    refused.push(if own { merger.later } else { merger.earlier });
                }
            }
        }
    }

    /// The longest-waiting room that fits, else a fresh one.
    fn take_a_seat(&mut self, mut who: Newcomer, now: Now) -> RoomId {
        let mut refused = Vec::new();
        while refused.len() < MAX_REFUSALS {
            let Some(place) = self.queue.seek(&who.person, &refused, now.mono) else { break };
            let queue = &*self.queue;
            let fits = |one: &_, other: &_| queue.fits(one, other, now.mono);
            match self.home.confirm(&place, who, &fits, &mut *self.random) {
                Ok(()) => {
                    self.queue.withdraw(&place);
                    return place.room;
                }
                Err((Refusal::Stale(stale), back)) => {
                    who = back;
                    self.drop_stale(stale, &mut refused);
                }
                Err((Refusal::Unfit, back)) => {
                    who = back;
                    refused.push(place);
                }
            }
        }
        let room = self.home.open(who, now, &mut *self.random);
        self.offer(&room);
        room
    }

    /// Tells the queue of a room that waits.
    pub(super) fn offer(&mut self, room: &RoomId) {
        if let Some(waiting) = self.home.waiting(room) {
            self.queue.offer(waiting);
        }
    }

    fn drop_stale(&mut self, place: Place, refused: &mut Vec<Place>) {
        self.queue.withdraw(&place);
        refused.push(place);
    }

    /// The answer to who is seated already; `None` for who is not.
    fn present_room(&self, socket: &SocketId) -> Option<Reply> {
        let room = self.home.room_of(socket)?;
        Some(Reply::Joined(room.view(socket, room.seat(socket)?.alias.clone())))
    }

    fn welcome(&mut self, room: &RoomId, joiner: &SocketId) {
        let seat = self.home.room(room).and_then(|room| room.seat(joiner));
        if let Some(alias) = seat.map(|seat| seat.alias.clone()) {
            self.announce(room, &alias);
        }
    }

    /// Tells everyone in the room who came, and when it is active what was said before.
    fn announce(&mut self, room: &RoomId, joiner: &Alias) {
        let is_waiting = self.home.room(room).is_some_and(super::room::Room::is_waiting);
        let lines = if is_waiting { Vec::new() } else { self.home.take_lines(room) };
        let Some(room) = self.home.room(room) else { return };
        for seat in &room.seats {
            let event = PairEvent::UserJoined(room.view(&seat.socket, joiner.clone()));
            self.effects.push(Emit { to: seat.socket.clone(), event });
        }
        if is_waiting {
            return;
        }
        for seat in &room.seats {
            let history = lines.iter().map(|line| room.message(line, &seat.socket)).collect();
            let event = PairEvent::ChatHistory(history);
            self.effects.push(Emit { to: seat.socket.clone(), event });
        }
    }

    /// The alias to use: the given one, else the one before, else the default.
    fn remember_alias(
        &mut self,
        socket: &SocketId,
        alias: Option<Alias>,
    ) -> Result<Alias, PairError> {
        let before = self.aliases.get(socket);
        if before.is_none() && self.aliases.len() >= self.config.max_sockets {
            return Err(PairError::Full);
        }
        let alias = alias.or_else(|| before.cloned()).unwrap_or_default();
        self.aliases.insert(socket.clone(), alias.clone());
        Ok(alias)
    }
}
