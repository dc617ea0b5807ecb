//! A client: socket after socket, doing at random what people and networks do.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use fastrand::Rng;
use tokio::sync::Barrier;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::log::{End, Log, MessageIds, SocketNumber};
use super::session::Session;
use crate::cli::Verify;
use crate::connection::{Call, Transport};
use crate::error::Error;
use crate::target::Target;

/// What is kept in all: some 50 bytes each.
const MAX_RECORDS: usize = 20_000_000;
/// How long a server may take to answer what was asked before the end.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// Attempts to connect before the whole run fails.
const MAX_ATTEMPTS: u32 = 5;
/// Between two of them.
const ATTEMPT_PAUSE: Duration = Duration::from_millis(200);

/// What all clients share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) options: Verify,
    pub(super) target: Rc<Target>,
    /// What the lines of this run are known by.
    pub(super) run: u64,
    pub(super) seed: u64,
    pub(super) deadline: Instant,
    /// All clients wait here for each other at the end.
    pub(super) barrier: Barrier,
    pub(super) ids: Rc<MessageIds>,
    pub(super) logs: RefCell<Vec<Log>>,
    pub(super) sockets: Cell<u32>,
    pub(super) records: Cell<usize>,
    pub(super) ended_early: Cell<bool>,
}

/// One client. The even ones are steady: they are never cut, so that nothing excuses what they miss.
pub(super) struct Actor {
    shared: Rc<Shared>,
    client: u32,
    rng: Rng,
}

/// What came of an action.
enum Did {
    GoOn,
    /// The socket is cut.
    Cut,
}

impl Actor {
    pub(super) fn new(shared: Rc<Shared>, client: u32) -> Self {
        let seed = shared.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(client.into());
        Self { shared, client, rng: Rng::with_seed(seed) }
    }

    fn is_steady(&self) -> bool {
        self.client.is_multiple_of(2)
    }

    /// Lives to the deadline, then waits with all others until everything has been heard.
    ///
    /// # Errors
    /// If the server cannot be reached.
    pub(super) async fn run(mut self) -> Result<(), Error> {
        let last = loop {
            if Instant::now() >= self.shared.deadline {
                break None;
            }
            let mut session = self.connect().await?;
            let ended = self.live(&mut session).await;
            let Err(end) = ended else { break Some(session) };
            self.keep(session, end);
        };
        self.part(last).await;
        Ok(())
    }

    async fn connect(&mut self) -> Result<Session, Error> {
        let socket = self.shared.sockets.get();
        self.shared.sockets.set(socket + 1);
        let by_turns =
            if socket.is_multiple_of(3) { Transport::Polling } else { Transport::Websocket };
        let call = Call {
            target: Rc::clone(&self.shared.target),
            index: usize::try_from(socket).unwrap_or_default(),
            transport: self.shared.options.transport.unwrap_or(by_turns),
            will_stall: false,
            token: None,
        };
        let mut attempt = 1;
        loop {
            let run = (self.shared.run, Rc::clone(&self.shared.ids));
            let opening = Session::open(&call, run, SocketNumber(socket), self.client);
            let opened = timeout(ANSWER_LIMIT, opening).await;
            match opened.unwrap_or(Err(Error::Timeout("connecting", ANSWER_LIMIT.as_secs()))) {
                Err(_) if attempt < MAX_ATTEMPTS => attempt += 1,
                opened => return opened,
            }
            sleep(ATTEMPT_PAUSE).await;
        }
    }

    /// Acts and listens until the deadline, or until the socket's end.
    async fn live(&mut self, session: &mut Session) -> Result<(), End> {
        let mut provoked = false;
        let dropped = |error: &Error, provoked| End::Dropped { why: error.to_string(), provoked };
        // In the tick of the connect, with nothing heard yet.
        session.seek("start_chat").map_err(|error| dropped(&error, false))?;
        let mut next = Instant::now();
        while next < self.shared.deadline {
            tokio::select! {
                biased;
                () = sleep_until(next) => {
                    let did = self.act(session, &mut provoked).await;
                    if let Did::Cut = did.map_err(|error| dropped(&error, provoked))? {
                        return Err(End::Cut);
                    }
                    next = Instant::now() + self.pause();
                }
                heard = session.hear() => heard.map_err(|error| dropped(&error, provoked))?,
            }
            if self.shared.records.get() + session.log.records.len() > MAX_RECORDS {
                self.shared.ended_early.set(true);
                break;
            }
        }
        Ok(())
    }

    /// Twice as long as the rate asks for at most, nothing at least.
    fn pause(&mut self) -> Duration {
        let longest_us = 2_000_000 / u64::from(self.shared.options.rate);
        Duration::from_micros(self.rng.u64(0..=longest_us))
    }

    async fn act(&mut self, session: &mut Session, provoked: &mut bool) -> Result<Did, Error> {
        if !session.has_seat() {
            session.seek("start_chat")?;
        }
        match self.rng.u8(0..100) {
            0..80 => self.say(session)?,
            80..86 => {
                for _ in 0..self.rng.u8(2..=10) {
                    self.say(session)?;
                }
            }
            86..88 => session.ask_other("typing")?,
            88..90 => session.ask_other("get_room_status")?,
            90 => session.seek("new_chat")?,
            91 => session.leave()?,
            _ if self.is_steady() => self.say(session)?,
            92..94 => session.seek("new_chat")?,
            94..96 => {
                *provoked = true;
                self.say(session)?;
                sleep(Duration::from_millis(self.rng.u64(20..400))).await;
            }
            _ => return self.cut(session).await,
        }
        Ok(Did::GoOn)
    }

    fn say(&mut self, session: &mut Session) -> Result<(), Error> {
        session.say(self.rng.bool(), self.rng.usize(0..200))
    }

    /// Ends the socket in one of the ways in which sockets end.
    async fn cut(&mut self, session: &mut Session) -> Result<Did, Error> {
        // Something is under way as often as not.
        if self.rng.bool() {
            self.say(session)?;
        }
        match self.rng.u8(0..5) {
            0 => session.reset(),
            1 => session.close(),
            2 => session.disconnect()?,
            3 => {
                session.tear().await?;
                session.reset();
            }
            _ => {
                session.tear().await?;
                session.close();
            }
        }
        Ok(Did::Cut)
    }

    /// The end, in two steps: once everybody's lines are answered they are on their way to
    /// everybody, and once everybody has had another answer after that they have arrived.
    async fn part(&self, last: Option<Session>) {
        let Some(mut session) = last else {
            self.shared.barrier.wait().await;
            self.shared.barrier.wait().await;
            return;
        };
        let mut end = answers(&mut session).await;
        self.shared.barrier.wait().await;
        if end == End::Stayed {
            // If it cannot be sent, reading will say why.
            let _ = session.ask_other("get_room_status");
            end = answers(&mut session).await;
        }
        self.shared.barrier.wait().await;
        self.keep(session, end);
    }

    fn keep(&self, session: Session, end: End) {
        let mut log = session.log;
        log.end = end;
        self.shared.records.set(self.shared.records.get() + log.records.len());
        self.shared.logs.borrow_mut().push(log);
    }
}

/// Listens until nothing is outstanding.
async fn answers(session: &mut Session) -> End {
    let all = async {
        while !session.is_answered() {
            session.hear().await?;
        }
        Ok::<(), Error>(())
    };
    match timeout(ANSWER_LIMIT, all).await {
        Ok(Ok(())) => End::Stayed,
        Ok(Err(error)) => End::Dropped { why: error.to_string(), provoked: false },
        Err(_) => End::Silent,
    }
}
