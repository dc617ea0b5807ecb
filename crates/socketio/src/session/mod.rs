//! A session: one client's Engine.IO connection, whatever it is carried by at the moment.
//!
//! A session is shared: by its own task ([`crate::driver`]), which reads and handles; by whoever
//! queues packets for it; by the flusher, which writes them; by the HTTP requests of long-polling;
//! and by the sweep, which keeps its deadlines.

mod deadlines;
mod frames;
mod polling;
mod queue;

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::task::Waker;
use std::time::Duration;

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::oneshot;

use self::deadlines::Deadlines;
use self::queue::{Channel, Last, Out};
use crate::engine::Engine;
use crate::namespace::{DisconnectReason, Handshake};
use crate::sid::Sid;
use crate::stream::{AddressPlace, LINGER, Outlet, Stream};

pub(crate) use self::polling::PollStart;

/// Sessions that are looked at in advance: as many lines as a core asks its memory for at once, about.
pub(crate) const AHEAD: usize = 16;

/// What [`LINGER`] is when the server stops, for a client that says nothing: only a poll, or the end
/// of a WebSocket, that is on its way can still come, since nobody is let in any more.
pub(crate) const LINGER_AT_SHUTDOWN: Duration = Duration::from_secs(1);

/// What each delivery looks at comes first: with the counts of the `Arc` it is two lines of the
/// processor's cache, where an allocator begins 256 bytes with a line, as jemalloc does. Whoever writes to
/// thousands finds nothing of them there: each line more is a wait for the memory.
#[repr(C)]
pub(crate) struct Session {
    pub(crate) engine: Arc<Engine>,
    /// A [`DisconnectReason`] once it is closed, else 0.
    reason: AtomicU8,
    /// A [`Reading`].
    reading: AtomicU8,
    /// A POST is under way.
    posting: AtomicBool,
    /// The sweep found an acknowledgement's time to be up.
    acks_due: AtomicBool,
    out: Mutex<Out>,
    pub(crate) sid: Sid,
    deadlines: Deadlines,
    task: AtomicWaker,
    /// In a box, as that of a WebSocket stays empty.
    inbox: Mutex<Option<Box<Inbox>>>,
    pub(crate) handshake: Arc<Handshake>,
    /// In a box, as it is long-polling's.
    _place: Option<Box<AddressPlace>>,
}

/// What the task does about what the client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Reading {
    /// All that had come was read: the client is silent.
    Idle,
    /// There is more to read, or a handler has to be waited for first: a pong may be unread.
    Busy,
    /// Nothing is read before the queue has become shorter.
    QueueFull,
}

/// What came by another way than the session's own stream.
#[derive(Debug)]
pub(crate) enum Inbox {
    /// The body of a POST. `done` hears whether that is to be confirmed: all of it was taken, or the
    /// client moves to a WebSocket as soon as it has this answer, and nothing is read for now, or ever.
    Post { body: Bytes, done: oneshot::Sender<bool> },
    /// The WebSocket that the client has upgraded to, and what it sent behind its `5`.
    Upgraded { stream: Arc<Stream>, rest: Vec<u8> },
}

impl Session {
    /// Opens a session whose first packet is the Engine.IO handshake.
    pub(crate) fn open(
        engine: Arc<Engine>,
        handshake: Handshake,
        stream: Option<Arc<Stream>>,
        place: Option<AddressPlace>,
    ) -> Arc<Self> {
        let sid = Sid::random();
        engine.counters.opened.add(1);
        let channel = match stream {
            None => {
                engine.counters.sessions_polling.add(1);
                Channel::Polling(None)
            }
            Some(stream) => {
                engine.counters.sessions_websocket.add(1);
                Channel::WebSocket(Outlet::new(stream))
            }
        };
        let session = Arc::new(Self {
            out: Mutex::new(Out::new(channel)),
            inbox: Mutex::new(None),
            task: AtomicWaker::new(),
            reason: AtomicU8::new(0),
            reading: AtomicU8::new(Reading::Busy as u8),
            posting: AtomicBool::new(false),
            acks_due: AtomicBool::new(false),
            deadlines: Deadlines::new(&engine),
            sid,
            handshake: Arc::new(handshake),
            _place: place.map(Box::new),
            engine,
        });
        session.engine.register(session.clone());
        if session.engine.is_stopping() {
            // Whoever stops the server may have looked for sessions before this one was there.
            session.close(DisconnectReason::ServerShutdown);
        }
        session
    }

    /// Looks at both lines that a delivery needs of it, and does nothing: for [`AHEAD`] in a row, who are
    /// not in the processor's cache, the memory is waited for at once. Behind a lock each would be waited
    /// for alone.
    pub(crate) fn touch(&self) {
        black_box((self.reason.load(Ordering::Relaxed), self.sid.shard(usize::MAX)));
    }

    pub(crate) fn reason(&self) -> Option<DisconnectReason> {
        DisconnectReason::from_number(self.reason.load(Ordering::Acquire))
    }

    /// Closes the session. Only the first reason counts. What is queued still goes out where the
    /// reason leaves a client to read it.
    pub(crate) fn close(self: &Arc<Self>, reason: DisconnectReason) {
        self.close_with(reason, reason.close_code());
    }

    /// As [`Session::close`], with a WebSocket close code of its own.
    pub(crate) fn close_with(self: &Arc<Self>, reason: DisconnectReason, code: Option<u16>) {
        {
            // Under the lock, so that whoever sees the reason finds the channel closed too.
            let mut out = self.out.lock();
            if self.reason().is_some() {
                return;
            }
            self.reason.store(reason as u8, Ordering::Release);
            self.engine.counters.closed[reason as usize - 1].add(1);
            out.ended = true;
            self.close_channel(&mut out, reason, code);
        }
        self.wake_task();
    }

    /// Tells the client, or leaves it to be told.
    fn close_channel(&self, out: &mut Out, reason: DisconnectReason, code: Option<u16>) {
        let poll = match &mut out.channel {
            Channel::Polling(poll) => poll.take(),
            Channel::Probing(_) => None,
            Channel::WebSocket(_) => {
                self.engine.counters.sessions_websocket.sub(1);
                return out.end_with(reason, code);
            }
            Channel::Closing { .. } | Channel::Gone => return,
        };
        self.engine.counters.sessions_polling.sub(1);
        let last = Last::of(reason);
        let mut told = false;
        if let Some(poll) = poll {
            let (body, is_last) = self.last_body(out, last);
            // An aborted poll takes nothing, and nobody is left to be told.
            told = poll.send(body).is_err() || is_last;
        }
        if told || !reason.is_graceful() {
            out.channel = Channel::Gone;
            return;
        }
        let linger =
            if reason == DisconnectReason::ServerShutdown { LINGER_AT_SHUTDOWN } else { LINGER };
        let until_ms = self.engine.deadline_ms(linger);
        out.channel = Channel::Closing { last, until_ms };
        self.wake_at(until_ms);
    }

    /// A closed session has waited for its last poll: is that long enough?
    fn end_linger(&self, now_ms: u64) {
        let out = self.out.lock();
        let Channel::Closing { until_ms, .. } = out.channel else { return };
        if until_ms > now_ms {
            return self.wake_at(until_ms);
        }
        self.end_channel(out);
    }

    /// Nothing more is said: what is left of the queue goes, and a WebSocket is let go.
    fn end_channel(&self, mut out: MutexGuard<'_, Out>) {
        let task_ended = out.task_ended;
        *out = Out::new(Channel::Gone);
        (out.ended, out.task_ended) = (true, task_ended);
        self.leave(out);
    }

    /// The session gives its place back once all of it is over.
    fn leave(&self, out: MutexGuard<'_, Out>) {
        let over = out.task_ended && matches!(out.channel, Channel::Gone);
        drop(out);
        if over {
            self.engine.unregister(self.sid);
        }
    }

    /// Nothing is read any more, and a WebSocket has been told all.
    pub(crate) fn release(&self) {
        // Sockets that the application still holds must not hold a stream.
        self.inbox.lock().take();
        let out = self.out.lock();
        if !matches!(out.channel, Channel::Closing { .. }) {
            self.end_channel(out);
        }
    }

    /// The task has ended, and with it all waits.
    pub(crate) fn end_task(&self) {
        let mut out = self.out.lock();
        out.task_ended = true;
        self.leave(out);
    }

    /// Whether there is nothing any more that a request could find.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self.out.lock().channel, Channel::Gone)
    }

    pub(crate) fn register_task(&self, waker: &Waker) {
        self.task.register(waker);
    }

    pub(crate) fn wake_task(&self) {
        self.task.wake();
    }

    /// Leaves something for the task; gives it back if the task has not taken the last one yet.
    pub(crate) fn deliver(&self, item: Inbox) -> Result<(), Inbox> {
        let mut inbox = self.inbox.lock();
        if inbox.is_some() || self.reason().is_some() {
            return Err(item);
        }
        *inbox = Some(Box::new(item));
        drop(inbox);
        self.wake_task();
        Ok(())
    }

    /// The body of a POST, and who waits for it to be taken.
    pub(crate) fn take_post(&self) -> Option<(Bytes, oneshot::Sender<bool>)> {
        match *self.inbox.lock().take_if(|item| matches!(**item, Inbox::Post { .. }))? {
            Inbox::Post { body, done } => Some((body, done)),
            Inbox::Upgraded { .. } => None,
        }
    }

    /// The WebSocket that has taken over, and what it has brought already.
    pub(crate) fn take_upgraded(&self) -> Option<(Arc<Stream>, Vec<u8>)> {
        match *self.inbox.lock().take_if(|item| matches!(**item, Inbox::Upgraded { .. }))? {
            Inbox::Upgraded { stream, rest } => Some((stream, rest)),
            Inbox::Post { .. } => None,
        }
    }

    pub(crate) fn set_reading(&self, reading: Reading) {
        self.reading.store(reading as u8, Ordering::Release);
    }

    /// Whether the task waits for the queue to become shorter.
    fn is_paused(&self) -> bool {
        self.reading.load(Ordering::Acquire) == Reading::QueueFull as u8
    }

    /// Whether a missing pong may be the server's own doing. A WebSocket's queue has a deadline of
    /// its own; but long-polling's is full because the client does not ask for it.
    fn excuses_silence(&self) -> bool {
        if self.is_paused() {
            return self.is_websocket();
        }
        self.reading.load(Ordering::Acquire) != Reading::Idle as u8
    }
}

impl DisconnectReason {
    /// Whether the client is there to read what is left.
    pub(crate) fn is_graceful(self) -> bool {
        matches!(self, Self::TransportClose | Self::ServerDisconnect | Self::ServerShutdown)
    }

    /// The WebSocket close code (RFC 6455 §7.4.1); `None` where nobody reads it.
    fn close_code(self) -> Option<u16> {
        match self {
            Self::ClientDisconnect | Self::ServerDisconnect | Self::TransportClose => Some(1000),
            Self::ServerShutdown => Some(1001),
            Self::ParseError => Some(1002),
            Self::ConnectTimeout | Self::PingTimeout => Some(1008),
            Self::PayloadTooLarge => Some(1009),
            Self::Panic => Some(1011),
            Self::QueueFull | Self::WriteTimeout => Some(1013),
            Self::TransportError => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// See [`Session`]: the counts of an `Arc` take 16 bytes.
    #[test]
    fn what_a_delivery_looks_at_is_two_lines() {
        let out = std::mem::offset_of!(Session, out) + size_of::<Mutex<Out>>();
        // Of the id the first byte: the shard.
        let shard = std::mem::offset_of!(Session, sid) + 1;
        assert!(16 + out.max(shard) <= 128, "{out} and {shard}");
        // And the second line is touched.
        assert!(16 + shard > 64);
    }
}
