//! How people are called.

use std::fmt;
use std::sync::Arc;

use crate::error::{Code, Coded};

/// The most scalar values in an alias: at most 128 bytes.
pub const MAX_ALIAS_CHARS: usize = 32;

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
    /// A control, bidirectional or invisible character.
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

fn parse_name(raw: &str, max_chars: usize) -> Result<&str, NameError> {
    let name = raw.trim();
    if name.is_empty() {
        return Err(NameError::Blank);
    }
    // A scalar value has at most 4 bytes: a long name is refused without being read.
    if name.len() > 4 * max_chars || name.chars().count() > max_chars {
        return Err(NameError::TooLong(max_chars));
    }
    if name.chars().any(is_unseen) { Err(NameError::Unseen) } else { Ok(name) }
}

/// Whether a character can make a name look like another one, or like none: controls, line and
/// paragraph ends, bidirectional controls (Unicode TR #9 §2), zero-width characters, fillers and tags.
///
/// Variation selectors are allowed: they choose how an emoji is drawn.
fn is_unseen(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
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
    fn nobody_in_particular_is_a_stranger() {
        assert_eq!(Alias::default().as_str(), "Stranger");
        assert_eq!(Alias::parse(DEFAULT_ALIAS), Ok(Alias::default()));
    }
}
