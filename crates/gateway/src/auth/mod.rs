//! Who somebody is: tokens verified and made, passwords hashed, revocations acted upon.
//!
//! A token is read, its key is chosen by `iss` and `kid` ([`HostKeys`]), its signature is verified,
//! then what it says is checked, and last the store is asked: whether the account is there, and
//! whether the token was made void. What came out is remembered for the next request. Every node
//! looks at the changes of rights a few times a second and forgets what they void; a node that
//! cannot look remembers nothing for longer than [`AuthConfig::max_staleness`].

mod cache;
mod config;
mod crypto;
mod error;
mod feed;
mod hasher;
mod host;
mod jwks;
mod keyring;
mod keys;
mod passwords;
mod token;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use chat::identity::{Account, Bearer, ChangeKind, Origin, Revocation, TokenDigest};
use chat::store::Store;
use chat::time::{Clock, Timestamp};

pub use config::{AuthConfig, JwksConfig, OwnSecret, PasswordConfig, Secret};
pub use error::{AuthError, Refused};
pub use keys::{HostAlgorithm, HostKeyError, HostKeyProblem, HostKeySource, HostKeySpec, HostKeys};
pub use passwords::{PasswordCost, PasswordCostError, PasswordStats, Passwords};
pub use token::{Issued, MAX_TOKEN_BYTES};

pub use cache::CacheStats;
pub use feed::ChangeListener;
pub use jwks::JwksStats;

use cache::SessionCache;
use crypto::sha256;
use feed::Feed;
use keyring::{Issuer, KeyRing};
use token::{Claims, Presented};

/// A token that counts, and whose it is: one for all who ask for it. Some 200 bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose token it is, as the store knew it at most [`AuthConfig::max_staleness`] ago.
    pub account: Account,
    /// The token.
    pub token: TokenInfo,
}

/// What is kept of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// The SHA-256 of what is signed of it (`header.payload`): what a revocation names.
    pub digest: TokenDigest,
    /// When it was made: to the millisecond for own tokens, to the second for others; 1970 for a
    /// token that does not say.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Authentication, put together. Cheap to clone; what it has started ends with the last clone.
#[derive(Clone)]
pub struct Auth {
    parts: Arc<Parts>,
}

/// What the clones share.
struct Parts {
    config: AuthConfig,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    keys: KeyRing,
    cache: Arc<SessionCache>,
    feed: Arc<Feed>,
    passwords: Passwords,
}

/// What authentication holds and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuthStats {
    /// Verified tokens that are remembered.
    pub cache: CacheStats,
    /// The password threads.
    pub passwords: PasswordStats,
    /// Fetches of published keys.
    pub jwks: JwksStats,
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").field("config", &self.parts.config).finish_non_exhaustive()
    }
}

impl Auth {
    /// Starts the password threads and the task that looks at the changes, and for each published
    /// key set the task that fetches it.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn start(config: AuthConfig, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        crypto::install();
        let cache = Arc::new(SessionCache::new(config.max_sessions));
        let feed = Feed::start(&config, Arc::clone(&store), Arc::clone(&clock));
        let remembered = Arc::clone(&cache);
        feed.listen(Box::new(move |change| remembered.apply(change)));
        let parts = Parts {
            keys: KeyRing::start(&config, &cache),
            passwords: Passwords::start(config.passwords.clone()),
            config,
            store,
            clock,
            cache,
            feed,
        };
        Self { parts: Arc::new(parts) }
    }

    /// Whose token this is. A session that is remembered costs two hashes and no read of the store.
    ///
    /// # Errors
    /// [`AuthError::Refused`] for a token that does not count here, [`AuthError::Expired`] for one
    /// that did, [`AuthError::NoKeys`] and [`AuthError::Store`] if nobody can tell at the moment.
    pub async fn authenticate(&self, token: &str) -> Result<Arc<Session>, AuthError> {
        let answer = self.parts.authenticate(token).await;
        if let Err(error) = &answer {
            tracing::debug!(%error, "token refused");
        }
        answer
    }

    /// Makes a token for an account; a guest is kept at least until it ends.
    ///
    /// # Errors
    /// [`AuthError::HostIssues`] for a host application's account, the store's trouble for a guest.
    pub async fn issue(&self, account: &Account) -> Result<Issued, AuthError> {
        let Parts { store, clock, .. } = &*self.parts;
        let issued = self.parts.make(account, clock.now().wall)?;
        if account.origin == Origin::Guest {
            store.extend_guest(account.profile.id.clone(), issued.expires_at).await?;
        }
        Ok(issued)
    }

    /// When the first token of an account ends that is made at `created_at`: what a guest is stored
    /// with, so that [`Auth::issue_first`] has nothing left to write.
    pub fn first_token_end(&self, created_at: Timestamp) -> Timestamp {
        token::end(created_at, self.parts.config.token_lifetime)
    }

    /// Makes the first token of an account that was just made, as of its making, without the store.
    ///
    /// # Errors
    /// [`AuthError::HostIssues`] for a host application's account, [`AuthError::Internal`] without
    /// chance.
    pub fn issue_first(&self, account: &Account) -> Result<Issued, AuthError> {
        self.parts.make(account, account.created_at)
    }

    /// How long an own token lasts.
    pub fn token_lifetime(&self) -> std::time::Duration {
        self.parts.config.token_lifetime
    }

    /// Hashes and compares passwords.
    pub fn passwords(&self) -> &Passwords {
        &self.parts.passwords
    }

    /// Makes tokens void: stored first, then acted upon on this node at once, and on every other
    /// within [`AuthConfig::change_interval`].
    ///
    /// # Errors
    /// The store's trouble; nothing is void then.
    pub async fn revoke(&self, revocation: Revocation) -> Result<(), AuthError> {
        self.parts.store.revoke(revocation.clone()).await?;
        self.changed(&ChangeKind::Revoked(revocation));
        Ok(())
    }

    /// Acts at once on a change that this node has just stored (a profile, a new password), as it
    /// will when it reads it among the changes. So whoever changed it reads what they wrote.
    pub fn changed(&self, change: &ChangeKind) {
        self.parts.feed.tell(change);
    }

    /// Whether people may register here: not where a host application says who somebody is.
    pub fn registration_open(&self) -> bool {
        self.parts.config.registration && self.parts.config.host_keys.is_empty()
    }

    /// Whether guests may come.
    pub fn guests_open(&self) -> bool {
        self.parts.config.guests && self.parts.config.host_keys.is_empty()
    }

    /// Calls `listener` with every change of rights, in order, from whatever thread hears of it; it
    /// must not wait. A change may come twice.
    pub fn listen(&self, listener: ChangeListener) {
        self.parts.feed.listen(listener);
    }

    /// The server stops, and everybody has gone: changes of rights are not looked at any more.
    pub fn stop(&self) {
        self.parts.feed.stop();
    }

    /// The numbers at this moment.
    pub fn stats(&self) -> AuthStats {
        AuthStats {
            cache: self.parts.cache.stats(),
            passwords: self.parts.passwords.stats(),
            jwks: self.parts.keys.stats(),
        }
    }
}

impl Parts {
    fn make(&self, account: &Account, now: Timestamp) -> Result<Issued, AuthError> {
        if account.origin == Origin::Host {
            return Err(AuthError::HostIssues);
        }
        token::make(account, self.config.own_secret.secret(), now, self.config.token_lifetime)
    }

    async fn authenticate(&self, token: &str) -> Result<Arc<Session>, AuthError> {
        if token.is_empty() {
            return Err(AuthError::Missing);
        }
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Refused::TooLong.into());
        }
        self.feed.ready().await?;
        let key = sha256(token.as_bytes());
        let generation = match self.cache.get(&key) {
            Ok(session) if session.token.expires_at <= self.clock.now().wall => {
                self.cache.remove(&key);
                return Err(AuthError::Expired);
            }
            Ok(session) if self.feed.is_fresh() => return Ok(session),
            Ok(_) => None,
            Err(generation) => Some(generation),
        };
        let session = self.verify(token).await?;
        if let Some(generation) = generation {
            self.cache.put(key, Arc::clone(&session), generation);
        }
        Ok(session)
    }

    async fn verify(&self, token: &str) -> Result<Arc<Session>, AuthError> {
        let presented = Presented::read(token)?;
        let chosen = self.keys.choose(&presented).await?;
        let now = self.clock.now().wall;
        let claims = presented.verify(&chosen.key, &chosen.audiences, now)?;
        let token = TokenInfo {
            digest: presented.digest,
            issued_at: claims.issued_at,
            expires_at: claims.expires_at,
        };
        let Bearer { account, is_revoked } =
            self.store.bearer(claims.subject.clone(), token.digest).await?;
        let account = self.account(chosen.issuer, claims, account, now).await?;
        let account = account.ok_or(Refused::NoAccount)?;
        if is_revoked || token.issued_at < account.valid_after {
            return Err(Refused::Revoked.into());
        }
        Ok(Arc::new(Session { account, token }))
    }

    /// The account that a verified token opens, of which `stored` is known. Whoever holds the secret of
    /// own tokens opens own accounts and a host's; a host's own key opens only the host's.
    async fn account(
        &self,
        issuer: Issuer,
        claims: Claims,
        stored: Option<Account>,
        now: Timestamp,
    ) -> Result<Option<Account>, AuthError> {
        if issuer == Issuer::Own {
            return Ok(stored);
        }
        let said = host::account(claims, stored.as_ref().map(|stored| &*stored.profile), now);
        match stored {
            Some(stored) if stored.origin != Origin::Host => {
                Ok((issuer == Issuer::Shared).then_some(stored))
            }
            // What is as the token says needs no write, which may wait for a disk.
            Some(stored) if host::is_same(&stored.profile, &said) => Ok(Some(stored)),
            _ => Ok(self.store.see_host_account(said).await?),
        }
    }
}
