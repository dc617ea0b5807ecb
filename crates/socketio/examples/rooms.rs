//! Chat rooms in as little as it takes: `join_room` with a room's name, and `send_message
//! {roomId, …}`, which everyone in the room gets as `receive_message`, the sender too. It is what
//! `bench/` measures this crate with.
//!
//! `cargo run --release --example rooms -- 127.0.0.1:3000`

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::value::RawValue;
use socketio::{
    Ack, BoxFuture, Config, ConnectRequest, DisconnectReason, Event, Flow, Handler, Io, Namespace,
    Refusal, Socket,
};
use tokio::net::{TcpListener, TcpSocket};

struct Rooms;

struct Member;

/// What both events carry; the rest of a message is passed on as it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Addressed {
    room_id: String,
}

impl Namespace for Rooms {
    fn connect(&self, _request: ConnectRequest) -> BoxFuture<Result<Box<dyn Handler>, Refusal>> {
        Box::pin(std::future::ready(Ok(Box::new(Member) as Box<dyn Handler>)))
    }
}

impl Handler for Member {
    fn connected(&mut self, _socket: &Socket) {}

    fn event(&mut self, socket: &Socket, event: Event<'_>, ack: Option<Ack>) -> Flow {
        let Some(first) = event.args.first() else { return Flow::Next };
        let room = serde_json::from_str::<Addressed>(first.get())
            .map(|addressed| addressed.room_id)
            .or_else(|_| serde_json::from_str::<String>(first.get()));
        let Ok(room) = room else { return Flow::Next };
        match event.name.as_ref() {
            "join_room" => socket.join(&room),
            "send_message" => socket.within(&room).emit::<RawValue>("receive_message", first),
            _ => {}
        }
        if let Some(ack) = ack {
            ack.send("ok");
        }
        Flow::Next
    }

    fn disconnected(&mut self, _socket: &Socket, _reason: DisconnectReason) {}
}

/// Connections that the kernel keeps for the accept loop: with fewer, a crowd that comes at once
/// waits a second for its next attempt.
const BACKLOG: u32 = 4096;

fn listen(address: &str) -> std::io::Result<TcpListener> {
    let address: SocketAddr = address.parse().map_err(std::io::Error::other)?;
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let io = Io::builder(Config::default()).namespace("/", Rooms).build();
    let not_found = tower::service_fn(|_: Request<Incoming>| async {
        let mut answer = Response::new(Full::<Bytes>::default());
        *answer.status_mut() = StatusCode::NOT_FOUND;
        Ok::<_, Infallible>(answer)
    });
    io.serve(listen(&address)?, not_found).await
}
