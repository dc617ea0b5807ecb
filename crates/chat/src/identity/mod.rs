//! Who somebody is: accounts, own ones, guests and a host application's.
//!
//! Passwords and tokens are the edge's: the domain only knows a password's hash as an opaque text and
//! a token's id as a digest, and neither ever shows in a log.

mod account;
mod block;
mod people;
mod store;

pub use account::{
    Account, AvatarUrl, AvatarUrlError, MAX_AVATAR_URL_BYTES, Origin, PasswordHash, Profile,
    TokenDigest,
};
pub use block::{Block, Blocks};
pub use people::{People, PeopleCursor};
pub use store::{
    Accounts, Bearer, Change, ChangeKind, ChangeSeq, Changes, CreateError, HostAccount, NewAccount,
    ProfileUpdate, Revocation,
};
