//! Verified tokens, remembered.

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;

use chat::identity::{ChangeKind, Revocation};
use parking_lot::Mutex;

use super::Session;

/// The SHA-256 of a whole token, its signature included: what is remembered of one must not answer
/// for another.
pub(super) type TokenKey = [u8; 32];

/// Sessions by token, in two generations: when the recent one is full, the older one is forgotten. So
/// the `max` that were asked for last are there, and at most twice as many. A session costs some 500
/// bytes with its account, and some 60 if a socket holds it anyway.
#[derive(Debug)]
pub(super) struct SessionCache {
    /// Of each generation.
    max: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    recent: HashMap<TokenKey, Arc<Session>>,
    older: HashMap<TokenKey, Arc<Session>>,
    /// How many times something was forgotten because it changed.
    generation: Generation,
    hits: u64,
    misses: u64,
}

/// See [`SessionCache::put`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Generation(u64);

/// What the cache holds and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheStats {
    /// Sessions held.
    pub sessions: usize,
    /// Tokens that were found.
    pub hits: u64,
    /// Tokens that were not.
    pub misses: u64,
}

impl SessionCache {
    pub(super) fn new(max_sessions: usize) -> Self {
        Self { max: max_sessions.max(1), state: Mutex::default() }
    }

    /// The session of a token, if it is remembered; else what to give to [`SessionCache::put`].
    pub(super) fn get(&self, key: &TokenKey) -> Result<Arc<Session>, Generation> {
        let mut state = self.state.lock();
        if let Some(session) = state.recent.get(key) {
            let session = Arc::clone(session);
            state.hits += 1;
            return Ok(session);
        }
        if let Some(session) = state.older.remove(key) {
            state.hits += 1;
            state.insert(*key, Arc::clone(&session), self.max);
            return Ok(session);
        }
        state.misses += 1;
        Err(state.generation)
    }

    /// Remembers a session, unless anything has changed since `generation` was read: what was read
    /// from the store in between may be from before the change.
    pub(super) fn put(&self, key: TokenKey, session: Arc<Session>, generation: Generation) {
        let mut state = self.state.lock();
        if state.generation == generation {
            state.insert(key, session, self.max);
        }
    }

    /// Forgets whatever a change makes stale.
    pub(super) fn apply(&self, change: &ChangeKind) {
        self.forget(|session| is_touched(session, change));
    }

    /// Forgets everything, such as when a host's keys have changed.
    pub(super) fn clear(&self) {
        self.forget(|_| true);
    }

    fn forget(&self, is_stale: impl Fn(&Session) -> bool) {
        let mut state = self.state.lock();
        state.generation.0 += 1;
        state.recent.retain(|_, session| !is_stale(session));
        state.older.retain(|_, session| !is_stale(session));
    }

    pub(super) fn remove(&self, key: &TokenKey) {
        let mut state = self.state.lock();
        state.recent.remove(key);
        state.older.remove(key);
    }

    pub(super) fn stats(&self) -> CacheStats {
        let state = self.state.lock();
        let sessions = state.recent.len() + state.older.len();
        CacheStats { sessions, hits: state.hits, misses: state.misses }
    }
}

impl State {
    fn insert(&mut self, key: TokenKey, session: Arc<Session>, max: usize) {
        if self.recent.len() >= max {
            self.older = mem::take(&mut self.recent);
        }
        self.recent.insert(key, session);
    }
}

/// Whether a change says something about a session: for a profile it has to be read again, else it
/// is void.
fn is_touched(session: &Session, change: &ChangeKind) -> bool {
    let account = &session.account.profile.id;
    match change {
        ChangeKind::Profile(id) | ChangeKind::Deleted(id) => account == id,
        ChangeKind::Revoked(revocation) => is_revoked(session, revocation),
        ChangeKind::Blocked(_) | ChangeKind::Unblocked(_) | ChangeKind::Membership(..) => false,
    }
}

/// Whether a revocation means this session's token.
pub(super) fn is_revoked(session: &Session, revocation: &Revocation) -> bool {
    match revocation {
        Revocation::Token { digest, .. } => session.token.digest == *digest,
        Revocation::Account { account, valid_after } => {
            session.account.profile.id == *account && session.token.issued_at < *valid_after
        }
    }
}
