//! Who is there, in which rooms, and what waits to be written.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io;
use std::mem;
use std::rc::Rc;

use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::frame;

/// A connection.
#[derive(Debug)]
pub(crate) struct Peer {
    /// It is read by its own task and written by whoever flushes it.
    pub(crate) stream: TcpStream,
    waiting: RefCell<Vec<u8>>,
    /// Whether somebody will write what waits.
    is_dirty: Cell<bool>,
    is_gone: Cell<bool>,
    room: RefCell<Option<Rc<Room>>>,
}

type Room = RefCell<Vec<Rc<Peer>>>;

/// What all connections share.
#[derive(Debug, Default)]
pub(crate) struct World {
    rooms: RefCell<HashMap<Vec<u8>, Rc<Room>>>,
    dirty: RefCell<Vec<Rc<Peer>>>,
    changed: Notify,
}

impl Peer {
    /// In no room yet.
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            waiting: RefCell::default(),
            is_dirty: Cell::new(false),
            is_gone: Cell::new(false),
            room: RefCell::default(),
        }
    }

    /// Writes as much as the kernel takes; whether that was all.
    fn flush(&self) -> bool {
        let mut waiting = self.waiting.borrow_mut();
        match self.stream.try_write(&waiting) {
            Ok(size) if size < waiting.len() => drop(waiting.drain(..size)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            // Who cannot be written to any more is found by being read.
            Ok(_) | Err(_) => waiting.clear(),
        }
        waiting.is_empty()
    }
}

impl World {
    /// Puts a packet for one.
    pub(crate) fn send(&self, peer: &Rc<Peer>, packet: &[u8]) {
        frame::text(&mut peer.waiting.borrow_mut(), &[packet]);
        self.mark(peer);
    }

    /// Puts `receive_message` for a whole room. `rest` is what follows the event's name.
    pub(crate) fn broadcast(&self, room: &[u8], rest: &[u8]) {
        let Some(room) = self.rooms.borrow().get(room).map(Rc::clone) else { return };
        let mut bytes = Vec::new();
        frame::text(&mut bytes, &[b"42[\"receive_message\"", rest]);
        for member in &*room.borrow() {
            member.waiting.borrow_mut().extend_from_slice(&bytes);
            self.mark(member);
        }
    }

    /// Into a room, out of the one before.
    pub(crate) fn join(&self, peer: &Rc<Peer>, room: &[u8]) {
        Self::leave_room(peer);
        let room = Rc::clone(self.rooms.borrow_mut().entry(room.to_vec()).or_default());
        room.borrow_mut().push(Rc::clone(peer));
        *peer.room.borrow_mut() = Some(room);
    }

    /// For good.
    pub(crate) fn leave(peer: &Rc<Peer>) {
        peer.is_gone.set(true);
        Self::leave_room(peer);
    }

    fn leave_room(peer: &Rc<Peer>) {
        if let Some(room) = peer.room.borrow_mut().take() {
            room.borrow_mut().retain(|member| !Rc::ptr_eq(member, peer));
        }
    }

    fn mark(&self, peer: &Rc<Peer>) {
        if !peer.is_dirty.replace(true) {
            self.dirty.borrow_mut().push(Rc::clone(peer));
            self.changed.notify_one();
        }
    }
}

/// Writes what waits, after whoever was ready to be read has been: so one write takes many frames if
/// there is much to do.
pub(crate) async fn flush_for_ever(world: Rc<World>) {
    let mut batch = Vec::new();
    loop {
        world.changed.notified().await;
        mem::swap(&mut batch, &mut world.dirty.borrow_mut());
        for peer in batch.drain(..) {
            if peer.flush() {
                peer.is_dirty.set(false);
            } else {
                tokio::task::spawn_local(flush_slowly(peer));
            }
        }
    }
}

/// For one whose kernel buffer is full.
async fn flush_slowly(peer: Rc<Peer>) {
    while !peer.is_gone.get() && peer.stream.writable().await.is_ok() {
        if peer.flush() {
            peer.is_dirty.set(false);
            return;
        }
    }
}
