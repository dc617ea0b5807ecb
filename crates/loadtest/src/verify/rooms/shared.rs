//! What all clients share: who is who, what was seen, and what was found wrong at first sight.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::time::Instant;

use super::book::{Book, Expected, Wrong};
use super::log::{self, Fate, Line, LineId, Log, RoomNumber, Seq};
use super::memory::Memory;
use super::session::is_passing;
use crate::cli::Verify;
use crate::target::Target;
use crate::verify::findings::Findings;

/// See the module.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) options: Verify,
    pub(super) target: Rc<Target>,
    pub(super) seed: u64,
    pub(super) deadline: Instant,
    /// All clients wait here for each other at the end.
    pub(super) barrier: Barrier,
    pub(super) expected: Expected,
    /// The ids of the rooms, by number.
    pub(super) room_ids: Vec<String>,
    /// The token of each client.
    pub(super) tokens: Vec<Rc<str>>,
    pub(super) book: RefCell<Book>,
    pub(super) findings: RefCell<Findings>,
    pub(super) logs: RefCell<Vec<Log>>,
    pub(super) lines: RefCell<BTreeMap<LineId, Line>>,
    pub(super) sockets: Cell<u32>,
    pub(super) records: Cell<usize>,
    pub(super) ended_early: Cell<bool>,
    /// How often the server was ended on purpose, counted before it is.
    pub(super) restarts: Cell<u64>,
}

impl Shared {
    /// The token of a client.
    pub(super) fn token(&self, client: u32) -> Rc<str> {
        let client = usize::try_from(client).expect("a machine of 32 bits or more");
        Rc::clone(&self.tokens[client])
    }

    /// A message, as it is sent on a socket.
    pub(super) fn message(&self, id: LineId, line: &Line) -> Value {
        let mut message = self.post(id, line);
        message["roomId"] = json!(&*self.room_ids[line.room.0]);
        message
    }

    /// A message, as it is posted to its room.
    pub(super) fn post(&self, id: LineId, line: &Line) -> Value {
        let run = self.expected.run;
        let mut post = json!({ "content": log::write(run, line.room, id, line.filler) });
        if line.has_key {
            post["clientId"] = json!(log::key(run, id));
        }
        post
    }

    /// A message was seen, wherever: where it is, unless something is wrong with it.
    pub(super) fn note(&self, message: &Value) -> Option<(RoomNumber, Seq, LineId)> {
        let wrong = match self.book.borrow_mut().note(message, &self.expected) {
            Ok(seen) => return Some(seen),
            Err(wrong) => wrong,
        };
        let mut findings = self.findings.borrow_mut();
        match wrong {
            Wrong::Doubled(what) => findings.doubled.add(|| what),
            Wrong::Leaked(what) => findings.leaked.add(|| what),
            Wrong::Altered(what) => findings.altered.add(|| what),
        }
        None
    }

    /// The server's answer to a message, from a callback or by REST.
    pub(super) fn answered(&self, number: u32, answer: &Value, memory: &mut Memory) {
        let id = LineId { client: memory.client, number };
        if answer["message"].is_object() && answer["error"].is_null() {
            match self.note(&answer["message"]) {
                Some((_, seq, line)) if line == id => memory.line(number).fate = Fate::Stored(seq),
                Some((_, _, line)) => {
                    let what = || format!("{id:?} was answered with {line:?}: {answer}");
                    self.findings.borrow_mut().altered.add(what);
                    memory.line(number).fate = Fate::Unknown;
                }
                None => memory.line(number).fate = Fate::Unknown,
            }
        } else if is_passing(answer) {
            memory.miss(number);
        } else {
            if memory.line(number).fate == Fate::Open {
                memory.line(number).fate = Fate::Refused;
            }
            // Rates that are on are no failure of the server's.
            if answer["error"]["code"] != "rate_limited" {
                self.failed(|| format!("send_message: {answer}"));
            }
        }
    }

    /// The server refused what it has no reason to.
    pub(super) fn failed(&self, what: impl FnOnce() -> String) {
        self.findings.borrow_mut().failed.add(what);
    }
}
