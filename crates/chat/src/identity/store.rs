//! The port to where accounts and the changes of rights are kept.

use super::account::{Account, AvatarUrl, Origin, PasswordHash, Profile, TokenDigest};
use super::block::Block;
use crate::conversations::ConversationId;
use crate::error::{Code, Coded};
use crate::ids::AccountId;
use crate::name::{DisplayName, Username};
use crate::store::{StoreError, StoreFuture};
use crate::time::Timestamp;

/// An account to be made. Its id is the store's to choose: the next decimal number that no account
/// has or had.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Must be free, without regard to case after NFKC.
    pub username: Username,
    /// Shown instead of the username.
    pub display_name: Option<DisplayName>,
    /// `None` makes a guest.
    pub password: Option<PasswordHash>,
    /// The moment of making.
    pub created_at: Timestamp,
    /// When the first token of a guest ends; the guest is kept at least that long.
    pub token_expires_at: Timestamp,
}

/// What a host application's token says of its owner.
#[derive(Debug, Clone)]
pub struct HostAccount {
    /// The token's `sub`.
    pub id: AccountId,
    /// The wished username; if it is taken by another account, the store appends `-2`, `-3` … (and
    /// shortens the name so that it still fits).
    pub username: Username,
    /// From `name`.
    pub display_name: Option<DisplayName>,
    /// From `picture`.
    pub avatar_url: Option<AvatarUrl>,
    /// The moment of first sight.
    pub seen_at: Timestamp,
}

/// A change to one's own profile; what is `None` stays as it is, `Some(None)` is taken away.
#[derive(Debug, Clone, Default)]
pub struct ProfileUpdate {
    /// The new display name.
    pub display_name: Option<Option<DisplayName>>,
    /// The new picture.
    pub avatar_url: Option<Option<AvatarUrl>>,
}

/// Why an account could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreateError {
    /// Somebody is called so, in some spelling.
    #[error("This username is taken: choose another.")]
    UsernameTaken,
    /// The store's own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for CreateError {
    fn code(&self) -> Code {
        match self {
            Self::UsernameTaken => Code::Conflict,
            Self::Store(error) => error.code(),
        }
    }
}

/// The tokens that become void.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revocation {
    /// One token, by its digest; forgotten after `expires_at`, when it is void anyway.
    Token {
        /// Whose token it is.
        account: AccountId,
        /// Which one.
        digest: TokenDigest,
        /// When the token ends by itself.
        expires_at: Timestamp,
    },
    /// All tokens of an account that were made before `valid_after`.
    Account {
        /// Whose tokens.
        account: AccountId,
        /// The new [`Account::valid_after`]; an earlier one than the stored one changes nothing.
        valid_after: Timestamp,
    },
}

/// The place of a change in the order of changes: 1, 2, 3 …
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChangeSeq(pub u64);

/// Something that every node has to act on within a second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its place.
    pub seq: ChangeSeq,
    /// What happened.
    pub kind: ChangeKind,
}

/// The kinds of [`Change`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// Tokens became void: sockets that live by them are closed.
    Revoked(Revocation),
    /// A profile was changed: what is remembered of it is stale.
    Profile(AccountId),
    /// An account was deleted.
    Deleted(AccountId),
    /// Somebody blocks somebody from now on.
    Blocked(Block),
    /// And no longer.
    Unblocked(Block),
    /// Somebody left a room or channel, was removed from one, or was invited into one: whether the
    /// account is in it now is for the store to say.
    Membership(AccountId, ConversationId),
}

/// What is known of whoever brings a token, of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// `None` if there is no such account, or it is deleted.
    pub account: Option<Account>,
    /// Whether this one token was made void. (What [`Account::valid_after`] says counts too.)
    pub is_revoked: bool,
}

/// Accounts, as a port: each call is one transaction.
pub trait Accounts: Send + Sync {
    /// Makes an own account or a guest.
    fn create_account(&self, new: NewAccount) -> StoreFuture<'_, Result<Account, CreateError>>;

    /// The account of a host application's user: made on first sight; display name and picture are
    /// those of the token from then on. `Ok(None)` if the id belongs to an account that is not the
    /// host's.
    fn see_host_account(
        &self,
        seen: HostAccount,
    ) -> StoreFuture<'_, Result<Option<Account>, StoreError>>;

    /// By id; `None` if there is none or it is deleted.
    fn account(&self, id: AccountId) -> StoreFuture<'_, Result<Option<Account>, StoreError>>;

    /// By username, without regard to case.
    fn account_by_username(
        &self,
        username: Username,
    ) -> StoreFuture<'_, Result<Option<Account>, StoreError>>;

    /// Accounts, guests excluded, whose username or shown name has a word that begins with `query`,
    /// without regard to case; at most `limit`, by username, but first who is called just so. Where
    /// very many match, a store may leave out all but the first few hundred. What people look for each
    /// other with.
    fn search_accounts(
        &self,
        query: String,
        limit: usize,
    ) -> StoreFuture<'_, Result<Vec<Profile>, StoreError>>;

    /// Changes a profile and leaves [`ChangeKind::Profile`]; `None` if there is no such account.
    fn update_profile(
        &self,
        id: AccountId,
        update: ProfileUpdate,
    ) -> StoreFuture<'_, Result<Option<Account>, StoreError>>;

    /// Sets a new password hash and makes all tokens made before `valid_after` void, in one step,
    /// if the stored hash still is `current`; else changes nothing and gives `false`.
    fn change_password(
        &self,
        id: AccountId,
        current: PasswordHash,
        next: PasswordHash,
        valid_after: Timestamp,
    ) -> StoreFuture<'_, Result<bool, StoreError>>;

    /// Says until when a guest has a valid token, so that it is kept; never shortens.
    fn extend_guest(
        &self,
        id: AccountId,
        token_expires_at: Timestamp,
    ) -> StoreFuture<'_, Result<(), StoreError>>;

    /// Deletes up to `limit` guests whose last token ended before `ended_before`, and leaves
    /// [`ChangeKind::Deleted`] for each. Their messages stay, with their name; the username is free
    /// again, the id is not. Gives how many there were.
    fn delete_ended_guests(
        &self,
        ended_before: Timestamp,
        limit: usize,
    ) -> StoreFuture<'_, Result<usize, StoreError>>;

    /// How many accounts have which origin.
    fn count_accounts(&self, origin: Origin) -> StoreFuture<'_, Result<u64, StoreError>>;
}

/// The changes of rights, as a port. A row of them is never altered.
pub trait Changes: Send + Sync {
    /// Makes tokens void, and leaves [`ChangeKind::Revoked`], in one step. Repeating it is harmless.
    fn revoke(&self, revocation: Revocation) -> StoreFuture<'_, Result<(), StoreError>>;

    /// Whose token this is, by the account's id, and whether it was made void.
    fn bearer(
        &self,
        account: AccountId,
        token: TokenDigest,
    ) -> StoreFuture<'_, Result<Bearer, StoreError>>;

    /// The newest change's place, 0 before the first.
    fn newest_change(&self) -> StoreFuture<'_, Result<ChangeSeq, StoreError>>;

    /// The changes after `after`, oldest first, at most `limit`.
    fn changes_after(
        &self,
        after: ChangeSeq,
        limit: usize,
    ) -> StoreFuture<'_, Result<Vec<Change>, StoreError>>;

    /// Forgets revoked tokens that ended before `now`, and changes older than `changes_before`; at
    /// most `limit` rows of each. How many in all: fewer than `limit` means that none is left. The
    /// numbering goes on.
    fn forget_ended(
        &self,
        now: Timestamp,
        changes_before: Timestamp,
        limit: usize,
    ) -> StoreFuture<'_, Result<usize, StoreError>>;
}
