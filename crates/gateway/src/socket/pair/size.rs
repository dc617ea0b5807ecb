//! How large pairing's events become, and what a socket's queue must therefore hold.

use chat::ids::MAX_ID_CHARS;
use chat::name::MAX_ALIAS_CHARS;
use chat::text::MAX_TEXT_CHARS;

/// A scalar value of a text or an alias in JSON: 4 bytes of UTF-8. What is escaped there (quote,
/// backslash, tab, newline) has 2, and other control characters are refused.
const CHAR_BYTES: usize = 4;
/// A scalar value of a `clientId` in JSON: a control character is `\u0000`.
const KEY_CHAR_BYTES: usize = 6;
/// What is left of a line: names of fields, ids, the time.
const LINE_FRAME_BYTES: usize = 256;
/// The largest line as JSON, an entry of `chat_history` and its comma: 16,768 bytes.
const MAX_LINE_BYTES: usize = CHAR_BYTES * (MAX_TEXT_CHARS + MAX_ALIAS_CHARS)
    + KEY_CHAR_BYTES * MAX_ID_CHARS
    + LINE_FRAME_BYTES;
/// Two rooms that waited are joined, and bring the lines of both.
const JOINED_ROOMS: usize = 2;
/// What may come with a history, or without one: a line's answer and the line itself, and a few
/// notices.
const BESIDE_BYTES: usize = 2 * MAX_LINE_BYTES + 4 * 1_024;

/// The least that the engine's queue of a socket must hold, in bytes: the largest `chat_history`, which
/// is one packet and goes out at once, and one more packet beside it. With less a legal conversation
/// would disconnect both partners.
pub const fn min_queue_bytes(waiting_lines: usize, max_payload_bytes: usize) -> usize {
    let history = JOINED_ROOMS.saturating_mul(waiting_lines).saturating_mul(MAX_LINE_BYTES);
    let beside = if max_payload_bytes > BESIDE_BYTES { max_payload_bytes } else { BESIDE_BYTES };
    history.saturating_add(beside)
}

#[cfg(test)]
mod tests {
    use chat::ids::{ClientId, NodeId, SocketId};
    use chat::name::Alias;
    use chat::pairing::{Command, NewLine, PairEvent, Pairing, PairingConfig, Seeker};
    use chat::text::Text;
    use chat::time::{Monotonic, Now, Timestamp};

    use super::super::wire;
    use super::*;
    use crate::SystemRandom;

    /// The text of the largest history that `waiting_lines` lines make.
    fn largest_history(waiting_lines: usize, text: &str, alias: &str, key: &str) -> String {
        let now = Now { mono: Monotonic::from_millis(0), wall: Timestamp::from_millis(u64::MAX) };
        let config = PairingConfig {
            max_waiting_lines: waiting_lines,
            ..PairingConfig::new(NodeId::new("test"))
        };
        let mut pairing = Pairing::new(config, Box::new(SystemRandom::new()));
        let ann = Seeker::stranger(SocketId::new("ann-ann-ann-ann-ann-"));
        let bob = Seeker::stranger(SocketId::new("bob-bob-bob-bob-bob-"));
        let alias = Some(Alias::parse(alias).unwrap());
        pairing.handle(&ann, Command::Start { alias }, now).unwrap();
        for line in 0..waiting_lines {
            // A key of its own for each line, as long as the given one.
            let key: String = key.chars().skip(3).chain(format!("{line:03}").chars()).collect();
            let line = NewLine {
                text: Text::parse(text).unwrap(),
                room: None,
                client_id: Some(ClientId::parse(&key).unwrap()),
            };
            pairing.handle(&ann, Command::Send(line), now).unwrap();
        }
        pairing.drain_effects();
        pairing.handle(&bob, Command::Start { alias: None }, now).unwrap();
        let history = pairing.drain_effects().find_map(|emit| {
            let is_history = matches!(emit.event, PairEvent::ChatHistory(_));
            is_history.then(|| serde_json::to_string(&wire::event(&emit.event).1).unwrap())
        });
        history.expect("a history")
    }

    #[test]
    fn no_history_is_larger_than_was_counted() {
        for char in ['\u{1f980}', '"', '\\', 'x'] {
            let text = char.to_string().repeat(MAX_TEXT_CHARS);
            let alias = char.to_string().repeat(MAX_ALIAS_CHARS);
            for key in ["\u{1f980}", "\u{1}", "k"] {
                let size = largest_history(50, &text, &alias, &key.repeat(MAX_ID_CHARS)).len();
                assert!(size <= 50 * MAX_LINE_BYTES, "{size} bytes of {char:?} and {key:?}");
            }
        }
        let (text, alias) =
            ("\u{1f980}".repeat(MAX_TEXT_CHARS), "\u{1f980}".repeat(MAX_ALIAS_CHARS));
        let size = largest_history(50, &text, &alias, &"\u{1}".repeat(MAX_ID_CHARS)).len();
        assert!(size > 50 * (MAX_LINE_BYTES - 128), "{size} bytes: the count is far too high");
    }
}
