//! A conversation, its parts, and a membership.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use crate::error::{Code, Coded};
use crate::ids::{AccountId, MAX_ID_CHARS};
use crate::messages::Message;
use crate::name::{NameError, parse_name};
use crate::random::{Random, token};
use crate::time::Timestamp;

/// The kinds of stored conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A public group.
    Room,
    /// Two accounts.
    Direct,
    /// A public or private group with optimistic delivery.
    Channel,
}

/// Who may find and enter a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// Whoever is signed in.
    Public,
    /// Its members.
    Private,
}

/// A message's place in its conversation: 1, 2, 3 … without a gap. 0 is the place before the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

impl Seq {
    /// The place after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// A stored conversation's id. A room's and a channel's are opaque and unguessable; a direct one's
/// follows from its two accounts, see [`Direct`]. The beginning tells the kind. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationId(Arc<str>);

/// A text that cannot be a conversation's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This cannot be the id of a conversation: use one that the server gave.")]
pub struct ConversationIdError;

impl Coded for ConversationIdError {
    fn code(&self) -> Code {
        Code::InvalidPayload
    }
}

/// The most bytes in a conversation's id: `conv_`, two account ids, and room for the number with which
/// the store tells two pairs apart whose ids would be one (`conv_a_b_c#2`).
pub const MAX_CONVERSATION_ID_BYTES: usize = Direct::PREFIX.len() + 2 * MAX_ID_CHARS + 1 + 8;

impl ConversationId {
    const ROOM: &str = "room_";
    const CHANNEL: &str = "channel_";

    /// The id of a new room, unguessable.
    pub fn room(random: &mut dyn Random) -> Self {
        Self(token(Self::ROOM, random))
    }

    /// The id of a new channel, unguessable.
    pub fn channel(random: &mut dyn Random) -> Self {
        Self(token(Self::CHANNEL, random))
    }

    /// Takes an id that a client or the database gave: 1 to [`MAX_CONVERSATION_ID_BYTES`] visible
    /// ASCII characters. Whether there is such a conversation is another question.
    ///
    /// # Errors
    /// [`ConversationIdError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, ConversationIdError> {
        let fits = !text.is_empty() && text.len() <= MAX_CONVERSATION_ID_BYTES;
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.into()))
        } else {
            Err(ConversationIdError)
        }
    }

    /// What kind of conversation has such an id; `None` if none has.
    pub fn kind(&self) -> Option<Kind> {
        [(Self::ROOM, Kind::Room), (Self::CHANNEL, Kind::Channel), (Direct::PREFIX, Kind::Direct)]
            .into_iter()
            .find_map(|(prefix, kind)| self.0.starts_with(prefix).then_some(kind))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConversationId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The two accounts of a direct conversation, in the order of its id: decimal ids as numbers, others
/// as text; a decimal one comes before another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Direct {
    smaller: AccountId,
    larger: AccountId,
}

/// Two accounts that cannot have a direct conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("You cannot write to yourself: name somebody else.")]
pub struct DirectError;

impl Coded for DirectError {
    fn code(&self) -> Code {
        Code::InvalidPayload
    }
}

impl Direct {
    /// What the id of every direct conversation begins with, and no other's.
    pub const PREFIX: &str = "conv_";

    /// The direct conversation of two accounts.
    ///
    /// # Errors
    /// [`DirectError`] if they are one.
    pub fn of(one: &AccountId, other: &AccountId) -> Result<Self, DirectError> {
        match compare(one.as_str(), other.as_str()) {
            Ordering::Less => Ok(Self { smaller: one.clone(), larger: other.clone() }),
            Ordering::Greater => Ok(Self { smaller: other.clone(), larger: one.clone() }),
            Ordering::Equal => Err(DirectError),
        }
    }

    /// Which direct conversations of `viewer` have this id. One at most where account ids hold no
    /// `_`; where they do, `conv_a_b_c` can be that of `a` and `b_c`, or of `a_b` and `c`, and even
    /// for one viewer two are possible: the store tells by who is in it.
    pub fn candidates(id: &ConversationId, viewer: &AccountId) -> Vec<Self> {
        let Some(rest) = id.as_str().strip_prefix(Self::PREFIX) else { return Vec::new() };
        let me = viewer.as_str();
        let after = rest.strip_prefix(me).and_then(|rest| rest.strip_prefix('_'));
        let before = rest.strip_suffix(me).and_then(|rest| rest.strip_suffix('_'));
        let mut found: Vec<Self> = Vec::new();
        for other in [after, before].into_iter().flatten() {
            let Ok(other) = AccountId::parse(other) else { continue };
            let Ok(direct) = Self::of(viewer, &other) else { continue };
            if direct.id() == *id && !found.contains(&direct) {
                found.push(direct);
            }
        }
        found
    }

    /// All that an id can be of: one pair, or where account ids hold `_` several. It belongs to one of
    /// them: whose two accounts were both there first. Accounts are only added, so that it is theirs
    /// for ever; the others' conversation gets an id of its own when one of them opens it.
    pub fn all(id: &ConversationId) -> Vec<Self> {
        let Some(rest) = id.as_str().strip_prefix(Self::PREFIX) else { return Vec::new() };
        let two = rest.match_indices('_').map(|(at, _)| (&rest[..at], &rest[at + 1..]));
        let direct = |(smaller, larger)| {
            let (smaller, larger) =
                (AccountId::parse(smaller).ok()?, AccountId::parse(larger).ok()?);
            Self::of(&smaller, &larger).ok().filter(|direct| direct.smaller == smaller)
        };
        two.filter_map(direct).collect()
    }

    /// With whom `viewer` may have the conversation of this id, in any of the forms that a store gives
    /// it: nobody, one, or where account ids hold `_` two, of whom the store knows which.
    pub fn others(id: &ConversationId, viewer: &AccountId) -> Vec<AccountId> {
        let plain = id.as_str().split_once('#').map_or(id.as_str(), |(plain, _)| plain);
        let Ok(plain) = ConversationId::parse(plain) else { return Vec::new() };
        let found = Self::candidates(&plain, viewer).into_iter();
        found.filter_map(|direct| direct.other(viewer).cloned()).collect()
    }

    /// `conv_{smaller}_{larger}`.
    pub fn id(&self) -> ConversationId {
        ConversationId(format!("{}{}_{}", Self::PREFIX, self.smaller, self.larger).into())
    }

    /// The account that comes first in the id.
    pub fn smaller(&self) -> &AccountId {
        &self.smaller
    }

    /// The account that comes last in the id.
    pub fn larger(&self) -> &AccountId {
        &self.larger
    }

    /// The one who is not `viewer`; `None` for whoever is neither of the two.
    pub fn other(&self, viewer: &AccountId) -> Option<&AccountId> {
        match viewer {
            id if *id == self.smaller => Some(&self.larger),
            id if *id == self.larger => Some(&self.smaller),
            _ => None,
        }
    }
}

/// Decimal ids as numbers, however long, and before all others.
fn compare(one: &str, other: &str) -> Ordering {
    let decimal = |id: &str| id.bytes().all(|byte| byte.is_ascii_digit());
    match (decimal(one), decimal(other)) {
        (true, true) => {
            let (a, b) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
            a.len().cmp(&b.len()).then_with(|| a.cmp(b)).then_with(|| one.cmp(other))
        }
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => one.cmp(other),
    }
}

/// What a room or channel is called: 1 to [`MAX_TITLE_CHARS`] scalar values, by the rules of names.
/// Not unique.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Title(Arc<str>);

/// The most scalar values in a title: at most 320 bytes.
pub const MAX_TITLE_CHARS: usize = 80;

impl Title {
    /// Removes the whitespace around it, and checks the rest.
    ///
    /// # Errors
    /// [`NameError`] says what is wrong with it.
    pub fn parse(raw: &str) -> Result<Self, NameError> {
        parse_name(raw, MAX_TITLE_CHARS).map(|title| Self(title.into()))
    }

    /// Takes what was checked before it was stored. It is not checked again: the rules may have
    /// become stricter since.
    pub fn stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The title.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a room or channel is about: up to [`MAX_DESCRIPTION_CHARS`] scalar values, no control
/// characters but tab and newline; may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Description(Arc<str>);

/// The most scalar values in a description: at most 2,000 bytes.
pub const MAX_DESCRIPTION_CHARS: usize = 500;

/// A text that cannot be a description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`description` must have at most 500 characters, and no control characters.")]
pub struct DescriptionError;

impl Coded for DescriptionError {
    fn code(&self) -> Code {
        Code::InvalidPayload
    }
}

impl Description {
    /// Makes CRLF and CR into LF, and checks the rest.
    ///
    /// # Errors
    /// [`DescriptionError`].
    pub fn parse(raw: &str) -> Result<Self, DescriptionError> {
        // Line ends can halve the count: whatever is longer than that is refused without being read.
        if raw.len() > 2 * 4 * MAX_DESCRIPTION_CHARS {
            return Err(DescriptionError);
        }
        let text = raw.replace("\r\n", "\n").replace('\r', "\n");
        let control = |char: char| char.is_control() && char != '\t' && char != '\n';
        if text.chars().count() > MAX_DESCRIPTION_CHARS || text.chars().any(control) {
            return Err(DescriptionError);
        }
        Ok(Self(text.into()))
    }

    /// Takes what was checked before it was stored. It is not checked again: the rules may have
    /// become stricter since.
    pub fn stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A stored conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// What it is.
    pub kind: Kind,
    /// Who may enter.
    pub visibility: Visibility,
    /// Its name; direct conversations have none.
    pub title: Option<Title>,
    /// What it is about; empty for direct conversations.
    pub description: Description,
    /// A channel's owner.
    pub owner: Option<AccountId>,
    /// How many are in it; 2 for a direct one.
    pub member_count: u64,
    /// The newest message's place, 0 before the first.
    pub last_seq: Seq,
    /// The newest message.
    pub last_message: Option<Message>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its newest message came, or when it was made.
    pub updated_at: Timestamp,
}

/// What somebody is in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// In it.
    Member,
    /// In it, and may remove others.
    Owner,
}

/// A membership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Whose.
    pub account: AccountId,
    /// As what.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
    /// Everything up to here is read.
    pub last_read: Seq,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: &str) -> AccountId {
        AccountId::parse(id).unwrap()
    }

    #[test]
    fn a_direct_conversations_id_holds_the_smaller_account_first() {
        for (one, other, expected) in [
            ("7", "12", "conv_7_12"),
            ("12", "7", "conv_7_12"),
            (
                "99999999999999999999998",
                "99999999999999999999999",
                "conv_99999999999999999999998_99999999999999999999999",
            ),
            ("zoe", "7", "conv_7_zoe"),
            ("bob", "ann", "conv_ann_bob"),
            ("007", "7", "conv_007_7"),
        ] {
            let direct = Direct::of(&account(one), &account(other)).unwrap();
            assert_eq!(direct.id().as_str(), expected);
            assert_eq!(direct.id().kind(), Some(Kind::Direct));
            for (viewer, partner) in [(one, other), (other, one)] {
                let found = Direct::candidates(&direct.id(), &account(viewer));
                assert_eq!(found, std::slice::from_ref(&direct), "{expected} for {viewer}");
                assert_eq!(found[0].other(&account(viewer)), Some(&account(partner)));
            }
            assert_eq!(Direct::candidates(&direct.id(), &account("stranger")), []);
        }
        assert_eq!(Direct::of(&account("7"), &account("7")), Err(DirectError));
    }

    #[test]
    fn an_id_in_the_wrong_order_is_no_conversations() {
        for id in ["conv_12_7", "conv_7_7", "conv_7", "conv_", "conv__7", "room_7_12", "conv_7_a b"]
        {
            let Ok(id) = ConversationId::parse(id) else { continue };
            assert_eq!(Direct::candidates(&id, &account("7")), [], "{id}");
        }
    }

    #[test]
    fn account_ids_with_underscores_can_leave_two_candidates() {
        let id = ConversationId::parse("conv_a_b_a_b_a").unwrap();
        let others: Vec<_> = Direct::candidates(&id, &account("a_b_a"))
            .iter()
            .map(|direct| direct.other(&account("a_b_a")).unwrap().to_string())
            .collect();
        assert_eq!(others, ["b_a", "a_b"]);
    }

    #[test]
    fn an_id_can_be_of_several_pairs() {
        for (id, expected) in [
            ("conv_7_12", vec!["7 12"]),
            ("conv_12_7", vec![]),
            ("conv_7_7", vec![]),
            ("conv_p_q_y", vec!["p q_y", "p_q y"]),
            ("conv_a_b_a_b_a", vec!["a b_a_b_a", "a_b a_b_a", "a_b_a b_a"]),
            ("conv_a__b", vec!["a_ b"]),
            ("conv_p_q_y#2", vec![]),
            ("conv_", vec![]),
            ("room_7_12", vec![]),
        ] {
            let all = Direct::all(&ConversationId::parse(id).unwrap());
            let all: Vec<_> =
                all.iter().map(|pair| format!("{} {}", pair.smaller, pair.larger)).collect();
            assert_eq!(all, expected, "{id}");
        }
    }

    #[test]
    fn the_other_one_is_found_by_any_id_that_a_store_gives() {
        for (id, viewer, expected) in [
            ("conv_7_12", "7", vec!["12"]),
            ("conv_7_12#2", "12", vec!["7"]),
            ("conv_7_12", "8", vec![]),
            ("conv_12_7", "7", vec![]),
            ("conv_7_7", "7", vec![]),
            ("conv_a_b_a_b_a#3", "a_b_a", vec!["b_a", "a_b"]),
            ("room_7_12", "7", vec![]),
        ] {
            let id = ConversationId::parse(id).unwrap();
            let others = Direct::others(&id, &account(viewer));
            let others: Vec<_> = others.iter().map(AccountId::as_str).collect();
            assert_eq!(others, expected, "{id} for {viewer}");
        }
    }

    #[test]
    fn an_id_is_bounded_and_tells_its_kind() {
        let longest = format!("conv_{}_{}", "a".repeat(64), "b".repeat(64));
        for (text, kind) in [
            ("room_x", Some(Some(Kind::Room))),
            ("channel_x", Some(Some(Kind::Channel))),
            (&longest, Some(Some(Kind::Direct))),
            ("pair_x", Some(None)),
            (&format!("{longest}#1234567"), Some(Some(Kind::Direct))),
            (&format!("{longest}#12345678"), None),
            ("", None),
            ("room_ x", None),
            ("room_é", None),
        ] {
            assert_eq!(ConversationId::parse(text).ok().map(|id| id.kind()), kind, "{text}");
        }
    }

    #[test]
    fn titles_and_descriptions_are_bounded() {
        assert_eq!(Title::parse("  Tea & cake ").unwrap().as_str(), "Tea & cake");
        assert!(Title::parse(&"é".repeat(80)).is_ok());
        assert!(Title::parse(&"é".repeat(81)).is_err());
        assert!(Title::parse(" ").is_err());
        assert_eq!(Description::parse("a\r\nb\rc").unwrap().as_str(), "a\nb\nc");
        assert_eq!(Description::parse("").unwrap(), Description::default());
        assert!(Description::parse(&"🦀".repeat(500)).is_ok());
        assert!(Description::parse(&"x".repeat(501)).is_err());
        assert!(Description::parse("a\0").is_err());
    }
}
