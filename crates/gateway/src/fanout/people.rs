//! What those are called who listen.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use chat::identity::Profile;
use chat::ids::AccountId;
use chat::time::Monotonic;
use parking_lot::RwLock;

/// A profile that is kept up to date, shared by whoever shows it.
#[derive(Clone, Debug)]
pub(crate) struct LiveProfile(Arc<RwLock<Arc<Profile>>>);

impl LiveProfile {
    /// As it is now.
    pub(crate) fn new(profile: Arc<Profile>) -> Self {
        Self(Arc::new(RwLock::new(profile)))
    }

    /// As it is at this moment.
    pub(crate) fn get(&self) -> Arc<Profile> {
        Arc::clone(&self.0.read())
    }

    /// Was changed.
    pub(crate) fn set(&self, profile: Arc<Profile>) {
        *self.0.write() = profile;
    }
}

/// The accounts that listen, and those that have until lately; some 100 bytes each.
#[derive(Debug, Default)]
pub(super) struct People {
    known: HashMap<AccountId, Known>,
    /// Those whose last socket was lost, and until when the others may yet hear of them.
    fading: VecDeque<(Monotonic, AccountId)>,
}

#[derive(Debug)]
struct Known {
    profile: LiveProfile,
    /// Conversations times forms times sockets.
    listens: usize,
    /// Kept so long at the least.
    until: Monotonic,
}

impl People {
    pub(super) fn add(&mut self, account: &AccountId, profile: &LiveProfile) {
        let known = self.known.entry(account.clone()).or_insert_with(|| Known {
            profile: profile.clone(),
            listens: 0,
            until: Monotonic::default(),
        });
        known.profile = profile.clone();
        known.listens += 1;
    }

    /// Some listen no more; `grace` if they were lost. Those who are not known any more after that
    /// are forgotten with [`People::forget`].
    pub(super) fn remove(
        &mut self,
        now: Monotonic,
        account: &AccountId,
        listens: usize,
        grace: Duration,
    ) {
        let Some(known) = self.known.get_mut(account) else { return };
        known.listens = known.listens.saturating_sub(listens);
        known.until = known.until.max(now.after(grace));
        if known.listens == 0 {
            self.fading.push_back((known.until, account.clone()));
        }
    }

    /// Forgets those whose time is over, once all is said of them.
    pub(super) fn forget(&mut self, now: Monotonic) {
        while let Some((until, _)) = self.fading.front()
            && *until <= now
        {
            let Some((_, account)) = self.fading.pop_front() else { return };
            let is_over = |known: &Known| known.listens == 0 && known.until <= now;
            if self.known.get(&account).is_some_and(is_over) {
                self.known.remove(&account);
            }
        }
    }

    /// When [`People::forget`] has something to do.
    pub(super) fn next_deadline(&self) -> Option<Monotonic> {
        self.fading.front().map(|(until, _)| *until)
    }

    pub(super) fn profile(&self, account: &AccountId) -> Option<Arc<Profile>> {
        self.known.get(account).map(|known| known.profile.get())
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }
}
