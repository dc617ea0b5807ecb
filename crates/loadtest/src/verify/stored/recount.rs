//! Unread counts, counted again from the messages that are stored.

use super::log::{LineId, RoomNumber};

/// By conversation and place: how many messages up to there its first user sent.
#[derive(Debug)]
pub(super) struct Recount(Vec<Vec<u64>>);

impl Recount {
    /// `is_first` says whether a message is one of the first user of its conversation.
    pub(super) fn new(
        histories: &[Vec<Option<LineId>>],
        is_first: impl Fn(RoomNumber, LineId) -> bool,
    ) -> Self {
        let sums = histories.iter().zip(0..).map(|(history, room)| {
            let mut sum = 0;
            let of_first = history.iter().map(|line| {
                sum += u64::from(line.is_some_and(|line| is_first(RoomNumber(room), line)));
                sum
            });
            std::iter::once(0).chain(of_first).collect()
        });
        Self(sums.collect())
    }

    /// How many messages of the other one there are after `read`, up to `seq`: none where it is read
    /// beyond that. `None` if there are not that many messages.
    pub(super) fn unread(
        &self,
        room: RoomNumber,
        viewer_is_first: bool,
        (read, seq): (u64, u64),
    ) -> Option<u64> {
        let sums = self.0.get(room.0)?;
        let at = |seq: u64| usize::try_from(seq).ok().and_then(|seq| sums.get(seq)).copied();
        let (own_before, own) = (at(read)?, at(seq)?);
        let (all, of_first) = (seq.saturating_sub(read), own.saturating_sub(own_before));
        Some(if viewer_is_first { all - of_first } else { of_first })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_other_one_sent_after_the_mark_is_unread() {
        let lines = [0, 1, 1, 0, 1].map(|client| Some(LineId { client, number: 0 }));
        let recount = Recount::new(&[lines.to_vec()], |_, line| line.client == 0);
        for (viewer_is_first, read, seq, expected) in [
            (true, 0, 5, Some(3)),
            (false, 0, 5, Some(2)),
            (true, 2, 5, Some(2)),
            (false, 1, 5, Some(1)),
            (true, 5, 5, Some(0)),
            (true, 5, 4, Some(0)),
            (false, 2, 1, Some(0)),
            (true, 6, 5, None),
            (true, 0, 6, None),
        ] {
            let found = recount.unread(RoomNumber(0), viewer_is_first, (read, seq));
            assert_eq!(found, expected, "{viewer_is_first}, {read} to {seq}");
        }
    }
}
