//! A client in a namespace, as the application sees it.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use parking_lot::Mutex;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::namespace::DisconnectReason;
use crate::packet::{self, Packet};
use crate::rooms::{Broadcast, Room};
use crate::session::Session;
use crate::sid::random;

/// Acknowledgements that one socket may owe. An entry costs some 100 bytes.
const MAX_PENDING_ACKS: usize = 1024;

/// The public id of a socket: 20 characters of `A-Z a-z 0-9 - _`. It says nothing of the secret
/// session id.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId([u8; 20]);

impl SocketId {
    pub(crate) fn random() -> Self {
        let mut id = [0; 20];
        let written = URL_SAFE_NO_PAD.encode_slice(random::<15>(), &mut id);
        debug_assert_eq!(written, Ok(20));
        Self(id)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("base64 is ASCII")
    }
}

impl AsRef<str> for SocketId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for SocketId {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for SocketId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A cheap handle on a client's socket. Everything on it queues and returns: nothing blocks, and
/// on a socket that is gone nothing happens.
#[derive(Clone)]
pub struct Socket(Arc<Inner>);

/// What a fan-out looks at comes first, as in a [`Session`].
#[repr(C)]
struct Inner {
    session: Arc<Session>,
    events_out: AtomicU64,
    id: SocketId,
    connected: AtomicBool,
    namespace: Arc<str>,
    opened_ms: u64,
    events_in: AtomicU64,
    held: Mutex<Held>,
}

/// What a socket holds until it goes.
#[derive(Default)]
struct Held {
    acks: Option<Box<Acks>>,
    rooms: Vec<Arc<Room>>,
}

#[derive(Default)]
struct Acks {
    next_id: u64,
    pending: BTreeMap<u64, PendingAck>,
}

struct PendingAck {
    deadline_ms: u64,
    on_ack: OnAck,
}

pub(crate) type OnAck = Box<dyn FnOnce(Result<Answer<'_>, AckError>) + Send>;

/// A client's acknowledgement as it came, its arguments still JSON text.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The arguments: each a valid JSON text, as in [`Event::args`](crate::Event::args).
    pub args: Vec<&'a RawValue>,
    /// The binary parts, as in [`Event::attachments`](crate::Event::attachments).
    pub attachments: Vec<Bytes>,
}

/// Why a client's acknowledgement did not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AckError {
    /// Not in time.
    #[error("the client did not acknowledge in time")]
    Timeout,
    /// The socket went first.
    #[error("the socket disconnected before it acknowledged")]
    Disconnected,
    /// The socket already owes 1,024.
    #[error("the socket owes too many acknowledgements")]
    TooMany,
}

/// What went over a socket so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// Events from the client.
    pub events_in: u64,
    /// Events and acknowledgements queued for the client.
    pub events_out: u64,
    /// How long the socket has been connected.
    pub age: Duration,
}

impl Socket {
    pub(crate) fn new(id: SocketId, namespace: Arc<str>, session: Arc<Session>) -> Self {
        session.engine.counters.sockets.add(1);
        let opened_ms = session.engine.now_ms();
        Self(Arc::new(Inner {
            id,
            namespace,
            session,
            opened_ms,
            connected: AtomicBool::new(true),
            events_in: AtomicU64::new(0),
            events_out: AtomicU64::new(0),
            held: Mutex::default(),
        }))
    }

    /// The public id, which the client knows as `socket.id`.
    pub fn id(&self) -> SocketId {
        self.0.id
    }

    /// The namespace that it is in.
    pub fn namespace(&self) -> &str {
        &self.0.namespace
    }

    /// Whether it is connected still.
    pub fn is_connected(&self) -> bool {
        self.0.connected.load(Ordering::Acquire)
    }

    /// What went over it so far.
    pub fn traffic(&self) -> Traffic {
        let age_ms = self.0.session.engine.now_ms().saturating_sub(self.0.opened_ms);
        Traffic {
            events_in: self.0.events_in.load(Ordering::Relaxed),
            events_out: self.0.events_out.load(Ordering::Relaxed),
            age: Duration::from_millis(age_ms),
        }
    }

    /// Emits an event with one argument. As [`Socket::send`] does, it queues.
    ///
    /// # Panics
    /// As [`Packet::event`] does: a reserved name, a payload that cannot be JSON.
    pub fn emit<T: Serialize + ?Sized>(&self, name: &str, payload: &T) {
        self.send(&Packet::event(self.namespace(), name, payload));
    }

    /// Emits an event with any number of arguments, each a JSON text.
    ///
    /// # Panics
    /// As [`Packet::event_args`] does: a reserved name.
    pub fn emit_args(&self, name: &str, args: &[&RawValue]) {
        self.send(&Packet::event_args(self.namespace(), name, args));
    }

    /// Sends a packet that may be shared with other sockets of the same namespace. A socket whose
    /// queue is full is disconnected with [`DisconnectReason::QueueFull`].
    pub fn send(&self, packet: &Packet) {
        if let Some(session) = self.queue(packet) {
            self.0.session.engine.mark_dirty(session);
        }
    }

    /// As [`Session::touch`].
    pub(crate) fn touch(&self) {
        self.0.session.touch();
    }

    /// Queues a packet; the session, if the flusher has to be told of it.
    pub(crate) fn queue(&self, packet: &Packet) -> Option<Arc<Session>> {
        if !self.is_connected() {
            return None;
        }
        self.0.events_out.fetch_add(1, Ordering::Relaxed);
        let session = &self.0.session;
        let mark = match &packet.attachments {
            None => session.queue(std::iter::once(&packet.frame)),
            Some(attachments) => session.queue(std::iter::once(&packet.frame).chain(attachments)),
        };
        mark.then(|| session.clone())
    }

    /// Emits an event that may be lost, for what is worth nothing later, such as the position of a
    /// pointer. It goes out only if the client can take it at once: a WebSocket that has taken
    /// everything so far, or a poll that waits, and nothing queued before it. What was emitted a
    /// moment ago is queued until the flusher has come by, so that of two in a row the second is
    /// lost, and in [`Handler::connected`](crate::Handler::connected) each one is: the answer to the
    /// CONNECT is in front of it. Returns whether it goes out.
    ///
    /// # Panics
    /// As [`Packet::event`] does: a reserved name, a payload that cannot be JSON.
    pub fn emit_volatile<T: Serialize + ?Sized>(&self, name: &str, payload: &T) -> bool {
        if !self.is_connected() {
            return false;
        }
        let packet = Packet::event(self.namespace(), name, payload);
        let session = &self.0.session;
        let sent = session.queue_volatile(&packet.frame);
        if sent {
            self.0.events_out.fetch_add(1, Ordering::Relaxed);
            session.engine.mark_dirty(session.clone());
        }
        sent
    }

    /// Joins a room of this namespace; nothing happens if it is in it, or gone, already. A socket is
    /// meant for few rooms, since they are looked for one by one; how many is for the application
    /// to bound. It leaves them all when it goes.
    pub fn join(&self, room: &str) {
        let rooms = &mut self.0.held.lock().rooms;
        if self.is_connected() && !rooms.iter().any(|joined| *joined.key.1 == *room) {
            let key = (self.0.namespace.clone(), room.into());
            if rooms.is_empty() {
                // Most are in one or two; a list begins with four otherwise.
                rooms.reserve_exact(1);
            }
            rooms.push(self.0.session.engine.rooms.join(&key, self));
        }
    }

    /// Leaves a room; nothing happens if it is not in it.
    pub fn leave(&self, room: &str) {
        let rooms = &mut self.0.held.lock().rooms;
        if let Some(i) = rooms.iter().position(|joined| *joined.key.1 == *room) {
            let room = rooms.swap_remove(i);
            self.0.session.engine.rooms.leave(&room, self.id());
        }
    }

    /// Whether it is in a room.
    pub fn is_in(&self, room: &str) -> bool {
        self.0.held.lock().rooms.iter().any(|held| *held.key.1 == *room)
    }

    /// The names of the rooms that it is in.
    pub fn rooms(&self) -> Vec<Arc<str>> {
        self.0.held.lock().rooms.iter().map(|room| room.key.1.clone()).collect()
    }

    /// Everyone else in a room.
    pub fn to(&self, room: &str) -> Broadcast<'_> {
        self.within(room).except(self.id())
    }

    /// Everyone in a room, this socket too if it is in it.
    pub fn within(&self, room: &str) -> Broadcast<'_> {
        Broadcast::new(&self.0.session.engine, self.namespace(), room)
    }

    /// Emits an event that the client is to acknowledge, and calls `on_ack` exactly once: with the
    /// acknowledgement, or with the reason why there is none: in the session's own task, or in this
    /// call where the reason is there at once. It is a callback and not a future, so that no handler
    /// can wait for the very client that it keeps from being read. A panic in it ends the session
    /// with [`DisconnectReason::Panic`], once all others who wait have been told.
    ///
    /// # Panics
    /// As [`Packet::event`] does: a reserved name, a payload that cannot be JSON.
    pub fn emit_with_ack<T: Serialize + ?Sized>(
        &self,
        name: &str,
        payload: &T,
        timeout: Duration,
        on_ack: impl FnOnce(Result<Answer<'_>, AckError>) + Send + 'static,
    ) {
        let deadline_ms = self.0.session.engine.deadline_ms(timeout);
        let id = {
            let mut held = self.0.held.lock();
            // Checked under the lock: `retire` takes what is pending under it.
            if !self.is_connected() {
                drop(held);
                return on_ack(Err(AckError::Disconnected));
            }
            let acks = held.acks.get_or_insert_default();
            if acks.pending.len() >= MAX_PENDING_ACKS {
                drop(held);
                return on_ack(Err(AckError::TooMany));
            }
            let id = acks.next_id;
            acks.next_id += 1;
            acks.pending.insert(id, PendingAck { deadline_ms, on_ack: Box::new(on_ack) });
            id
        };
        self.0.session.wake_for_acks(deadline_ms);
        self.send(&Packet::new(packet::event_with_ack(self.namespace(), id, name, payload)));
    }

    /// Takes the client out of this namespace; its connection stays. The client does not come back
    /// by itself.
    pub fn disconnect(&self) {
        if self.0.connected.swap(false, Ordering::AcqRel) {
            self.0.session.push(&packet::disconnected(self.namespace()));
            self.0.session.wake_task();
        }
    }

    /// Closes the client's connection once what is queued has been written. The client comes back
    /// by itself.
    pub fn close(&self) {
        self.0.session.close(DisconnectReason::ServerDisconnect);
    }

    pub(crate) fn count_event(&self) {
        self.0.events_in.fetch_add(1, Ordering::Relaxed);
    }

    /// Who waits for this answer of the client's, if anybody does (still).
    pub(crate) fn take_ack(&self, id: u64) -> Option<OnAck> {
        let pending = self.0.held.lock().acks.as_mut()?.pending.remove(&id)?;
        Some(pending.on_ack)
    }

    /// Those who have waited long enough, to be told, and the earliest deadline that is left.
    pub(crate) fn take_expired_acks(&self, now_ms: u64) -> (Vec<OnAck>, Option<u64>) {
        let mut held = self.0.held.lock();
        let Some(acks) = held.acks.as_mut() else { return (Vec::new(), None) };
        let mut expired = Vec::new();
        acks.pending.retain(|_, ack| {
            if ack.deadline_ms > now_ms {
                return true;
            }
            expired.push(std::mem::replace(&mut ack.on_ack, Box::new(|_| {})));
            false
        });
        (expired, acks.pending.values().map(|ack| ack.deadline_ms).min())
    }

    /// The socket is gone: nothing more is sent. Returns those who wait for an acknowledgement, to
    /// be told.
    pub(crate) fn retire(&self) -> impl Iterator<Item = OnAck> + use<> {
        let Held { acks, rooms } = {
            let mut held = self.0.held.lock();
            // Under the lock, so that no join comes behind.
            self.0.connected.store(false, Ordering::Release);
            std::mem::take(&mut *held)
        };
        let engine = &self.0.session.engine;
        engine.counters.sockets.sub(1);
        for room in rooms {
            engine.rooms.leave(&room, self.id());
        }
        acks.into_iter().flat_map(|acks| acks.pending.into_values()).map(|ack| ack.on_ack)
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("id", &self.0.id)
            .field("namespace", &self.0.namespace)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With the counts of its `Arc` it takes 128 bytes; an allocator's next size is 160.
    #[test]
    fn a_socket_is_small() {
        assert!(size_of::<Inner>() <= 112, "{} bytes", size_of::<Inner>());
        // What a fan-out looks at is one line.
        assert!(16 + std::mem::offset_of!(Inner, connected) < 64);
    }
}
