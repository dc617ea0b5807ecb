//! What is sent and answered.

use chat::error::Code;
use chat::identity::{AvatarUrl, Profile};
use chat::name::DisplayName;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::WireError;
use crate::http::body::present;

/// The fewest and the most characters of a password. What is refused for its length is never hashed.
const PASSWORD_CHARS: (usize, usize) = (8, 128);

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Registration {
    /// 1 to 32 visible characters, free in any spelling.
    #[schema(example = "ann")]
    pub(super) username: String,
    /// 8 to 128 characters.
    #[schema(example = "correct horse battery")]
    pub(super) password: String,
    /// 1 to 64 visible characters; shown in place of the username.
    pub(super) display_name: Option<String>,
}

/// A name and its password.
#[derive(Deserialize, ToSchema)]
pub(super) struct Credentials {
    /// The account's username, in any spelling.
    #[schema(example = "ann")]
    pub(super) username: String,
    /// Its password.
    #[schema(example = "correct horse battery")]
    pub(super) password: String,
}

/// A guest.
#[derive(Deserialize, ToSchema)]
pub(super) struct GuestName {
    /// 1 to 32 visible characters, free in any spelling.
    #[schema(example = "visitor")]
    pub(super) username: String,
}

/// What of a profile changes. What is absent stays, what is `null` is taken away.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::option_option, reason = "absent, `null` and there are three things")]
pub(super) struct ProfileChange {
    /// 1 to 64 visible characters.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub(super) display_name: Option<Option<String>>,
    /// A picture's address, which begins with `https://`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub(super) avatar_url: Option<Option<String>>,
}

/// The password as it is, and as it shall be.
#[derive(Deserialize, ToSchema)]
pub(super) struct PasswordChange {
    /// The present password.
    pub(super) current: String,
    /// 8 to 128 characters.
    pub(super) next: String,
}

/// What others see of somebody.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    /// For ever the same.
    #[schema(example = "7")]
    id: String,
    /// Unique in any spelling, guests included.
    #[schema(example = "ann")]
    username: String,
    /// Shown in place of the username, where there is one.
    #[schema(required)]
    display_name: Option<String>,
    /// A picture's address.
    #[schema(required)]
    avatar_url: Option<String>,
    /// Whether this is a guest, and should be shown as one.
    is_guest: bool,
}

impl User {
    pub(super) fn new(profile: &Profile) -> Self {
        Self {
            id: profile.id.to_string(),
            username: profile.username.as_str().to_owned(),
            display_name: profile.display_name.as_ref().map(|name| name.as_str().to_owned()),
            avatar_url: profile.avatar_url.as_ref().map(|url| url.as_str().to_owned()),
            is_guest: profile.is_guest,
        }
    }
}

/// A fresh token, and whose it is.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenAndUser {
    /// To be sent as `Authorization: Bearer`, or as `auth: {token}` of a socket.
    pub(super) token: String,
    pub(super) user: User,
}

/// A fresh token.
#[derive(Serialize, ToSchema)]
pub(super) struct Token {
    /// To be sent as `Authorization: Bearer`, or as `auth: {token}` of a socket.
    pub(super) token: String,
}

/// A fresh token; every earlier one is void.
#[derive(Serialize, ToSchema)]
pub(super) struct PasswordChanged {
    /// Always `true`.
    pub(super) success: bool,
    /// The only token that is left.
    pub(super) token: String,
}

/// One account.
#[derive(Serialize, ToSchema)]
pub(super) struct OneUser {
    pub(super) user: User,
}

/// Some accounts.
#[derive(Serialize, ToSchema)]
pub(super) struct Users {
    pub(super) users: Vec<User>,
}

/// It is done.
#[derive(Serialize, ToSchema)]
pub(super) struct Done {
    /// Always `true`.
    pub(super) success: bool,
}

/// A password that may become somebody's.
///
/// # Errors
/// `invalid_payload` for another length than 8 to 128 characters.
pub(super) fn new_password(field: &str, password: String) -> Result<String, WireError> {
    let (min, max) = PASSWORD_CHARS;
    // A character has at most 4 bytes: a long text is refused without being read.
    if password.len() <= 4 * max && (min..=max).contains(&password.chars().count()) {
        return Ok(password);
    }
    let message = format!("`{field}` must have {min} to {max} characters.");
    Err(WireError::new(Code::InvalidPayload, message))
}

/// A password that might be somebody's: not longer than one can be, so that nobody pays for hashing
/// it.
///
/// # Errors
/// `invalid_payload` for one of more than 128 characters.
pub(super) fn given_password(field: &str, password: String) -> Result<String, WireError> {
    let (_, max) = PASSWORD_CHARS;
    if password.len() <= 4 * max && password.chars().count() <= max {
        return Ok(password);
    }
    let message =
        format!("`{field}` is longer than any password: it has {max} characters at most.");
    Err(WireError::new(Code::InvalidPayload, message))
}

/// A display name, where there is one.
pub(super) fn display_name(text: Option<String>) -> Result<Option<DisplayName>, WireError> {
    Ok(text.map(|text| DisplayName::parse(&text)).transpose()?)
}

/// A picture's address, where there is one.
pub(super) fn avatar_url(text: Option<String>) -> Result<Option<AvatarUrl>, WireError> {
    Ok(text.map(|text| AvatarUrl::parse(&text)).transpose()?)
}
