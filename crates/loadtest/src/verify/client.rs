//! A Socket.IO client that understands what it hears: for checks, not for load.

use std::ops::ControlFlow;

use serde_json::Value;

use crate::connection::{self, Call, Connection};
use crate::error::Error;
use crate::wire::packet::{self, Packet};

/// A connected client.
#[derive(Debug)]
pub(crate) struct Client {
    connection: Connection,
    next_ack: u64,
}

/// What came from the server.
#[derive(Debug)]
pub(crate) enum Heard {
    /// An event with its arguments.
    Event(String, Vec<Value>),
    /// The first argument of a callback.
    Answer(u64, Value),
}

impl Client {
    /// Connects, as whoever the call says.
    ///
    /// # Errors
    /// Whatever keeps it from connecting.
    pub(crate) async fn open(call: &Call) -> Result<Self, Error> {
        Ok(Self { connection: connection::open(call).await?, next_ack: 0 })
    }

    /// The public id that the server gave this socket.
    pub(crate) fn socket_id(&self) -> &str {
        self.connection.socket_id()
    }

    /// Waits for the next event or answer. May be dropped without losing one.
    ///
    /// # Errors
    /// The end of the connection.
    pub(crate) async fn hear(&mut self) -> Result<Heard, Error> {
        self.connection.until(|packet, _| heard(packet)).await?
    }

    /// Sends an event, and returns the id that its answer will carry.
    ///
    /// # Errors
    /// If it cannot be sent.
    pub(crate) fn emit(&mut self, event: &str, argument: &Value) -> Result<u64, Error> {
        let ack = self.next_ack;
        self.next_ack += 1;
        self.connection.link().send(&written(ack, event, argument))?;
        Ok(ack)
    }

    /// Sends half of an event.
    ///
    /// # Errors
    /// If it cannot be sent.
    pub(crate) async fn tear(&mut self, event: &str, argument: &Value) -> Result<(), Error> {
        self.connection.link().tear(&written(self.next_ack, event, argument)).await
    }

    /// Says goodbye to the namespace.
    ///
    /// # Errors
    /// If it cannot be sent.
    pub(crate) fn disconnect(&self) -> Result<(), Error> {
        self.connection.link().send(packet::DISCONNECT)
    }

    /// Ends the connection as the transport does.
    pub(crate) fn close(&self) {
        self.connection.link().close();
    }

    /// Ends the connection with a TCP reset.
    pub(crate) fn reset(&self) {
        self.connection.link().reset();
    }
}

fn written(ack: u64, event: &str, argument: &Value) -> Vec<u8> {
    let argument = if argument.is_null() { String::new() } else { argument.to_string() };
    let mut packet = Vec::new();
    packet::event(&mut packet, Some(ack), event, &argument);
    packet
}

fn heard(packet: Packet<'_>) -> ControlFlow<Result<Heard, Error>> {
    const BAD: Error = Error::Protocol("an event or answer that is not a JSON array");
    let heard = match packet {
        Packet::Event(json) => serde_json::from_slice::<Vec<Value>>(json).ok().and_then(event),
        Packet::Ack { id, args } => serde_json::from_slice::<Vec<Value>>(args)
            .ok()
            .map(|args| Heard::Answer(id, args.into_iter().next().unwrap_or_default())),
        Packet::Disconnected => return ControlFlow::Break(Err(Error::Closed("'s namespace"))),
        _ => return ControlFlow::Continue(()),
    };
    ControlFlow::Break(heard.ok_or(BAD))
}

fn event(mut args: Vec<Value>) -> Option<Heard> {
    if args.is_empty() {
        return None;
    }
    match args.remove(0) {
        Value::String(name) => Some(Heard::Event(name, args)),
        _ => None,
    }
}
