//! The dialects that a stored conversation is heard in.

/// The dialects that a stored conversation is heard in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// `join_room`.
    Rooms,
    /// `join_conversation`.
    Direct,
    /// `joinRoom`: the channels dialect with its `room…` events.
    ChannelRooms,
    /// `joinChannel`: the channels dialect with its `channel…` events.
    Channels,
}

impl Form {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Rooms, Self::Direct, Self::ChannelRooms, Self::Channels];

    pub(super) const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of [`Form`]s.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forms(pub(super) u8);

impl Forms {
    /// Whether it holds this one.
    pub const fn contains(self, form: Form) -> bool {
        self.0 & form.bit() != 0
    }

    /// Whether it holds none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that it holds.
    pub fn iter(self) -> impl Iterator<Item = Form> {
        Form::ALL.into_iter().filter(move |form| self.contains(*form))
    }
}
