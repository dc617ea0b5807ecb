//! What a socket says and hears in channels: messages are shown at once, and confirmed or failed
//! afterwards. A foreign one counts as heard when it is confirmed.

use serde_json::{Value, json};

use super::book::{self, Ending};
use super::log::{Fate, Line, LineId, Record, Seq};
use super::memory::Memory;
use super::rows::Odd;
use super::session::{Asked, Session, is_passing};
use super::shared::Optimistic;
use crate::error::Error;

/// One of the two families of events, of which a socket uses one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// After `joinRoom`.
    Room,
    /// After `joinChannel`.
    Channel,
}

/// The words of a family.
#[derive(Debug)]
pub(super) struct Events {
    pub(super) join: &'static str,
    pub(super) leave: &'static str,
    pub(super) say: &'static str,
    pub(super) place: &'static str,
    sent: &'static str,
    received: &'static str,
    confirmed: &'static str,
    failed: &'static str,
}

impl Family {
    /// That of a socket: not by the same turns as its transport, or as clients are steady.
    pub(super) fn of(socket: u32) -> Self {
        if (socket / 2).is_multiple_of(2) { Self::Channel } else { Self::Room }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::Room => Self::Channel,
            Self::Channel => Self::Room,
        }
    }

    pub(super) fn events(self) -> &'static Events {
        match self {
            Self::Room => &Events {
                join: "joinRoom",
                leave: "leaveRoom",
                say: "roomMessage",
                place: "roomId",
                sent: "roomMessageSent",
                received: "roomMessageRecieved",
                confirmed: "roomMessageConfirmed",
                failed: "roomMessageFailed",
            },
            Self::Channel => &Events {
                join: "joinChannel",
                leave: "leaveChannel",
                say: "NEW_MESSAGE",
                place: "channelId",
                sent: "channelMessageSent",
                received: "NEW_MESSAGE_RECEIVED",
                confirmed: "channelMessageConfirmed",
                failed: "channelMessageFailed",
            },
        }
    }
}

impl Events {
    fn is_message(&self, name: &str) -> bool {
        [self.sent, self.received, self.confirmed, self.failed].contains(&name)
    }
}

impl Session {
    /// A message as this socket's family sends it.
    pub(super) fn attempt(&self, id: LineId, line: &Line) -> Value {
        let mut message = self.shared().message(id, line);
        let place = message["channelId"].take();
        let mut attempt = json!({ self.family.events().place: place, "body": message["body"] });
        if line.has_key {
            attempt["tempId"] = message["clientId"].take();
        }
        attempt
    }

    /// Sends it; the callback comes at once, what becomes of it later.
    pub(super) fn try_to_say(&mut self, id: LineId, line: &Line) -> Result<(), Error> {
        let attempt = self.attempt(id, line);
        self.log.records.push(Record::Said(id.number));
        let is_moving = self.is_moving(line.room);
        let listens = (!is_moving).then(|| self.listening.contains(&line.room));
        let asked = Asked::Attempt { number: id.number, listens };
        self.ask(self.family.events().say, &attempt, asked)
    }

    /// The callback: accepted, or refused from memory.
    pub(super) fn attempted(
        &mut self,
        (number, listens): (u32, Option<bool>),
        answer: &Value,
        memory: &mut Memory,
    ) {
        let (shared, client) = (self.shared(), memory.client);
        if answer["success"] == true {
            let temp_id = answer["tempId"].as_str().unwrap_or_default();
            let key = super::log::key(shared.expected.run, LineId { client, number });
            let is_given = if memory.line(number).has_key {
                temp_id == key
            } else {
                book::uuid(&answer["tempId"]).is_some()
            };
            if !is_given {
                let what = || format!("message {number} of client {client}: {answer}");
                shared.findings.borrow_mut().altered.add(what);
            }
            if listens == Some(false) {
                let what = || format!("client {client} does not listen, and its message is taken");
                shared.findings.borrow_mut().leaked.add(what);
            }
            return self.rows.accept(temp_id, number);
        }
        if is_passing(answer) {
            return memory.miss(number);
        }
        // What was sent before a leave by REST may arrive after it.
        let room = memory.line(number).room;
        let is_in = listens == Some(true) && !memory.left.contains(&room);
        if answer["error"]["code"] == "not_in_room" && !is_in {
            // An earlier attempt may have been stored.
            return if memory.line(number).attempts > 1 {
                memory.miss(number);
            } else {
                memory.line(number).fate = Fate::Refused;
            };
        }
        if memory.line(number).fate == Fate::Open {
            memory.line(number).fate = Fate::Refused;
        }
        if answer["error"]["code"] != "rate_limited" {
            shared.failed(|| format!("{}: {answer}", self.family.events().say));
        }
    }

    /// An event, if it is one of channels.
    pub(super) fn hear_channel(&mut self, name: &str, payload: &Value, memory: &mut Memory) {
        let (socket, events) = (self.log.socket, self.family.events());
        if self.family.other().events().is_message(name) {
            let what =
                || format!("socket {socket} heard {name} without listening for it: {payload}");
            return self.shared().findings.borrow_mut().leaked.add(what);
        }
        let is_placed = payload[events.place].is_string()
            && payload[self.family.other().events().place].is_null();
        if events.is_message(name) && !is_placed {
            let what = || format!("socket {socket}: {name} {payload} names its place otherwise");
            return self.shared().findings.borrow_mut().altered.add(what);
        }
        match name {
            name if name == events.sent => self.sent(payload, memory),
            name if name == events.received => self.received(payload),
            name if name == events.confirmed => self.confirmed(payload, memory),
            name if name == events.failed => self.has_failed(payload, memory),
            _ => {}
        }
    }

    fn count(&self, shown: u64, failed: u64) {
        let shared = self.shared();
        let Optimistic { shown: before, failed: failed_before } = shared.optimistic.get();
        let now = Optimistic { shown: before + shown, failed: failed_before + failed };
        shared.optimistic.set(now);
    }

    /// `…Sent`: what this socket was just told that was accepted.
    fn sent(&mut self, payload: &Value, memory: &mut Memory) {
        let shared = self.shared();
        let Some((_, line)) = shared.sound(book::read(payload, &shared.expected)) else { return };
        let temp_id = payload["tempId"].as_str().unwrap_or_default();
        let id = optimistic_id(payload).filter(|_| line.client == memory.client);
        let Some(id) = id else { return self.altered(payload) };
        let is_first = memory.line(line.number).attempts == 1;
        self.count(1, 0);
        match self.rows.send(temp_id, id, is_first) {
            Ok(number) if number == line.number => {}
            Ok(_) => self.altered(payload),
            Err(odd) => self.note_odd(odd, payload),
        }
    }

    /// `…Recieved`: another's message, stored or not.
    fn received(&mut self, payload: &Value) {
        let shared = self.shared();
        let is_optimistic = payload["isOptimistic"] == true;
        let read = if is_optimistic {
            let read = book::read(payload, &shared.expected);
            let id = optimistic_id(payload);
            shared.sound(read).map(|(room, line)| (room, line, id))
        } else {
            shared.note(payload).map(|(room, _, line)| (room, line, book::uuid(&payload["_id"])))
        };
        let Some((room, line, id)) = read else { return };
        let Some(id) = id.filter(|id| book::uuid(&payload["tempId"]) == Some(*id)) else {
            return self.altered(payload);
        };
        if !self.listening.contains(&room) && !self.is_moving(room) {
            let who = format!("socket {} (client {})", self.log.socket, self.log.client);
            let what = || format!("{who} was shown {payload} without listening");
            return shared.findings.borrow_mut().leaked.add(what);
        }
        self.count(u64::from(is_optimistic), 0);
        if let Err(odd) = self.rows.show(id, (room, line), is_optimistic) {
            self.note_odd(odd, payload);
        }
    }

    /// `…Confirmed`: of an own message, or of another's.
    fn confirmed(&mut self, payload: &Value, memory: &mut Memory) {
        let shared = self.shared();
        let room = book::place(payload, &shared.expected);
        let seq = payload["seq"].as_u64().filter(|seq| *seq > 0);
        let (Some(room), Some(seq), Some(id)) = (room, seq, book::uuid(&payload["_id"])) else {
            return self.altered(payload);
        };
        let temp_id = payload["tempId"].as_str().unwrap_or_default();
        let own = self.rows.confirm_own(temp_id, (room, seq));
        let (line, odd) = match own {
            Ok((number, odd)) => (LineId { client: memory.client, number }, odd),
            Err(Odd::Unknown) => match self.rows.confirm(id, seq) {
                Ok((row, _)) if (row.room, temp_id) != (room, &*named(id)) => {
                    return self.altered(payload);
                }
                Ok((row, odd)) => (row.line, odd),
                // What was never shown is missed when all is looked at.
                Err(Odd::Unknown) => return,
                Err(odd) => return self.note_odd(odd, payload),
            },
            Err(odd) => return self.note_odd(odd, payload),
        };
        let sender =
            usize::try_from(line.client).ok().and_then(|at| shared.expected.people.get(at));
        if sender.is_none_or(|(sender, _)| payload["senderId"] != **sender) {
            return self.altered(payload);
        }
        let entered = shared.book.borrow_mut().confirm((room, Seq(seq)), (id, line), payload);
        if shared.sound(entered).is_none() {
            return;
        }
        let ended = shared.book.borrow_mut().end(id, Ending::Confirmed, payload);
        let _ = shared.sound(ended);
        if let Some(odd) = odd {
            self.note_odd(odd, payload);
        }
        if own.is_ok() {
            memory.line(line.number).fate = Fate::Stored(Seq(seq));
        } else {
            self.log.records.push(Record::Heard(room, Seq(seq)));
        }
        memory.see(room, Seq(seq));
    }

    /// `…Failed`: of an own message, which may be tried again, or of another's.
    fn has_failed(&mut self, payload: &Value, memory: &mut Memory) {
        let temp_id = payload["tempId"].as_str().unwrap_or_default();
        let id = match self.rows.fail_own(temp_id) {
            Ok((number, id)) => {
                self.try_again(number, payload, memory);
                id
            }
            Err(Odd::Unknown) => {
                let Some(id) = book::uuid(&payload["tempId"]) else { return self.altered(payload) };
                match self.rows.fail(id) {
                    Ok(()) => Some(id),
                    Err(odd) => return self.note_odd(odd, payload),
                }
            }
            Err(odd) => return self.note_odd(odd, payload),
        };
        self.count(0, 1);
        if let Some(id) = id {
            let shared = self.shared();
            let ended = shared.book.borrow_mut().end(id, Ending::Failed, payload);
            let _ = shared.sound(ended);
        }
    }

    /// An own attempt has failed: half of those that can are tried again, the others never will be.
    fn try_again(&mut self, number: u32, payload: &Value, memory: &mut Memory) {
        if !is_passing(payload) {
            self.shared().failed(|| format!("an attempt: {payload}"));
        }
        let line = memory.line(number);
        let may_be_stored = line.attempts > 1;
        if line.has_key && (may_be_stored || number.is_multiple_of(2)) {
            memory.miss(number);
        } else if line.fate == Fate::Open {
            line.fate = Fate::Refused;
        }
    }

    fn altered(&self, payload: &Value) {
        let socket = self.log.socket;
        let what = || format!("socket {socket}: {payload} is not as it has to be");
        self.shared().findings.borrow_mut().altered.add(what);
    }

    fn note_odd(&self, odd: Odd, payload: &Value) {
        let socket = self.log.socket;
        let shared = self.shared();
        let mut findings = shared.findings.borrow_mut();
        let (finding, why) = match odd {
            Odd::Unknown => (&mut findings.leaked, "is of nothing that it was shown"),
            Odd::Doubled => (&mut findings.doubled, "came again"),
            Odd::Ended => (&mut findings.ends, "has ended in the other way before"),
            Odd::Reordered => (&mut findings.reordered, "came after what was shown later"),
        };
        finding.add(|| format!("socket {socket}: {payload} {why}"));
    }
}

/// The id that a message which is shown before it is stored is to have.
fn optimistic_id(payload: &Value) -> Option<u128> {
    let id = payload["_id"].as_str()?.strip_prefix("temp_")?;
    book::uuid(&json!(id)).filter(|_| payload["isOptimistic"] == true)
}

/// An id as text.
fn named(id: u128) -> String {
    let hex = format!("{id:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
