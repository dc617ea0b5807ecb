//! What an application implements: a [`Namespace`] decides who may connect, and gives each socket
//! its [`Handler`].

use std::borrow::Cow;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::packet::{self, Packet};
use crate::socket::{Socket, SocketId};

/// A future that can be kept beside others of its kind.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send + 'static>>;

/// A Socket.IO namespace: the door, and the maker of handlers.
pub trait Namespace: Send + Sync + 'static {
    /// Called with a CONNECT packet, before the client is answered. Nothing else of this
    /// connection is read until the future resolves, and it is dropped if the session ends first,
    /// such as by [`Config::connect_timeout`](crate::Config::connect_timeout). It runs in the
    /// session's own task and must not block. The handler that it gives is in place before
    /// the client learns that it is connected, so no event is lost (Socket.IO protocol v5,
    /// "Connection to a namespace").
    fn connect(&self, request: ConnectRequest) -> BoxFuture<Result<Box<dyn Handler>, Refusal>>;
}

/// What is known of a socket that asks to connect.
#[derive(Debug)]
pub struct ConnectRequest {
    /// The public id that the socket gets if it is let in.
    pub socket_id: SocketId,
    /// The payload of the CONNECT packet: the text of a JSON object, or `None`.
    pub auth: Option<Box<RawValue>>,
    /// The HTTP request that opened the session.
    pub handshake: Arc<Handshake>,
}

/// How the client reaches the server at the time of the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// HTTP long-polling; it may upgrade later.
    Polling,
    /// A WebSocket from the start.
    WebSocket,
}

/// The HTTP request that opened a session. Of its headers only those are kept that
/// [`Handshake::KEPT_HEADERS`] names: at 18,000 connections a browser's whole set costs 40 MB.
#[derive(Debug)]
pub struct Handshake {
    /// The other end of the TCP connection: a reverse proxy, where there is one.
    pub peer: SocketAddr,
    /// The transport that the session was opened with.
    pub transport: Transport,
    text: Box<str>,
    query_len: u32,
}

impl Handshake {
    /// The headers that a handshake remembers.
    pub const KEPT_HEADERS: [&'static str; 9] = [
        "authorization",
        "cookie",
        "forwarded",
        "host",
        "origin",
        "referer",
        "sec-fetch-site",
        "x-forwarded-for",
        "x-forwarded-proto",
    ];

    pub(crate) fn new(
        peer: SocketAddr,
        transport: Transport,
        query: &str,
        headers: &HeaderMap,
    ) -> Self {
        let mut text = query.to_owned();
        for name in Self::KEPT_HEADERS {
            for value in headers.get_all(name) {
                text.push('\n');
                text.push_str(name);
                text.push(':');
                text.push_str(&String::from_utf8_lossy(value.as_bytes()));
            }
        }
        let query_len = u32::try_from(query.len()).unwrap_or(0);
        Self { peer, transport, text: text.into_boxed_str(), query_len }
    }

    /// The query string, without its `?`.
    pub fn query(&self) -> &str {
        &self.text[..self.query_len as usize]
    }

    /// The values of a kept header, in the order in which they came; `name` in lower case. Bytes
    /// that are not UTF-8 read as U+FFFD.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.text[self.query_len as usize..]
            .split('\n')
            .filter_map(|line| line.split_once(':'))
            .filter_map(move |(key, value)| (key == name).then_some(value))
    }
}

/// Why a CONNECT was refused; the client gets it as `connect_error`.
#[derive(Debug)]
pub struct Refusal {
    /// The error's `message`.
    pub message: String,
    /// The error's `data`, the text of any JSON value.
    pub data: Option<Box<RawValue>>,
}

/// What one socket does with what it hears. It belongs to the connection's own task: `&mut self`,
/// and no lock is needed.
pub trait Handler: Send + 'static {
    /// The socket is in. Called just before the answer goes out; what is emitted here arrives
    /// right after it.
    fn connected(&mut self, socket: &Socket);

    /// An event, in the order of arrival. What is decided in this call happens in that order; only
    /// the wait that it may return overlaps with later events ([`Flow::Wait`]), at most
    /// [`Config::max_waits`](crate::Config::max_waits) of them, then the socket is not read. It must
    /// not block the thread. A panic ends the session with [`DisconnectReason::Panic`].
    fn event(&mut self, socket: &Socket, event: Event<'_>, ack: Option<Ack>) -> Flow;

    /// The socket is gone: called exactly once for every socket whose `connected` was called.
    /// Waits that have not ended run on to their end, and [`Io::shutdown`](crate::Io::shutdown)
    /// waits for them.
    fn disconnected(&mut self, socket: &Socket, reason: DisconnectReason);
}

/// What is left to do when [`Handler::event`] returns.
pub enum Flow {
    /// Nothing: the next event may come.
    Next,
    /// A wait, such as for a commit. Later events are handled meanwhile. It is polled in the
    /// session's task, for the first time in the order of the events and later in no set order with
    /// other waits, and runs to its end even if the socket goes first. A panic in it ends the session
    /// with [`DisconnectReason::Panic`], and no other wait.
    Wait(BoxFuture<()>),
    /// A wait that later events wait for too, such as for a right that they may need: nothing more
    /// of the session is read until it ends. It runs to its end even if the socket goes first, after
    /// [`Handler::disconnected`] then. Give it a bound in time: nobody hears the client meanwhile.
    Hold(BoxFuture<()>),
    /// The same, but events of this socket that it has nothing to do with are handled meanwhile, as long
    /// as nothing else comes between: the first that does not pass waits, and what is behind it too. So
    /// two events that wait, or two that pass, keep their order.
    HoldBut(BoxFuture<()>, Passes),
}

/// Whether an event passes a [`Flow::HoldBut`]. Must be quick: it sees each event that comes meanwhile,
/// and the handler decodes it again.
pub type Passes = Box<dyn Fn(&Event<'_>) -> bool + Send + 'static>;

/// An event as it came, its arguments still JSON text.
#[derive(Debug)]
pub struct Event<'a> {
    /// The event's name.
    pub name: Cow<'a, str>,
    /// The arguments after the name: each a valid JSON text, nested as deep as the client liked
    /// (at most 127 deep in an event with binary parts).
    pub args: Vec<&'a RawValue>,
    /// The binary parts; `{"_placeholder":true,"num":N}` stands in `args` for the N-th, counted
    /// from 0. There is no such object in `args` whose part is missing, if there are any parts.
    pub attachments: Vec<Bytes>,
}

/// The client's callback, waiting for its answer. Not sending it leaves the client to its timeout.
#[derive(Debug)]
pub struct Ack {
    pub(crate) socket: Socket,
    pub(crate) id: u64,
}

impl Ack {
    /// Calls the client's callback with one argument.
    ///
    /// # Panics
    /// If `payload` cannot be JSON, such as a map whose keys are not strings.
    pub fn send<T: Serialize + ?Sized>(self, payload: &T) {
        self.socket.send(&Packet::new(packet::ack(self.socket.namespace(), self.id, payload)));
    }

    /// Calls the client's callback with any number of arguments, each a JSON text.
    pub fn send_args(self, args: &[&RawValue]) {
        self.send_binary(args, &[]);
    }

    /// Calls the client's callback with arguments some of which are binary: `args` hold
    /// `{"_placeholder":true,"num":N}` in their places.
    pub fn send_binary(self, args: &[&RawValue], attachments: &[Bytes]) {
        let namespace = self.socket.namespace();
        self.socket.send(&packet::binary_ack(namespace, self.id, args, attachments));
    }
}

/// Why a socket went, in Socket.IO's own words where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum DisconnectReason {
    /// The client left the namespace.
    ClientDisconnect = 1,
    /// [`Socket::disconnect`] or [`Socket::close`].
    ServerDisconnect,
    /// The connection was closed by the client.
    TransportClose,
    /// The connection broke.
    TransportError,
    /// No pong came in time.
    PingTimeout,
    /// A packet was malformed.
    ParseError,
    /// A packet was over [`Config::max_payload_bytes`](crate::Config::max_payload_bytes).
    PayloadTooLarge,
    /// The reader was too slow: [`Config::max_queue_bytes`](crate::Config::max_queue_bytes).
    QueueFull,
    /// The reader took nothing for [`Config::write_timeout`](crate::Config::write_timeout).
    WriteTimeout,
    /// In no namespace for [`Config::connect_timeout`](crate::Config::connect_timeout).
    ConnectTimeout,
    /// The server is stopping; the client reconnects by itself.
    ServerShutdown,
    /// The handler panicked.
    Panic,
}

impl DisconnectReason {
    /// All of them, in the order of their numbers, which begin at 1.
    pub const ALL: [Self; 12] = [
        Self::ClientDisconnect,
        Self::ServerDisconnect,
        Self::TransportClose,
        Self::TransportError,
        Self::PingTimeout,
        Self::ParseError,
        Self::PayloadTooLarge,
        Self::QueueFull,
        Self::WriteTimeout,
        Self::ConnectTimeout,
        Self::ServerShutdown,
        Self::Panic,
    ];

    /// The reason as text, for logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientDisconnect => "client namespace disconnect",
            Self::ServerDisconnect => "server namespace disconnect",
            Self::TransportClose => "transport close",
            Self::TransportError => "transport error",
            Self::PingTimeout => "ping timeout",
            Self::ParseError => "parse error",
            Self::PayloadTooLarge => "payload too large",
            Self::QueueFull => "queue full",
            Self::WriteTimeout => "write timeout",
            Self::ConnectTimeout => "connect timeout",
            Self::ServerShutdown => "server shutting down",
            Self::Panic => "handler panicked",
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }
}
