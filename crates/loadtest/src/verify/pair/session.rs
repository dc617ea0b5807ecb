//! One socket: what it can do, and that everything it hears is written down.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::{Value, json};

use super::log::{self, End, Line, LineId, Log, MessageIds, Read, Record, Room, SocketNumber};
use crate::connection::Call;
use crate::error::Error;
use crate::verify::client::{Client, Heard};

/// Answers that may be outstanding before nothing more is sent.
const MAX_UNANSWERED: usize = 64;

/// A socket that is there.
#[derive(Debug)]
pub(super) struct Session {
    client: Client,
    run: u64,
    ids: Rc<MessageIds>,
    pub(super) log: Log,
    /// Where it sits, as far as it knows.
    room: Option<Room>,
    asked: HashMap<u64, Asked>,
    last_number: u32,
}

/// What an answer is to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Seat,
    Leave,
    Line(u32),
    Other,
}

impl Session {
    pub(super) async fn open(
        call: &Call,
        (run, ids): (u64, Rc<MessageIds>),
        socket: SocketNumber,
        client: u32,
    ) -> Result<Self, Error> {
        let connected = Client::open(call).await?;
        let log = Log { socket, client, records: Vec::new(), end: End::Cut };
        let (room, asked) = (None, HashMap::new());
        Ok(Self { client: connected, run, ids, log, room, asked, last_number: 0 })
    }

    /// Whether it sits somewhere, or is about to.
    pub(super) fn has_seat(&self) -> bool {
        self.room.is_some() || self.asked.values().any(|asked| *asked == Asked::Seat)
    }

    /// Whether nothing is outstanding.
    pub(super) fn is_answered(&self) -> bool {
        self.asked.is_empty()
    }

    /// `start_chat` or `new_chat`, unless one is under way.
    pub(super) fn seek(&mut self, event: &str) -> Result<(), Error> {
        if self.asked.values().any(|asked| matches!(asked, Asked::Seat | Asked::Leave)) {
            return Ok(());
        }
        self.ask(event, &json!(log::alias(self.log.client)), Asked::Seat)
    }

    /// `leave_chat`, unless the seat is not certain.
    pub(super) fn leave(&mut self) -> Result<(), Error> {
        if self.room.is_none() || self.asked.values().any(|asked| *asked == Asked::Seat) {
            return Ok(());
        }
        self.ask("leave_chat", &Value::Null, Asked::Leave)
    }

    /// An event that changes nothing.
    pub(super) fn ask_other(&mut self, event: &str) -> Result<(), Error> {
        self.ask(event, &Value::Null, Asked::Other)
    }

    /// Sends the next line; `to_room`: for the room that it sits in, and for no other.
    pub(super) fn say(&mut self, to_room: bool, filler: usize) -> Result<(), Error> {
        if self.asked.len() >= MAX_UNANSWERED {
            return Ok(());
        }
        let room = self.room.clone().filter(|_| to_room);
        let (number, line) = self.next_line(room.as_ref(), filler);
        self.log.records.push(Record::Sent { number, room, is_torn: false });
        self.ask("send_message", &line, Asked::Line(number))
    }

    /// Sends half of the next line, after which there is only the end.
    pub(super) async fn tear(&mut self) -> Result<(), Error> {
        let (number, line) = self.next_line(None, 100);
        self.log.records.push(Record::Sent { number, room: None, is_torn: true });
        self.client.tear("send_message", &line).await
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

    /// Hears one thing and writes it down. May be dropped without losing one.
    pub(super) async fn hear(&mut self) -> Result<(), Error> {
        match self.client.hear().await? {
            Heard::Answer(id, answer) => self.answered(id, &answer),
            Heard::Event(name, args) => self.happened(&name, args.first().unwrap_or(&Value::Null)),
        }
        Ok(())
    }

    fn next_line(&mut self, room: Option<&Room>, filler: usize) -> (u32, Value) {
        self.last_number += 1;
        let Log { client, socket: by, .. } = self.log;
        let id = LineId { client, by, number: self.last_number };
        let text = log::write(self.run, id, filler);
        let line = room.map_or_else(
            || json!({ "text": text }),
            |room| json!({ "text": text, "roomId": &*room.0 }),
        );
        (self.last_number, line)
    }

    fn ask(&mut self, event: &str, argument: &Value, asked: Asked) -> Result<(), Error> {
        let id = self.client.emit(event, argument)?;
        self.asked.insert(id, asked);
        Ok(())
    }

    fn answered(&mut self, id: u64, answer: &Value) {
        let room = answer["roomId"].as_str().or_else(|| answer["message"]["roomId"].as_str());
        let Some(asked) = self.asked.remove(&id) else { return };
        self.log.records.extend(failure(asked, answer));
        if let (Asked::Line(number), true) = (asked, answer["success"] == true) {
            let Log { client, socket: by, .. } = self.log;
            match self.line(&answer["message"]) {
                Ok(line) if line.id == (LineId { client, by, number }) => {}
                Ok(line) => {
                    let what = "was the answer to another line";
                    self.log.records.push(Record::Altered { id: Some(line.id), what });
                }
                Err(record) => self.log.records.push(record),
            }
        }
        let record = match (Some(asked), answer["success"] == true, room) {
            (Some(Asked::Seat), true, Some(room)) => {
                self.room = Some(Room::new(room));
                Record::Seated(Room::new(room))
            }
            (Some(Asked::Leave), true, _) => {
                self.room = None;
                Record::Unseated
            }
            (Some(Asked::Line(number)), true, Some(room)) => {
                Record::Accepted { number, room: Room::new(room) }
            }
            (Some(Asked::Line(number)), ..) => Record::Refused { number },
            _ => return,
        };
        self.log.records.push(record);
    }

    fn happened(&mut self, name: &str, payload: &Value) {
        let room = || payload["roomId"].as_str().map(Room::new);
        let record = match name {
            "user_joined" => room().map(Record::Joined),
            "user_left" => room().map(Record::Left),
            "receive_message" => {
                Some(self.line(payload).map_or_else(|record| record, Record::Heard))
            }
            "chat_history" => {
                let mut history = Vec::new();
                for line in payload.as_array().into_iter().flatten() {
                    match self.line(line) {
                        Ok(line) => history.push(line),
                        Err(record) => self.log.records.push(record),
                    }
                }
                Some(Record::History(history))
            }
            _ => None,
        };
        if let Some(Record::Joined(room) | Record::Left(room)) = &record {
            self.room = Some(room.clone());
        }
        self.log.records.extend(record);
    }

    /// A line that was heard, or what is to be written down instead.
    fn line(&self, payload: &Value) -> Result<Line, Record> {
        let text = |name: &str| payload[name].as_str().unwrap_or_default();
        let id = match log::read(self.run, text("text")) {
            Read::Line(id) => id,
            Read::Altered(id) => return Err(Record::Altered { id, what: "has another text" }),
            Read::Foreign => return Err(Record::Foreign),
        };
        let is_own_socket = text("socketId") == self.client.socket_id();
        let wrong = if text("username") != log::alias(id.client) {
            "has another username"
        } else if is_own_socket != (id.by == self.log.socket) {
            "has another socketId"
        } else if !self.ids.fits(id, text("id")) {
            "has another id, or another line's"
        } else if text("roomId").is_empty() {
            "has no roomId"
        } else {
            return Ok(Line { id, room: Room::new(text("roomId")) });
        };
        Err(Record::Altered { id: Some(id), what: wrong })
    }
}

/// What a refusal says that this run gives no reason for. Who has no partner, names a room that is
/// gone, has too much waiting or is too quick is refused with reason.
fn failure(asked: Asked, answer: &Value) -> Option<Record> {
    const WITH_REASON: [&str; 4] = ["not_in_room", "not_found", "too_large", "rate_limited"];
    let code = answer["error"]["code"].as_str().unwrap_or("no code");
    let event = match asked {
        Asked::Seat => "start_chat",
        Asked::Leave => "leave_chat",
        Asked::Line(_) => "send_message",
        Asked::Other => "another event",
    };
    let is_wrong = answer["success"] != true && !WITH_REASON.contains(&code);
    is_wrong.then(|| Record::Failed { event, code: code.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_without_a_reason_of_ours_is_a_failure() {
        for (code, is_failure) in [
            ("not_in_room", false),
            ("not_found", false),
            ("rate_limited", false),
            ("internal", true),
            ("unavailable", true),
            ("invalid_payload", true),
        ] {
            let answer = json!({ "success": false, "error": { "code": code } });
            assert_eq!(failure(Asked::Line(1), &answer).is_some(), is_failure, "{code}");
        }
        assert!(failure(Asked::Seat, &json!({ "success": false })).is_some());
        assert!(failure(Asked::Seat, &Value::Null).is_some());
        assert_eq!(failure(Asked::Leave, &json!({ "success": true })), None);
    }
}
