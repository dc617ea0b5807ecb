//! The queue proposes and the home confirms: what happens when the queue is out of date, as a shared
//! one may be.

use crate::world::World;
use chat::ids::{NodeId, RoomId};
use chat::pairing::{Known, LocalQueue, Merger, PairQueue, Person, Place, Waiting};
use chat::time::Monotonic;

/// How a queue can be wrong.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// The first time, it does not hear that a room waits no longer.
    MissesWithdrawals,
    /// It knows no bars, nor who is who.
    ProposesAnybody,
    /// It says that every room is at home on another node.
    NamesAnotherHome,
}

/// A local queue with a fault.
struct Faulty {
    fault: Fault,
    local: LocalQueue,
    missed: Vec<Place>,
    order: Vec<Place>,
}

impl Faulty {
    fn world(fault: Fault) -> World {
        let (local, missed, order) = (LocalQueue::new(), Vec::new(), Vec::new());
        World::with(World::config(), Box::new(Self { fault, local, missed, order }))
    }

    fn anybody(&self, refused: &[Place]) -> Option<Place> {
        self.order.iter().find(|place| !refused.contains(place)).cloned()
    }
}

impl PairQueue for Faulty {
    fn offer(&mut self, mut waiting: Waiting) {
        if self.fault == Fault::NamesAnotherHome {
            waiting.place.home = NodeId::new("n2");
        }
        self.order.push(waiting.place.clone());
        self.local.offer(waiting);
    }

    fn withdraw(&mut self, place: &Place) {
        if self.fault == Fault::MissesWithdrawals && !self.missed.contains(place) {
            self.missed.push(place.clone());
            return;
        }
        self.order.retain(|known| known != place);
        self.local.withdraw(place);
    }

    fn seek(&mut self, person: &Person, refused: &[Place], now: Monotonic) -> Option<Place> {
        match self.fault {
            Fault::ProposesAnybody => self.anybody(refused),
            _ => self.local.seek(person, refused, now),
        }
    }

    fn seek_for(&mut self, room: &RoomId, refused: &[Place], now: Monotonic) -> Option<Merger> {
        if self.fault != Fault::ProposesAnybody {
            return self.local.seek_for(room, refused, now);
        }
        let own = self.order.iter().find(|place| place.room == *room)?;
        let earlier = self.anybody(refused).filter(|place| place != own)?;
        Some(Merger { earlier, later: own.clone() })
    }

    fn fits(&self, one: &Person, other: &Person, now: Monotonic) -> bool {
        self.local.fits(one, other, now)
    }

    fn cool_down(&mut self, one: &Person, other: &Person, until: Monotonic) {
        self.local.cool_down(one, other, until);
    }

    fn block(&mut self, by: &Person, whom: &Person, known: Known) {
        self.local.block(by, whom, known);
    }

    fn unblock(&mut self, by: &Person, whom: &Person) {
        self.local.unblock(by, whom);
    }

    fn release(&mut self, by: &Person) {
        self.local.release(by);
    }

    fn forget(&mut self, person: &Person) {
        self.local.forget(person);
    }

    fn freed(&mut self, now: Monotonic) -> Vec<RoomId> {
        self.local.freed(now)
    }

    fn next_lapse(&self) -> Option<Monotonic> {
        self.local.next_lapse()
    }

    fn waiting(&self) -> usize {
        self.local.waiting()
    }

    fn bars(&self) -> usize {
        self.local.bars()
    }
}

#[track_caller]
fn check(world: &mut World, script: &[(&str, &str)]) {
    for (input, expected) in script {
        assert_eq!(world.run(input), *expected, "{input}");
    }
}

#[test]
fn a_full_room_refuses_a_proposal_of_an_earlier_generation_and_the_seeker_seeks_again() {
    let mut world = Faulty::world(Fault::MissesWithdrawals);
    world.run("a start Ann");
    world.run("b start Bob");
    assert_eq!(world.pairing.stats().waiting, 1, "the queue still believes that Ann waits");
    check(
        &mut world,
        &[("c start Cat", "R2 Cat [Cat=c] waiting | c: joined R2 Cat [Cat=c] waiting")],
    );
    world.pairing.check_invariants().unwrap();
    // The next is led to the room that does wait.
    assert!(world.run("d start Dan").starts_with("R2 Dan [Cat=~3 Dan=d] active"));
}

#[test]
fn a_room_that_is_gone_refuses_the_one_who_was_to_move_into_it() {
    let mut world = Faulty::world(Fault::MissesWithdrawals);
    world.run("a start Ann");
    world.run("b start Bob");
    // Bob's room would be joined with what the queue takes for Ann's.
    check(&mut world, &[("a vanish", "b: left R2 Ann 1 waiting")]);
    world.pairing.check_invariants().unwrap();
    assert!(world.run("c start Cat").starts_with("R2 Cat [Bob=~3 Cat=c] active"));
}

#[test]
fn a_home_refuses_whom_its_guest_must_not_meet() {
    let mut world = Faulty::world(Fault::ProposesAnybody);
    world.run("a start Ann");
    world.run("b start Bob");
    world.run("a leave");
    // Ann is proposed Bob's room, and refused; she waits in her own, and the two are not joined.
    check(&mut world, &[("a start", "R3 Ann [Ann=a] waiting | a: joined R3 Ann [Ann=a] waiting")]);
    world.pairing.check_invariants().unwrap();
    assert!(world.run("c start Cat").starts_with("R2 Cat [Bob=~3 Cat=c] active"));
    check(
        &mut world,
        &[(
            "b leave",
            "ok | c: left R4 Bob 1 waiting | a: joined R3 Cat \
        [Ann=a Cat=~5] active | c: joined R3 Cat [Ann=~6 Cat=c] active | a: history [] \
        | c: history []",
        )],
    );
}

#[test]
fn nobody_is_seated_here_in_a_room_whose_home_is_elsewhere() {
    let mut world = Faulty::world(Fault::NamesAnotherHome);
    world.run("a start Ann");
    assert!(world.run("b start Bob").starts_with("R2 Bob [Bob=b] waiting"));
}
