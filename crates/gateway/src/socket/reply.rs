//! An answer that comes later than the call that asked for it.

use std::sync::Arc;

use chat::error::Code;
use serde::Serialize;
use serde_json::value::RawValue;
use socketio::{Ack, Socket};

use super::connect::Shared;
use super::handler::{ChatError, Failed};
use super::payload::Payload;
use super::table::EVENTS;
use crate::error::WireError;

/// An event that waits for its answer: the callback, or, for a failure without one, what `chat_error`
/// needs. It is counted when it is answered; dropping it leaves the client to its timeout.
pub(super) struct Reply {
    shared: Arc<Shared>,
    socket: Socket,
    row: usize,
    ack: Option<Ack>,
    ids: Option<Box<Ids>>,
}

/// The ids of a payload, as the client wrote them.
struct Ids {
    client: Option<Box<RawValue>>,
    room: Option<Box<RawValue>>,
    conversation: Option<Box<RawValue>>,
    channel: Option<Box<RawValue>>,
}

impl Reply {
    /// `row` is the event's place in the table.
    pub(super) fn new(
        shared: &Arc<Shared>,
        socket: &Socket,
        row: usize,
        (payload, ack): (&Payload<'_>, Option<Ack>),
    ) -> Self {
        let payload = payload.with_bare_id(EVENTS[row].name);
        let own = |raw: Option<&RawValue>| raw.map(ToOwned::to_owned);
        let ids = || Ids {
            client: own(payload.client_id),
            room: own(payload.room_id),
            conversation: own(payload.conversation_id),
            channel: own(payload.channel_id),
        };
        let ids = ack.is_none().then(|| Box::new(ids()));
        Self { shared: Arc::clone(shared), socket: socket.clone(), row, ack, ids }
    }

    /// The socket that asked.
    pub(super) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Answers a success.
    pub(super) fn succeed<T: Serialize + ?Sized>(self, body: &T) {
        self.count(None);
        if let Some(ack) = self.ack {
            ack.send(body);
        }
    }

    /// Answers a failure: by the callback, or else by `chat_error`.
    pub(super) fn fail(self, error: impl Into<WireError>) {
        let error = error.into();
        self.count(Some(error.code()));
        if let Some(ack) = self.ack {
            return ack.send(&Failed::new(&error));
        }
        let mut payload = Payload::default();
        if let Some(ids) = self.ids.as_deref() {
            payload.client_id = ids.client.as_deref();
            payload.room_id = ids.room.as_deref();
            payload.conversation_id = ids.conversation.as_deref();
            payload.channel_id = ids.channel.as_deref();
        }
        self.socket.emit("chat_error", &ChatError::new(EVENTS[self.row].name, &payload, &error));
    }

    fn count(&self, code: Option<Code>) {
        self.shared.tally.event(Some(self.row), code);
    }
}
