//! A small world in which sockets with short names do things to a pairing, and in which everything
//! that comes out is written as one line of text.

use std::collections::HashMap;
use std::time::Duration;

use chat::error::Coded;
use chat::ids::{AccountId, ClientId, NodeId, RoomId, SocketId};
use chat::name::Alias;
use chat::pairing::{
    Command, LocalQueue, Message, NewLine, PairEvent, PairQueue, Pairing, PairingConfig, Reply,
    RoomStatus, RoomView, Seeker, UserView,
};
use chat::random::Random;
use chat::text::Text;
use chat::time::{Monotonic, Now, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// 2026-01-01T00:00:00Z.
const START_MILLIS: u64 = 1_767_225_600_000;

pub(crate) struct Seeded(pub(crate) StdRng);

impl Random for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }
}

pub(crate) struct World {
    pub(crate) pairing: Pairing,
    pub(crate) millis: u64,
    rooms: HashMap<RoomId, usize>,
    masks: HashMap<SocketId, usize>,
    messages: HashMap<String, usize>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Self::config(), Box::new(LocalQueue::new()))
    }

    pub(crate) fn config() -> PairingConfig {
        PairingConfig::new(NodeId::new("n1"))
    }

    pub(crate) fn with(config: PairingConfig, queue: Box<dyn PairQueue>) -> Self {
        let random = Box::new(Seeded(StdRng::seed_from_u64(7)));
        Self {
            pairing: Pairing::with_queue(config, queue, random),
            millis: 0,
            rooms: HashMap::new(),
            masks: HashMap::new(),
            messages: HashMap::new(),
        }
    }

    pub(crate) fn now(&self) -> Now {
        Now {
            mono: Monotonic::from_millis(self.millis),
            wall: Timestamp::from_millis(START_MILLIS + self.millis),
        }
    }

    /// Runs each input and compares what comes out.
    #[track_caller]
    pub(crate) fn check(&mut self, script: &[(&str, &str)]) -> &mut Self {
        for (line, (input, expected)) in script.iter().enumerate() {
            let outcome = self.run(input);
            assert_eq!(outcome, *expected, "line {line}: {input}");
            self.pairing.check_invariants().unwrap();
        }
        self
    }

    /// `a start Ann`, `a new`, `a send hello`, `a send:k1 hello` (with a client key),
    /// `a send@R1 hello` (meant for a room), `a leave`, `a status`, `a typing`, `a stop`, `a block`,
    /// `a vanish`, `wait 5s`, `x blocks y`, `x unblocks y`, `x goes` (accounts). A socket `a.x` is of account x.
    ///
    /// The outcome is the reply or the error's code, then ` | to: event` for each event. `R1`, `R2` …
    /// are rooms in order of appearance, `~1` … masks, `m1` … messages.
    pub(crate) fn run(&mut self, input: &str) -> String {
        let (who, rest) = input.split_once(' ').unwrap();
        let (verb, argument) = rest.split_once(' ').unwrap_or((rest, ""));
        let mut outcome = match verb {
            _ if who == "wait" => {
                self.wait(rest);
                String::new()
            }
            "vanish" => {
                self.pairing.vanish(&SocketId::new(who), self.now());
                String::new()
            }
            "blocks" | "unblocks" => {
                let now = self.now();
                let (by, whom) = (account(who), account(argument));
                match verb {
                    "blocks" => self.pairing.account_blocked(&by, &whom, now),
                    _ => self.pairing.account_unblocked(&by, &whom, now),
                }
                String::new()
            }
            "goes" => {
                let now = self.now();
                self.pairing.release_blocks(&account(who), now);
                String::new()
            }
            _ => {
                let command = self.command(verb, argument);
                match self.pairing.handle(&seeker(who), command, self.now()) {
                    Ok(reply) => self.reply(reply),
                    Err(error) => error.code().as_str().to_owned(),
                }
            }
        };
        let effects: Vec<_> = self.pairing.drain_effects().collect();
        for effect in effects {
            let event = self.event(effect.event);
            outcome.extend([" | ", effect.to.as_str(), ": ", &event]);
        }
        outcome.trim_start_matches([' ', '|']).to_owned()
    }

    /// The id behind `R1`.
    pub(crate) fn room(&self, label: &str) -> RoomId {
        let number: usize = label[1..].parse().unwrap();
        let found = self.rooms.iter().find(|(_, known)| **known == number);
        found.map_or_else(|| RoomId::parse(label).unwrap(), |(room, _)| room.clone())
    }

    fn wait(&mut self, span: &str) {
        let millis: u64 = match span.strip_suffix("ms") {
            Some(millis) => millis.parse().unwrap(),
            None => span.trim_end_matches('s').parse::<u64>().unwrap() * 1_000,
        };
        self.millis += millis;
        self.pairing.tick(self.now());
    }

    fn command(&self, verb: &str, argument: &str) -> Command {
        let alias = (!argument.is_empty()).then(|| Alias::parse(argument).unwrap());
        match verb {
            "start" => Command::Start { alias },
            "new" => Command::NewChat { alias },
            "leave" => Command::Leave,
            "status" => Command::Status,
            "typing" => Command::Typing,
            "stop" => Command::StopTyping,
            "block" => Command::Block,
            _ => {
                let (_, room) = verb.split_once('@').unwrap_or((verb, ""));
                let (_, key) = verb.split_once(':').unwrap_or((verb, ""));
                Command::Send(NewLine {
                    text: Text::parse(argument).unwrap(),
                    room: (!room.is_empty()).then(|| self.room(room)),
                    client_id: ClientId::parse(key).ok(),
                })
            }
        }
    }

    fn reply(&mut self, reply: Reply) -> String {
        match reply {
            Reply::Joined(view) => self.view(&view),
            Reply::Sent(message) => self.message(&message),
            Reply::Status(None) => "empty".to_owned(),
            Reply::Status(Some(state)) => {
                let age = START_MILLIS + self.millis - state.created_at.as_millis();
                let users = self.users(&state.users);
                let room = self.label(state.room_id);
                let age = Duration::from_millis(age).as_secs();
                format!("{room} {} [{users}] {age}s old", status(state.status))
            }
            Reply::Done => "ok".to_owned(),
        }
    }

    fn event(&mut self, event: PairEvent) -> String {
        match event {
            PairEvent::UserJoined(view) => format!("joined {}", self.view(&view)),
            PairEvent::UserLeft(left) => {
                let room = self.label(left.room_id);
                let status = status(left.status);
                format!("left {room} {} {} {status}", left.username, left.user_count)
            }
            PairEvent::ChatHistory(lines) => {
                let lines: Vec<_> = lines.iter().map(|line| self.message(line)).collect();
                format!("history [{}]", lines.join(", "))
            }
            PairEvent::ReceiveMessage(message) => self.message(&message),
            PairEvent::Typing { room_id } => format!("typing {}", self.label(room_id)),
            PairEvent::StopTyping { room_id } => format!("stop {}", self.label(room_id)),
        }
    }

    fn view(&mut self, view: &RoomView) -> String {
        let room = self.label(view.room_id.clone());
        let users = self.users(&view.users);
        format!("{room} {} [{users}] {}", view.username, status(view.status))
    }

    fn users(&mut self, users: &[UserView]) -> String {
        let users = users.iter();
        let users: Vec<_> = users
            .map(|user| format!("{}={}", user.username, self.socket(&user.socket_id)))
            .collect();
        users.join(" ")
    }

    fn message(&mut self, message: &Message) -> String {
        let count = self.messages.len() + 1;
        let number = *self.messages.entry(message.id.to_string()).or_insert(count);
        let room = self.label(message.room_id.clone());
        let author = self.socket(&message.socket_id);
        let key = message.client_id.as_ref().map_or(String::new(), |key| format!(" :{key}"));
        let text = message.text.as_str();
        format!("m{number} {room} {}={author} {text:?}{key}", message.username)
    }

    fn label(&mut self, room: RoomId) -> String {
        assert!(room.is_pair());
        let count = self.rooms.len() + 1;
        format!("R{}", self.rooms.entry(room).or_insert(count))
    }

    fn socket(&mut self, socket: &SocketId) -> String {
        // The sockets of these tests have short names; a mask is as long as a real id.
        if socket.as_str().len() < 20 {
            return socket.to_string();
        }
        let count = self.masks.len() + 1;
        format!("~{}", self.masks.entry(socket.clone()).or_insert(count))
    }
}

pub(crate) fn seeker(who: &str) -> Seeker {
    let account = who.split_once('.').map(|(_, name)| account(name));
    Seeker { socket: SocketId::new(who), account }
}

pub(crate) fn account(name: &str) -> AccountId {
    AccountId::parse(name).unwrap()
}

fn status(status: RoomStatus) -> &'static str {
    status.as_str()
}
