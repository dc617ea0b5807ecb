//! The rules of the pair dialect, applied to what all sockets heard.
//!
//! A line that the server accepted for a room has to reach whoever was in that room: its sender, and
//! the partner, live or in the history that an active room begins with. Once, and one sender's lines
//! in their order. Only a socket that was cut may miss some, and then only the last ones. A line
//! reaches nobody else, and one that was refused, or of which only half was sent, nobody at all.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::log::{End, LineId, Log, Record, Room, SocketNumber};
use super::stays::{Stay, Stays};
use crate::verify::findings::Findings;

/// What was found in how much.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) findings: Findings,
    /// Deliveries that were looked at.
    pub(super) deliveries: u64,
    /// Rooms that had two in them.
    pub(super) conversations: usize,
}

/// What became of a line, as its sender knows.
#[derive(Debug, Clone)]
enum Fate {
    Accepted(Room),
    Refused,
    /// Only half of it was sent.
    Torn,
    /// Nobody knows. It may have been meant for one room only.
    Unanswered(Option<Room>),
}

/// Looks at all logs, sorted by socket.
pub(super) fn check(logs: &[Log]) -> Checked {
    let stays = Stays::of(logs);
    let mut rooms: HashMap<&Room, BTreeSet<usize>> = HashMap::new();
    for stay in &stays.all {
        rooms.entry(&stay.room).or_default().insert(stay.log);
    }
    let fates: Vec<_> = logs.iter().map(fates).collect();
    let accepted = accepted(&fates, &stays);
    let mut check =
        Check { logs, stays: &stays, rooms: &rooms, fates: &fates, found: Findings::default() };
    check.answers();
    check.wrongs();
    check.acceptances();
    check.crowds();
    check.strays();
    check.receivers();
    stays.all.iter().for_each(|stay| check.stay(stay, &accepted));
    let heard = |stay: &Stay| stay.heard.len() + stay.history.as_ref().map_or(0, Vec::len);
    Checked {
        findings: check.found,
        deliveries: stays.all.iter().map(heard).sum::<usize>() as u64,
        conversations: rooms.values().filter(|members| members.len() == 2).count(),
    }
}

fn fates(log: &Log) -> BTreeMap<u32, Fate> {
    let mut fates = BTreeMap::new();
    for record in &log.records {
        let (number, fate) = match record {
            Record::Sent { number, is_torn: true, .. } => (number, Fate::Torn),
            Record::Sent { number, room, .. } => (number, Fate::Unanswered(room.clone())),
            Record::Accepted { number, room } => (number, Fate::Accepted(room.clone())),
            Record::Refused { number } => (number, Fate::Refused),
            _ => continue,
        };
        fates.insert(*number, fate);
    }
    fates
}

/// The numbers of the lines that were accepted, by room and sender (the index of its log).
type Accepted<'a> = HashMap<(&'a Room, usize), Vec<u32>>;

fn accepted<'a>(fates: &'a [BTreeMap<u32, Fate>], stays: &'a Stays) -> Accepted<'a> {
    let mut accepted: Accepted<'_> = HashMap::new();
    for (log, fates) in fates.iter().enumerate() {
        for (number, fate) in fates {
            if let Fate::Accepted(room) = fate {
                accepted.entry((stays.last_id(room), log)).or_default().push(*number);
            }
        }
    }
    accepted
}

struct Check<'a> {
    logs: &'a [Log],
    stays: &'a Stays,
    rooms: &'a HashMap<&'a Room, BTreeSet<usize>>,
    fates: &'a [BTreeMap<u32, Fate>],
    found: Findings,
}

impl Check<'_> {
    /// A socket that stayed has had every answer.
    fn answers(&mut self) {
        for (log, fates) in self.logs.iter().zip(self.fates) {
            if log.end == End::Silent {
                self.found.lost.add(|| format!("{} was not answered any more", named(log)));
            }
            let unanswered = fates.iter().filter(|(_, fate)| matches!(fate, Fate::Unanswered(_)));
            for (number, _) in unanswered.filter(|_| log.has_heard_all()) {
                self.found.lost.add(|| format!("{} had no answer to line {number}", named(log)));
            }
        }
    }

    /// What was wrong at first sight.
    fn wrongs(&mut self) {
        for log in self.logs {
            for record in &log.records {
                match record {
                    Record::Altered { id, what } => self.found.altered.add(|| {
                        let which = id.map_or("a line".to_owned(), line);
                        format!("{}: {which} {what}", named(log))
                    }),
                    Record::Failed { event, code } => {
                        self.found.failed.add(|| format!("{}: {event}: {code}", named(log)));
                    }
                    _ => {}
                }
            }
        }
    }

    /// A line that was meant for a room was not taken for another.
    fn acceptances(&mut self) {
        for (log, fates) in self.logs.iter().zip(self.fates) {
            for record in &log.records {
                let Record::Sent { number, room: Some(meant), .. } = record else { continue };
                let Some(Fate::Accepted(room)) = fates.get(number) else { continue };
                if self.stays.last_id(meant) != self.stays.last_id(room) {
                    let (who, meant, room) = (named(log), &meant.0, &room.0);
                    let what = || format!("{who} sent line {number} to {meant}; {room} took it");
                    self.found.leaked.add(what);
                }
            }
        }
    }

    /// Never more than two in a room.
    fn crowds(&mut self) {
        for (room, members) in self.rooms.iter().filter(|(_, members)| members.len() > 2) {
            let members: Vec<_> = members.iter().map(|log| named(&self.logs[*log])).collect();
            self.found.leaked.add(|| format!("{} had more than two: {members:?}", room.0));
        }
    }

    /// Nothing is heard of a room that one is not in.
    fn strays(&mut self) {
        for stray in &self.stays.strays {
            self.found.leaked.add(|| {
                let at = stray.at.as_ref().map_or("in no room", |room| &room.0);
                let (who, room) = (named(&self.logs[stray.log]), &stray.line.room.0);
                format!("{who}, {at}, heard {} of room {room}", line(stray.line.id))
            });
        }
    }

    /// A line has one receiver beside its sender.
    fn receivers(&mut self) {
        let mut receivers: HashMap<LineId, usize> = HashMap::new();
        for stay in &self.stays.all {
            for id in stay.heard.iter().chain(stay.history.iter().flatten()) {
                if self.logs[stay.log].socket == id.by {
                    continue;
                }
                let first = *receivers.entry(*id).or_insert(stay.log);
                if first != stay.log {
                    let (one, other) = (named(&self.logs[first]), named(&self.logs[stay.log]));
                    self.found.leaked.add(|| format!("{one} and {other} both heard {}", line(*id)));
                }
            }
        }
    }

    fn stay(&mut self, stay: &Stay, accepted: &Accepted<'_>) {
        let log = &self.logs[stay.log];
        if stay.histories > 1 {
            self.found
                .doubled
                .add(|| format!("{} had two histories of {}", named(log), stay.room.0));
        }
        let all = || stay.heard.iter().chain(stay.history.iter().flatten());
        all().collect::<HashSet<_>>().into_iter().for_each(|id| self.may_hear(stay, *id));

        let members = self.rooms.get(&stay.room).into_iter().flatten();
        let mut senders: BTreeSet<usize> = members.copied().collect();
        senders.extend(all().filter_map(|id| self.log_of(id.by)));
        for sender in senders {
            let expected = accepted.get(&(&stay.room, sender)).map_or(&[][..], Vec::as_slice);
            let socket = self.logs[sender].socket;
            let by = |id: &&LineId| id.by == socket;
            let history = || stay.history.iter().flatten().filter(by).map(|id| id.number);
            let heard = || stay.heard.iter().filter(by).map(|id| id.number);
            if sender == stay.log {
                // Its own lines it has heard already when the history repeats them.
                self.lines(stay, socket, &heard().collect::<Vec<_>>(), expected);
                if stay.history.is_some() {
                    let before = stay.heard[..stay.heard_before].iter().filter(by);
                    let before: BTreeSet<_> = before.map(|id| id.number).collect();
                    let before: Vec<_> = before.into_iter().collect();
                    self.lines(stay, socket, &history().collect::<Vec<_>>(), &before);
                }
            } else {
                let shown: Vec<_> = history().chain(heard()).collect();
                self.lines(stay, socket, &shown, expected);
            }
        }
    }

    /// Whether this line may be heard in this stay.
    fn may_hear(&mut self, stay: &Stay, id: LineId) {
        let sender = self.log_of(id.by);
        let fate = sender.and_then(|sender| self.fates[sender].get(&id.number));
        let is_here = |room: &Room| *self.stays.last_id(room) == stay.room;
        let why = match fate {
            Some(Fate::Accepted(room)) if is_here(room) => return,
            Some(Fate::Accepted(room)) => format!("which was accepted for {}", room.0),
            Some(Fate::Unanswered(Some(room))) if !is_here(room) => {
                format!("which was meant for {}", room.0)
            }
            Some(Fate::Unanswered(_)) => return,
            Some(Fate::Refused) => "which was refused".to_owned(),
            Some(Fate::Torn) => "of which only half was sent".to_owned(),
            None => "which was never sent".to_owned(),
        };
        let who = named(&self.logs[stay.log]);
        self.found.leaked.add(|| format!("{who}, in {}, heard {}, {why}", stay.room.0, line(id)));
    }

    /// One sender's lines in one stay: each once, in order, and all that were expected.
    fn lines(&mut self, stay: &Stay, by: SocketNumber, numbers: &[u32], expected: &[u32]) {
        let log = &self.logs[stay.log];
        let who = || format!("{}, in {},", named(log), stay.room.0);
        let mut seen = HashSet::new();
        let mut newest = 0;
        for number in numbers.iter().copied() {
            let id = LineId { client: self.client_of(by), by, number };
            if !seen.insert(number) {
                self.found.doubled.add(|| format!("{} heard {} again", who(), line(id)));
            } else if number < newest {
                let after = format!("heard {} after line {newest}", line(id));
                self.found.reordered.add(|| format!("{} {after}", who()));
            }
            newest = newest.max(number);
        }
        // Whoever was cut may miss the last ones.
        let until = if stay.is_last && !log.has_heard_all() { newest } else { u32::MAX };
        let missing = expected.iter().filter(|number| **number < until && !seen.contains(number));
        for number in missing.copied() {
            let id = LineId { client: self.client_of(by), by, number };
            self.found.lost.add(|| format!("{} never heard {}", who(), line(id)));
        }
    }

    fn client_of(&self, socket: SocketNumber) -> u32 {
        self.log_of(socket).map_or(u32::MAX, |log| self.logs[log].client)
    }

    fn log_of(&self, socket: SocketNumber) -> Option<usize> {
        self.logs.binary_search_by_key(&socket, |log| log.socket).ok()
    }
}

fn named(log: &Log) -> String {
    format!("socket {} (client {})", log.socket.0, log.client)
}

fn line(id: LineId) -> String {
    format!("line {} of socket {}", id.number, id.by.0)
}

#[cfg(test)]
mod tests;
