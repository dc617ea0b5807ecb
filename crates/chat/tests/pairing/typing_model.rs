//! What partners saw of each other's typing, and what they ought to have seen.

use std::collections::{BTreeSet, HashMap};

/// `typing` reaches the same partner at most once in this time, and at the latest after it.
const INTERVAL_MILLIS: u64 = 2_000;

/// One's typing, as far as the present partner has to do with it.
#[derive(Default)]
struct Shown {
    /// Since when the partner is to see it and does not.
    missing_since: Option<u64>,
    is_seen: bool,
    /// When the partner was last shown it.
    at: Option<u64>,
}

/// Clients are known by their number; times are milliseconds.
#[derive(Default)]
pub(crate) struct TypingModel {
    of: HashMap<usize, Shown>,
    /// Everyone whose typing is to be seen and is not, by when they began.
    missing: BTreeSet<(u64, usize)>,
    /// How often typing was seen later than it was said.
    pub(crate) seen_later: u64,
}

impl TypingModel {
    /// The client, who has a partner, types.
    pub(crate) fn begin(&mut self, number: usize, now: u64) {
        let seen = self.of.entry(number).or_default();
        if !seen.is_seen && seen.missing_since.is_none() {
            seen.missing_since = Some(now);
            self.missing.insert((now, number));
        }
    }

    /// What the partner has not been shown is not to be shown any more.
    pub(crate) fn forget_missing(&mut self, number: usize) {
        let missing = self.of.get_mut(&number).and_then(|seen| seen.missing_since.take());
        if let Some(since) = missing {
            self.missing.remove(&(since, number));
        }
    }

    /// A line ends the typing by itself.
    pub(crate) fn end(&mut self, number: usize) {
        self.forget_missing(number);
        self.of.entry(number).or_default().is_seen = false;
    }

    /// The client has another partner, or none.
    pub(crate) fn reset(&mut self, number: usize) {
        self.forget_missing(number);
        self.of.remove(&number);
    }

    /// The partner is shown that the client types.
    pub(crate) fn show(&mut self, number: usize, now: u64) {
        let seen = self.of.entry(number).or_default();
        assert!(seen.is_seen || seen.missing_since.is_some(), "only who types is seen typing");
        let before = seen.at.replace(now);
        assert!(before.is_none_or(|at| now - at >= INTERVAL_MILLIS), "typing twice within 2 s");
        seen.is_seen = true;
        self.seen_later += u64::from(seen.missing_since.is_some_and(|since| since < now));
        self.forget_missing(number);
    }

    /// The partner is shown that the client stopped.
    pub(crate) fn show_end(&mut self, number: usize) {
        let was_seen = std::mem::take(&mut self.of.entry(number).or_default().is_seen);
        assert!(was_seen, "only what was seen ends");
    }

    /// Whether everyone was shown in time what they are to see.
    pub(crate) fn check(&self, now: u64) {
        if let Some((since, number)) = self.missing.first() {
            let is_in_time = now - since < INTERVAL_MILLIS;
            assert!(is_in_time, "client {number} has typed for 2 s and nobody saw it");
        }
    }
}
