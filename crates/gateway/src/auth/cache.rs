//! Verified tokens, remembered.

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;

use chat::identity::{ChangeKind, Revocation};
use chat::ids::AccountId;
use parking_lot::Mutex;

use super::Session;

/// The SHA-256 of a whole token, its signature included: what is remembered of one must not answer
/// for another.
pub(super) type TokenKey = [u8; 32];

/// Sessions by token, in two generations: when the recent one is full, the older one is forgotten. So
/// the `max` that were asked for last are there, and at most twice as many. A session costs some 500
/// bytes with its account, and some 150 if a socket holds it anyway.
#[derive(Debug)]
pub(super) struct SessionCache {
    /// Of each generation.
    max: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    recent: Sessions,
    older: Sessions,
    /// How many times something was forgotten because it changed.
    generation: Generation,
    hits: u64,
    misses: u64,
}

/// Sessions of one generation. A change means one account's, which are few: it must not look at all.
#[derive(Debug, Default)]
struct Sessions {
    by_token: HashMap<TokenKey, Arc<Session>>,
    /// Those of `by_token`.
    by_account: HashMap<AccountId, Vec<TokenKey>>,
}

impl Sessions {
    fn insert(&mut self, key: TokenKey, session: Arc<Session>) {
        let account = session.account.profile.id.clone();
        if self.by_token.insert(key, session).is_none() {
            // Most have one.
            self.by_account.entry(account).or_insert_with(|| Vec::with_capacity(1)).push(key);
        }
    }

    fn remove(&mut self, key: &TokenKey) -> Option<Arc<Session>> {
        let session = self.by_token.remove(key)?;
        let account = &session.account.profile.id;
        if let Some(keys) = self.by_account.get_mut(account) {
            keys.retain(|other| other != key);
            if keys.is_empty() {
                self.by_account.remove(account);
            }
        }
        Some(session)
    }

    fn forget(&mut self, account: &AccountId, is_stale: impl Fn(&Session) -> bool) {
        let keys = self.by_account.get(account).cloned().unwrap_or_default();
        for key in keys {
            if self.by_token.get(&key).is_some_and(|session| is_stale(session)) {
                self.remove(&key);
            }
        }
    }
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
        if let Some(session) = state.recent.by_token.get(key) {
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
        let Some(account) = touched(change) else { return };
        let mut state = self.state.lock();
        state.generation.0 += 1;
        let State { recent, older, .. } = &mut *state;
        for sessions in [recent, older] {
            sessions.forget(account, |session| is_stale(session, change));
        }
    }

    /// Forgets everything, such as when a host's keys have changed.
    pub(super) fn clear(&self) {
        let mut state = self.state.lock();
        state.generation.0 += 1;
        let forgotten = (mem::take(&mut state.recent), mem::take(&mut state.older));
        drop(state);
        // They are many: nobody waits for that.
        drop(forgotten);
    }

    pub(super) fn remove(&self, key: &TokenKey) {
        let mut state = self.state.lock();
        state.recent.remove(key);
        state.older.remove(key);
    }

    /// What is kept of accounts, which is to be as much as there is of tokens.
    #[cfg(test)]
    pub(super) fn indexed(&self) -> usize {
        let state = self.state.lock();
        let keys = |sessions: &Sessions| sessions.by_account.values().map(Vec::len).sum::<usize>();
        keys(&state.recent) + keys(&state.older)
    }

    pub(super) fn stats(&self) -> CacheStats {
        let state = self.state.lock();
        let sessions = state.recent.by_token.len() + state.older.by_token.len();
        CacheStats { sessions, hits: state.hits, misses: state.misses }
    }
}

impl State {
    fn insert(&mut self, key: TokenKey, session: Arc<Session>, max: usize) {
        if self.recent.by_token.len() >= max {
            self.older = mem::take(&mut self.recent);
        }
        self.recent.insert(key, session);
    }
}

/// The account whose sessions a change means; `None` if it means none.
fn touched(change: &ChangeKind) -> Option<&AccountId> {
    match change {
        ChangeKind::Profile(account)
        | ChangeKind::Deleted(account)
        | ChangeKind::Revoked(
            Revocation::Token { account, .. } | Revocation::Account { account, .. },
        ) => Some(account),
        ChangeKind::Blocked(_) | ChangeKind::Unblocked(_) | ChangeKind::Membership(..) => None,
    }
}

/// Whether a session of the account that a change means is not as it was: for a profile it has to be
/// read again, else it is void.
fn is_stale(session: &Session, change: &ChangeKind) -> bool {
    match change {
        ChangeKind::Revoked(revocation) => is_revoked(session, revocation),
        _ => true,
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
