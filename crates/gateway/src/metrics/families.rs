//! Which families there are.

use std::fmt;

use prometheus_client::encoding::{MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use socketio::{DisconnectReason, Stats};

use super::conversations;
use crate::auth::AuthStats;
use crate::socket::Shared;

/// How a family's numbers move.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Up and down.
    Gauge,
    /// Up only, from the start of the process; `_total` is added to its name.
    Counter,
}

impl From<Kind> for MetricType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Gauge => Self::Gauge,
            Kind::Counter => Self::Counter,
        }
    }
}

impl Kind {
    pub(super) fn encode(self, encoder: &mut MetricEncoder<'_>, value: u64) -> fmt::Result {
        match self {
            Self::Gauge => encoder.encode_gauge(&value),
            Self::Counter => encoder.encode_counter::<NoLabelSet, _, u64>(&value, None),
        }
    }
}

/// Metrics of one name.
#[derive(Debug)]
pub(super) struct Family {
    /// Without the prefix `parlour_`.
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) kind: Kind,
    pub(super) samples: Vec<Sample>,
}

/// One number of a family.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) labels: Vec<(&'static str, &'static str)>,
    pub(super) value: u64,
}

pub(super) fn family(
    name: &'static str,
    help: &'static str,
    kind: Kind,
    samples: Vec<Sample>,
) -> Family {
    Family { name, help, kind, samples }
}

pub(super) fn one(value: u64) -> Vec<Sample> {
    vec![Sample { labels: Vec::new(), value }]
}

pub(super) fn by(
    label: &'static str,
    values: impl IntoIterator<Item = (&'static str, u64)>,
) -> Vec<Sample> {
    values.into_iter().map(|(name, value)| Sample { labels: vec![(label, name)], value }).collect()
}

/// A count of things in memory, which fits.
pub(super) fn size(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Every family, with its numbers at this moment.
pub(super) fn families(version: &'static str, shared: &Shared, stats: &Stats) -> Vec<Family> {
    let build = vec![Sample { labels: vec![("version", version)], value: 1 }];
    let mut all = vec![family("build", "The running version.", Kind::Gauge, build)];
    all.extend(engine(stats));
    all.extend(pair(shared));
    all.extend(edge(shared));
    all.extend(shared.chat.iter().flat_map(|chat| conversations::families(chat)));
    all.extend(shared.chat.iter().flat_map(|chat| conversations::people(chat)));
    all.extend(shared.inbox.iter().flat_map(conversations::lists));
    all.extend(shared.auth.iter().flat_map(|auth| self::auth(auth.stats())));
    all
}

/// What the real-time engine counts.
fn engine(stats: &Stats) -> Vec<Family> {
    use Kind::{Counter, Gauge};
    let sessions = [("polling", stats.sessions_polling), ("websocket", stats.sessions_websocket)];
    let closed = DisconnectReason::ALL.iter().map(|reason| reason.as_str()).zip(stats.closed);
    vec![
        family("connections", "Open TCP connections.", Gauge, one(stats.connections)),
        family("sessions", "Open sessions.", Gauge, by("transport", sessions)),
        family("sockets", "Sockets that are let in.", Gauge, one(stats.sockets)),
        family("waits", "Waits of handlers, for commits and the like.", Gauge, one(stats.waits)),
        family("connections_accepted", "TCP connections.", Counter, one(stats.accepted)),
        family("connections_rejected", "Turned away by a limit.", Counter, one(stats.rejected)),
        family("sessions_opened", "Sessions opened.", Counter, one(stats.opened)),
        family("sessions_closed", "Sessions closed.", Counter, by("reason", closed)),
        family("packets_received", "Frames and packets in.", Counter, one(stats.packets_in)),
        family("packets_sent", "Frames and packets out.", Counter, one(stats.packets_out)),
        family("received_bytes", "Bytes of packets in.", Counter, one(stats.bytes_in)),
        family("sent_bytes", "Bytes of packets out.", Counter, one(stats.bytes_out)),
    ]
}

/// What pairing holds.
fn pair(shared: &Shared) -> Vec<Family> {
    let stats = shared.pair.stats();
    let rooms = [("waiting", size(stats.waiting)), ("active", size(stats.active))];
    [
        ("pair_rooms", "Pair rooms.", by("status", rooms)),
        ("pair_seats", "Seats taken in pair rooms.", one(size(stats.seats))),
        ("pair_sockets", "Sockets that have ever started.", one(size(stats.sockets))),
        ("pair_bars", "Pairs of people who may not meet.", one(size(stats.bars))),
    ]
    .into_iter()
    .map(|(name, help, samples)| family(name, help, Kind::Gauge, samples))
    .collect()
}

/// What the edge counts by itself.
fn edge(shared: &Shared) -> Vec<Family> {
    let (addresses, sockets) = shared.permits.totals();
    let events = shared
        .tally
        .events()
        .into_iter()
        .map(|line| Sample {
            labels: vec![("event", line.event), ("outcome", line.outcome)],
            value: line.times,
        })
        .collect();
    let refused = by("code", shared.tally.refused_connects());
    let limited = one(shared.tally.rate_limited());
    let (of_accounts, accounts) = shared.live.totals();
    let strangers = sockets.saturating_sub(of_accounts);
    let users = [("account", size(of_accounts)), ("stranger", size(strangers))];
    vec![
        family("user_sockets", "Sockets, by whose they are.", Kind::Gauge, by("kind", users)),
        family(
            "accounts_connected",
            "Accounts that hold a socket.",
            Kind::Gauge,
            one(size(accounts)),
        ),
        family("addresses", "Addresses that hold a socket.", Kind::Gauge, one(size(addresses))),
        family("address_permits", "Sockets held by them.", Kind::Gauge, one(size(sockets))),
        family("events", "Client events, by their answer.", Kind::Counter, events),
        family("connects_refused", "Sockets not let in.", Kind::Counter, refused),
        family("rate_limited", "Events over their rate.", Kind::Counter, limited),
    ]
}

/// What authentication counts.
fn auth(stats: AuthStats) -> Vec<Family> {
    use Kind::{Counter, Gauge};
    let AuthStats { cache, passwords, jwks } = stats;
    let looked_up = by("outcome", [("hit", cache.hits), ("miss", cache.misses)]);
    let hashed = by("outcome", [("done", passwords.done), ("refused", passwords.refused)]);
    let busy_ms = u64::try_from(passwords.busy.as_millis()).unwrap_or(u64::MAX);
    let fetches = by("outcome", [("done", jwks.fetched), ("failed", jwks.failed)]);
    vec![
        family("sessions_remembered", "Verified tokens.", Gauge, one(size(cache.sessions))),
        family("tokens_looked_up", "Tokens, by whether remembered.", Counter, looked_up),
        family("passwords_waiting", "Passwords in the queue.", Gauge, one(size(passwords.waiting))),
        family("passwords", "Passwords hashed or turned away.", Counter, hashed),
        family("passwords_busy_ms", "Time spent hashing.", Counter, one(busy_ms)),
        family("jwks_fetches", "Fetches of published keys.", Counter, fetches),
    ]
}
