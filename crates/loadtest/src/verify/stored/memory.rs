//! What a client knows from one socket to the next: its messages, and what it has of each room.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::log::{Fate, Line, LineId, RoomNumber, Seq};

/// A client's memory.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) client: u32,
    /// Its messages; the first has number 0.
    pub(super) lines: Vec<Line>,
    /// Those that have to be sent again.
    pub(super) again: VecDeque<u32>,
    /// The rooms that it means to listen to, with what it has of them; nothing before the first
    /// look.
    pub(super) wanted: BTreeSet<RoomNumber>,
    pub(super) known: BTreeMap<RoomNumber, Known>,
    /// The rooms that it may be out of: it has asked by REST to be taken out, and no join was answered
    /// since.
    pub(super) left: BTreeSet<RoomNumber>,
}

/// What is known of a room: a run without a gap, and what came before its turn.
#[derive(Debug, Default, Clone)]
pub(super) struct Known {
    upto: u64,
    ahead: BTreeSet<u64>,
}

impl Known {
    /// Begins behind `upto`.
    pub(super) fn after(upto: Seq) -> Self {
        Self { upto: upto.0, ahead: BTreeSet::new() }
    }

    /// The last place of the run without a gap.
    pub(super) fn upto(&self) -> Seq {
        Seq(self.upto)
    }

    /// Whether something came before its turn.
    pub(super) fn has_gap(&self) -> bool {
        !self.ahead.is_empty()
    }

    /// One more is known.
    pub(super) fn add(&mut self, seq: Seq) {
        if seq.0 > self.upto {
            self.ahead.insert(seq.0);
        }
        while self.ahead.remove(&(self.upto + 1)) {
            self.upto += 1;
        }
    }
}

impl Memory {
    pub(super) fn new(client: u32) -> Self {
        let (lines, again) = (Vec::new(), VecDeque::new());
        Self {
            client,
            lines,
            again,
            wanted: BTreeSet::new(),
            known: BTreeMap::new(),
            left: BTreeSet::new(),
        }
    }

    /// A new message; its number is that of the last line.
    pub(super) fn begin(&mut self, line: Line) -> LineId {
        let number = u32::try_from(self.lines.len()).expect("fewer messages than records");
        self.lines.push(line);
        LineId { client: self.client, number }
    }

    pub(super) fn line(&mut self, number: u32) -> &mut Line {
        let index = usize::try_from(number).expect("a machine of 32 bits or more");
        &mut self.lines[index]
    }

    /// The answer to this message is lost. It is sent again if it can be.
    pub(super) fn miss(&mut self, number: u32) {
        let line = self.line(number);
        match line.fate {
            Fate::Open if line.has_key => self.again.push_back(number),
            Fate::Open => line.fate = Fate::Unknown,
            _ => {}
        }
    }

    /// A message of a room was seen.
    pub(super) fn see(&mut self, room: RoomNumber, seq: Seq) {
        if let Some(known) = self.known.get_mut(&room) {
            known.add(seq);
        }
    }

    /// Up to where it knows all of a room; `None` before the first look.
    pub(super) fn upto(&self, room: RoomNumber) -> Option<Seq> {
        self.known.get(&room).map(Known::upto)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_kept_until_it_is_filled() {
        let mut known = Known::after(Seq(3));
        for (seq, upto) in [(5, 3), (6, 3), (2, 3), (4, 6), (4, 6), (8, 6), (7, 8)] {
            known.add(Seq(seq));
            assert_eq!(known.upto(), Seq(upto), "after {seq}");
            assert_eq!(known.has_gap(), [5, 6, 2, 8].contains(&seq), "after {seq}");
        }
    }

    #[test]
    fn what_has_no_key_is_not_sent_again() {
        let mut memory = Memory::new(0);
        let line = Line {
            room: RoomNumber(0),
            socket: None,
            attempts: 1,
            has_key: true,
            filler: 0,
            fate: Fate::Open,
        };
        memory.begin(line.clone());
        memory.begin(Line { has_key: false, ..line.clone() });
        memory.begin(Line { fate: Fate::Stored(Seq(1)), ..line });
        (0..3).for_each(|number| memory.miss(number));
        assert_eq!(memory.again, [0]);
        let fates: Vec<_> = memory.lines.iter().map(|line| line.fate).collect();
        assert_eq!(fates, [Fate::Open, Fate::Unknown, Fate::Stored(Seq(1))]);
    }
}
