//! Two strangers a room, in memory: `start_chat`, `send_message`, and leaving.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef, State};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

/// Who is in which room, and which room waits for its second.
#[derive(Clone, Default)]
pub(crate) struct Chats(Arc<Mutex<Rooms>>);

#[derive(Default)]
struct Rooms {
    by_id: HashMap<String, Room>,
    seats: HashMap<String, String>,
    waiting: Option<String>,
}

#[derive(Default)]
struct Room {
    users: Vec<User>,
    /// What was said while nobody heard it.
    messages: Vec<Message>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct User {
    socket_id: String,
    username: String,
}

#[derive(Deserialize)]
struct Line {
    text: String,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    id: String,
    room_id: String,
    username: String,
    socket_id: String,
    text: String,
    timestamp: String,
}

/// What `start_chat` answers and `user_joined` says.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct RoomState {
    success: bool,
    room_id: String,
    username: String,
    users: Vec<User>,
    user_count: usize,
    status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Left {
    room_id: String,
    username: String,
    user_count: usize,
    status: &'static str,
}

#[derive(Serialize)]
struct Outcome {
    success: bool,
}

/// Registers what a socket may say.
pub(crate) async fn connected(socket: SocketRef) {
    socket.on("start_chat", start);
    socket.on("send_message", send);
    socket.on_disconnect(leave);
}

async fn start(
    socket: SocketRef,
    Data(username): Data<String>,
    State(chats): State<Chats>,
    ack: AckSender,
) {
    let (state, history) = chats.rooms().seat(User { socket_id: socket.id.to_string(), username });
    socket.join(state.room_id.clone());
    // Who is gone needs no answer.
    let _ = ack.send(&state);
    let _ = socket.within(state.room_id.clone()).emit("user_joined", &state).await;
    if let Some(history) = history {
        let _ = socket.within(state.room_id).emit("chat_history", &[history]).await;
    }
}

async fn send(
    socket: SocketRef,
    Data(line): Data<Line>,
    State(chats): State<Chats>,
    ack: AckSender,
) {
    let message = chats.rooms().say(&socket.id.to_string(), line.text);
    let _ = ack.send(&Outcome { success: message.is_some() });
    if let Some(message) = message {
        let _ = socket.within(message.room_id.clone()).emit("receive_message", &message).await;
    }
}

async fn leave(socket: SocketRef, io: SocketIo, State(chats): State<Chats>) {
    let left = chats.rooms().unseat(&socket.id.to_string());
    if let Some(left) = left {
        let _ = io.to(left.room_id.clone()).emit("user_left", &left).await;
    }
}

impl Chats {
    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rooms {
    /// A seat in the room that waits, else in a new one; with the lines so far once it is full.
    fn seat(&mut self, user: User) -> (RoomState, Option<Vec<Message>>) {
        let room_id = self.waiting.take().unwrap_or_else(|| Uuid::new_v4().to_string());
        let room = self.by_id.entry(room_id.clone()).or_default();
        self.seats.insert(user.socket_id.clone(), room_id.clone());
        let username = user.username.clone();
        room.users.push(user);
        let is_full = room.users.len() == 2;
        let state = RoomState {
            success: true,
            room_id: room_id.clone(),
            username,
            users: room.users.clone(),
            user_count: room.users.len(),
            status: if is_full { "active" } else { "waiting" },
        };
        if !is_full {
            self.waiting = Some(room_id);
            return (state, None);
        }
        (state, Some(std::mem::take(&mut room.messages)))
    }

    /// `None` for somebody who has no seat.
    fn say(&mut self, socket_id: &str, text: String) -> Option<Message> {
        let room_id = self.seats.get(socket_id)?;
        let room = self.by_id.get_mut(room_id)?;
        let user = room.users.iter().find(|user| user.socket_id == socket_id)?;
        let message = Message {
            id: Uuid::new_v4().to_string(),
            room_id: room_id.clone(),
            username: user.username.clone(),
            socket_id: socket_id.to_owned(),
            text,
            timestamp: OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default(),
        };
        if room.users.len() == 1 {
            room.messages.push(message.clone());
        }
        Some(message)
    }

    /// What to tell the one who stays, if somebody does.
    fn unseat(&mut self, socket_id: &str) -> Option<Left> {
        let room_id = self.seats.remove(socket_id)?;
        let room = self.by_id.get_mut(&room_id)?;
        let at = room.users.iter().position(|user| user.socket_id == socket_id)?;
        let username = room.users.remove(at).username;
        if room.users.is_empty() {
            self.by_id.remove(&room_id);
            self.waiting.take_if(|waiting| *waiting == room_id);
            return None;
        }
        self.waiting = Some(room_id.clone());
        Some(Left { room_id, username, user_count: 1, status: "waiting" })
    }
}
