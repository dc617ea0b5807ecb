//! The moment at which a message was to be sent, written into its text, so that whoever receives it
//! knows its age without parsing anything.

use std::io::Write;

use memchr::memmem;

/// What the moment stands behind. No name, id or filler of a message holds it.
const MARK: &[u8] = b"~~";
/// Nanoseconds as 16 hexadecimal digits.
const DIGITS: usize = 16;
/// The shortest text that carries a moment, in bytes.
pub(crate) const MIN_TEXT: usize = MARK.len() + DIGITS;

/// Writes a text of `size` bytes (at least [`MIN_TEXT`]) that needs no escaping in JSON.
pub(crate) fn write(out: &mut Vec<u8>, scheduled_ns: u64, size: usize) {
    out.extend_from_slice(MARK);
    // Writing into a `Vec` cannot fail.
    let _ = write!(out, "{scheduled_ns:016x}");
    out.resize(out.len() + size.saturating_sub(MIN_TEXT), b'.');
}

/// The moment in a message, `None` if there is none. `hint` is where the last one was found: the
/// messages of a run look alike, so that searching is seldom needed.
pub(crate) fn find(message: &[u8], hint: &mut usize) -> Option<u64> {
    let is_there = message.get(*hint..).is_some_and(|rest| rest.starts_with(MARK));
    if !is_there {
        *hint = memmem::find(message, MARK)?;
    }
    let start = *hint + MARK.len();
    let digits = message.get(start..start + DIGITS)?;
    digits.iter().try_fold(0, |value, digit| Some(value << 4 | u64::from(hex(*digit)?)))
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_found_wherever_it_stands() {
        let mut hint = 0;
        for (prefix, moment) in [("[\"x\",{\"text\":\"", 0), ("[\"x\",\"", u64::MAX), ("", 77)] {
            let mut message = prefix.as_bytes().to_vec();
            write(&mut message, moment, 64);
            assert_eq!(message.len(), prefix.len() + 64);
            assert_eq!(find(&message, &mut hint), Some(moment));
            assert_eq!(hint, prefix.len());
            assert_eq!(find(&message, &mut hint), Some(moment));
        }
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for message in ["", "[\"user_joined\",{}]", "~~", "~~012345678", "~~0123456789abcdeX"] {
            assert_eq!(find(message.as_bytes(), &mut 5), None, "{message}");
        }
    }
}
