//! The heartbeat and the other deadlines of a session, which the sweep keeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::Session;
use crate::engine::{Engine, millis};
use crate::namespace::DisconnectReason;

/// A time that does not come.
pub(super) const NEVER: u64 = u64::MAX;

pub(super) struct Deadlines {
    /// When the sweep has to look at the session next.
    due_ms: AtomicU64,
    connect_due_ms: AtomicU64,
    ack_due_ms: AtomicU64,
    heartbeat: Mutex<Heartbeat>,
}

#[derive(Clone, Copy)]
struct Heartbeat {
    ping_due_ms: u64,
    pong_due_ms: u64,
}

impl Deadlines {
    /// Those of a session that opens now.
    pub(super) fn new(engine: &Engine) -> Self {
        let ping_due_ms = engine.deadline_ms(engine.config.ping_interval);
        let connect_due_ms = engine.deadline_ms(engine.config.connect_timeout);
        Self {
            due_ms: AtomicU64::new(ping_due_ms.min(connect_due_ms)),
            connect_due_ms: AtomicU64::new(connect_due_ms),
            ack_due_ms: AtomicU64::new(NEVER),
            heartbeat: Mutex::new(Heartbeat { ping_due_ms, pong_due_ms: NEVER }),
        }
    }
}

impl Session {
    pub(crate) fn is_due(&self, now_ms: u64) -> bool {
        self.deadlines.due_ms.load(Ordering::Relaxed) <= now_ms
    }

    /// The sweep has to look at the session at this time, or earlier.
    pub(super) fn wake_at(&self, at_ms: u64) {
        self.deadlines.due_ms.fetch_min(at_ms, Ordering::AcqRel);
    }

    /// By when the client has to be in a namespace; `None` once it is.
    pub(crate) fn set_connect_due(&self, at_ms: Option<u64>) {
        self.deadlines.connect_due_ms.store(at_ms.unwrap_or(NEVER), Ordering::Release);
        if let Some(at_ms) = at_ms {
            self.wake_at(at_ms);
        }
    }

    /// An acknowledgement has to come by this time, or the task ends it.
    pub(crate) fn wake_for_acks(&self, at_ms: u64) {
        self.deadlines.ack_due_ms.fetch_min(at_ms, Ordering::AcqRel);
        self.wake_at(at_ms);
    }

    /// Whether the sweep found an acknowledgement's time to be up.
    pub(crate) fn take_acks_due(&self) -> bool {
        self.acks_due.swap(false, Ordering::AcqRel)
    }

    /// The client is alive (Engine.IO protocol v4, "Heartbeat").
    pub(crate) fn pong(&self) {
        let ping_due_ms = self.engine.deadline_ms(self.engine.config.ping_interval);
        *self.deadlines.heartbeat.lock() = Heartbeat { ping_due_ms, pong_due_ms: NEVER };
        self.wake_at(ping_due_ms);
    }

    /// Does what is due at a moment when a client would notice that the sweep comes later.
    pub(super) fn check_deadlines(self: &Arc<Self>) {
        let now_ms = self.engine.now_ms();
        if self.is_due(now_ms) {
            self.on_due(now_ms, self.engine.is_stalled(now_ms));
        }
    }

    /// Does what is due. `stalled`: the process itself stood still, so silence is not held against
    /// the client.
    pub(crate) fn on_due(self: &Arc<Self>, now_ms: u64, stalled: bool) {
        // First, so that whoever sets a deadline meanwhile lowers it again.
        self.deadlines.due_ms.store(NEVER, Ordering::Release);
        if self.reason().is_some() {
            return self.end_linger(now_ms);
        }
        let mut connect_due_ms = self.deadlines.connect_due_ms.load(Ordering::Acquire);
        if connect_due_ms <= now_ms {
            if !stalled {
                return self.close(DisconnectReason::ConnectTimeout);
            }
            // The next look is a sweep that has not stood still.
            connect_due_ms = now_ms + 1;
        }
        let mut blocked_until_ms = self.blocked_until_ms();
        if blocked_until_ms <= now_ms {
            if !stalled {
                return self.close(DisconnectReason::WriteTimeout);
            }
            blocked_until_ms = now_ms + 1;
        }
        let Some(heartbeat_due_ms) = self.beat(now_ms, stalled) else {
            return self.close(DisconnectReason::PingTimeout);
        };
        let ack_due_ms = self.deadlines.ack_due_ms.load(Ordering::Acquire);
        if ack_due_ms <= now_ms {
            // The task ends the acknowledgements, and lowers this again for those that are left.
            self.deadlines.ack_due_ms.fetch_max(NEVER, Ordering::AcqRel);
            self.acks_due.store(true, Ordering::Release);
            self.wake_task();
        } else {
            self.wake_at(ack_due_ms);
        }
        self.wake_at(heartbeat_due_ms.min(connect_due_ms).min(blocked_until_ms));
    }

    /// One look at the heartbeat: when to look again, `None` if the client is gone.
    fn beat(self: &Arc<Self>, now_ms: u64, stalled: bool) -> Option<u64> {
        let timeout_ms = millis(self.engine.config.ping_timeout);
        let mut heartbeat = self.deadlines.heartbeat.lock();
        if heartbeat.pong_due_ms <= now_ms {
            if !stalled && !self.excuses_silence() {
                return None;
            }
            heartbeat.pong_due_ms = now_ms + timeout_ms;
        } else if heartbeat.ping_due_ms <= now_ms {
            // Rounded down: a dead client is not kept for longer than was promised.
            let rounded_ms = timeout_ms.saturating_sub(millis(self.engine.tick())).max(1);
            let pong_due_ms = now_ms + rounded_ms;
            *heartbeat = Heartbeat { ping_due_ms: NEVER, pong_due_ms };
            drop(heartbeat);
            self.push(&self.engine.ping);
            return Some(pong_due_ms);
        }
        Some(heartbeat.ping_due_ms.min(heartbeat.pong_due_ms))
    }
}
