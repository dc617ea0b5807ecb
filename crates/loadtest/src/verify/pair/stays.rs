//! Who was where, and what they heard there: from each socket's log, one stay after the other.

use std::collections::HashMap;

use super::log::{Line, LineId, Log, Record, Room};

/// The time of one socket in one room.
#[derive(Debug)]
pub(super) struct Stay {
    /// The index of its log.
    pub(super) log: usize,
    /// The room, under the last id that it had.
    pub(super) room: Room,
    /// Lines as they came.
    pub(super) heard: Vec<LineId>,
    /// How many of those came before the history.
    pub(super) heard_before: usize,
    /// The lines that were shown when the room became active.
    pub(super) history: Option<Vec<LineId>>,
    /// How many histories came.
    pub(super) histories: u64,
    /// Whether the socket ended in it.
    pub(super) is_last: bool,
}

/// A line that came to a socket that was not in its room.
#[derive(Debug)]
pub(super) struct Stray {
    pub(super) log: usize,
    pub(super) line: Line,
    /// Where the socket was instead.
    pub(super) at: Option<Room>,
}

/// Everybody's stays.
#[derive(Debug, Default)]
pub(super) struct Stays {
    pub(super) all: Vec<Stay>,
    pub(super) strays: Vec<Stray>,
    /// Waiting rooms that were joined to others, with what they became.
    moved: HashMap<Room, Room>,
}

/// A step from one room to the next.
enum Step {
    /// Sat down here.
    To(Room),
    /// The room that one waits in was joined to this one, with what was said there.
    Moved(Room),
    /// Got up.
    Away,
}

impl Stays {
    /// Goes through all logs.
    pub(super) fn of(logs: &[Log]) -> Self {
        let mut stays = Self::default();
        for log in logs {
            stays.find_moves(log);
        }
        for (index, log) in logs.iter().enumerate() {
            stays.walk(index, log);
        }
        stays
    }

    /// The last id of the room that once had this one.
    pub(super) fn last_id<'a>(&'a self, mut room: &'a Room) -> &'a Room {
        // Each move is to an older room, so this ends; a server gone mad must not hang it.
        for _ in 0..self.moved.len() {
            match self.moved.get(room) {
                Some(next) => room = next,
                None => break,
            }
        }
        room
    }

    fn find_moves(&mut self, log: &Log) {
        let mut at = None;
        for record in &log.records {
            match step(record, at.as_ref()) {
                Some(Step::Moved(room)) => {
                    self.moved.extend(at.replace(room.clone()).map(|from| (from, room)));
                }
                Some(Step::To(room)) => at = Some(room),
                Some(Step::Away) => at = None,
                None => {}
            }
        }
    }

    fn walk(&mut self, index: usize, log: &Log) {
        let mut at: Option<Room> = None;
        let mut stay: Option<Stay> = None;
        for record in &log.records {
            match step(record, at.as_ref()) {
                Some(Step::To(room) | Step::Moved(room)) => {
                    let id = self.last_id(&room).clone();
                    at = Some(room);
                    if stay.as_ref().is_none_or(|stay| stay.room != id) {
                        self.all.extend(stay.replace(Stay::new(index, id)));
                    }
                }
                Some(Step::Away) => {
                    at = None;
                    self.all.extend(stay.take());
                }
                None => {}
            }
            match record {
                Record::Heard(line) => self.heard(index, line, at.as_ref(), stay.as_mut()),
                Record::History(lines) => self.shown(index, lines, at.as_ref(), stay.as_mut()),
                _ => {}
            }
        }
        if let Some(stay) = stay {
            self.all.push(Stay { is_last: true, ..stay });
        }
    }

    fn heard(&mut self, log: usize, line: &Line, at: Option<&Room>, stay: Option<&mut Stay>) {
        match stay.filter(|stay| stay.room == *self.last_id(&line.room)) {
            Some(stay) => stay.heard.push(line.id),
            None => self.strays.push(Stray { log, line: line.clone(), at: at.cloned() }),
        }
    }

    fn shown(&mut self, log: usize, lines: &[Line], at: Option<&Room>, stay: Option<&mut Stay>) {
        let is_here =
            |line: &&Line| stay.as_ref().is_some_and(|stay| stay.room == *self.last_id(&line.room));
        let (here, strays): (Vec<_>, Vec<_>) = lines.iter().partition(is_here);
        let astray = |line: &Line| Stray { log, line: line.clone(), at: at.cloned() };
        self.strays.extend(strays.into_iter().map(astray));
        if let Some(stay) = stay {
            stay.shown(&here);
        }
    }
}

impl Stay {
    fn new(log: usize, room: Room) -> Self {
        Self {
            log,
            room,
            heard: Vec::new(),
            heard_before: 0,
            history: None,
            histories: 0,
            is_last: false,
        }
    }

    fn shown(&mut self, lines: &[&Line]) {
        self.histories += 1;
        if self.history.is_none() {
            self.heard_before = self.heard.len();
            self.history = Some(lines.iter().map(|line| line.id).collect());
        }
    }
}

/// Where a record leads somebody who is `at` a room.
fn step(record: &Record, at: Option<&Room>) -> Option<Step> {
    match record {
        Record::Seated(room) | Record::Left(room) => Some(Step::To(room.clone())),
        // Whoever has just sat down knows the room from the answer, which comes first. Another id
        // means that the waiting room was joined to another.
        Record::Joined(room) if at.is_none() => Some(Step::To(room.clone())),
        Record::Joined(room) if at != Some(room) => Some(Step::Moved(room.clone())),
        Record::Unseated => Some(Step::Away),
        _ => None,
    }
}
