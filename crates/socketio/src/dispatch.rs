//! Engine.IO and Socket.IO packets, from a session to its handlers.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use serde_json::value::RawValue;

use crate::driver::Driver;
use crate::message::Connection;
use crate::namespace::{
    Ack, BoxFuture, ConnectRequest, DisconnectReason, Event, Flow, Handler, Refusal,
};
use crate::packet::{self, Incoming, Kind, Malformed};
use crate::placeholder;
use crate::socket::{AckError, Answer, OnAck, Socket, SocketId};
use crate::waits::{Panicked, guard};

/// A socket with its handler, which is `None` once the server has disconnected it: what the client
/// sent before it knew is then ignored.
pub(crate) struct Entry {
    socket: Socket,
    handler: Option<Box<dyn Handler>>,
}

impl Entry {
    /// The socket goes with its session.
    ///
    /// # Errors
    /// As [`Entry::retire`].
    pub(crate) fn end(mut self, reason: DisconnectReason) -> Result<(), Panicked> {
        self.retire(reason)
    }

    /// Tells the handler, and all who wait for an acknowledgement.
    ///
    /// # Errors
    /// One of them panicked; the others have been told.
    fn retire(&mut self, reason: DisconnectReason) -> Result<(), Panicked> {
        let Some(mut handler) = self.handler.take() else { return Ok(()) };
        let unanswered = self.socket.retire();
        let outcome = guard(|| handler.disconnected(&self.socket, reason));
        let outcome = outcome.and(guard(|| drop(handler)));
        outcome.and(tell(unanswered, AckError::Disconnected))
    }
}

/// Tells each of those who wait for an acknowledgement why there is none.
fn tell(waiting: impl IntoIterator<Item = OnAck>, why: AckError) -> Result<(), Panicked> {
    let mut outcome = Ok(());
    for on_ack in waiting {
        outcome = guard(|| on_ack(Err(why))).and(outcome);
    }
    outcome
}

/// A CONNECT whose answer is being decided.
pub(crate) struct Connecting {
    namespace: Arc<str>,
    socket_id: SocketId,
    decision: BoxFuture<Result<Box<dyn Handler>, Refusal>>,
}

/// A binary packet whose attachments are still to come.
pub(crate) struct PartialPacket {
    text: Box<str>,
    expected: usize,
    attachments: Vec<Bytes>,
    bytes: usize,
}

impl Driver {
    /// An Engine.IO packet in text form.
    pub(crate) fn on_packet(&mut self, text: &str) {
        match text.as_bytes().first() {
            Some(b'4') => {
                if let Some(messages) = &mut self.messages {
                    return messages.text(&Connection(self.session.clone()), &text[1..]);
                }
                if self.partial.is_some() || self.on_message(&text[1..]).is_err() {
                    self.session.close(DisconnectReason::ParseError);
                }
            }
            Some(b'3') => self.session.pong(),
            Some(b'1') => self.session.close(DisconnectReason::TransportClose),
            Some(b'6') => {}
            _ => self.session.close(DisconnectReason::ParseError),
        }
    }

    /// A Socket.IO packet.
    fn on_message(&mut self, text: &str) -> Result<(), Malformed> {
        let Incoming { namespace, kind } = packet::parse(text)?;
        if self.waits.holds() && !self.passes(namespace, &kind)? {
            self.waits.defer(text);
            return Ok(());
        }
        match kind {
            Kind::Connect(auth) => self.on_connect(namespace, auth),
            Kind::Disconnect => self.on_disconnect(namespace),
            Kind::Event { attachments: expected @ 1.., data, .. }
            | Kind::Ack { attachments: expected @ 1.., data, .. } => {
                placeholder::check(data, expected)?;
                if expected > self.session.engine.config.max_attachments {
                    return Err(Malformed);
                }
                let text = Box::from(text);
                self.partial = Some(Box::new(PartialPacket {
                    text,
                    expected,
                    attachments: Vec::new(),
                    bytes: 0,
                }));
                Ok(())
            }
            Kind::Event { id, data, .. } => self.on_event(namespace, id, data, Vec::new()),
            Kind::Ack { id, data, .. } => self.on_ack(namespace, id, data, Vec::new()),
        }
    }

    /// Whether a packet does not wait for what holds.
    fn passes(&self, namespace: &str, kind: &Kind<'_>) -> Result<bool, Malformed> {
        let Kind::Event { attachments: 0, data, .. } = kind else { return Ok(false) };
        let i = self.position(namespace).ok_or(Malformed)?;
        let (name, args) = packet::split_event(data)?;
        let event = Event { name, args, attachments: Vec::new() };
        Ok(self.waits.lets_pass(self.sockets[i].socket.id(), &event))
    }

    /// Goes on with the packet that waited for a hold that has ended; `false` if there is none, or it
    /// has to wait longer.
    pub(crate) fn take_deferred(&mut self) -> bool {
        let engine = &self.session.engine;
        if self.connecting.is_some() || engine.is_draining() {
            return false;
        }
        let Some(text) = self.waits.take_deferred(engine.config.max_waits) else { return false };
        if self.on_message(&text).is_err() {
            self.session.close(DisconnectReason::ParseError);
        }
        true
    }

    /// An Engine.IO packet in binary form: the next attachment.
    pub(crate) fn on_binary(&mut self, bytes: &[u8]) {
        if let Some(messages) = &mut self.messages {
            return messages.binary(&Connection(self.session.clone()), bytes);
        }
        let Some(mut partial) = self.partial.take() else {
            return self.session.close(DisconnectReason::ParseError);
        };
        partial.bytes += bytes.len();
        if partial.bytes > self.session.engine.config.max_payload_bytes {
            return self.session.close(DisconnectReason::PayloadTooLarge);
        }
        partial.attachments.push(Bytes::copy_from_slice(bytes));
        if partial.attachments.len() < partial.expected {
            self.partial = Some(partial);
            return;
        }
        let PartialPacket { text, attachments, .. } = *partial;
        let result = packet::parse(&text).and_then(|incoming| match incoming.kind {
            Kind::Event { id, data, .. } => {
                self.on_event(incoming.namespace, id, data, attachments)
            }
            Kind::Ack { id, data, .. } => self.on_ack(incoming.namespace, id, data, attachments),
            Kind::Connect(_) | Kind::Disconnect => Err(Malformed),
        });
        if result.is_err() {
            self.session.close(DisconnectReason::ParseError);
        }
    }

    fn position(&self, namespace: &str) -> Option<usize> {
        self.sockets.iter().position(|entry| entry.socket.namespace() == namespace)
    }

    fn on_connect(&mut self, namespace: &str, auth: Option<&str>) -> Result<(), Malformed> {
        // The client may know already that it was taken out, and be back.
        self.end_disconnected();
        if let Some(i) = self.position(namespace) {
            if self.sockets[i].handler.is_some() {
                return Err(Malformed);
            }
            self.sockets.swap_remove(i);
        }
        let engine = &self.session.engine;
        let Some((name, target)) = engine.namespaces.get_key_value(namespace) else {
            self.session.push(&packet::refused(namespace, "Invalid namespace", None));
            return Ok(());
        };
        let auth = auth.map(|auth| RawValue::from_string(auth.to_owned())).transpose();
        let socket_id = SocketId::random();
        let request = ConnectRequest {
            socket_id,
            auth: auth.map_err(|_| Malformed)?,
            handshake: self.session.handshake.clone(),
        };
        let decision = target.connect(request);
        self.connecting =
            Some(Box::new(Connecting { namespace: name.clone(), socket_id, decision }));
        Ok(())
    }

    /// Sees whether a CONNECT has been decided. The handler is in place, and has heard of its
    /// socket, before the client is told.
    pub(crate) fn poll_connecting(&mut self, cx: &mut Context<'_>) {
        let Some(connecting) = &mut self.connecting else { return };
        let Poll::Ready(decision) = connecting.decision.as_mut().poll(cx) else { return };
        let Some(connecting) = self.connecting.take() else { return };
        let namespace = connecting.namespace;
        match decision {
            Ok(handler) => {
                let answer = packet::connected(&namespace, connecting.socket_id.as_str());
                let socket = Socket::new(connecting.socket_id, namespace, self.session.clone());
                self.session.set_connect_due(None);
                self.session.hold(&answer);
                // Kept first: should `connected` panic, `disconnected` is still called.
                if self.sockets.is_empty() {
                    // Most have one; a list begins with four otherwise.
                    self.sockets.reserve_exact(1);
                }
                self.sockets.push(Entry { socket, handler: Some(handler) });
                if let Some(Entry { socket, handler: Some(handler) }) = self.sockets.last_mut() {
                    handler.connected(socket);
                }
                self.session.announce();
            }
            Err(Refusal { message, data }) => {
                self.session.push(&packet::refused(&namespace, &message, data.as_deref()));
            }
        }
    }

    fn on_disconnect(&mut self, namespace: &str) -> Result<(), Malformed> {
        let i = self.position(namespace).ok_or(Malformed)?;
        let mut entry = self.sockets.swap_remove(i);
        let outcome = entry.retire(DisconnectReason::ClientDisconnect);
        self.end_if(outcome);
        self.expect_connect();
        Ok(())
    }

    /// Tells the handlers of sockets that the server has disconnected.
    pub(crate) fn end_disconnected(&mut self) {
        let (mut ended, mut outcome) = (false, Ok(()));
        for entry in &mut self.sockets {
            if entry.handler.is_some() && !entry.socket.is_connected() {
                outcome = entry.retire(DisconnectReason::ServerDisconnect).and(outcome);
                ended = true;
            }
        }
        self.end_if(outcome);
        if ended {
            self.expect_connect();
        }
    }

    /// A session that is in no namespace does not stay for ever.
    fn expect_connect(&self) {
        if self.sockets.iter().all(|entry| entry.handler.is_none()) {
            let engine = &self.session.engine;
            let due = engine.deadline_ms(engine.config.connect_timeout);
            self.session.set_connect_due(Some(due));
        }
    }

    fn on_event(
        &mut self,
        namespace: &str,
        id: Option<u64>,
        data: &str,
        attachments: Vec<Bytes>,
    ) -> Result<(), Malformed> {
        let i = self.position(namespace).ok_or(Malformed)?;
        let (name, args) = packet::split_event(data)?;
        let Entry { socket, handler: Some(handler) } = &mut self.sockets[i] else { return Ok(()) };
        if !socket.is_connected() {
            return Ok(());
        }
        socket.count_event();
        let ack = id.map(|id| Ack { socket: socket.clone(), id });
        match handler.event(socket, Event { name, args, attachments }, ack) {
            Flow::Next => {}
            Flow::Wait(wait) => self.waits.begin(&self.session.engine, wait),
            Flow::Hold(wait) => self.waits.hold(&self.session.engine, wait, None),
            Flow::HoldBut(wait, passes) => {
                let passes = Some((socket.id(), passes));
                self.waits.hold(&self.session.engine, wait, passes);
            }
        }
        Ok(())
    }

    fn on_ack(
        &mut self,
        namespace: &str,
        id: u64,
        data: &str,
        attachments: Vec<Bytes>,
    ) -> Result<(), Malformed> {
        let i = self.position(namespace).ok_or(Malformed)?;
        let args = packet::split_ack(data)?;
        // An answer that comes too late is nobody's any more.
        if let Some(on_ack) = self.sockets[i].socket.take_ack(id) {
            let outcome = guard(|| on_ack(Ok(Answer { args, attachments })));
            self.end_if(outcome);
        }
        Ok(())
    }

    /// Ends the acknowledgements whose time is up.
    pub(crate) fn expire_acks(&mut self) {
        if !self.session.take_acks_due() {
            return;
        }
        let now_ms = self.session.engine.now_ms();
        for entry in &self.sockets {
            let (expired, next_ms) = entry.socket.take_expired_acks(now_ms);
            if let Some(next_ms) = next_ms {
                self.session.wake_for_acks(next_ms);
            }
            let outcome = tell(expired, AckError::Timeout);
            self.end_if(outcome);
        }
    }
}
