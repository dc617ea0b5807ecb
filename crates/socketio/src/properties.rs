//! Properties of the three codecs (WebSocket frames, bodies of long-polling, Socket.IO packets):
//! what was encoded comes back; any bytes, whole or split anywhere, give a packet or an error, and
//! never hold more than the limit.
//!
//! Every round has a seed of its own, which is printed when it fails. `SOCKETIO_SEED` sets the
//! first one, and `SOCKETIO_ROUNDS` multiplies their number.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use bytes::Bytes;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::frame::{Frame, RECORD_SEPARATOR};
use crate::packet::{self, Incoming, Kind, Packet};
use crate::payload;
use crate::placeholder;
use crate::websocket::{Found, Fragments, Opcode, Violation, assemble, read_frame};

/// Fixed but scattered numbers (splitmix64).
pub(crate) struct Dice(u64);

impl Dice {
    /// A number below `bound`.
    pub(crate) fn roll(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }

    fn bytes(&mut self, max: usize) -> Vec<u8> {
        (0..self.roll(max + 1)).map(|_| u8::try_from(self.roll(256)).unwrap()).collect()
    }

    /// Cuts into up to 8 pieces, some of which may be empty.
    pub(crate) fn cut<'a>(&mut self, bytes: &'a [u8]) -> Vec<&'a [u8]> {
        let mut ends: Vec<usize> =
            (0..self.roll(8)).map(|_| self.roll(bytes.len() + 1)).chain([0, bytes.len()]).collect();
        ends.sort_unstable();
        ends.windows(2).map(|ends| &bytes[ends[0]..ends[1]]).collect()
    }
}

fn number_from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

/// Runs a property so many times.
pub(crate) fn check(rounds: u64, property: impl Fn(&mut Dice)) {
    let first = number_from_environment("SOCKETIO_SEED", 1);
    for seed in first..first + rounds * number_from_environment("SOCKETIO_ROUNDS", 1) {
        let run = || property(&mut Dice(seed));
        if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
            eprintln!("to see it again: SOCKETIO_SEED={seed}");
            resume_unwind(panic);
        }
    }
}

// -- WebSocket frames ---------------------------------------------------------------------------

const MAX: usize = 400;

pub(crate) fn client_frame(dice: &mut Dice, first: u8, payload: &[u8]) -> Vec<u8> {
    let form = match payload.len() {
        0..=125 => 0,
        126..=0xFFFF => 126,
        _ => 127,
    };
    client_frame_as(dice, form, first, payload)
}

/// A frame whose length is told in this form: 126 in two bytes, 127 in eight, else in one.
fn client_frame_as(dice: &mut Dice, form: u8, first: u8, payload: &[u8]) -> Vec<u8> {
    let (mut bytes, len) = (vec![first, 0x80 | form], payload.len());
    match form {
        126 => bytes.extend_from_slice(&u16::try_from(len).unwrap().to_be_bytes()),
        127 => bytes.extend_from_slice(&(len as u64).to_be_bytes()),
        _ => bytes[1] = 0x80 | u8::try_from(len).unwrap(),
    }
    let mask: [u8; 4] = std::array::from_fn(|_| u8::try_from(dice.roll(256)).unwrap());
    bytes.extend_from_slice(&mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}

/// What a reader makes of `parts` that come one after the other: the messages, and the violation
/// that ended it.
fn read_all<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> (Vec<String>, Option<Violation>) {
    let (mut buffer, mut messages) = (Vec::new(), Vec::new());
    let mut fragments: Option<Box<Fragments>> = None;
    for part in parts {
        buffer.extend_from_slice(part);
        loop {
            let (message, len) = match read_frame(&mut buffer, MAX) {
                Err(violation) => return (messages, Some(violation)),
                Ok(Found::Partial(total)) => {
                    assert!(total > buffer.len(), "it asks for what it has");
                    assert!(total <= MAX + 14, "it asks for more than a frame may be");
                    break;
                }
                Ok(Found::Frame(frame)) => {
                    assert!(frame.payload.len() <= MAX);
                    match assemble(&frame, &mut fragments, MAX) {
                        Err(violation) => return (messages, Some(violation)),
                        Ok(message) => (message.map(|message| format!("{message:?}")), frame.len),
                    }
                }
            };
            let held = fragments.as_ref().map_or(0, |open| open.bytes.capacity());
            assert!(held <= 2 * MAX, "{held} bytes of fragments");
            let ended = buffer[0] == 0x80;
            buffer.drain(..len);
            if ended {
                fragments = None;
            }
            messages.extend(message);
        }
    }
    (messages, None)
}

fn is_the_same_however_it_is_split(dice: &mut Dice, bytes: &[u8]) {
    let whole = read_all([bytes]);
    assert_eq!(read_all(bytes.chunks(1)), whole, "byte by byte");
    for _ in 0..4 {
        let parts = dice.cut(bytes);
        let lens: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        assert_eq!(read_all(parts), whole, "in parts of {lens:?}");
    }
}

#[test]
fn a_frame_that_was_masked_comes_back() {
    check(2_000, |dice| {
        let payload = dice.bytes(MAX);
        let (first, opcode) = dice.pick(&[(0x82, Opcode::Binary), (0x02, Opcode::Binary)]);
        let mut bytes = client_frame(dice, first, &payload);
        let (len, behind) = (bytes.len(), dice.bytes(20));
        bytes.extend_from_slice(&behind);
        let Ok(Found::Frame(frame)) = read_frame(&mut bytes, MAX) else { panic!("a frame") };
        assert_eq!((frame.opcode, frame.fin, frame.len), (opcode, first & 0x80 != 0, len));
        assert_eq!(frame.payload, payload);
        assert_eq!(&bytes[len..], behind, "what comes behind is not touched");
    });
}

#[test]
fn a_length_that_is_told_in_more_bytes_than_it_takes_is_a_violation() {
    check(500, |dice| {
        let (form, most) = dice.pick(&[(126, 125), (127, 125), (127, 0xFFFF)]);
        let payload = vec![b'x'; dice.roll(most + 1)];
        let first = dice.pick(&[0x81, 0x82, 0x00]);
        let bytes = client_frame_as(dice, form, first, &payload);
        for end in 0..bytes.len() {
            match read_frame(&mut bytes[..end].to_vec(), 1 << 20) {
                Ok(Found::Partial(total)) => assert!(end < 10 && total > end, "{end}"),
                Err(violation) => return assert_eq!(violation, Violation::Protocol),
                Ok(Found::Frame(_)) => panic!("a frame"),
            }
        }
        panic!("never told");
    });
}

#[test]
fn a_frame_that_goes_out_says_its_length() {
    check(500, |dice| {
        let len = dice.pick(&[0, 1, 125, 126, 127, 65_535, 65_536, 70_000]) + dice.roll(3);
        let payload = vec![b'x'; len];
        let frame =
            if dice.roll(2) == 0 { Frame::copied(&payload) } else { Frame::binary(&payload) };
        let wire = frame.wire();
        let (told, head) = match wire[1] {
            126 => (u64::from(u16::from_be_bytes(wire[2..4].try_into().unwrap())), 4),
            127 => (u64::from_be_bytes(wire[2..10].try_into().unwrap()), 10),
            short => (u64::from(short), 2),
        };
        assert_eq!((told, wire.len()), (len as u64, head + len));
        assert_eq!((&wire[head..], frame.payload()), (&payload[..], &payload[..]));
    });
}

#[test]
fn frames_mean_the_same_however_they_are_split() {
    check(500, |dice| {
        let mut bytes = Vec::new();
        for _ in 0..=dice.roll(8) {
            let first = dice.pick(&[0x81, 0x82, 0x89, 0x8A, 0x01, 0x02, 0x00, 0x80, 0x00]);
            let len = dice.pick(&[0, 1, 7, 8, 9, 125, 126, 300, MAX, MAX + 1]);
            let len = if first >= 0x88 { len.min(125) } else { len };
            let payload = vec![dice.pick(b"x3\xE2"); len];
            bytes.extend(client_frame(dice, first, &payload));
        }
        is_the_same_however_it_is_split(dice, &bytes);
    });
}

#[test]
fn any_bytes_are_frames_violations_or_incomplete() {
    check(10_000, |dice| {
        let mut bytes = dice.bytes(40);
        // Most bytes are no frame: help some of them.
        if let [first, second, ..] = &mut bytes[..]
            && dice.roll(4) != 0
        {
            *first &= 0x8F;
            *second |= 0x80;
        }
        is_the_same_however_it_is_split(dice, &bytes);
    });
}

// -- bodies of long-polling ---------------------------------------------------------------------

/// The packets of a body, still encoded.
fn split_all(body: &[u8]) -> Vec<Bytes> {
    let (mut packets, mut left) = (Vec::new(), Some(Bytes::copy_from_slice(body)));
    while let Some(body) = left {
        let (packet, rest) = payload::split(&body);
        packets.push(packet);
        left = rest;
    }
    packets
}

#[test]
fn a_body_brings_back_what_was_put_into_it() {
    check(1_000, |dice| {
        let (mut body, mut expected) = (Vec::new(), Vec::new());
        for _ in 0..=dice.roll(6) {
            if dice.roll(2) == 0 {
                let text = format!("4{}", dice.pick(&["", "2[\"x\"]", "\u{20ac}", "b", "\n\0"]));
                Frame::copied(text.as_bytes()).append_to_body(&mut body);
                expected.push((true, text.into_bytes()));
            } else {
                let bytes = dice.bytes(50);
                Frame::binary(&bytes).append_to_body(&mut body);
                expected.push((false, bytes));
            }
        }
        let found: Vec<(bool, Vec<u8>)> = split_all(&body)
            .iter()
            .map(|packet| match payload::decode(packet).expect("it was encoded") {
                payload::Packet::Text(text) => (true, text.as_bytes().to_vec()),
                payload::Packet::Binary(bytes) => (false, bytes),
            })
            .collect();
        assert_eq!(found, expected);
    });
}

#[test]
fn any_bytes_are_packets_of_a_body_or_malformed() {
    check(10_000, |dice| {
        let mut body = dice.bytes(60);
        for byte in &mut body {
            if dice.roll(3) == 0 {
                *byte = dice.pick(b"\x1e\x1eb46AQ=\xC3");
            }
        }
        let packets = split_all(&body);
        assert_eq!(packets.join(&[RECORD_SEPARATOR][..]), body, "nothing is lost between them");
        for packet in packets {
            match payload::decode(&packet) {
                Ok(payload::Packet::Text(text)) => assert_eq!(text.as_bytes(), packet),
                Ok(payload::Packet::Binary(bytes)) => {
                    assert_eq!(packet[0], b'b');
                    assert!(bytes.len() * 4 <= (packet.len() - 1) * 3);
                }
                Err(packet::Malformed) => {}
            }
        }
    });
}

// -- Socket.IO packets --------------------------------------------------------------------------

/// JSON of all kinds, at most `depth` deep.
fn json(dice: &mut Dice, depth: usize) -> Value {
    match dice.roll(if depth == 0 { 5 } else { 7 }) {
        0 => Value::Null,
        1 => Value::Bool(dice.roll(2) == 0),
        2 => Value::from(dice.roll(1_000_000)),
        3 => Value::from(-0.5),
        4 => Value::from(dice.pick(&["", "x", "\"quoted\\", "\u{20ac}\u{1F600}", "\u{1e}\0\n"])),
        5 => (0..dice.roll(4)).map(|_| json(dice, depth - 1)).collect(),
        _ => (0..dice.roll(4)).map(|i| (format!("k{i}"), json(dice, depth - 1))).collect(),
    }
}

fn raw(value: &Value) -> Box<RawValue> {
    RawValue::from_string(value.to_string()).expect("JSON")
}

#[test]
fn an_event_or_an_answer_brings_back_what_was_put_into_it() {
    check(2_000, |dice| {
        let namespace = dice.pick(&["/", "/a", "/a/b-c", "/\u{20ac}"]);
        let name = dice.pick(&["x", "", "7", "a \"b\"\\", "\u{1F600}", "connected", "error"]);
        let args: Vec<Value> = (0..dice.roll(4)).map(|_| json(dice, 3)).collect();
        let raws: Vec<Box<RawValue>> = args.iter().map(raw).collect();
        let raws: Vec<&RawValue> = raws.iter().map(AsRef::as_ref).collect();
        let parts: Vec<Bytes> = (0..dice.roll(4)).map(|_| dice.bytes(9).into()).collect();
        let id = dice.pick(&[0, 7, u64::MAX]);
        let asked = dice.roll(2) == 0;
        let packet = if asked {
            Packet::binary_event(namespace, name, &raws, &parts)
        } else {
            packet::binary_ack(namespace, id, &raws, &parts)
        };
        let sent = packet.attachments.iter().flatten().map(Frame::payload);
        assert!(sent.eq(parts.iter()));

        let text = std::str::from_utf8(packet.frame.payload()).expect("text");
        let Incoming { namespace: found, kind } = packet::parse(&text[1..]).expect("a packet");
        assert_eq!(found, namespace);
        let (data, attachments) = match kind {
            Kind::Event { id: None, data, attachments } if asked => (data, attachments),
            Kind::Ack { id: found, data, attachments } if !asked && found == id => {
                (data, attachments)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(attachments, parts.len());
        let found = if asked {
            let (found, args) = packet::split_event(data).expect("an event");
            assert_eq!(found, name);
            args
        } else {
            packet::split_ack(data).expect("arguments")
        };
        let found: Vec<Value> =
            found.iter().map(|arg| serde_json::from_str(arg.get()).expect("JSON")).collect();
        assert_eq!(found, args);
    });
}

/// Reads as far as a session would.
fn read_packet(text: &str) {
    let Ok(Incoming { namespace, kind }) = packet::parse(text) else { return };
    assert!(namespace.starts_with('/') && namespace.len() <= text.len().max(1));
    let (data, args) = match kind {
        Kind::Connect(_) | Kind::Disconnect => return,
        Kind::Event { data, attachments, .. } => {
            let filled = placeholder::check(data, attachments);
            let Ok((name, args)) = packet::split_event(data) else { return };
            assert!(name.len() <= data.len());
            // But for numbers beyond all bounds and half characters.
            if !data.contains("_placeholder") && !data.contains(['\\', 'e', 'E']) {
                assert_eq!(filled, Ok(()), "{text}");
            }
            (data, args)
        }
        Kind::Ack { data, .. } => {
            let Ok(args) = packet::split_ack(data) else { return };
            (data, args)
        }
    };
    // They are parts of the text: what is held besides is two words for each.
    assert!(args.iter().map(|arg| arg.get().len() + 1).sum::<usize>() <= data.len());
}

#[test]
fn any_text_is_a_packet_or_malformed() {
    const PIECES: [&str; 30] = [
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "-",
        ",",
        "/",
        "/a",
        "/a,",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "\\",
        "\"x\"",
        "[\"x\"]",
        "[\"x\",",
        "1-",
        ":",
        "{\"_placeholder\":true,\"num\":",
        "\u{20ac}",
        "18446744073709551616",
        "?",
        " ",
        "e9",
    ];
    check(20_000, |dice| {
        let text: String = (0..dice.roll(10)).map(|_| dice.pick(&PIECES)).collect();
        read_packet(&text);
    });
}

#[test]
fn a_packet_with_wrong_bytes_in_it_is_a_packet_or_malformed() {
    check(5_000, |dice| {
        let args: Vec<Box<RawValue>> = (0..dice.roll(3)).map(|_| raw(&json(dice, 3))).collect();
        let args: Vec<&RawValue> = args.iter().map(AsRef::as_ref).collect();
        let packet = Packet::event_args(dice.pick(&["/", "/a"]), "x", &args);
        let mut bytes = packet.frame.payload()[1..].to_vec();
        for _ in 0..=dice.roll(3) {
            let at = dice.roll(bytes.len());
            match dice.roll(3) {
                0 => bytes[at] = u8::try_from(dice.roll(128)).unwrap(),
                1 => bytes.insert(at, dice.pick(b"{}[]\",:\\0-/")),
                _ => bytes.truncate(at.max(1)),
            }
        }
        read_packet(&String::from_utf8_lossy(&bytes));
    });
}
