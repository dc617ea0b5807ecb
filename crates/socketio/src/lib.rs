//! A Socket.IO server (protocol v5 over Engine.IO v4) on tokio and hyper.
//!
//! It speaks to unmodified Socket.IO clients 4.x over WebSocket, HTTP long-polling, and the upgrade
//! from one to the other. What it promises:
//!
//! - **Order.** A socket's events reach its [`Handler`] in the order in which they arrived; packets
//!   reach the client in the order in which they were queued.
//! - **No event is lost at the start.** The handler is in place before the client is told that it
//!   is connected.
//! - **Nothing is dropped in silence.** A reader that is too slow is disconnected, with a reason
//!   ([`DisconnectReason`]) and a count ([`Stats`]).
//! - **Every wait has an end and every queue a bound**; see [`Config`].
//! - **A packet is encoded once** and shared by all who get it ([`Packet`]).
//! - The session id, which is a secret, is never the public [`SocketId`].
//!
//! An application implements [`Namespace`] and [`Handler`], builds an [`Io`], and gives it a
//! listener and the service that answers all other HTTP requests.

mod config;
mod dispatch;
mod driver;
mod endpoint;
mod engine;
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
mod websocket;

use std::collections::HashMap;
use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower_service::Service;

use crate::engine::Engine;

pub use crate::config::{AddressLimit, Config, Cors};
pub use crate::message::{Connection, Endpoint, MessageHandler};
pub use crate::namespace::{
    Ack, BoxFuture, ConnectRequest, DisconnectReason, Event, Flow, Handler, Handshake, Namespace,
    Refusal, Transport,
};
pub use crate::packet::Packet;
pub use crate::rooms::Broadcast;
pub use crate::socket::{AckError, Socket, SocketId, Traffic};
pub use crate::stats::Stats;

/// The other end of the TCP connection that a request came by: an extension of every request that
/// is handed to the HTTP service of [`Io::serve`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddr(pub SocketAddr);

/// A Socket.IO server; a cheap handle.
#[derive(Clone, Debug)]
pub struct Io {
    engine: Arc<Engine>,
    background: Arc<Mutex<JoinSet<()>>>,
}

impl Io {
    /// Begins a server with these settings and no namespace.
    pub fn builder(config: Config) -> Builder {
        Builder { config, namespaces: HashMap::new(), endpoints: Vec::new() }
    }

    /// Accepts connections until [`Io::shutdown`]. Requests for [`Config::path`] are the engine's;
    /// `http` gets all others, with [`PeerAddr`] in their extensions.
    ///
    /// # Errors
    /// None at present: a connection that cannot be accepted is logged, and the next one awaited.
    pub async fn serve<S, B>(&self, listener: TcpListener, http: S) -> std::io::Result<()>
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>
            + Clone
            + Send
            + 'static,
        S::Future: Send,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        serve::serve(self.engine.clone(), listener, http).await
    }

    /// Stops accepting, tells the clients (close code 1001, or the close packet: they reconnect by
    /// themselves), and waits until all are gone, but for `deadline` at the most.
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

    /// Everyone in a room of a namespace.
    pub fn to(&self, namespace: &str, room: &str) -> Broadcast<'_> {
        Broadcast::new(&self.engine, namespace, room)
    }

    /// What the server counts, at this moment.
    pub fn stats(&self) -> Stats {
        Stats { rooms: self.engine.rooms.len() as u64, ..self.engine.counters.snapshot() }
    }
}

/// Puts an [`Io`] together.
pub struct Builder {
    config: Config,
    namespaces: HashMap<Arc<str>, Arc<dyn Namespace>>,
    endpoints: Vec<(String, Arc<dyn Endpoint>)>,
}

impl Builder {
    /// Adds a namespace; `name` begins with `/`, and the main one is `/`.
    #[must_use]
    pub fn namespace(mut self, name: &str, namespace: impl Namespace) -> Self {
        self.namespaces.insert(name.into(), Arc::new(namespace));
        self
    }

    /// Serves another path with Engine.IO alone: messages without Socket.IO around them.
    #[must_use]
    pub fn endpoint(mut self, path: &str, endpoint: impl Endpoint) -> Self {
        self.endpoints.push((path.to_owned(), Arc::new(endpoint)));
        self
    }

    /// Makes the server, and starts its background tasks: it has to be called within a tokio
    /// runtime.
    pub fn build(self) -> Io {
        let engine = Arc::new(Engine::new(self.config, self.namespaces, self.endpoints));
        let background = Arc::new(Mutex::new(engine.spawn_background()));
        Io { engine, background }
    }
}
