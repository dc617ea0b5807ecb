//! The server that the Socket.IO project's own protocol suites (`docs/engine.io-protocol` and
//! `docs/socket.io-protocol`) expect, so that anybody can run them against this crate: port 3000,
//! short heartbeats, and handlers that echo.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::value::RawValue;
use socketio::{
    Ack, BoxFuture, Config, ConnectRequest, Connection, DisconnectReason, Endpoint, Event, Flow,
    Handler, Handshake, Io, MessageHandler, Namespace, Packet, Refusal, Socket,
};
use tokio::net::TcpListener;

struct Echo;

struct EchoHandler {
    auth: Box<RawValue>,
}

impl Namespace for Echo {
    fn connect(&self, request: ConnectRequest) -> BoxFuture<Result<Box<dyn Handler>, Refusal>> {
        let empty = || RawValue::from_string("{}".to_owned()).expect("an object");
        let auth = request.auth.unwrap_or_else(empty);
        Box::pin(async { Ok(Box::new(EchoHandler { auth }) as Box<dyn Handler>) })
    }
}

impl Handler for EchoHandler {
    fn connected(&mut self, socket: &Socket) {
        socket.emit("auth", &self.auth);
    }

    fn event(&mut self, socket: &Socket, event: Event<'_>, ack: Option<Ack>) -> Flow {
        match (event.name.as_ref(), ack) {
            ("message", _) => socket.send(&Packet::binary_event(
                socket.namespace(),
                "message-back",
                &event.args,
                &event.attachments,
            )),
            ("message-with-ack", Some(ack)) => {
                ack.send_binary(&event.args, &event.attachments);
            }
            _ => {}
        }
        Flow::Next
    }

    fn disconnected(&mut self, _socket: &Socket, _reason: DisconnectReason) {}
}

struct EchoMessages;

impl Endpoint for EchoMessages {
    fn open(&self, _connection: &Connection, _handshake: &Handshake) -> Box<dyn MessageHandler> {
        Box::new(EchoMessages)
    }
}

impl MessageHandler for EchoMessages {
    fn text(&mut self, connection: &Connection, text: &str) {
        connection.send_text(text);
    }

    fn binary(&mut self, connection: &Connection, bytes: &[u8]) {
        connection.send_binary(bytes);
    }

    fn closed(&mut self, _reason: DisconnectReason) {}
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let config = Config {
        ping_interval: Duration::from_millis(300),
        ping_timeout: Duration::from_millis(200),
        connect_timeout: Duration::from_millis(1500),
        max_payload_bytes: 1_000_000,
        ..Config::default()
    };
    let io = Io::builder(config)
        .namespace("/", Echo)
        .namespace("/custom", Echo)
        .endpoint("/engine.io/", EchoMessages)
        .build();
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    let not_found = tower::service_fn(|_: Request<Incoming>| async {
        let mut answer = Response::new(Full::<Bytes>::default());
        *answer.status_mut() = StatusCode::NOT_FOUND;
        Ok::<_, Infallible>(answer)
    });
    io.serve(listener, not_found).await
}
