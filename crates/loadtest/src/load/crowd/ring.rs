//! Who is whose friend. They sit in a ring, each with friends before and behind at equal distances. Of
//! two, the one before has written to the other or opened the conversation, in turn; of three that are
//! behind, one has written as well.

use std::rc::Rc;

use serde_json::json;

use super::report::Expected;
use crate::cli;
use crate::load::places::{Errand, Places};

/// The most sockets of one.
pub(super) const MOST_SOCKETS: usize = 2;

/// Who is whose friend.
#[derive(Debug, Clone, Copy)]
pub(in crate::load) struct Ring {
    pub(super) people: usize,
    pub(super) friends: usize,
}

impl Ring {
    /// As the command line says; `None` for nobody.
    pub(in crate::load) fn of(options: &cli::Crowd) -> Option<Self> {
        let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let ring = Self { people: size(options.people), friends: size(options.friends) };
        (ring.people > 0).then_some(ring)
    }

    /// Between one and the next friend: so that the last one before is not the last one behind.
    pub(super) fn step(self) -> usize {
        (self.people - 1) / self.friends
    }

    /// The `nth` friend behind somebody, the first being 1.
    fn behind(self, person: usize, nth: usize) -> usize {
        (person + nth * self.step()) % self.people
    }

    /// The same, before.
    fn before(self, person: usize, nth: usize) -> usize {
        (person + self.people - nth * self.step()) % self.people
    }

    /// Whether the one behind has written too.
    fn has_answered(before: usize, nth: usize) -> bool {
        (before + nth).is_multiple_of(3)
    }

    /// Those who are told of somebody, if they are there: the other ones of the conversations that
    /// this one has opened or written in.
    fn told_of(self, person: usize) -> impl Iterator<Item = usize> {
        let behind = (1..=self.friends / 2).map(move |nth| self.behind(person, nth));
        let before = (1..=self.friends / 2).filter_map(move |nth| {
            let before = self.before(person, nth);
            Self::has_answered(before, nth).then_some(before)
        });
        behind.chain(before)
    }

    pub(super) fn sockets(person: usize) -> usize {
        if person.is_multiple_of(4) { MOST_SOCKETS } else { 1 }
    }

    /// Whether somebody goes in the end: of neighbours at every distance some do and some do not.
    pub(super) fn goes(self, person: usize) -> bool {
        !(person / self.step()).is_multiple_of(2)
    }

    /// All sockets.
    pub(in crate::load) fn all_sockets(self) -> usize {
        (0..self.people).map(Self::sockets).sum()
    }

    /// What each socket hears of others' coming: those who come before hear of those who come after.
    pub(super) fn comings(self) -> Expected {
        self.told(|who, whom| whom < who)
    }

    /// And of their going: those who stay hear of those who go.
    pub(super) fn goings(self) -> Expected {
        self.told(move |who, whom| self.goes(who) && !self.goes(whom))
    }

    fn told(self, is_told: impl Fn(usize, usize) -> bool) -> Expected {
        let told = (0..self.people).flat_map(|who| self.told_of(who).map(move |whom| (who, whom)));
        let told = told.filter(|(who, whom)| is_told(*who, *whom));
        told.flat_map(|(who, whom)| (0..Self::sockets(whom)).map(move |nth| (who, (whom, nth))))
            .collect()
    }

    /// How somebody and their `nth` friend behind came to talk.
    pub(super) fn meet(self, all: &Places, person: usize, nth: usize) -> Vec<Errand> {
        let friend = self.behind(person, nth);
        let ((one, token), (other, others)) = (all.person(person), all.person(friend));
        let (smaller, larger) = if one < other { (&one, &other) } else { (&other, &one) };
        let write = |token: Rc<str>| {
            let id = format!("conv_{smaller}_{larger}");
            let body = json!({ "conversationId": id, "messageText": "Hello!" }).to_string();
            Errand { method: "POST", path: "/api/messages/send".into(), token, body }
        };
        let open = |token| {
            let body = json!({ "userId": other }).to_string();
            Errand { method: "POST", path: "/api/messages/conversations".into(), token, body }
        };
        let mut errands = vec![if nth.is_multiple_of(2) { write(token) } else { open(token) }];
        if Self::has_answered(person, nth) {
            errands.push(write(others));
        }
        errands
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn everybody_has_their_friends_and_each_pair_is_one_conversation() {
        for (people, friends) in [(5_000, 20), (100, 20), (100, 4), (21, 20), (3, 2)] {
            let ring = Ring { people, friends };
            let mut pairs = HashSet::new();
            for person in 0..people {
                for nth in 1..=friends / 2 {
                    let friend = ring.behind(person, nth);
                    assert_eq!(ring.before(friend, nth), person);
                    assert!(pairs.insert((person.min(friend), person.max(friend))), "{people}");
                    assert_ne!(person, friend);
                }
            }
            assert_eq!(pairs.len(), people * friends / 2);
        }
    }

    #[test]
    fn whoever_comes_later_is_told_of_to_all_sockets_of_whom_they_have_written_to() {
        let ring = Ring { people: 3, friends: 2 };
        // 0 has opened with 1, 1 with 2, 2 with 0; 1 (behind 0 + 1, not of three) has not answered.
        assert!(!Ring::has_answered(0, 1) && !Ring::has_answered(1, 1));
        assert!(Ring::has_answered(2, 1), "0 has answered 2");
        let comings: Vec<_> = ring.comings().into_iter().collect();
        // 2 is told of to both sockets of 0; to 1 it has said nothing.
        assert_eq!(comings.len(), 2);
        assert!(comings.iter().all(|(who, (whom, _))| (*who, *whom) == (2, 0)));
    }
}
