//! A Socket.IO server (protocol v5 over Engine.IO v4) on tokio and hyper.
//!
//! It speaks to unmodified Socket.IO clients 3.x and 4.x over WebSocket, HTTP long-polling, and the
//! upgrade from one to the other; and, for those who want no more than messages, Engine.IO alone.
//!
//! # A server
//!
//! An application implements two traits: a [`Namespace`] decides who may come in, and gives each
//! socket a [`Handler`] of its own. [`Io::builder`] puts the server together, and [`Io::serve`] gives
//! it a listener, and the service that answers all other HTTP requests: an axum `Router`, or, as
//! here, a function.
//!
//! ```
//! use std::convert::Infallible;
//! use std::time::Duration;
//!
//! use http::{Request, Response};
//! use socketio::{
//!     Ack, BoxFuture, Config, ConnectRequest, DisconnectReason, Event, Flow, Handler, Io, Namespace,
//!     Refusal, Socket,
//! };
//! use tokio::net::TcpListener;
//!
//! /// Everybody may come in who tells a name.
//! struct Door;
//!
//! #[derive(serde::Deserialize)]
//! struct Auth {
//!     name: String,
//! }
//!
//! impl Namespace for Door {
//!     fn connect(&self, request: ConnectRequest) -> BoxFuture<Result<Box<dyn Handler>, Refusal>> {
//!         Box::pin(async move {
//!             let auth = request.auth.ok_or("no name").and_then(|auth| {
//!                 serde_json::from_str(auth.get()).map_err(|_| "no name")
//!             });
//!             match auth {
//!                 Ok(Auth { name }) => Ok(Box::new(Guest { name }) as Box<dyn Handler>),
//!                 Err(why) => Err(Refusal { message: why.to_owned(), data: None }),
//!             }
//!         })
//!     }
//! }
//!
//! /// One socket. It lives in its connection's task, so that `&mut self` is all the locking.
//! struct Guest {
//!     name: String,
//! }
//!
//! impl Handler for Guest {
//!     fn connected(&mut self, socket: &Socket) {
//!         socket.join("hall");
//!         socket.to("hall").emit("came", &self.name);
//!     }
//!
//!     fn event(&mut self, socket: &Socket, event: Event<'_>, ack: Option<Ack>) -> Flow {
//!         if event.name == "say"
//!             && let Some(text) = event.args.first()
//!         {
//!             socket.within("hall").emit("said", &(&self.name, text));
//!             if let Some(ack) = ack {
//!                 ack.send("ok");
//!             }
//!         }
//!         Flow::Next
//!     }
//!
//!     fn disconnected(&mut self, socket: &Socket, _reason: DisconnectReason) {
//!         socket.to("hall").emit("went", &self.name);
//!     }
//! }
//!
//! #[tokio::main]
//! async fn main() -> std::io::Result<()> {
//!     let io = Io::builder(Config::default()).namespace("/", Door).build();
//!     let listener = TcpListener::bind("127.0.0.1:0").await?;
//! #   let address = listener.local_addr()?;
//!     let other_requests = tower::service_fn(|_: Request<_>| async {
//!         Ok::<_, Infallible>(Response::new(String::from("Nothing here but Socket.IO.")))
//!     });
//!     let serving = tokio::spawn({
//!         let io = io.clone();
//!         async move { io.serve(listener, other_requests).await }
//!     });
//!     // … until it is time to stop:
//! #   client::talk(address).await?;
//!     io.shutdown(Duration::from_secs(10)).await;
//!     serving.await?
//! }
//! # mod client {
//! #     use std::io::Result;
//! #     use std::net::SocketAddr;
//! #     use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! #     use tokio::net::TcpStream;
//! #
//! #     async fn ask(address: SocketAddr, sid: &str, body: &str) -> Result<String> {
//! #         let mut stream = TcpStream::connect(address).await?;
//! #         let method = if body.is_empty() { "GET" } else { "POST" };
//! #         let request = format!(
//! #             "{method} /socket.io/?EIO=4&transport=polling{sid} HTTP/1.1\r\nHost: here\r\n\
//! #              Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
//! #             body.len()
//! #         );
//! #         stream.write_all(request.as_bytes()).await?;
//! #         let mut answer = String::new();
//! #         stream.read_to_string(&mut answer).await?;
//! #         assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
//! #         Ok(answer.split_once("\r\n\r\n").expect("a head").1.to_owned())
//! #     }
//! #
//! #     pub async fn talk(address: SocketAddr) -> Result<()> {
//! #         let open = ask(address, "", "").await?;
//! #         let sid = format!("&sid={}", open.split('"').nth(3).expect("a session id"));
//! #         assert_eq!(ask(address, &sid, "40{\"name\":\"Ann\"}").await?, "ok");
//! #         assert!(ask(address, &sid, "").await?.starts_with("40{\"sid\":"));
//! #         assert_eq!(ask(address, &sid, "421[\"say\",\"hello\"]").await?, "ok");
//! #         let heard = ask(address, &sid, "").await?;
//! #         assert_eq!(heard, "42[\"said\",[\"Ann\",\"hello\"]]\u{1e}431[\"ok\"]");
//! #         Ok(())
//! #     }
//! # }
//! ```
//!
//! `examples/rooms.rs` is the same with less, `examples/conformance.rs` is the server that the
//! protocols' own test suites expect.
//!
//! # What it promises
//!
//! - **Order.** A socket's events reach its [`Handler`] in the order in which they arrived, and what
//!   is queued for a socket reaches its client in the order in which it was queued. Only waits
//!   ([`Flow::Wait`]) overlap, at most [`Config::max_waits`] of a session; what comes after a
//!   [`Flow::Hold`] comes after its end, but for what a [`Flow::HoldBut`] lets pass.
//! - **No event is lost at the start.** The handler is in place before the client is told that it
//!   is connected, and nothing of a client is read while its CONNECT is decided.
//! - **Nothing is dropped in silence.** A reader that is too slow is disconnected, with a reason
//!   ([`DisconnectReason`]) and a count ([`Stats`]). What may be lost says so:
//!   [`Socket::emit_volatile`].
//! - **Every end is heard of once.** [`Handler::disconnected`] follows each
//!   [`Handler::connected`], whoever waits for an acknowledgement is called, and every wait runs to
//!   its end, whatever happens, panics of the others included: what panics ends its own session
//!   and nothing else.
//! - **The end is told.** What is queued, and the close frame behind it, reach a client that is in
//!   the middle of sending: it is heard out, for five seconds at the most.
//! - **Every wait has an end and every queue a bound**, in bytes where it holds bytes; see
//!   [`Config`]. One session holds, at the worst, [`Config::max_queue_bytes`] for its client and some
//!   five times [`Config::max_payload_bytes`] from it; idle, it holds no buffer.
//! - **A packet is encoded once** and shared by all who get it ([`Packet`]); a fan-out holds no lock
//!   and allocates nothing per listener.
//! - **Secrets stay secret.** The session id, with which anybody could poll, is told to its client
//!   alone; the public [`SocketId`] says nothing of it.
//! - Delivery is at most once, as Socket.IO's is: what a client must not miss it has to ask for
//!   again when it comes back.
//!
//! # The protocols
//!
//! - Engine.IO v4: WebSocket and long-polling, upgrade, heartbeat, binary in both, `maxPayload`,
//!   CORS. Older clients (`EIO=3`) are refused with code 5.
//! - Socket.IO v5: namespaces, a CONNECT payload, refusals with `message` and `data`, events and
//!   acknowledgements in both directions with binary parts, rooms.
//! - WebSocket (RFC 6455) without extensions: nothing is compressed, since that would cost each
//!   connection its own copy of every message.
//! - HTTP/1.1 by hyper; what is not for [`Config::path`] goes to the application's own service.
//!
//! A packet that a client of the protocol would not send closes the session
//! ([`DisconnectReason::ParseError`]): what is malformed, an event before CONNECT or with a reserved
//! name, a second CONNECT to the same namespace, a placeholder without its binary part. So does one
//! that is too large ([`DisconnectReason::PayloadTooLarge`]), a second poll or a second POST beside
//! the first, and a poll that is aborted ([`DisconnectReason::TransportError`]). An unknown namespace
//! is refused and leaves the session; acknowledgements that nobody waits for are ignored.
//!
//! # What it is not
//!
//! TLS belongs to a reverse proxy in front of it. A server is one process: whoever runs several
//! routes long-polling by [`Config::node_tag`] and carries events between them. There is no
//! WebTransport, and no Engine.IO v3.
//!
//! There is no connection state recovery either, and that is a decision: it would keep what was sent
//! to every socket for minutes, in memory and in one process, and give it back to whoever knows a
//! secret; an application that stores its messages answers "what came after the last that I have?"
//! from there, for ever and from any process. So the answer to a CONNECT has no `pid`, clients take
//! `socket.recovered` for false, and one that sends a `pid` and an `offset` of another server's is
//! new like any other; both stand in [`ConnectRequest::auth`], if the application wants them.

mod config;
mod dispatch;
mod driver;
mod endpoint;
mod engine;
mod flusher;
mod frame;
mod message;
mod namespace;
mod packet;
mod payload;
mod placeholder;
#[cfg(test)]
mod properties;
mod rooms;
mod serve;
mod session;
mod sid;
mod socket;
mod stats;
mod stream;
mod upgrade;
mod waits;
mod websocket;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::engine::Engine;

pub use crate::config::{AddressLimit, Config, Cors};
pub use crate::message::{Connection, Endpoint, MessageHandler};
pub use crate::namespace::{
    Ack, BoxFuture, ConnectRequest, DisconnectReason, Event, Flow, Handler, Handshake, Namespace,
    Passes, Refusal, Transport,
};
pub use crate::packet::Packet;
pub use crate::rooms::Broadcast;
pub use crate::serve::HttpService;
pub use crate::socket::{AckError, Answer, Socket, SocketId, Traffic};
pub use crate::stats::Stats;

/// The other end of the TCP connection that a request came by: an extension of every request that
/// is handed to the HTTP service of [`Io::serve`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddr(pub SocketAddr);

/// How often [`Io::drain`] looks: a walk over all sessions, some 5 ms for 100,000.
const DRAIN_TICK: Duration = Duration::from_millis(10);

/// How long those who poll, or are changing to another transport, have to fetch their last answers: some round
/// trips of a client that is busy.
const FETCHING: Duration = Duration::from_secs(2);

/// A Socket.IO server; a cheap handle, whose clones are the same server.
#[derive(Clone, Debug)]
pub struct Io {
    engine: Arc<Engine>,
    background: Arc<Mutex<JoinSet<()>>>,
}

impl Io {
    /// Begins a server with these settings and no namespace. A client that asks for a namespace that
    /// was not added is refused with `Invalid namespace`.
    pub fn builder(config: Config) -> Builder {
        Builder { config, namespaces: HashMap::new(), endpoints: Vec::new() }
    }

    /// Accepts connections until [`Io::shutdown`], with a task for each. Requests for
    /// [`Config::path`], and those for [`Builder::endpoint`]s, are the engine's; a clone of `http`
    /// gets every other, with [`PeerAddr`] in its extensions, as soon as its head is whole. A
    /// listener with a backlog of a few thousand lets a crowd come at once.
    ///
    /// It may be called for several listeners.
    ///
    /// # Errors
    /// None at present: a connection that cannot be accepted is logged, and the next one awaited.
    pub async fn serve(
        &self,
        listener: TcpListener,
        http: impl HttpService,
    ) -> std::io::Result<()> {
        serve::serve(self.engine.clone(), listener, http).await
    }

    /// The first part of an orderly end, before [`Io::shutdown`]: nobody more is let in, nothing more
    /// is read of anybody, and what the handlers wait for already ([`Flow::Wait`]) goes on to its end.
    /// So whatever was heard is answered to a client that is still there; what was not will be sent
    /// again by a client that cares, to the next server. A client that is moving from long-polling to a
    /// WebSocket has its POST answered with 200, though its rest is not read, since it moves only after that:
    /// that something was heard is told by its acknowledgement alone.
    /// Ends when no wait is left and those who poll have fetched their answers, for which they have two
    /// seconds; or after `within`.
    pub async fn drain(&self, within: Duration) {
        self.engine.drain();
        for session in self.engine.sessions() {
            // Its task answers its POST; whoever begins later wakes it by that.
            if session.is_probing() {
                session.wake_task();
            }
        }
        let answered = async {
            while self.engine.counters.waits.get() > 0 {
                tokio::time::sleep(DRAIN_TICK).await;
            }
            let is_fetched = || self.engine.sessions().iter().all(|session| session.is_fetched());
            let fetched = async {
                while !is_fetched() {
                    tokio::time::sleep(DRAIN_TICK).await;
                }
            };
            tokio::time::timeout(FETCHING, fetched).await
        };
        // Whatever is left is left to the shutdown.
        let _ = tokio::time::timeout(within, answered).await;
    }

    /// Stops accepting, tells the clients (close code 1001, or the close packet: they reconnect by
    /// themselves), and waits until all are gone, but for `deadline` at the most. What is queued for
    /// a client is still written. HTTP answers that are under way are finished; a connection in the
    /// middle of a request's head, a client between two polls, and one that does not close its
    /// side, are waited for one second; one that goes on talking, five.
    ///
    /// Handlers hear [`DisconnectReason::ServerShutdown`], and their waits end ([`Flow::Wait`]),
    /// before this returns, unless the deadline came first: what a wait commits is not lost.
    pub async fn shutdown(&self, deadline: Duration) {
        self.engine.stop();
        for session in self.engine.sessions() {
            session.close(DisconnectReason::ServerShutdown);
        }
        let all_gone = async {
            loop {
                let gone = self.engine.gone.notified();
                if self.engine.session_count() == 0 && self.engine.counters.connections.get() == 0 {
                    return;
                }
                gone.await;
            }
        };
        // Whoever is left at the deadline is let go with the process.
        let _ = tokio::time::timeout(deadline, all_gone).await;
        self.background.lock().abort_all();
    }

    /// Resolves when whatever was queued before, for anybody, has been written, but to those who take
    /// nothing at the moment; or when the server stops. Whoever has very much to tell may do it in
    /// parts, with this between them: what others say meanwhile does not wait behind all of it.
    pub async fn flushed(&self) {
        self.engine.flushed().await;
    }

    /// Everyone in a room of a namespace, as it is now. A room that does not exist is empty.
    pub fn to(&self, namespace: &str, room: &str) -> Broadcast<'_> {
        Broadcast::new(&self.engine, namespace, room)
    }

    /// A handle that does not keep the server alive.
    pub fn downgrade(&self) -> WeakIo {
        WeakIo {
            engine: Arc::downgrade(&self.engine),
            background: Arc::downgrade(&self.background),
        }
    }

    /// What the server counts, at this moment. The numbers are read one after the other, so that a
    /// session that opens meanwhile may be in one and not yet in another.
    pub fn stats(&self) -> Stats {
        Stats { rooms: self.engine.rooms.len() as u64, ..self.engine.counters.snapshot() }
    }
}

/// A handle that keeps no server alive; made by [`Io::downgrade`]. For what the server itself keeps
/// alive, such as a [`Namespace`].
#[derive(Clone, Debug)]
pub struct WeakIo {
    engine: Weak<Engine>,
    background: Weak<Mutex<JoinSet<()>>>,
}

impl WeakIo {
    /// The server, if it is still there.
    pub fn upgrade(&self) -> Option<Io> {
        Some(Io { engine: self.engine.upgrade()?, background: self.background.upgrade()? })
    }
}

/// Puts an [`Io`] together; made by [`Io::builder`].
pub struct Builder {
    config: Config,
    namespaces: HashMap<Arc<str>, Arc<dyn Namespace>>,
    endpoints: Vec<(String, Arc<dyn Endpoint>)>,
}

impl Builder {
    /// Adds a namespace; `name` begins with `/`, has no `,` or `?`, and the main one is `/`. The
    /// same name again replaces what was added before.
    #[must_use]
    pub fn namespace(mut self, name: &str, namespace: impl Namespace) -> Self {
        self.namespaces.insert(name.into(), Arc::new(namespace));
        self
    }

    /// Serves another path with Engine.IO alone: messages without Socket.IO around them. `path` as
    /// [`Config::path`], which comes first if they are the same.
    #[must_use]
    pub fn endpoint(mut self, path: &str, endpoint: impl Endpoint) -> Self {
        self.endpoints.push((path.to_owned(), Arc::new(endpoint)));
        self
    }

    /// Makes the server, and starts its background tasks (the sweep of the deadlines, and the
    /// flushers: one a processor, at most 8), which end with [`Io::shutdown`].
    ///
    /// # Panics
    /// Outside of a tokio runtime whose IO and time are enabled.
    pub fn build(self) -> Io {
        let engine = Arc::new(Engine::new(self.config, self.namespaces, self.endpoints));
        let background = Arc::new(Mutex::new(engine.spawn_background()));
        Io { engine, background }
    }
}

/// Runs what the README shows.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
