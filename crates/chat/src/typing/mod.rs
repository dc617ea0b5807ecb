//! Who is writing in which direct conversation, as the other one is shown it.
//!
//! An account writes while one of its sockets said so within the last [`TypingConfig::idle`] and has
//! neither stopped nor gone. What the other one hears is bounded: `typing` at most once in
//! [`TypingConfig::interval`], and one that comes too soon after the last, and after its end, is said
//! when the interval is over; its end at once.
//!
//! [`Typing`] is a synchronous state machine like [`crate::presence`]: inputs with the present moment,
//! [`Typing::drain_events`] after each, and [`Typing::tick`] at [`Typing::next_deadline`].

mod writer;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use crate::conversations::ConversationId;
use crate::ids::{AccountId, SocketId};
use crate::time::Monotonic;

use writer::Writer;

/// The rules' numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypingConfig {
    /// How long a `typing` holds that is not repeated: 5 seconds.
    pub idle: Duration,
    /// The least time between two `typing` that the other one hears: 2 seconds.
    pub interval: Duration,
    /// Conversations in which one socket writes at a time: 4, of some 300 bytes each. Beyond it the one
    /// that it has been longest silent in ends.
    pub max_per_socket: usize,
}

impl Default for TypingConfig {
    fn default() -> Self {
        Self { idle: Duration::from_secs(5), interval: Duration::from_secs(2), max_per_socket: 4 }
    }
}

/// Who writes where.
pub type Place = (ConversationId, AccountId);

/// What the other one hears. Of one place, an end follows each beginning, which may be repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypingEvent {
    /// Writes.
    Typing(Place),
    /// Writes no more.
    Stopped(Place),
}

/// Everybody who writes. See the module.
#[derive(Debug)]
pub struct Typing {
    config: TypingConfig,
    latest: Monotonic,
    writers: HashMap<Place, Writer>,
    /// Where each socket writes, longest silent first.
    sockets: HashMap<SocketId, Vec<Place>>,
    /// When something becomes of a writer: each of them once.
    due: BTreeSet<(Monotonic, Place)>,
    events: Vec<TypingEvent>,
}

impl Typing {
    /// Nobody writes yet.
    pub fn new(config: TypingConfig) -> Self {
        Self {
            config,
            latest: Monotonic::default(),
            writers: HashMap::new(),
            sockets: HashMap::new(),
            due: BTreeSet::new(),
            events: Vec::new(),
        }
    }

    /// A socket of the place's account says that it writes.
    pub fn typing(&mut self, now: Monotonic, place: &Place, socket: &SocketId) {
        self.tick(now);
        let until = self.latest.after(self.config.idle);
        let places = self.sockets.entry(socket.clone()).or_default();
        places.retain(|other| other != place);
        places.push(place.clone());
        let surplus = (places.len() > self.config.max_per_socket.max(1)).then(|| places.remove(0));
        self.writers.entry(place.clone()).or_default().say(socket, until);
        self.settle(place);
        if let Some(silent) = surplus {
            self.end(&silent, |writer| writer.stop(socket));
        }
    }

    /// A socket says that it writes no more, or its message came.
    pub fn stop(&mut self, now: Monotonic, place: &Place, socket: &SocketId) {
        self.tick(now);
        self.forget(socket, place);
        self.end(place, |writer| writer.stop(socket));
    }

    /// A socket is gone.
    pub fn vanish(&mut self, now: Monotonic, socket: &SocketId) {
        self.tick(now);
        for place in self.sockets.remove(socket).unwrap_or_default() {
            self.end(&place, |writer| writer.stop(socket));
        }
    }

    /// An account may not write there any more.
    pub fn expel(&mut self, now: Monotonic, place: &Place) {
        self.tick(now);
        let Some(writer) = self.writers.get_mut(place) else { return };
        for socket in writer.stop_all() {
            self.forget(&socket, place);
        }
        self.settle(place);
    }

    /// Time has passed. To be called at [`Typing::next_deadline`]; harmless at any other time.
    pub fn tick(&mut self, now: Monotonic) {
        // Two threads may have read the clock in one order and come here in the other.
        self.latest = self.latest.max(now);
        while let Some((at, _)) = self.due.first()
            && *at <= self.latest
        {
            let Some((_, place)) = self.due.pop_first() else { return };
            let Some(writer) = self.writers.get_mut(&place) else { continue };
            writer.scheduled = None;
            for socket in writer.fall_silent(self.latest) {
                self.forget(&socket, &place);
            }
            self.settle(&place);
        }
    }

    /// When [`Typing::tick`] has something to do; `None` if it waits for an input. May have come nearer
    /// after any input.
    pub fn next_deadline(&self) -> Option<Monotonic> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Takes what is to be told since the last call, in order.
    pub fn drain_events(&mut self) -> std::vec::Drain<'_, TypingEvent> {
        self.events.drain(..)
    }

    /// Writers, those of a moment ago too, and sockets that write: all 0 in the end.
    pub fn sizes(&self) -> (usize, usize) {
        (self.writers.len(), self.sockets.len())
    }

    fn end(&mut self, place: &Place, end: impl FnOnce(&mut Writer)) {
        if let Some(writer) = self.writers.get_mut(place) {
            end(writer);
            self.settle(place);
        }
    }

    /// A socket does not write there any more.
    fn forget(&mut self, socket: &SocketId, place: &Place) {
        if let Some(places) = self.sockets.get_mut(socket) {
            places.retain(|other| other != place);
            if places.is_empty() {
                self.sockets.remove(socket);
            }
        }
    }

    /// Says what the other one has to hear, and puts the writer where it belongs among the deadlines.
    fn settle(&mut self, place: &Place) {
        let Some(writer) = self.writers.get_mut(place) else { return };
        if let Some(writes) = writer.speak(self.latest, self.config.interval) {
            let event = if writes { TypingEvent::Typing } else { TypingEvent::Stopped };
            self.events.push(event(place.clone()));
        }
        let next = writer.next_deadline(self.latest, self.config.interval);
        if writer.scheduled != next {
            if let Some(at) = writer.scheduled.take() {
                self.due.remove(&(at, place.clone()));
            }
            writer.scheduled = next;
            self.due.extend(next.map(|at| (at, place.clone())));
        }
        if next.is_none() {
            self.writers.remove(place);
        }
    }
}
