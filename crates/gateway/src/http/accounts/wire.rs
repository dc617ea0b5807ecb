//! What is sent and answered.

use chat::error::Code;
use chat::identity::AvatarUrl;
use chat::name::DisplayName;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::WireError;
use crate::http::body::present;
use crate::wire::UserBody;

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

/// A fresh token, and whose it is.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenAndUser<'a> {
    /// To be sent as `Authorization: Bearer`, or as `auth: {token}` of a socket.
    pub(super) token: String,
    pub(super) user: UserBody<'a>,
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
pub(super) struct OneUser<'a> {
    pub(super) user: UserBody<'a>,
}

/// Some accounts.
#[derive(Serialize, ToSchema)]
pub(super) struct Users<'a> {
    pub(super) users: Vec<UserBody<'a>>,
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
