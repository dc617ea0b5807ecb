//! Two strangers, matched at random: the `pair` dialect's rules.
//!
//! [`Pairing`] is a synchronous state machine. The edge gives it one input at a time (a command, a
//! socket that vanished, the passing of time) with the present moment; it returns the reply, keeps the
//! events to be emitted until [`Pairing::drain_effects`] takes them, and says when it wants to be woken
//! next. For one input the order on the wire is: the reply, then the effects as they are drained. Keep
//! the draining in the same critical section as the input, or two inputs' events cross.
//!
//! Inside are two machines with messages between them, so that several nodes change nothing in the
//! rules: the queue ([`PairQueue`]) knows all waiting seats and *proposes*; the room's home *confirms*,
//! or refuses what is out of date, and then the seeker seeks again. On one node both answer at once.
//!
//! After every input holds: at most two in a room; nobody is in a room with their own account or
//! across a bar; and no two waiting rooms fit each other.
//!
//! ```text
//! seated alone, fresh ── a partner comes ─▶ active ── one leaves ─▶ alone, new id, not fresh
//!        ▲ start                              ▲                          │
//!        └── no room fits                     └──── a partner comes ─────┘
//! ```
//!
//! How the edge drives it, for one command:
//!
//! ```
//! use chat::error::Failure;
//! use chat::ids::{NodeId, SocketId};
//! use chat::pairing::{Command, Pairing, PairingConfig, Reply, Seeker};
//! use chat::random::Random;
//! use chat::time::{Monotonic, Now, Timestamp};
//!
//! struct Counter(u8); // In production: the operating system's generator.
//! impl Random for Counter {
//!     fn fill(&mut self, bytes: &mut [u8]) {
//!         self.0 += 1;
//!         bytes.fill(self.0);
//!     }
//! }
//!
//! let config = PairingConfig::new(NodeId::new("n1"));
//! let mut pairing = Pairing::new(config, Box::new(Counter(0))); // Behind a mutex.
//! let now = Now { mono: Monotonic::from_millis(0), wall: Timestamp::from_millis(0) };
//! let seeker = Seeker::stranger(SocketId::new("a socket's public id"));
//!
//! match pairing.handle(&seeker, Command::Start { alias: None }, now).map_err(Failure::from) {
//!     Ok(Reply::Joined(room)) => assert_eq!(room.users.len(), 1), // The acknowledgement, first.
//!     other => panic!("{other:?}"),
//! }
//! for emit in pairing.drain_effects() {
//!     assert_eq!(emit.to, seeker.socket); // Then each event, encoded for `emit.to`.
//! }
//! assert_eq!(pairing.next_deadline(), None); // The timer that calls `tick`, set anew.
//! pairing.vanish(&seeker.socket, now); // When the transport is gone.
//! ```

mod bars;
mod block;
mod error;
mod event;
mod home;
mod invariants;
mod leave;
mod queue;
mod room;
mod seeker;
mod send;
mod sent;
mod start;
mod typing;

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

pub use error::PairError;
pub use event::{
    Command, Emit, Message, NewLine, PairEvent, Reply, RoomState, RoomStatus, RoomView, UserLeft,
    UserView,
};
pub use queue::{Known, LocalQueue, Merger, PairQueue, Place, Waiting};
pub use seeker::{Person, Seeker};

use crate::ids::{MessageIds, NodeId, SocketId};
use crate::name::Alias;
use crate::random::Random;
use crate::time::{Monotonic, Now};
use home::Home;
use typing::TypingDue;

/// The rules' numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairingConfig {
    /// This process; rooms opened here are at home here.
    pub node: NodeId,
    /// How long two who parted are not matched again: 5 minutes. Zero: not at all.
    pub bar: Duration,
    /// `typing` is passed on at most once in this time, and a further one when it is over: 2 seconds.
    pub typing_interval: Duration,
    /// Lines kept for a partner who has not come yet: 50, at most 16 KB each, so 800 KB a room.
    pub max_waiting_lines: usize,
    /// Client keys remembered for each seat, the oldest forgotten beyond: 16,384 at some 130 bytes, so
    /// 2 MiB for a seat that has sent as many messages to one partner.
    pub max_client_ids: usize,
    /// Sockets that are remembered: 1,000,000, some 300 bytes each without their lines and keys.
    pub max_sockets: usize,
}

impl PairingConfig {
    /// The contract's defaults, on this node.
    pub const fn new(node: NodeId) -> Self {
        Self {
            node,
            bar: Duration::from_mins(5),
            typing_interval: Duration::from_secs(2),
            max_waiting_lines: 50,
            max_client_ids: 16_384,
            max_sockets: 1_000_000,
        }
    }
}

/// How much there is at the moment. All zero when everyone is gone, except bars between accounts that were
/// made in a chat, which outlive their sockets until they lapse or are unblocked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PairStats {
    /// Rooms with one seat taken or two.
    pub rooms: usize,
    /// Rooms with one.
    pub waiting: usize,
    /// Rooms with two.
    pub active: usize,
    /// Seats taken.
    pub seats: usize,
    /// Sockets remembered: those that have ever started and have not vanished.
    pub sockets: usize,
    /// Pairs of persons who may not meet.
    pub bars: usize,
}

/// The pairing of one node. See the module's documentation.
pub struct Pairing {
    config: PairingConfig,
    home: Home,
    queue: Box<dyn PairQueue>,
    random: Box<dyn Random>,
    ids: MessageIds,
    /// Every socket that has ever started, with its latest alias, until it vanishes.
    aliases: HashMap<SocketId, Alias>,
    /// Typing that is to be passed on later.
    typing_due: TypingDue,
    latest: Monotonic,
    effects: Vec<Emit>,
}

impl Pairing {
    /// With nobody in it, and the queue of a single node.
    pub fn new(config: PairingConfig, random: Box<dyn Random>) -> Self {
        Self::with_queue(config, Box::new(LocalQueue::new()), random)
    }

    /// With nobody in it, and this queue.
    pub fn with_queue(
        config: PairingConfig,
        queue: Box<dyn PairQueue>,
        random: Box<dyn Random>,
    ) -> Self {
        let home = Home::new(config.node.clone());
        Self {
            config,
            home,
            queue,
            random,
            ids: MessageIds::new(),
            aliases: HashMap::new(),
            typing_due: TypingDue::new(),
            latest: Monotonic::default(),
            effects: Vec::new(),
        }
    }

    /// Does what a socket asks for. Whatever is due by then happens first, as by
    /// [`Pairing::tick`]; its events are among the effects, and none is lost if the command fails.
    ///
    /// A socket must not be given here again after [`Pairing::vanish`]: it would be remembered for
    /// ever.
    ///
    /// # Errors
    /// [`PairError`]; the command has changed nothing then.
    pub fn handle(
        &mut self,
        seeker: &Seeker,
        command: Command,
        now: Now,
    ) -> Result<Reply, PairError> {
        let now = self.tick_at(now);
        let reply = match command {
            Command::Start { alias } => self.start(seeker, alias, now),
            Command::NewChat { alias } => self.new_chat(seeker, alias, now),
            Command::Send(line) => self.send(&seeker.socket, line, now),
            Command::Leave => {
                self.leave(&seeker.socket, now);
                Ok(Reply::Done)
            }
            Command::Status => Ok(self.status(&seeker.socket)),
            Command::Typing => self.typing(&seeker.socket, now),
            Command::StopTyping => self.stop_typing(&seeker.socket),
            Command::Block => self.block_partner(&seeker.socket, now),
        };
        self.join_freed(now);
        reply
    }

    /// The socket is gone: its seat goes at once, and everything that was held for it. Without
    /// effect on a socket that never started.
    pub fn vanish(&mut self, socket: &SocketId, now: Now) {
        let now = self.tick_at(now);
        // First, so that whatever concerns the socket from here on leaves nothing behind.
        self.aliases.remove(socket);
        self.leave(socket, now);
        self.queue.forget(&Person::Socket(socket.clone()));
        self.join_freed(now);
    }

    /// Time has passed: typing that had to wait is passed on, bars lapse, and waiting rooms that came
    /// to fit are joined. To be called at [`Pairing::next_deadline`]; harmless at any other time.
    pub fn tick(&mut self, now: Now) {
        self.tick_at(now);
    }

    /// When [`Pairing::tick`] wants to be called next; `None` if nothing is due without an input.
    /// May have come nearer after any input.
    pub fn next_deadline(&self) -> Option<Monotonic> {
        let typing = self.typing_due.first().map(|(due, _)| *due);
        self.queue.next_lapse().into_iter().chain(typing).min()
    }

    /// Takes the events that the inputs since the last call gave rise to, in order. They stay in
    /// memory until then: an input makes a handful.
    pub fn drain_effects(&mut self) -> std::vec::Drain<'_, Emit> {
        self.effects.drain(..)
    }

    /// How much there is at the moment, without looking at each.
    pub fn stats(&self) -> PairStats {
        let (rooms, waiting) = (self.home.rooms().len(), self.queue.waiting());
        PairStats {
            rooms,
            waiting,
            active: rooms.saturating_sub(waiting),
            seats: self.home.seats(),
            sockets: self.aliases.len(),
            bars: self.queue.bars(),
        }
    }

    fn status(&self, socket: &SocketId) -> Reply {
        Reply::Status(self.home.room_of(socket).map(|room| room.state(socket)))
    }

    /// Lets what is due happen. Two threads may have read the clock in one order and come here in the
    /// other: time does not go back for that.
    fn tick_at(&mut self, now: Now) -> Now {
        self.latest = self.latest.max(now.mono);
        let now = Now { mono: self.latest, ..now };
        self.show_due_typing(now);
        self.join_freed(now);
        now
    }

    fn join_freed(&mut self, now: Now) {
        for room in self.queue.freed(now.mono) {
            self.join_waiting(&room, now);
        }
    }

    fn emit(&mut self, to: SocketId, event: PairEvent) {
        self.effects.push(Emit { to, event });
    }
}

impl fmt::Debug for Pairing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither texts nor aliases nor ids belong in a log.
        out.debug_struct("Pairing").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
