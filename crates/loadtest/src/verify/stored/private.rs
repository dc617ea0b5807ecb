//! What a socket hears that only direct conversations have: how far the other one has read, that they
//! write, whether they are there, and how one's own list looks. None of it is for anybody but the two.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use super::form::Form;
use super::log::{Record, RoomNumber, Seq};
use super::session::{Asked, Session};
use crate::error::Error;

/// Up to where somebody has read, as far as the server has said so: by user and conversation.
#[derive(Debug, Default)]
pub(super) struct Marks(HashMap<(usize, RoomNumber), u64>);

impl Marks {
    /// 0 if nothing was said.
    pub(super) fn of(&self, user: usize, room: RoomNumber) -> u64 {
        self.0.get(&(user, room)).copied().unwrap_or(0)
    }

    pub(super) fn raise(&mut self, user: usize, room: RoomNumber, seq: u64) {
        let mark = self.0.entry((user, room)).or_default();
        *mark = seq.max(*mark);
    }
}

/// What a socket was told last.
#[derive(Debug, Default)]
pub(super) struct Ear {
    /// How far the other one has read, by `message_read` since it listens.
    moved: HashMap<RoomNumber, u64>,
    /// The same, by answers too.
    other_read: HashMap<RoomNumber, u64>,
    /// Where the other one writes.
    pub(super) typing: BTreeSet<RoomNumber>,
    /// Up to where its list shows a conversation, and up to where it shows it read.
    shown: BTreeMap<RoomNumber, (u64, u64)>,
    /// Up to where it has to.
    due: BTreeMap<RoomNumber, (u64, u64)>,
}

impl Ear {
    /// It does not listen there any more.
    fn forget(&mut self, room: RoomNumber) {
        self.moved.remove(&room);
        self.other_read.remove(&room);
        self.typing.remove(&room);
    }

    /// A message or an own mark of which its list has to hear.
    pub(super) fn expect(&mut self, room: RoomNumber, seq: u64, read: u64) {
        let due = self.due.entry(room).or_default();
        *due = (due.0.max(seq), due.1.max(read));
    }

    /// What its list ought to show, and does not.
    fn overdue(&self) -> impl Iterator<Item = RoomNumber> {
        self.due
            .iter()
            .filter(|(room, due)| {
                let shown = self.shown.get(room).copied().unwrap_or_default();
                shown.0 < due.0 || shown.1 < due.1
            })
            .map(|(room, _)| *room)
    }
}

impl Session {
    /// Moves one's mark to here, to the newest without a place.
    pub(super) fn mark(&mut self, room: RoomNumber, seq: Option<u64>) -> Result<(), Error> {
        let floor = self.shared().mark_of(self.log.client, room);
        let mut argument = json!({ "conversationId": self.id(room) });
        if let Some(seq) = seq {
            argument["seq"] = json!(seq);
        }
        self.ask("mark_read", &argument, Asked::Mark(room, floor))
    }

    /// Says that one writes, or does no more.
    pub(super) fn write(&mut self, room: RoomNumber, is_writing: bool) -> Result<(), Error> {
        let event = if is_writing { "typing" } else { "stop_typing" };
        if is_writing {
            self.writing.insert(room);
        } else {
            self.writing.remove(&room);
        }
        self.ask(event, &json!({ "conversationId": self.id(room) }), Asked::Other)
    }

    /// Tries what only the two of a conversation may; it has to be as if it were not there.
    pub(super) fn intrude(&mut self, room: RoomNumber, how: u8) -> Result<(), Error> {
        let id = self.id(room);
        if self.shared().form() == Form::Channels {
            let event = ["joinRoom", "joinChannel", "join_room"][usize::from(how % 3)];
            return self.ask(event, &json!({ "roomId": id }), Asked::Foreign);
        }
        let named = json!({ "conversationId": id });
        let (event, argument) = match how % 5 {
            0 => ("join_conversation", json!(id)),
            1 => ("send_message", json!({ "conversationId": id, "messageText": "not for me" })),
            2 => ("typing", named),
            3 => ("mark_read", named),
            _ => ("leave_conversation", named),
        };
        self.ask(event, &argument, Asked::Foreign)
    }

    /// An answer about a mark: it is not behind where it was when that was asked.
    pub(super) fn marked(&mut self, room: RoomNumber, floor: u64, answer: &Value) {
        self.shared().marked((self.log.client, room), floor, answer);
        if answer["updated"] == true {
            self.ear.expect(room, 0, answer["lastReadSeq"].as_u64().unwrap_or(0));
        }
    }

    /// Whoever joins or syncs is told how far the other one has read.
    pub(super) fn other_has_read(&mut self, room: RoomNumber, answer: &Value) {
        let read = answer["otherLastReadSeq"].as_u64().unwrap_or(0);
        let known = self.ear.other_read.entry(room).or_default();
        *known = read.max(*known);
    }

    /// It does not listen there any more.
    pub(super) fn deafen(&mut self, room: RoomNumber) {
        self.ear.forget(room);
    }

    /// Whether everything has come that has to come of itself.
    pub(super) fn is_told(&self) -> bool {
        self.ear.typing.is_empty()
            && self.ear.overdue().next().is_none()
            && self.unheard().is_none()
            && self.rows.unended().next().is_none()
    }

    /// A conversation of which it was not told how far the other one has read.
    fn unheard(&self) -> Option<RoomNumber> {
        let shared = self.shared();
        if shared.form() != Form::Direct {
            return None;
        }
        let marks = shared.marks.borrow();
        self.listening.iter().copied().find(|room| {
            let read = marks.of(shared.other(*room, self.log.client), *room);
            self.ear.other_read.get(room).copied().unwrap_or(0) < read
        })
    }

    /// What has not come by the end is lost.
    pub(super) fn note_silence(&self) {
        let shared = self.shared();
        let socket = self.log.socket;
        let overdue: Vec<_> = self.ear.overdue().collect();
        let mut findings = shared.findings.borrow_mut();
        for room in overdue {
            findings.lost.add(|| format!("socket {socket}: its list does not show {room:?} whole"));
        }
        for room in &self.ear.typing {
            findings.lost.add(|| format!("socket {socket}: the end of writing in {room:?}"));
        }
        if let Some(room) = self.unheard() {
            findings.lost.add(|| format!("socket {socket}: message_read of {room:?}"));
        }
        for line in self.rows.unended() {
            let what = || format!("socket {socket} was shown {line:?}, and nothing became of it");
            findings.ends.add(what);
        }
    }

    /// Hears an event that is no message.
    pub(super) fn overhear(&mut self, name: &str, payload: &Value) {
        match name {
            "conversation_updated" => self.list(&payload["conversation"]),
            "typing" | "stop_typing" => {
                let Some(room) = self.private(name, payload, "userId", true) else { return };
                if name == "typing" {
                    self.log.records.push(Record::Writing);
                    self.ear.typing.insert(room);
                } else {
                    self.ear.typing.remove(&room);
                }
            }
            "message_read" => {
                let Some(room) = self.private(name, payload, "readerId", true) else { return };
                self.log.records.push(Record::Moved);
                let read = payload["lastReadSeq"].as_u64().unwrap_or(0);
                let before = self.ear.moved.insert(room, read).unwrap_or(0);
                let known = self.ear.other_read.entry(room).or_default();
                *known = read.max(*known);
                if read <= before {
                    let socket = self.log.socket;
                    let what = || format!("socket {socket}: {payload} after {before}");
                    self.shared().findings.borrow_mut().marks.add(what);
                }
            }
            "user_online" | "user_offline" => {
                self.private(name, payload, "userId", false);
            }
            _ => {}
        }
    }

    /// The conversation of an event that only the other one of its two can have caused.
    fn private(
        &self,
        name: &str,
        payload: &Value,
        by: &str,
        needs_listening: bool,
    ) -> Option<RoomNumber> {
        let (shared, client) = (self.shared(), self.log.client);
        let id = payload["conversationId"].as_str().unwrap_or_default();
        let room = shared.expected.rooms.get(id).copied();
        let room = room.filter(|room| shared.is_in(client, *room));
        let is_heard = |room: &RoomNumber| {
            let is_here = self.listening.contains(room) || self.is_moving(*room);
            let other = shared.name(shared.other(*room, client));
            (is_here || !needs_listening) && payload[by] == other
        };
        let room = room.filter(is_heard);
        if room.is_none() {
            let socket = self.log.socket;
            let what = || format!("socket {socket} of client {client} heard {name} {payload}");
            shared.findings.borrow_mut().leaked.add(what);
        }
        room
    }

    /// One's list shows a conversation: one's own, never less than before, and with each message.
    fn list(&mut self, conversation: &Value) {
        let (shared, client) = (self.shared(), self.log.client);
        let socket = self.log.socket;
        let id = conversation["conversation_id"].as_str().unwrap_or_default();
        let room = shared.expected.rooms.get(id).copied();
        let Some(room) = room.filter(|room| shared.is_in(client, *room)) else {
            let what = || format!("socket {socket} of client {client} was shown {conversation}");
            return shared.findings.borrow_mut().leaked.add(what);
        };
        let number = |name: &str| conversation[name].as_u64().unwrap_or(u64::MAX);
        let last = &conversation["last_message"];
        let seq = if last.is_object() { shared.note(last).map(|(_, seq, _)| seq) } else { None };
        let (Some(Seq(seq)), read) = (seq, number("lastReadSeq")) else { return };
        if let Some(before) = self.ear.shown.insert(room, (seq, read)) {
            let what = || format!("socket {socket}: {conversation} was shown after {before:?}");
            if seq < before.0 || read < before.1 {
                shared.findings.borrow_mut().marks.add(what);
            } else if seq > before.0 + 1 {
                shared.findings.borrow_mut().lost.add(what);
            }
        }
        let unread = number("unread_count");
        self.log.records.push(Record::Shown { room, seq: Seq(seq), read: Seq(read), unread });
    }
}
