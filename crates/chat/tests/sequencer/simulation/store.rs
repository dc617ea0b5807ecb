//! What a store does to those who ask it: it is slow, away, or says nothing of what it has done.

use chat::conversations::Seq;
use chat::messages::{NewMessage, PageError};
use chat::sequencer::{Outcome, Work};
use chat::store::StoreError;
use rand::RngExt;
use rand::rngs::StdRng;

use super::Event;
use crate::ledger::Ledger;

/// What becomes of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Commits,
    Unavailable,
    /// It commits, and the answer is lost.
    LosesAnswer,
    /// It does not, and the answer is lost.
    IsLost,
    /// The answer is lost before it commits.
    CommitsLate,
    /// The store says something of a database that is broken.
    Breaks,
}

/// A transaction on its way.
pub(super) struct Commit {
    node: usize,
    messages: Vec<NewMessage>,
    fate: Fate,
    answered_at: u64,
}

impl Commit {
    /// It happens; what its node is told, and when.
    pub(super) fn happen(
        self,
        ledger: &mut Ledger,
        weather: &mut Weather,
    ) -> (u64, (usize, Option<Outcome>)) {
        let fate = match self.fate {
            Fate::Commits if weather.is_away() => Fate::Unavailable,
            fate => fate,
        };
        let told = match fate {
            Fate::Commits => Some(Ok(ledger.append(self.messages))),
            Fate::Unavailable => Some(Err(StoreError::Unavailable)),
            Fate::LosesAnswer => {
                ledger.append(self.messages);
                Some(Err(StoreError::Unknown))
            }
            Fate::IsLost => Some(Err(StoreError::Unknown)),
            Fate::Breaks => Some(Err(StoreError::Broken)),
            Fate::CommitsLate => {
                weather.late[self.node] = 0;
                ledger.append(self.messages);
                None
            }
        };
        (self.answered_at, (self.node, told.map(Outcome::Append)))
    }
}

/// How the store is.
#[derive(Debug, Default)]
pub(super) struct Weather {
    away_until: u64,
    now: u64,
    is_calm: bool,
    /// Until when a commit of each node may still happen that is answered already.
    late: [u64; 2],
}

impl Weather {
    pub(super) fn pass(&mut self, now: u64, rng: &mut StdRng) {
        self.now = now;
        if !self.is_calm && !self.is_away() && rng.random_ratio(1, 12_000) {
            self.away_until = now + rng.random_range(1..9_000);
        }
    }

    pub(super) fn is_away(&self) -> bool {
        self.now < self.away_until
    }

    pub(super) fn is_calm(&self) -> bool {
        self.is_calm
    }

    pub(super) fn calm_down(&mut self) {
        (self.is_calm, self.away_until) = (true, 0);
    }

    /// A node asks: what happens, and when.
    pub(super) fn ask(
        &mut self,
        node: usize,
        work: Work,
        now: u64,
        rng: &mut StdRng,
    ) -> Vec<(u64, Event)> {
        let Work::Append(messages) = work else {
            // What is on its way is waited for before anything is looked up.
            let at = (now + rng.random_range(0..10)).max(self.late[node] + 1);
            return vec![(at, Event::Look(node, work))];
        };
        let fate = match rng.random_range(0..200) {
            _ if self.is_calm || messages.is_empty() => Fate::Commits,
            0..6 => Fate::Unavailable,
            6..9 => Fate::LosesAnswer,
            9..12 => Fate::IsLost,
            12..14 => Fate::CommitsLate,
            14 => Fate::Breaks,
            _ => Fate::Commits,
        };
        let slowest = if !self.is_calm && rng.random_ratio(1, 1_000) { 7_000 } else { 12 };
        let committed_at = now + rng.random_range(1..slowest);
        let answered_at = committed_at + rng.random_range(0..5);
        let commit = Commit { node, messages, fate, answered_at };
        if fate == Fate::CommitsLate {
            self.late[node] = committed_at;
            let unknown = Outcome::Append(Err(StoreError::Unknown));
            let told = (now + 1, Event::Answer(node, unknown));
            return vec![told, (committed_at, Event::Commit(commit))];
        }
        vec![(committed_at, Event::Commit(commit))]
    }
}

/// Looks something up.
pub(super) fn look(work: Work, ledger: &Ledger, weather: &Weather, rng: &mut StdRng) -> Outcome {
    let error = match rng.random_range(0..20) {
        _ if weather.is_calm() => None,
        0 => Some(StoreError::Unavailable),
        1 => Some(StoreError::Unknown),
        2 => Some(StoreError::Broken),
        _ if weather.is_away() => Some(StoreError::Unavailable),
        _ => None,
    };
    match work {
        Work::Settle(keys) => Outcome::Settle(
            error.map_or_else(|| Ok(keys.iter().map(|key| ledger.settle(key)).collect()), Err),
        ),
        Work::Anchor(read) => {
            let newest: Seq = ledger.newest(&read.conversation);
            Outcome::Anchor(read, error.map_or(Ok(newest), Err))
        }
        Work::Fill { read, after, limit } => {
            let page = error.map_or_else(
                || Ok(ledger.page(&read.conversation, after, limit)),
                |error| Err(PageError::Store(error)),
            );
            Outcome::Fill(read, page)
        }
        Work::Append(_) => unreachable!("a transaction is no look-up"),
    }
}
