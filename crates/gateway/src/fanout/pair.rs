//! The two of a direct conversation: they hear the same in two forms, and the socket that sends hears
//! its own message by its callback alone.

use std::sync::Arc;

use chat::conversations::{ConversationId, Seq};
use chat::ids::{AccountId, MessageId};
use chat::sequencer::Delivery;
use chat::time::Timestamp;
use serde::Serialize;
use socketio::{Io, SocketId};
use tokio::sync::watch;

use super::outlet::{Gate, Hold, Outlets};
use super::{Listener, NAMESPACE};
use crate::wire::{DirectMessageBody, Reader, Readers, Shown};

/// The two of a conversation, and the engine's rooms of those of their sockets that joined it.
#[derive(Debug)]
pub(super) struct Pair {
    accounts: [AccountId; 2],
    rooms: [Box<str>; 2],
}

impl Pair {
    pub(super) fn new(conversation: &ConversationId, readers: &Readers) -> Self {
        let accounts = [readers.viewer.account.clone(), readers.other.account.clone()];
        let room = |account| format!("{conversation}/direct/{account}").into();
        Self { rooms: [room(&accounts[0]), room(&accounts[1])], accounts }
    }

    fn index(&self, account: &AccountId) -> Option<usize> {
        self.accounts.iter().position(|one| one == account)
    }

    /// Where an account's own sockets are.
    pub(super) fn room(&self, account: &AccountId) -> Option<&str> {
        self.index(account).map(|at| &*self.rooms[at])
    }

    /// Where those of the other one are.
    pub(super) fn other_room(&self, account: &AccountId) -> Option<&str> {
        self.index(account).map(|at| &*self.rooms[1 - at])
    }

    pub(super) fn is_of(&self, one: &AccountId, other: &AccountId) -> bool {
        one != other && self.index(one).is_some() && self.index(other).is_some()
    }

    /// Lets the two hear a message.
    pub(super) fn deliver(&self, io: &Io, gate: &mut Gate, delivery: &Delivery) {
        let message = &delivery.message;
        let origin = gate.direct.take_origin(message.id);
        let Some(at) = self.index(&message.sender) else { return };
        let last_read = gate.direct.last_read[1 - at];
        let receiver = Reader { account: self.accounts[1 - at].clone(), last_read };
        let heard = OneMessage {
            message: DirectMessageBody::new(message, &receiver),
            conversation_id: message.conversation.as_str(),
        };
        // Each encoded once, if anybody is there at all.
        io.to(NAMESPACE, &self.rooms[1 - at]).emit("new_message", &heard);
        let mut own = io.to(NAMESPACE, &self.rooms[at]);
        if let Some(socket) = origin {
            own = own.except(socket);
        }
        own.emit("message_sent", &heard);
    }

    /// How far the two have read may have been told after somebody who is about to listen looked: what
    /// they are answered is as new.
    pub(super) fn bring_forward(&self, gate: &Gate, readers: &mut Readers) {
        for reader in [&mut readers.viewer, &mut readers.other] {
            if let Some(at) = self.index(&reader.account) {
                reader.last_read = reader.last_read.max(gate.direct.last_read[at]);
            }
        }
    }

    /// Lets the other one hear up to where an account has read, unless they have heard of more.
    pub(super) fn show_read(&self, io: &Io, gate: &mut Gate, read: &MessageRead<'_>) {
        let Some(at) = self.index(read.reader) else { return };
        let known = &mut gate.direct.last_read[at];
        if read.last_read <= *known {
            return;
        }
        *known = read.last_read;
        let body = ReadBody {
            conversation_id: read.conversation.as_str(),
            reader_id: read.reader.as_str(),
            last_read_seq: read.last_read.0,
            read_at: Shown(read.at),
        };
        io.to(NAMESPACE, &self.rooms[1 - at]).emit("message_read", &body);
    }
}

/// What an outlet remembers of a direct conversation.
#[derive(Debug, Default)]
pub(super) struct DirectGate {
    /// Messages on their way: no more than sockets wait for.
    origins: Vec<Origin>,
    /// Up to where each of the two has read, as far as the other one heard of it here.
    last_read: [Seq; 2],
    /// Whether one of the two blocks the other, as far as is known here: then nobody writes. Where it is
    /// not known, the storing transaction refuses.
    pub(super) is_blocked: bool,
}

impl DirectGate {
    fn take_origin(&mut self, id: MessageId) -> Option<SocketId> {
        let at = self.origins.iter().position(|origin| origin.message == id)?;
        Some(self.origins.swap_remove(at).socket)
    }

    /// What a socket waits for the outcome of; `None` if it waits for nothing.
    pub(super) fn under_way(&self, socket: SocketId) -> Option<UnderWay> {
        let own = self.origins.iter().filter(|origin| origin.socket == socket);
        let outcomes: Vec<_> = own.map(|origin| origin.outcome.clone()).collect();
        (!outcomes.is_empty()).then_some(UnderWay(outcomes))
    }
}

/// A message on its way from a socket. Some 40 bytes.
#[derive(Debug)]
struct Origin {
    message: MessageId,
    socket: SocketId,
    /// Closed when the socket is answered.
    outcome: watch::Receiver<()>,
}

/// Messages of one socket on their way.
#[derive(Debug)]
pub(crate) struct UnderWay(Vec<watch::Receiver<()>>);

impl UnderWay {
    /// Waits until each has its outcome.
    pub(crate) async fn settled(self) {
        for mut outcome in self.0 {
            // Nothing is ever sent: it is closed.
            let _ = outcome.changed().await;
        }
    }
}

/// That somebody has read.
pub(super) struct MessageRead<'a> {
    pub(super) conversation: &'a ConversationId,
    pub(super) reader: &'a AccountId,
    pub(super) last_read: Seq,
    pub(super) at: Timestamp,
}

/// `message_read`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReadBody<'a> {
    conversation_id: &'a str,
    reader_id: &'a str,
    last_read_seq: u64,
    read_at: Shown<Timestamp>,
}

/// `new_message` and `message_sent`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OneMessage<'a> {
    message: DirectMessageBody<'a>,
    conversation_id: &'a str,
}

/// That a message on its way came from a socket, which is not to hear it. Dropped, it is forgotten:
/// nothing comes of the message, or nobody waits for it any more, since the socket is gone. Not to be
/// dropped under a lock.
pub(super) struct Noted {
    hold: Hold,
    message: MessageId,
    is_kept: bool,
    /// Whoever waits for the outcome goes on when this is dropped.
    _outcome: watch::Sender<()>,
}

impl Noted {
    pub(super) fn new(
        outlets: &Arc<Outlets>,
        conversation: &ConversationId,
        message: MessageId,
        from: &Listener,
    ) -> Self {
        let hold = outlets.hold(conversation, &from.account);
        let (sender, outcome) = watch::channel(());
        let origin = Origin { message, socket: from.socket.id(), outcome };
        hold.outlet.gate().direct.origins.push(origin);
        Self { hold, message, is_kept: false, _outcome: sender }
    }

    /// It goes when the message comes out.
    pub(super) fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        if !self.is_kept {
            let _ = self.hold.outlet.gate().direct.take_origin(self.message);
        }
    }
}
