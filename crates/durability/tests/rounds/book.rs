//! What was said, and what has to be true for it.

use std::collections::{BTreeMap, HashMap};

use fastrand::Rng;

use crate::process::{Line, Message, Process};
use crate::rows::Rows;

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    /// It may be stored or not.
    Open,
    /// It is stored, there and with this id, for ever.
    Stored { seq: u64, id: String },
    /// It is not stored, until it is sent again.
    Refused,
}

#[derive(Debug)]
struct Sent {
    room: usize,
    sender: usize,
    text: String,
    /// Answers that are still to come.
    waiting: u32,
    fate: Fate,
}

/// The book of everything that was sent, over all lives of the process.
#[derive(Debug)]
pub(crate) struct Book {
    dice: Rng,
    senders: Vec<String>,
    rooms: Vec<String>,
    sent: BTreeMap<String, Sent>,
    /// What listeners heard, over all lives: room and seq, and the id.
    heard: HashMap<(String, u64), String>,
    /// The last place that was heard in each room, in this life.
    last_heard: HashMap<String, u64>,
    /// Answers that are still to come.
    waiting: usize,
    /// How new messages are sent: `send`, or `show`, which shows them before they are stored.
    pub(crate) verb: &'static str,
    /// What was shown so.
    pub(crate) rows: Rows,
    pub(crate) acks: usize,
    pub(crate) refusals: usize,
}

impl Book {
    /// Makes accounts and rooms, and listens to the rooms.
    pub(crate) fn begin(seed: u64, process: &mut Process) -> Self {
        let mut book = Self {
            dice: Rng::with_seed(seed),
            senders: Vec::new(),
            rooms: Vec::new(),
            sent: BTreeMap::new(),
            heard: HashMap::new(),
            last_heard: HashMap::new(),
            waiting: 0,
            verb: "send",
            rows: Rows::default(),
            acks: 0,
            refusals: 0,
        };
        for name in ["ann", "bob", "cleo"] {
            process.say(&format!("account {name}"));
            let Line::Account { id } = process.expect() else { panic!("no account") };
            book.senders.push(id);
        }
        for _ in 0..4 {
            process.say(&format!("room {}", book.senders[0]));
            let Line::Room { id } = process.expect() else { panic!("no room") };
            process.say(&format!("follow {id}"));
            assert_eq!(process.expect(), Line::Following { seq: 0 });
            book.rooms.push(id);
        }
        book
    }

    /// A new message, or sometimes an old one again.
    pub(crate) fn next_send(&mut self) -> String {
        if self.dice.u8(..) < 16 && !self.sent.is_empty() {
            let n = self.dice.usize(..self.sent.len());
            return self.send(&format!("k{n}"));
        }
        self.new_send()
    }

    /// A new message.
    pub(crate) fn new_send(&mut self) -> String {
        let key = format!("k{}", self.sent.len());
        let most = if self.dice.u8(..) < 8 { 4_000 } else { 80 };
        let length = self.dice.usize(1..=most);
        let text = (0..length).map(|_| self.dice.alphanumeric()).collect();
        let (room, sender) =
            (self.dice.usize(..self.rooms.len()), self.dice.usize(..self.senders.len()));
        self.sent.insert(key.clone(), Sent { room, sender, text, waiting: 0, fate: Fate::Open });
        self.send(&key)
    }

    /// Listens to the rooms, in a new life.
    pub(crate) fn follow_all(&self, process: &mut Process) {
        for room in &self.rooms {
            process.say(&format!("follow {room}"));
            let following = process.expect();
            assert!(matches!(following, Line::Following { .. }), "{following:?}");
        }
    }

    /// A message that was sent before.
    pub(crate) fn send_again(&mut self, key: &str) -> String {
        self.send(key)
    }

    fn send(&mut self, key: &str) -> String {
        let sent = self.sent.get_mut(key).unwrap();
        sent.waiting += 1;
        self.waiting += 1;
        if sent.fate == Fate::Refused {
            sent.fate = Fate::Open;
        }
        let (room, sender) = (&self.rooms[sent.room], &self.senders[sent.sender]);
        let verb = self.verb;
        format!("{verb} {room} {sender} {key} {}", sent.text)
    }

    /// Answers that are still to come.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Notes an answer or a delivery.
    pub(crate) fn note(&mut self, line: Line) {
        match line {
            Line::Ack { key, seq, id } => {
                let sent = self.sent.get_mut(&key).unwrap();
                sent.waiting -= 1;
                self.waiting -= 1;
                let fate = Fate::Stored { seq, id };
                if matches!(sent.fate, Fate::Stored { .. }) {
                    assert_eq!(sent.fate, fate, "{key} was stored twice");
                }
                sent.fate = fate;
                self.acks += 1;
            }
            Line::No { key, code, is_certain } => {
                assert_eq!(code, "unavailable", "{key}");
                let sent = self.sent.get_mut(&key).unwrap();
                sent.waiting -= 1;
                self.waiting -= 1;
                if is_certain && sent.waiting == 0 && sent.fate == Fate::Open {
                    sent.fate = Fate::Refused;
                }
                self.refusals += 1;
            }
            Line::Heard { room, seq, id } => {
                let last = self.last_heard.entry(room.clone()).or_insert(seq - 1);
                assert_eq!(seq, *last + 1, "heard out of order, or not at all");
                *last = seq;
                self.rows.confirm(&room, &id);
                self.heard.insert((room, seq), id);
            }
            Line::Shown { room, id, key } => self.rows.show(room, &id, key),
            Line::Failed { id, code } => {
                assert!(["unavailable", "conflict"].contains(&&*code), "{id}: {code}");
                self.rows.fail(id);
            }
            other => panic!("{other:?} was not asked for"),
        }
    }

    /// The process is gone: nothing more is answered.
    pub(crate) fn process_ended(&mut self) {
        for sent in self.sent.values_mut() {
            sent.waiting = 0;
        }
        self.waiting = 0;
        self.last_heard.clear();
        self.rows.forget_open();
    }

    /// Sends everything again, in another order, with the answers that it must have.
    pub(crate) fn send_all_again(&mut self, process: &mut Process) {
        let mut keys: Vec<String> = self.sent.keys().cloned().collect();
        self.dice.shuffle(&mut keys);
        for chunk in keys.chunks(64) {
            for key in chunk {
                let command = self.send(key);
                process.say(&command);
            }
            while self.waiting() > 0 {
                let line = process.expect();
                self.note(line);
            }
        }
        assert_eq!(self.unstored(), 0, "what is sent again to a sound disk is stored");
    }

    /// How many keys are not known to be stored.
    pub(crate) fn unstored(&self) -> usize {
        self.sent.values().filter(|sent| !matches!(sent.fate, Fate::Stored { .. })).count()
    }

    /// Reads everything that is stored, and holds it against what was said.
    pub(crate) fn verify(&mut self, process: &mut Process) {
        let mut stored = HashMap::new();
        for room in &self.rooms {
            let messages = read(process, room);
            for (place, message) in (1..).zip(messages) {
                assert_eq!(message.seq, place, "a gap, or a place twice, in {room}");
                let key = message.key.clone();
                assert!(stored.insert(key.clone(), message).is_none(), "{key} is there twice");
            }
        }
        let ids: HashMap<(&str, u64), &str> =
            stored.values().map(|message| ((&*message.room, message.seq), &*message.id)).collect();
        for ((room, seq), id) in &self.heard {
            let found = ids.get(&(&**room, *seq));
            assert_eq!(found, Some(&&**id), "{room} {seq} was heard and is not there");
        }
        self.rows.verify(stored.values());
        for (key, sent) in &mut self.sent {
            match (stored.remove(key), &sent.fate) {
                (Some(message), fate) => {
                    let Message { seq, id, .. } = message;
                    let (room, sender) = (&self.rooms[sent.room], &self.senders[sent.sender]);
                    assert_eq!((&message.room, &message.sender), (room, sender), "{key}");
                    assert!(message.text == sent.text, "{key} has another text");
                    assert_ne!(*fate, Fate::Refused, "{key} was refused, and is there");
                    let found = Fate::Stored { seq, id };
                    assert!(*fate == Fate::Open || *fate == found, "{key}: {fate:?} is {found:?}");
                    sent.fate = found;
                }
                (None, Fate::Stored { seq, .. }) => {
                    panic!("{key} was acknowledged at {seq}, and is gone")
                }
                (None, Fate::Open | Fate::Refused) => {}
            }
        }
        assert!(stored.is_empty(), "nobody has sent these: {stored:?}");
    }
}

/// Everything that is stored of a room.
fn read(process: &mut Process, room: &str) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    loop {
        process.say(&format!("page {room} {}", messages.last().map_or(0, |message| message.seq)));
        let has_more = loop {
            match process.expect() {
                Line::Message(message) => messages.push(message),
                Line::Page { has_more } => break has_more,
                other => panic!("{other:?} was not asked for"),
            }
        };
        if !has_more {
            return messages;
        }
    }
}
