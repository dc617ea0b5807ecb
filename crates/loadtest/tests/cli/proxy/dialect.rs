//! What the proxy understands of what passes: who is where, and which messages have to arrive.

use std::collections::HashMap;

use serde_json::Value;

/// Messages that a socket has heard in a room before one is tampered with: those that came while it
/// joined it may have by other ways.
const SETTLED: u32 = 60;

/// The same in direct conversations, of which there are more, with fewer messages each.
const SETTLED_DIRECT: u32 = 20;

/// The same in channels, where each join begins anew.
const SETTLED_CHANNELS: u32 = 30;

/// Whose events pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Two strangers.
    Pair,
    /// Rooms.
    Rooms,
    /// Direct conversations.
    Direct,
    /// Channels: what is shown before it is stored.
    Channels,
    /// Channels: that it is stored.
    Ends,
}

/// What stands before the values of a message.
pub(super) struct Names {
    pub(super) text: &'static str,
    pub(super) name: &'static str,
    pub(super) id: &'static str,
}

/// A `receive_message`, or what direct conversations call so.
#[derive(Debug)]
pub(super) struct Line {
    room: String,
    author: String,
    dialect: Dialect,
    /// Whether it is told to another device of its sender.
    is_to_sender: bool,
}

/// What a client was told.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// What it is called; but for pairs, its number.
    alias: String,
    /// Where it sits; in direct conversations, its user.
    room: String,
    /// How much it has heard of each room that it listens to, since it does.
    heard: HashMap<String, u32>,
}

impl Dialect {
    pub(super) fn names(self) -> Names {
        match self {
            Self::Pair => Names { text: "\"text\":\"", name: "\"username\":\"", id: "\"id\":\"" },
            Self::Rooms => {
                Names { text: "\"content\":\"", name: "\"senderName\":\"", id: "\"_id\":\"" }
            }
            Self::Direct => Names {
                text: "\"message_text\":\"",
                name: "\"sender_id\":\"",
                id: "\"message_id\":\"",
            },
            Self::Channels | Self::Ends => {
                Names { text: "\"body\":\"", name: "\"sender\":{\"id\":\"", id: "\"_id\":\"temp_" }
            }
        }
    }

    /// Whether a packet may come before a message that is held back, as nobody minds: an
    /// acknowledgement of a message, say. What says where one is may not.
    pub(super) fn may_overtake(self, payload: &[u8]) -> bool {
        let payload = String::from_utf8_lossy(payload);
        let has = |words: &[&str]| words.iter().any(|word| payload.contains(word));
        match self {
            Self::Pair => !has(&["user_joined", "user_left", "chat_history", "\"status\""]),
            Self::Rooms | Self::Direct => !payload.starts_with("43") || has(&["\"message\":{"]),
            // How one ends may not come before it is shown, nor what is shown after it.
            Self::Channels if has(&["MessageSent", "MessageConfirmed", "MessageFailed"]) => false,
            Self::Channels | Self::Ends => !payload.starts_with("43") || has(&["\"tempId\":"]),
        }
    }
}

impl Line {
    /// Whether the order of the two is fixed.
    pub(super) fn is_followed_by(&self, next: &Self) -> bool {
        // In a room each message has its place, whoever sent it.
        self.room == next.room && (self.dialect != Dialect::Pair || self.author == next.author)
    }
}

impl Seen {
    /// Learns what a packet tells the client; the message, if it is one.
    pub(super) fn look(&mut self, dialect: Dialect, payload: &[u8]) -> Option<Line> {
        let payload = std::str::from_utf8(payload).ok()?;
        let json = payload.get(payload.find('[')?..)?;
        let args: Value = serde_json::from_str(json).ok()?;
        let is_answer = payload.starts_with("43");
        match dialect {
            Dialect::Pair => self.pair(is_answer, &args),
            Dialect::Rooms => self.rooms(is_answer, &args),
            Dialect::Direct => self.direct(is_answer, &args),
            Dialect::Channels | Dialect::Ends => self.channels(dialect, is_answer, &args),
        }
    }

    fn channels(&mut self, dialect: Dialect, is_answer: bool, args: &Value) -> Option<Line> {
        let (event, said) = (args[0].as_str().unwrap_or_default(), &args[1]);
        if is_answer {
            // Where it joins is not said: what it hears everywhere is counted anew.
            if args[0]["connectedUsers"].is_array() {
                self.heard.values_mut().for_each(|heard| *heard = 0);
            }
            return None;
        }
        if event.ends_with("MessageSent") {
            self.alias = client(&said["body"]);
            self.room = text(&said["sender"]["id"]);
            return None;
        }
        let is_shown = ["NEW_MESSAGE_RECEIVED", "roomMessageRecieved"].contains(&event);
        let room = said["channelId"].as_str().or_else(|| said["roomId"].as_str())?.to_owned();
        if is_shown {
            *self.heard.entry(room.clone()).or_default() += 1;
        }
        let author = match dialect {
            Dialect::Ends if event.ends_with("MessageConfirmed") => text(&said["senderId"]),
            Dialect::Channels if is_shown && said["isOptimistic"] == true => client(&said["body"]),
            _ => return None,
        };
        // What it sent itself ends under a name of its own.
        let is_to_sender = author == self.room;
        Some(Line { room, author, dialect, is_to_sender })
    }

    fn direct(&mut self, is_answer: bool, args: &Value) -> Option<Line> {
        if is_answer {
            if args[0]["message"].is_object() {
                self.alias = client(&args[0]["message"]["message_text"]);
                self.room = text(&args[0]["message"]["sender_id"]);
            }
            return None;
        }
        let is_to_sender = args[0] == "message_sent";
        if !is_to_sender && args[0] != "new_message" {
            return None;
        }
        let line = Line {
            room: text(&args[1]["conversationId"]),
            author: client(&args[1]["message"]["message_text"]),
            dialect: Dialect::Direct,
            is_to_sender,
        };
        *self.heard.entry(line.room.clone()).or_default() += 1;
        Some(line)
    }

    fn pair(&mut self, is_answer: bool, args: &Value) -> Option<Line> {
        if is_answer && args[0]["status"].is_string() && args[0]["username"].is_string() {
            self.alias = text(&args[0]["username"]);
            self.room = text(&args[0]["roomId"]);
        }
        match args[0].as_str()? {
            "user_joined" | "user_left" => self.room = text(&args[1]["roomId"]),
            "receive_message" => {
                let (room, author) = (text(&args[1]["roomId"]), text(&args[1]["username"]));
                let is_to_sender = false;
                return Some(Line { room, author, dialect: Dialect::Pair, is_to_sender });
            }
            _ => {}
        }
        None
    }

    fn rooms(&mut self, is_answer: bool, args: &Value) -> Option<Line> {
        if is_answer {
            if let Some(room) = args[0]["room"]["_id"].as_str() {
                self.heard.insert(room.to_owned(), 0);
            }
            if args[0]["message"].is_object() {
                self.alias = client(&args[0]["message"]["content"]);
            }
            return None;
        }
        if args[0] != "receive_message" {
            return None;
        }
        let line = Line {
            room: text(&args[1]["roomId"]),
            author: client(&args[1]["content"]),
            dialect: Dialect::Rooms,
            is_to_sender: false,
        };
        *self.heard.entry(line.room.clone()).or_default() += 1;
        Some(line)
    }

    /// Whether this client sent it, or another device of the same user.
    pub(super) fn is_own(&self, line: &Line) -> bool {
        line.is_to_sender || self.alias == line.author
    }

    /// Whether nothing excuses that this message does not arrive here, or not as it is: whoever gets
    /// it is never cut, and has been where it is sent. Of a pair the sender is not cut either; and a
    /// message from a partner shows that the room is full, so that whoever else gets it cannot be in
    /// it.
    pub(super) fn has_to_get(&self, dialect: Dialect, line: &Line) -> bool {
        match dialect {
            Dialect::Pair => {
                let is_steady =
                    self.alias.starts_with("steady") && line.author.starts_with("steady");
                is_steady && self.room == line.room
            }
            Dialect::Ends if line.is_to_sender => false,
            Dialect::Rooms | Dialect::Direct | Dialect::Channels | Dialect::Ends => {
                let settled = match dialect {
                    Dialect::Direct => SETTLED_DIRECT,
                    Dialect::Channels | Dialect::Ends => SETTLED_CHANNELS,
                    Dialect::Rooms | Dialect::Pair => SETTLED,
                };
                let is_settled = self.heard.get(&line.room).is_some_and(|heard| *heard > settled);
                is_settled && self.is_steady()
            }
        }
    }

    /// Whether this message must not arrive here.
    pub(super) fn is_astray(&self, dialect: Dialect, line: &Line) -> bool {
        match dialect {
            Dialect::Pair => {
                let is_elsewhere = self.room != line.room && !self.room.is_empty();
                self.alias.starts_with("steady") && is_elsewhere
            }
            Dialect::Rooms | Dialect::Channels | Dialect::Ends => {
                self.is_steady() && !self.heard.contains_key(&line.room)
            }
            Dialect::Direct => {
                let two = line.room.strip_prefix("conv_").unwrap_or_default();
                let is_of = |user: &str| {
                    two.strip_prefix(user).is_some_and(|rest| rest.starts_with('_'))
                        || two.strip_suffix(user).is_some_and(|rest| rest.ends_with('_'))
                };
                self.is_steady() && !self.room.is_empty() && !is_of(&self.room)
            }
        }
    }

    /// But for pairs, the clients with even numbers are never cut.
    fn is_steady(&self) -> bool {
        self.alias.parse().is_ok_and(|client: u32| client.is_multiple_of(2))
    }
}

/// The number of the client that sent a message, which stands in its text behind the program's name,
/// the run and the room.
fn client(text: &Value) -> String {
    text.as_str().and_then(|text| text.split(' ').nth(3)).unwrap_or_default().into()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
