//! What all sessions share: settings, counters, the registry, the flusher and the sweep.

use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use crate::config::Config;
use crate::flusher::Flusher;
use crate::frame::Frame;
use crate::message::Endpoint;
use crate::namespace::Namespace;
use crate::rooms::Rooms;
use crate::session::Session;
use crate::sid::Sid;
use crate::stats::Counters;
use crate::stream::Addresses;

/// Shards of the registry: a lock each, so that opening and closing sessions do not meet.
const REGISTRY_SHARDS: usize = 32;

/// A gap between two sweeps that is longer than this means that the process itself stood still.
const STALL_MS: u64 = 2_000;

/// Connections without a place that are told so in peace, at a time: a file and some 1 KB each.
const TURNED_AWAY: usize = 256;

/// A part of the registry.
type Shard = Mutex<HashSet<Registered>>;

/// A session, found by its id, which it holds itself: a place of the table is 9 bytes.
struct Registered(Arc<Session>);

impl Borrow<Sid> for Registered {
    fn borrow(&self) -> &Sid {
        &self.0.sid
    }
}

impl Hash for Registered {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.sid.hash(state);
    }
}

impl PartialEq for Registered {
    fn eq(&self, other: &Self) -> bool {
        self.0.sid == other.0.sid
    }
}

impl Eq for Registered {}

pub(crate) struct Engine {
    pub(crate) config: Config,
    pub(crate) counters: Counters,
    pub(crate) namespaces: HashMap<Arc<str>, Arc<dyn Namespace>>,
    /// By path; `None` is Socket.IO.
    endpoints: Vec<(String, Option<Arc<dyn Endpoint>>)>,
    pub(crate) connections_by_address: Addresses,
    pub(crate) sessions_by_address: Addresses,
    pub(crate) ping: Frame,
    pub(crate) rooms: Rooms,
    registry: Box<[Shard]>,
    flushers: Box<[Flusher]>,
    /// Connections that are turned away and heard out.
    pub(crate) turned_away: Arc<Semaphore>,
    start: Instant,
    /// When the sweep last looked.
    swept_ms: AtomicU64,
    stopping: watch::Sender<bool>,
    /// Nothing more is read, and nobody more is let in.
    draining: AtomicBool,
    /// Notified when a session or a connection has gone.
    pub(crate) gone: Notify,
}

impl Engine {
    pub(crate) fn new(
        config: Config,
        namespaces: HashMap<Arc<str>, Arc<dyn Namespace>>,
        endpoints: Vec<(String, Arc<dyn Endpoint>)>,
    ) -> Self {
        let raw = endpoints.into_iter().map(|(path, endpoint)| (path, Some(endpoint)));
        let endpoints = std::iter::once((config.path.clone(), None)).chain(raw).collect();
        let flushers = std::thread::available_parallelism().map_or(1, |n| n.get().min(8));
        Self {
            config,
            counters: Counters::default(),
            namespaces,
            endpoints,
            connections_by_address: Addresses::default(),
            sessions_by_address: Addresses::default(),
            ping: Frame::copied(b"2"),
            rooms: Rooms::default(),
            registry: (0..REGISTRY_SHARDS).map(|_| Mutex::default()).collect(),
            flushers: (0..flushers).map(|_| Flusher::default()).collect(),
            turned_away: Arc::new(Semaphore::new(TURNED_AWAY)),
            start: Instant::now(),
            swept_ms: AtomicU64::new(0),
            stopping: watch::Sender::new(false),
            draining: AtomicBool::new(false),
            gone: Notify::new(),
        }
    }

    /// Starts the flushers and the sweep.
    pub(crate) fn spawn_background(self: &Arc<Self>) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        for shard in 0..self.flushers.len() {
            let engine = self.clone();
            tasks.spawn(async move { engine.flushers[shard].run(&engine.counters).await });
        }
        tasks.spawn(self.clone().run_sweep());
        tasks
    }

    pub(crate) fn now_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn deadline_ms(&self, timeout: Duration) -> u64 {
        self.now_ms().saturating_add(millis(timeout))
    }

    /// How often deadlines are looked at: at most a twentieth of the shortest, so that a short
    /// configuration is kept exactly and the usual one costs nothing.
    pub(crate) fn tick(&self) -> Duration {
        let config = &self.config;
        let shortest = config
            .ping_interval
            .min(config.ping_timeout)
            .min(config.connect_timeout)
            .min(config.write_timeout);
        (shortest / 20).clamp(Duration::from_millis(5), Duration::from_millis(250))
    }

    /// Whether the process itself has just stood still: what clients sent meanwhile is unread, so
    /// that no silence is held against them before the next sweep.
    pub(crate) fn is_stalled(&self, now_ms: u64) -> bool {
        let gap_ms = now_ms.saturating_sub(self.swept_ms.load(Ordering::Relaxed));
        gap_ms > STALL_MS + millis(self.tick())
    }

    /// What serves a path: `Some(None)` is Socket.IO, `None` is not the engine's path at all.
    pub(crate) fn endpoint_at(&self, path: &str) -> Option<&Option<Arc<dyn Endpoint>>> {
        let path = path.trim_end_matches('/');
        self.endpoints
            .iter()
            .find(|(own, _)| own.trim_end_matches('/') == path)
            .map(|(_, endpoint)| endpoint)
    }

    pub(crate) fn find(&self, wire_sid: &str) -> Option<Arc<Session>> {
        let sid = Sid::from_wire(wire_sid, &self.config.node_tag)?;
        let session = self.shard(sid).lock().get(&sid).map(|found| found.0.clone());
        session.filter(|session| !session.is_gone())
    }

    pub(crate) fn register(&self, session: Arc<Session>) {
        self.counters.registered.add(1);
        self.shard(session.sid).lock().insert(Registered(session));
    }

    pub(crate) fn unregister(&self, sid: Sid) {
        let removed = self.shard(sid).lock().take(&sid);
        if removed.is_some() {
            self.counters.registered.sub(1);
        }
        self.gone.notify_waiters();
    }

    fn shard(&self, sid: Sid) -> &Shard {
        &self.registry[sid.shard(REGISTRY_SHARDS)]
    }

    pub(crate) fn sessions(&self) -> Vec<Arc<Session>> {
        self.registry
            .iter()
            .flat_map(|shard| shard.lock().iter().map(|found| found.0.clone()).collect::<Vec<_>>())
            .collect()
    }

    pub(crate) fn session_count(&self) -> usize {
        self.registry.iter().map(|shard| shard.lock().len()).sum()
    }

    pub(crate) fn stop(&self) {
        self.drain();
        self.stopping.send_replace(true);
    }

    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Whether nothing more is read and nobody more is let in: from the first word of the end on.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    pub(crate) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Resolves when the server stops.
    pub(crate) async fn stopped(&self) {
        let mut stopping = self.stopping.subscribe();
        // The sender lives in `self`.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }

    /// The session has something to write: the flusher takes it up.
    pub(crate) fn mark_dirty(&self, session: Arc<Session>) {
        let flusher = &self.flushers[session.sid.shard(self.flushers.len())];
        flusher.take_up(std::iter::once(session));
    }

    /// As [`Engine::mark_dirty`], for many at once; empties the list.
    pub(crate) fn mark_all_dirty(&self, sessions: &mut Vec<Arc<Session>>) {
        let shards = self.flushers.len();
        for (i, flusher) in self.flushers.iter().enumerate() {
            flusher.take_up(sessions.extract_if(.., |session| session.sid.shard(shards) == i));
        }
    }

    /// Resolves when all that have something to write by now were written to, or when the server
    /// stops.
    pub(crate) async fn flushed(&self) {
        let written = async {
            for flusher in &self.flushers {
                flusher.flushed().await;
            }
        };
        tokio::select! {
            () = written => {}
            () = self.stopped() => {}
        }
    }

    async fn run_sweep(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(self.tick());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut due = Vec::new();
        self.swept_ms.store(self.now_ms(), Ordering::Relaxed);
        loop {
            ticks.tick().await;
            let now = self.now_ms();
            let stalled = self.is_stalled(now);
            self.swept_ms.store(now, Ordering::Relaxed);
            for shard in &self.registry {
                let shard = shard.lock();
                let found = shard.iter().filter(|found| found.0.is_due(now));
                due.extend(found.map(|found| found.0.clone()));
            }
            for session in due.drain(..) {
                session.on_due(now, stalled);
            }
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("sessions", &self.session_count()).finish_non_exhaustive()
    }
}

/// A duration in whole milliseconds, rounded down.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
