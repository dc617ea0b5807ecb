//! Frames: one outgoing Engine.IO packet, encoded once and shared by every listener.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

const FIN_TEXT: u8 = 0x81;
const FIN_BINARY: u8 = 0x82;
const FIN_CLOSE: u8 = 0x88;
const FIN_PONG: u8 = 0x8A;

/// The longest head of an unmasked WebSocket frame (RFC 6455 §5.2).
pub(crate) const MAX_HEAD: usize = 10;

/// What a frame costs in a queue beside its bytes: its place there (40 bytes) and a share of its
/// allocation. Without it a queue of the shortest frames would hold twenty times what it counts.
const OVERHEAD_BYTES: usize = 64;

/// Separates the packets of a long-polling body (Engine.IO protocol v4, "Payload").
pub(crate) const RECORD_SEPARATOR: u8 = 0x1E;

/// An unmasked WebSocket frame. A server's frames are not masked, so the same bytes serve every
/// WebSocket, and long-polling takes them without their head.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    bytes: Bytes,
    head_len: u8,
}

impl Frame {
    /// A text frame from a buffer whose first [`MAX_HEAD`] bytes are left for the head.
    pub(crate) fn text(buffer: Vec<u8>) -> Self {
        Self::from_buffer(buffer, FIN_TEXT)
    }

    /// A binary frame.
    pub(crate) fn binary(payload: &[u8]) -> Self {
        let mut buffer = Vec::with_capacity(MAX_HEAD + payload.len());
        buffer.resize(MAX_HEAD, 0);
        buffer.extend_from_slice(payload);
        Self::from_buffer(buffer, FIN_BINARY)
    }

    /// A text frame that never changes.
    pub(crate) fn copied(payload: &[u8]) -> Self {
        let mut buffer = vec![0; MAX_HEAD];
        buffer.extend_from_slice(payload);
        Self::text(buffer)
    }

    /// The answer to a WebSocket ping (RFC 6455 §5.5.3); `payload` is at most 125 bytes.
    pub(crate) fn pong(payload: &[u8]) -> Self {
        let mut buffer = vec![0; MAX_HEAD];
        buffer.extend_from_slice(payload);
        Self::from_buffer(buffer, FIN_PONG)
    }

    /// A WebSocket close frame (RFC 6455 §5.5.1).
    pub(crate) fn close(code: u16) -> Self {
        let mut buffer = vec![0; MAX_HEAD];
        buffer.extend_from_slice(&code.to_be_bytes());
        Self::from_buffer(buffer, FIN_CLOSE)
    }

    fn from_buffer(mut buffer: Vec<u8>, first: u8) -> Self {
        let len = buffer.len() - MAX_HEAD;
        let mut head = [first; MAX_HEAD];
        let head_len = if let Ok(short @ 0..=125) = u8::try_from(len) {
            head[1] = short;
            2
        } else if let Ok(medium) = u16::try_from(len) {
            head[1] = 126;
            head[2..4].copy_from_slice(&medium.to_be_bytes());
            4
        } else {
            head[1] = 127;
            head[2..10].copy_from_slice(&(len as u64).to_be_bytes());
            10
        };
        let start = MAX_HEAD - head_len;
        buffer[start..MAX_HEAD].copy_from_slice(&head[..head_len]);
        let bytes = Bytes::from(buffer).slice(start..);
        #[expect(clippy::cast_possible_truncation, reason = "2, 4 or 10")]
        let head_len = head_len as u8;
        Self { bytes, head_len }
    }

    /// The frame as it goes over a WebSocket.
    pub(crate) fn wire(&self) -> &[u8] {
        &self.bytes
    }

    /// Its size on a WebSocket.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// What it counts against the bound of a queue.
    pub(crate) fn cost(&self) -> usize {
        self.bytes.len() + OVERHEAD_BYTES
    }

    /// Whether it means something only over a WebSocket.
    pub(crate) fn is_control(&self) -> bool {
        self.bytes[0] & 0x08 != 0
    }

    /// Its payload: the Engine.IO packet.
    pub(crate) fn payload(&self) -> &[u8] {
        &self.bytes[usize::from(self.head_len)..]
    }

    /// Appends the packet to a long-polling body: binary as base64 behind a `b`.
    pub(crate) fn append_to_body(&self, body: &mut Vec<u8>) {
        if self.is_control() {
            return;
        }
        if !body.is_empty() {
            body.push(RECORD_SEPARATOR);
        }
        if self.bytes[0] == FIN_BINARY {
            body.push(b'b');
            body.extend_from_slice(STANDARD.encode(self.payload()).as_bytes());
        } else {
            body.extend_from_slice(self.payload());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_fits_its_length() {
        for (len, head) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let payload = vec![b'x'; len];
            let frame = Frame::copied(&payload);
            assert_eq!(frame.len(), len + head, "length {len}");
            assert_eq!(frame.payload(), payload);
            assert_eq!(frame.wire()[0], FIN_TEXT);
        }
    }

    #[test]
    fn a_body_separates_packets_and_encodes_binary() {
        let mut body = Vec::new();
        Frame::copied(b"4hello").append_to_body(&mut body);
        Frame::pong(b"").append_to_body(&mut body);
        Frame::binary(&[1, 2, 3, 4]).append_to_body(&mut body);
        assert_eq!(body, b"4hello\x1ebAQIDBA==");
    }
}
