//! What all clients share: who is who, what was seen, and what was found wrong at first sight.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::time::Instant;

use super::book::{Book, Expected, Wrong};
use super::form::Form;
use super::log::{self, Fate, Line, LineId, Log, RoomNumber, Seq};
use super::memory::Memory;
use super::private::Marks;
use super::recount::Recount;
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
    /// The two users of each direct conversation.
    pub(super) pairs: Vec<[usize; 2]>,
    /// How far everybody has read there for certain.
    pub(super) marks: RefCell<Marks>,
    /// The token of each client.
    pub(super) tokens: Vec<Rc<str>>,
    pub(super) book: RefCell<Book>,
    pub(super) findings: RefCell<Findings>,
    pub(super) logs: RefCell<Vec<Log>>,
    pub(super) lines: RefCell<BTreeMap<LineId, Line>>,
    pub(super) sockets: Cell<u32>,
    pub(super) records: Cell<usize>,
    pub(super) ended_early: Cell<bool>,
    /// How often the server was ended on purpose, counted when it has.
    pub(super) restarts: Cell<u64>,
    /// It has been told to end, and may not have heard of it yet: whoever connects now is sent away, too.
    pub(super) is_ending: Cell<bool>,
    /// How much was shown before it was stored.
    pub(super) optimistic: Cell<Optimistic>,
}

/// Who takes part, and where.
#[derive(Debug)]
pub(super) struct Cast {
    pub(super) expected: Expected,
    /// As in [`Shared`], like the next two.
    pub(super) room_ids: Vec<String>,
    pub(super) pairs: Vec<[usize; 2]>,
    pub(super) tokens: Vec<Rc<str>>,
}

/// Events of messages that are shown before they are stored, by all sockets.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Optimistic {
    /// Rows that were shown, one's own too.
    pub(super) shown: u64,
    /// Those that have failed.
    pub(super) failed: u64,
}

impl Shared {
    /// Nothing has happened yet; its time begins now.
    pub(super) fn new(options: Verify, target: Rc<Target>, seed: u64, cast: Cast) -> Self {
        let Cast { expected, room_ids, pairs, tokens } = cast;
        Self {
            target,
            seed,
            deadline: Instant::now() + Duration::from_secs(options.seconds),
            barrier: Barrier::new(usize::try_from(options.clients).unwrap_or(usize::MAX)),
            options,
            expected,
            room_ids,
            pairs,
            marks: RefCell::default(),
            tokens,
            book: RefCell::default(),
            findings: RefCell::default(),
            logs: RefCell::default(),
            lines: RefCell::default(),
            sockets: Cell::new(0),
            records: Cell::new(0),
            ended_early: Cell::new(false),
            restarts: Cell::new(0),
            is_ending: Cell::new(false),
            optimistic: Cell::default(),
        }
    }

    /// The token of a client.
    pub(super) fn token(&self, client: u32) -> Rc<str> {
        let client = usize::try_from(client).expect("a machine of 32 bits or more");
        Rc::clone(&self.tokens[client])
    }

    /// Whose words are spoken.
    pub(super) fn form(&self) -> Form {
        self.expected.form
    }

    /// Who a client is.
    #[expect(clippy::unused_self, reason = "who is who is the run's to say")]
    pub(super) fn user(&self, client: u32) -> usize {
        user_of(usize::try_from(client).expect("a machine of 32 bits or more"))
    }

    /// How many users there are.
    pub(super) fn users(&self) -> usize {
        self.tokens.len().checked_sub(1).map_or(0, |last| user_of(last) + 1)
    }

    /// A client of a user.
    #[expect(clippy::unused_self, reason = "as above")]
    pub(super) fn client_of(&self, user: usize) -> u32 {
        let first = user / 2 * 3 + if user.is_multiple_of(2) { 0 } else { 2 };
        u32::try_from(first).expect("as many clients as the command line takes")
    }

    /// A user's id.
    pub(super) fn name(&self, user: usize) -> &str {
        let client = usize::try_from(self.client_of(user)).unwrap_or_default();
        &self.expected.people[client].0
    }

    /// Whether a client may know of a conversation at all.
    pub(super) fn is_in(&self, client: u32, room: RoomNumber) -> bool {
        match self.form() {
            Form::Rooms => true,
            Form::Channels => is_for(self.user(client), room),
            Form::Direct => self.pairs[room.0].contains(&self.user(client)),
        }
    }

    /// Where a client may write and read.
    pub(super) fn places(&self, client: u32) -> Vec<RoomNumber> {
        let all = (0..self.room_ids.len()).map(RoomNumber);
        all.filter(|room| self.is_in(client, *room)).collect()
    }

    /// The other one of a direct conversation.
    pub(super) fn other(&self, room: RoomNumber, client: u32) -> usize {
        let [one, other] = self.pairs[room.0];
        if one == self.user(client) { other } else { one }
    }

    /// A client that may read a conversation.
    pub(super) fn reader(&self, room: RoomNumber) -> u32 {
        match self.form() {
            Form::Rooms => 0,
            Form::Direct => self.client_of(self.pairs[room.0][0]),
            Form::Channels => {
                let user = (0..self.users()).find(|user| is_for(*user, room));
                self.client_of(user.unwrap_or(0))
            }
        }
    }

    /// Up to where a client's user has read for certain.
    pub(super) fn mark_of(&self, client: u32, room: RoomNumber) -> u64 {
        self.marks.borrow().of(self.user(client), room)
    }

    /// The answer to a client's mark, which was here at least when that was asked.
    pub(super) fn marked(&self, (client, room): (u32, RoomNumber), floor: u64, answer: &Value) {
        let Some(read) = answer["lastReadSeq"].as_u64() else {
            return self.failed(|| format!("a mark: {answer}"));
        };
        if read < floor {
            let what = || format!("client {client}: {floor} of {room:?} was read, now {read} is");
            self.findings.borrow_mut().marks.add(what);
        }
        self.marks.borrow_mut().raise(self.user(client), room, read);
    }

    /// To count again what is unread in direct conversations.
    pub(super) fn recount(&self, histories: &[Vec<Option<LineId>>]) -> Recount {
        Recount::new(histories, |room, line| {
            self.pairs.get(room.0).is_some_and(|pair| pair[0] == self.user(line.client))
        })
    }

    /// A message, as it is sent on a socket.
    pub(super) fn message(&self, id: LineId, line: &Line) -> Value {
        let text = log::write(self.expected.run, line.room, id, line.filler);
        self.keyed(id, line, self.form().said(&self.room_ids[line.room.0], &text))
    }

    /// A message, as it is posted, and where.
    pub(super) fn post(&self, id: LineId, line: &Line) -> (String, Value) {
        let text = log::write(self.expected.run, line.room, id, line.filler);
        let (path, post) = self.form().posted(&self.room_ids[line.room.0], &text);
        (path, self.keyed(id, line, post))
    }

    fn keyed(&self, id: LineId, line: &Line, mut message: Value) -> Value {
        if line.has_key {
            message["clientId"] = json!(log::key(self.expected.run, id));
        }
        message
    }

    /// A message was seen, wherever: where it is, unless something is wrong with it.
    pub(super) fn note(&self, message: &Value) -> Option<(RoomNumber, Seq, LineId)> {
        let noted = self.book.borrow_mut().note(message, &self.expected);
        self.sound(noted)
    }

    /// What was read, unless something is wrong with it: that is written down.
    pub(super) fn sound<T>(&self, read: Result<T, Wrong>) -> Option<T> {
        let wrong = match read {
            Ok(read) => return Some(read),
            Err(wrong) => wrong,
        };
        let mut findings = self.findings.borrow_mut();
        match wrong {
            Wrong::Doubled(what) => findings.doubled.add(|| what),
            Wrong::Leaked(what) => findings.leaked.add(|| what),
            Wrong::Altered(what) => findings.altered.add(|| what),
            Wrong::Ended(what) => findings.ends.add(|| what),
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

/// Whether a channel is private: every third.
pub(super) fn is_private(room: RoomNumber) -> bool {
    room.0 % 3 == 1
}

/// Whether a user may know of a channel: every other one of a private one.
pub(super) fn is_for(user: usize, room: RoomNumber) -> bool {
    !is_private(room) || user.is_multiple_of(2)
}

/// Who a client is: of three clients two are the same user, in two tabs.
pub(super) fn user_of(client: usize) -> usize {
    client / 3 * 2 + usize::from(client % 3 == 2)
}
