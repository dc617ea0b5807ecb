//! Saying something.

use super::event::{Emit, Message, NewLine, PairEvent, Reply};
use super::room::{Line, Room};
use super::sent::{Known, Sent};
use super::{PairError, Pairing};
use crate::ids::{ClientId, SocketId};
use crate::text::Text;
use crate::time::Now;

impl Pairing {
    pub(super) fn send(
        &mut self,
        socket: &SocketId,
        line: NewLine,
        now: Now,
    ) -> Result<Reply, PairError> {
        let NewLine { text, room: meant_for, client_id } = line;
        let room = self.home.room_of_mut(socket).ok_or(PairError::NotSeated)?;
        if meant_for.is_some_and(|meant| meant != room.id) {
            return Err(PairError::StaleRoom);
        }
        if room.is_waiting() && !room.is_fresh {
            return Err(PairError::PartnerGone);
        }
        if let Some(first) = client_id.as_ref().map(|key| first_sent(room, socket, key, &text))
            && let Some(first) = first?
        {
            return Ok(Reply::Sent(first));
        }
        if room.is_waiting() && room.lines.len() >= self.config.max_waiting_lines {
            return Err(PairError::TooManyWaitingLines);
        }

        // The message itself ends the typing that was shown.
        self.end_typing(socket);
        let id = self.ids.next(now.wall, &mut *self.random);
        let room = self.home.room_of_mut(socket).ok_or(PairError::NotSeated)?;
        let seat = room.seat_mut(socket).ok_or(PairError::NotSeated)?;
        let alias = seat.alias.clone();
        if let Some(key) = &client_id {
            let first = Sent::new(id, alias.clone(), now.wall, &text);
            seat.sent.insert(key, first, self.config.max_client_ids);
        }
        let line = Line { id, author: socket.clone(), alias, text, at: now, client_id };
        for seat in &room.seats {
            let event = PairEvent::ReceiveMessage(room.message(&line, &seat.socket));
            self.effects.push(Emit { to: seat.socket.clone(), event });
        }
        let reply = room.message(&line, socket);
        if room.is_waiting() {
            room.lines.push(line);
        }
        Ok(Reply::Sent(reply))
    }
}

/// The message that this key was used for first; `None` if it is new.
fn first_sent(
    room: &Room,
    socket: &SocketId,
    key: &ClientId,
    text: &Text,
) -> Result<Option<Message>, PairError> {
    let known = room.seat(socket).and_then(|seat| seat.sent.get(key, text));
    match known {
        None => Ok(None),
        Some(Known::Other) => Err(PairError::KeyTaken),
        Some(Known::Same(first)) => Ok(Some(Message {
            id: first.id,
            room_id: room.id.clone(),
            username: first.alias,
            socket_id: socket.clone(),
            text: text.clone(),
            timestamp: first.timestamp,
            client_id: Some(key.clone()),
        })),
    }
}
