//! What a POST of long-polling carries (Engine.IO protocol v4, "Payload").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use crate::frame::RECORD_SEPARATOR;
use crate::packet::Malformed;

/// A packet of a body, decoded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// An Engine.IO packet with its type in front.
    Text(&'a str),
    /// A binary message: it was in base64, behind a `b`.
    Binary(Vec<u8>),
}

/// The packet at the start of a body, still encoded, and what comes behind its separator: `None`
/// after the last one. A body without a separator is one packet, also where it is empty.
pub(crate) fn split(body: &Bytes) -> (Bytes, Option<Bytes>) {
    match memchr::memchr(RECORD_SEPARATOR, body) {
        Some(end) => (body.slice(..end), Some(body.slice(end + 1..))),
        None => (body.clone(), None),
    }
}

/// Decodes what [`split`] found.
///
/// # Errors
/// Text that is not UTF-8, binary that is not base64 with its padding.
pub(crate) fn decode(packet: &[u8]) -> Result<Packet<'_>, Malformed> {
    match packet.split_first() {
        Some((b'b', encoded)) => {
            STANDARD.decode(encoded).map(Packet::Binary).map_err(|_| Malformed)
        }
        _ => simdutf8::basic::from_utf8(packet).map(Packet::Text).map_err(|_| Malformed),
    }
}
