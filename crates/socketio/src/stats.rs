//! What the engine counts.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::namespace::DisconnectReason;

/// Numbers at one moment; see [`Io::stats`](crate::Io::stats).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Open TCP connections.
    pub connections: u64,
    /// Open sessions on long-polling, those in the middle of an upgrade included.
    pub sessions_polling: u64,
    /// Open sessions on a WebSocket.
    pub sessions_websocket: u64,
    /// Sockets that are connected to a namespace.
    pub sockets: u64,
    /// What handlers wait for ([`Flow::Wait`](crate::Flow::Wait) and
    /// [`Flow::Hold`](crate::Flow::Hold)), in sessions that have ended meanwhile too.
    pub waits: u64,
    /// Rooms with at least one socket in them.
    pub rooms: u64,
    /// Connections accepted since the start.
    pub accepted: u64,
    /// Connections and sessions turned away by a limit since the start.
    pub rejected: u64,
    /// Sessions opened since the start.
    pub opened: u64,
    /// Sessions closed since the start, in the order of [`DisconnectReason::ALL`].
    pub closed: [u64; DisconnectReason::ALL.len()],
    /// WebSocket frames (fragments and control frames too) and packets of long-polling that were
    /// received since the start, malformed ones included.
    pub packets_in: u64,
    /// The same that were handed to a transport since the start.
    pub packets_out: u64,
    /// Bytes of what [`Stats::packets_in`] counts, without heads and separators.
    pub bytes_in: u64,
    /// Bytes handed to transports since the start.
    pub bytes_out: u64,
}

/// The live counters behind [`Stats`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) connections: Counter,
    pub(crate) sessions_polling: Counter,
    pub(crate) sessions_websocket: Counter,
    pub(crate) sockets: Counter,
    pub(crate) waits: Counter,
    /// Sessions that hold a place: those that are open, and those that are closed while a last poll,
    /// the end of a WebSocket, or a wait is still to come.
    pub(crate) registered: Counter,
    pub(crate) accepted: Counter,
    pub(crate) rejected: Counter,
    pub(crate) opened: Counter,
    pub(crate) closed: [Counter; DisconnectReason::ALL.len()],
    pub(crate) packets_in: Counter,
    pub(crate) packets_out: Counter,
    pub(crate) bytes_in: Counter,
    pub(crate) bytes_out: Counter,
}

impl Counters {
    pub(crate) fn sent(&self, sent: &Sent) {
        self.packets_out.add(sent.packets);
        self.bytes_out.add(sent.bytes);
    }

    pub(crate) fn snapshot(&self) -> Stats {
        Stats {
            connections: self.connections.get(),
            sessions_polling: self.sessions_polling.get(),
            sessions_websocket: self.sessions_websocket.get(),
            sockets: self.sockets.get(),
            waits: self.waits.get(),
            rooms: 0,
            accepted: self.accepted.get(),
            rejected: self.rejected.get(),
            opened: self.opened.get(),
            closed: std::array::from_fn(|i| self.closed[i].get()),
            packets_in: self.packets_in.get(),
            packets_out: self.packets_out.get(),
            bytes_in: self.bytes_in.get(),
            bytes_out: self.bytes_out.get(),
        }
    }
}

/// What was handed to transports, and is not counted yet.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
}

/// A number that is only ever read for display.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    pub(crate) fn sub(&self, n: u64) {
        self.0.fetch_sub(n, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
