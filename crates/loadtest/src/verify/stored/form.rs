//! What the dialects call the same things.

use serde_json::{Value, json};

/// Whose words are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Public rooms.
    Rooms,
    /// Direct conversations: the socket that sends a message hears of it by its callback alone.
    Direct,
    /// Channels: messages are shown before they are stored. What depends on the family of events that
    /// a socket uses is in `Family`.
    Channels,
}

/// What stands where in a message.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) id: &'static str,
    pub(super) place: &'static str,
    pub(super) sender: &'static str,
    pub(super) text: &'static str,
}

impl Form {
    /// A message's fields.
    pub(super) fn names(self) -> &'static Names {
        match self {
            Self::Rooms => &Names { id: "_id", place: "roomId", sender: "sender", text: "content" },
            Self::Direct => &Names {
                id: "message_id",
                place: "conversation_id",
                sender: "sender_id",
                text: "message_text",
            },
            Self::Channels => {
                &Names { id: "_id", place: "channelId", sender: "sender", text: "body" }
            }
        }
    }

    /// What `sync` calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rooms => "rooms",
            Self::Direct => "direct",
            Self::Channels => "channels",
        }
    }

    /// The event by which a socket listens.
    pub(super) fn join(self) -> &'static str {
        match self {
            Self::Rooms => "join_room",
            Self::Direct => "join_conversation",
            Self::Channels => "joinChannel",
        }
    }

    /// And by which it does no more.
    pub(super) fn leave(self) -> &'static str {
        match self {
            Self::Rooms => "leave_room",
            Self::Direct => "leave_conversation",
            Self::Channels => "leaveChannel",
        }
    }

    /// An event about a conversation that changes nothing.
    pub(super) fn other(self, id: &str) -> (&'static str, Value) {
        match self {
            Self::Rooms => ("get_active_users", self.named(id)),
            Self::Direct => ("mark_read", json!({ "conversationId": id, "seq": 0 })),
            Self::Channels => ("leaveRoom", json!({ "roomId": id })),
        }
    }

    /// A conversation, as an event names it.
    pub(super) fn named(self, id: &str) -> Value {
        match self {
            Self::Rooms => json!({ "roomId": id }),
            Self::Direct => json!({ "conversationId": id }),
            Self::Channels => json!({ "channelId": id }),
        }
    }

    /// A message that is sent on a socket.
    pub(super) fn said(self, id: &str, text: &str) -> Value {
        match self {
            Self::Rooms => json!({ "roomId": id, "content": text }),
            Self::Direct => json!({ "conversationId": id, "messageText": text }),
            Self::Channels => json!({ "channelId": id, "body": text }),
        }
    }

    /// A message that is posted: where, and what.
    pub(super) fn posted(self, id: &str, text: &str) -> (String, Value) {
        match self {
            Self::Rooms => (format!("/api/chat/rooms/{id}/messages"), json!({ "content": text })),
            Self::Direct => ("/api/messages/send".to_owned(), self.said(id, text)),
            Self::Channels => (self.pages(id), json!({ "body": text })),
        }
    }

    /// Where the messages of a conversation are read.
    pub(super) fn pages(self, id: &str) -> String {
        match self {
            Self::Rooms => format!("/api/chat/rooms/{id}/messages"),
            Self::Direct => format!("/api/messages/conversations/{id}"),
            Self::Channels => format!("/api/channels/{id}/messages"),
        }
    }

    /// Where a conversation of many is left for good.
    pub(super) fn left(self, id: &str) -> String {
        match self {
            Self::Rooms | Self::Direct => format!("/api/chat/rooms/{id}/leave"),
            Self::Channels => format!("/api/channels/{id}/leave"),
        }
    }

    /// Where conversations of many are made, with what, and what the answer calls one.
    pub(super) fn made(self, name: &str, is_private: bool) -> (&'static str, Value, &'static str) {
        match self {
            Self::Rooms | Self::Direct => ("/api/chat/rooms", json!({ "name": name }), "room"),
            Self::Channels => {
                let visibility = if is_private { "private" } else { "public" };
                ("/api/channels", json!({ "name": name, "visibility": visibility }), "channel")
            }
        }
    }

    /// The message of an event that comes when it is stored, if it is one.
    pub(super) fn message<'a>(self, event: &str, payload: &'a Value) -> Option<&'a Value> {
        match (self, event) {
            (Self::Rooms, "receive_message") => Some(payload),
            (Self::Direct, "new_message" | "message_sent") => Some(&payload["message"]),
            _ => None,
        }
    }
}
