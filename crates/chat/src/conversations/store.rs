//! The port to where conversations, members and read marks are kept.

use std::sync::Arc;

use super::conversation::{
    Conversation, ConversationId, Description, Kind, Member, Seq, Title, Visibility,
};
use super::view::{ListCursor, ListPage, Listing, View, Views};
use crate::error::{Code, Coded};
use crate::identity::{People, PeopleCursor, Profile};
use crate::ids::AccountId;
use crate::permissions::Denied;
use crate::store::{StoreError, StoreFuture};
use crate::time::Timestamp;

/// A room or channel to be made; its maker becomes the first member, of a channel its owner.
/// (Direct conversations are made by the first message, or by [`Conversations::open_direct`].)
#[derive(Debug, Clone)]
pub struct NewConversation {
    /// Made by the domain, unguessable.
    pub id: ConversationId,
    /// [`Kind::Room`] or [`Kind::Channel`].
    pub kind: Kind,
    /// Rooms are public.
    pub visibility: Visibility,
    /// What it is called.
    pub title: Title,
    /// What it is about; may be empty.
    pub description: Description,
    /// Who makes it.
    pub maker: AccountId,
    /// When.
    pub created_at: Timestamp,
}

/// Somebody is in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The conversation as it is now.
    pub conversation: Conversation,
    /// The membership.
    pub member: Member,
    /// Whether it began with this call.
    pub is_new: bool,
}

/// What somebody does to the membership of somebody else.
#[derive(Debug, Clone)]
pub struct MemberChange {
    /// Where.
    pub conversation: ConversationId,
    /// Who does it.
    pub by: AccountId,
    /// To whom.
    pub whom: AccountId,
}

/// Somebody was invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// Who.
    pub profile: Arc<Profile>,
    /// Whether the membership began with this call.
    pub is_new: bool,
}

/// Why somebody was not invited or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MemberError {
    /// It may not be done there, or not by this account, or not with a guest.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is nobody of this id, for whoever invites.
    #[error("There is nobody of this id whom you could invite: look for people by name.")]
    Nobody,
    /// The store's own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for MemberError {
    fn code(&self) -> Code {
        match self {
            Self::Denied(error) => error.code(),
            Self::Nobody => Code::NotFound,
            Self::Store(error) => error.code(),
        }
    }
}

/// Where somebody's read mark is, after a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadMark {
    /// Everything up to here is read.
    pub last_read: Seq,
    /// Whether this call moved it.
    pub moved: bool,
    /// Messages of others after it.
    pub unread: u64,
}

/// Direct conversations, each with the other one.
pub type Partners = Vec<(ConversationId, AccountId)>;

/// Conversations, as a port: each call is one transaction.
pub trait Conversations: Send + Sync {
    /// Makes a room or channel with its first member.
    fn create_conversation(
        &self,
        new: NewConversation,
    ) -> StoreFuture<'_, Result<Conversation, StoreError>>;

    /// By id, whoever asks; `None` if there is none.
    fn conversation(
        &self,
        id: ConversationId,
    ) -> StoreFuture<'_, Result<Option<Conversation>, StoreError>>;

    /// Opens the direct conversation of two accounts for `opener`, who has it in the list from then
    /// on. `Ok(None)` unless both exist, neither is a guest, they are two, and neither blocks the
    /// other. Its id is [`Direct::id`](super::Direct::id) if that belongs to them: of all that it
    /// [could be of](super::Direct::all) it belongs to the two who were both there first, whether they
    /// have made it or not; else one with a number behind it. So an id is of the same two for ever.
    fn open_direct(
        &self,
        opener: AccountId,
        other: AccountId,
        now: Timestamp,
    ) -> StoreFuture<'_, Result<Option<Conversation>, StoreError>>;

    /// Makes somebody a member of a room or a public channel; for whoever is in the conversation
    /// already (of any kind) it changes nothing. A new member has read everything that is there.
    /// `Ok(None)` if there is no such conversation, or not for this person.
    fn enter(
        &self,
        id: ConversationId,
        account: AccountId,
        now: Timestamp,
    ) -> StoreFuture<'_, Result<Option<Entry>, StoreError>>;

    /// Ends a membership of a room or channel, and leaves
    /// [`ChangeKind::Membership`](crate::identity::ChangeKind::Membership); `false` if there was none.
    /// When a channel's owner goes, the longest member inherits, a guest only if all are guests; if
    /// nobody is left, whoever comes next.
    fn leave(
        &self,
        id: ConversationId,
        account: AccountId,
        now: Timestamp,
    ) -> StoreFuture<'_, Result<bool, StoreError>>;

    /// Makes somebody a member of a private channel, where `by` may
    /// [invite](crate::permissions::Action::Invite) and the two may
    /// [approach](crate::permissions::may_approach) each other, and leaves
    /// [`ChangeKind::Membership`](crate::identity::ChangeKind::Membership). For whoever is in it already
    /// it changes nothing. A new member has read everything that is there.
    ///
    /// # Errors
    /// [`MemberError`]: nothing was changed, unless it is the store's.
    fn invite(
        &self,
        invitation: MemberChange,
        now: Timestamp,
    ) -> StoreFuture<'_, Result<Invited, MemberError>>;

    /// Ends somebody's membership, as [`Conversations::leave`] does, where `by` may
    /// [remove](crate::permissions::Action::Remove); `false` if there was none.
    ///
    /// # Errors
    /// [`MemberError`]: nothing was changed, unless it is the store's.
    fn remove_member(&self, removal: MemberChange) -> StoreFuture<'_, Result<bool, MemberError>>;

    /// The membership of somebody in a conversation, `None` without one.
    fn member(
        &self,
        id: ConversationId,
        account: AccountId,
    ) -> StoreFuture<'_, Result<Option<Member>, StoreError>>;

    /// Moves a member's mark forward to `to` (`None`: the newest message), never back and at most to
    /// the newest. `Ok(None)` for whoever is not a member, or in a direct conversation is blocked by the
    /// other one. In one that two may have and nobody has made, nothing is moved.
    fn mark_read(
        &self,
        id: ConversationId,
        account: AccountId,
        to: Option<Seq>,
        now: Timestamp,
    ) -> StoreFuture<'_, Result<Option<ReadMark>, StoreError>>;

    /// Where a member's mark is, and how much is unread; `None` for whoever is not a member.
    fn read_mark(
        &self,
        id: ConversationId,
        account: AccountId,
    ) -> StoreFuture<'_, Result<Option<ReadMark>, StoreError>>;

    /// A page of conversations; see [`Listing::kind`] for which. A page costs what it holds, and for
    /// channels and direct conversations a look at each membership of the viewer, for a query a look
    /// at some thousands of titles that it fits, or at those that are more recent.
    fn list_conversations(&self, listing: Listing)
    -> StoreFuture<'_, Result<ListPage, StoreError>>;

    /// A conversation for somebody who may see it: a room or public channel for everybody, a private
    /// channel for its members, a direct conversation for the two, unless the other one blocks the
    /// viewer. That of two who may write to each other is there before it was made: empty, of the year
    /// 1970. `Ok(None)` for anything else, as if it were not there.
    fn view(
        &self,
        id: ConversationId,
        viewer: AccountId,
    ) -> StoreFuture<'_, Result<Option<View>, StoreError>>;

    /// A conversation for several of its members, of one moment; accounts that are not in it are left
    /// out. `Ok(None)` if there is no such conversation. Costs a few look-ups for each account: ask for
    /// some thousands at most.
    fn views(
        &self,
        id: ConversationId,
        accounts: Vec<AccountId>,
    ) -> StoreFuture<'_, Result<Option<Views>, StoreError>>;

    /// Who is in a conversation, in the order of joining, at most `limit` (and
    /// [`MAX_LISTED`](super::MAX_LISTED)). `Ok(None)` if there is no such conversation; who may see its
    /// members was checked before.
    fn members(
        &self,
        id: ConversationId,
        cursor: Option<PeopleCursor>,
        limit: usize,
    ) -> StoreFuture<'_, Result<Option<People>, StoreError>>;

    /// The conversations of an account: those that it is in, and of the direct ones those that are in
    /// its list. The most recently active first, at most `limit`; those after a place, if one is given.
    fn memberships(
        &self,
        account: AccountId,
        after: Option<ListCursor>,
        limit: usize,
    ) -> StoreFuture<'_, Result<Vec<ListCursor>, StoreError>>;

    /// The first of [`Conversations::memberships`] of each of these accounts, in their order, at most
    /// `limit` for each. Costs a look at each membership: ask for some dozens of accounts at most.
    fn membership_ids(
        &self,
        accounts: Vec<AccountId>,
        limit: usize,
    ) -> StoreFuture<'_, Result<Vec<Vec<ConversationId>>, StoreError>>;

    /// Whom presence of each of these accounts is told to, in their order: the direct conversations
    /// that it has opened or written in, each with the other one, without those where either blocks the
    /// other. The most recently active first, at most `limit` for each. Costs what
    /// [`Conversations::membership_ids`] does.
    fn partners(
        &self,
        accounts: Vec<AccountId>,
        limit: usize,
    ) -> StoreFuture<'_, Result<Vec<Partners>, StoreError>>;
}
