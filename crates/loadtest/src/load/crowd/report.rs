//! What a crowd heard of itself, held against what it had to hear.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

/// Who was to be told of, and which socket of whom was to hear it.
pub(super) type Expected = HashSet<(usize, (usize, usize))>;

/// What was heard, and how often.
#[derive(Debug)]
pub(super) struct Counted {
    expected: Expected,
    heard: HashMap<(usize, (usize, usize)), u64>,
    /// Of what was expected, how much has come.
    met: usize,
    received: u64,
}

/// The same in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Sums {
    /// Events that had to come: one for each socket that is to be told.
    pub(crate) expected: u64,
    /// Events that came.
    pub(crate) received: u64,
    /// What had to come and did not.
    pub(crate) missing: u64,
    /// What came and did not have to: twice, or to somebody else.
    pub(crate) surplus: u64,
}

/// How a crowd came, and half of it went.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct CrowdReport {
    /// How many people were to come, and came.
    pub(crate) people: usize,
    pub(crate) came: usize,
    /// How many sockets they had.
    pub(crate) sockets: usize,
    /// With how many others each has a conversation, and how many that are.
    pub(crate) friends: usize,
    pub(crate) conversations: usize,
    /// From the first to the last.
    pub(crate) seconds: f64,
    /// `user_online`.
    pub(crate) online: Sums,
    /// `user_offline`.
    pub(crate) offline: Sums,
}

impl Counted {
    pub(super) fn of(expected: Expected) -> Self {
        Self { expected, heard: HashMap::new(), met: 0, received: 0 }
    }

    /// A socket was told of somebody; of nobody who is known, if that is `None`.
    pub(super) fn hear(&mut self, who: Option<usize>, socket: (usize, usize)) {
        self.received += 1;
        let Some(who) = who else { return };
        let times = self.heard.entry((who, socket)).or_default();
        *times += 1;
        if *times == 1 && self.expected.contains(&(who, socket)) {
            self.met += 1;
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.met >= self.expected.len()
    }

    pub(super) fn sums(&self) -> Sums {
        let (expected, met) = (self.expected.len() as u64, self.met as u64);
        let received = self.received;
        Sums { expected, received, missing: expected - met, surplus: received - met }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_not_made_up_for_by_what_was_not_asked_for() {
        let mut counted = Counted::of([(1, (0, 0)), (2, (0, 0)), (2, (0, 1))].into());
        counted.hear(Some(1), (0, 0));
        counted.hear(Some(1), (0, 0));
        counted.hear(Some(1), (3, 0));
        counted.hear(None, (0, 0));
        assert!(!counted.is_complete());
        let sums = Sums { expected: 3, received: 4, missing: 2, surplus: 3 };
        assert_eq!(counted.sums(), sums);
        counted.hear(Some(2), (0, 0));
        counted.hear(Some(2), (0, 1));
        assert!(counted.is_complete());
        assert_eq!(counted.sums(), Sums { received: 6, missing: 0, ..sums });
    }
}
