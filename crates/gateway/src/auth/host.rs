//! What a host application's token says of its user, within this server's rules: a name that breaks
//! them is mended, never a reason to turn somebody away.

use chat::identity::{AvatarUrl, HostAccount, Profile};
use chat::name::{DisplayName, MAX_USERNAME_CHARS, Username};
use chat::time::Timestamp;

use super::token::Claims;

/// `name` becomes the display name, `picture` the picture if it is an `https` address, and
/// `preferred_username` the username; where that cannot be one, `sub` is, cut to its length. A token
/// without `name` or `picture` says nothing of them: they stay as they are `stored`.
pub(super) fn account(claims: Claims, stored: Option<&Profile>, seen_at: Timestamp) -> HostAccount {
    let Claims { subject, name, picture, preferred_username, .. } = claims;
    let wished = preferred_username.and_then(|name| Username::parse(&name).ok());
    HostAccount {
        username: wished.unwrap_or_else(|| username_of(subject.as_str())),
        display_name: match name {
            Some(name) => DisplayName::mend(&name),
            None => stored.and_then(|stored| stored.display_name.clone()),
        },
        avatar_url: match picture {
            Some(url) => AvatarUrl::parse(&url).ok(),
            None => stored.and_then(|stored| stored.avatar_url.clone()),
        },
        id: subject,
        seen_at,
    }
}

/// Whether what is stored is what the token says.
pub(super) fn is_same(stored: &Profile, said: &HostAccount) -> bool {
    stored.display_name == said.display_name && stored.avatar_url == said.avatar_url
}

fn username_of(subject: &str) -> Username {
    let cut = &subject[..subject.len().min(MAX_USERNAME_CHARS)];
    Username::parse(cut).expect("an account's id is visible ASCII")
}

#[cfg(test)]
mod tests {
    use chat::ids::AccountId;

    use super::*;

    #[test]
    fn a_profile_is_mended_and_never_refused() {
        let long = "x".repeat(64);
        for (sub, preferred, name, picture, expected) in [
            ("7", None, None, None, ("7", None, None)),
            (&*long, None, None, None, (&long[..32], None, None)),
            ("a|1", Some("Ann"), Some(" Ann Lee "), None, ("Ann", Some("Ann Lee"), None)),
            ("a|1", Some("a\u{202e}b"), Some("a\u{202e}b"), None, ("a|1", Some("ab"), None)),
            ("a|1", Some(&*long), Some(""), Some("http://x/y.png"), ("a|1", None, None)),
            (
                "a",
                Some(" "),
                Some("\u{200b}"),
                Some("https://x/y"),
                ("a", None, Some("https://x/y")),
            ),
        ] {
            let claims = Claims {
                subject: AccountId::parse(sub).unwrap(),
                expires_at: Timestamp::from_millis(0),
                issued_at: Timestamp::from_millis(0),
                name: name.map(str::to_owned),
                picture: picture.map(str::to_owned),
                preferred_username: preferred.map(str::to_owned),
            };
            let made = account(claims, None, Timestamp::from_millis(5));
            let got = (
                made.username.as_str(),
                made.display_name.as_ref().map(DisplayName::as_str),
                made.avatar_url.as_ref().map(AvatarUrl::as_str),
            );
            assert_eq!(got, expected, "{sub} {preferred:?} {name:?} {picture:?}");
            assert_eq!((made.id.as_str(), made.seen_at.as_millis()), (sub, 5));
        }
    }
}
