//! The task of one session: it reads what the client sends and hands it to the handlers, in order.

use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::future::join;
use tokio::sync::oneshot;

use crate::dispatch::{Connecting, Entry, PartialPacket};
use crate::frame::Frame;
use crate::message::{Connection, Endpoint, MessageHandler};
use crate::namespace::{BoxFuture, DisconnectReason};
use crate::payload::{self, Packet};
use crate::session::{LINGER_AT_SHUTDOWN, Reading, Session};
use crate::stream::{LINGER, Rest, Stream};
use crate::waits::{Panicked, Waits, guard};
use crate::websocket::{self, Found, Fragments, Message, Opcode, RawFrame, Violation};

/// One such buffer belongs to each worker thread; an idle session owns none.
const READ_BUFFER_BYTES: usize = 64 * 1024;

/// A part of a frame that is larger than this stays in its own buffer, so that a peer who sends it
/// byte by byte does not have it copied each time.
const COPIED_PART_BYTES: usize = 4 * 1024;

/// Packets that a session handles before it lets others run.
const PACKETS_PER_TURN: u32 = 128;

/// A session whose own queue is fuller than this share of its bound is not read: a client that
/// sends without reading slows itself down.
const UNREAD_SHARE: usize = 8;

thread_local! {
    static READ_BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

pub(crate) struct Driver {
    pub(crate) session: Arc<Session>,
    stream: Option<Arc<Stream>>,
    /// Bytes of a frame that is not whole yet, or that are not handled yet.
    unread: Vec<u8>,
    fragments: Option<Box<Fragments>>,
    post: Option<Box<Post>>,
    pub(crate) sockets: Vec<Entry>,
    pub(crate) connecting: Option<Box<Connecting>>,
    pub(crate) waits: Waits,
    pub(crate) partial: Option<Box<PartialPacket>>,
    /// What the session is for, if not for Socket.IO.
    endpoint: Option<Arc<dyn Endpoint>>,
    /// Handles the messages of a session without Socket.IO.
    pub(crate) messages: Option<Box<dyn MessageHandler>>,
}

/// The task of a session: with what tokio adds, 256 bytes. Written out, since an async function would
/// hold its driver twice: as its argument, and as its variable.
pub(crate) enum Task {
    Driving(Driver),
    /// In a box, and made at the end: an idle session is not to pay for its end.
    Ending(BoxFuture<()>),
}

impl Future for Task {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let task = self.get_mut();
        loop {
            match task {
                Self::Driving(driver) => {
                    let reason = ready!(driver.poll_guarded(cx));
                    *task = Self::Ending(driver.end(reason));
                }
                Self::Ending(ending) => return ending.as_mut().poll(cx),
            }
        }
    }
}

/// A long-polling body that is being handled.
struct Post {
    /// What is left of it.
    body: Bytes,
    /// `None` once it is answered.
    done: Option<oneshot::Sender<bool>>,
}

impl Post {
    /// Tells the request whether it is to be confirmed.
    fn answer(&mut self, is_confirmed: bool) {
        if let Some(done) = self.done.take() {
            // The request may be gone.
            let _ = done.send(is_confirmed);
        }
    }
}

impl Driver {
    /// The task of a session that has just opened; `unread` is what its stream has brought already.
    pub(crate) fn new(
        session: Arc<Session>,
        stream: Option<Arc<Stream>>,
        unread: Vec<u8>,
        endpoint: Option<Arc<dyn Endpoint>>,
    ) -> Self {
        Self {
            session,
            stream,
            unread,
            fragments: None,
            post: None,
            sockets: Vec::new(),
            connecting: None,
            waits: Waits::default(),
            partial: None,
            endpoint,
            messages: None,
        }
    }

    /// As [`Driver::poll`], whatever the application does.
    fn poll_guarded(&mut self, cx: &mut Context<'_>) -> Poll<DisconnectReason> {
        catch_unwind(AssertUnwindSafe(|| self.poll(cx))).unwrap_or_else(|_| {
            self.session.close(DisconnectReason::Panic);
            Poll::Ready(DisconnectReason::Panic)
        })
    }

    /// Tells the application of the end; what is left to do then.
    fn end(&mut self, reason: DisconnectReason) -> BoxFuture<()> {
        // What panics here must not keep the others from hearing of the end; and that the session
        // ends is settled.
        let _ = guard(|| self.connecting = None);
        for entry in std::mem::take(&mut self.sockets) {
            let _ = entry.end(reason);
        }
        if let Some(mut messages) = self.messages.take() {
            let _ = guard(move || messages.closed(reason));
        }
        if let Some(mut post) = self.post.take() {
            post.answer(reason == DisconnectReason::TransportClose);
        }
        // One that came too late to be read is still told of the end.
        let upgraded = || self.session.take_upgraded().map(|(stream, _)| stream);
        let stream = self.stream.take().or_else(upgraded);
        Box::pin(finish(self.session.clone(), stream, std::mem::take(&mut self.waits)))
    }

    fn open_endpoint(&mut self) {
        if let Some(endpoint) = self.endpoint.take() {
            self.session.set_connect_due(None);
            let connection = Connection(self.session.clone());
            self.messages = Some(endpoint.open(&connection, &self.session.handshake));
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<DisconnectReason> {
        self.open_endpoint();
        self.session.register_task(cx.waker());
        self.session.set_reading(Reading::Busy);
        let mut budget = PACKETS_PER_TURN;
        loop {
            if let Some(reason) = self.session.reason() {
                return Poll::Ready(reason);
            }
            self.poll_connecting(cx);
            self.poll_waits(cx);
            if self.take_deferred() {
                // What it waits for has to be begun.
                continue;
            }
            self.end_disconnected();
            self.expire_acks();
            self.drop_post_of_probing();
            self.take_upgraded();
            self.poll_blocked(cx);
            if self.pause() {
                return Poll::Pending;
            }
            if budget == 0 {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            if self.read(cx, &mut budget).is_pending() {
                // The waits that began meanwhile have not been started yet.
                self.poll_waits(cx);
                self.session.set_reading(Reading::Idle);
                return Poll::Pending;
            }
        }
    }

    /// Whether reading has to wait, which the session then knows: whoever ends the pause wakes the
    /// task.
    fn pause(&mut self) -> bool {
        if self.awaits_handler() {
            return true;
        }
        if self.is_queue_long() {
            self.session.set_reading(Reading::QueueFull);
            // Again, for what ended it before that was said.
            if self.is_queue_long() {
                self.confirm_post_of_probing();
                return true;
            }
            self.session.set_reading(Reading::Busy);
        }
        false
    }

    fn must_pause(&self) -> bool {
        self.awaits_handler() || self.is_queue_long()
    }

    /// Whether handlers hear nothing more for now, or ever: see `Engine::is_draining`.
    fn awaits_handler(&self) -> bool {
        let engine = &self.session.engine;
        engine.is_draining()
            || self.connecting.is_some()
            || self.waits.blocks(engine.config.max_waits)
    }

    fn is_queue_long(&self) -> bool {
        self.session.queued_bytes() > self.session.engine.config.max_queue_bytes / UNREAD_SHARE
    }

    /// Who tries a WebSocket soon polls no more, so that a long queue stays long, and moves to it only when
    /// their POST is answered: so it is. Its rest is read when the queue has become shorter.
    fn confirm_post_of_probing(&mut self) {
        if self.session.is_probing() {
            self.confirm_post();
        }
    }

    fn confirm_post(&mut self) {
        if self.post.is_none() {
            self.take_post();
        }
        if let Some(post) = &mut self.post {
            post.answer(true);
        }
    }

    /// When the server is about to end, a POST is not read to its end. Who tries a WebSocket would not move
    /// to it, nor learn what became of the part that was heard: it is answered. The rest is as lost as what
    /// nobody has read of a WebSocket, also if the WebSocket then comes to nothing.
    fn drop_post_of_probing(&mut self) {
        if !self.session.engine.is_draining() || !self.session.is_probing() {
            return;
        }
        // The request of the first may be gone, and another one have come.
        for _ in 0..2 {
            self.confirm_post();
            self.post = None;
        }
    }

    /// Takes the WebSocket that the client has upgraded to, also while nothing is read: a long
    /// queue gets shorter by it.
    fn take_upgraded(&mut self) {
        if let Some((stream, rest)) = self.session.take_upgraded() {
            self.stream = Some(stream);
            self.unread = rest;
        }
    }

    fn poll_waits(&mut self, cx: &mut Context<'_>) {
        let outcome = self.waits.poll(cx);
        self.end_if(outcome);
    }

    /// A panic of the application's ends the session.
    pub(crate) fn end_if(&self, outcome: Result<(), Panicked>) {
        if outcome.is_err() {
            self.session.close(DisconnectReason::Panic);
        }
    }

    /// Takes up writing where the flusher had to leave it.
    fn poll_blocked(&self, cx: &mut Context<'_>) {
        let Some(stream) = &self.stream else { return };
        while self.session.is_blocked() {
            match stream.tcp.poll_write_ready(cx) {
                // An error shows in the write itself.
                Poll::Ready(_) => self.session.flush(),
                Poll::Pending => return,
            };
        }
    }

    /// Handles what there is to read; `Pending` when there is nothing.
    fn read(&mut self, cx: &mut Context<'_>, budget: &mut u32) -> Poll<()> {
        if self.post.is_some() {
            self.read_post(budget);
            return Poll::Ready(());
        }
        if self.take_post() {
            return Poll::Ready(());
        }
        let Some(stream) = self.stream.clone() else { return Poll::Pending };
        self.read_websocket(cx, &stream, budget)
    }

    // -- long-polling -------------------------------------------------------------------------

    /// Whether there is one.
    fn take_post(&mut self) -> bool {
        self.post = self.session.take_post().map(|(body, done)| {
            let done = Some(done);
            Box::new(Post { body, done })
        });
        self.post.is_some()
    }

    fn read_post(&mut self, budget: &mut u32) {
        while *budget > 0 && !self.must_pause() && self.session.reason().is_none() {
            let Some(post) = &mut self.post else { return };
            let (packet, rest) = payload::split(&post.body);
            let is_last = rest.is_none();
            post.body = rest.unwrap_or_default();
            *budget -= 1;
            self.count_in(packet.len());
            match payload::decode(&packet) {
                Ok(Packet::Text(text)) => self.on_packet(text),
                Ok(Packet::Binary(bytes)) => self.on_binary(&bytes),
                Err(_) => self.session.close(DisconnectReason::ParseError),
            }
            if is_last && self.session.reason().is_none() {
                if let Some(mut post) = self.post.take() {
                    post.answer(true);
                }
                return;
            }
        }
    }

    // -- WebSocket ----------------------------------------------------------------------------

    fn read_websocket(
        &mut self,
        cx: &mut Context<'_>,
        stream: &Stream,
        budget: &mut u32,
    ) -> Poll<()> {
        let (mut buffer, is_shared) = self.take_buffer();
        let mut start = 0;
        let max = self.session.engine.config.max_packet_bytes();
        let result = loop {
            match websocket::read_frame(&mut buffer[start..], max) {
                Err(violation) => {
                    self.close_for(violation);
                    break Poll::Ready(());
                }
                Ok(Found::Frame(frame)) => {
                    start += frame.len;
                    *budget -= 1;
                    self.on_frame(&frame, max);
                    if *budget == 0 || self.session.reason().is_some() || self.must_pause() {
                        break Poll::Ready(());
                    }
                }
                Ok(Found::Partial(total)) => {
                    buffer.drain(..start);
                    start = 0;
                    // Its length is known: as much as it takes, and no more, however it comes.
                    buffer.reserve_exact(total - buffer.len());
                    if self.fill(cx, stream, &mut buffer).is_pending() {
                        break Poll::Pending;
                    }
                    if self.session.reason().is_some() {
                        break Poll::Ready(());
                    }
                }
            }
        };
        self.keep_unread(buffer, start, is_shared);
        result
    }

    /// Reads once. A session that has ended by it is closed.
    fn fill(&self, cx: &mut Context<'_>, stream: &Stream, buffer: &mut Vec<u8>) -> Poll<()> {
        loop {
            let ready = ready!(stream.tcp.poll_read_ready(cx));
            match ready.and_then(|()| stream.try_read_buf(buffer)) {
                Ok(0) => self.session.close(DisconnectReason::TransportClose),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                    self.session.close(DisconnectReason::TransportClose);
                }
                Err(_) => self.session.close(DisconnectReason::TransportError),
            }
            return Poll::Ready(());
        }
    }

    /// A buffer that begins with what is unread, and whether it is the thread's own.
    fn take_buffer(&mut self) -> (Vec<u8>, bool) {
        let mut unread = std::mem::take(&mut self.unread);
        if unread.len() > COPIED_PART_BYTES {
            return (unread, false);
        }
        let mut buffer = READ_BUFFER.take();
        if buffer.capacity() == 0 {
            buffer.reserve_exact(READ_BUFFER_BYTES);
        }
        buffer.append(&mut unread);
        (buffer, true)
    }

    /// Keeps what is not handled yet, and nothing else: an idle session owns no buffer.
    fn keep_unread(&mut self, mut buffer: Vec<u8>, handled: usize, is_shared: bool) {
        if is_shared {
            self.unread = buffer[handled..].to_vec();
            buffer.clear();
            READ_BUFFER.set(buffer);
        } else if handled < buffer.len() {
            buffer.drain(..handled);
            self.unread = buffer;
        }
    }

    fn on_frame(&mut self, frame: &RawFrame<'_>, max: usize) {
        self.count_in(frame.payload.len());
        let mut fragments = self.fragments.take();
        let result = websocket::assemble(frame, &mut fragments, max);
        match result {
            Ok(None | Some(Message::Pong)) => {}
            Ok(Some(Message::Text(text))) => self.on_packet(text),
            Ok(Some(Message::Binary(bytes))) => self.on_binary(bytes),
            Ok(Some(Message::Ping(payload))) => self.session.push(&Frame::pong(payload)),
            Ok(Some(Message::Close)) => self.session.close(DisconnectReason::TransportClose),
            Err(violation) => self.close_for(violation),
        }
        let ended = frame.fin && frame.opcode == Opcode::Continuation;
        self.fragments = fragments.filter(|_| !ended);
    }

    fn close_for(&self, violation: Violation) {
        let reason = match violation {
            Violation::Protocol | Violation::NotUtf8 => DisconnectReason::ParseError,
            Violation::TooLarge => DisconnectReason::PayloadTooLarge,
        };
        self.session.close_with(reason, Some(violation.close_code()));
    }

    fn count_in(&self, bytes: usize) {
        let counters = &self.session.engine.counters;
        counters.packets_in.add(1);
        counters.bytes_in.add(bytes as u64);
    }
}

/// What is left of a session when it has ended: its client is told, and it keeps its place in the
/// limits until its waits have ended.
async fn finish(session: Arc<Session>, stream: Option<Arc<Stream>>, waits: Waits) {
    let parting = async {
        if let Some(stream) = stream {
            part(&session, &stream).await;
        }
        session.release();
    };
    join(parting, waits.finish()).await;
    session.end_task();
}

/// Writes what a closed session still has to say, the close frame last, and then hears the client
/// out (RFC 6455 §7.1.1, §7.1.4).
async fn part(session: &Arc<Session>, stream: &Stream) {
    let engine = &session.engine;
    let mut rest = Rest::default();
    let written = poll_fn(|cx| {
        session.register_task(cx.waker());
        // A client that is busy sending may not read before it is through.
        let _ = rest.poll_all(&stream.tcp, cx);
        loop {
            if session.flush() {
                return Poll::Ready(());
            }
            // An error shows in the next write.
            let _ = ready!(stream.tcp.poll_write_ready(cx));
        }
    });
    // A peer that does not read in time is let go.
    if tokio::time::timeout(engine.config.write_timeout.min(LINGER), written).await.is_ok() {
        let silence = if engine.is_stopping() { LINGER_AT_SHUTDOWN } else { LINGER };
        rest.hear_out(&stream.tcp, silence).await;
    }
}

#[cfg(test)]
mod tests;
