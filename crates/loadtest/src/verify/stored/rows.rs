//! What one socket was shown in channels before it was stored, and how that ended.

use std::collections::HashMap;

use super::log::{LineId, RoomNumber};

/// A foreign message: it is known by the id that it is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) room: RoomNumber,
    pub(super) line: LineId,
    /// The how manieth of the messages that were shown; `None` if it was stored already.
    shown: Option<u64>,
    state: State,
    /// It has left since: it may never hear the end.
    is_excused: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Confirmed,
    Failed,
}

/// A message of this socket's, by the name that its client gave it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Own {
    /// Its number among those of its client.
    pub(super) number: u32,
    /// Accepted, and not shown to the socket as sent yet.
    unsent: u32,
    state: State,
    /// The id that it is to have.
    id: Option<u128>,
    /// As in [`Row`], if it was sent just once.
    shown: Option<u64>,
}

/// What must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Odd {
    /// It was never shown, or sent.
    Unknown,
    /// It came again.
    Doubled,
    /// It has ended in the other way before.
    Ended,
    /// It was confirmed in another order than it was shown in.
    Reordered,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Rows {
    shown: u64,
    foreign: HashMap<u128, Row>,
    own: HashMap<String, Own>,
    /// The last confirmed in each room: its place, and the how manieth it was shown.
    last: HashMap<RoomNumber, (u64, u64)>,
}

impl Rows {
    /// A foreign message is shown.
    pub(super) fn show(
        &mut self,
        id: u128,
        (room, line): (RoomNumber, LineId),
        is_optimistic: bool,
    ) -> Result<(), Odd> {
        if self.foreign.contains_key(&id) {
            return Err(Odd::Doubled);
        }
        self.shown += u64::from(is_optimistic);
        let shown = is_optimistic.then_some(self.shown);
        self.foreign.insert(id, Row { room, line, shown, state: State::Open, is_excused: false });
        Ok(())
    }

    /// A foreign message is stored. It was shown, its place is behind all before, and it was shown
    /// behind them.
    pub(super) fn confirm(&mut self, id: u128, seq: u64) -> Result<(Row, Option<Odd>), Odd> {
        let row = self.foreign.get_mut(&id).ok_or(Odd::Unknown)?;
        match std::mem::replace(&mut row.state, State::Confirmed) {
            State::Open => {}
            State::Confirmed => return Err(Odd::Doubled),
            State::Failed => return Err(Odd::Ended),
        }
        let row = *row;
        let odd = self.follow(row.room, seq, row.shown);
        Ok((row, odd.filter(|is_behind| *is_behind).map(|_| Odd::Reordered)))
    }

    /// A foreign message is never to be stored.
    pub(super) fn fail(&mut self, id: u128) -> Result<(), Odd> {
        let row = self.foreign.get_mut(&id).ok_or(Odd::Unknown)?;
        match std::mem::replace(&mut row.state, State::Failed) {
            State::Open => Ok(()),
            State::Failed => Err(Odd::Doubled),
            State::Confirmed => Err(Odd::Ended),
        }
    }

    /// An own message was accepted.
    pub(super) fn accept(&mut self, temp_id: &str, number: u32) {
        let (state, id, shown) = (State::Open, None, None);
        let own = Own { number, unsent: 0, state, id, shown };
        let own = self.own.entry(temp_id.to_owned()).or_insert(own);
        own.unsent += 1;
        own.state = State::Open;
    }

    /// It is shown to its sender. `is_first`: it was sent just once.
    pub(super) fn send(&mut self, temp_id: &str, id: u128, is_first: bool) -> Result<u32, Odd> {
        let own = self.own.get_mut(temp_id).ok_or(Odd::Unknown)?;
        own.unsent = own.unsent.checked_sub(1).ok_or(Odd::Doubled)?;
        own.id = Some(id);
        self.shown += 1;
        own.shown = is_first.then_some(self.shown);
        Ok(own.number)
    }

    /// It is stored.
    pub(super) fn confirm_own(
        &mut self,
        temp_id: &str,
        (room, seq): (RoomNumber, u64),
    ) -> Result<(u32, Option<Odd>), Odd> {
        let own = self.own.get_mut(temp_id).ok_or(Odd::Unknown)?;
        match std::mem::replace(&mut own.state, State::Confirmed) {
            State::Open => {}
            State::Confirmed => return Err(Odd::Doubled),
            State::Failed => return Err(Odd::Ended),
        }
        let own = *own;
        // What was sent again may have been stored long before.
        let is_odd = own.shown.is_some() && self.follow(room, seq, own.shown).is_some();
        Ok((own.number, is_odd.then_some(Odd::Reordered)))
    }

    /// It is never to be stored. The id that it was to have, if it was sent.
    pub(super) fn fail_own(&mut self, temp_id: &str) -> Result<(u32, Option<u128>), Odd> {
        let own = self.own.get_mut(temp_id).ok_or(Odd::Unknown)?;
        match std::mem::replace(&mut own.state, State::Failed) {
            State::Open => Ok((own.number, own.id)),
            State::Failed => Err(Odd::Doubled),
            State::Confirmed => Err(Odd::Ended),
        }
    }

    /// Own messages that were accepted, and nothing is known of.
    pub(super) fn open(&self) -> impl Iterator<Item = u32> {
        let open = |own: &&Own| own.state == State::Open || own.unsent > 0;
        self.own.values().filter(open).map(|own| own.number)
    }

    /// Foreign messages of which it ought to hear the end, and has not.
    pub(super) fn unended(&self) -> impl Iterator<Item = LineId> {
        let open = |row: &&Row| row.state == State::Open && !row.is_excused;
        self.foreign.values().filter(open).map(|row| row.line)
    }

    /// Whether there is one of those in a room.
    pub(super) fn has_open(&self, room: RoomNumber) -> bool {
        let is_open = |row: &Row| row.room == room && row.state == State::Open && !row.is_excused;
        self.foreign.values().any(is_open)
    }

    /// It does not listen there any more.
    pub(super) fn excuse(&mut self, room: RoomNumber) {
        for row in self.foreign.values_mut().filter(|row| row.room == room) {
            row.is_excused = true;
        }
    }

    /// One more is confirmed. Something if it is not behind all before: whether that is seen by the
    /// order in which they were shown alone, and not by their places.
    fn follow(&mut self, room: RoomNumber, seq: u64, shown: Option<u64>) -> Option<bool> {
        let (last_seq, last_shown) = self.last.entry(room).or_default();
        let is_early = seq < *last_seq;
        let is_late = shown.is_some_and(|shown| shown < *last_shown);
        *last_seq = seq.max(*last_seq);
        *last_shown = shown.unwrap_or(0).max(*last_shown);
        (is_early || is_late).then_some(is_late && !is_early)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: RoomNumber = RoomNumber(0);

    fn line(number: u32) -> LineId {
        LineId { client: 1, number }
    }

    /// Messages 1 to 3 are shown; what comes of their being confirmed at these places, in this order.
    fn confirmed(order: [(u128, u64); 3]) -> [Option<Odd>; 3] {
        let mut rows = Rows::default();
        (1..=3).for_each(|id| rows.show(id, (ROOM, line(0)), true).unwrap());
        order.map(|(id, seq)| rows.confirm(id, seq).unwrap().1)
    }

    #[test]
    fn what_is_shown_is_confirmed_in_its_order() {
        assert_eq!(confirmed([(1, 1), (2, 2), (3, 3)]), [None; 3]);
        assert_eq!(confirmed([(2, 1), (1, 2), (3, 3)]), [None, Some(Odd::Reordered), None]);
        // Seen by their places too, where another looks at it.
        assert_eq!(confirmed([(2, 2), (1, 1), (3, 3)]), [None; 3]);
    }

    #[test]
    fn what_was_stored_when_it_was_shown_has_its_place_alone() {
        let mut rows = Rows::default();
        rows.show(1, (ROOM, line(1)), true).unwrap();
        rows.show(2, (ROOM, line(2)), false).unwrap();
        assert_eq!(rows.confirm(2, 1).unwrap().1, None);
        assert_eq!(rows.confirm(1, 2).unwrap().1, None);
    }

    #[test]
    fn a_message_ends_once_and_in_one_way() {
        let mut rows = Rows::default();
        assert_eq!(rows.confirm(1, 1).unwrap_err(), Odd::Unknown);
        for id in [1, 2, 3] {
            rows.show(id, (ROOM, line(7)), true).unwrap();
        }
        assert_eq!(rows.show(1, (ROOM, line(7)), true), Err(Odd::Doubled));
        rows.confirm(1, 1).unwrap();
        assert_eq!(rows.confirm(1, 1).unwrap_err(), Odd::Doubled);
        assert_eq!(rows.fail(1), Err(Odd::Ended));
        rows.fail(2).unwrap();
        assert_eq!(rows.fail(2), Err(Odd::Doubled));
        assert_eq!(rows.confirm(2, 2).unwrap_err(), Odd::Ended);
        assert_eq!(rows.unended().collect::<Vec<_>>(), [line(7)]);
        rows.excuse(ROOM);
        assert_eq!(rows.unended().count(), 0);
    }

    #[test]
    fn an_own_message_may_be_tried_again_and_is_open_until_it_ends() {
        let mut rows = Rows::default();
        rows.accept("a", 5);
        assert_eq!(rows.send("a", 9, true), Ok(5));
        assert_eq!(rows.send("a", 9, true), Err(Odd::Doubled));
        assert_eq!(rows.open().collect::<Vec<_>>(), [5]);
        assert_eq!(rows.fail_own("a"), Ok((5, Some(9))));
        assert_eq!(rows.confirm_own("a", (ROOM, 1)).unwrap_err(), Odd::Ended);
        rows.accept("a", 5);
        assert_eq!(rows.send("a", 10, false), Ok(5));
        assert_eq!(rows.confirm_own("a", (ROOM, 1)), Ok((5, None)));
        assert_eq!(rows.confirm_own("a", (ROOM, 1)), Err(Odd::Doubled));
        assert_eq!(rows.open().count(), 0);
        assert_eq!(rows.fail_own("b"), Err(Odd::Unknown));
    }
}
