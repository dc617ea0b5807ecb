//! What goes in and what comes out of pairing.

use crate::ids::{ClientId, MessageId, RoomId, SocketId};
use crate::name::Alias;
use crate::text::Text;
use crate::time::Timestamp;

/// What a socket asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `start_chat`: a seat. Already seated, the present room is the answer and nothing else happens.
    Start {
        /// How to be called; `None`: as before, else `Stranger`.
        alias: Option<Alias>,
    },
    /// `new_chat`: another partner. While waiting, the place is kept and only a given alias changes.
    NewChat {
        /// As in [`Command::Start`].
        alias: Option<Alias>,
    },
    /// `send_message`.
    Send(NewLine),
    /// `leave_chat`. Not being seated is a success.
    Leave,
    /// `get_room_status`.
    Status,
    /// `typing`.
    Typing,
    /// `stop_typing`.
    StopTyping,
    /// `block_partner`: never again the present partner, or the one who has just left; leaves.
    Block,
}

/// A line to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// The text.
    pub text: Text,
    /// The room that it is meant for, where the client says so.
    pub room: Option<RoomId>,
    /// The client's key for it.
    pub client_id: Option<ClientId>,
}

/// The answer to a command that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// To [`Command::Start`] and [`Command::NewChat`]; `username` is the asker's own alias.
    Joined(RoomView),
    /// To [`Command::Send`]: the message, or the first one made under the same key.
    Sent(Message),
    /// To [`Command::Status`]: the room, or `None` where there is none (`empty` on the wire).
    Status(Option<RoomState>),
    /// To everything else.
    Done,
}

/// An event for one socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emit {
    /// The socket that it goes to.
    pub to: SocketId,
    /// The event, made for that socket's eyes.
    pub event: PairEvent,
}

/// What a socket in a pair room hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PairEvent {
    /// `user_joined`; `username` is the one who came.
    UserJoined(RoomView),
    /// `chat_history`: replaces the shown list.
    ChatHistory(Vec<Message>),
    /// `receive_message`.
    ReceiveMessage(Message),
    /// `user_left`: the room as it is now, under its new id.
    UserLeft(UserLeft),
    /// `typing`, by the partner.
    Typing {
        /// The room.
        room_id: RoomId,
    },
    /// `stop_typing`, by the partner.
    StopTyping {
        /// The room.
        room_id: RoomId,
    },
}

/// Whether a room has a free seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomStatus {
    /// One seat is taken.
    Waiting,
    /// Both are.
    Active,
}

impl RoomStatus {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Active => "active",
        }
    }
}

/// One of the at most two people in a room, as one of them sees them: oneself with the real socket
/// id, the partner with a mask made for this room alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserView {
    /// The real id of the viewer's own socket, or the partner's mask.
    pub socket_id: SocketId,
    /// The alias.
    pub username: Alias,
}

/// A room for one viewer. `userCount` on the wire is the length of `users`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomView {
    /// The room's present id.
    pub room_id: RoomId,
    /// Whom this is about: see where it is used.
    pub username: Alias,
    /// One or two, in order of joining.
    pub users: Vec<UserView>,
    /// Whether there is a partner.
    pub status: RoomStatus,
}

/// A room for one viewer, as `get_room_status` shows it. `userCount` on the wire is the length of
/// `users`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomState {
    /// The room's present id.
    pub room_id: RoomId,
    /// One or two, in order of joining.
    pub users: Vec<UserView>,
    /// Whether there is a partner.
    pub status: RoomStatus,
    /// When the room came by its present id.
    pub created_at: Timestamp,
}

/// A departure, and the room as it is after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserLeft {
    /// The room's new id.
    pub room_id: RoomId,
    /// The alias of the one who left.
    pub username: Alias,
    /// How many are left: 1.
    pub user_count: usize,
    /// What the room is now: waiting.
    pub status: RoomStatus,
}

/// A line for one viewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// A `UUIDv7`; within a room they grow.
    pub id: MessageId,
    /// The room's present id.
    pub room_id: RoomId,
    /// The author's alias when it was said.
    pub username: Alias,
    /// The real id of the viewer's own socket, or the partner's mask.
    pub socket_id: SocketId,
    /// The text.
    pub text: Text,
    /// When it was said.
    pub timestamp: Timestamp,
    /// The author's key for it, if there was one.
    pub client_id: Option<ClientId>,
}
