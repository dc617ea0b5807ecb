//! The sections of the file: `[socket]`, `[http]`, `[web]`, `[limits]`, `[store]`, `[auth]`,
//! `[conversations]` and `[pair]`.

mod auth;
mod conversations;
mod store;
mod web;

use std::time::Duration;

use chat::ids::NodeId;
use chat::pairing::PairingConfig;

pub(crate) use self::auth::AuthConfig;
pub(crate) use self::conversations::ConversationsConfig;
pub(crate) use self::store::StoreConfig;
pub(crate) use self::web::WebConfig;

use super::key;
use super::reader::Reader;

/// A day: no duration here makes sense beyond it.
const DAY_MS: u64 = 86_400_000;
/// 16 MiB: one packet may be held whole for every connection.
const MAX_PACKET_BYTES: u64 = 16 << 20;
/// One GiB: no buffer of a single connection makes sense beyond it.
const GIB: u64 = 1 << 30;
/// A rate or number that is as good as none.
const MILLION: u64 = 1_000_000;

/// Five for each of the 200 sockets that an address may have: a polling client holds two, and a
/// reload opens new ones before the old are gone. 1,000 idle connections cost some 2 MiB.
const CONNECTIONS_PER_ADDRESS: usize = 1_000;

/// `[socket]`: heartbeats, deadlines and sizes of the Socket.IO engine.
#[derive(Debug)]
pub(crate) struct SocketConfig {
    pub(crate) ping_interval: Duration,
    pub(crate) ping_timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) upgrade_timeout: Duration,
    pub(crate) header_timeout: Duration,
    pub(crate) body_timeout: Duration,
    pub(crate) write_timeout: Duration,
    pub(crate) max_payload_bytes: usize,
    pub(crate) max_queue_bytes: usize,
    pub(crate) max_connections: usize,
    pub(crate) max_waits: usize,
}

impl SocketConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let default = socketio::Config::default();
        let mut millis =
            |path, variable, default| reader.millis(key(path, variable), default, 10..=DAY_MS);
        let ping_interval =
            millis("socket.ping_interval_ms", "PARLOUR_PING_INTERVAL_MS", default.ping_interval);
        let ping_timeout =
            millis("socket.ping_timeout_ms", "PARLOUR_PING_TIMEOUT_MS", default.ping_timeout);
        let connect_timeout = millis(
            "socket.connect_timeout_ms",
            "PARLOUR_CONNECT_TIMEOUT_MS",
            default.connect_timeout,
        );
        let upgrade_timeout = millis(
            "socket.upgrade_timeout_ms",
            "PARLOUR_UPGRADE_TIMEOUT_MS",
            default.upgrade_timeout,
        );
        let header_timeout =
            millis("socket.header_timeout_ms", "PARLOUR_HEADER_TIMEOUT_MS", default.header_timeout);
        let body_timeout =
            millis("socket.body_timeout_ms", "PARLOUR_BODY_TIMEOUT_MS", default.body_timeout);
        let write_timeout =
            millis("socket.write_timeout_ms", "PARLOUR_WRITE_TIMEOUT_MS", default.write_timeout);
        let mut count =
            |path, variable, default, range| reader.count(key(path, variable), default, range);
        Self {
            ping_interval,
            ping_timeout,
            connect_timeout,
            upgrade_timeout,
            header_timeout,
            body_timeout,
            write_timeout,
            max_payload_bytes: count(
                "socket.max_payload_bytes",
                "PARLOUR_MAX_PAYLOAD_BYTES",
                default.max_payload_bytes,
                1_024..=MAX_PACKET_BYTES,
            ),
            max_queue_bytes: count(
                "socket.max_queue_bytes",
                "PARLOUR_MAX_QUEUE_BYTES",
                default.max_queue_bytes,
                1_024..=GIB,
            ),
            max_connections: count(
                "socket.max_connections",
                "PARLOUR_MAX_CONNECTIONS",
                default.max_connections,
                1..=MILLION,
            ),
            max_waits: count(
                "socket.max_waits",
                "PARLOUR_MAX_WAITS",
                default.max_waits,
                1..=MILLION,
            ),
        }
    }
}

/// `[http]`: everything on the port that is not Socket.IO.
#[derive(Debug)]
pub(crate) struct HttpConfig {
    pub(crate) max_body_bytes: usize,
    pub(crate) request_timeout: Duration,
    pub(crate) max_requests: usize,
}

impl HttpConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let default = gateway::HttpConfig::default();
        Self {
            max_body_bytes: reader.count(
                key("http.max_body_bytes", "PARLOUR_HTTP_MAX_BODY_BYTES"),
                default.max_body_bytes,
                1_024..=MAX_PACKET_BYTES,
            ),
            request_timeout: reader.millis(
                key("http.request_timeout_ms", "PARLOUR_HTTP_REQUEST_TIMEOUT_MS"),
                default.request_timeout,
                10..=DAY_MS,
            ),
            max_requests: reader.count(
                key("http.max_requests", "PARLOUR_HTTP_MAX_REQUESTS"),
                default.max_in_flight,
                1..=MILLION,
            ),
        }
    }
}

/// `[limits]`: what `limits_enabled = false` lifts.
#[derive(Debug)]
pub(crate) struct LimitsConfig {
    pub(crate) messages_per_second: u32,
    pub(crate) messages_burst: u32,
    pub(crate) pair_starts_per_minute: u32,
    pub(crate) events_per_second: u32,
    pub(crate) events_burst: u32,
    pub(crate) typing_per_second: u32,
    pub(crate) logins_per_minute: u32,
    pub(crate) logins_per_address_per_minute: u32,
    pub(crate) registrations_per_hour: u32,
    pub(crate) rooms_per_hour: u32,
    pub(crate) requests_per_second: u32,
    pub(crate) requests_burst: u32,
    pub(crate) synced_per_second: u32,
    pub(crate) synced_burst: u32,
    pub(crate) sockets_per_account: usize,
    pub(crate) sockets_per_address: usize,
    pub(crate) connections_per_address: usize,
}

impl LimitsConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut rate = |path, variable, default| {
            let rate = reader.number(key(path, variable), default, 1..=MILLION);
            u32::try_from(rate).unwrap_or(u32::MAX)
        };
        Self {
            messages_per_second: rate(
                "limits.messages_per_second",
                "PARLOUR_MESSAGES_PER_SECOND",
                10,
            ),
            messages_burst: rate("limits.messages_burst", "PARLOUR_MESSAGES_BURST", 30),
            pair_starts_per_minute: rate(
                "limits.pair_starts_per_minute",
                "PARLOUR_PAIR_STARTS_PER_MINUTE",
                20,
            ),
            events_per_second: rate("limits.events_per_second", "PARLOUR_EVENTS_PER_SECOND", 50),
            events_burst: rate("limits.events_burst", "PARLOUR_EVENTS_BURST", 200),
            typing_per_second: rate("limits.typing_per_second", "PARLOUR_TYPING_PER_SECOND", 200),
            logins_per_minute: rate("limits.logins_per_minute", "PARLOUR_LOGINS_PER_MINUTE", 10),
            logins_per_address_per_minute: rate(
                "limits.logins_per_address_per_minute",
                "PARLOUR_LOGINS_PER_ADDRESS_PER_MINUTE",
                60,
            ),
            registrations_per_hour: rate(
                "limits.registrations_per_hour",
                "PARLOUR_REGISTRATIONS_PER_HOUR",
                30,
            ),
            rooms_per_hour: rate("limits.rooms_per_hour", "PARLOUR_ROOMS_PER_HOUR", 10),
            requests_per_second: rate(
                "limits.requests_per_second",
                "PARLOUR_REQUESTS_PER_SECOND",
                20,
            ),
            requests_burst: rate("limits.requests_burst", "PARLOUR_REQUESTS_BURST", 100),
            synced_per_second: rate("limits.synced_per_second", "PARLOUR_SYNCED_PER_SECOND", 500),
            synced_burst: rate("limits.synced_burst", "PARLOUR_SYNCED_BURST", 20_000),
            sockets_per_account: reader.count(
                key("limits.sockets_per_account", "PARLOUR_SOCKETS_PER_ACCOUNT"),
                20,
                1..=MILLION,
            ),
            sockets_per_address: reader.count(
                key("limits.sockets_per_address", "PARLOUR_SOCKETS_PER_ADDRESS"),
                200,
                1..=MILLION,
            ),
            connections_per_address: reader.count(
                key("limits.connections_per_address", "PARLOUR_CONNECTIONS_PER_ADDRESS"),
                CONNECTIONS_PER_ADDRESS,
                1..=MILLION,
            ),
        }
    }
}

/// `[pair]`: strangers.
#[derive(Debug)]
pub(crate) struct PairConfig {
    pub(crate) bar: Duration,
    pub(crate) typing_interval: Duration,
    pub(crate) waiting_lines: usize,
    pub(crate) client_ids: usize,
}

impl PairConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let default = PairingConfig::new(NodeId::new(""));
        Self {
            bar: reader.millis(key("pair.bar_ms", "PARLOUR_PAIR_BAR_MS"), default.bar, 0..=DAY_MS),
            typing_interval: reader.millis(
                key("pair.typing_interval_ms", "PARLOUR_PAIR_TYPING_INTERVAL_MS"),
                default.typing_interval,
                0..=DAY_MS,
            ),
            waiting_lines: reader.count(
                key("pair.waiting_lines", "PARLOUR_PAIR_WAITING_LINES"),
                default.max_waiting_lines,
                0..=1_000,
            ),
            client_ids: reader.count(
                key("pair.client_ids", "PARLOUR_PAIR_CLIENT_IDS"),
                default.max_client_ids,
                0..=MILLION,
            ),
        }
    }
}
