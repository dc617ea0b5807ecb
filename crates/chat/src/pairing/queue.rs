//! The queue of waiting seats: it knows who waits, since when, and who may not meet whom, and it
//! *proposes*. Whether a proposal comes true is decided by the room's home node.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::bars::Bars;
use super::seeker::Person;
use crate::ids::{NodeId, RoomId};
use crate::time::Monotonic;

/// A room as it was when the queue heard of it. Each change of who sits in a room makes a new
/// generation, so that a place that is out of date is recognised at the room's home and refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The room.
    pub room: RoomId,
    /// How often the room's occupancy had changed.
    pub generation: u64,
    /// The node that holds the room and confirms or refuses.
    pub home: NodeId,
}

/// One waiting seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The room in which it waits.
    pub place: Place,
    /// Who waits.
    pub person: Person,
    /// Since when.
    pub since: Monotonic,
}

/// Two waiting rooms that fit each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merger {
    /// The one that has waited longer.
    pub earlier: Place,
    /// The one that moves into it.
    pub later: Place,
}

/// The port to the queue of waiting seats. On one node it is [`LocalQueue`]; in a cluster it is shared
/// by the nodes.
pub trait PairQueue: Send {
    /// A seat waits. It replaces what was known of the same room.
    fn offer(&mut self, waiting: Waiting);

    /// The room, exactly in this generation, waits no longer; nothing happens if it is not known so.
    fn withdraw(&mut self, place: &Place);

    /// The longest-waiting room that fits a person, except those in `refused`; `None` if there is
    /// none.
    fn seek(&mut self, person: &Person, refused: &[Place], now: Monotonic) -> Option<Place>;

    /// The longest-waiting room that fits the one that waits in `room`, and which of the two is to
    /// move; `None` if there is none or if `room` does not wait.
    fn seek_for(&mut self, room: &RoomId, refused: &[Place], now: Monotonic) -> Option<Merger>;

    /// Whether two persons may meet: two they must be, and no bar between them.
    fn fits(&self, one: &Person, other: &Person, now: Monotonic) -> bool;

    /// Keeps the two apart until then, or longer if they are already.
    fn cool_down(&mut self, one: &Person, other: &Person, until: Monotonic);

    /// Keeps the two apart until [`PairQueue::unblock`].
    fn block(&mut self, by: &Person, whom: &Person, known: Known);

    /// Lets the one's block of the other down; the other's own block stays.
    fn unblock(&mut self, by: &Person, whom: &Person);

    /// Lets down the one's own blocks that are [known elsewhere](Known::Elsewhere), until they are made
    /// again.
    fn release(&mut self, by: &Person);

    /// Drops every bar of a person who will never come back.
    fn forget(&mut self, person: &Person);

    /// Lets down what has lapsed, and returns the waiting rooms that lost a bar since the last call,
    /// the longest-waiting first: some of them may fit another one now.
    fn freed(&mut self, now: Monotonic) -> Vec<RoomId>;

    /// When [`PairQueue::freed`] should be asked next, whatever happens; `None` if nothing lapses.
    fn next_lapse(&self) -> Option<Monotonic>;

    /// How many seats wait.
    fn waiting(&self) -> usize;

    /// How many pairs of persons are barred.
    fn bars(&self) -> usize;
}

/// Where it is known that one person blocks another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Here alone: made in a chat of strangers.
    Here,
    /// Where accounts are kept, too.
    Elsewhere,
}

/// The place in the queue: since when, then in order of arrival.
type Turn = (Monotonic, u64);

/// The queue of one node, in memory.
///
/// It holds one entry for each waiting room. Seeking walks from the longest-waiting on and stops at
/// the first that fits, so it passes at most the seeker's own bars and own account's seats.
#[derive(Debug, Default)]
pub struct LocalQueue {
    turns: BTreeMap<Turn, Waiting>,
    by_room: HashMap<RoomId, Turn>,
    by_person: HashMap<Person, BTreeSet<Turn>>,
    arrivals: u64,
    bars: Bars,
}

impl LocalQueue {
    /// An empty queue.
    pub fn new() -> Self {
        Self::default()
    }

    fn first_fit(&self, person: &Person, refused: &[Place], now: Monotonic) -> Option<&Waiting> {
        self.turns.values().find(|waiting| {
            !refused.contains(&waiting.place) && self.fits(person, &waiting.person, now)
        })
    }

    fn remove(&mut self, room: &RoomId) {
        let Some(turn) = self.by_room.remove(room) else { return };
        let Some(waiting) = self.turns.remove(&turn) else { return };
        if let Some(turns) = self.by_person.get_mut(&waiting.person) {
            turns.remove(&turn);
            if turns.is_empty() {
                self.by_person.remove(&waiting.person);
            }
        }
    }

    fn get(&self, room: &RoomId) -> Option<(Turn, &Waiting)> {
        let turn = self.by_room.get(room)?;
        Some((*turn, self.turns.get(turn)?))
    }
}

impl PairQueue for LocalQueue {
    fn offer(&mut self, waiting: Waiting) {
        self.remove(&waiting.place.room);
        self.arrivals += 1;
        let turn = (waiting.since, self.arrivals);
        self.by_room.insert(waiting.place.room.clone(), turn);
        self.by_person.entry(waiting.person.clone()).or_default().insert(turn);
        self.turns.insert(turn, waiting);
    }

    fn withdraw(&mut self, place: &Place) {
        if self.get(&place.room).is_some_and(|(_, waiting)| waiting.place == *place) {
            self.remove(&place.room);
        }
    }

    fn seek(&mut self, person: &Person, refused: &[Place], now: Monotonic) -> Option<Place> {
        self.first_fit(person, refused, now).map(|waiting| waiting.place.clone())
    }

    fn seek_for(&mut self, room: &RoomId, refused: &[Place], now: Monotonic) -> Option<Merger> {
        let (turn, own) = self.get(room)?;
        if refused.contains(&own.place) {
            return None;
        }
        let found = self.first_fit(&own.person, refused, now)?;
        let (found_turn, _) = self.get(&found.place.room)?;
        let (earlier, later) = if found_turn < turn { (found, own) } else { (own, found) };
        Some(Merger { earlier: earlier.place.clone(), later: later.place.clone() })
    }

    fn fits(&self, one: &Person, other: &Person, now: Monotonic) -> bool {
        one != other && !self.bars.stands(one, other, now)
    }

    fn cool_down(&mut self, one: &Person, other: &Person, until: Monotonic) {
        self.bars.cool_down(one, other, until);
    }

    fn block(&mut self, by: &Person, whom: &Person, known: Known) {
        self.bars.block(by, whom, known);
    }

    fn unblock(&mut self, by: &Person, whom: &Person) {
        self.bars.unblock(by, whom);
    }

    fn release(&mut self, by: &Person) {
        self.bars.release(by);
    }

    fn forget(&mut self, person: &Person) {
        self.bars.forget(person);
    }

    fn freed(&mut self, now: Monotonic) -> Vec<RoomId> {
        self.bars.lapse(now);
        let persons = self.bars.take_freed();
        let turns = persons.iter().filter_map(|person| self.by_person.get(person)).flatten();
        let in_order: BTreeSet<Turn> = turns.copied().collect();
        let rooms = in_order.iter().filter_map(|turn| self.turns.get(turn));
        rooms.map(|waiting| waiting.place.room.clone()).collect()
    }

    fn next_lapse(&self) -> Option<Monotonic> {
        self.bars.next_lapse()
    }

    fn waiting(&self) -> usize {
        self.turns.len()
    }

    fn bars(&self) -> usize {
        self.bars.len()
    }
}
