//! Rates by key: how often one address, name or account may do something.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};

use chat::ids::AccountId;
use chat::limits::{Rate, RetryAfter, TokenBucket};
use chat::time::Monotonic;
use parking_lot::Mutex;

use crate::address::ClientAddress;
use crate::limits::Limits;

/// Keys that one rate remembers: 32 bytes each, with the table's slack 4 MiB at most. Beyond it those
/// that are as good as new are forgotten, and if there is none, one that is not: whoever comes from
/// so many addresses at once is not held up by a rate per address.
const MAX_KEYS: usize = 65_536;

/// One rate, counted for each key by itself.
pub(super) struct KeyedRate {
    rate: Rate,
    max_keys: usize,
    /// Keys are kept as hashes that nobody outside can foresee, so that a key's length costs nothing.
    hashes: RandomState,
    buckets: Mutex<HashMap<u64, TokenBucket>>,
}

impl KeyedRate {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, max_keys: MAX_KEYS, hashes: RandomState::new(), buckets: Mutex::default() }
    }

    /// Takes one token of `key`'s.
    ///
    /// # Errors
    /// [`RetryAfter`] when there is none.
    pub(super) fn take(&self, key: impl Hash, now: Monotonic) -> Result<(), RetryAfter> {
        let key = self.hashes.hash_one(key);
        let mut buckets = self.buckets.lock();
        if buckets.len() >= self.max_keys && !buckets.contains_key(&key) {
            make_room(&mut buckets, self.max_keys, now);
        }
        buckets.entry(key).or_insert_with(|| TokenBucket::new(self.rate)).try_take(now)
    }

    /// Puts one back.
    pub(super) fn put_back(&self, key: impl Hash) {
        if let Some(bucket) = self.buckets.lock().get_mut(&self.hashes.hash_one(key)) {
            bucket.put_back();
        }
    }
}

fn make_room(buckets: &mut HashMap<u64, TokenBucket>, max_keys: usize, now: Monotonic) {
    buckets.retain(|_, bucket| !bucket.is_full(now));
    // A sixteenth at least, so that the whole table is not read again for the very next key.
    let surplus = buckets.len().saturating_sub(max_keys - max_keys.div_ceil(16));
    let victims: Vec<u64> = buckets.keys().copied().take(surplus).collect();
    for key in victims {
        buckets.remove(&key);
    }
}

/// The rates of the HTTP API.
pub(super) struct Rates {
    is_enabled: bool,
    logins_per_account: KeyedRate,
    logins_per_address: KeyedRate,
    registrations: KeyedRate,
    requests: KeyedRate,
    rooms_made: KeyedRate,
}

impl Rates {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            is_enabled: limits.enabled,
            logins_per_account: KeyedRate::new(limits.logins_per_account),
            logins_per_address: KeyedRate::new(limits.logins_per_address),
            registrations: KeyedRate::new(limits.registrations),
            requests: KeyedRate::new(limits.requests),
            rooms_made: KeyedRate::new(limits.rooms_made),
        }
    }

    /// An attempt to sign in from `address` as `name` (folded), whether it succeeds or not.
    pub(super) fn login(
        &self,
        address: ClientAddress,
        name: &str,
        now: Monotonic,
    ) -> Result<(), RetryAfter> {
        self.take(&self.logins_per_address, address, now)?;
        self.take(&self.logins_per_account, name, now)
    }

    /// An account or a guest made from `address`. Every attempt counts as a login from there, so that
    /// one for a name that is taken is not free; for what was not made after all, see
    /// [`Rates::not_registered`].
    pub(super) fn registration(
        &self,
        address: ClientAddress,
        now: Monotonic,
    ) -> Result<(), RetryAfter> {
        self.take(&self.logins_per_address, address, now)?;
        self.take(&self.registrations, address, now)
    }

    /// Nothing was made of a [`Rates::registration`].
    pub(super) fn not_registered(&self, address: ClientAddress) {
        if self.is_enabled {
            self.registrations.put_back(address);
        }
    }

    /// A request by an account.
    pub(super) fn request(&self, account: &AccountId, now: Monotonic) -> Result<(), RetryAfter> {
        self.take(&self.requests, account, now)
    }

    /// A room made by an account; for what was not made after all, see [`Rates::room_not_made`].
    pub(super) fn room_made(&self, account: &AccountId, now: Monotonic) -> Result<(), RetryAfter> {
        self.take(&self.rooms_made, account, now)
    }

    /// Nothing was made of a [`Rates::room_made`].
    pub(super) fn room_not_made(&self, account: &AccountId) {
        if self.is_enabled {
            self.rooms_made.put_back(account);
        }
    }

    fn take(&self, rate: &KeyedRate, key: impl Hash, now: Monotonic) -> Result<(), RetryAfter> {
        if self.is_enabled { rate.take(key, now) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Monotonic = Monotonic::from_millis(0);

    #[test]
    fn each_key_has_its_own_rate() {
        let rate = KeyedRate::new(Rate::new(2, Duration::from_secs(1)));
        for key in ["ann", "bob"] {
            assert!(rate.take(key, NOW).is_ok());
            assert!(rate.take(key, NOW).is_ok());
            assert_eq!(rate.take(key, NOW), Err(RetryAfter(Duration::from_millis(500))));
        }
        assert!(rate.take("ann", Monotonic::from_millis(500)).is_ok());
    }

    #[test]
    fn the_memory_of_keys_is_bounded_and_those_at_rest_are_forgotten_first() {
        let rate =
            KeyedRate { max_keys: 32, ..KeyedRate::new(Rate::new(1, Duration::from_secs(9))) };
        for key in 0..31 {
            assert!(rate.take(key, NOW).is_ok());
        }
        let later = Monotonic::from_millis(9_000);
        assert!(rate.take(1_000, later).is_ok());
        assert!(rate.take(1_001, later).is_ok(), "the table was full of keys at rest");
        assert_eq!(rate.buckets.lock().len(), 2);
        assert!(rate.take(1_000, later).is_err(), "a key that is not at rest is kept");
        for key in 0..10_000 {
            let _ = rate.take(key, later);
            assert!(rate.buckets.lock().len() <= 32);
        }
    }
}
