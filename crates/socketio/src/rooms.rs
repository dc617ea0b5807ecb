//! Rooms: named sets of sockets, and the fan-out to one.

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::Serialize;

use crate::engine::Engine;
use crate::packet::Packet;
use crate::session::{AHEAD, Session};
use crate::socket::{Socket, SocketId};

/// Shards of the table of rooms: a lock each.
const SHARDS: usize = 16;

/// Listeners of one room that are queued for before the flusher hears of them: some 20 µs.
const FAN_OUT_CHUNK: usize = 256;

thread_local! {
    /// Sessions that a fan-out has queued for, and the flusher does not know of yet.
    static QUEUED: Cell<Vec<Arc<Session>>> = const { Cell::new(Vec::new()) };
}

/// All rooms of all namespaces. A room exists as long as a socket is in it.
#[derive(Default)]
pub(crate) struct Rooms {
    shards: [Mutex<HashMap<RoomKey, Arc<Room>>>; SHARDS],
    hasher: std::hash::RandomState,
}

/// A namespace and a room's name.
type RoomKey = (Arc<str>, Arc<str>);

/// One room.
pub(crate) struct Room {
    pub(crate) key: RoomKey,
    /// Shared with the fan-outs that are under way; changed in place when there are none.
    sockets: Mutex<Arc<Vec<Socket>>>,
}

impl Rooms {
    fn shard(&self, key: &RoomKey) -> &Mutex<HashMap<RoomKey, Arc<Room>>> {
        let hash = self.hasher.hash_one(key);
        &self.shards[usize::try_from(hash % SHARDS as u64).unwrap_or(0)]
    }

    pub(crate) fn find(&self, key: &RoomKey) -> Option<Arc<Room>> {
        self.shard(key).lock().get(key).cloned()
    }

    /// Adds a socket that is not in the room yet.
    pub(crate) fn join(&self, key: &RoomKey, socket: &Socket) -> Arc<Room> {
        let mut shard = self.shard(key).lock();
        let room = shard
            .entry(key.clone())
            .or_insert_with(|| Arc::new(Room { key: key.clone(), sockets: Mutex::default() }));
        Arc::make_mut(&mut room.sockets.lock()).push(socket.clone());
        room.clone()
    }

    /// Removes a socket; the last one takes the room with it.
    pub(crate) fn leave(&self, room: &Room, id: SocketId) {
        let mut shard = self.shard(&room.key).lock();
        let mut sockets = room.sockets.lock();
        let sockets = Arc::make_mut(&mut sockets);
        if let Some(i) = sockets.iter().position(|socket| socket.id() == id) {
            sockets.swap_remove(i);
        }
        if sockets.is_empty() {
            shard.remove(&room.key);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().len()).sum()
    }
}

/// An emit to everyone in a room, but for some perhaps: see [`Socket::to`], [`Socket::within`] and
/// [`Io::to`](crate::Io::to).
#[must_use = "nothing is sent before `emit` or `send`"]
pub struct Broadcast<'a> {
    engine: &'a Engine,
    room: Option<Arc<Room>>,
    except: Vec<SocketId>,
}

impl<'a> Broadcast<'a> {
    pub(crate) fn new(engine: &'a Engine, namespace: &str, room: &str) -> Self {
        let room = engine.rooms.find(&(namespace.into(), room.into()));
        Self { engine, room, except: Vec::new() }
    }

    /// Leaves one socket out. Each costs a comparison for each listener: they should be few.
    pub fn except(mut self, id: SocketId) -> Self {
        self.except.push(id);
        self
    }

    /// Emits an event with one argument to everyone in the room. It is encoded once.
    ///
    /// # Panics
    /// As [`Packet::event`] does: a reserved name, a payload that cannot be JSON.
    pub fn emit<T: Serialize + ?Sized>(self, name: &str, payload: &T) {
        if let Some(room) = &self.room {
            let packet = Packet::event(&room.key.0, name, payload);
            self.send(&packet);
        }
    }

    /// Sends a packet to everyone in the room.
    ///
    /// Who is in the room is looked up once, at the start; no lock is held while it is sent. Two
    /// broadcasts from two threads at once may reach two listeners in different order: where the
    /// order matters, one place has to send.
    pub fn send(self, packet: &Packet) {
        let Some(room) = &self.room else { return };
        let sockets = room.sockets.lock().clone();
        let mut queued = QUEUED.take();
        for chunk in sockets.chunks(FAN_OUT_CHUNK) {
            for some in chunk.chunks(AHEAD) {
                some.iter().for_each(Socket::touch);
                let those = some.iter().filter(|socket| !self.except.contains(&socket.id()));
                queued.extend(those.filter_map(|socket| socket.queue(packet)));
            }
            self.engine.mark_all_dirty(&mut queued);
        }
        QUEUED.set(queued);
    }

    /// How many sockets are in the room.
    pub fn len(&self) -> usize {
        self.room.as_ref().map_or(0, |room| room.sockets.lock().len())
    }

    /// Whether nobody is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
