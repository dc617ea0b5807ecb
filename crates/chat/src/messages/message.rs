//! A stored message.

use std::fmt;
use std::sync::Arc;

use crate::conversations::{ConversationId, Seq};
use crate::error::{Code, Coded};
use crate::ids::{AccountId, ClientId, MessageId};
use crate::text::Text;
use crate::time::Timestamp;

/// A message that is stored, or what is left of one that was deleted. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id, for ever.
    pub id: MessageId,
    /// Where it is.
    pub conversation: ConversationId,
    /// Its place there.
    pub seq: Seq,
    /// Who wrote it.
    pub sender: AccountId,
    /// The key that the sender's client gave it.
    pub client_id: Option<ClientId>,
    /// What the sender's client says that it is.
    pub message_type: MessageType,
    /// What it says; `None` if it was deleted and only its place is left (a tombstone).
    pub text: Option<Text>,
    /// When the server took it.
    pub created_at: Timestamp,
}

/// What a client says that a message is: `text`, or 1 to 32 of `a-z` and `_`. Kept, not interpreted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageType(Option<Arc<str>>);

/// A text that cannot be a message's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`messageType` must be `text`, or 1 to 32 of the letters a-z and `_`.")]
pub struct MessageTypeError;

impl Coded for MessageTypeError {
    fn code(&self) -> Code {
        Code::InvalidPayload
    }
}

impl MessageType {
    /// The usual one.
    pub const TEXT: Self = Self(None);

    /// Takes 1 to 32 of `a-z` and `_`.
    ///
    /// # Errors
    /// [`MessageTypeError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, MessageTypeError> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        match text {
            "text" => Ok(Self::TEXT),
            _ if (1..=32).contains(&text.len()) && text.bytes().all(fits) => {
                Ok(Self(Some(text.into())))
            }
            _ => Err(MessageTypeError),
        }
    }

    /// The type as text.
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or("text")
    }
}

impl Default for MessageType {
    fn default() -> Self {
        Self::TEXT
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_type_is_a_short_word() {
        for (text, fits) in [
            ("text", true),
            ("image", true),
            ("my_type", true),
            (&"a".repeat(32), true),
            (&"a".repeat(33), false),
            ("", false),
            ("Image", false),
            ("a1", false),
            ("a b", false),
        ] {
            assert_eq!(MessageType::parse(text).is_ok(), fits, "{text}");
        }
        assert_eq!(MessageType::parse("text").unwrap(), MessageType::default());
    }
}
