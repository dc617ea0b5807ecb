//! `[auth]`: tokens, passwords, guests, and the host application's keys.

use std::time::Duration;

use gateway::auth::{HostKeys, PasswordCost};

use super::super::key;
use super::super::reader::Reader;
use super::{DAY_MS, MILLION};

/// A year: a token that lives longer is as good as a password that cannot be changed.
const YEAR_MS: u64 = 365 * DAY_MS;
/// A revoked token may be good for a second on another node: two looks have to fit into it.
const MAX_CHANGE_POLL_MS: u64 = 500;
/// One GiB for one password; argon2 itself needs 8 KiB.
const MAX_PASSWORD_MEMORY_KIB: u64 = 1 << 20;

/// `[auth]`.
#[derive(Debug)]
pub(crate) struct AuthConfig {
    pub(crate) registration: bool,
    pub(crate) guests: bool,
    pub(crate) token_lifetime: Duration,
    pub(crate) change_poll: Duration,
    pub(crate) guest_keep: Duration,
    pub(crate) cleanup_interval: Duration,
    pub(crate) password_cost: PasswordCost,
    /// `None`: as many as suit the machine.
    pub(crate) password_threads: Option<usize>,
    pub(crate) password_queue: usize,
    pub(crate) jwks_refresh: Duration,
    pub(crate) jwks_min_interval: Duration,
    pub(crate) jwks_timeout: Duration,
    pub(crate) hosts: HostKeys,
}

impl AuthConfig {
    pub(in super::super) fn read(reader: &mut Reader) -> Self {
        let number = |reader: &mut Reader, path, variable, default, range| {
            u32::try_from(reader.number(key(path, variable), default, range)).unwrap_or(u32::MAX)
        };
        let memory_kib = number(
            reader,
            "auth.password_memory_kib",
            "PARLOUR_AUTH_PASSWORD_MEMORY_KIB",
            19_456,
            8..=MAX_PASSWORD_MEMORY_KIB,
        );
        let passes =
            number(reader, "auth.password_passes", "PARLOUR_AUTH_PASSWORD_PASSES", 2, 1..=1_000);
        let password_cost =
            PasswordCost::new(memory_kib, passes, 1).expect("their bounds are within argon2's");
        let threads =
            reader.count(key("auth.password_threads", "PARLOUR_AUTH_PASSWORD_THREADS"), 0, 0..=256);
        Self {
            registration: reader
                .switch(key("auth.registration", "PARLOUR_AUTH_REGISTRATION"), true),
            guests: reader.switch(key("auth.guests", "PARLOUR_AUTH_GUESTS"), true),
            token_lifetime: reader.millis(
                key("auth.token_lifetime_ms", "PARLOUR_AUTH_TOKEN_LIFETIME_MS"),
                Duration::from_hours(24),
                1_000..=YEAR_MS,
            ),
            change_poll: reader.millis(
                key("auth.change_poll_ms", "PARLOUR_AUTH_CHANGE_POLL_MS"),
                Duration::from_millis(250),
                10..=MAX_CHANGE_POLL_MS,
            ),
            guest_keep: reader.millis(
                key("auth.guest_keep_ms", "PARLOUR_AUTH_GUEST_KEEP_MS"),
                Duration::from_hours(24),
                0..=YEAR_MS,
            ),
            cleanup_interval: reader.millis(
                key("auth.cleanup_interval_ms", "PARLOUR_AUTH_CLEANUP_INTERVAL_MS"),
                Duration::from_mins(10),
                10..=DAY_MS,
            ),
            password_cost,
            password_threads: (threads > 0).then_some(threads),
            password_queue: reader.count(
                key("auth.password_queue", "PARLOUR_AUTH_PASSWORD_QUEUE"),
                64,
                1..=MILLION,
            ),
            jwks_refresh: reader.millis(
                key("auth.jwks_refresh_ms", "PARLOUR_AUTH_JWKS_REFRESH_MS"),
                Duration::from_mins(5),
                100..=DAY_MS,
            ),
            jwks_min_interval: reader.millis(
                key("auth.jwks_min_interval_ms", "PARLOUR_AUTH_JWKS_MIN_INTERVAL_MS"),
                Duration::from_secs(10),
                10..=DAY_MS,
            ),
            jwks_timeout: reader.millis(
                key("auth.jwks_timeout_ms", "PARLOUR_AUTH_JWKS_TIMEOUT_MS"),
                Duration::from_secs(5),
                10..=60_000,
            ),
            hosts: reader.hosts(),
        }
    }
}
