//! WebSocket frames as a client sends and gets them (RFC 6455 §5.2). Nothing is fragmented by the
//! servers that are measured, so a fragment is an error.

use super::MAX_MESSAGE;

/// Every frame's mask: masking has to be done, so that the server has its unmasking to do; that it
/// should be unguessable (§10.3) protects proxies that do not stand here.
const MASK: [u8; 4] = [0x5a, 0x17, 0xc3, 0x6e];

const FIN: u8 = 0x80;
const OPCODE: u8 = 0x0f;
const CONTINUATION: u8 = 0;

const MASKED: u8 = 0x80;
/// The length is in the next two bytes.
const LENGTH_16: u8 = 126;
/// It is in the next eight.
const LENGTH_64: u8 = 127;

/// A frame's purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opcode {
    /// UTF-8.
    Text,
    /// Anything.
    Binary,
    /// The last frame.
    Close,
    /// To be answered with a pong of the same payload.
    Ping,
    /// The answer.
    Pong,
}

impl Opcode {
    fn bits(self) -> u8 {
        match self {
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xa,
        }
    }

    fn from_bits(bits: u8) -> Option<Self> {
        [Self::Text, Self::Binary, Self::Close, Self::Ping, Self::Pong]
            .into_iter()
            .find(|opcode| opcode.bits() == bits)
    }
}

/// A frame that lies whole in a buffer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    /// What it is.
    pub(crate) opcode: Opcode,
    /// What it holds, unmasked.
    pub(crate) payload: &'a [u8],
    /// How many bytes of the buffer it takes.
    pub(crate) size: usize,
}

/// The first frame of `buffer`, or `None` if it is not whole yet.
///
/// # Errors
/// What is wrong with it: masked, a fragment, of an unknown kind, or over [`MAX_MESSAGE`].
pub(crate) fn decode(buffer: &[u8]) -> Result<Option<Frame<'_>>, &'static str> {
    let [first, second, rest @ ..] = buffer else { return Ok(None) };
    if first & FIN == 0 || first & OPCODE == CONTINUATION {
        return Err("a fragmented frame, which this client does not put together");
    }
    if first & 0x70 != 0 {
        return Err("a frame with reserved bits, though no extension was agreed");
    }
    if second & MASKED != 0 {
        return Err("a masked frame from a server");
    }
    let opcode = Opcode::from_bits(first & OPCODE).ok_or("a frame of an unknown kind")?;
    let (length, header) = match second {
        &LENGTH_16 => match rest.first_chunk() {
            Some(bytes) => (usize::from(u16::from_be_bytes(*bytes)), 4),
            None => return Ok(None),
        },
        &LENGTH_64 => match rest.first_chunk() {
            Some(bytes) => (usize::try_from(u64::from_be_bytes(*bytes)).unwrap_or(usize::MAX), 10),
            None => return Ok(None),
        },
        short => (usize::from(*short), 2),
    };
    if length > MAX_MESSAGE {
        return Err("a frame over 16 MiB");
    }
    let size = header + length;
    Ok(buffer.get(header..size).map(|payload| Frame { opcode, payload, size }))
}

/// Appends a masked frame.
pub(crate) fn encode(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    out.push(FIN | opcode.bits());
    match u16::try_from(payload.len()) {
        Ok(length @ 0..=125) => out.push(MASKED | length.to_be_bytes()[1]),
        Ok(length) => {
            out.push(MASKED | LENGTH_16);
            out.extend_from_slice(&length.to_be_bytes());
        }
        Err(_) => {
            out.push(MASKED | LENGTH_64);
            out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&MASK);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the frame becomes at the other end: a server's frame is a client's without its mask.
    fn unmasked(frame: &[u8]) -> Vec<u8> {
        let header = match frame[1] & 0x7f {
            126 => 4,
            127 => 10,
            _ => 2,
        };
        let mask = &frame[header..header + 4];
        let mut plain = frame[..header].to_vec();
        plain[1] &= !MASKED;
        plain.extend(frame[header + 4..].iter().enumerate().map(|(i, byte)| byte ^ mask[i % 4]));
        plain
    }

    #[test]
    fn what_was_encoded_is_decoded_whole_and_never_in_part() {
        for length in [0, 1, 3, 125, 126, 127, 65_535, 65_536, 100_000] {
            let payload: Vec<u8> = (0..length).map(|i: u32| i.to_le_bytes()[0]).collect();
            for opcode in [Opcode::Text, Opcode::Binary, Opcode::Ping] {
                let mut out = Vec::new();
                encode(&mut out, opcode, &payload);
                let plain = unmasked(&out);
                let frame = decode(&plain).unwrap().unwrap();
                assert_eq!(frame, Frame { opcode, payload: &payload, size: plain.len() });
                for end in (0..plain.len().min(20)).chain([plain.len() - 1]) {
                    assert_eq!(decode(&plain[..end]), Ok(None), "{length} bytes cut at {end}");
                }
            }
        }
    }

    #[test]
    fn two_frames_in_one_buffer_are_told_apart() {
        let buffer = [0x81, 1, b'2', 0x88, 2, 3, 232];
        let first = decode(&buffer).unwrap().unwrap();
        assert_eq!((first.payload, first.size), (&b"2"[..], 3));
        let second = decode(&buffer[3..]).unwrap().unwrap();
        assert_eq!((second.opcode, second.payload), (Opcode::Close, &[3, 232][..]));
    }

    #[test]
    fn what_a_server_may_not_send_is_an_error() {
        let cases: [(&[u8], &str); 6] = [
            (&[0x01, 0], "fragmented"),
            (&[0x80, 0], "fragmented"),
            (&[0xc1, 0], "reserved"),
            (&[0x81, 0x80, 0, 0, 0, 0], "masked"),
            (&[0x83, 0], "unknown"),
            (&[0x81, 127, 0, 0, 1, 0, 0, 0, 0, 0], "16 MiB"),
        ];
        for (bytes, why) in cases {
            assert!(decode(bytes).unwrap_err().contains(why), "{bytes:?}");
        }
    }
}
