//! One socket: what it can do, and that everything it hears is written down.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use serde_json::{Value, json};

use super::channels::Family;
use super::form::Form;
use super::log::{End, Fate, Line, LineId, Log, Record, RoomNumber, Seq};
use super::memory::Memory;
use super::private::Ear;
use super::rows::Rows;
use super::shared::Shared;
use crate::connection::Call;
use crate::error::Error;
use crate::verify::client::{Client, Heard};

/// Answers that may be outstanding before nothing more is sent.
const MAX_UNANSWERED: usize = 64;

/// A socket that is there.
#[derive(Debug)]
pub(super) struct Session {
    client: Client,
    shared: Rc<Shared>,
    pub(super) log: Log,
    /// The restarts of the server that it has not lived through.
    pub(super) restarts: u64,
    asked: HashMap<u64, Asked>,
    /// Where it listens.
    pub(super) listening: BTreeSet<RoomNumber>,
    /// Where it listens, and has not read what was there before.
    pub(super) unread: BTreeSet<RoomNumber>,
    /// What it was told of direct conversations.
    pub(super) ear: Ear,
    /// In channels: the events that it uses, and what it was shown by them.
    pub(super) family: Family,
    pub(super) rows: Rows,
    /// Where it has said that it writes, and not that it does no more.
    pub(super) writing: BTreeSet<RoomNumber>,
}

/// What an answer is to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    Join(RoomNumber),
    Leave(RoomNumber),
    /// After a leave by REST: what is heard after the answer to this is heard after that.
    Gone(RoomNumber),
    Line(u32),
    /// A message in a channel; and whether this socket listens there, if that is certain.
    Attempt {
        number: u32,
        listens: Option<bool>,
    },
    Sync(Vec<RoomNumber>),
    /// A mark that was here at least when it was asked.
    Mark(RoomNumber, u64),
    /// What has to be refused, as there is no such conversation.
    Foreign,
    Other,
}

impl Session {
    pub(super) async fn open(
        call: &Call,
        shared: &Rc<Shared>,
        (socket, client): (u32, u32),
    ) -> Result<Self, Error> {
        let restarts = shared.restarts.get();
        let connected = Client::open(call).await?;
        let log = Log { socket, client, records: Vec::new(), end: End::Cut };
        Ok(Self {
            client: connected,
            shared: Rc::clone(shared),
            log,
            restarts,
            asked: HashMap::new(),
            listening: BTreeSet::new(),
            unread: BTreeSet::new(),
            ear: Ear::default(),
            family: Family::of(socket),
            rows: Rows::default(),
            writing: BTreeSet::new(),
        })
    }

    /// What all clients share.
    pub(super) fn shared(&self) -> Rc<Shared> {
        Rc::clone(&self.shared)
    }

    /// Whether nothing is outstanding.
    pub(super) fn is_answered(&self) -> bool {
        self.asked.is_empty() && self.rows.open().next().is_none()
    }

    /// Whether more may be sent.
    pub(super) fn has_room(&self) -> bool {
        self.asked.len() < MAX_UNANSWERED
    }

    /// Whether it is about to listen there, or not any more.
    pub(super) fn is_moving(&self, room: RoomNumber) -> bool {
        self.asked.values().any(|asked| match asked {
            Asked::Join(one) | Asked::Leave(one) | Asked::Gone(one) => *one == room,
            Asked::Sync(rooms) => rooms.contains(&room),
            Asked::Line(_)
            | Asked::Attempt { .. }
            | Asked::Mark(..)
            | Asked::Foreign
            | Asked::Other => false,
        })
    }

    pub(super) fn join(&mut self, room: RoomNumber) -> Result<(), Error> {
        self.ask(self.join_event(), &self.named(room), Asked::Join(room))
    }

    pub(super) fn leave(&mut self, room: RoomNumber) -> Result<(), Error> {
        self.listening.remove(&room);
        self.unread.remove(&room);
        self.writing.remove(&room);
        self.ask(self.leave_event(), &self.named(room), Asked::Leave(room))
    }

    /// It was taken out of a room by REST; from the answer to this on it must not hear anything.
    pub(super) fn gone(&mut self, room: RoomNumber) -> Result<(), Error> {
        self.listening.remove(&room);
        self.unread.remove(&room);
        let (event, argument) = self.nothing(room);
        self.ask(event, &argument, Asked::Gone(room))
    }

    /// An event that changes nothing.
    pub(super) fn ask_other(&mut self, room: RoomNumber) -> Result<(), Error> {
        let shared = self.shared();
        let (event, argument) = self.nothing(room);
        let asked = match shared.form() {
            Form::Rooms | Form::Channels => Asked::Other,
            Form::Direct => Asked::Mark(room, shared.mark_of(self.log.client, room)),
        };
        self.ask(event, &argument, asked)
    }

    /// Listens to rooms again, and reads what was missed.
    pub(super) fn sync(&mut self, rooms: Vec<RoomNumber>, memory: &Memory) -> Result<(), Error> {
        let (mut cursors, mut forms) = (json!({}), json!({}));
        for room in &rooms {
            let id = &*self.shared.room_ids[room.0];
            cursors[id] = json!(memory.upto(*room).map_or(0, |seq| seq.0));
            forms[id] = json!(self.shared.form().name());
            if !self.listening.contains(room) {
                self.log.records.push(Record::Syncing(*room));
            }
        }
        self.ask("sync", &json!({ "cursors": cursors, "forms": forms }), Asked::Sync(rooms))
    }

    /// Sends a message, for the first time or again.
    pub(super) fn say(&mut self, id: LineId, line: &Line) -> Result<(), Error> {
        if self.shared.form() == Form::Channels {
            return self.try_to_say(id, line);
        }
        let message = self.shared.message(id, line);
        if self.shared.form() == Form::Direct {
            self.log.records.push(Record::Said(id.number));
            self.writing.remove(&line.room);
        }
        self.ask("send_message", &message, Asked::Line(id.number))
    }

    /// Sends half of a message, after which there is only the end.
    pub(super) async fn tear(&mut self, id: LineId, line: &Line) -> Result<(), Error> {
        if self.shared.form() == Form::Channels {
            let attempt = self.attempt(id, line);
            return self.client.tear(self.family.events().say, &attempt).await;
        }
        self.client.tear("send_message", &self.shared.message(id, line)).await
    }

    /// Leaves the namespace in an orderly way, then the transport.
    pub(super) fn disconnect(&mut self) -> Result<(), Error> {
        self.client.disconnect()?;
        self.client.close();
        Ok(())
    }

    /// Closes the transport in an orderly way.
    pub(super) fn close(&mut self) {
        self.client.close();
    }

    /// Resets the TCP connection.
    pub(super) fn reset(&mut self) {
        self.client.reset();
    }

    /// Messages that have no answer yet, for whoever comes after this socket.
    pub(super) fn unanswered(&self) -> Vec<u32> {
        let lines = self.asked.values().filter_map(|asked| match asked {
            Asked::Line(number) | Asked::Attempt { number, .. } => Some(*number),
            _ => None,
        });
        let mut lines: Vec<_> = lines.chain(self.rows.open()).collect();
        lines.sort_unstable();
        lines.dedup();
        lines
    }

    /// Hears one thing and writes it down. May be dropped without losing one.
    pub(super) async fn hear(&mut self, memory: &mut Memory) -> Result<(), Error> {
        match self.client.hear().await? {
            Heard::Answer(id, answer) => self.answered(id, &answer, memory)?,
            Heard::Event(name, args) => {
                let payload = args.first().unwrap_or(&Value::Null);
                if let Some(message) = self.shared.form().message(&name, payload) {
                    self.heard(&name, message, memory);
                } else if name == "chat_error" {
                    self.shared.failed(|| format!("chat_error: {payload}"));
                } else {
                    match self.shared.form() {
                        Form::Rooms => {}
                        Form::Direct => self.overhear(&name, payload),
                        Form::Channels => self.hear_channel(&name, payload, memory),
                    }
                }
            }
        }
        Ok(())
    }

    /// A message came by itself.
    fn heard(&mut self, event: &str, message: &Value, memory: &mut Memory) {
        let Some((room, seq, line)) = self.shared.note(message) else { return };
        self.log.records.push(Record::Heard(room, seq));
        memory.see(room, seq);
        if self.shared.form() == Form::Direct {
            if self.shared.is_in(self.log.client, room) {
                self.ear.expect(room, seq.0, 0);
            }
            let is_own = self.shared.user(line.client) == self.shared.user(self.log.client);
            if is_own != (event == "message_sent") {
                let what = || format!("client {}: {event} {message}", self.log.client);
                self.shared.findings.borrow_mut().leaked.add(what);
            }
        }
    }

    /// A message was read.
    pub(super) fn found(&mut self, message: &Value, memory: &mut Memory) {
        if let Some((room, seq, _)) = self.shared.note(message) {
            self.log.records.push(Record::Found(room, seq));
            memory.see(room, seq);
        }
    }

    /// All of a room has been read up to here, since it listens to it.
    pub(super) fn is_whole(&mut self, room: RoomNumber, upto: Seq) {
        self.unread.remove(&room);
        self.log.records.push(Record::Whole(room, upto));
    }

    fn named(&self, room: RoomNumber) -> Value {
        match self.shared.form() {
            Form::Channels => json!({ self.family.events().place: self.id(room) }),
            form => form.named(self.id(room)),
        }
    }

    fn join_event(&self) -> &'static str {
        match self.shared.form() {
            Form::Channels => self.family.events().join,
            form => form.join(),
        }
    }

    fn leave_event(&self) -> &'static str {
        match self.shared.form() {
            Form::Channels => self.family.events().leave,
            form => form.leave(),
        }
    }

    /// An event about a conversation that changes nothing: in channels it leaves one in the family in
    /// which it was not joined.
    fn nothing(&self, room: RoomNumber) -> (&'static str, Value) {
        match self.shared.form() {
            Form::Channels => (self.family.other().events().leave, self.named(room)),
            form => form.other(self.id(room)),
        }
    }

    /// Whether it may have by `sync` what it missed: that listens in one of the two families.
    pub(super) fn can_sync(&self) -> bool {
        self.shared.form() != Form::Channels || self.family == Family::Channel
    }

    pub(super) fn id(&self, room: RoomNumber) -> &str {
        &self.shared.room_ids[room.0]
    }

    pub(super) fn ask(&mut self, event: &str, argument: &Value, asked: Asked) -> Result<(), Error> {
        let id = self.client.emit(event, argument)?;
        self.asked.insert(id, asked);
        Ok(())
    }

    fn answered(&mut self, id: u64, answer: &Value, memory: &mut Memory) -> Result<(), Error> {
        let Some(asked) = self.asked.remove(&id) else { return Ok(()) };
        let is_success = answer["success"] == true;
        match asked {
            Asked::Line(number) => {
                self.shared.answered(number, answer, memory);
                let line = memory.line(number);
                if let (Form::Direct, Fate::Stored(seq)) = (self.shared.form(), line.fate) {
                    let (room, socket) = (line.room, line.socket);
                    // Sent again, it may have been stored long before.
                    if line.attempts == 1 && socket == Some(self.log.socket) {
                        self.ear.expect(room, seq.0, 0);
                    }
                    memory.see(room, seq);
                }
            }
            Asked::Attempt { number, listens } => {
                self.attempted((number, listens), answer, memory);
            }
            Asked::Gone(room) => {
                self.rows.excuse(room);
                self.log.records.push(Record::Left(room));
            }
            Asked::Mark(room, floor) if is_success => self.marked(room, floor, answer),
            Asked::Foreign => self.refused(answer),
            Asked::Join(room) if is_success => {
                self.listening.insert(room);
                self.unread.insert(room);
                memory.left.remove(&room);
                self.log.records.push(Record::Joined(room));
                self.other_has_read(room, answer);
            }
            Asked::Leave(room) if is_success => {
                self.deafen(room);
                self.rows.excuse(room);
                self.log.records.push(Record::Left(room));
            }
            Asked::Sync(rooms) if is_success => return self.synced(&rooms, answer, memory),
            Asked::Other if is_success => {}
            failed => self.failed(&failed, answer),
        }
        Ok(())
    }

    /// What is not done is done again, by whoever looks at what is wanted.
    fn failed(&mut self, asked: &Asked, answer: &Value) {
        let event = match asked {
            Asked::Leave(room) => {
                self.listening.insert(*room);
                self.leave_event()
            }
            Asked::Join(_) => self.join_event(),
            Asked::Sync(_) => "sync",
            Asked::Mark(..) => "mark_read",
            _ => "something",
        };
        if !is_passing(answer) {
            self.shared.failed(|| format!("{event}: {answer}"));
        }
    }

    /// What is of others is as if it were not there.
    fn refused(&mut self, answer: &Value) {
        if answer["error"]["code"] != "not_found" && !is_passing(answer) {
            let what = || format!("client {}, of others' conversation: {answer}", self.log.client);
            self.shared.findings.borrow_mut().leaked.add(what);
        }
    }

    /// Goes through a page of each room, and asks for the next where there is more. One room may have
    /// more and no message in an answer that others have filled; an answer without any has nothing more.
    fn synced(
        &mut self,
        rooms: &[RoomNumber],
        answer: &Value,
        memory: &mut Memory,
    ) -> Result<(), Error> {
        let (shared, mut more) = (self.shared(), Vec::new());
        let pages = answer["conversations"].as_array().map(Vec::as_slice).unwrap_or_default();
        let is_empty = |page: &Value| page["messages"].as_array().is_none_or(Vec::is_empty);
        let is_all_empty = pages.iter().all(is_empty);
        let removed = answer["removed"].as_array().map(Vec::as_slice).unwrap_or_default();
        for room in rooms.iter().copied() {
            let id = &*shared.room_ids[room.0];
            if memory.left.contains(&room) && removed.iter().any(|removed| removed == id) {
                // It was taken out of it after all, though the answer to that was lost: it joins again.
                continue;
            }
            let page = pages.iter().find(|page| page["conversationId"] == id);
            let Some(page) = page.filter(|page| page["messages"].is_array()) else {
                shared.failed(|| format!("sync: no messages of {id} in {answer}"));
                continue;
            };
            if shared.form() == Form::Direct {
                self.other_has_read(room, page);
            }
            let before = memory.upto(room);
            for message in page["messages"].as_array().into_iter().flatten() {
                self.found(message, memory);
            }
            let upto = memory.upto(room).unwrap_or(Seq(0));
            if page["hasMore"] != true {
                self.listening.insert(room);
                self.is_whole(room, upto);
            } else if before < Some(upto) || is_empty(page) && !is_all_empty {
                more.push(room);
            } else {
                shared.failed(|| format!("sync: more of {id}, but nothing new: {page}"));
            }
        }
        if more.is_empty() { Ok(()) } else { self.sync(more, memory) }
    }
}

/// Whether a failure is one that passes, which this run may be the reason of: the server stops.
pub(super) fn is_passing(answer: &Value) -> bool {
    let error = &answer["error"];
    error["code"] == "unavailable" && error["retryable"] == true
}
