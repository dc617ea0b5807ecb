//! An account, and the parts of it.

use std::fmt;
use std::sync::Arc;

use crate::error::{Code, Coded};
use crate::ids::AccountId;
use crate::name::{DisplayName, Username};
use crate::time::Timestamp;

/// Where an account comes from, which decides what it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Registered here, with a password.
    Own,
    /// Registered here without a password: rooms and public channels only, and deleted some time
    /// after its last token has ended.
    Guest,
    /// Made on first sight of a host application's token.
    Host,
}

/// What others see of somebody. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The account's id, for ever.
    pub id: AccountId,
    /// Unique without regard to case, guests included.
    pub username: Username,
    /// Shown instead of the username where there is one.
    pub display_name: Option<DisplayName>,
    /// A picture's address.
    pub avatar_url: Option<AvatarUrl>,
    /// Whether this is a guest.
    pub is_guest: bool,
}

impl Profile {
    /// What people read: the display name, else the username.
    pub fn shown_name(&self) -> &str {
        self.display_name.as_ref().map_or_else(|| self.username.as_str(), DisplayName::as_str)
    }
}

/// An account as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What others see, shared by whoever shows it.
    pub profile: Arc<Profile>,
    /// Where it comes from.
    pub origin: Origin,
    /// `None` for guests and host accounts.
    pub password: Option<PasswordHash>,
    /// Tokens made before this moment are void.
    pub valid_after: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An argon2id hash in PHC notation. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(Arc<str>);

impl PasswordHash {
    /// Takes what the edge has hashed; it is not checked.
    pub fn new(phc: impl Into<Arc<str>>) -> Self {
        Self(phc.into())
    }

    /// The PHC text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PasswordHash(…)")
    }
}

/// The SHA-256 of a token's id: what is stored of a token, so that a stolen database opens no door.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// Takes a SHA-256.
    pub const fn new(sha256: [u8; 32]) -> Self {
        Self(sha256)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("TokenDigest(…)")
    }
}

/// A picture's address: `https`, at most 2,048 of the characters that an address may have (RFC 3986
/// §2). Whether it is shown is the page's business.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AvatarUrl(Arc<str>);

/// The most bytes in a picture's address.
pub const MAX_AVATAR_URL_BYTES: usize = 2_048;

/// A text that cannot be a picture's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`avatarUrl` must be an address that begins with `https://`, of at most 2048 characters.")]
pub struct AvatarUrlError;

impl Coded for AvatarUrlError {
    fn code(&self) -> Code {
        Code::InvalidPayload
    }
}

impl AvatarUrl {
    /// Takes an `https` address with a host.
    ///
    /// # Errors
    /// [`AvatarUrlError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, AvatarUrlError> {
        let rest = text.strip_prefix("https://").ok_or(AvatarUrlError)?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // User info would show one host and lead to another.
        if text.len() <= MAX_AVATAR_URL_BYTES
            && text.bytes().all(is_of_addresses)
            && !host.is_empty()
            && !host.contains('@')
        {
            Ok(Self(text.into()))
        } else {
            Err(AvatarUrlError)
        }
    }

    /// Takes what was checked before it was stored. It is not checked again: the rules may have
    /// become stricter since.
    pub fn stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reserved, unreserved, or the `%` of what is encoded.
fn is_of_addresses(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_https_and_nothing_else() {
        for (text, fits) in [
            ("https://example.org/a.png?x=1#y", true),
            ("https://example.org", true),
            ("http://example.org/a.png", false),
            ("https://", false),
            ("https:///a.png", false),
            ("https://good.example@evil.example/", false),
            ("https://example.org/a b", false),
            ("https://example.org/a'(b)*%20!$&+,;=~_[1]", true),
            ("https://example.org/\"onerror=x", false),
            ("https://example.org/<b>", false),
            ("https://example.org/a^b", false),
            ("https://example.org/a`b", false),
            ("https://example.org/{a|b}", false),
            ("https://example.org/ä", false),
            ("https://example.org\\@evil.example", false),
            ("javascript:alert(1)", false),
            ("", false),
            (&format!("https://e/{}", "a".repeat(2_038)), true),
            (&format!("https://e/{}", "a".repeat(2_039)), false),
        ] {
            assert_eq!(AvatarUrl::parse(text).is_ok(), fits, "{text}");
        }
    }

    #[test]
    fn secrets_do_not_show_in_a_log() {
        assert_eq!(format!("{:?}", PasswordHash::new("$argon2id$x")), "PasswordHash(…)");
        assert_eq!(format!("{:?}", TokenDigest::new([1; 32])), "TokenDigest(…)");
    }
}
