//! A client's connection to a Socket.IO server: the main namespace over WebSocket or polling.

mod polling;
pub(crate) mod rest;
mod stream;
#[cfg(test)]
mod tests;
mod websocket;

use std::ops::ControlFlow;
use std::rc::Rc;

use crate::error::{Error, excerpt};
use crate::target::Target;
use crate::wire::packet::{self, Packet};

/// How Engine.IO packets travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Transport {
    /// From the start, without an upgrade.
    Websocket,
    /// HTTP long-polling, without an upgrade.
    Polling,
}

/// What a connection is to be.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Whom it goes to.
    pub(crate) target: Rc<Target>,
    /// Its number among all, which decides about its source address.
    pub(crate) index: usize,
    /// How packets travel.
    pub(crate) transport: Transport,
    /// Whether it will stop reading: its receive buffer is small then.
    pub(crate) will_stall: bool,
    /// Who calls; nobody in particular without one.
    pub(crate) token: Option<Rc<str>>,
}

/// The reading side, which answers heartbeats as long as it is read.
#[derive(Debug)]
pub(crate) struct Connection {
    reader: Reader,
    link: Link,
    /// The public id that the server gave.
    socket_id: String,
}

#[derive(Debug)]
enum Reader {
    WebSocket(websocket::Reader),
    Polling(Box<polling::Reader>),
}

/// The writing side, as many of it as one likes.
#[derive(Debug, Clone)]
pub(crate) enum Link {
    /// Over a WebSocket.
    WebSocket(LinkTo<websocket::Link>),
    /// Over polling.
    Polling(LinkTo<polling::Link>),
}

/// A transport's own link.
#[derive(Debug)]
pub(crate) struct LinkTo<T>(Rc<T>);

impl<T> Clone for LinkTo<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

/// Connects, and joins the main namespace.
///
/// # Errors
/// Whatever keeps it from being joined.
pub(crate) async fn open(call: &Call) -> Result<Connection, Error> {
    let Call { target, index, transport, will_stall, token } = call;
    let mut connection = match transport {
        Transport::Websocket => {
            let (reader, link) = websocket::open(target, *index, *will_stall).await?;
            let link = Link::WebSocket(LinkTo(link));
            Connection { reader: Reader::WebSocket(reader), link, socket_id: String::new() }
        }
        Transport::Polling => {
            let (reader, link) = polling::open(target, *index, *will_stall).await?;
            let link = Link::Polling(LinkTo(link));
            let reader = Reader::Polling(Box::new(reader));
            Connection { reader, link, socket_id: String::new() }
        }
    };
    let is_open = |packet: Packet<'_>, _| match packet {
        Packet::Open(_) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    connection.until(is_open).await?;
    let connect = packet::connect(token.as_deref());
    match &mut connection.reader {
        Reader::WebSocket(_) => connection.link.send(&connect)?,
        Reader::Polling(reader) => reader.post(&connect).await?,
    }
    connection.socket_id = connection.until(|packet, _| joined(packet)).await??;
    Ok(connection)
}

/// The answer to CONNECT: the socket's id.
fn joined(packet: Packet<'_>) -> ControlFlow<Result<String, Error>> {
    match packet {
        Packet::Connected(json) => ControlFlow::Break(Ok(socket_id(json))),
        Packet::Refused(why) => ControlFlow::Break(Err(Error::Refused(excerpt(why)))),
        _ => ControlFlow::Continue(()),
    }
}

/// The `sid` of the answer to CONNECT; empty if it has none.
fn socket_id(json: &[u8]) -> String {
    let answer = serde_json::from_slice::<serde_json::Value>(json).unwrap_or_default();
    answer["sid"].as_str().unwrap_or_default().to_owned()
}

impl Connection {
    /// The public id that the server gave this socket.
    pub(crate) fn socket_id(&self) -> &str {
        &self.socket_id
    }

    /// Reads packets until one has a result. Each comes with the moment at which it was read. May be
    /// dropped at any await without losing a packet.
    ///
    /// # Errors
    /// The end of the connection, whatever its reason.
    pub(crate) async fn until<T>(
        &mut self,
        each: impl FnMut(Packet<'_>, u64) -> ControlFlow<T>,
    ) -> Result<T, Error> {
        match &mut self.reader {
            Reader::WebSocket(reader) => reader.until(each).await,
            Reader::Polling(reader) => reader.until(each).await,
        }
    }

    /// The writing side.
    pub(crate) fn link(&self) -> &Link {
        &self.link
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Without its reader a connection is over; a reset leaves no port in TIME_WAIT.
        self.link.reset();
    }
}

impl Link {
    /// Sends a packet, in order.
    ///
    /// # Errors
    /// If too much waits already, or the connection is gone.
    pub(crate) fn send(&self, packet: &[u8]) -> Result<(), Error> {
        match self {
            Self::WebSocket(link) => link.0.send(packet),
            Self::Polling(link) => link.0.send(packet),
        }
    }

    /// Sends half of a packet, after which the connection is good for nothing but to be ended.
    ///
    /// # Errors
    /// As [`Link::send`].
    pub(crate) async fn tear(&self, packet: &[u8]) -> Result<(), Error> {
        match self {
            Self::WebSocket(link) => link.0.tear(packet),
            Self::Polling(link) => link.0.tear(packet).await,
        }
    }

    /// Ends the connection with the transport's own goodbye.
    pub(crate) fn close(&self) {
        match self {
            Self::WebSocket(link) => link.0.close(),
            Self::Polling(link) => link.0.close(),
        }
    }

    /// Ends the connection with a TCP reset.
    pub(crate) fn reset(&self) {
        match self {
            Self::WebSocket(link) => link.0.reset(),
            Self::Polling(link) => link.0.reset(),
        }
    }
}
