//! What direct conversations have beside messages: marks and writing. Whoever receives a message marks
//! it read, one mark at a time, as a client does that shows it; whoever sends has written before.

use memchr::memmem;

use super::tally::{Latencies, Percentiles};
use super::world::World;
use crate::clock;
use crate::connection::Link;
use crate::error::{Error, excerpt};
use crate::wire::packet;
use serde::Serialize;

/// The ids of marks have this bit, and below it the moment of asking; those of messages are too small.
/// 2^50 ns are 13 days; below 2^53 every program reads them right.
const MARK_BIT: u64 = 1 << 50;
/// Between two `typing` of one account: the server tells at most one in 2 s.
pub(super) const WRITING_EVERY_NS: u64 = 3 * clock::SECOND_NS;

/// What was done, and what came of it; from the first message of the run to its last.
#[derive(Debug)]
pub(crate) struct Private {
    start_ns: u64,
    /// Marks that were asked for, and answered.
    pub(super) marks: u64,
    pub(super) marked: u64,
    mark_latency: Latencies,
    /// How many `message_read` the answers come to.
    reads_expected: u64,
    reads_received: u64,
    /// How many `typing`, and as many `stop_typing`, what was written comes to.
    pub(super) typing_expected: u64,
    typing_received: u64,
    stops_received: u64,
    lists: u64,
}

/// The same, for the report. Everything is counted from the first message on, warming up included.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct PrivateReport {
    /// `mark_read` that were sent.
    pub(crate) marks: u64,
    /// Those that were answered.
    pub(crate) marks_answered: u64,
    /// From a `mark_read` to its answer, in milliseconds.
    pub(crate) mark_ms: Option<Percentiles>,
    /// `message_read` that the answers come to: one for each socket of the other one.
    pub(crate) reads_expected: u64,
    /// Those that came.
    pub(crate) reads_received: u64,
    /// `typing`, and as many `stop_typing`, that were to come.
    pub(crate) typing_expected: u64,
    /// `typing` that came.
    pub(crate) typing_received: u64,
    /// `stop_typing` that came.
    pub(crate) stops_received: u64,
    /// `conversation_updated` that came. What happens while a list is told is told together.
    pub(crate) lists: u64,
}

impl Private {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self {
            start_ns: clock::now_ns(),
            marks: 0,
            marked: 0,
            mark_latency: Latencies::new(),
            reads_expected: 0,
            reads_received: 0,
            typing_expected: 0,
            typing_received: 0,
            stops_received: 0,
            lists: 0,
        }
    }

    /// Whether anything has not come yet.
    pub(super) fn is_outstanding(&self) -> bool {
        self.marked < self.marks
            || self.reads_received < self.reads_expected
            || self.typing_received < self.typing_expected
            || self.stops_received < self.typing_expected
    }

    /// For people and machines.
    pub(super) fn report(&self) -> PrivateReport {
        PrivateReport {
            marks: self.marks,
            marks_answered: self.marked,
            mark_ms: self.mark_latency.percentiles(),
            reads_expected: self.reads_expected,
            reads_received: self.reads_received,
            typing_expected: self.typing_expected,
            typing_received: self.typing_received,
            stops_received: self.stops_received,
            lists: self.lists,
        }
    }

    /// Counts an event if it is none of a message.
    fn event(&mut self, payload: &[u8]) {
        let counter = match name(payload) {
            b"message_read" => &mut self.reads_received,
            b"typing" => &mut self.typing_received,
            b"stop_typing" => &mut self.stops_received,
            b"conversation_updated" => &mut self.lists,
            _ => return,
        };
        *counter += 1;
    }
}

/// The name of an event.
fn name(payload: &[u8]) -> &[u8] {
    let rest = payload.strip_prefix(b"[\"").unwrap_or_default();
    &rest[..memchr::memchr(b'"', rest).unwrap_or(0)]
}

/// One connection's eyes: it marks what it receives, if it is to.
#[derive(Debug)]
pub(super) struct Eyes {
    link: Link,
    /// The conversation, if it marks.
    marks: Option<String>,
    /// Up to where it has received, and up to where that is marked or being marked.
    newest: u64,
    asked: u64,
    is_asking: bool,
    /// The sockets of the other one.
    others: u64,
}

impl Eyes {
    /// Of a connection in a direct conversation; `None` elsewhere.
    pub(super) fn new(world: &World, index: usize, link: Link) -> Option<Self> {
        let talk = world.plan.direct?;
        // One device of each account shows what comes.
        let marks = talk.reads && index.is_multiple_of(talk.devices);
        let room = world.places.rooms[world.plan.groups.of(index)].clone();
        let marks = marks.then_some(room);
        let others = talk.devices as u64;
        Some(Self { link, marks, newest: 0, asked: 0, is_asking: false, others })
    }

    /// An event has come.
    pub(super) fn event(&mut self, world: &World, payload: &[u8]) {
        world.private.borrow_mut().event(payload);
        if self.marks.is_some() && name(payload) == b"new_message" {
            self.newest = self.newest.max(seq(payload).unwrap_or(0));
            self.look(world);
        }
    }

    /// An answer has come: to a mark, or `false`.
    pub(super) fn answer(&mut self, world: &World, (id, args): (u64, &[u8]), at_ns: u64) -> bool {
        if id & MARK_BIT == 0 {
            return false;
        }
        let mut private = world.private.borrow_mut();
        if memmem::find(args, b"\"success\":true").is_none() {
            world.note(&Error::Failed { event: "mark_read", answer: excerpt(args) });
        }
        private.marked += 1;
        if memmem::find(args, b"\"updated\":true").is_some() {
            private.reads_expected += self.others;
        }
        let asked_ns = private.start_ns + (id & (MARK_BIT - 1));
        private.mark_latency.record(at_ns.saturating_sub(asked_ns));
        drop(private);
        self.is_asking = false;
        self.look(world);
        true
    }

    /// Marks what has come, unless a mark is under way.
    fn look(&mut self, world: &World) {
        let Some(room) = self.marks.as_ref().filter(|_| !self.is_asking) else { return };
        if self.newest <= self.asked {
            return;
        }
        let mut private = world.private.borrow_mut();
        let id = MARK_BIT | (clock::now_ns().saturating_sub(private.start_ns) & (MARK_BIT - 1));
        let argument = format!("{{\"conversationId\":\"{room}\",\"seq\":{}}}", self.newest);
        let mut mark = Vec::new();
        packet::event(&mut mark, Some(id), "mark_read", &argument);
        match self.link.send(&mark) {
            Ok(()) => {
                private.marks += 1;
                (self.asked, self.is_asking) = (self.newest, true);
            }
            Err(error) => world.note(&error),
        }
    }
}

/// The place of a message.
fn seq(payload: &[u8]) -> Option<u64> {
    const FIELD: &[u8] = b"\"seq\":";
    let rest = &payload[memmem::find(payload, FIELD)? + FIELD.len()..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_told_apart_by_their_names() {
        let mut private = Private::new();
        for payload in [
            &b"[\"typing\",{\"conversationId\":\"stop_typing\"}]"[..],
            b"[\"stop_typing\",{}]",
            b"[\"message_read\",{}]",
            b"[\"conversation_updated\",{}]",
            b"[\"new_message\",{\"text\":\"[\\\"typing\\\"\"}]",
            b"[]",
            b"",
        ] {
            private.event(payload);
        }
        let found = private.report();
        let counts = [found.typing_received, found.stops_received, found.reads_received];
        assert_eq!((counts, found.lists), ([1, 1, 1], 1));
    }

    #[test]
    fn a_place_is_read() {
        assert_eq!(seq(b"[\"new_message\",{\"message\":{\"seq\":120,\"x\":1}}]"), Some(120));
        assert_eq!(seq(b"[\"new_message\",{\"message\":{\"seq\":\"1\"}}]"), None);
        assert_eq!(seq(b"[]"), None);
    }
}
