//! WebSocket frames (RFC 6455 §5.2), whole text messages only.

use std::io;

/// The largest frame that is taken.
const MAX_FRAME_BYTES: u64 = 1 << 20;

/// Unmasks the first frame of `buffer` in place and returns its payload and its whole size; `None` if
/// it is not whole yet.
///
/// # Errors
/// A close frame, as the end of the file; a frame over 1 MiB or without a mask.
pub(crate) fn unmask(buffer: &mut [u8]) -> io::Result<Option<(&[u8], usize)>> {
    let [first, second, rest @ ..] = &*buffer else { return Ok(None) };
    if first & 0x0f == 0x8 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let (length, header) = match second & 0x7f {
        126 => match rest.first_chunk() {
            Some(bytes) => (u64::from(u16::from_be_bytes(*bytes)), 8),
            None => return Ok(None),
        },
        127 => match rest.first_chunk() {
            Some(bytes) => (u64::from_be_bytes(*bytes), 14),
            None => return Ok(None),
        },
        short => (u64::from(short), 6),
    };
    if length > MAX_FRAME_BYTES || second & 0x80 == 0 {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let size = header + usize::try_from(length).unwrap_or(usize::MAX);
    let Some(frame) = buffer.get_mut(..size) else { return Ok(None) };
    let (head, payload) = frame.split_at_mut(header);
    let mask = [head[header - 4], head[header - 3], head[header - 2], head[header - 1]];
    for chunk in payload.chunks_mut(4) {
        for (byte, mask) in chunk.iter_mut().zip(mask) {
            *byte ^= mask;
        }
    }
    Ok(Some((payload, size)))
}

/// Appends a text frame whose payload is `parts`, one behind the other.
pub(crate) fn text(out: &mut Vec<u8>, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    out.push(0x81);
    match u16::try_from(length) {
        Ok(length @ 0..=125) => out.push(length.to_be_bytes()[1]),
        Ok(length) => {
            out.push(126);
            out.extend_from_slice(&length.to_be_bytes());
        }
        Err(_) => {
            out.push(127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    for part in parts {
        out.extend_from_slice(part);
    }
}
