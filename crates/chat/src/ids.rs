//! The names of things. Each kind is a type of its own, so that one is never taken for another; all
//! of them are cheap to clone.

use std::fmt;
use std::sync::Arc;

use crate::error::{Code, Coded};
use crate::random::{Random, token};
use crate::time::Timestamp;

/// A text that cannot be the id that it was given as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not 1 to 64 characters.
    #[error("`clientId` must have 1 to 64 characters.")]
    ClientId,
    /// Not 1 to 64 characters.
    #[error("`roomId` must have 1 to 64 characters.")]
    RoomId,
    /// Not 1 to 64 of the allowed characters.
    #[error("An account id must have 1 to 64 characters of `A-Z a-z 0-9 . _ - @ | :`.")]
    AccountId,
}

impl Coded for IdError {
    fn code(&self) -> Code {
        Code::InvalidPayload
    }
}

/// The most characters in an id that comes from outside: at most 256 bytes.
pub const MAX_ID_CHARS: usize = 64;

fn has_fitting_length(text: &str) -> bool {
    // A scalar value has at most 4 bytes: a long text is refused without being read.
    !text.is_empty() && text.len() <= 4 * MAX_ID_CHARS && text.chars().count() <= MAX_ID_CHARS
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// The public Socket.IO id of a connection, or a mask that stands for one.
    SocketId
}

impl SocketId {
    /// Takes the id that the transport made; it is trusted and not checked.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// A random id that looks like a socket's and belongs to none.
    pub(crate) fn mask(random: &mut dyn Random) -> Self {
        Self(token("", random))
    }
}

text_id! {
    /// An account's id: an own one (decimal) or a host application's (`sub`).
    AccountId
}

impl AccountId {
    /// Takes 1 to 64 characters of `A-Z a-z 0-9 . _ - @ | :`.
    ///
    /// # Errors
    /// [`IdError::AccountId`] for anything else.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@|:".contains(&byte);
        if has_fitting_length(text) && text.bytes().all(fits) {
            Ok(Self(text.into()))
        } else {
            Err(IdError::AccountId)
        }
    }
}

/// The id's text, not copied.
impl From<AccountId> for Arc<str> {
    fn from(id: AccountId) -> Self {
        id.0
    }
}

text_id! {
    /// A room's public id: opaque and unguessable. A pair room's begins with [`RoomId::PAIR_PREFIX`].
    RoomId
}

impl RoomId {
    /// What every pair room's id begins with, and no other room's.
    pub const PAIR_PREFIX: &str = "pair_";

    /// Takes an id that a client gave, 1 to 64 characters; whether such a room exists is another
    /// question.
    ///
    /// # Errors
    /// [`IdError::RoomId`] for another length.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        if has_fitting_length(text) { Ok(Self(text.into())) } else { Err(IdError::RoomId) }
    }

    /// Whether this names a pair room, living or gone, rather than a stored conversation.
    pub fn is_pair(&self) -> bool {
        self.0.starts_with(Self::PAIR_PREFIX)
    }

    /// The id of a new pair room.
    pub(crate) fn pair(random: &mut dyn Random) -> Self {
        Self(token(Self::PAIR_PREFIX, random))
    }
}

text_id! {
    /// A key that a client chose for one of its messages, so that a resend is recognised.
    ClientId
}

impl ClientId {
    /// Takes 1 to 64 characters.
    ///
    /// # Errors
    /// [`IdError::ClientId`] for another length.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        if has_fitting_length(text) { Ok(Self(text.into())) } else { Err(IdError::ClientId) }
    }
}

text_id! {
    /// A server process in the cluster.
    NodeId
}

impl NodeId {
    /// Takes the name that the node gave itself; it is trusted and not checked.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }
}

/// A message's id: a UUID of version 7 (RFC 9562 §5.7), written in its usual form by `Display`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(u128);

impl MessageId {
    /// The id as a number; numbers order as the texts do.
    pub const fn as_u128(self) -> u128 {
        self.0
    }

    /// The id that was stored as this number.
    pub const fn from_u128(bits: u128) -> Self {
        Self(bits)
    }

    /// Takes the usual form of a UUID, in lower case: 8-4-4-4-12 hexadecimal digits. `None` for
    /// anything else: no message has such an id.
    pub fn parse(text: &str) -> Option<Self> {
        let id = u128::from_str_radix(&text.replace('-', ""), 16).ok().map(Self)?;
        (id.to_string() == text).then_some(id)
    }

    fn v7(millis: u64, random: [u8; 10]) -> Self {
        const LOW_74_BITS: u128 = (1 << 74) - 1;
        let mut bits = [0; 16];
        bits[6..].copy_from_slice(&random);
        // The guard bit that RFC 9562 §6.2 leaves for counting up, at the top of the low half, is 0.
        let dice = u128::from_be_bytes(bits) & LOW_74_BITS & !(1 << 61);
        let (high, low) = (dice >> 62, dice & ((1 << 62) - 1));
        Self(u128::from(millis) << 80 | 7 << 76 | high << 64 | 0b10 << 62 | low)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.0;
        write!(
            out,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            bits >> 96,
            bits >> 80 & 0xffff,
            bits >> 64 & 0xffff,
            bits >> 48 & 0xffff,
            bits & 0xffff_ffff_ffff,
        )
    }
}

/// Makes message ids that grow: a client that sorts by id keeps the order in which they were made,
/// within one millisecond too, and when the wall clock is set back.
#[derive(Debug)]
pub struct MessageIds {
    last: MessageId,
}

impl MessageIds {
    /// A maker that has made none yet.
    pub const fn new() -> Self {
        Self { last: MessageId(0) }
    }

    /// The next id, greater than every earlier one of this maker.
    pub fn next(&mut self, wall: Timestamp, random: &mut dyn Random) -> MessageId {
        let mut dice = [0; 10];
        random.fill(&mut dice);
        let fresh = MessageId::v7(wall.as_millis(), dice);
        // A step of up to 2^16 within the same millisecond: with the guard bit 2^45 steps have room.
        let step = u128::from(u16::from_be_bytes([dice[0], dice[1]])) + 1;
        self.last = if fresh > self.last { fresh } else { MessageId(self.last.0 + step) };
        self.last
    }
}

impl Default for MessageIds {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl Random for Fixed {
        fn fill(&mut self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn a_message_id_is_a_uuid_of_version_7_that_begins_with_its_time() {
        let wall = Timestamp::from_millis(0x0123_4567_89ab);
        let id = MessageIds::new().next(wall, &mut Fixed(0xff)).to_string();
        assert_eq!(id, "01234567-89ab-7fff-9fff-ffffffffffff");
        let id = MessageIds::new().next(wall, &mut Fixed(0)).to_string();
        assert_eq!(id, "01234567-89ab-7000-8000-000000000000");
    }

    #[test]
    fn a_message_id_is_read_as_it_is_written_and_in_no_other_way() {
        let text = "01234567-89ab-7fff-9fff-ffffffffffff";
        let id = MessageId::parse(text).unwrap();
        assert_eq!((id.to_string().as_str(), MessageId::from_u128(id.as_u128())), (text, id));
        for other in
            ["", "0", "+1234567-89ab-7fff-9fff-ffffffffffff", &text.to_uppercase(), &text[1..]]
        {
            assert_eq!(MessageId::parse(other), None, "{other}");
        }
    }

    #[test]
    fn message_ids_grow_within_a_millisecond_and_when_the_clock_is_set_back() {
        let mut ids = MessageIds::new();
        let mut last = ids.next(Timestamp::from_millis(1_000), &mut Fixed(0xff));
        for millis in [1_000, 1_000, 999, 5, 1_000, 1_001, 1_001] {
            let next = ids.next(Timestamp::from_millis(millis), &mut Fixed(0xff));
            assert!(next > last && next.to_string() > last.to_string());
            assert_eq!(next.to_string().as_bytes()[14], b'7');
            last = next;
        }
    }

    #[test]
    fn ids_from_outside_are_bounded() {
        for (text, client, room, account) in [
            ("", false, false, false),
            ("7", true, true, true),
            ("auth0|Ab-c_d.e@f:1", true, true, true),
            ("two words", true, true, false),
            (&"é".repeat(64), true, true, false),
            (&"é".repeat(65), false, false, false),
            (&"a".repeat(64), true, true, true),
            (&"a".repeat(65), false, false, false),
        ] {
            assert_eq!(ClientId::parse(text).is_ok(), client, "{text:?}");
            assert_eq!(RoomId::parse(text).is_ok(), room, "{text:?}");
            assert_eq!(AccountId::parse(text).is_ok(), account, "{text:?}");
        }
    }

    #[test]
    fn a_mask_has_the_length_and_alphabet_of_a_socket_id() {
        assert_eq!(SocketId::mask(&mut Fixed(0xff)).as_str(), "_".repeat(20));
        assert_eq!(RoomId::pair(&mut Fixed(0)).as_str(), format!("pair_{}", "A".repeat(20)));
        assert!(RoomId::pair(&mut Fixed(0)).is_pair());
    }
}
