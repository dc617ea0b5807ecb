//! The receiving half of WebSocket (RFC 6455) without IO, and the opening handshake's answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// RFC 6455 §1.3.
const ACCEPT_GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The value of `Sec-WebSocket-Accept` (RFC 6455 §4.2.2), or `None` if the key is not 16 bytes in
/// base64.
pub(crate) fn accept(key: &[u8]) -> Option<String> {
    if STANDARD.decode(key).ok()?.len() != 16 {
        return None;
    }
    Some(STANDARD.encode(Sha1::new().chain_update(key).chain_update(ACCEPT_GUID).finalize()))
}

/// What a client broke, and the close code that says so (RFC 6455 §7.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// 1002.
    Protocol,
    /// 1007: a text that is not UTF-8.
    NotUtf8,
    /// 1009: more than was allowed.
    TooLarge,
}

impl Violation {
    pub(crate) fn close_code(self) -> u16 {
        match self {
            Self::Protocol => 1002,
            Self::NotUtf8 => 1007,
            Self::TooLarge => 1009,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

/// A frame in a buffer, its payload already unmasked.
#[derive(Debug)]
pub(crate) struct RawFrame<'a> {
    pub(crate) fin: bool,
    pub(crate) opcode: Opcode,
    pub(crate) payload: &'a [u8],
    /// How many bytes of the buffer it took.
    pub(crate) len: usize,
}

/// What [`read_frame`] found.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    Frame(RawFrame<'a>),
    /// Not whole yet: it takes this many bytes in all, as far as one can tell.
    Partial(usize),
}

/// Reads the frame at the start of `buffer`, and unmasks it in place.
///
/// # Errors
/// A frame that no client may send, or one of more than `max` bytes, as soon as its head shows it.
pub(crate) fn read_frame(buffer: &mut [u8], max: usize) -> Result<Found<'_>, Violation> {
    let [first, second, ..] = *buffer else { return Ok(Found::Partial(2)) };
    let opcode = opcode(first)?;
    if second & 0x80 == 0 {
        return Err(Violation::Protocol);
    }
    let (len, head_len) = match second & 0x7F {
        126 => match buffer.get(2..4).and_then(|bytes| bytes.try_into().ok()) {
            Some(bytes) => (u64::from(u16::from_be_bytes(bytes)), 4),
            None => return Ok(Found::Partial(4)),
        },
        127 => match buffer.get(2..10).and_then(|bytes| bytes.try_into().ok()) {
            Some(bytes) => (u64::from_be_bytes(bytes), 10),
            None => return Ok(Found::Partial(10)),
        },
        short => (u64::from(short), 2),
    };
    // RFC 6455 §5.2: as few bytes as it takes, and 63 bits at the most.
    let least = match head_len {
        2 => 0,
        4 => 126,
        _ => 1 << 16,
    };
    if len < least || len >> 63 != 0 {
        return Err(Violation::Protocol);
    }
    let fin = first & 0x80 != 0;
    if matches!(opcode, Opcode::Close | Opcode::Ping | Opcode::Pong) && (!fin || len > 125) {
        return Err(Violation::Protocol);
    }
    let len = usize::try_from(len).ok().filter(|len| *len <= max).ok_or(Violation::TooLarge)?;
    let start = head_len + 4;
    let total = start + len;
    if buffer.len() < total {
        return Ok(Found::Partial(total));
    }
    let (head, rest) = buffer.split_at_mut(start);
    let mask = [head[head_len], head[head_len + 1], head[head_len + 2], head[head_len + 3]];
    let payload = &mut rest[..len];
    unmask(payload, mask);
    Ok(Found::Frame(RawFrame { fin, opcode, payload, len: total }))
}

fn opcode(first: u8) -> Result<Opcode, Violation> {
    if first & 0x70 != 0 {
        return Err(Violation::Protocol);
    }
    Ok(match first & 0x0F {
        0x0 => Opcode::Continuation,
        0x1 => Opcode::Text,
        0x2 => Opcode::Binary,
        0x8 => Opcode::Close,
        0x9 => Opcode::Ping,
        0xA => Opcode::Pong,
        _ => return Err(Violation::Protocol),
    })
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let word = u64::from_ne_bytes([
        mask[0], mask[1], mask[2], mask[3], mask[0], mask[1], mask[2], mask[3],
    ]);
    let mut chunks = payload.chunks_exact_mut(8);
    for chunk in &mut chunks {
        let value = u64::from_ne_bytes([
            chunk[0], chunk[1], chunk[2], chunk[3], chunk[4], chunk[5], chunk[6], chunk[7],
        ]);
        chunk.copy_from_slice(&(value ^ word).to_ne_bytes());
    }
    for (byte, key) in chunks.into_remainder().iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

/// A message of several frames, while it is incomplete.
#[derive(Debug)]
pub(crate) struct Fragments {
    pub(crate) opcode: Opcode,
    pub(crate) bytes: Vec<u8>,
}

/// What a frame means once fragmentation is undone.
#[derive(Debug)]
pub(crate) enum Message<'a> {
    Text(&'a str),
    Binary(&'a [u8]),
    Ping(&'a [u8]),
    Pong,
    Close,
}

/// Undoes fragmentation (RFC 6455 §5.4). `fragments` is what earlier frames left, and holds a whole
/// message, if this frame ended one, until the next call; `None` means that more is to come.
///
/// # Errors
/// Frames in an order that no client may send, more than `max` bytes in all, text that is not
/// UTF-8.
pub(crate) fn assemble<'a>(
    frame: &RawFrame<'a>,
    fragments: &'a mut Option<Box<Fragments>>,
    max: usize,
) -> Result<Option<Message<'a>>, Violation> {
    match (frame.opcode, fragments.is_some()) {
        (Opcode::Ping, _) => return Ok(Some(Message::Ping(frame.payload))),
        (Opcode::Pong, _) => return Ok(Some(Message::Pong)),
        (Opcode::Close, _) => return close(frame.payload).map(Some),
        (Opcode::Continuation, false) | (Opcode::Text | Opcode::Binary, true) => {
            return Err(Violation::Protocol);
        }
        (opcode @ (Opcode::Text | Opcode::Binary), false) if frame.fin => {
            return whole(opcode, frame.payload).map(Some);
        }
        (opcode @ (Opcode::Text | Opcode::Binary), false) => {
            *fragments = Some(Box::new(Fragments { opcode, bytes: frame.payload.to_vec() }));
            return Ok(None);
        }
        (Opcode::Continuation, true) => {}
    }
    let Some(open) = fragments else { return Err(Violation::Protocol) };
    if open.bytes.len() + frame.payload.len() > max {
        return Err(Violation::TooLarge);
    }
    open.bytes.extend_from_slice(frame.payload);
    if !frame.fin {
        return Ok(None);
    }
    whole(open.opcode, &open.bytes).map(Some)
}

/// RFC 6455 §5.5.1: nothing, or a code that an endpoint may send (§7.4) and a reason in UTF-8.
fn close(payload: &[u8]) -> Result<Message<'_>, Violation> {
    let valid = match *payload {
        [] => true,
        [first, second, ref reason @ ..] => {
            let code = u16::from_be_bytes([first, second]);
            matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
                && simdutf8::basic::from_utf8(reason).is_ok()
        }
        [_] => false,
    };
    if valid { Ok(Message::Close) } else { Err(Violation::Protocol) }
}

fn whole(opcode: Opcode, payload: &[u8]) -> Result<Message<'_>, Violation> {
    if opcode == Opcode::Binary {
        return Ok(Message::Binary(payload));
    }
    simdutf8::basic::from_utf8(payload).map(Message::Text).map_err(|_| Violation::NotUtf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client_frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![first];
        if let Ok(short @ 0..=125) = u8::try_from(payload.len()) {
            bytes.push(0x80 | short);
        } else {
            bytes.push(0xFE);
            bytes.extend_from_slice(&u16::try_from(payload.len()).unwrap().to_be_bytes());
        }
        let mask = [0x12, 0x34, 0x56, 0x78];
        bytes.extend_from_slice(&mask);
        bytes.extend(payload.iter().enumerate().map(|(i, byte)| byte ^ mask[i % 4]));
        bytes
    }

    #[test]
    fn the_accept_value_of_the_rfc() {
        assert_eq!(
            accept(b"dGhlIHNhbXBsZSBub25jZQ==").as_deref(),
            Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        );
        assert_eq!(accept(b"short"), None);
    }

    #[test]
    fn a_frame_is_found_only_when_it_is_whole() {
        for payload in [&b""[..], b"2probe", &[b'x'; 300]] {
            let whole = client_frame(0x81, payload);
            for end in 0..whole.len() {
                let mut part = whole[..end].to_vec();
                assert!(matches!(read_frame(&mut part, 1000), Ok(Found::Partial(n)) if n > end));
                assert_eq!(part, &whole[..end], "a partial frame must not be touched");
            }
            let mut whole = whole;
            let len = whole.len();
            let Ok(Found::Frame(frame)) = read_frame(&mut whole, 1000) else { panic!("whole") };
            assert_eq!((frame.payload, frame.len), (payload, len));
        }
    }

    #[test]
    fn frames_that_no_client_may_send() {
        let cases: [(&[u8], Violation); 10] = [
            (&[0x81, 0x01, b'x'], Violation::Protocol),
            (&[0xC1, 0x81], Violation::Protocol),
            (&[0x83, 0x80], Violation::Protocol),
            (&[0x09, 0x80], Violation::Protocol),
            (&[0x89, 0xFE, 0, 126], Violation::Protocol),
            (&[0x81, 0xFE, 0x03, 0xE9], Violation::TooLarge),
            (&[0x81, 0xFF, 0x7F, 0, 0, 0, 0, 0, 0, 0], Violation::TooLarge),
            (&[0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], Violation::Protocol),
            (&[0x81, 0xFE, 0, 125], Violation::Protocol),
            (&[0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], Violation::Protocol),
        ];
        for (bytes, violation) in cases {
            let mut bytes = bytes.to_vec();
            assert_eq!(read_frame(&mut bytes, 1000).err(), Some(violation), "{bytes:?}");
        }
    }

    #[test]
    fn fragments_become_one_message_with_control_frames_between() {
        let mut fragments = None;
        let frame = |fin, opcode, payload| RawFrame { fin, opcode, payload, len: 0 };
        let first = frame(false, Opcode::Text, &b"4he"[..]);
        assert!(assemble(&first, &mut fragments, 10).unwrap().is_none());
        let ping = frame(true, Opcode::Ping, &b""[..]);
        assert!(matches!(assemble(&ping, &mut fragments, 10), Ok(Some(Message::Ping(_)))));
        let last = frame(true, Opcode::Continuation, &b"llo"[..]);
        assert!(matches!(assemble(&last, &mut fragments, 10), Ok(Some(Message::Text("4hello")))));
        let more = frame(true, Opcode::Continuation, &b"too much"[..]);
        assert!(matches!(assemble(&more, &mut fragments, 10), Err(Violation::TooLarge)));
    }
}
