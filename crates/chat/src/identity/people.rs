//! Lists of people, in pages.

use std::fmt;

use super::account::Profile;
use crate::cursor::{CursorError, parse_number};

/// A page of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct People {
    /// In the order of the list.
    pub profiles: Vec<Profile>,
    /// Where to go on; `None` if this is the end.
    pub next: Option<PeopleCursor>,
}

/// The last place of a page of people, in an order that only its store knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PeopleCursor(pub u64);

impl PeopleCursor {
    /// Takes what [`PeopleCursor`]'s `Display` wrote.
    ///
    /// # Errors
    /// [`CursorError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, CursorError> {
        parse_number(text).map(Self)
    }
}

impl fmt::Display for PeopleCursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_a_number_in_one_spelling() {
        for number in [0, 7, u64::MAX] {
            let cursor = PeopleCursor(number);
            assert_eq!(PeopleCursor::parse(&cursor.to_string()), Ok(cursor));
        }
        for text in ["", "07", "+7", "-7", "7 ", "x", "18446744073709551616"] {
            assert_eq!(PeopleCursor::parse(text), Err(CursorError), "{text}");
        }
    }
}
