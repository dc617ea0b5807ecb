//! Who may do what in a stored conversation. Pure rules over facts that the caller has looked up: the
//! edge asks before it does something, a store asks again in the transaction that does it.
//!
//! Whoever has no account may do nothing here, which is the edge's to say (`unauthenticated`).

use crate::conversations::{Kind, Role, Visibility};
use crate::error::{Code, Coded};

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// See the conversation, its messages and its members.
    Read,
    /// Hear what is written, and say that one is typing.
    Listen,
    /// Write, and become a member by it where that is open.
    Write,
    /// Become a member.
    Enter,
    /// Make somebody else a member.
    Invite,
    /// End somebody else's membership.
    Remove,
}

/// The conversation, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// A room: public, without an owner.
    Room,
    /// A public channel.
    PublicChannel,
    /// A private channel: nobody but its members learns that it exists.
    PrivateChannel,
    /// Two accounts: nobody else learns that it exists.
    Direct(Blocks),
}

/// Who blocks whom in a direct conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Blocks {
    /// The actor blocks the other.
    pub own: bool,
    /// The other blocks the actor: to whom the other is not there any more.
    pub theirs: bool,
}

impl Place {
    /// Of a conversation; `blocks` counts for a direct one only.
    pub const fn of(kind: Kind, visibility: Visibility, blocks: Blocks) -> Self {
        match (kind, visibility) {
            (Kind::Room, _) => Self::Room,
            (Kind::Channel, Visibility::Public) => Self::PublicChannel,
            (Kind::Channel, Visibility::Private) => Self::PrivateChannel,
            (Kind::Direct, _) => Self::Direct(blocks),
        }
    }
}

/// Who wants to do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Actor {
    /// Guests have rooms and public channels only.
    pub is_guest: bool,
    /// What they are in the conversation; `None` if they are not in it. The two of a direct one are in
    /// it before anything is written.
    pub role: Option<Role>,
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// There is none, for this person.
    #[error("There is no such conversation: look at the list of yours.")]
    NotFound,
    /// Guests may not.
    #[error("Guests may not do this: create an account first.")]
    Guest,
    /// Only the owner may.
    #[error("Only the owner of the channel may do this.")]
    NotOwner,
    /// Nobody is invited here or removed.
    #[error("This conversation has no invitations: whoever it is open to enters without.")]
    NotHere,
    /// A guest cannot be the one whom this is about.
    #[error("This cannot be done with a guest: choose somebody with an account.")]
    WithGuest,
}

impl Coded for Denied {
    fn code(&self) -> Code {
        match self {
            Self::NotFound => Code::NotFound,
            Self::Guest | Self::NotOwner | Self::NotHere | Self::WithGuest => Code::Forbidden,
        }
    }
}

/// Whether this may be.
///
/// # Errors
/// [`Denied`]. What an outsider is told of a private channel or a direct conversation is the same as of
/// one that does not exist; a guest is refused direct conversations whether they exist or not.
pub const fn may(actor: Actor, action: Action, place: Place) -> Result<(), Denied> {
    match place {
        Place::Room => match action {
            Action::Read | Action::Listen | Action::Write | Action::Enter => Ok(()),
            Action::Invite | Action::Remove => Err(Denied::NotHere),
        },
        Place::PublicChannel => match (action, actor.role) {
            (Action::Read | Action::Listen | Action::Write | Action::Enter, _)
            | (Action::Remove, Some(Role::Owner)) => Ok(()),
            (Action::Invite, _) => Err(Denied::NotHere),
            (Action::Remove, _) => Err(Denied::NotOwner),
        },
        Place::PrivateChannel => match (action, actor.role) {
            (_, None) => Err(Denied::NotFound),
            (_, Some(_)) if actor.is_guest => Err(Denied::NotFound),
            (Action::Remove, Some(Role::Member)) => Err(Denied::NotOwner),
            (_, Some(_)) => Ok(()),
        },
        Place::Direct(_) if actor.is_guest => Err(Denied::Guest),
        Place::Direct(blocks) => match (action, actor.role) {
            (_, None) => Err(Denied::NotFound),
            (_, Some(_)) if blocks.theirs => Err(Denied::NotFound),
            (Action::Invite | Action::Remove, Some(_)) => Err(Denied::NotHere),
            (Action::Write | Action::Enter, Some(_)) if blocks.own => Err(Denied::NotFound),
            (_, Some(_)) => Ok(()),
        },
    }
}

/// Whether a conversation of this kind may be made. Guests may make rooms, which nobody owns, and no
/// channels, which would lose their owner with them.
///
/// # Errors
/// [`Denied::Guest`].
pub const fn may_make(is_guest: bool, kind: Kind) -> Result<(), Denied> {
    match kind {
        Kind::Channel | Kind::Direct if is_guest => Err(Denied::Guest),
        Kind::Room | Kind::Channel | Kind::Direct => Ok(()),
    }
}

/// Whether somebody with an account may be written to or invited by somebody who may do so: `other`
/// is `None` if there is no such account, else whether it is a guest.
///
/// # Errors
/// [`Denied::NotFound`] for an unknown one, and across a block in either direction;
/// [`Denied::WithGuest`] for a guest.
pub const fn may_approach(other: Option<bool>, blocks: Blocks) -> Result<(), Denied> {
    match other {
        None => Err(Denied::NotFound),
        Some(_) if blocks.own || blocks.theirs => Err(Denied::NotFound),
        Some(true) => Err(Denied::WithGuest),
        Some(false) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTIONS: [Action; 6] = [
        Action::Read,
        Action::Listen,
        Action::Write,
        Action::Enter,
        Action::Invite,
        Action::Remove,
    ];

    /// `+` may, `?` not found, `-` forbidden.
    fn row(place: Place, role: Option<Role>, is_guest: bool) -> String {
        let sign = |action| match may(Actor { is_guest, role }, action, place) {
            Ok(()) => '+',
            Err(Denied::NotFound) => '?',
            Err(_) => '-',
        };
        ACTIONS.map(sign).iter().collect()
    }

    #[test]
    fn the_table_of_rights() {
        let blocks = |own, theirs| Place::Direct(Blocks { own, theirs });
        let (nobody, member, owner) = (None, Some(Role::Member), Some(Role::Owner));
        // Columns: read, listen, write, enter, invite, remove; first with an account, then a guest.
        for (place, role, account, guest) in [
            (Place::Room, nobody, "++++--", "++++--"),
            (Place::Room, member, "++++--", "++++--"),
            (Place::PublicChannel, nobody, "++++--", "++++--"),
            (Place::PublicChannel, member, "++++--", "++++--"),
            (Place::PublicChannel, owner, "++++-+", "++++-+"),
            (Place::PrivateChannel, nobody, "??????", "??????"),
            (Place::PrivateChannel, member, "+++++-", "??????"),
            (Place::PrivateChannel, owner, "++++++", "??????"),
            (blocks(false, false), nobody, "??????", "------"),
            (blocks(false, false), member, "++++--", "------"),
            (blocks(true, false), member, "++??--", "------"),
            (blocks(false, true), member, "??????", "------"),
            (blocks(true, true), member, "??????", "------"),
        ] {
            assert_eq!(row(place, role, false), account, "{place:?} {role:?}");
            assert_eq!(row(place, role, true), guest, "a guest, {place:?} {role:?}");
        }
    }

    #[test]
    fn guests_make_rooms_only() {
        for (kind, guest) in [
            (Kind::Room, Ok(())),
            (Kind::Channel, Err(Denied::Guest)),
            (Kind::Direct, Err(Denied::Guest)),
        ] {
            assert_eq!(may_make(false, kind), Ok(()));
            assert_eq!(may_make(true, kind), guest);
        }
    }

    #[test]
    fn the_unknown_and_the_blocked_look_alike() {
        let none = Blocks::default();
        assert_eq!(may_approach(Some(false), none), Ok(()));
        assert_eq!(may_approach(Some(true), none), Err(Denied::WithGuest));
        assert_eq!(may_approach(None, none), Err(Denied::NotFound));
        for (own, theirs) in [(true, false), (false, true), (true, true)] {
            for other in [None, Some(false), Some(true)] {
                assert_eq!(may_approach(other, Blocks { own, theirs }), Err(Denied::NotFound));
            }
        }
    }

    #[test]
    fn a_denial_is_forbidden_unless_it_must_not_be_told_from_nothing() {
        for (denied, code) in [
            (Denied::NotFound, Code::NotFound),
            (Denied::Guest, Code::Forbidden),
            (Denied::NotOwner, Code::Forbidden),
            (Denied::NotHere, Code::Forbidden),
            (Denied::WithGuest, Code::Forbidden),
        ] {
            assert_eq!((denied.code(), denied.retryable()), (code, false));
        }
    }
}
