//! What may be said: the text of a message.

use std::fmt;
use std::sync::Arc;

use crate::error::{Code, Coded};
use crate::visible::is_invisible;

/// The most scalar values in a message's text, after its line ends became LF: at most 16,000 bytes.
pub const MAX_TEXT_CHARS: usize = 4_000;

/// A message's text: 1 to [`MAX_TEXT_CHARS`] scalar values, lines ended by LF, not only whitespace and
/// characters that nobody sees, no control characters but tab and newline. Neither trimmed nor
/// normalised, and never HTML.
///
/// Cheap to clone. (Lone surrogates cannot be in a `str`: the edge refuses them when it decodes.)
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Text(Arc<str>);

/// Says how long the text is, not what it says: texts stay out of logs.
impl fmt::Debug for Text {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Text({} bytes)", self.0.len())
    }
}

/// A text that cannot be a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but whitespace and invisible characters, or nothing at all.
    #[error("The text is empty: write something before sending.")]
    Blank,
    /// NUL, or a control character other than tab and newline.
    #[error("The text holds a control character: remove everything but tabs and line ends.")]
    Control,
    /// More than [`MAX_TEXT_CHARS`].
    #[error("The text is longer than 4000 characters: send it in parts.")]
    TooLong,
}

impl Coded for TextError {
    fn code(&self) -> Code {
        match self {
            Self::Blank | Self::Control => Code::InvalidPayload,
            Self::TooLong => Code::TooLarge,
        }
    }
}

impl Text {
    /// Makes CRLF and CR into LF, and checks the rest.
    ///
    /// # Errors
    /// [`TextError`], of which [`TextError::TooLong`] is looked for first.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        // Line ends can halve the count, and a scalar value has at most 4 bytes: whatever is longer
        // than that is refused without being read.
        if raw.len() > 2 * 4 * MAX_TEXT_CHARS {
            return Err(TextError::TooLong);
        }
        let text: Arc<str> = if raw.contains('\r') {
            raw.replace("\r\n", "\n").replace('\r', "\n").into()
        } else {
            raw.into()
        };
        if text.chars().count() > MAX_TEXT_CHARS {
            return Err(TextError::TooLong);
        }
        if text.chars().any(|char| char.is_control() && char != '\t' && char != '\n') {
            return Err(TextError::Control);
        }
        if text.chars().all(|char| char.is_whitespace() || is_invisible(char)) {
            return Err(TextError::Blank);
        }
        Ok(Self(text))
    }

    /// Takes what was checked before it was stored. It is not checked again: the rules may have
    /// become stricter since.
    pub fn stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_taken_as_it_is_or_refused_with_a_reason() {
        let long = "🦀".repeat(4_000);
        let lines = "\r\n".repeat(3_999) + "x";
        for (raw, expected) in [
            ("hello", Ok("hello")),
            ("  not trimmed \n", Ok("  not trimmed \n")),
            ("a\r\nb\rc\n\r\n", Ok("a\nb\nc\n\n")),
            ("tab\there", Ok("tab\there")),
            ("<b>no HTML</b>", Ok("<b>no HTML</b>")),
            ("e\u{301}", Ok("e\u{301}")),
            ("👩\u{200d}👧", Ok("👩\u{200d}👧")),
            (&long, Ok(&*long)),
            (&lines, Ok(&*("\n".repeat(3_999) + "x"))),
            ("", Err(TextError::Blank)),
            (" \t\r\n\u{a0}\u{3000}", Err(TextError::Blank)),
            ("a\0b", Err(TextError::Control)),
            ("\u{1b}[31m", Err(TextError::Control)),
            ("\u{7f}", Err(TextError::Control)),
            ("a\u{85}b", Err(TextError::Control)),
            (&(long.clone() + "x"), Err(TextError::TooLong)),
            (&" ".repeat(4_001), Err(TextError::TooLong)),
            (&"x".repeat(1_000_000), Err(TextError::TooLong)),
        ] {
            assert_eq!(Text::parse(raw).as_ref().map(Text::as_str), expected.as_ref().copied());
        }
    }

    #[test]
    fn a_text_of_what_nobody_sees_is_blank_and_in_another_it_stays() {
        for char in "\u{ad}\u{200b}\u{200e}\u{2028}\u{2060}\u{2800}\u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{e0041}"
            .chars()
        {
            for blank in [format!("{char}"), format!(" {char}\n{char}\t")] {
                assert_eq!(Text::parse(&blank), Err(TextError::Blank), "{blank:?}");
            }
            let text = format!("{char}a{char}");
            assert_eq!(Text::parse(&text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_text_does_not_show_in_a_log() {
        assert_eq!(format!("{:?}", Text::parse("secret")), "Ok(Text(6 bytes))");
    }

    #[test]
    fn too_long_is_too_large_and_the_rest_is_invalid() {
        assert_eq!(TextError::TooLong.code(), Code::TooLarge);
        assert_eq!(TextError::Blank.code(), Code::InvalidPayload);
        assert_eq!(TextError::Control.code(), Code::InvalidPayload);
    }
}
