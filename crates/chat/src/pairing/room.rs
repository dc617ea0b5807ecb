//! One pair room: at most two seats, and the lines that wait for a partner.

use super::event::{Message, RoomState, RoomStatus, RoomView, UserView};
use super::seeker::Person;
use super::sent::SentKeys;
use super::typing::Typing;
use crate::ids::{ClientId, MessageId, RoomId, SocketId};
use crate::name::Alias;
use crate::text::Text;
use crate::time::{Monotonic, Now, Timestamp};

/// Seats in a room.
pub(super) const SEATS: usize = 2;

/// A socket's place in a room.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) socket: SocketId,
    pub(super) person: Person,
    pub(super) alias: Alias,
    /// What the partner sees instead of the socket's id; made anew for each room id.
    pub(super) mask: SocketId,
    pub(super) typing: Typing,
    pub(super) sent: SentKeys,
    /// The last partner who has left; counts as long as no other has come.
    pub(super) left_by: Option<Person>,
}

/// A line as it was said, for no viewer in particular.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) id: MessageId,
    pub(super) author: SocketId,
    pub(super) alias: Alias,
    pub(super) text: Text,
    pub(super) at: Now,
    pub(super) client_id: Option<ClientId>,
}

#[derive(Debug)]
pub(super) struct Room {
    pub(super) id: RoomId,
    pub(super) generation: u64,
    pub(super) created_at: Timestamp,
    /// Since when the one seat waits.
    pub(super) since: Monotonic,
    /// No partner has ever left it: lines may be kept for the first one.
    pub(super) is_fresh: bool,
    /// One or two, in order of joining.
    pub(super) seats: Vec<Seat>,
    /// Only what was said while waiting; empty once active.
    pub(super) lines: Vec<Line>,
}

impl Room {
    pub(super) fn status(&self) -> RoomStatus {
        if self.seats.len() < SEATS { RoomStatus::Waiting } else { RoomStatus::Active }
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.status() == RoomStatus::Waiting
    }

    pub(super) fn seat(&self, socket: &SocketId) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.socket == *socket)
    }

    pub(super) fn seat_mut(&mut self, socket: &SocketId) -> Option<&mut Seat> {
        self.seats.iter_mut().find(|seat| seat.socket == *socket)
    }

    pub(super) fn partner(&self, socket: &SocketId) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.socket != *socket)
    }

    pub(super) fn view(&self, viewer: &SocketId, username: Alias) -> RoomView {
        let (room_id, status) = (self.id.clone(), self.status());
        RoomView { room_id, username, users: self.users(viewer), status }
    }

    pub(super) fn state(&self, viewer: &SocketId) -> RoomState {
        RoomState {
            room_id: self.id.clone(),
            users: self.users(viewer),
            status: self.status(),
            created_at: self.created_at,
        }
    }

    pub(super) fn message(&self, line: &Line, viewer: &SocketId) -> Message {
        let author = self.seat(&line.author);
        Message {
            id: line.id,
            room_id: self.id.clone(),
            username: line.alias.clone(),
            // An author without a seat has no line here; were it otherwise, the viewer learns no id.
            socket_id: author.map_or_else(|| SocketId::new(""), |seat| seat.shown_to(viewer)),
            text: line.text.clone(),
            timestamp: line.at.wall,
            client_id: line.client_id.clone(),
        }
    }

    fn users(&self, viewer: &SocketId) -> Vec<UserView> {
        let view = |seat: &Seat| UserView {
            socket_id: seat.shown_to(viewer),
            username: seat.alias.clone(),
        };
        self.seats.iter().map(view).collect()
    }
}

impl Seat {
    fn shown_to(&self, viewer: &SocketId) -> SocketId {
        if self.socket == *viewer { self.socket.clone() } else { self.mask.clone() }
    }
}
