//! What waits for the client, and the way out.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::Session;
use super::deadlines::NEVER;
use super::frames::Frames;
use crate::frame::{Frame, RECORD_SEPARATOR};
use crate::namespace::DisconnectReason;
use crate::stats::Sent;
use crate::stream::Outlet;

/// How much one poll brings at the most, unless a single packet is larger: the rest waits for the
/// next poll.
const POLL_BODY_BYTES: usize = 1024 * 1024;

pub(super) struct Out {
    pub(super) channel: Channel,
    pub(super) frames: Frames,
    /// The flusher knows of it.
    dirty: bool,
    /// The session is closed: nothing more is queued.
    pub(super) ended: bool,
    /// The session's task is over, and all that its handlers waited for.
    pub(super) task_ended: bool,
    /// The stream takes nothing; the peer is given up at this time.
    blocked_until_ms: u64,
}

/// What carries the packets to the client.
pub(super) enum Channel {
    /// Long-polling, with the poll that waits.
    Polling(Option<oneshot::Sender<Vec<u8>>>),
    /// A WebSocket is being tried; polling goes on. Whoever tries it holds the other end, and gives
    /// up when this one goes.
    Probing(
        #[expect(dead_code, reason = "it is dropped, and that is heard")]
        oneshot::Sender<Infallible>,
    ),
    WebSocket(Outlet),
    /// Closed; the next poll, until then, takes what is left and this last packet.
    Closing {
        last: Last,
        until_ms: u64,
    },
    Gone,
}

/// What a poll is told when its session has ended.
#[derive(Clone, Copy)]
pub(super) enum Last {
    /// The client has ended it, and only wants its poll answered.
    Noop,
    /// Together with what was queued before: no other poll may come.
    Close,
    /// In an answer of its own. The official client hears an event one turn of its loop after the
    /// answer has come, and a close at once: what came before a close in one answer is lost on it.
    CloseAlone,
}

impl Last {
    pub(super) fn of(reason: DisconnectReason) -> Self {
        match reason {
            DisconnectReason::TransportClose => Self::Noop,
            DisconnectReason::ServerDisconnect => Self::CloseAlone,
            _ => Self::Close,
        }
    }
}

impl Session {
    /// Queues a frame. A queue that is full closes the session.
    pub(crate) fn push(self: &Arc<Self>, frame: &Frame) {
        self.push_all(std::iter::once(frame));
    }

    /// Queues frames that belong together, with nothing between them.
    pub(crate) fn push_all<'a>(self: &Arc<Self>, frames: impl Iterator<Item = &'a Frame>) {
        if self.queue(frames) {
            self.engine.mark_dirty(self.clone());
        }
    }

    /// As [`Session::push_all`], but it is for the caller to tell the flusher if this returns
    /// `true`.
    pub(crate) fn queue<'a>(self: &Arc<Self>, frames: impl Iterator<Item = &'a Frame>) -> bool {
        let mut out = self.out.lock();
        if out.append(frames, self.engine.config.max_queue_bytes) {
            return out.mark();
        }
        drop(out);
        self.close(DisconnectReason::QueueFull);
        false
    }

    /// Queues a frame only if it can go out at once; returns whether it did, and the flusher is to
    /// be told.
    pub(crate) fn queue_volatile(&self, frame: &Frame) -> bool {
        let mut out = self.out.lock();
        out.is_ready()
            && out.append(std::iter::once(frame), self.engine.config.max_queue_bytes)
            && out.mark()
    }

    /// Queues a frame that goes out with the next one, or with [`Session::announce`].
    pub(crate) fn hold(self: &Arc<Self>, frame: &Frame) {
        // A session that opens has room for its first frame.
        self.out.lock().append(std::iter::once(frame), usize::MAX);
    }

    /// Tells the flusher of what is queued.
    pub(crate) fn announce(self: &Arc<Self>) {
        let mark = self.out.lock().mark();
        if mark {
            self.engine.mark_dirty(self.clone());
        }
    }

    /// Hands what is queued to the transport, as far as it takes it. Returns whether nothing is
    /// left.
    pub(crate) fn flush(self: &Arc<Self>) -> bool {
        let mut sent = Sent::default();
        let empty = self.flush_counting(&mut sent);
        self.engine.counters.sent(&sent);
        empty
    }

    /// The same, for whoever writes to many and then tells the counters once.
    pub(crate) fn flush_counting(self: &Arc<Self>, sent: &mut Sent) -> bool {
        let mut guard = self.out.lock();
        let out = &mut *guard;
        out.dirty = false;
        let queued = !out.frames.is_empty();
        let result = match &mut out.channel {
            Channel::WebSocket(outlet) => {
                self.write(&mut out.frames, &mut out.blocked_until_ms, outlet, sent)
            }
            Channel::Polling(poll) if poll.is_some() && queued => {
                let poll = poll.take();
                let body = self.take_body(out);
                if let Some(poll) = poll {
                    // A poll that was aborted meanwhile closes the session by itself.
                    let _ = poll.send(body);
                }
                Ok(())
            }
            _ => Ok(()),
        };
        if result.is_err() {
            // Nothing may be queued behind a frame that was written in part.
            out.ended = true;
            out.frames = Frames::default();
        }
        let empty = out.frames.is_empty();
        drop(guard);
        if result.is_err() {
            self.close(DisconnectReason::TransportError);
        }
        // At its end the task waits for the last frame to be written, whoever writes it.
        if self.is_paused() || (empty && self.reason().is_some()) {
            self.wake_task();
        }
        empty
    }

    fn write(
        &self,
        frames: &mut Frames,
        blocked_until_ms: &mut u64,
        outlet: &Outlet,
        sent: &mut Sent,
    ) -> io::Result<()> {
        loop {
            if frames.is_empty() {
                *blocked_until_ms = NEVER;
                return Ok(());
            }
            match frames.write_to(outlet) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => {
                    sent.bytes += n as u64;
                    sent.packets += frames.advance(n);
                    *blocked_until_ms = NEVER;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if *blocked_until_ms == NEVER {
                        *blocked_until_ms =
                            self.engine.deadline_ms(self.engine.config.write_timeout);
                        self.wake_at(*blocked_until_ms);
                    }
                    self.wake_task();
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn take_body(&self, out: &mut Out) -> Vec<u8> {
        let mut body = Vec::new();
        let mut sent = Sent::default();
        while let Some(frame) = out.frames.first() {
            if !body.is_empty() && body.len() + frame.len() > POLL_BODY_BYTES {
                break;
            }
            frame.append_to_body(&mut body);
            out.frames.pop();
            sent.packets += 1;
        }
        out.frames.trim();
        sent.bytes = body.len() as u64;
        self.engine.counters.sent(&sent);
        body
    }

    /// What is left, as far as one poll takes it, with the packet that ends the session if that
    /// was all; whether it was. A packet that is to come alone waits for a poll of its own.
    pub(super) fn last_body(&self, out: &mut Out, last: Last) -> (Vec<u8>, bool) {
        let mut body = self.take_body(out);
        let (packet, comes_alone) = match last {
            Last::Noop => (b'6', false),
            Last::Close => (b'1', false),
            Last::CloseAlone => (b'1', true),
        };
        if !out.frames.is_empty() || (comes_alone && !body.is_empty()) {
            return (body, false);
        }
        if !body.is_empty() {
            body.push(RECORD_SEPARATOR);
        }
        body.push(packet);
        (body, true)
    }

    pub(super) fn is_websocket(&self) -> bool {
        self.out.lock().is_websocket()
    }

    /// Whether the stream has stopped taking anything.
    pub(crate) fn is_blocked(&self) -> bool {
        self.blocked_until_ms() != NEVER
    }

    /// When the peer is given up unless it takes something.
    pub(super) fn blocked_until_ms(&self) -> u64 {
        self.out.lock().blocked_until_ms
    }

    /// Whether nothing waits for a poll to fetch it. A WebSocket is written to also while it is closed.
    pub(crate) fn is_fetched(&self) -> bool {
        let out = self.out.lock();
        !matches!(out.channel, Channel::Polling(_) | Channel::Probing(_)) || out.frames.is_empty()
    }

    /// Bytes that wait for the client, with what it costs to let them wait.
    pub(crate) fn queued_bytes(&self) -> usize {
        self.out.lock().frames.held_bytes()
    }
}

impl Out {
    pub(super) fn new(channel: Channel) -> Self {
        Self {
            channel,
            frames: Frames::default(),
            dirty: false,
            ended: false,
            task_ended: false,
            blocked_until_ms: NEVER,
        }
    }

    pub(super) fn is_websocket(&self) -> bool {
        matches!(self.channel, Channel::WebSocket(_))
    }

    /// Adds frames at the end; `false` if there is no room for one. What is for a WebSocket alone,
    /// or for a session that is closed, is left out.
    fn append<'a>(&mut self, frames: impl Iterator<Item = &'a Frame>, max_bytes: usize) -> bool {
        for frame in frames {
            if self.ended || (frame.is_control() && !self.is_websocket()) {
                break;
            }
            if self.frames.held_bytes_with(frame) > max_bytes {
                return false;
            }
            self.frames.push(frame.clone());
        }
        true
    }

    /// Whether the client can take something at once.
    fn is_ready(&self) -> bool {
        let takes = match &self.channel {
            Channel::WebSocket(_) => self.blocked_until_ms == NEVER,
            Channel::Polling(poll) => poll.is_some(),
            _ => false,
        };
        takes && self.frames.is_empty() && !self.ended
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

    /// Puts the close frame at the end of a WebSocket's queue.
    pub(super) fn end_with(&mut self, reason: DisconnectReason, code: Option<u16>) {
        if !reason.is_graceful() {
            self.frames.keep_started();
        }
        if let Some(code) = code {
            self.frames.push(Frame::close(code));
        }
    }
}
