//! What a client does, turn by turn.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::actor::Actor;
use super::form::Form;
use super::log::{Fate, Line, LineId, RoomNumber};
use super::pages;
use super::session::Session;
use super::shared::is_private;
use crate::error::Error;

/// What came of an action.
pub(super) enum Did {
    GoOn,
    /// The socket is cut.
    Cut,
}

impl Actor {
    /// First what is left to do, then something at random.
    pub(super) async fn turn(
        &mut self,
        session: &mut Session,
        provoked: &mut bool,
    ) -> Result<Did, Error> {
        self.catch_up(session).await?;
        if Instant::now() >= self.shared.deadline || !session.has_room() {
            return Ok(Did::GoOn);
        }
        if self.shared.form() == Form::Direct && self.rng.u8(0..4) == 0 {
            return self.be_private(session).await;
        }
        match self.rng.u8(0..100) {
            0..70 => self.say(session)?,
            70..80 => self.post().await,
            80..85 => {
                for _ in 0..self.rng.u8(2..=10) {
                    self.say(session)?;
                }
            }
            85..87 => self.repeat(),
            87 if self.shared.form() == Form::Channels => self.intrude(session)?,
            87 => session.ask_other(self.any_room())?,
            88..90 => {
                let room = self.any_room();
                self.memory.wanted.insert(room);
            }
            90..92 => self.leave(session).await?,
            _ if self.is_steady() => self.say(session)?,
            92..94 => {
                *provoked = true;
                self.say(session)?;
                sleep(Duration::from_millis(self.rng.u64(20..400))).await;
            }
            94..97 => return self.cut(session).await,
            _ => self.say(session)?,
        }
        Ok(Did::GoOn)
    }

    /// What there is in direct conversations only: marks, back as well as forth, and writing; and what
    /// others' conversations must not answer.
    async fn be_private(&mut self, session: &mut Session) -> Result<Did, Error> {
        let room = self.any_room();
        let known = self.memory.upto(room).map_or(0, |seq| seq.0);
        match self.rng.u8(0..10) {
            0..3 => session.mark(room, Some(known))?,
            3 => session.mark(room, Some(self.rng.u64(0..=known)))?,
            4 => session.mark(room, None)?,
            5 => pages::mark(&self.shared, &mut self.rest, self.memory.client, room).await,
            6..8 => session.write(room, true)?,
            8 => session.write(room, false)?,
            _ => self.intrude(session)?,
        }
        Ok(Did::GoOn)
    }

    /// Tries what is only for others.
    fn intrude(&mut self, session: &mut Session) -> Result<(), Error> {
        let all = (0..self.shared.room_ids.len()).map(RoomNumber);
        let foreign = all.filter(|room| !self.places.contains(room));
        let Some(room) = self.rng.choice(foreign.collect::<Vec<_>>()) else { return Ok(()) };
        session.intrude(room, self.rng.u8(..))
    }

    /// Sends again what has to be, listens where it should, and reads what it does not have.
    async fn catch_up(&mut self, session: &mut Session) -> Result<(), Error> {
        while session.has_room()
            && let Some(number) = self.memory.again.pop_front()
        {
            let id = LineId { client: self.memory.client, number };
            self.memory.line(number).attempts += 1;
            // In a channel only those write over a socket who listen.
            let is_deaf = !session.listening.contains(&self.memory.line(number).room);
            let by_post = is_deaf && self.shared.form() == Form::Channels;
            if by_post || self.rng.u8(0..4) == 0 {
                pages::post(&self.shared, &mut self.rest, &mut self.memory, id).await;
                if self.memory.again.back() == Some(&number) {
                    // The server is not there: the socket will say so.
                    break;
                }
            } else {
                let said = session.say(id, self.memory.line(number));
                said.inspect_err(|_| self.memory.miss(number))?;
            }
        }
        for room in self.memory.wanted.iter().copied() {
            if !session.listening.contains(&room) && !session.is_moving(room) {
                session.join(room)?;
            }
        }
        let unwanted: Vec<_> = session.listening.difference(&self.memory.wanted).copied().collect();
        for room in unwanted {
            if !session.is_moving(room) {
                session.leave(room)?;
            }
        }
        let mut unread = session.unread.clone();
        if Instant::now() >= self.shared.deadline {
            for room in session.writing.clone() {
                session.write(room, false)?;
            }
            // What it has not heard by now is found by reading, as any client would.
            let gaps = self.memory.known.iter().filter(|(_, known)| known.has_gap());
            unread.extend(
                gaps.map(|(room, _)| *room).filter(|room| session.listening.contains(room)),
            );
        }
        for room in unread {
            // Without an answer it is asked again at the next turn.
            let _ = pages::fill(&mut self.rest, (session, &mut self.memory), room).await;
        }
        Ok(())
    }

    fn any_room(&mut self) -> RoomNumber {
        self.places[self.rng.usize(..self.places.len())]
    }

    /// A new message: mostly to a room that it listens to, now and then to any.
    fn next_line(&mut self, socket: Option<u32>) -> LineId {
        let wanted: Vec<_> = self.memory.wanted.iter().copied().collect();
        let room = if self.rng.u8(0..20) == 0 { None } else { self.rng.choice(wanted) };
        let room = room.unwrap_or_else(|| self.any_room());
        self.memory.begin(Line {
            room,
            socket,
            attempts: 1,
            has_key: self.rng.u8(0..10) > 0,
            filler: self.rng.usize(0..200),
            fate: Fate::Open,
        })
    }

    fn say(&mut self, session: &mut Session) -> Result<(), Error> {
        if !session.has_room() {
            return Ok(());
        }
        let id = self.next_line(Some(session.log.socket));
        session.say(id, self.memory.line(id.number)).inspect_err(|_| self.memory.miss(id.number))
    }

    async fn post(&mut self) {
        let id = self.next_line(None);
        pages::post(&self.shared, &mut self.rest, &mut self.memory, id).await;
    }

    /// Something that was stored long ago is sent again, as after a lost answer.
    fn repeat(&mut self) {
        let lines = self.memory.lines.len();
        if lines == 0 {
            return;
        }
        let number = u32::try_from(self.rng.usize(..lines)).unwrap_or_default();
        let line = self.memory.line(number);
        if line.has_key && matches!(line.fate, Fate::Stored(_)) {
            self.memory.again.push_back(number);
        }
    }

    /// Leaves a room, on the socket or, where no other client is the same user, for good.
    async fn leave(&mut self, session: &mut Session) -> Result<(), Error> {
        // Who leaves with something open never hears how that ends: the steady ones wait for it.
        let is_open = |room| self.is_steady() && session.rows.has_open(room);
        let settled = session.listening.iter().copied();
        let settled = settled.filter(|room| !session.is_moving(*room) && !is_open(*room));
        let settled: Vec<_> = settled.collect();
        let Some(room) = self.rng.choice(settled) else { return Ok(()) };
        self.memory.wanted.remove(&room);
        // Into a private channel nobody comes back of themselves.
        let is_open = match self.shared.form() {
            Form::Rooms => true,
            Form::Direct => false,
            Form::Channels => !is_private(room),
        };
        if is_open && self.is_alone() && self.rng.bool() {
            let client = self.memory.client;
            self.memory.left.insert(room);
            if pages::leave(&self.shared, &mut self.rest, client, room).await {
                return session.gone(room);
            }
        }
        session.leave(room)
    }

    /// Ends the socket in one of the ways in which sockets end.
    async fn cut(&mut self, session: &mut Session) -> Result<Did, Error> {
        // Something is under way as often as not.
        if self.rng.bool() {
            self.say(session)?;
        }
        let how = self.rng.u8(0..5);
        if how >= 3 {
            let id = self.next_line(Some(session.log.socket));
            let line = self.memory.line(id.number);
            line.fate = Fate::Torn;
            session.tear(id, line).await?;
        }
        match how {
            0 | 3 => session.reset(),
            1 | 4 => session.close(),
            _ => session.disconnect()?,
        }
        Ok(Did::Cut)
    }
}
