//! What one socket did and heard, in order; and what became of each message.

pub(super) use crate::verify::end::End;

/// A room or direct conversation of this run, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct RoomNumber(pub(super) usize);

/// A message's place in its room: 1, 2, 3 …
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Seq(pub(super) u64);

/// A message of this run: who sent it, and the how manieth it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct LineId {
    pub(super) client: u32,
    pub(super) number: u32,
}

/// Something that happened to a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Record {
    /// `join_room` was answered: from here on it listens.
    Joined(RoomNumber),
    /// `sync` was asked: somewhere from here on it listens.
    Syncing(RoomNumber),
    /// Everything up to this place has been read, by pages or `sync`, since it listens.
    Whole(RoomNumber, Seq),
    /// `receive_message`.
    Heard(RoomNumber, Seq),
    /// It was read, by a page or `sync`.
    Found(RoomNumber, Seq),
    /// It was told that it does not listen any more.
    Left(RoomNumber),
    /// In direct conversations: it sends a message of its client's, and hears of it by the callback.
    Said(u32),
    /// In direct conversations: its list was shown one, up to a message, with so many unread.
    Shown { room: RoomNumber, seq: Seq, read: Seq, unread: u64 },
    /// In direct conversations: the other one has read.
    Moved,
    /// In direct conversations: the other one writes.
    Writing,
}

/// A socket's whole life.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) socket: u32,
    pub(super) client: u32,
    pub(super) records: Vec<Record>,
    pub(super) end: End,
}

/// A message, as its sender knows it.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) room: RoomNumber,
    /// The socket that it first went out on, if it was one.
    pub(super) socket: Option<u32>,
    /// How often it was sent.
    pub(super) attempts: u32,
    /// Whether it may be sent again: it has a `clientId`.
    pub(super) has_key: bool,
    /// How long its filler is: sent again, it is the same.
    pub(super) filler: usize,
    pub(super) fate: Fate,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nobody knows yet. At the end: it was never answered.
    Open,
    /// The server has stored it, and said so.
    Stored(Seq),
    /// The server refused it for good.
    Refused,
    /// Its answer was lost, and it cannot be sent again: it is stored once, or not at all.
    Unknown,
    /// Only half of it was sent.
    Torn,
}

/// What a message's text begins with.
const PREFIX: &str = "parlour-verify";

/// The text of a message.
pub(super) fn write(run: u64, room: RoomNumber, id: LineId, filler: usize) -> String {
    let (LineId { client, number }, RoomNumber(room)) = (id, room);
    let end = ".".repeat(filler);
    format!("{PREFIX} {run:016x} {room} {client} {number} {filler} {end}")
}

/// The `clientId` of a message.
pub(super) fn key(run: u64, id: LineId) -> String {
    format!("{run:016x}-{}-{}", id.client, id.number)
}

/// Reads a text; `None` if it is none of this run, as it was written.
pub(super) fn read(run: u64, text: &str) -> Option<(RoomNumber, LineId)> {
    let rest = text.strip_prefix(&format!("{PREFIX} {run:016x} "))?;
    let mut words = rest.split(' ').map(str::parse::<u32>);
    let mut next = || words.next().and_then(Result::ok);
    let room = RoomNumber(usize::try_from(next()?).ok()?);
    let id = LineId { client: next()?, number: next()? };
    let filler = usize::try_from(next()?).ok().filter(|filler| *filler <= text.len())?;
    (write(run, room, id, filler) == text).then_some((room, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_back_only_as_it_was_written() {
        let (room, id) = (RoomNumber(3), LineId { client: 12, number: 345 });
        for filler in [0, 1, 200] {
            let text = write(7, room, id, filler);
            assert_eq!(read(7, &text), Some((room, id)));
            for other in [&format!("{text}."), &text.replace("345", "34x"), &text[1..]] {
                assert_eq!(read(7, other), None, "{other:?}");
            }
            assert_eq!(read(8, &text), None);
        }
        assert_eq!(read(7, &write(7, room, id, 5).replace(" 5 ", " 4000000000 ")), None);
        assert_eq!(read(7, ""), None);
    }
}
