//! How often a socket or a client of the HTTP API may do what. Sizes are the domain's and the engine's, and are never lifted.

use std::sync::Arc;
use std::time::Duration;

use chat::limits::{
    LOGINS_PER_ACCOUNT, LOGINS_PER_ADDRESS, MESSAGES, PAIR_STARTS, REGISTRATIONS, ROOMS_MADE, Rate,
    RetryAfter, TokenBucket,
};
use chat::time::Monotonic;
use parking_lot::Mutex;

use crate::socket::table::Cost;

const SECOND: Duration = Duration::from_secs(1);

/// Everything that is neither a message, a pair start nor typing: 50 a second, 200 in a burst.
const OTHER_EVENTS: Rate = Rate::new(50, SECOND).with_burst(200);
/// Typing notices that reach the domain, which coalesces them: 200 a second. Further ones are
/// answered with success and dropped; no person types like that.
const TYPING_FLOOD: Rate = Rate::new(200, SECOND);
/// Requests of one account to the HTTP API: 20 a second, 100 in a burst.
const REQUESTS: Rate = Rate::new(20, SECOND).with_burst(100);
/// Conversations that one account's sockets sync: 500 a second, 20,000 in a burst. So all of its 20
/// sockets may come back at once, each to the 500 conversations that it may listen to, and one of them
/// every other second for ever. A conversation in which nothing is new costs two looks at the store.
const SYNCED: Rate = Rate::new(500, SECOND).with_burst(20_000);
/// What a `sync` costs beside its cursors, in cursors: up to 100 other conversations are looked at once.
const SYNC_COST: usize = 50;
/// Sockets of one address at a time.
const SOCKETS_PER_ADDRESS: usize = 200;
/// Sockets of one account at a time.
const SOCKETS_PER_ACCOUNT: usize = 20;

/// The rates: of messages and pair starts per account, over all of its sockets, and per stranger; the
/// others per socket unless said otherwise.
#[derive(Clone, Debug)]
pub struct Limits {
    /// `false` lifts everything here.
    pub enabled: bool,
    /// Messages of any dialect. Default 10 a second, 30 in a burst.
    pub messages: Rate,
    /// `start_chat` and `new_chat` together. Default 20 a minute.
    pub pair_starts: Rate,
    /// Every other event but typing. Default 50 a second, 200 in a burst.
    pub other_events: Rate,
    /// `typing` and `stop_typing` together. Beyond it a `typing` is swallowed, and where the store has to
    /// say whether the socket may, both count as other events. Default 200 a second.
    pub typing_flood: Rate,
    /// Logins under one username. Default 10 a minute.
    pub logins_per_account: Rate,
    /// Logins from one IPv4 address or IPv6 /64. Default 60 a minute.
    pub logins_per_address: Rate,
    /// Registrations and guests together, from one address. Default 30 an hour.
    pub registrations: Rate,
    /// Rooms and channels made by one account. Default 10 an hour.
    pub rooms_made: Rate,
    /// Conversations that one account syncs, a call being 50 more. Default 500 a second, 20,000 in a
    /// burst.
    pub synced: Rate,
    /// Requests of one account to the HTTP API. Default 20 a second, 100 in a burst.
    pub requests: Rate,
    /// Sockets of one IPv4 address or IPv6 /64 at a time. Default 200.
    pub sockets_per_address: usize,
    /// Sockets of one account at a time. Default 20.
    pub sockets_per_account: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            enabled: true,
            messages: MESSAGES,
            pair_starts: PAIR_STARTS,
            other_events: OTHER_EVENTS,
            typing_flood: TYPING_FLOOD,
            logins_per_account: LOGINS_PER_ACCOUNT,
            logins_per_address: LOGINS_PER_ADDRESS,
            registrations: REGISTRATIONS,
            rooms_made: ROOMS_MADE,
            synced: SYNCED,
            requests: REQUESTS,
            sockets_per_address: SOCKETS_PER_ADDRESS,
            sockets_per_account: SOCKETS_PER_ACCOUNT,
        }
    }
}

impl Limits {
    /// No rates at all: for tests and measurements.
    pub fn disabled() -> Self {
        Self { enabled: false, ..Self::default() }
    }

    /// Sockets of one address, `None` without a limit.
    pub(crate) fn sockets_per_address(&self) -> Option<usize> {
        self.enabled.then_some(self.sockets_per_address)
    }

    /// Sockets of one account, `None` without a limit.
    pub(crate) fn sockets_per_account(&self) -> Option<usize> {
        self.enabled.then_some(self.sockets_per_account)
    }
}

/// One person's buckets, 72 bytes: an account's on all of its sockets, or a stranger's.
#[derive(Debug)]
pub(crate) struct PersonBuckets {
    messages: TokenBucket,
    pair_starts: TokenBucket,
    synced: TokenBucket,
}

impl PersonBuckets {
    fn new(limits: &Limits) -> Self {
        Self {
            messages: TokenBucket::new(limits.messages),
            pair_starts: TokenBucket::new(limits.pair_starts),
            synced: TokenBucket::new(limits.synced),
        }
    }

    /// An account's, to be shared by its sockets; `None` where rates are lifted.
    pub(crate) fn shared(limits: &Limits) -> Option<Arc<Mutex<Self>>> {
        limits.enabled.then(|| Arc::new(Mutex::new(Self::new(limits))))
    }

    /// Takes what a message costs.
    ///
    /// # Errors
    /// [`RetryAfter`] when the rate is used up.
    pub(crate) fn take_message(&mut self, now: Monotonic) -> Result<(), RetryAfter> {
        self.messages.try_take(now)
    }

    /// Takes what a `sync` of so many cursors costs.
    ///
    /// # Errors
    /// [`RetryAfter`] when the rate is used up.
    pub(crate) fn take_sync(&mut self, cursors: usize, now: Monotonic) -> Result<(), RetryAfter> {
        let cost = u32::try_from(cursors.saturating_add(SYNC_COST)).unwrap_or(u32::MAX);
        self.synced.try_take_many(cost, now)
    }

    /// Whether they are as good as new, so that they need not be kept.
    pub(crate) fn are_full(&self, now: Monotonic) -> bool {
        [&self.messages, &self.pair_starts, &self.synced].iter().all(|bucket| bucket.is_full(now))
    }
}

#[derive(Debug)]
enum OfPerson {
    Stranger(PersonBuckets),
    Account(Arc<Mutex<PersonBuckets>>),
}

/// One socket's buckets: some 100 bytes, none at all where rates are lifted.
#[derive(Debug)]
pub(crate) struct Buckets {
    of_person: OfPerson,
    other_events: TokenBucket,
    typing_flood: TokenBucket,
}

impl Buckets {
    /// Full buckets, beside those of the socket's account if it has one; `None` where rates are
    /// lifted.
    pub(crate) fn new(
        limits: &Limits,
        of_account: Option<Arc<Mutex<PersonBuckets>>>,
    ) -> Option<Self> {
        limits.enabled.then(|| Self {
            of_person: match of_account {
                Some(shared) => OfPerson::Account(shared),
                None => OfPerson::Stranger(PersonBuckets::new(limits)),
            },
            other_events: TokenBucket::new(limits.other_events),
            typing_flood: TokenBucket::new(limits.typing_flood),
        })
    }

    /// Takes what an event costs.
    ///
    /// # Errors
    /// [`RetryAfter`] when that rate is used up.
    pub(crate) fn take(&mut self, cost: Cost, now: Monotonic) -> Result<(), RetryAfter> {
        match (cost, &mut self.of_person) {
            (Cost::Message, OfPerson::Stranger(own)) => own.take_message(now),
            (Cost::Message, OfPerson::Account(shared)) => shared.lock().take_message(now),
            (Cost::PairStart, OfPerson::Stranger(own)) => own.pair_starts.try_take(now),
            (Cost::PairStart, OfPerson::Account(shared)) => shared.lock().pair_starts.try_take(now),
            (Cost::Other, _) => self.other_events.try_take(now),
            (Cost::Typing, _) => self.typing_flood.try_take(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cost_has_its_own_bucket() {
        let mut buckets = Buckets::new(&Limits::default(), None).unwrap();
        let now = Monotonic::from_millis(0);
        let cases =
            [(Cost::Message, 30), (Cost::PairStart, 20), (Cost::Other, 200), (Cost::Typing, 200)];
        for (cost, expected) in cases {
            let taken = (0..1_000).filter(|_| buckets.take(cost, now).is_ok()).count();
            assert_eq!(taken, expected, "{cost:?}");
        }
    }

    #[test]
    fn an_accounts_sockets_share_what_counts_per_account() {
        let limits = Limits::default();
        let shared = PersonBuckets::shared(&limits);
        let mut one = Buckets::new(&limits, shared.clone()).unwrap();
        let mut other = Buckets::new(&limits, shared.clone()).unwrap();
        let now = Monotonic::from_millis(0);
        let mut taken = |cost, attempts| {
            let one = (0..attempts).filter(|_| one.take(cost, now).is_ok()).count();
            let other = (0..attempts).filter(|_| other.take(cost, now).is_ok()).count();
            (one, other)
        };
        assert_eq!(taken(Cost::Message, 20), (20, 10));
        assert_eq!(taken(Cost::PairStart, 15), (15, 5));
        assert_eq!(taken(Cost::Other, 200), (200, 200));
        let shared = shared.unwrap();
        assert!(!shared.lock().are_full(Monotonic::from_millis(59_999)));
        assert!(shared.lock().are_full(Monotonic::from_millis(60_000)));
    }

    /// As often as their socket may come back.
    #[test]
    fn only_who_syncs_in_a_loop_is_refused() {
        let mut buckets = PersonBuckets::new(&Limits::default());
        let mut now = Monotonic::from_millis(0);
        let mut come_back = |now| [200, 200, 100].map(|cursors| buckets.take_sync(cursors, now));
        for _ in 0..SOCKETS_PER_ACCOUNT {
            assert_eq!(come_back(now), [Ok(()); 3], "all sockets at once");
        }
        for _ in 0..1_000 {
            now = now.after(Duration::from_secs(2));
            assert_eq!(come_back(now), [Ok(()); 3], "one of them again and again");
        }
        let refused = (0..200).filter(|_| buckets.take_sync(200, now).is_err()).count();
        assert!(refused > 100, "{refused}");
        assert!(!buckets.are_full(now));
    }

    #[test]
    fn without_limits_nothing_is_kept() {
        assert!(Buckets::new(&Limits::disabled(), None).is_none());
        assert!(PersonBuckets::shared(&Limits::disabled()).is_none());
        assert_eq!(Limits::disabled().sockets_per_account(), None);
        assert_eq!(Limits::disabled().sockets_per_address(), None);
    }
}
