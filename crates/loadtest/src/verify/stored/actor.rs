//! A client: socket after socket, doing at random what people and networks do.

use std::rc::Rc;
use std::time::Duration;

use fastrand::Rng;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::acts::Did;
use super::log::{End, LineId, RoomNumber};
use super::memory::Memory;
use super::session::Session;
use super::shared::Shared;
use crate::connection::rest::Rest;
use crate::connection::{Call, Transport};
use crate::error::Error;

/// What is kept in all: some 30 bytes each.
const MAX_RECORDS: usize = 20_000_000;
/// How long a server may take to take a connection, a restart included.
const CONNECT_LIMIT: Duration = Duration::from_secs(20);
/// Between two attempts, at the most.
const ATTEMPT_PAUSE_MS: u64 = 200;
/// How long it may take at the end until everything is answered, and has arrived.
const END_LIMIT: Duration = Duration::from_secs(20);
/// Between two looks at whether something is to be done again.
const LOOK: Duration = Duration::from_millis(50);

/// One client. The even ones are steady: they are not cut, so that nothing but a restart of the
/// server excuses what they miss.
pub(super) struct Actor {
    pub(super) shared: Rc<Shared>,
    pub(super) rng: Rng,
    pub(super) rest: Rest,
    pub(super) memory: Memory,
    /// Where it may write and read.
    pub(super) places: Vec<RoomNumber>,
}

/// How a client leaves the stage: with a socket, or between two.
type Last = Option<Session>;

impl Actor {
    pub(super) fn new(shared: Rc<Shared>, client: u32) -> Self {
        let seed = shared.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(client.into());
        let mut rng = Rng::with_seed(seed);
        let index = usize::try_from(client).unwrap_or_default();
        let rest = Rest::new(Rc::clone(&shared.target), index);
        let mut memory = Memory::new(client);
        let places = shared.places(client);
        for _ in 0..3 {
            memory.wanted.extend(rng.choice(&places));
        }
        Self { shared, rng, rest, memory, places }
    }

    pub(super) fn is_steady(&self) -> bool {
        self.memory.client.is_multiple_of(2)
    }

    /// Whether no other client is the same user: those in threes are two and one.
    pub(super) fn is_alone(&self) -> bool {
        self.memory.client % 3 == 2
    }

    /// Lives to the deadline, then waits with all others until everything has been heard.
    ///
    /// # Errors
    /// If the server cannot be reached.
    pub(super) async fn run(mut self) -> Result<(), Error> {
        let deadline = self.shared.deadline;
        let mut session = self.live_until(deadline, None, |_, _| false).await?;
        // Everything that can be answered is answered: what is stored is known.
        let end = Instant::now() + END_LIMIT;
        session = self.live_until(end, session, Self::is_settled).await?;
        self.shared.barrier.wait().await;
        // Twice: what an answer tells one in the first round, others have to hear of by the second.
        for _ in 0..2 {
            session = self.hear_to_the_end(session).await?;
            self.shared.barrier.wait().await;
        }
        if let Some(session) = session {
            session.note_silence();
            let end = if session.is_answered() { End::Stayed } else { End::Silent };
            self.keep(session, end);
        }
        let mut lines = self.shared.lines.borrow_mut();
        for (number, line) in (0..).zip(self.memory.lines) {
            lines.insert(LineId { client: self.memory.client, number }, line);
        }
        Ok(())
    }

    /// Lives until it has everything, also what may have to follow on what was heard last: on writing its
    /// end, on a message the list.
    async fn hear_to_the_end(&mut self, mut session: Last) -> Result<Last, Error> {
        let end = Instant::now() + END_LIMIT;
        loop {
            session = self.live_until(end, session, Self::has_all).await?;
            self.hear_all(&mut session).await;
            let is_done = |session: &Session| Self::has_all(session, &self.memory);
            if session.as_ref().is_none_or(is_done) || Instant::now() >= end {
                return Ok(session);
            }
        }
    }

    /// What was on its way to it, what came twice included, comes before the answer to what is asked
    /// after it.
    async fn hear_all(&mut self, session: &mut Last) {
        if let Some(session) = session
            && session.ask_other(self.places[0]).is_ok()
        {
            let answers = async {
                while !session.is_answered() && session.hear(&mut self.memory).await.is_ok() {}
            };
            // Then it is silent, and that is noted at the end.
            let _ = timeout(END_LIMIT, answers).await;
        }
    }

    /// Nothing of its own is without an answer.
    fn is_settled(session: &Session, memory: &Memory) -> bool {
        session.is_answered() && memory.again.is_empty()
    }

    /// Wherever it listens, it has what is known to be there.
    fn has_all(session: &Session, memory: &Memory) -> bool {
        let book = session.shared();
        let book = book.book.borrow();
        Self::is_settled(session, memory)
            && session.unread.is_empty()
            && session.writing.is_empty()
            && session.is_told()
            && memory.wanted.iter().all(|room| {
                session.listening.contains(room) && memory.upto(*room) >= Some(book.newest(*room))
            })
    }

    /// Lives, socket after socket, until the moment has come or it is done. Before the deadline of
    /// the run it acts at random; after that it only does what is left to do.
    async fn live_until(
        &mut self,
        end: Instant,
        mut last: Last,
        is_done: fn(&Session, &Memory) -> bool,
    ) -> Result<Last, Error> {
        loop {
            let mut session = match last.take() {
                Some(session) => session,
                None if Instant::now() >= end => return Ok(None),
                None => self.connect().await?,
            };
            match self.live(&mut session, end, is_done).await {
                Ok(()) => return Ok(Some(session)),
                Err(end) => self.keep(session, end),
            }
        }
    }

    async fn connect(&mut self) -> Result<Session, Error> {
        let socket = self.shared.sockets.get();
        self.shared.sockets.set(socket + 1);
        let by_turns =
            if socket.is_multiple_of(3) { Transport::Polling } else { Transport::Websocket };
        let client = self.memory.client;
        let call = Call {
            target: Rc::clone(&self.shared.target),
            index: usize::try_from(socket).unwrap_or_default(),
            transport: self.shared.options.transport.unwrap_or(by_turns),
            will_stall: false,
            token: Some(self.shared.token(client)),
        };
        let limit = Instant::now() + CONNECT_LIMIT;
        let mut session = loop {
            let opening = Session::open(&call, &self.shared, (socket, client));
            let late = Err(Error::Timeout("connecting", CONNECT_LIMIT.as_secs()));
            match timeout(CONNECT_LIMIT, opening).await.unwrap_or(late) {
                Ok(session) => break session,
                Err(error) if Instant::now() >= limit => return Err(error),
                Err(_) => sleep(Duration::from_millis(self.rng.u64(10..ATTEMPT_PAUSE_MS))).await,
            }
        };
        // What it has something of it may have again by `sync`; else it joins, and reads pages.
        let known = self.memory.wanted.iter().copied();
        let known: Vec<_> = known.filter(|room| self.memory.upto(*room).is_some()).collect();
        if !known.is_empty() && session.can_sync() && self.rng.bool() {
            // If it cannot be sent, reading will say why.
            let _ = session.sync(known, &self.memory);
        }
        Ok(session)
    }

    /// Acts and listens until the moment, until it is done, or until the socket's end.
    async fn live(
        &mut self,
        session: &mut Session,
        end: Instant,
        is_done: fn(&Session, &Memory) -> bool,
    ) -> Result<(), End> {
        let mut provoked = false;
        let mut next = Instant::now();
        while Instant::now() < end && !is_done(session, &self.memory) {
            tokio::select! {
                biased;
                () = sleep_until(next) => {
                    let did = self.turn(session, &mut provoked).await;
                    if let Did::Cut = did.map_err(|error| self.dropped(session, &error, provoked))? {
                        return Err(End::Cut);
                    }
                    next = Instant::now() + self.pause();
                }
                heard = session.hear(&mut self.memory) => {
                    heard.map_err(|error| self.dropped(session, &error, provoked))?;
                }
            }
            if self.shared.records.get() + session.log.records.len() > MAX_RECORDS {
                self.shared.ended_early.set(true);
                break;
            }
        }
        Ok(())
    }

    /// The end that the server made, for a reason of ours if it was made to wait or to restart.
    fn dropped(&self, session: &Session, error: &Error, provoked: bool) -> End {
        let shared = &self.shared;
        let has_ended = shared.is_ending.get() || shared.restarts.get() != session.restarts;
        let provoked = provoked || has_ended;
        End::Dropped { why: error.to_string(), provoked }
    }

    /// Twice as long as the rate asks for at most, nothing at least.
    fn pause(&mut self) -> Duration {
        if Instant::now() >= self.shared.deadline {
            return LOOK;
        }
        let longest_us = 2_000_000 / u64::from(self.shared.options.rate);
        Duration::from_micros(self.rng.u64(0..=longest_us))
    }

    fn keep(&mut self, session: Session, end: End) {
        session.unanswered().into_iter().for_each(|number| self.memory.miss(number));
        let mut log = session.log;
        log.end = end;
        self.shared.records.set(self.shared.records.get() + log.records.len());
        self.shared.logs.borrow_mut().push(log);
    }
}

#[cfg(test)]
mod tests;
