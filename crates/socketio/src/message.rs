//! Engine.IO alone: messages without namespaces, events or acknowledgements.

use std::fmt;
use std::sync::Arc;

use crate::frame::{self, Frame};
use crate::namespace::{DisconnectReason, Handshake};
use crate::session::Session;

/// Serves a path with Engine.IO alone; see [`Builder::endpoint`](crate::Builder::endpoint).
pub trait Endpoint: Send + Sync + 'static {
    /// A session has opened: what handles its messages. What is sent here arrives first.
    fn open(&self, connection: &Connection, handshake: &Handshake) -> Box<dyn MessageHandler>;
}

/// What one session does with what it hears, in order of arrival. It belongs to the session's own
/// task.
pub trait MessageHandler: Send + 'static {
    /// A text message, of [`Config::max_payload_bytes`](crate::Config::max_payload_bytes) at the
    /// most. A panic ends the session.
    fn text(&mut self, connection: &Connection, text: &str);

    /// A binary message, as large at the most.
    fn binary(&mut self, connection: &Connection, bytes: &[u8]);

    /// The session is gone; called exactly once.
    fn closed(&mut self, reason: DisconnectReason);
}

/// A cheap handle on an Engine.IO session. Everything on it queues and returns; on a session that is
/// gone nothing happens, and one whose queue is full is closed.
#[derive(Clone)]
pub struct Connection(pub(crate) Arc<Session>);

impl Connection {
    /// Sends a text message.
    pub fn send_text(&self, text: &str) {
        let mut buffer = frame::scratch();
        buffer.push(b'4');
        buffer.extend_from_slice(text.as_bytes());
        self.0.push(&Frame::text(buffer));
    }

    /// Sends a binary message.
    pub fn send_binary(&self, bytes: &[u8]) {
        self.0.push(&Frame::binary(bytes));
    }

    /// Closes the session once what is queued has been written.
    pub fn close(&self) {
        self.0.close(DisconnectReason::ServerDisconnect);
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}
