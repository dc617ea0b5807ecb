//! One who writes.

use std::time::Duration;

use crate::ids::SocketId;
use crate::time::Monotonic;

/// An account in a conversation.
#[derive(Debug, Default)]
pub(super) struct Writer {
    /// The sockets that it writes by, and until when that holds. Seldom more than one.
    sockets: Vec<(SocketId, Monotonic)>,
    /// When the other one heard it last.
    said_at: Option<Monotonic>,
    /// Whether nothing has ended that since.
    is_shown: bool,
    /// Whether a socket has said so since the other one heard it.
    is_fresh: bool,
    /// The entry among the machine's deadlines.
    pub(super) scheduled: Option<Monotonic>,
}

impl Writer {
    /// A socket says that it writes.
    pub(super) fn say(&mut self, socket: &SocketId, until: Monotonic) {
        self.stop(socket);
        self.sockets.push((socket.clone(), until));
        self.is_fresh = true;
    }

    pub(super) fn stop(&mut self, socket: &SocketId) {
        self.sockets.retain(|(writes, _)| writes != socket);
    }

    pub(super) fn stop_all(&mut self) -> Vec<SocketId> {
        self.sockets.drain(..).map(|(socket, _)| socket).collect()
    }

    /// Ends those that have not repeated it in time.
    pub(super) fn fall_silent(&mut self, now: Monotonic) -> Vec<SocketId> {
        self.sockets.extract_if(.., |(_, until)| *until <= now).map(|(socket, _)| socket).collect()
    }

    /// What the other one is to hear now: that it writes, or does no more.
    pub(super) fn speak(&mut self, now: Monotonic, interval: Duration) -> Option<bool> {
        if self.sockets.is_empty() {
            self.is_fresh = false;
            return std::mem::take(&mut self.is_shown).then_some(false);
        }
        // What is repeated too soon needs no saying; what has ended meanwhile, later.
        let is_soon = self.said_at.is_some_and(|at| now < at.after(interval));
        let is_due = if self.is_shown { std::mem::take(&mut self.is_fresh) } else { true };
        if is_soon || !is_due {
            return None;
        }
        (self.is_fresh, self.is_shown, self.said_at) = (false, true, Some(now));
        Some(true)
    }

    /// When something becomes of it; `None` if it can be forgotten.
    pub(super) fn next_deadline(&self, now: Monotonic, interval: Duration) -> Option<Monotonic> {
        let silent = self.sockets.iter().map(|(_, until)| *until).min();
        let free = self.said_at.map(|at| at.after(interval)).filter(|free| now < *free);
        match silent {
            Some(silent) if self.is_shown => Some(silent),
            Some(silent) => Some(free.map_or(silent, |free| free.min(silent))),
            None => free,
        }
    }
}
