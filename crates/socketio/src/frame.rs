//! Frames: one outgoing Engine.IO packet, encoded once and shared by every listener.

use std::cell::Cell;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const FIN_TEXT: u8 = 0x81;
const FIN_BINARY: u8 = 0x82;
const FIN_CLOSE: u8 = 0x88;
const FIN_PONG: u8 = 0x8A;

/// The longest head of an unmasked WebSocket frame (RFC 6455 §5.2).
pub(crate) const MAX_HEAD: usize = 10;

/// What a frame costs beside its bytes: 16 for the counts in front of them, and at most 24 that an
/// allocator adds to a small allocation. Its place in a queue is counted by the queue.
const OVERHEAD_BYTES: usize = 40;

/// A thread keeps the buffer that it encodes into, unless a packet has made it larger than this.
const KEPT_SCRATCH_BYTES: usize = 64 * 1024;

thread_local! {
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A buffer to encode a frame into, the thread's own if it is free: a packet is encoded here, and
/// then held in exactly as many bytes as it has. Its first [`MAX_HEAD`] bytes are left for the head.
pub(crate) fn scratch() -> Vec<u8> {
    let mut buffer = SCRATCH.take();
    buffer.clear();
    buffer.resize(MAX_HEAD, 0);
    buffer
}

/// Separates the packets of a long-polling body (Engine.IO protocol v4, "Payload").
pub(crate) const RECORD_SEPARATOR: u8 = 0x1E;

/// An unmasked WebSocket frame. A server's frames are not masked, so the same bytes serve every
/// WebSocket, and long-polling takes them without their head. One allocation, of their exact size.
#[derive(Clone, Debug)]
pub(crate) struct Frame(Arc<[u8]>);

impl Frame {
    /// A text frame from what was put behind the head of a [`scratch`].
    pub(crate) fn text(buffer: Vec<u8>) -> Self {
        Self::from_buffer(buffer, FIN_TEXT)
    }

    /// A binary frame.
    pub(crate) fn binary(payload: &[u8]) -> Self {
        Self::copy(payload, FIN_BINARY)
    }

    /// A text frame that never changes.
    pub(crate) fn copied(payload: &[u8]) -> Self {
        Self::copy(payload, FIN_TEXT)
    }

    /// The answer to a WebSocket ping (RFC 6455 §5.5.3); `payload` is at most 125 bytes.
    pub(crate) fn pong(payload: &[u8]) -> Self {
        Self::copy(payload, FIN_PONG)
    }

    /// A WebSocket close frame (RFC 6455 §5.5.1).
    pub(crate) fn close(code: u16) -> Self {
        Self::copy(&code.to_be_bytes(), FIN_CLOSE)
    }

    fn copy(payload: &[u8], first: u8) -> Self {
        let mut buffer = scratch();
        buffer.extend_from_slice(payload);
        Self::from_buffer(buffer, first)
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
        let frame = Self(Arc::from(&buffer[start..]));
        if buffer.capacity() <= KEPT_SCRATCH_BYTES {
            SCRATCH.set(buffer);
        }
        frame
    }

    /// The frame as it goes over a WebSocket.
    pub(crate) fn wire(&self) -> &[u8] {
        &self.0
    }

    /// Its size on a WebSocket.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// What it counts against the bound of a queue: the memory that it takes if nobody shares it.
    pub(crate) fn cost(&self) -> usize {
        self.0.len() + OVERHEAD_BYTES
    }

    /// Whether it means something only over a WebSocket.
    pub(crate) fn is_control(&self) -> bool {
        self.0[0] & 0x08 != 0
    }

    /// Its payload: the Engine.IO packet.
    pub(crate) fn payload(&self) -> &[u8] {
        let head_len = match self.0[1] {
            126 => 4,
            127 => 10,
            _ => 2,
        };
        &self.0[head_len..]
    }

    /// Appends the packet to a long-polling body: binary as base64 behind a `b`.
    pub(crate) fn append_to_body(&self, body: &mut Vec<u8>) {
        if self.is_control() {
            return;
        }
        if !body.is_empty() {
            body.push(RECORD_SEPARATOR);
        }
        if self.0[0] == FIN_BINARY {
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
