//! The rooms that are at home on this node. Only here does a seat come into a room, and so there are
//! never more than two.

use std::collections::HashMap;

use super::queue::{Merger, Place, Waiting};
use super::room::{Line, Room, SEATS, Seat};
use super::seeker::Person;
use super::sent::SentKeys;
use super::typing::Typing;
use crate::ids::{NodeId, RoomId, SocketId};
use crate::name::Alias;
use crate::random::Random;
use crate::time::Now;

/// Why a proposal is refused: the seeker seeks again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The room is gone, of another generation, or not at home here: the queue is out of date.
    Stale(Place),
    /// The two may not meet.
    Unfit,
}

/// Whether two persons may meet at this moment.
pub(super) type Fits<'a> = &'a dyn Fn(&Person, &Person) -> bool;

/// Who has left, and the room that stayed behind.
pub(super) struct Departure {
    pub(super) leaver: Seat,
    /// The place that was given up; out of date by now.
    pub(super) place: Place,
    /// The room with the one who stayed, under its new id.
    pub(super) left: Option<RoomId>,
}

/// Someone who is about to sit down.
pub(super) struct Newcomer {
    pub(super) socket: SocketId,
    pub(super) person: Person,
    pub(super) alias: Alias,
}

#[derive(Debug)]
pub(super) struct Home {
    node: NodeId,
    rooms: HashMap<RoomId, Room>,
    seats: HashMap<SocketId, RoomId>,
}

impl Home {
    pub(super) fn new(node: NodeId) -> Self {
        Self { node, rooms: HashMap::new(), seats: HashMap::new() }
    }

    pub(super) fn room_of(&self, socket: &SocketId) -> Option<&Room> {
        self.rooms.get(self.seats.get(socket)?)
    }

    pub(super) fn room_of_mut(&mut self, socket: &SocketId) -> Option<&mut Room> {
        self.rooms.get_mut(self.seats.get(socket)?)
    }

    pub(super) fn room(&self, id: &RoomId) -> Option<&Room> {
        self.rooms.get(id)
    }

    pub(super) fn rooms(&self) -> impl ExactSizeIterator<Item = &Room> {
        self.rooms.values()
    }

    pub(super) fn seats(&self) -> usize {
        self.seats.len()
    }

    /// How the queue is to know a room; `None` unless it waits.
    pub(super) fn waiting(&self, id: &RoomId) -> Option<Waiting> {
        let room = self.rooms.get(id).filter(|room| room.is_waiting())?;
        let person = room.seats.first()?.person.clone();
        Some(Waiting { place: self.place(room), person, since: room.since })
    }

    /// Opens a fresh room for one who waits.
    pub(super) fn open(&mut self, who: Newcomer, now: Now, random: &mut dyn Random) -> RoomId {
        let id = RoomId::pair(random);
        let room = Room {
            id: id.clone(),
            generation: 0,
            created_at: now.wall,
            since: now.mono,
            is_fresh: true,
            seats: Vec::with_capacity(SEATS),
            lines: Vec::new(),
        };
        self.rooms.insert(id.clone(), room);
        self.sit_down(&id, Seat::new(who, SocketId::mask(random)));
        id
    }

    /// Makes a proposal come true: the newcomer takes the room's free seat. Given back if refused.
    pub(super) fn confirm(
        &mut self,
        place: &Place,
        who: Newcomer,
        fits: Fits<'_>,
        random: &mut dyn Random,
    ) -> Result<(), (Refusal, Newcomer)> {
        let refusal = match self.check(place) {
            Ok(room) if room.seats.iter().all(|seat| fits(&seat.person, &who.person)) => None,
            Ok(_) => Some(Refusal::Unfit),
            Err(refusal) => Some(refusal),
        };
        if let Some(refusal) = refusal {
            return Err((refusal, who));
        }
        self.sit_down(&place.room, Seat::new(who, SocketId::mask(random)));
        Ok(())
    }

    /// Moves the one seat of the later room into the earlier, with its lines, and deletes the later.
    /// Returns the alias of the one who moved.
    pub(super) fn merge(
        &mut self,
        merger: &Merger,
        fits: Fits<'_>,
        random: &mut dyn Random,
    ) -> Result<Alias, Refusal> {
        let (earlier, later) = (self.check(&merger.earlier)?, self.check(&merger.later)?);
        let (Some(sits), Some(moves)) = (earlier.seats.first(), later.seats.first()) else {
            return Err(Refusal::Unfit);
        };
        if earlier.id == later.id || !fits(&sits.person, &moves.person) {
            return Err(Refusal::Unfit);
        }
        let stale = || Refusal::Stale(merger.later.clone());
        let mut gone = self.rooms.remove(&merger.later.room).ok_or_else(stale)?;
        let mut seat = gone.seats.pop().ok_or_else(stale)?;
        seat.mask = SocketId::mask(random);
        let alias = seat.alias.clone();
        self.sit_down(&merger.earlier.room, seat);
        if let Some(room) = self.rooms.get_mut(&merger.earlier.room) {
            room.lines.append(&mut gone.lines);
            // Stable: of two lines said in the same millisecond the earlier room's comes first.
            room.lines.sort_by_key(|line| line.at.mono);
        }
        Ok(alias)
    }

    /// Makes a room one that a partner has left.
    pub(super) fn mark_left(&mut self, id: &RoomId, by: &Person) {
        if let Some(room) = self.rooms.get_mut(id) {
            room.is_fresh = false;
            for seat in &mut room.seats {
                seat.left_by = Some(by.clone());
            }
        }
    }

    /// Takes the lines that waited for a partner, when one has come.
    pub(super) fn take_lines(&mut self, id: &RoomId) -> Vec<Line> {
        self.rooms.get_mut(id).map(|room| std::mem::take(&mut room.lines)).unwrap_or_default()
    }

    /// Gives up a seat. An empty room is deleted; one that still has somebody takes a new id and
    /// forgets everything that belonged to the two.
    pub(super) fn leave(
        &mut self,
        socket: &SocketId,
        now: Now,
        random: &mut dyn Random,
    ) -> Option<Departure> {
        let mut room = self.rooms.remove(&self.seats.remove(socket)?)?;
        let place = self.place(&room);
        let index = room.seats.iter().position(|seat| seat.socket == *socket)?;
        let leaver = room.seats.remove(index);
        let left = (!room.seats.is_empty()).then(|| RoomId::pair(random));
        if let Some(id) = &left {
            room.id = id.clone();
            room.generation += 1;
            room.created_at = now.wall;
            room.since = now.mono;
            room.is_fresh = false;
            room.lines = Vec::new();
            for seat in &mut room.seats {
                seat.mask = SocketId::mask(random);
                seat.sent = SentKeys::default();
                seat.typing = Typing::default();
                seat.left_by = Some(leaver.person.clone());
                self.seats.insert(seat.socket.clone(), id.clone());
            }
            self.rooms.insert(id.clone(), room);
        }
        Some(Departure { leaver, place, left })
    }

    /// The place's room, if it is still what the place says, with a free seat.
    fn check(&self, place: &Place) -> Result<&Room, Refusal> {
        self.rooms
            .get(&place.room)
            .filter(|room| room.is_waiting() && self.place(room) == *place)
            .ok_or_else(|| Refusal::Stale(place.clone()))
    }

    fn place(&self, room: &Room) -> Place {
        Place { room: room.id.clone(), generation: room.generation, home: self.node.clone() }
    }

    fn sit_down(&mut self, id: &RoomId, seat: Seat) {
        if let Some(room) = self.rooms.get_mut(id) {
            self.seats.insert(seat.socket.clone(), id.clone());
            room.generation += 1;
            room.seats.push(seat);
        }
    }
}

impl Seat {
    fn new(who: Newcomer, mask: SocketId) -> Self {
        let Newcomer { socket, person, alias } = who;
        let (typing, sent) = (Typing::default(), SentKeys::default());
        Self { socket, person, alias, mask, typing, sent, left_by: None }
    }
}
