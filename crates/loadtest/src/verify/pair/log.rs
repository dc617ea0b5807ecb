//! What one socket did and heard, in order.

use std::rc::Rc;

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
    /// A line of somebody who is not of this run.
    Foreign,
}

/// How a socket ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// It was there to the last, and everything was answered.
    Stayed,
    /// It was cut on purpose.
    Cut,
    /// The server ended it; `provoked` if it had been made to wait before.
    Dropped { why: String, provoked: bool },
    /// It was there to the last, and something was never answered.
    Silent,
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

/// What a line's text begins with, so that it is known among others'.
const PREFIX: &str = "parlour-verify";

/// The text of a line.
pub(super) fn write(run: u64, id: LineId, filler: usize) -> String {
    let LineId { by: SocketNumber(socket), number } = id;
    format!("{PREFIX} {run:016x} {socket} {number} {}", ".".repeat(filler))
}

/// The line that a text is, if it is one of this run.
pub(super) fn read(run: u64, text: &str) -> Option<LineId> {
    let mut words = text.split(' ');
    let ours = words.next()? == PREFIX && words.next()? == format!("{run:016x}");
    let by = SocketNumber(words.next()?.parse().ok()?);
    let number = words.next()?.parse().ok()?;
    ours.then_some(LineId { by, number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_back_and_no_other_is() {
        let id = LineId { by: SocketNumber(12), number: 345 };
        for filler in [0, 1, 200] {
            let text = write(7, id, filler);
            assert_eq!(read(7, &text), Some(id));
            assert_eq!(read(8, &text), None);
        }
        for text in ["", "hello", "parlour-verify", "parlour-verify 0000000000000007 x 1 "] {
            assert_eq!(read(7, text), None, "{text:?}");
        }
    }
}
