//! What the edge counts by itself: events and refusals.

use std::sync::atomic::{AtomicU64, Ordering};

use chat::error::Code;

use crate::socket::table::EVENTS;

/// The codes that an event can end in.
const CODES: [Code; 11] = [
    Code::Unauthenticated,
    Code::TokenExpired,
    Code::Forbidden,
    Code::NotFound,
    Code::NotInRoom,
    Code::InvalidPayload,
    Code::TooLarge,
    Code::Conflict,
    Code::RateLimited,
    Code::Unavailable,
    Code::Internal,
];
/// How an event ended: well, or in one of the codes.
const OUTCOMES: usize = 1 + CODES.len();

/// A counter for every event of the table, and one for all unknown names,
/// times how it ended; 3 KiB in all, whatever clients send.
#[derive(Debug)]
pub(crate) struct Tally {
    events: Box<[[AtomicU64; OUTCOMES]]>,
    refused_connects: [AtomicU64; OUTCOMES],
    swallowed_typing: AtomicU64,
}

/// One line of the tally.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) event: &'static str,
    /// `ok`, or a code.
    pub(crate) outcome: &'static str,
    pub(crate) times: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            events: (0..=EVENTS.len()).map(|_| Default::default()).collect(),
            refused_connects: Default::default(),
            swallowed_typing: AtomicU64::new(0),
        }
    }
}

fn index(code: Option<Code>) -> usize {
    code.and_then(|code| CODES.iter().position(|known| *known == code)).map_or(0, |at| at + 1)
}

fn outcome(index: usize) -> &'static str {
    index.checked_sub(1).map_or("ok", |at| CODES[at].as_str())
}

impl Tally {
    /// An event was answered. `row` is its place in the table, `None` for an
    /// unknown name; `code` is how it failed.
    pub(crate) fn event(&self, row: Option<usize>, code: Option<Code>) {
        let row = row.unwrap_or(EVENTS.len());
        self.events[row][index(code)].fetch_add(1, Ordering::Relaxed);
    }

    /// A socket was not let in.
    pub(crate) fn refused_connect(&self, code: Code) {
        self.refused_connects[index(Some(code))].fetch_add(1, Ordering::Relaxed);
    }

    /// A typing notice over the flood bound was answered and dropped.
    pub(crate) fn swallowed_typing(&self) {
        self.swallowed_typing.fetch_add(1, Ordering::Relaxed);
    }

    /// Every event and outcome that was ever seen, and `ok` of every event.
    pub(crate) fn events(&self) -> Vec<Count> {
        let names = EVENTS.iter().map(|row| row.name).chain(["unknown"]);
        names
            .zip(&self.events)
            .flat_map(|(event, row)| {
                row.iter().enumerate().map(move |(at, count)| Count {
                    event,
                    outcome: outcome(at),
                    times: count.load(Ordering::Relaxed),
                })
            })
            .filter(|line| line.times > 0 || line.outcome == "ok" && line.event != "unknown")
            .collect()
    }

    /// Sockets that were not let in, by code; the seen ones only.
    pub(crate) fn refused_connects(&self) -> Vec<(&'static str, u64)> {
        self.refused_connects
            .iter()
            .enumerate()
            .map(|(at, count)| (outcome(at), count.load(Ordering::Relaxed)))
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    /// Events that were refused by a rate, or dropped by the flood bound.
    pub(crate) fn rate_limited(&self) -> u64 {
        let at = index(Some(Code::RateLimited));
        let refused: u64 = self.events.iter().map(|row| row[at].load(Ordering::Relaxed)).sum();
        refused + self.swallowed_typing.load(Ordering::Relaxed)
    }
}
