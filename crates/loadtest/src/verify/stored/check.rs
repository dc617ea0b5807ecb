//! The rules of rooms, channels and direct conversations, applied to what all sockets heard and to what is stored.
//!
//! A socket hears the messages of a room in the order of their places, each once and none left out,
//! from the moment it listens until it does not, or is cut; what came before that is found by pages
//! or `sync`, without a hole in between. It hears of no other room. What was acknowledged is stored
//! where it was said to be; what was refused is not; what nobody knows of is stored once at most.
//!
//! In direct conversations the socket that sends a message hears of it by the callback alone, and in
//! channels by events of its own, which are no delivery here. In direct conversations what
//! a list was shown as unread is what a recount gives.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::log::{End, Fate, Line, LineId, Log, Record, RoomNumber, Seq};
use super::recount::Recount;
use crate::verify::findings::Findings;

/// What there is to look at.
#[derive(Debug)]
pub(super) struct Run<'a> {
    /// Sorted by socket.
    pub(super) logs: &'a [Log],
    pub(super) lines: &'a BTreeMap<LineId, Line>,
    /// Each room's messages, the first first; `None` is one that is not as it was sent.
    pub(super) histories: &'a [Vec<Option<LineId>>],
    /// In direct conversations: what there is to count again.
    pub(super) direct: Option<&'a Direct<'a>>,
    /// Whether the socket that sends a message does not hear of it as the others do.
    pub(super) own_by_answer: bool,
}

/// What is particular to direct conversations.
pub(super) struct Direct<'a> {
    /// What is unread.
    pub(super) recount: Recount,
    /// Whether a client is the first user of a conversation.
    pub(super) is_first: &'a dyn Fn(u32, RoomNumber) -> bool,
}

impl std::fmt::Debug for Direct<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Direct").finish_non_exhaustive()
    }
}

/// Adds what is wrong to `findings`.
pub(super) fn check(run: &Run<'_>, findings: &mut Findings) {
    let places = run.histories.iter().zip(0..).flat_map(|(history, room)| {
        let lines = history.iter().zip(1_u64..);
        lines.filter_map(move |(line, seq)| Some(((*line)?, (RoomNumber(room), seq))))
    });
    let places = places.collect();
    let mut check = Check { run, findings, missed: BTreeSet::new(), places };
    check.lines();
    check.order();
    check.stored();
    for log in run.logs {
        check.log(log);
    }
    check.whole();
}

struct Check<'a> {
    run: &'a Run<'a>,
    findings: &'a mut Findings,
    /// What was found lost already, by client.
    missed: BTreeSet<(u32, RoomNumber, u64)>,
    /// Where each message is stored, also one whose answer was lost.
    places: HashMap<LineId, (RoomNumber, u64)>,
}

/// From the moment a socket listens to a room until it does not.
#[derive(Debug, Default, Clone)]
struct Stint {
    heard: Vec<u64>,
    /// Up to where all had been read when that was first certain.
    whole: Option<u64>,
    /// What the socket sent itself, and is told of by callbacks; with whether it was sent just once.
    said: BTreeMap<(RoomNumber, u64), bool>,
}

impl Check<'_> {
    /// Every message was answered, and what was acknowledged is where it was said to be.
    fn lines(&mut self) {
        for (id, line) in self.run.lines {
            match line.fate {
                Fate::Open => {
                    let attempts = line.attempts;
                    let what = || format!("{} had no answer to {attempts} attempts", named(*id));
                    self.findings.lost.add(what);
                }
                Fate::Stored(seq) if self.at(line.room, seq.0) != Some(*id) => {
                    let (room, Seq(seq)) = (line.room.0, seq);
                    let what = || format!("{} is not stored at {seq} of room {room}", named(*id));
                    self.findings.lost.add(what);
                }
                _ => {}
            }
        }
    }

    /// What one socket sent to one room is stored in the order in which it was sent.
    fn order(&mut self) {
        let mut last: HashMap<(u32, RoomNumber), (Seq, LineId)> = HashMap::new();
        for (id, line) in self.run.lines {
            let (Some(socket), 1, Fate::Stored(seq)) = (line.socket, line.attempts, line.fate)
            else {
                continue;
            };
            let before = last.insert((socket, line.room), (seq, *id));
            if let Some((_, before)) = before.filter(|(before, _)| *before > seq) {
                let what = || format!("{} was stored before {}", named(*id), named(before));
                self.findings.reordered.add(what);
            }
        }
    }

    /// What is stored was sent, and not refused.
    fn stored(&mut self) {
        for id in self.run.histories.iter().flatten().flatten() {
            let why = match self.run.lines.get(id).map(|line| line.fate) {
                Some(Fate::Refused) => "was refused",
                Some(Fate::Torn) => "was sent only in half",
                None => "was never sent",
                Some(_) => continue,
            };
            self.findings.leaked.add(|| format!("{} is stored and {why}", named(*id)));
        }
    }

    fn log(&mut self, log: &Log) {
        if log.end == End::Silent {
            let what = || format!("{} was not answered any more", socket(log));
            self.findings.lost.add(what);
        }
        let said = self.said(log);
        let mut stints: BTreeMap<RoomNumber, Stint> = BTreeMap::new();
        for (at, record) in log.records.iter().enumerate() {
            match *record {
                Record::Joined(room) | Record::Syncing(room) => {
                    stints.entry(room).or_default().said.clone_from(&said);
                }
                Record::Whole(room, seq) => {
                    stints.entry(room).or_default().whole.get_or_insert(seq.0);
                }
                Record::Heard(room, seq) => match stints.get_mut(&room) {
                    Some(stint) => {
                        stint.heard.push(seq.0);
                        self.kept(log, room, seq.0);
                    }
                    None => self.findings.leaked.add(|| {
                        let has_left = log.records[..at].contains(&Record::Left(room));
                        let why = if has_left { "which it had left" } else { "without listening" };
                        format!("{} heard {} of room {}, {why}", socket(log), seq.0, room.0)
                    }),
                },
                Record::Left(room) => {
                    if let Some(stint) = stints.remove(&room) {
                        self.stint(log, room, &stint, 0);
                    }
                }
                Record::Shown { room, seq, read, unread } => {
                    self.shown(log, room, (read.0, seq.0), unread);
                }
                Record::Found(..) | Record::Said(_) | Record::Moved | Record::Writing => {}
            }
        }
        for (room, stint) in stints {
            let newest = if log.end == End::Stayed { self.certain(room) } else { 0 };
            self.stint(log, room, &stint, newest);
        }
    }

    /// What was heard is there in the end.
    fn kept(&mut self, log: &Log, room: RoomNumber, seq: u64) {
        let history = self.run.histories.get(room.0);
        if history.is_none_or(|history| (history.len() as u64) < seq) {
            let what = || format!("{} heard {seq} of room {}: it is gone", socket(log), room.0);
            self.findings.lost.add(what);
        }
    }

    /// Each once, in order, and none left out between the first and the last; `newest` is the last
    /// that had to be heard, if it is known.
    fn stint(&mut self, log: &Log, room: RoomNumber, stint: &Stint, newest: u64) {
        let mut seen = BTreeSet::new();
        for seq in stint.heard.iter().copied() {
            let last = seen.last().copied().unwrap_or(0);
            let who = || format!("{}: {seq} of room {}", socket(log), room.0);
            if stint.said.get(&(room, seq)) == Some(&true) {
                self.findings.doubled.add(|| format!("{}, which it sent itself", who()));
            } else if !seen.insert(seq) {
                self.findings.doubled.add(|| format!("{} came again", who()));
            } else if seq < last {
                self.findings.reordered.add(|| format!("{} came after {last}", who()));
            }
        }
        // It may have heard some before it had read all: that is no hole.
        let first = match (seen.first(), stint.whole) {
            (Some(first), Some(whole)) => *first.min(&(whole + 1)),
            (Some(first), None) => *first,
            (None, Some(whole)) => whole + 1,
            (None, None) => return,
        };
        let last = seen.last().copied().unwrap_or(0).max(newest);
        let is_missing = |seq: &u64| !seen.contains(seq) && !stint.said.contains_key(&(room, *seq));
        for seq in (first..=last).filter(is_missing) {
            self.lose(log.client, room, seq);
        }
    }

    /// Whoever is there at the end has all of each room since the first that was seen.
    fn whole(&mut self) {
        let mut seen: BTreeMap<(u32, RoomNumber), BTreeSet<u64>> = BTreeMap::new();
        let mut here = BTreeSet::new();
        for log in self.run.logs {
            let mut open = BTreeSet::new();
            for record in &log.records {
                match *record {
                    Record::Joined(room) | Record::Syncing(room) => drop(open.insert(room)),
                    Record::Left(room) => drop(open.remove(&room)),
                    // What came astray counts for nothing.
                    Record::Heard(room, seq) | Record::Found(room, seq) if open.contains(&room) => {
                        seen.entry((log.client, room)).or_default().insert(seq.0);
                    }
                    _ => {}
                }
            }
            if log.end == End::Stayed {
                here.extend(open.into_iter().map(|room| (log.client, room)));
            }
        }
        for (client, room) in here {
            let Some(seen) = seen.get(&(client, room)) else { continue };
            let first = seen.first().copied().unwrap_or(1);
            for seq in first..=self.certain(room) {
                if !seen.contains(&seq) && !self.is_own(client, room, seq) {
                    self.lose(client, room, seq);
                }
            }
        }
    }

    /// What a socket sent of its client's, where that is stored; and whether only this socket did, once:
    /// then it must not hear of it but by the callback.
    fn said(&self, log: &Log) -> BTreeMap<(RoomNumber, u64), bool> {
        let said = log.records.iter().filter_map(|record| match *record {
            Record::Said(number) => Some(LineId { client: log.client, number }),
            _ => None,
        });
        let stored = said.filter_map(|id| {
            let (place, line) = (self.places.get(&id)?, self.run.lines.get(&id)?);
            Some((*place, line.attempts == 1 && line.socket == Some(log.socket)))
        });
        stored.collect()
    }

    /// Whether a client knows of a message by its callback.
    fn is_own(&self, client: u32, room: RoomNumber, seq: u64) -> bool {
        let is_its = |line: LineId| line.client == client;
        self.run.own_by_answer && self.at(room, seq).is_some_and(is_its)
    }

    /// A list was shown what there is.
    fn shown(&mut self, log: &Log, room: RoomNumber, (read, seq): (u64, u64), unread: u64) {
        let Some(direct) = self.run.direct else { return };
        let is_first = (direct.is_first)(log.client, room);
        let expected = direct.recount.unread(room, is_first, (read, seq));
        if expected != Some(unread) {
            let what = || {
                let who = socket(log);
                let room = room.0;
                format!("{who}: {unread} unread of {room}, {read} to {seq}; it is {expected:?}")
            };
            self.findings.marks.add(what);
        }
    }

    fn lose(&mut self, client: u32, room: RoomNumber, seq: u64) {
        if self.missed.insert((client, room, seq)) {
            let of = self.at(room, seq).map_or("nothing".to_owned(), named);
            let what = || format!("client {client} never heard {seq} of room {}: {of}", room.0);
            self.findings.lost.add(what);
        }
    }

    fn at(&self, room: RoomNumber, seq: u64) -> Option<LineId> {
        let index = usize::try_from(seq.checked_sub(1)?).ok()?;
        *self.run.histories.get(room.0)?.get(index)?
    }

    /// The last message that was acknowledged. One that nobody knows of may have come at any time.
    fn certain(&self, room: RoomNumber) -> u64 {
        let is_certain = |id: &Option<LineId>| {
            id.and_then(|id| self.run.lines.get(&id))
                .is_some_and(|line| matches!(line.fate, Fate::Stored(_)))
        };
        let history = self.run.histories.get(room.0).map(Vec::as_slice).unwrap_or_default();
        history.iter().rposition(is_certain).map_or(0, |index| index as u64 + 1)
    }
}

fn socket(log: &Log) -> String {
    format!("socket {} (client {})", log.socket, log.client)
}

fn named(id: LineId) -> String {
    format!("message {} of client {}", id.number, id.client)
}

#[cfg(test)]
mod tests;
