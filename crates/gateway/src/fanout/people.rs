//! What those are called who listen.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use chat::identity::Profile;
use chat::ids::AccountId;
use chat::time::Monotonic;
use parking_lot::RwLock;

use crate::socket::LiveSockets;

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

/// What those are called who listen, and those who have until lately. Who is connected is asked of the
/// [`LiveSockets`]; of those who were lost the name is kept here, some 100 bytes each.
#[derive(Debug)]
pub(super) struct People {
    live: Arc<LiveSockets>,
    lost: HashMap<AccountId, Lost>,
    /// Those of `lost`, and until when the others may yet hear of them.
    fading: VecDeque<(Monotonic, AccountId)>,
}

#[derive(Debug)]
struct Lost {
    profile: Arc<Profile>,
    until: Monotonic,
}

impl People {
    pub(super) fn new(live: Arc<LiveSockets>) -> Self {
        Self { live, lost: HashMap::new(), fading: VecDeque::new() }
    }

    /// A socket that listened was lost: the others hear of its account until then.
    pub(super) fn lose(&mut self, account: &AccountId, profile: Arc<Profile>, until: Monotonic) {
        self.lost.insert(account.clone(), Lost { profile, until });
        self.fading.push_back((until, account.clone()));
    }

    /// Forgets those whose time is over, once all is said of them.
    pub(super) fn forget(&mut self, now: Monotonic) {
        while let Some((until, _)) = self.fading.front()
            && *until <= now
        {
            let Some((_, account)) = self.fading.pop_front() else { return };
            if self.lost.get(&account).is_some_and(|lost| lost.until <= now) {
                self.lost.remove(&account);
            }
        }
    }

    /// When [`People::forget`] has something to do.
    pub(super) fn next_deadline(&self) -> Option<Monotonic> {
        self.fading.front().map(|(until, _)| *until)
    }

    /// Whoever is connected is called as they are at this moment.
    pub(super) fn profile(&self, account: &AccountId) -> Option<Arc<Profile>> {
        self.live
            .profile(account)
            .or_else(|| self.lost.get(account).map(|lost| Arc::clone(&lost.profile)))
    }

    /// How many names are kept here.
    pub(super) fn len(&self) -> usize {
        self.lost.len()
    }
}
