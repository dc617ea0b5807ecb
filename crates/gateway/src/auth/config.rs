//! What authentication is told at the start.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::keys::HostKeys;
use super::passwords::PasswordCost;

/// Bytes that nobody may see: `Debug` does not show them.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<[u8]>);

impl Secret {
    /// Takes the bytes as they are.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The secret of this server's own tokens (HS256; RFC 7518 §3.2 asks for 32 bytes or more).
#[derive(Clone, Debug)]
pub enum OwnSecret {
    /// Made by this server and known to nobody else: only its own tokens are signed with it.
    Made(Secret),
    /// Given by whoever runs it: a host application may hold it too, and sign its users' tokens.
    Configured(Secret),
}

impl OwnSecret {
    /// The bytes.
    pub fn secret(&self) -> &Secret {
        match self {
            Self::Made(secret) | Self::Configured(secret) => secret,
        }
    }

    /// Whether a host application may sign with it.
    pub const fn is_shared(&self) -> bool {
        matches!(self, Self::Configured(_))
    }
}

/// How passwords are hashed, and how many may be waited for.
#[derive(Clone, Debug)]
pub struct PasswordConfig {
    /// What one hash costs. See [`PasswordCost::default`].
    pub cost: PasswordCost,
    /// Threads that do nothing else, at the lowest scheduling priority; each works on one password
    /// at a time. Default: half of the machine's processors, at least one.
    pub threads: usize,
    /// Passwords that wait for a thread; further ones are refused as `unavailable`. Default 64: of
    /// 700 bytes each, and a wait of some 2 seconds on one slow processor.
    pub max_waiting: usize,
}

impl Default for PasswordConfig {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self { cost: PasswordCost::default(), threads: (processors / 2).max(1), max_waiting: 64 }
    }
}

/// How a host application's published keys are fetched.
#[derive(Clone, Debug)]
pub struct JwksConfig {
    /// Between two fetches as long as all goes well. Default 5 minutes.
    pub refresh_interval: Duration,
    /// Between two fetches at the least: after a failure, or for a `kid` that is not known.
    /// Default 10 seconds.
    pub min_interval: Duration,
    /// For a whole fetch. Default 5 seconds.
    pub timeout: Duration,
    /// The largest set. Default 256 KiB.
    pub max_bytes: usize,
    /// Keys of a set that count, the first ones. Default 100.
    pub max_keys: usize,
}

impl Default for JwksConfig {
    fn default() -> Self {
        Self {
            refresh_interval: Duration::from_mins(5),
            min_interval: Duration::from_secs(10),
            timeout: Duration::from_secs(5),
            max_bytes: 256 * 1024,
            max_keys: 100,
        }
    }
}

/// What authentication is told at the start.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// Of this server's own tokens.
    pub own_secret: OwnSecret,
    /// How long own tokens last, in whole seconds, rounded up. Default 24 hours.
    pub token_lifetime: Duration,
    /// A host application's keys. With any, nobody registers here or comes as a guest. Default none.
    pub host_keys: HostKeys,
    /// Whether people may register. Default yes.
    pub registration: bool,
    /// Whether guests may come. Default yes.
    pub guests: bool,
    /// The cost of passwords.
    pub passwords: PasswordConfig,
    /// Between two looks at the changes of rights; a revocation on another node counts here after
    /// at most that long and the time of a read. Default 250 ms.
    pub change_interval: Duration,
    /// How old the last look at the changes may be for a remembered session still to count without
    /// the store. Default 2 seconds.
    pub max_staleness: Duration,
    /// Verified tokens that are remembered: at least those that were presented last, at most twice as
    /// many. So neither a burst of requests nor a crowd that comes back reads the store for each.
    /// Default 18,000: some 22 MB at the most, 90 MB if all have the longest addresses of pictures.
    pub max_sessions: usize,
    /// How published keys are fetched.
    pub jwks: JwksConfig,
}

impl AuthConfig {
    /// The defaults, with this secret.
    pub fn new(own_secret: OwnSecret) -> Self {
        Self {
            own_secret,
            token_lifetime: Duration::from_hours(24),
            host_keys: HostKeys::default(),
            registration: true,
            guests: true,
            passwords: PasswordConfig::default(),
            change_interval: Duration::from_millis(250),
            max_staleness: Duration::from_secs(2),
            max_sessions: 18_000,
            jwks: JwksConfig::default(),
        }
    }
}
