//! What one socket did and heard, in order.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

pub(super) use crate::verify::end::End;

/// A room's id, as the server gave it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Room(pub(super) Rc<str>);

impl Room {
    pub(super) fn new(id: &str) -> Self {
        Self(id.into())
    }
}

/// A socket of this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct SocketNumber(pub(super) u32);

/// A line of this run: who sent it, and the how manieth it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct LineId {
    pub(super) client: u32,
    pub(super) by: SocketNumber,
    pub(super) number: u32,
}

/// A line as it was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) id: LineId,
    pub(super) room: Room,
}

/// Something that happened to a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Record {
    /// `start_chat` or `new_chat` was answered.
    Seated(Room),
    /// `user_joined`.
    Joined(Room),
    /// `user_left`, with the id that the room has from now on.
    Left(Room),
    /// `leave_chat` was answered.
    Unseated,
    /// `chat_history`.
    History(Vec<Line>),
    /// `receive_message`.
    Heard(Line),
    /// A line was sent, for this room if it says so; half of it, if it was torn.
    Sent { number: u32, room: Option<Room>, is_torn: bool },
    /// The server took it.
    Accepted { number: u32, room: Room },
    /// The server refused it.
    Refused { number: u32 },
    /// The server refused an event for a reason that this run did not give.
    Failed { event: &'static str, code: Rc<str> },
    /// A line of this run came with something that is not its own.
    Altered { id: Option<LineId>, what: &'static str },
    /// A line of somebody who is not of this run.
    Foreign,
}

/// A socket's whole life.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) socket: SocketNumber,
    pub(super) client: u32,
    pub(super) records: Vec<Record>,
    pub(super) end: End,
}

impl Log {
    /// Whether all that was on its way to it has reached it.
    pub(super) fn has_heard_all(&self) -> bool {
        self.end == End::Stayed
    }
}

/// The ids that the server has given to lines, so that each line has one and each id one line.
#[derive(Debug, Default)]
pub(super) struct MessageIds {
    by_line: RefCell<HashMap<LineId, u128>>,
    by_id: RefCell<HashMap<u128, LineId>>,
}

impl MessageIds {
    /// Whether this is the id of that line, or a new one of a line that had none yet.
    pub(super) fn fits(&self, line: LineId, id: &str) -> bool {
        let Ok(id) = u128::from_str_radix(&id.replace('-', ""), 16) else { return false };
        *self.by_line.borrow_mut().entry(line).or_insert(id) == id
            && *self.by_id.borrow_mut().entry(id).or_insert(line) == line
    }
}

/// What a client calls itself. The even ones are steady: they are never cut.
pub(super) fn alias(client: u32) -> String {
    let kind = if client.is_multiple_of(2) { "steady" } else { "fickle" };
    format!("{kind} {client}")
}

/// What a line's text begins with, so that it is known among others'.
const PREFIX: &str = "parlour-verify";

/// The text of a line.
pub(super) fn write(run: u64, id: LineId, filler: usize) -> String {
    let LineId { client, by: SocketNumber(socket), number } = id;
    let end = ".".repeat(filler);
    format!("{PREFIX} {run:016x} {client} {socket} {number} {filler} {end}")
}

/// What a text turns out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// A line of this run, whole.
    Line(LineId),
    /// A line of this run that is not as it was written.
    Altered(Option<LineId>),
    /// Somebody else's.
    Foreign,
}

/// Reads a text.
pub(super) fn read(run: u64, text: &str) -> Read {
    let Some(rest) = text.strip_prefix(&format!("{PREFIX} {run:016x}")) else {
        return Read::Foreign;
    };
    let mut words = rest.split(' ').skip(1).map(str::parse::<u32>);
    let mut next = || words.next().and_then(Result::ok);
    let (Some(client), Some(socket), Some(number)) = (next(), next(), next()) else {
        return Read::Altered(None);
    };
    let id = LineId { client, by: SocketNumber(socket), number };
    let filler = next().and_then(|filler| usize::try_from(filler).ok());
    match filler {
        Some(filler) if filler <= text.len() && write(run, id, filler) == text => Read::Line(id),
        _ => Read::Altered(Some(id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: LineId = LineId { client: 3, by: SocketNumber(12), number: 345 };

    #[test]
    fn a_line_is_read_back_and_no_other_is() {
        for filler in [0, 1, 200] {
            let text = write(7, LINE, filler);
            assert_eq!(read(7, &text), Read::Line(LINE));
            assert_eq!(read(8, &text), Read::Foreign);
        }
        for text in ["", "hello", "parlour-verify", "parlour-verify 0000000000000008 x 1 "] {
            assert_eq!(read(7, text), Read::Foreign, "{text:?}");
        }
    }

    #[test]
    fn a_line_that_is_not_as_it_was_written_is_altered() {
        let text = write(7, LINE, 5);
        for altered in
            [&text[..text.len() - 1], &format!("{text}."), &text.replace(".....", "..x..")]
        {
            assert_eq!(read(7, altered), Read::Altered(Some(LINE)), "{altered:?}");
        }
        let huge = text.replace(" 5 ", " 4000000000 ");
        assert_eq!(read(7, &huge), Read::Altered(Some(LINE)));
        assert_eq!(read(7, "parlour-verify 0000000000000007 x 1 "), Read::Altered(None));
    }

    #[test]
    fn a_line_has_one_id_and_an_id_one_line() {
        let ids = MessageIds::default();
        let other = LineId { number: 346, ..LINE };
        assert!(ids.fits(LINE, "01234567-89ab-7fff-9fff-ffffffffffff"));
        assert!(ids.fits(LINE, "01234567-89ab-7fff-9fff-ffffffffffff"));
        assert!(!ids.fits(other, "01234567-89ab-7fff-9fff-ffffffffffff"));
        assert!(!ids.fits(LINE, "01234567-89ab-7fff-9fff-fffffffffffe"));
        assert!(!ids.fits(LINE, "none"));
    }
}
