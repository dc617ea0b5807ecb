//! What must hold after every input, looked at from inside.

use super::Pairing;
use super::room::{Room, SEATS};

impl Pairing {
    /// Checks everything against everything; for tests, since it costs O(n²) in the waiting rooms.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    #[doc(hidden)]
    pub fn check_invariants(&self) -> Result<(), String> {
        let rooms = || self.home.rooms();
        let seats: usize = rooms().map(|room| room.seats.len()).sum();
        ensure(seats == self.home.seats(), "each seat is in one room")?;
        for room in rooms() {
            ensure((1..=SEATS).contains(&room.seats.len()), "a room has one seat taken, or two")?;
            ensure(room.is_waiting() || room.lines.is_empty(), "active rooms keep no lines")?;
            ensure(room.is_fresh || !room.is_waiting() || room.lines.is_empty(), "no line stays")?;
            let is_known = |room: &Room| {
                room.seats.iter().all(|seat| {
                    let own = self.home.room_of(&seat.socket);
                    own.is_some_and(|own| own.id == room.id)
                        && self.aliases.contains_key(&seat.socket)
                })
            };
            ensure(is_known(room), "everyone seated is known, and known to sit there")?;
        }
        ensure(self.typing_is_consistent(), "each typing that waits is the one of its seat")?;
        let waiting: Vec<&Room> = rooms().filter(|room| room.is_waiting()).collect();
        ensure(waiting.len() == self.queue.waiting(), "exactly the waiting rooms are queued")?;
        for (index, one) in waiting.iter().enumerate() {
            for other in &waiting[index + 1..] {
                let (one, other) = (&one.seats[0].person, &other.seats[0].person);
                let fits = self.queue.fits(one, other, self.latest);
                ensure(!fits, "nobody waits while another waits who would fit")?;
            }
        }
        Ok(())
    }
}

fn ensure(holds: bool, rule: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("does not hold: {rule}")) }
}
