//! Long-polling, and the move from it to a WebSocket.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::oneshot;

use super::queue::Channel;
use super::{Inbox, Session};
use crate::namespace::DisconnectReason;
use crate::stream::{Outlet, Stream};

/// What a GET gets.
pub(crate) enum PollStart {
    Ready(Vec<u8>),
    Wait(oneshot::Receiver<Vec<u8>>),
    Refused,
}

impl Session {
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
            Channel::Polling(_) | Channel::Probing(_) if queued => {
                let body = self.take_body(&mut out);
                drop(out);
                // What was queued may have been all that kept the task from reading.
                if self.is_paused() {
                    self.wake_task();
                }
                PollStart::Ready(body)
            }
            Channel::Polling(poll) => {
                let (sender, receiver) = oneshot::channel();
                *poll = Some(sender);
                PollStart::Wait(receiver)
            }
            Channel::Probing(_) => PollStart::Ready(b"6".to_vec()),
            Channel::Closing { last, .. } => {
                let last = *last;
                let (body, is_last) = self.last_body(&mut out, last);
                if is_last {
                    self.end_channel(out);
                }
                PollStart::Ready(body)
            }
            Channel::WebSocket(_) | Channel::Gone => PollStart::Refused,
        }
    }

    /// Whether a POST may come: the session is on long-polling and not closed.
    pub(crate) fn accepts_posts(self: &Arc<Self>) -> bool {
        self.check_deadlines();
        self.reason().is_none()
            && matches!(self.out.lock().channel, Channel::Polling(_) | Channel::Probing(_))
    }

    /// Begins a POST. `false` if another one is under way: a client sends one at a time.
    pub(crate) fn begin_post(&self) -> bool {
        !self.posting.swap(true, Ordering::AcqRel)
    }

    pub(crate) fn end_post(&self) {
        self.posting.store(false, Ordering::Release);
    }

    /// A WebSocket wants to take over: a waiting poll is ended. What is returned resolves when the
    /// session ends meanwhile; `None` if this is no time for a probe.
    pub(crate) fn begin_probe(&self) -> Option<oneshot::Receiver<Infallible>> {
        let mut out = self.out.lock();
        let Channel::Polling(poll) = &mut out.channel else { return None };
        if let Some(poll) = poll.take() {
            // An aborted poll closes the session by itself.
            let _ = poll.send(b"6".to_vec());
        }
        let (probing, ended) = oneshot::channel();
        out.channel = Channel::Probing(probing);
        Some(ended)
    }

    /// Whether a WebSocket is being tried.
    pub(crate) fn is_probing(&self) -> bool {
        matches!(self.out.lock().channel, Channel::Probing(_))
    }

    /// The WebSocket went before it had taken over.
    pub(crate) fn abandon_probe(&self) {
        let mut out = self.out.lock();
        if matches!(out.channel, Channel::Probing(_)) {
            out.channel = Channel::Polling(None);
        }
    }

    /// The WebSocket has taken over; what is queued goes out through it.
    pub(crate) fn complete_probe(self: &Arc<Self>, stream: Arc<Stream>, rest: Vec<u8>) -> bool {
        {
            let mut out = self.out.lock();
            if !matches!(out.channel, Channel::Probing(_)) {
                return false;
            }
            if self.deliver(Inbox::Upgraded { stream: stream.clone(), rest }).is_err() {
                return false;
            }
            out.channel = Channel::WebSocket(Outlet::new(stream));
            self.engine.counters.sessions_polling.sub(1);
            self.engine.counters.sessions_websocket.add(1);
        }
        self.flush();
        true
    }
}
