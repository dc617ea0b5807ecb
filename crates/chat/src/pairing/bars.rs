//! Who may not be matched with whom, and until when.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::queue::Known;
use super::seeker::Person;
use crate::time::Monotonic;

/// The most lapsing bars that one person is in. One more makes the one that would lapse soonest be
/// forgotten. Some 200 bytes each: 200 KiB for a person who changed partners 1,024 times within the
/// bar's duration, which takes rates that are switched off.
const MAX_COOLDOWNS: usize = 1_024;

/// The most blocks that one person made. One more makes the oldest be forgotten. Some 200 bytes each,
/// 800 KiB at most; a block of a stranger goes with the stranger's socket.
const MAX_BLOCKS: usize = 4_096;

/// The most blocks that are known here alone, of all persons. One more makes the oldest be forgotten.
/// Some 300 bytes each, 30 MiB at most.
const MAX_BLOCKS_HERE: usize = 100_000;

/// What stands between one person and another, as the one sees it; the other holds the mirror image.
#[derive(Debug, Clone, Copy, Default)]
struct Bar {
    until: Option<Monotonic>,
    /// This person blocks the other: how many blocks had been made before, to know the oldest.
    blocks: Option<u64>,
    /// Whether that is known here alone.
    is_here: bool,
    blocked: bool,
}

impl Bar {
    fn is_down(self) -> bool {
        self.until.is_none() && self.blocks.is_none() && !self.blocked
    }
}

/// All bars between persons.
///
/// Bounds: a socket's bars go with the socket, an account's lapse, are unblocked or, where they are known
/// elsewhere, are released when it goes; nobody makes more than [`MAX_COOLDOWNS`] and [`MAX_BLOCKS`], nor
/// all together more than [`MAX_BLOCKS_HERE`]. Every operation is O(log n), and those that forget
/// are O(bars of that person).
#[derive(Debug, Default)]
pub(super) struct Bars {
    of: HashMap<Person, BTreeMap<Person, Bar>>,
    /// Each lapsing bar once, with its two persons in order.
    lapses: BTreeSet<(Monotonic, Person, Person)>,
    /// Persons who lost a bar since [`Bars::take_freed`] was asked.
    freed: Vec<Person>,
    pairs: usize,
    blocks_made: u64,
    /// Blocks that are known here alone, by their number: by whom, of whom.
    here: BTreeMap<u64, (Person, Person)>,
}

impl Bars {
    pub(super) fn stands(&self, one: &Person, other: &Person, now: Monotonic) -> bool {
        let bar = self.get(one, other);
        bar.blocks.is_some() || bar.blocked || bar.until.is_some_and(|until| now < until)
    }

    /// Bars the two until then, or longer if they are.
    pub(super) fn cool_down(&mut self, one: &Person, other: &Person, until: Monotonic) {
        if self.get(one, other).until >= Some(until) {
            return;
        }
        self.set_lapse(one, other, Some(until));
        for person in [one, other] {
            let soonest = self.surplus(person, MAX_COOLDOWNS, |bar| bar.until);
            if let Some(soonest) = soonest {
                self.set_lapse(person, &soonest, None);
            }
        }
    }

    /// Bars the two until [`Bars::unblock`].
    pub(super) fn block(&mut self, by: &Person, whom: &Person, known: Known) {
        let before = self.get(by, whom);
        let is_here = known == Known::Here;
        if before.blocks.is_some() && (before.is_here || !is_here) {
            return;
        }
        let made = before.blocks.unwrap_or(self.blocks_made + 1);
        self.blocks_made = self.blocks_made.max(made);
        self.set_block(by, whom, Some(made), is_here);
        if let Some(oldest) = self.surplus(by, MAX_BLOCKS, |bar| bar.blocks) {
            self.unblock(by, &oldest);
        }
        if self.here.len() > MAX_BLOCKS_HERE
            && let Some((_, (by, whom))) = self.here.pop_first()
        {
            self.unblock(&by, &whom);
        }
    }

    pub(super) fn unblock(&mut self, by: &Person, whom: &Person) {
        if self.get(by, whom).blocks.is_some() {
            self.set_block(by, whom, None, false);
        }
    }

    /// Lets down a person's own blocks that are known elsewhere.
    pub(super) fn release(&mut self, by: &Person) {
        let Some(bars) = self.of.get(by) else { return };
        let is_elsewhere = |bar: &Bar| bar.blocks.is_some() && !bar.is_here;
        let known = bars.iter().filter(|(_, bar)| is_elsewhere(bar));
        let known: Vec<Person> = known.map(|(whom, _)| whom.clone()).collect();
        for whom in known {
            self.unblock(by, &whom);
        }
    }

    /// Everything about a person who will never come back.
    pub(super) fn forget(&mut self, person: &Person) {
        let Some(bars) = self.of.remove(person) else { return };
        self.pairs -= bars.len();
        for (other, bar) in bars {
            self.forget_lapse(person, &other, bar.until);
            for blocks in bar.blocks.into_iter().chain(self.get(&other, person).blocks) {
                self.here.remove(&blocks);
            }
            self.forget_side(&other, person);
        }
    }

    /// Lets down what has lapsed.
    pub(super) fn lapse(&mut self, now: Monotonic) {
        while let Some((until, one, other)) = self.lapses.first().cloned()
            && until <= now
        {
            self.set_lapse(&one, &other, None);
        }
    }

    /// The persons between whom a bar has fallen since the last call.
    pub(super) fn take_freed(&mut self) -> Vec<Person> {
        std::mem::take(&mut self.freed)
    }

    pub(super) fn next_lapse(&self) -> Option<Monotonic> {
        self.lapses.first().map(|(until, ..)| *until)
    }

    /// How many pairs of persons are barred.
    pub(super) fn len(&self) -> usize {
        self.pairs
    }

    fn get(&self, one: &Person, other: &Person) -> Bar {
        self.of.get(one).and_then(|bars| bars.get(other)).copied().unwrap_or_default()
    }

    fn set_lapse(&mut self, one: &Person, other: &Person, until: Option<Monotonic>) {
        let before = self.get(one, other).until;
        self.forget_lapse(one, other, before);
        if let Some(until) = until {
            let (first, second) = in_order(one, other);
            self.lapses.insert((until, first.clone(), second.clone()));
        }
        self.change(one, other, |bar| bar.until = until);
        self.change(other, one, |bar| bar.until = until);
        self.tidy(one, other);
    }

    fn set_block(&mut self, by: &Person, whom: &Person, made: Option<u64>, is_here: bool) {
        if let Some(before) = self.get(by, whom).blocks {
            self.here.remove(&before);
        }
        if let Some(made) = made.filter(|_| is_here) {
            self.here.insert(made, (by.clone(), whom.clone()));
        }
        self.change(by, whom, |bar| {
            bar.blocks = made;
            bar.is_here = is_here;
        });
        self.change(whom, by, |bar| bar.blocked = made.is_some());
        self.tidy(by, whom);
    }

    fn change(&mut self, one: &Person, other: &Person, change: impl FnOnce(&mut Bar)) {
        let bars = self.of.entry(one.clone()).or_default();
        let before = bars.len();
        change(bars.entry(other.clone()).or_default());
        // A pair is counted where its first side appears.
        if bars.len() > before && in_order(one, other).0 == one {
            self.pairs += 1;
        }
    }

    /// Removes a bar that nothing keeps up.
    fn tidy(&mut self, one: &Person, other: &Person) {
        if self.get(one, other).is_down() {
            self.forget_side(one, other);
            self.forget_side(other, one);
            self.pairs -= 1;
            self.freed.extend([one.clone(), other.clone()]);
        }
    }

    fn forget_side(&mut self, one: &Person, other: &Person) {
        if let Some(bars) = self.of.get_mut(one) {
            bars.remove(other);
            if bars.is_empty() {
                self.of.remove(one);
            }
        }
    }

    fn forget_lapse(&mut self, one: &Person, other: &Person, until: Option<Monotonic>) {
        if let Some(until) = until {
            let (first, second) = in_order(one, other);
            self.lapses.remove(&(until, first.clone(), second.clone()));
        }
    }

    /// Of a person's bars that have a rank: the lowest, if there are more than `limit`.
    fn surplus<K: Ord>(
        &self,
        person: &Person,
        limit: usize,
        rank: impl Fn(&Bar) -> Option<K>,
    ) -> Option<Person> {
        let bars = self.of.get(person).filter(|bars| bars.len() > limit)?;
        let ranked = || bars.iter().filter_map(|(other, bar)| Some((rank(bar)?, other)));
        if ranked().count() <= limit {
            return None;
        }
        ranked().min().map(|(_, other)| other.clone())
    }
}

fn in_order<'a>(one: &'a Person, other: &'a Person) -> (&'a Person, &'a Person) {
    if one <= other { (one, other) } else { (other, one) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AccountId;

    fn person(number: usize) -> Person {
        Person::Account(AccountId::parse(&number.to_string()).unwrap())
    }

    #[test]
    fn blocks_that_are_known_here_alone_had_no_bound() {
        let (mut bars, now) = (Bars::default(), Monotonic::default());
        for number in 0..=MAX_BLOCKS_HERE {
            let (by, whom) = (person(number), person(number + 1));
            bars.block(&by, &whom, Known::Here);
            bars.block(&by, &whom, Known::Elsewhere);
        }
        assert_eq!((bars.len(), bars.here.len()), (MAX_BLOCKS_HERE, MAX_BLOCKS_HERE));
        assert!(!bars.stands(&person(0), &person(1), now));
        assert!(bars.stands(&person(1), &person(2), now));
        // What goes in another way counts no more.
        bars.unblock(&person(1), &person(2));
        bars.forget(&person(4));
        bars.release(&person(5));
        assert_eq!((bars.len(), bars.here.len()), (MAX_BLOCKS_HERE - 3, MAX_BLOCKS_HERE - 3));
        for number in 0..3 {
            bars.block(&person(number), &person(number + 7), Known::Here);
        }
        assert!(bars.stands(&person(2), &person(3), now));
    }
}
