//! The floor: as little as a server can do and still be spoken to by the load generator.
//!
//! One thread. The WebSocket handshake by hand, `join_room` and `send_message` found by their bytes,
//! the frame copied to each member of the room, each member's frames written in one call. No JSON, no
//! limits, no deadlines, no heartbeats, no polling: what a server costs beyond this is its own.
//!
//! `peer-floor 127.0.0.1:3000`

mod frame;
mod handshake;
mod world;

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, LocalOptions};

use crate::world::{Peer, World};

/// One buffer for whoever is read: an idle connection owns none.
const READ_BYTES: usize = 64 << 10;

/// The largest message that is put together from several reads: what one connection may hold.
const MAX_HELD_BYTES: usize = 1 << 20;

/// What the Engine.IO handshake says; no ping will ever follow.
const OPEN: &str = "0{\"sid\":\"floor\",\"upgrades\":[],\"pingInterval\":25000,\
                    \"pingTimeout\":20000,\"maxPayload\":1000000}";

thread_local! {
    static READ: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let runtime = Builder::new_current_thread().enable_io().build_local(LocalOptions::default())?;
    runtime.block_on(accept(&address))
}

async fn accept(address: &str) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    let world = Rc::new(World::default());
    tokio::task::spawn_local(world::flush_for_ever(Rc::clone(&world)));
    loop {
        // One that is gone before it was accepted is nobody's error.
        let Ok((stream, _)) = listener.accept().await else { continue };
        tokio::task::spawn_local(serve(Rc::clone(&world), stream));
    }
}

/// A connection, from its first byte to its last.
async fn serve(world: Rc<World>, stream: TcpStream) {
    let Ok(()) = stream.set_nodelay(true) else { return };
    let Ok(()) = handshake::answer(&stream).await else { return };
    let peer = Rc::new(Peer::new(stream));
    world.send(&peer, OPEN.as_bytes());
    // However it ends, it is over.
    let _ = read(&world, &peer).await;
    World::leave(&peer);
}

async fn read(world: &Rc<World>, peer: &Rc<Peer>) -> io::Result<()> {
    let mut held = Vec::new();
    loop {
        peer.stream.readable().await?;
        let is_open = READ.with_borrow_mut(|buffer| {
            match peer.stream.try_read(buffer) {
                Ok(0) => return Ok(false),
                Ok(size) if held.is_empty() => {
                    let used = take(world, peer, &mut buffer[..size])?;
                    held.extend_from_slice(&buffer[used..size]);
                }
                Ok(size) => {
                    held.extend_from_slice(&buffer[..size]);
                    let used = take(world, peer, &mut held)?;
                    held.drain(..used);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            if held.is_empty() {
                held = Vec::new();
            }
            Ok(held.len() <= MAX_HELD_BYTES)
        })?;
        if !is_open {
            return Ok(());
        }
    }
}

/// Goes through the whole frames in `bytes`; returns how much of it they were.
fn take(world: &Rc<World>, peer: &Rc<Peer>, bytes: &mut [u8]) -> io::Result<usize> {
    let mut used = 0;
    while let Some((payload, size)) = frame::unmask(&mut bytes[used..])? {
        hear(world, peer, payload);
        used += size;
    }
    Ok(used)
}

fn hear(world: &Rc<World>, peer: &Rc<Peer>, packet: &[u8]) {
    if packet == b"40" {
        world.send(peer, b"40{\"sid\":\"floor\"}");
    } else if let Some(rest) = packet.strip_prefix(b"42[\"send_message\"") {
        world.broadcast(room_of(rest), rest);
    } else if let Some(rest) = packet.strip_prefix(b"42") {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (id, event) = rest.split_at(digits);
        if event.starts_with(b"[\"join_room\"") {
            world.join(peer, room_of(event));
            world.send(peer, &[b"43", id, b"[\"ok\"]"].concat());
        }
    }
}

/// What stands behind `"roomId":"`, empty without.
fn room_of(event: &[u8]) -> &[u8] {
    const KEY: &[u8] = b"\"roomId\":\"";
    let Some(at) = event.windows(KEY.len()).position(|window| window == KEY) else { return b"" };
    event[at + KEY.len()..].split(|byte| *byte == b'"').next().unwrap_or_default()
}
