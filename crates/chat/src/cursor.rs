//! What the cursors of lists have in common.

use crate::error::{Code, Coded};

/// A text that no page gave as its cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This is no `cursor` of this list: use the `nextCursor` of its last page.")]
pub struct CursorError;

impl Coded for CursorError {
    fn code(&self) -> Code {
        Code::InvalidPayload
    }
}

/// A decimal number as `Display` writes it: one spelling for each.
pub(crate) fn parse_number(text: &str) -> Result<u64, CursorError> {
    let number: u64 = text.parse().map_err(|_| CursorError)?;
    if number.to_string() == text { Ok(number) } else { Err(CursorError) }
}
