//! A session: one client's Engine.IO connection, whatever it is carried by at the moment.
//!
//! A session is shared: by its own task ([`crate::driver`]), which reads and handles; by whoever
//! queues packets for it; by the flusher, which writes them; by the HTTP requests of long-polling;
//! and by the sweep, which keeps its deadlines.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::engine::{Engine, millis};
use crate::frame::{Frame, RECORD_SEPARATOR};
use crate::namespace::{DisconnectReason, Handshake};
use crate::sid::Sid;
use crate::stream::{AddressPlace, Stream};

/// Frames of one vectored write; 16 bytes of stack each.
const WRITE_SLICES: usize = 64;

/// How much one poll brings at the most, unless a single packet is larger: the rest waits for the
/// next poll.
const POLL_BODY_BYTES: usize = 1024 * 1024;

/// A drained queue that has grown beyond this many frames gives its memory back (a frame is 40
/// bytes).
const KEPT_QUEUE_FRAMES: usize = 16;

/// How long a closed session stays for what is still to be told to the client: the end of its queue
/// and the close itself.
pub(crate) const LINGER: Duration = Duration::from_secs(5);

const NEVER: u64 = u64::MAX;

pub(crate) struct Session {
    pub(crate) engine: Arc<Engine>,
    pub(crate) sid: Sid,
    pub(crate) handshake: Arc<Handshake>,
    out: Mutex<Out>,
    inbox: Mutex<Option<Inbox>>,
    task: AtomicWaker,
    /// A [`DisconnectReason`] once it is closed, else 0.
    reason: AtomicU8,
    /// The task does not read, so silence says nothing about the client.
    paused: AtomicBool,
    /// A POST is under way.
    posting: AtomicBool,
    /// When the sweep has to look at it next.
    due_ms: AtomicU64,
    connect_due_ms: AtomicU64,
    ack_due_ms: AtomicU64,
    acks_due: AtomicBool,
    heartbeat: Mutex<Heartbeat>,
    _place: Option<AddressPlace>,
}

/// What came by another way than the session's own stream.
#[derive(Debug)]
pub(crate) enum Inbox {
    /// The body of a POST. `done` hears whether all of it was taken.
    Post { body: Bytes, done: oneshot::Sender<bool> },
    /// The WebSocket that the client has upgraded to, and what it sent behind its `5`.
    Upgraded { stream: Arc<Stream>, rest: Vec<u8> },
}

#[derive(Clone, Copy)]
struct Heartbeat {
    ping_due_ms: u64,
    pong_due_ms: u64,
}

struct Out {
    channel: Channel,
    frames: VecDeque<Frame>,
    bytes: usize,
    /// How much of the first frame is written already.
    written: usize,
    /// The flusher knows of it.
    dirty: bool,
    /// The session is closed: nothing more is queued.
    ended: bool,
    /// The stream takes nothing; the peer is given up at this time.
    blocked_until_ms: u64,
}

/// What carries the packets to the client.
enum Channel {
    /// Long-polling, with the poll that waits.
    Polling(Option<oneshot::Sender<Vec<u8>>>),
    /// A WebSocket is being tried; polling goes on.
    Probing,
    WebSocket(Arc<Stream>),
    /// Closed; the next poll, until then, takes what is left and this last packet.
    Closing {
        last: u8,
        until_ms: u64,
    },
    Gone,
}

/// What a GET gets.
pub(crate) enum PollStart {
    Ready(Vec<u8>),
    Wait(oneshot::Receiver<Vec<u8>>),
    Refused,
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
        let now = engine.now_ms();
        let heartbeat = Heartbeat {
            ping_due_ms: now + millis(engine.config.ping_interval),
            pong_due_ms: NEVER,
        };
        let connect_due_ms = engine.deadline_ms(engine.config.connect_timeout);
        engine.counters.opened.add(1);
        let channel = match stream {
            None => {
                engine.counters.sessions_polling.add(1);
                Channel::Polling(None)
            }
            Some(stream) => {
                engine.counters.sessions_websocket.add(1);
                Channel::WebSocket(stream)
            }
        };
        let session = Arc::new(Self {
            out: Mutex::new(Out {
                channel,
                frames: VecDeque::new(),
                bytes: 0,
                written: 0,
                dirty: false,
                ended: false,
                blocked_until_ms: NEVER,
            }),
            inbox: Mutex::new(None),
            task: AtomicWaker::new(),
            reason: AtomicU8::new(0),
            paused: AtomicBool::new(false),
            posting: AtomicBool::new(false),
            due_ms: AtomicU64::new(heartbeat.ping_due_ms.min(connect_due_ms)),
            connect_due_ms: AtomicU64::new(connect_due_ms),
            ack_due_ms: AtomicU64::new(NEVER),
            acks_due: AtomicBool::new(false),
            heartbeat: Mutex::new(heartbeat),
            sid,
            handshake: Arc::new(handshake),
            _place: place,
            engine,
        });
        session.engine.register(session.clone());
        session
    }

    // -- sending ------------------------------------------------------------------------------

    /// Queues a frame. A queue that is full closes the session.
    pub(crate) fn push(self: &Arc<Self>, frame: &Frame) {
        self.push_all(std::iter::once(frame));
    }

    /// Queues frames that belong together, with nothing between them.
    pub(crate) fn push_all<'a>(self: &Arc<Self>, frames: impl Iterator<Item = &'a Frame>) {
        if self.enqueue(frames) {
            self.announce();
        }
    }

    /// Queues a frame that goes out with the next one, or with [`Session::announce`].
    pub(crate) fn hold(self: &Arc<Self>, frame: &Frame) {
        self.enqueue(std::iter::once(frame));
    }

    /// Tells the flusher of what is queued.
    pub(crate) fn announce(self: &Arc<Self>) {
        let mark = self.out.lock().mark();
        if mark {
            self.engine.mark_dirty(self.clone());
        }
    }

    /// `false` if the queue was full, which closes the session.
    fn enqueue<'a>(self: &Arc<Self>, frames: impl Iterator<Item = &'a Frame>) -> bool {
        let mut out = self.out.lock();
        for frame in frames {
            if !out.is_open() || (frame.is_control() && !out.is_websocket()) {
                break;
            }
            if out.bytes + frame.len() > self.engine.config.max_queue_bytes {
                drop(out);
                self.close(DisconnectReason::QueueFull);
                return false;
            }
            out.bytes += frame.len();
            out.frames.push_back(frame.clone());
        }
        true
    }

    /// Hands what is queued to the transport, as far as it takes it. Returns whether nothing is
    /// left.
    pub(crate) fn flush(self: &Arc<Self>) -> bool {
        let mut out = self.out.lock();
        out.dirty = false;
        let queued = !out.frames.is_empty();
        let result = match &mut out.channel {
            Channel::WebSocket(stream) => {
                let stream = stream.clone();
                self.write(&mut out, &stream)
            }
            Channel::Polling(poll) if poll.is_some() && queued => {
                let poll = poll.take();
                let body = self.take_body(&mut out);
                if let Some(poll) = poll {
                    // A poll that was aborted meanwhile closes the session by itself.
                    let _ = poll.send(body);
                }
                Ok(())
            }
            _ => Ok(()),
        };
        if result.is_err() {
            out.frames.clear();
        }
        let empty = out.frames.is_empty();
        drop(out);
        if result.is_err() {
            self.close(DisconnectReason::TransportError);
        }
        if self.paused.load(Ordering::Acquire) {
            self.wake_task();
        }
        empty
    }

    fn write(&self, out: &mut Out, stream: &Stream) -> io::Result<()> {
        let mut packets = 0;
        let mut bytes = 0;
        let result = loop {
            if out.frames.is_empty() {
                out.blocked_until_ms = NEVER;
                break Ok(());
            }
            let mut slices = [IoSlice::new(&[]); WRITE_SLICES];
            let mut count = 0;
            for (slice, frame) in slices.iter_mut().zip(&out.frames) {
                let from = if count == 0 { out.written } else { 0 };
                *slice = IoSlice::new(&frame.wire()[from..]);
                count += 1;
            }
            match stream.tcp.try_write_vectored(&slices[..count]) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => {
                    bytes += n as u64;
                    packets += out.advance(n);
                    out.blocked_until_ms = NEVER;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if out.blocked_until_ms == NEVER {
                        out.blocked_until_ms =
                            self.engine.deadline_ms(self.engine.config.write_timeout);
                        self.wake_at(out.blocked_until_ms);
                    }
                    self.wake_task();
                    break Ok(());
                }
                Err(error) => break Err(error),
            }
        };
        self.engine.counters.packets_out.add(packets);
        self.engine.counters.bytes_out.add(bytes);
        result
    }

    fn take_body(&self, out: &mut Out) -> Vec<u8> {
        let mut body = Vec::new();
        let mut packets = 0;
        while let Some(frame) = out.frames.front() {
            if !body.is_empty() && body.len() + frame.len() > POLL_BODY_BYTES {
                break;
            }
            frame.append_to_body(&mut body);
            out.bytes -= frame.len();
            out.frames.pop_front();
            packets += 1;
        }
        out.trim();
        self.engine.counters.packets_out.add(packets);
        self.engine.counters.bytes_out.add(body.len() as u64);
        body
    }

    /// Whether the stream has stopped taking anything.
    pub(crate) fn is_blocked(&self) -> bool {
        self.out.lock().blocked_until_ms != NEVER
    }

    /// Bytes that wait for the client.
    pub(crate) fn queued_bytes(&self) -> usize {
        self.out.lock().bytes
    }

    // -- long-polling and the upgrade -----------------------------------------------------------

    /// A GET of long-polling.
    pub(crate) fn begin_poll(self: &Arc<Self>) -> PollStart {
        self.check_deadlines();
        let mut out = self.out.lock();
        let queued = !out.frames.is_empty();
        match &mut out.channel {
            Channel::Polling(Some(_)) => {
                drop(out);
                self.close(DisconnectReason::TransportError);
                PollStart::Refused
            }
            Channel::Polling(_) | Channel::Probing if queued => {
                PollStart::Ready(self.take_body(&mut out))
            }
            Channel::Polling(poll) => {
                let (sender, receiver) = oneshot::channel();
                *poll = Some(sender);
                PollStart::Wait(receiver)
            }
            Channel::Probing => PollStart::Ready(b"6".to_vec()),
            Channel::Closing { last, .. } => {
                let last = *last;
                let mut body = self.take_body(&mut out);
                append_packet(&mut body, last);
                out.channel = Channel::Gone;
                drop(out);
                self.engine.unregister(self.sid);
                PollStart::Ready(body)
            }
            Channel::WebSocket(_) | Channel::Gone => PollStart::Refused,
        }
    }

    /// Whether a POST may come: the session is on long-polling and not closed.
    pub(crate) fn accepts_posts(self: &Arc<Self>) -> bool {
        self.check_deadlines();
        self.reason().is_none()
            && matches!(self.out.lock().channel, Channel::Polling(_) | Channel::Probing)
    }

    /// Begins a POST. `false` if another one is under way: a client sends one at a time.
    pub(crate) fn begin_post(&self) -> bool {
        !self.posting.swap(true, Ordering::AcqRel)
    }

    pub(crate) fn end_post(&self) {
        self.posting.store(false, Ordering::Release);
    }

    /// Leaves something for the task; gives it back if the task has not taken the last one yet.
    pub(crate) fn deliver(&self, item: Inbox) -> Result<(), Inbox> {
        let mut inbox = self.inbox.lock();
        if inbox.is_some() || self.reason().is_some() {
            return Err(item);
        }
        *inbox = Some(item);
        drop(inbox);
        self.wake_task();
        Ok(())
    }

    pub(crate) fn take_inbox(&self) -> Option<Inbox> {
        self.inbox.lock().take()
    }

    /// A WebSocket wants to take over: a waiting poll is ended. `false` if this is no time for it.
    pub(crate) fn begin_probe(&self) -> bool {
        let mut out = self.out.lock();
        let Channel::Polling(poll) = &mut out.channel else { return false };
        if let Some(poll) = poll.take() {
            // An aborted poll closes the session by itself.
            let _ = poll.send(b"6".to_vec());
        }
        out.channel = Channel::Probing;
        true
    }

    /// The WebSocket went before it had taken over.
    pub(crate) fn abandon_probe(&self) {
        let mut out = self.out.lock();
        if matches!(out.channel, Channel::Probing) {
            out.channel = Channel::Polling(None);
        }
    }

    /// The WebSocket has taken over; what is queued goes out through it.
    pub(crate) fn complete_probe(self: &Arc<Self>, stream: Arc<Stream>, rest: Vec<u8>) -> bool {
        {
            let mut out = self.out.lock();
            if !matches!(out.channel, Channel::Probing) {
                return false;
            }
            if self.deliver(Inbox::Upgraded { stream: stream.clone(), rest }).is_err() {
                return false;
            }
            out.channel = Channel::WebSocket(stream);
        }
        self.engine.counters.sessions_polling.sub(1);
        self.engine.counters.sessions_websocket.add(1);
        self.flush();
        true
    }

    // -- closing ----------------------------------------------------------------------------------

    pub(crate) fn reason(&self) -> Option<DisconnectReason> {
        DisconnectReason::from_number(self.reason.load(Ordering::Acquire))
    }

    /// Closes the session. Only the first reason counts. What is queued still goes out where the
    /// reason leaves a client to read it.
    pub(crate) fn close(self: &Arc<Self>, reason: DisconnectReason) {
        let number = reason as u8;
        if self.reason.compare_exchange(0, number, Ordering::AcqRel, Ordering::Acquire).is_err() {
            return;
        }
        self.engine.counters.closed[usize::from(number) - 1].add(1);
        let mut gone = false;
        {
            let mut out = self.out.lock();
            out.ended = true;
            let last = if reason == DisconnectReason::TransportClose { b'6' } else { b'1' };
            match &mut out.channel {
                Channel::Polling(poll) => {
                    self.engine.counters.sessions_polling.sub(1);
                    if let Some(poll) = poll.take() {
                        let mut body = self.take_body(&mut out);
                        append_packet(&mut body, last);
                        let _ = poll.send(body);
                        gone = true;
                    } else {
                        gone = !self.linger(&mut out, reason, last);
                    }
                }
                Channel::Probing => {
                    self.engine.counters.sessions_polling.sub(1);
                    gone = !self.linger(&mut out, reason, last);
                }
                Channel::WebSocket(_) => {
                    self.engine.counters.sessions_websocket.sub(1);
                    out.end_with(reason);
                }
                Channel::Closing { .. } | Channel::Gone => {}
            }
            if gone {
                out.channel = Channel::Gone;
            }
        }
        if gone {
            self.engine.unregister(self.sid);
        }
        self.wake_task();
    }

    fn linger(&self, out: &mut Out, reason: DisconnectReason, last: u8) -> bool {
        let linger = reason.is_graceful();
        if linger {
            let until_ms = self.engine.deadline_ms(LINGER);
            out.channel = Channel::Closing { last, until_ms };
            self.wake_at(until_ms);
        }
        linger
    }

    /// The task has ended: a WebSocket is let go.
    pub(crate) fn release(&self) {
        let mut out = self.out.lock();
        if matches!(out.channel, Channel::Closing { .. }) {
            return;
        }
        out.channel = Channel::Gone;
        out.frames = VecDeque::new();
        out.bytes = 0;
        out.blocked_until_ms = NEVER;
        drop(out);
        self.engine.unregister(self.sid);
    }

    // -- the task -------------------------------------------------------------------------------

    pub(crate) fn register_task(&self, waker: &std::task::Waker) {
        self.task.register(waker);
    }

    pub(crate) fn wake_task(&self) {
        self.task.wake();
    }

    /// Says whether the task reads. While it does not, a missing pong means nothing.
    pub(crate) fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Ordering::Release);
    }

    // -- deadlines ------------------------------------------------------------------------------

    pub(crate) fn is_due(&self, now_ms: u64) -> bool {
        self.due_ms.load(Ordering::Relaxed) <= now_ms
    }

    /// The sweep has to look at the session at this time, or earlier.
    pub(crate) fn wake_at(&self, at_ms: u64) {
        self.due_ms.fetch_min(at_ms, Ordering::AcqRel);
    }

    pub(crate) fn set_connect_due(&self, at_ms: Option<u64>) {
        self.connect_due_ms.store(at_ms.unwrap_or(NEVER), Ordering::Release);
        if let Some(at_ms) = at_ms {
            self.wake_at(at_ms);
        }
    }

    /// An acknowledgement has to come by this time, or the task ends it.
    pub(crate) fn wake_for_acks(&self, at_ms: u64) {
        self.ack_due_ms.fetch_min(at_ms, Ordering::AcqRel);
        self.wake_at(at_ms);
    }

    /// Whether the sweep found an acknowledgement's time to be up.
    pub(crate) fn take_acks_due(&self) -> bool {
        self.acks_due.swap(false, Ordering::AcqRel)
    }

    /// The client is alive (Engine.IO protocol v4, "Heartbeat").
    pub(crate) fn pong(&self) {
        let ping_due_ms = self.engine.deadline_ms(self.engine.config.ping_interval);
        *self.heartbeat.lock() = Heartbeat { ping_due_ms, pong_due_ms: NEVER };
        self.wake_at(ping_due_ms);
    }

    fn check_deadlines(self: &Arc<Self>) {
        let now = self.engine.now_ms();
        if self.is_due(now) {
            self.on_due(now, false);
        }
    }

    /// Does what is due. `stalled`: the process itself stood still, so silence is not held against
    /// the client.
    pub(crate) fn on_due(self: &Arc<Self>, now_ms: u64, stalled: bool) {
        // First, so that whoever sets a deadline meanwhile lowers it again.
        self.due_ms.store(NEVER, Ordering::Release);
        let (blocked_until_ms, linger_until_ms) = {
            let out = self.out.lock();
            let linger =
                if let Channel::Closing { until_ms, .. } = out.channel { until_ms } else { NEVER };
            (out.blocked_until_ms, linger)
        };
        if linger_until_ms <= now_ms {
            self.out.lock().channel = Channel::Gone;
            self.engine.unregister(self.sid);
            return;
        }
        if self.reason().is_some() {
            self.wake_at(linger_until_ms);
            return;
        }
        let connect_due_ms = self.connect_due_ms.load(Ordering::Acquire);
        if blocked_until_ms <= now_ms && !stalled {
            return self.close(DisconnectReason::WriteTimeout);
        }
        if connect_due_ms <= now_ms {
            return self.close(DisconnectReason::ConnectTimeout);
        }
        let Some(heartbeat_due_ms) = self.beat(now_ms, stalled) else {
            return self.close(DisconnectReason::PingTimeout);
        };
        let mut ack_due_ms = self.ack_due_ms.load(Ordering::Acquire);
        if ack_due_ms <= now_ms {
            // The task ends the acknowledgements, and lowers this again for those that are left.
            self.ack_due_ms.store(NEVER, Ordering::Release);
            ack_due_ms = NEVER;
            self.acks_due.store(true, Ordering::Release);
            self.wake_task();
        }
        let blocked = if blocked_until_ms <= now_ms { now_ms + 1 } else { blocked_until_ms };
        self.wake_at(heartbeat_due_ms.min(connect_due_ms).min(blocked).min(ack_due_ms));
    }

    /// One look at the heartbeat: when to look again, `None` if the client is gone.
    fn beat(self: &Arc<Self>, now_ms: u64, stalled: bool) -> Option<u64> {
        let config = &self.engine.config;
        let timeout_ms = millis(config.ping_timeout);
        let mut heartbeat = self.heartbeat.lock();
        if heartbeat.pong_due_ms <= now_ms {
            if !stalled && !self.paused.load(Ordering::Acquire) {
                return None;
            }
            heartbeat.pong_due_ms = now_ms + timeout_ms;
        } else if heartbeat.pong_due_ms == NEVER && heartbeat.ping_due_ms <= now_ms {
            // Rounded down: a dead client is not kept for longer than was promised.
            let rounded_ms = timeout_ms.saturating_sub(millis(self.engine.tick())).max(1);
            *heartbeat = Heartbeat { ping_due_ms: NEVER, pong_due_ms: now_ms + rounded_ms };
            let due = heartbeat.pong_due_ms;
            drop(heartbeat);
            self.push(&self.engine.ping);
            return Some(due);
        }
        Some(heartbeat.ping_due_ms.min(heartbeat.pong_due_ms))
    }
}

impl Out {
    fn is_open(&self) -> bool {
        !self.ended
    }

    fn is_websocket(&self) -> bool {
        matches!(self.channel, Channel::WebSocket(_))
    }

    /// Whether the flusher has to be told.
    fn mark(&mut self) -> bool {
        let waits = match &self.channel {
            Channel::WebSocket(_) => self.blocked_until_ms == NEVER,
            Channel::Polling(poll) => poll.is_some(),
            _ => false,
        };
        let mark = waits && !self.dirty && !self.frames.is_empty();
        self.dirty |= mark;
        mark
    }

    /// Drops what was written; the number of frames that are through.
    fn advance(&mut self, mut written: usize) -> u64 {
        let mut done = 0;
        written += self.written;
        while let Some(frame) = self.frames.front() {
            if written < frame.len() {
                break;
            }
            written -= frame.len();
            self.bytes -= frame.len();
            self.frames.pop_front();
            done += 1;
        }
        self.written = written;
        self.trim();
        done
    }

    fn trim(&mut self) {
        if self.frames.is_empty() && self.frames.capacity() > KEPT_QUEUE_FRAMES {
            self.frames = VecDeque::new();
        }
    }

    /// Puts the close frame at the end of a WebSocket's queue.
    fn end_with(&mut self, reason: DisconnectReason) {
        if !reason.is_graceful() {
            let started = usize::from(self.written > 0);
            self.frames.truncate(started);
        }
        if let Some(code) = reason.close_code() {
            self.frames.push_back(Frame::close(code));
        }
        self.bytes = self.frames.iter().map(Frame::len).sum();
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

fn append_packet(body: &mut Vec<u8>, packet: u8) {
    if !body.is_empty() {
        body.push(RECORD_SEPARATOR);
    }
    body.push(packet);
}
