//! How people are called.

use std::fmt;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

use crate::error::{Code, Coded};
use crate::visible::{is_emoji_selector, is_invisible};

/// The most scalar values in an alias: at most 128 bytes.
pub const MAX_ALIAS_CHARS: usize = 32;

/// The most scalar values in a username: at most 128 bytes.
pub const MAX_USERNAME_CHARS: usize = 32;

/// The most scalar values in a display name: at most 256 bytes.
pub const MAX_DISPLAY_NAME_CHARS: usize = 64;

/// What a stranger is called who gave no name.
pub const DEFAULT_ALIAS: &str = "Stranger";

/// A name for one pair chat: 1 to [`MAX_ALIAS_CHARS`] visible scalar values, without whitespace
/// around them. Not unique, and never an account's name. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Alias(Arc<str>);

/// A text that cannot be a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing, or nothing but whitespace.
    #[error("The name is empty: give one, or none at all.")]
    Blank,
    /// Longer than the bound, in scalar values.
    #[error("The name is longer than {0} characters: choose a shorter one.")]
    TooLong(usize),
    /// A control, bidirectional or invisible character. (A name without one has a character that is
    /// seen, since it is not empty when its whitespace is gone.)
    #[error("The name holds an invisible or text-direction character: remove it.")]
    Unseen,
}

impl Coded for NameError {
    fn code(&self) -> Code {
        Code::InvalidPayload
    }
}

impl Alias {
    /// Removes the whitespace around the name, and checks the rest.
    ///
    /// # Errors
    /// [`NameError`] says what is wrong with it.
    pub fn parse(raw: &str) -> Result<Self, NameError> {
        parse_name(raw, MAX_ALIAS_CHARS).map(|name| Self(name.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Alias {
    fn default() -> Self {
        Self(DEFAULT_ALIAS.into())
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// An account's name to sign in with: 1 to [`MAX_USERNAME_CHARS`] visible scalar values, without
/// whitespace around them. Kept as it was written; unique by its [`Username::folded`] form. Cheap to
/// clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Username(Arc<str>);

impl Username {
    /// Removes the whitespace around the name, and checks the rest.
    ///
    /// # Errors
    /// [`NameError`] says what is wrong with it.
    pub fn parse(raw: &str) -> Result<Self, NameError> {
        parse_name(raw, MAX_USERNAME_CHARS).map(|name| Self(name.into()))
    }

    /// Takes what was checked before it was stored. It is not checked again: the rules may have
    /// become stricter since.
    pub fn stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two spellings of one name have in common: without what nobody sees and with one space
    /// where there are several, NFKC (Unicode Standard Annex 15), then without regard to case, then
    /// NFKC again, since case can undo it. Never shown.
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

/// See [`Username::folded`]; also for what people search names by.
pub fn fold(name: &str) -> String {
    let seen = name.chars().filter(|char| !is_invisible(*char));
    // Up first: `ß` and `ẞ` both become `SS`, and all three sigmas one.
    let cased = seen.nfkc().collect::<String>().to_uppercase().to_lowercase();
    let mut before = None;
    cased.nfkc().filter(|&char| before.replace(char) != Some(' ') || char != ' ').collect()
}

/// What an account is shown as: 1 to [`MAX_DISPLAY_NAME_CHARS`] visible scalar values, without
/// whitespace around them. Not unique. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DisplayName(Arc<str>);

impl DisplayName {
    /// Removes the whitespace around the name, and checks the rest.
    ///
    /// # Errors
    /// [`NameError`] says what is wrong with it.
    pub fn parse(raw: &str) -> Result<Self, NameError> {
        parse_name(raw, MAX_DISPLAY_NAME_CHARS).map(|name| Self(name.into()))
    }

    /// The name that is nearest to a text from elsewhere: without what may not stand in a name, cut
    /// to its length. `None` if nothing is left.
    pub fn mend(raw: &str) -> Option<Self> {
        let mut before = None;
        let mended: String = raw
            .trim_start()
            .chars()
            // What nobody sees is looked through, but not without end.
            .take(8 * MAX_DISPLAY_NAME_CHARS)
            .map(|char| if char.is_whitespace() { ' ' } else { char })
            .filter(|&char| may_follow(before.replace(char), char))
            .take(MAX_DISPLAY_NAME_CHARS)
            .collect();
        Self::parse(&mended).ok()
    }

    /// Takes what was checked before it was stored. It is not checked again: the rules may have
    /// become stricter since.
    pub fn stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

pub(crate) fn parse_name(raw: &str, max_chars: usize) -> Result<&str, NameError> {
    let name = raw.trim();
    if name.is_empty() {
        return Err(NameError::Blank);
    }
    // A scalar value has at most 4 bytes: a long name is refused without being read.
    if name.len() > 4 * max_chars || name.chars().count() > max_chars {
        return Err(NameError::TooLong(max_chars));
    }
    if hides_something(name) { Err(NameError::Unseen) } else { Ok(name) }
}

/// Whether a name holds what cannot be seen: a control, or an invisible character.
fn hides_something(name: &str) -> bool {
    let mut before = None;
    name.chars().any(|char| !may_follow(before.replace(char), char))
}

/// Whether `char` may stand behind `before` in a name: it is seen, or chooses how an emoji is drawn.
fn may_follow(before: Option<char>, char: char) -> bool {
    let is_visible = !char.is_control() && !is_invisible(char);
    is_visible || is_emoji_selector(before, char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_trimmed_and_bounded() {
        let longest = "é".repeat(32);
        for (raw, expected) in [
            ("Ann", Ok("Ann")),
            ("  Ann Lee\t", Ok("Ann Lee")),
            ("李", Ok("李")),
            ("I ❤\u{fe0f} Rust", Ok("I ❤\u{fe0f} Rust")),
            (&longest, Ok(&*longest)),
            (&format!(" {longest} "), Ok(&*longest)),
            ("", Err(NameError::Blank)),
            (" \n\u{3000}", Err(NameError::Blank)),
            (&"x".repeat(33), Err(NameError::TooLong(32))),
            (&"x".repeat(1_000_000), Err(NameError::TooLong(32))),
        ] {
            assert_eq!(Alias::parse(raw).as_ref().map(Alias::as_str), expected.as_ref().copied());
        }
    }

    #[test]
    fn what_cannot_be_seen_is_refused_in_a_name() {
        for char in
            "\0\n\t\u{7f}\u{85}\u{ad}\u{61c}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2028}\
                     \u{2029}\u{202a}\u{202e}\u{2060}\u{2066}\u{2069}\u{3164}\u{feff}\u{e0041}"
                .chars()
        {
            assert_eq!(Alias::parse(&format!("a{char}b")), Err(NameError::Unseen), "{char:?}");
        }
    }

    #[test]
    fn a_name_cannot_be_made_of_what_nobody_sees() {
        for char in
            "\u{ad}\u{34f}\u{115f}\u{1160}\u{180b}\u{180f}\u{200b}\u{200d}\u{2060}\u{2064}\u{2800}\
             \u{3164}\u{fe00}\u{fe0e}\u{fe0f}\u{feff}\u{ffa0}\u{e0000}\u{e007f}\u{e0100}\u{e01ef}"
                .chars()
        {
            for name in [format!("{char}"), format!(" {char} {char} "), format!("{char}a")] {
                assert_eq!(Alias::parse(&name), Err(NameError::Unseen), "{name:?}");
            }
        }
    }

    /// The page reads the same list: what it takes, the server takes.
    #[test]
    fn names_are_taken_and_refused_as_the_page_does() {
        let listed: serde_json::Value = serde_json::from_str(include_str!("names.json")).unwrap();
        let names = |key: &str| -> Vec<String> {
            listed[key]
                .as_array()
                .unwrap()
                .iter()
                .map(|name| name.as_str().unwrap().to_owned())
                .collect()
        };
        for name in names("taken") {
            assert_eq!(Username::parse(&name).unwrap().as_str(), name);
        }
        for name in names("unseen") {
            assert_eq!(Username::parse(&name), Err(NameError::Unseen), "{name:?}");
        }
    }

    #[test]
    fn nobody_is_called_like_another_but_for_what_is_not_seen() {
        for (twin, name) in [
            ("ada\u{fe0f}", "ada"),
            ("❤\u{fe0f} Ann", "❤ ann"),
            ("❤\u{fe0e}", "❤"),
            ("1\u{fe0f}", "1"),
            ("a\u{34f}d\u{e0100}a\u{3164}", "ada"),
            ("Ada  Lee", "ada lee"),
            ("Ada \u{2003}\u{a0}Lee", "ada lee"),
        ] {
            assert_eq!(fold(twin), name, "{twin:?}");
        }
    }

    #[test]
    fn nobody_in_particular_is_a_stranger() {
        assert_eq!(Alias::default().as_str(), "Stranger");
        assert_eq!(Alias::parse(DEFAULT_ALIAS), Ok(Alias::default()));
    }

    #[test]
    fn spellings_of_one_username_fold_to_one() {
        for (one, other) in [
            ("Ann", "aNN"),
            ("ＡＮＮ", "ann"),
            ("José", "JOSE\u{301}"),
            ("STRASSE", "straße"),
            ("ΟΔΟΣ", "οδοσ"),
            ("ﬁsh", "FISH"),
            ("Ⅷ", "viii"),
            ("K", "k"),
        ] {
            let folded = |name| Username::parse(name).unwrap().folded();
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        assert_ne!(fold("ann"), fold("anna"));
        assert_eq!(Username::parse(" Ann ").unwrap().as_str(), "Ann");
    }

    #[test]
    fn a_name_from_elsewhere_is_mended() {
        let long = "é".repeat(70);
        for (raw, expected) in [
            ("Ann Lee", Some("Ann Lee")),
            (" \nAnn\tLee\r\n", Some("Ann Lee")),
            ("a\u{202e}b\u{200b}c\0d", Some("abcd")),
            ("❤\u{fe0f}\u{fe0f} \u{fe0f}x", Some("❤\u{fe0f} x")),
            (&*long, Some(&*"é".repeat(64))),
            (&*format!("{}a", "\u{200b}".repeat(600)), None),
            ("", None),
            (" \u{200b}\u{2800} ", None),
        ] {
            let mended = DisplayName::mend(raw);
            assert_eq!(mended.as_ref().map(DisplayName::as_str), expected, "{raw:?}");
        }
    }

    #[test]
    fn names_of_accounts_are_bounded() {
        assert!(Username::parse(&"é".repeat(32)).is_ok());
        assert_eq!(Username::parse(&"é".repeat(33)), Err(NameError::TooLong(32)));
        assert!(DisplayName::parse(&"é".repeat(64)).is_ok());
        assert_eq!(DisplayName::parse(&"é".repeat(65)), Err(NameError::TooLong(64)));
        assert_eq!(DisplayName::parse("a\u{202e}b"), Err(NameError::Unseen));
    }
}
