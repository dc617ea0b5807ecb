//! What can be set, and what each setting costs.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;

use crate::namespace::Handshake;

/// The engine's settings. [`Config::default`] has Socket.IO's own heartbeat and this crate's bounds.
///
/// Durations count in whole milliseconds. A sweep keeps the deadlines: one is late by at most a
/// twentieth of the shortest of them, and never by more than a quarter of a second on a machine that
/// has time.
#[derive(Clone, Debug)]
pub struct Config {
    /// The path of the Engine.IO endpoint, with its slashes. Default `/socket.io/`.
    pub path: String,
    /// Time between a pong (or the opening) and the next ping. Default 25 s.
    pub ping_interval: Duration,
    /// How long a pong may take before the session is closed. Default 20 s.
    pub ping_timeout: Duration,
    /// A session that is in no namespace for this long is closed. Default 20 s.
    pub connect_timeout: Duration,
    /// How long a WebSocket may take from its first byte to the end of the upgrade. Default 10 s.
    pub upgrade_timeout: Duration,
    /// How long the head of an HTTP request may take, and how long a connection may stay idle
    /// between two requests. Default 30 s.
    pub header_timeout: Duration,
    /// How long the body of a POST may take. Default 15 s.
    pub body_timeout: Duration,
    /// A peer that takes nothing of what is written to it for this long is disconnected. Default
    /// 15 s.
    pub write_timeout: Duration,
    /// The largest Socket.IO packet, and the largest body of a POST (both without the one byte of
    /// the Engine.IO type). A larger one closes the session. Default 100 KiB.
    pub max_payload_bytes: usize,
    /// What may wait for one slow reader; beyond it the reader is disconnected. A packet counts with
    /// its length and 40 bytes for its allocation, and the queue with 16 bytes a place, of which up to
    /// four times as many as packets may be held: so the bound is that of the memory, also where
    /// packets are short and nobody shares them. One that is shared by many sockets counts in each
    /// queue but is held once. Default 4 MiB.
    pub max_queue_bytes: usize,
    /// TCP connections, and sessions, at a time; further ones are turned away. A session that has
    /// ended counts until its waits have ended too ([`Config::max_waits`]). Default 18,000.
    pub max_connections: usize,
    /// The same for a single address. Default: no such limit.
    pub per_address: Option<AddressLimit>,
    /// Waits of one session (of all its namespaces together) at a time; at this number it is not
    /// read until one has ended. A session keeps its places in the limits, its client's too, until
    /// all of them have ended, so that whoever comes back has no more of them: there are never more
    /// than this times [`Config::max_connections`]. Default 64.
    pub max_waits: usize,
    /// Binary attachments of one event. Together they may be as large as one packet. Default 10.
    pub max_attachments: usize,
    /// The start of every session id (`<node tag>.<random>`), so that a load balancer can route
    /// long-polling by the `sid` alone. Letters, digits, `-` and `_`. Default `0`.
    pub node_tag: String,
    /// Which origins a browser may call from. Default: any.
    pub cors: Cors,
    /// Added to every HTTP answer of the engine.
    pub response_headers: HeaderMap,
}

impl Config {
    /// The largest Engine.IO packet: a Socket.IO packet behind its type.
    pub(crate) fn max_packet_bytes(&self) -> usize {
        self.max_payload_bytes.saturating_add(1)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: "/socket.io/".to_owned(),
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(20),
            upgrade_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(15),
            write_timeout: Duration::from_secs(15),
            max_payload_bytes: 100 * 1024,
            max_queue_bytes: 4 * 1024 * 1024,
            max_connections: 18_000,
            per_address: None,
            max_waits: 64,
            max_attachments: 10,
            node_tag: "0".to_owned(),
            cors: Cors::Any,
            response_headers: HeaderMap::new(),
        }
    }
}

/// The origins that a browser may call from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cors {
    /// Every origin is allowed, and echoed (so that credentials mode works).
    Any,
    /// Only these, compared as text (`https://app.example`), and the server's own.
    Origins(Vec<String>),
}

impl Cors {
    /// Whether a page of `origin` may call a server that was asked for as `host`.
    pub fn allows(&self, origin: &str, host: Option<&str>) -> bool {
        match self {
            Self::Any => true,
            Self::Origins(list) => {
                let own = origin.split_once("://").map(|(_, rest)| rest);
                list.iter().any(|allowed| allowed == origin) || (own.is_some() && own == host)
            }
        }
    }
}

/// How much one address may hold open. An IPv6 /64 counts as one address.
#[derive(Clone)]
pub struct AddressLimit {
    /// TCP connections of one peer.
    pub max_connections: usize,
    /// Sessions of one client. A session on long-polling holds no connection between two requests,
    /// so that the limit on connections says nothing of it.
    pub max_sessions: usize,
    /// Peers whose connections are not counted, such as a trusted reverse proxy: its connections
    /// are its clients'.
    pub exempt: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
    /// The client behind a handshake: its peer, or whom a trusted reverse proxy names.
    pub client: Arc<dyn Fn(&Handshake) -> IpAddr + Send + Sync>,
}

impl fmt::Debug for AddressLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AddressLimit")
            .field("max_connections", &self.max_connections)
            .field("max_sessions", &self.max_sessions)
            .finish_non_exhaustive()
    }
}
