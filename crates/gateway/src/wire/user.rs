//! People.

use chat::identity::{AvatarUrl, Profile};
use chat::ids::AccountId;
use chat::name::DisplayName;
use serde::Serialize;
use utoipa::ToSchema;

/// What others see of somebody.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserBody<'a> {
    /// For ever the same.
    #[schema(example = "7")]
    id: &'a str,
    /// Unique in any spelling, guests included.
    #[schema(example = "ann")]
    username: &'a str,
    /// Shown in place of the username, where there is one.
    #[schema(required)]
    display_name: Option<&'a str>,
    /// A picture's address.
    #[schema(required)]
    avatar_url: Option<&'a str>,
    /// Whether this is a guest, and should be shown as one.
    is_guest: bool,
}

impl<'a> UserBody<'a> {
    /// Somebody of whom nothing but the id is known, which only a store that has lost the account
    /// leaves to do.
    pub(crate) fn lost(id: &'a AccountId) -> Self {
        let id = id.as_str();
        Self { id, username: id, display_name: None, avatar_url: None, is_guest: false }
    }
}

impl<'a> From<&'a Profile> for UserBody<'a> {
    fn from(profile: &'a Profile) -> Self {
        Self {
            id: profile.id.as_str(),
            username: profile.username.as_str(),
            display_name: profile.display_name.as_ref().map(DisplayName::as_str),
            avatar_url: profile.avatar_url.as_ref().map(AvatarUrl::as_str),
            is_guest: profile.is_guest,
        }
    }
}
