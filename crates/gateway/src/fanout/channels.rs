//! A conversation as it is heard in the channels dialect: two families of events, whose messages are
//! shown before they are stored.
//!
//! All of it happens under the outlet's gate. What is on its way is in [`Open`]; who is in which family
//! is what the engine's rooms say, which change under the gate too.

use chat::conversations::ConversationId;
use chat::ids::ClientId;
use chat::listening::Form;
use chat::messages::Message;
use chat::sequencer::{Delivery, Failed, Resent, Shown};
use serde::Serialize;
use socketio::{Ack, Io, Socket};

use super::NAMESPACE;
use super::open::{Open, OpenMessage};
use crate::error::WireError;
use crate::wire::{ChannelMessageBody, ConfirmedBody, FailedBody, Optimistic, OptimisticBody};

/// The events of one family.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) form: Form,
    sent: &'static str,
    received: &'static str,
    confirmed: &'static str,
    failed: &'static str,
}

/// What a join chooses between.
pub(super) static FAMILIES: [Family; 2] = [
    Family {
        form: Form::ChannelRooms,
        sent: "roomMessageSent",
        received: "roomMessageRecieved",
        confirmed: "roomMessageConfirmed",
        failed: "roomMessageFailed",
    },
    Family {
        form: Form::Channels,
        sent: "channelMessageSent",
        received: "NEW_MESSAGE_RECEIVED",
        confirmed: "channelMessageConfirmed",
        failed: "channelMessageFailed",
    },
];

/// The engine's rooms of those who listen in either family.
#[derive(Debug)]
pub(super) struct Channels {
    rooms: [Box<str>; 2],
}

/// A socket that sent a message, and hears of it under the name that it gave it.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) socket: Socket,
    temp_id: ClientId,
    /// That of the event that it used: one of [`FAMILIES`].
    family: &'static Family,
    /// Its callback, until it is called.
    ack: Option<Ack>,
    /// The forms in which it was shown the message as another's: there it has two rows, and both end.
    foreign: Vec<Form>,
    /// Whether it listened in its family when it was told `…Sent`: then it is told the end there, too,
    /// also if it has changed to the other one meanwhile.
    has_row: bool,
}

/// What the callback of a message is given: accepted, not stored.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Accepted<'a> {
    success: bool,
    temp_id: &'a str,
}

impl Channels {
    pub(super) fn new(conversation: &ConversationId) -> Self {
        let room = |family| format!("{conversation}/{family}").into();
        Self { rooms: [room("joinRoom"), room("joinChannel")] }
    }

    /// The engine's room of a form; `None` for those of other dialects.
    pub(super) fn room(&self, form: Form) -> Option<&str> {
        let at = FAMILIES.iter().position(|family| family.form == form)?;
        Some(&self.rooms[at])
    }

    /// Both families, each with its room.
    pub(super) fn families(&self) -> impl Iterator<Item = (&'static Family, &str)> {
        FAMILIES.iter().zip(self.rooms.iter().map(|room| &**room))
    }

    /// Whether a socket listens in either family.
    pub(super) fn holds(&self, socket: &Socket) -> bool {
        self.rooms.iter().any(|room| socket.is_in(room))
    }

    /// Shows a message that is not stored yet: to its sender first.
    pub(super) fn show(&self, io: &Io, open: &mut Open, shown: &Shown) {
        let Shown { message, sender } = shown;
        let shown = Optimistic {
            id: message.id,
            conversation: &message.conversation,
            sender,
            text: &message.text,
            created_at: message.created_at,
            client_id: message.client_id.as_ref(),
        };
        let temp_id = message.id.to_string();
        let origins = open.show(message.id);
        for origin in origins.iter_mut() {
            origin.tell_sent(self, shown);
            origin.tell_elsewhere(self, shown);
        }
        for (family, room) in self.families() {
            let mut others = io.to(NAMESPACE, room);
            for origin in origins.iter() {
                others = others.except(origin.socket.id());
            }
            others.emit(family.received, &OptimisticBody::new(shown, family.form, &temp_id));
        }
    }

    /// Lets whoever sent a message again know that, and what became of it if that is known. `false`: the
    /// outlet needs not be kept for this attempt any more.
    pub(super) fn show_again(&self, open: &mut Open, resent: &Resent) -> bool {
        let (id, created_at) = resent.first;
        let Some(OpenMessage { origins, .. }) = open.take(resent.id) else { return true };
        let mut is_kept = false;
        for mut origin in origins {
            let temp_id = origin.temp_id.clone();
            let shown = Optimistic {
                id,
                conversation: &resent.conversation,
                sender: &resent.sender,
                text: &resent.text,
                created_at,
                client_id: Some(&temp_id),
            };
            origin.tell_sent(self, shown);
            if let Some(stored) = &resent.stored {
                origin.tell_confirmed_in(origin.family, stored);
                continue;
            }
            // One that sent it before was shown it wherever it listens.
            if !open.is_origin(id, &origin.socket) {
                let mut heard = Vec::new();
                for (family, room) in self.families() {
                    let has_heard = open.has_heard(id, &origin.socket, family.form);
                    if has_heard && origin.socket.is_in(room) {
                        heard.push(family.form);
                    }
                }
                origin.foreign = heard;
                origin.tell_elsewhere(self, shown);
            }
            is_kept |= open.attach(id, origin);
        }
        is_kept
    }

    /// A message is stored: whoever was not shown it is shown it now, and all are told.
    pub(super) fn deliver(
        &self,
        io: &Io,
        open: Option<(&Open, &OpenMessage)>,
        delivery: &Delivery,
    ) {
        let Delivery { message, sender } = delivery;
        let temp_id = message.id.to_string();
        let origins = open.map_or(&[][..], |(_, opened)| &opened.origins);
        for (family, room) in self.families() {
            let others = || {
                let mut others = io.to(NAMESPACE, room);
                for origin in origins.iter().filter(|origin| !origin.is_foreign(family)) {
                    others = others.except(origin.socket.id());
                }
                others
            };
            let received = || {
                let body = ChannelMessageBody::new(message, Some(sender));
                body.named(family.form).heard_as(&temp_id, message)
            };
            match open.and_then(|(open, opened)| Some((open, opened.number?))) {
                None => others().emit(family.received, &received()),
                Some((open, number)) => {
                    for socket in open.unshown(number, family.form) {
                        if !origins.iter().any(|origin| origin.socket.id() == socket.id()) {
                            socket.emit(family.received, &received());
                        }
                    }
                }
            }
            others().emit(family.confirmed, &ConfirmedBody::new(message, family.form, &temp_id));
        }
        for origin in origins {
            origin.tell_confirmed(self, message);
        }
    }

    /// A message will never be stored: all who were shown it are told.
    pub(super) fn fail(&self, io: &Io, open: &Open, opened: &OpenMessage, failed: &Failed) {
        let temp_id = failed.id.to_string();
        let error = WireError::from(failed.error);
        let shown = opened.number.map(|number| (number, FAMILIES.iter().zip(&self.rooms)));
        if let Some((number, families)) = shown {
            for (family, room) in families {
                let mut others = io.to(NAMESPACE, room);
                for origin in opened.origins.iter().filter(|origin| !origin.is_foreign(family)) {
                    others = others.except(origin.socket.id());
                }
                for socket in open.unshown(number, family.form) {
                    others = others.except(socket.id());
                }
                let place = (&failed.conversation, family.form);
                let body = FailedBody::new(place, &failed.sender, &temp_id, &error);
                others.emit(family.failed, &body);
            }
        }
        for origin in &opened.origins {
            match &failed.first {
                Some(first) => origin.tell_confirmed(self, first),
                None => origin.tell_failed(self, failed, &error),
            }
        }
    }
}

impl Origin {
    /// `form` is that of the event that the socket used: of one of the [`FAMILIES`].
    pub(super) fn new(socket: &Socket, form: Form, temp_id: &ClientId, ack: Option<Ack>) -> Self {
        let family = FAMILIES.iter().find(|family| family.form == form).unwrap_or(&FAMILIES[1]);
        let (socket, temp_id) = (socket.clone(), temp_id.clone());
        Self { socket, temp_id, family, ack, foreign: Vec::new(), has_row: false }
    }

    /// The callback, if it was not called.
    pub(super) fn into_ack(self) -> Option<Ack> {
        self.ack
    }

    fn is_foreign(&self, family: &Family) -> bool {
        self.foreign.contains(&family.form)
    }

    /// The callback first.
    fn tell_sent(&mut self, channels: &Channels, message: Optimistic<'_>) {
        let temp_id = self.temp_id.as_str();
        if let Some(ack) = self.ack.take() {
            ack.send(&Accepted { success: true, temp_id });
        }
        let form = self.family.form;
        self.has_row = channels.room(form).is_some_and(|room| self.socket.is_in(room));
        self.socket.emit(self.family.sent, &OptimisticBody::new(message, form, temp_id));
    }

    /// Where the socket listens in both families, it is shown the message in the other one too: each form
    /// shows each message once.
    fn tell_elsewhere(&self, channels: &Channels, message: Optimistic<'_>) {
        if !self.has_row {
            return;
        }
        let (form, temp_id) = (self.family.form, self.temp_id.as_str());
        for (family, room) in channels.families() {
            let is_other = family.form != form && !self.is_foreign(family);
            if is_other && self.socket.is_in(room) {
                let body = OptimisticBody::new(message, family.form, temp_id);
                self.socket.emit(family.received, &body);
            }
        }
    }

    fn tell_confirmed(&self, channels: &Channels, message: &Message) {
        for family in self.ends(channels) {
            self.tell_confirmed_in(family, message);
        }
    }

    fn tell_confirmed_in(&self, family: &Family, message: &Message) {
        let body = ConfirmedBody::new(message, family.form, self.temp_id.as_str());
        self.socket.emit(family.confirmed, &body);
    }

    fn tell_failed(&self, channels: &Channels, failed: &Failed, error: &WireError) {
        for family in self.ends(channels) {
            let place = (&failed.conversation, family.form);
            let body = FailedBody::new(place, &failed.sender, self.temp_id.as_str(), error);
            self.socket.emit(family.failed, &body);
        }
    }

    /// Where it is told the end: in the families that it listens in, and in that of the event that it
    /// used if it has a row there, or listens in none.
    fn ends(&self, channels: &Channels) -> Vec<&'static Family> {
        let joined = channels.families().filter(|(_, room)| self.socket.is_in(room));
        let mut ends: Vec<_> = joined.map(|(family, _)| family).collect();
        let is_own = |family: &&Family| family.form == self.family.form;
        if ends.is_empty() || (self.has_row && !ends.iter().any(is_own)) {
            ends.push(self.family);
        }
        ends
    }
}
