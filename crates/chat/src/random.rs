//! Randomness, as it is given to the domain.

use std::sync::Arc;

/// The port to the dice. In production it must be a cryptographically secure generator: room ids and
/// masks are unguessable only if it is. In tests it is seeded.
pub trait Random: Send {
    /// Fills `bytes` with random bytes.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// Random bytes in a token: 120 bits, so that no token is ever guessed or met twice.
const TOKEN_BYTES: usize = 15;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// `prefix` and 20 random characters of `A-Z a-z 0-9 - _`: the length and alphabet of a socket id.
pub(crate) fn token(prefix: &str, random: &mut dyn Random) -> Arc<str> {
    let mut bytes = [0; TOKEN_BYTES];
    random.fill(&mut bytes);
    let mut text = String::with_capacity(prefix.len() + TOKEN_BYTES / 3 * 4);
    text.push_str(prefix);
    for three in bytes.chunks_exact(3) {
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for shift in [18, 12, 6, 0] {
            text.push(char::from(ALPHABET[(bits >> shift & 63) as usize]));
        }
    }
    text.into()
}
