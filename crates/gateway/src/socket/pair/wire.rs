//! How pairing's answers and events read on the wire: the contract's field names, nothing decided.

use std::fmt::Display;

use chat::ids::{ClientId, MessageId};
use chat::pairing::{Message, PairEvent, Reply, RoomState, RoomView, UserLeft, UserView};
use chat::time::Timestamp;
use serde::Serialize;
use serde::ser::Serializer;

use crate::socket::handler::{DONE, Done};

/// What is text on the wire, and more than text in the domain.
struct Shown<T>(T);

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// One of `users`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User<'a> {
    socket_id: &'a str,
    username: &'a str,
}

fn users(users: &[UserView]) -> Vec<User<'_>> {
    users
        .iter()
        .map(|user| User { socket_id: user.socket_id.as_str(), username: user.username.as_str() })
        .collect()
}

/// `user_joined`, and the answer to `start_chat` and `new_chat` with `success` before it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Joined<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    success: Option<bool>,
    room_id: &'a str,
    username: &'a str,
    users: Vec<User<'a>>,
    user_count: usize,
    status: &'static str,
}

impl<'a> Joined<'a> {
    fn new(view: &'a RoomView, success: Option<bool>) -> Self {
        Self {
            success,
            room_id: view.room_id.as_str(),
            username: view.username.as_str(),
            users: users(&view.users),
            user_count: view.users.len(),
            status: view.status.as_str(),
        }
    }
}

/// The answer to `get_room_status`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RoomStatus<'a> {
    success: bool,
    room_id: Option<&'a str>,
    status: &'static str,
    user_count: usize,
    users: Vec<User<'a>>,
    created_at: Option<Shown<Timestamp>>,
}

impl<'a> RoomStatus<'a> {
    fn new(room: Option<&'a RoomState>) -> Self {
        Self {
            success: true,
            room_id: room.map(|room| room.room_id.as_str()),
            status: room.map_or("empty", |room| room.status.as_str()),
            user_count: room.map_or(0, |room| room.users.len()),
            users: room.map_or_else(Vec::new, |room| users(&room.users)),
            created_at: room.map(|room| Shown(room.created_at)),
        }
    }
}

/// `receive_message`, and each entry of `chat_history`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line<'a> {
    id: Shown<MessageId>,
    room_id: &'a str,
    username: &'a str,
    socket_id: &'a str,
    text: &'a str,
    timestamp: Shown<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
}

impl<'a> From<&'a Message> for Line<'a> {
    fn from(message: &'a Message) -> Self {
        Self {
            id: Shown(message.id),
            room_id: message.room_id.as_str(),
            username: message.username.as_str(),
            socket_id: message.socket_id.as_str(),
            text: message.text.as_str(),
            timestamp: Shown(message.timestamp),
            client_id: message.client_id.as_ref().map(ClientId::as_str),
        }
    }
}

/// The answer to `send_message`.
#[derive(Serialize)]
pub(super) struct Sent<'a> {
    success: bool,
    message: Line<'a>,
}

/// `user_left`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Left<'a> {
    room_id: &'a str,
    username: &'a str,
    user_count: usize,
    status: &'static str,
}

impl<'a> From<&'a UserLeft> for Left<'a> {
    fn from(left: &'a UserLeft) -> Self {
        Self {
            room_id: left.room_id.as_str(),
            username: left.username.as_str(),
            user_count: left.user_count,
            status: left.status.as_str(),
        }
    }
}

/// `typing` and `stop_typing`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InRoom<'a> {
    room_id: &'a str,
}

/// A payload, ready to be encoded straight into its packet.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Payload<'a> {
    Joined(Joined<'a>),
    Sent(Sent<'a>),
    Status(RoomStatus<'a>),
    Done(Done),
    Line(Line<'a>),
    History(Vec<Line<'a>>),
    Left(Left<'a>),
    InRoom(InRoom<'a>),
}

/// What a success's callback gets.
pub(super) fn reply(reply: &Reply) -> Payload<'_> {
    match reply {
        Reply::Joined(view) => Payload::Joined(Joined::new(view, Some(true))),
        Reply::Sent(message) => Payload::Sent(Sent { success: true, message: message.into() }),
        Reply::Status(room) => Payload::Status(RoomStatus::new(room.as_ref())),
        Reply::Done => Payload::Done(DONE),
    }
}

/// The name and payload of an event.
pub(super) fn event(event: &PairEvent) -> (&'static str, Payload<'_>) {
    match event {
        PairEvent::UserJoined(view) => ("user_joined", Payload::Joined(Joined::new(view, None))),
        PairEvent::ChatHistory(messages) => {
            ("chat_history", Payload::History(messages.iter().map(Line::from).collect()))
        }
        PairEvent::ReceiveMessage(message) => ("receive_message", Payload::Line(message.into())),
        PairEvent::UserLeft(left) => ("user_left", Payload::Left(left.into())),
        PairEvent::Typing { room_id } => {
            ("typing", Payload::InRoom(InRoom { room_id: room_id.as_str() }))
        }
        PairEvent::StopTyping { room_id } => {
            ("stop_typing", Payload::InRoom(InRoom { room_id: room_id.as_str() }))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use chat::ids::{NodeId, SocketId};
    use chat::name::Alias;
    use chat::pairing::{Command, NewLine, Pairing, PairingConfig, Seeker};
    use chat::random::Random;
    use chat::text::Text;
    use chat::time::{Monotonic, Now};

    use super::*;

    /// Dice that always show the same, counted up so that ids differ.
    struct Counting(u8);

    impl Random for Counting {
        fn fill(&mut self, bytes: &mut [u8]) {
            self.0 += 1;
            bytes.fill(self.0);
        }
    }

    /// A conversation of two, as each of them reads it: a line for an answer, and one for an event.
    struct Stage {
        pairing: Pairing,
        transcript: String,
        now: Now,
    }

    impl Stage {
        fn new() -> Self {
            let config = PairingConfig::new(NodeId::new("test"));
            let now = Now {
                mono: Monotonic::from_millis(0),
                wall: Timestamp::from_millis(1_767_225_600_000),
            };
            let pairing = Pairing::new(config, Box::new(Counting(0)));
            Self { pairing, transcript: String::new(), now }
        }

        fn act(&mut self, socket: &str, command: Command) {
            let seeker = Seeker::stranger(SocketId::new(socket));
            let answer = self.pairing.handle(&seeker, command, self.now);
            let answer = answer.expect("a command that succeeds");
            self.note(socket, "answer", &reply(&answer));
            let emits: Vec<_> = self.pairing.drain_effects().collect();
            for emit in emits {
                let (name, payload) = event(&emit.event);
                self.note(emit.to.as_str(), name, &payload);
            }
        }

        fn note(&mut self, socket: &str, name: &str, payload: &Payload<'_>) {
            let json = serde_json::to_string(payload).expect("JSON");
            writeln!(self.transcript, "{socket} {name} {json}").expect("a string");
        }
    }

    fn line(text: &str, client_id: Option<&str>) -> Command {
        Command::Send(NewLine {
            text: Text::parse(text).unwrap(),
            room: None,
            client_id: client_id.map(|id| ClientId::parse(id).unwrap()),
        })
    }

    #[test]
    fn a_conversation_reads_as_the_contract_says() {
        let mut stage = Stage::new();
        let alias = |name| Some(Alias::parse(name).unwrap());
        stage.act("ann-ann-ann-ann-ann-", Command::Status);
        stage.act("ann-ann-ann-ann-ann-", Command::Start { alias: alias("Ann") });
        stage.act("ann-ann-ann-ann-ann-", Command::Status);
        stage.act("ann-ann-ann-ann-ann-", line("anybody?", Some("c1")));
        stage.act("bob-bob-bob-bob-bob-", Command::Start { alias: None });
        stage.act("bob-bob-bob-bob-bob-", Command::Status);
        stage.act("bob-bob-bob-bob-bob-", Command::Typing);
        stage.act("bob-bob-bob-bob-bob-", Command::StopTyping);
        stage.act("bob-bob-bob-bob-bob-", line("\"hi\" <b>\n\u{1f600}", None));
        stage.act("bob-bob-bob-bob-bob-", Command::Leave);
        insta::assert_snapshot!(stage.transcript);
    }
}
