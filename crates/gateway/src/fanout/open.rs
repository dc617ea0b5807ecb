//! Optimistic messages on their way, as an outlet remembers them: who sent each, and who was shown it.

use std::collections::HashMap;

use chat::ids::MessageId;
use chat::listening::Form;
use socketio::{Socket, SocketId};

use super::channels::Origin;

/// So many comings and goings are kept before those that do not matter any more are looked for.
const MIN_KEPT: usize = 32;

/// What a conversation remembers while messages of it are shown and not stored yet. The messages are
/// bounded by what the sequencer accepts, some 200 bytes each; those who came or went by the sockets that
/// did so meanwhile, some 100 bytes each.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// Counts the messages that were shown: each has its number.
    shown: u64,
    messages: HashMap<MessageId, OpenMessage>,
    /// The sockets that came or went while a message was open. All others who listen were shown all.
    moved: HashMap<(SocketId, Form), Moved>,
    /// At so many of those the old ones are looked for.
    prune_at: usize,
}

/// A message without an outcome.
#[derive(Debug, Default)]
pub(super) struct OpenMessage {
    /// Its number among those shown; `None`: it was shown to nobody but who sent it again.
    pub(super) number: Option<u64>,
    /// The sockets that sent it, the first one first.
    pub(super) origins: Vec<Origin>,
}

/// When a socket listened in a form, in numbers of messages: it was shown those after the first number
/// of a span, up to the second.
#[derive(Debug)]
struct Moved {
    socket: Socket,
    spans: Vec<(u64, u64)>,
    /// Since when it listens, if it does.
    since: Option<u64>,
}

impl Moved {
    fn was_shown(&self, number: u64) -> bool {
        let in_span = |(from, to): &(u64, u64)| *from < number && number <= *to;
        self.since.is_some_and(|since| since < number) || self.spans.iter().any(in_span)
    }
}

impl Open {
    /// A message is about to be sent.
    pub(super) fn begin(&mut self, id: MessageId, origin: Origin) {
        self.messages.insert(id, OpenMessage { number: None, origins: vec![origin] });
    }

    /// It is shown to all who listen at this moment; who sent it.
    pub(super) fn show(&mut self, id: MessageId) -> &mut [Origin] {
        self.shown += 1;
        let message = self.messages.entry(id).or_default();
        message.number = Some(self.shown);
        &mut message.origins
    }

    /// It has its outcome, or there will be none. [`Open::tidy`] is to be called when that was told.
    pub(super) fn take(&mut self, id: MessageId) -> Option<OpenMessage> {
        self.messages.remove(&id)
    }

    /// Whether a socket is one of those that sent a message.
    pub(super) fn is_origin(&self, id: MessageId, socket: &Socket) -> bool {
        let message = self.messages.get(&id);
        message.is_some_and(|message| {
            message.origins.iter().any(|origin| origin.socket.id() == socket.id())
        })
    }

    /// Whether a socket that listens in a form was shown a message there.
    pub(super) fn has_heard(&self, id: MessageId, socket: &Socket, form: Form) -> bool {
        let Some(number) = self.messages.get(&id).and_then(|message| message.number) else {
            return false;
        };
        let moved = self.moved.get(&(socket.id(), form));
        moved.is_none_or(|moved| moved.was_shown(number))
    }

    /// A socket sent a message again, and waits for its outcome too. Whether the message was not known
    /// here before: then it is now.
    pub(super) fn attach(&mut self, id: MessageId, origin: Origin) -> bool {
        let is_new = !self.messages.contains_key(&id);
        if !self.is_origin(id, &origin.socket) {
            self.messages.entry(id).or_default().origins.push(origin);
        }
        is_new
    }

    /// Those who listen in a form and were not shown a message.
    pub(super) fn unshown(&self, number: u64, form: Form) -> impl Iterator<Item = &Socket> {
        let moved = self.moved.iter().filter(move |((_, in_form), _)| *in_form == form);
        let unshown =
            moved.filter(move |(_, moved)| moved.since.is_some() && !moved.was_shown(number));
        unshown.map(|(_, moved)| &moved.socket)
    }

    /// A socket listens in a form from now on.
    pub(super) fn came(&mut self, socket: &Socket, form: Form) {
        if self.messages.is_empty() {
            return;
        }
        self.prune();
        let shown = self.shown;
        let moved = self.moved.entry((socket.id(), form)).or_insert_with(|| Moved {
            socket: socket.clone(),
            spans: Vec::new(),
            since: None,
        });
        // Nothing was shown while it was away: so the spans are no more than the messages.
        let last = moved.spans.pop_if(|(_, to)| *to == shown);
        moved.since = Some(last.map_or(shown, |(from, _)| from));
    }

    /// And no more.
    pub(super) fn went(&mut self, socket: &Socket, form: Form) {
        if self.messages.is_empty() {
            return;
        }
        self.prune();
        let moved = self.moved.entry((socket.id(), form)).or_insert_with(|| Moved {
            socket: socket.clone(),
            spans: Vec::new(),
            since: Some(0),
        });
        moved.spans.extend(moved.since.take().map(|since| (since, self.shown)));
    }

    /// Forgets what does not matter any more; whether nothing is left.
    pub(super) fn tidy(&mut self) -> bool {
        if self.messages.is_empty() {
            self.moved = HashMap::new();
            self.prune_at = 0;
        }
        self.messages.is_empty()
    }

    /// Forgets whoever moved before the oldest message, or is gone. Each time there have to be twice as
    /// many as were left the last time.
    fn prune(&mut self) {
        if self.moved.len() < self.prune_at.max(MIN_KEPT) {
            return;
        }
        let numbers = self.messages.values().filter_map(|message| message.number);
        let oldest = numbers.min().unwrap_or(u64::MAX);
        self.moved.retain(|_, moved| {
            moved.spans.retain(|(_, to)| *to >= oldest);
            let missed_some = moved.since.is_none_or(|since| since >= oldest);
            let matters = !moved.spans.is_empty() || (moved.since.is_some() && missed_some);
            matters && moved.socket.is_connected()
        });
        self.prune_at = 2 * self.moved.len();
    }
}
