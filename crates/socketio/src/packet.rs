//! The Socket.IO packet codec (Socket.IO protocol v5, "Packet encoding"), carried in Engine.IO
//! `message` packets.

use std::borrow::Cow;

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::frame::{self, Frame};

/// Names that no event may have: clients emit them to themselves, and would take one from the other
/// side for their own.
const RESERVED: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// An event that is encoded once and can be sent to many sockets.
#[derive(Clone, Debug)]
pub struct Packet {
    pub(crate) frame: Frame,
    pub(crate) attachments: Option<Box<[Frame]>>,
}

impl Packet {
    pub(crate) fn new(frame: Frame) -> Self {
        Self { frame, attachments: None }
    }

    /// An event with one argument, for sockets of `namespace`.
    ///
    /// # Panics
    /// If `name` is reserved: `connect`, `connect_error`, `disconnect`, `disconnecting`,
    /// `newListener`, `removeListener` (Socket.IO protocol v5; no client could tell such an event
    /// from its own). If `payload` cannot be JSON, such as a map whose keys are not strings.
    pub fn event<T: Serialize + ?Sized>(namespace: &str, name: &str, payload: &T) -> Self {
        check_name(name);
        let mut buffer = head(b'2', namespace, None);
        write_json(&mut buffer, &(name, payload));
        Self::new(Frame::text(buffer))
    }

    /// An event with any number of arguments, each a JSON text.
    ///
    /// # Panics
    /// If `name` is reserved, see [`Packet::event`].
    pub fn event_args(namespace: &str, name: &str, args: &[&RawValue]) -> Self {
        check_name(name);
        let mut buffer = head(b'2', namespace, None);
        write_event(&mut buffer, name, args);
        Self::new(Frame::text(buffer))
    }

    /// An event with binary parts; `args` hold `{"_placeholder":true,"num":N}` in their places.
    ///
    /// # Panics
    /// If `name` is reserved, see [`Packet::event`].
    pub fn binary_event(
        namespace: &str,
        name: &str,
        args: &[&RawValue],
        attachments: &[Bytes],
    ) -> Self {
        if attachments.is_empty() {
            return Self::event_args(namespace, name, args);
        }
        check_name(name);
        let mut buffer = binary_head(b'5', attachments.len(), namespace, None);
        write_event(&mut buffer, name, args);
        Self::with_attachments(buffer, attachments)
    }

    fn with_attachments(buffer: Vec<u8>, attachments: &[Bytes]) -> Self {
        let attachments = attachments.iter().map(|bytes| Frame::binary(bytes)).collect();
        Self { frame: Frame::text(buffer), attachments: Some(attachments) }
    }
}

fn check_name(name: &str) {
    assert!(!RESERVED.contains(&name), "`{name}` is a reserved event name");
}

fn start(kind: u8) -> Vec<u8> {
    let mut buffer = frame::scratch();
    buffer.extend_from_slice(&[b'4', kind]);
    buffer
}

fn push_address(buffer: &mut Vec<u8>, namespace: &str, id: Option<u64>) {
    if namespace != "/" {
        buffer.extend_from_slice(namespace.as_bytes());
        buffer.push(b',');
    }
    if let Some(id) = id {
        buffer.extend_from_slice(id.to_string().as_bytes());
    }
}

fn head(kind: u8, namespace: &str, id: Option<u64>) -> Vec<u8> {
    let mut buffer = start(kind);
    push_address(&mut buffer, namespace, id);
    buffer
}

fn binary_head(kind: u8, attachments: usize, namespace: &str, id: Option<u64>) -> Vec<u8> {
    let mut buffer = start(kind);
    buffer.extend_from_slice(attachments.to_string().as_bytes());
    buffer.push(b'-');
    push_address(&mut buffer, namespace, id);
    buffer
}

fn write_json<T: Serialize + ?Sized>(buffer: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(buffer, value).expect("the payload can be JSON (documented)");
}

fn write_event(buffer: &mut Vec<u8>, name: &str, args: &[&RawValue]) {
    buffer.push(b'[');
    write_json(buffer, name);
    for arg in args {
        buffer.push(b',');
        buffer.extend_from_slice(arg.get().as_bytes());
    }
    buffer.push(b']');
}

/// The answer to a CONNECT: `0{"sid":"…"}`.
pub(crate) fn connected(namespace: &str, sid: &str) -> Frame {
    #[derive(Serialize)]
    struct Connected<'a> {
        sid: &'a str,
    }
    let mut buffer = head(b'0', namespace, None);
    write_json(&mut buffer, &Connected { sid });
    Frame::text(buffer)
}

/// A refused CONNECT: `4{"message":"…","data":…}`.
pub(crate) fn refused(namespace: &str, message: &str, data: Option<&RawValue>) -> Frame {
    #[derive(Serialize)]
    struct Refused<'a> {
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<&'a RawValue>,
    }
    let mut buffer = head(b'4', namespace, None);
    write_json(&mut buffer, &Refused { message, data });
    Frame::text(buffer)
}

/// The end of one namespace: `1`.
pub(crate) fn disconnected(namespace: &str) -> Frame {
    Frame::text(head(b'1', namespace, None))
}

/// An event that asks for an acknowledgement.
pub(crate) fn event_with_ack<T: Serialize + ?Sized>(
    namespace: &str,
    id: u64,
    name: &str,
    payload: &T,
) -> Frame {
    check_name(name);
    let mut buffer = head(b'2', namespace, Some(id));
    write_json(&mut buffer, &(name, payload));
    Frame::text(buffer)
}

/// An acknowledgement with one argument.
pub(crate) fn ack<T: Serialize + ?Sized>(namespace: &str, id: u64, payload: &T) -> Frame {
    let mut buffer = head(b'3', namespace, Some(id));
    write_json(&mut buffer, &(payload,));
    Frame::text(buffer)
}

/// An acknowledgement with any number of arguments, some of which may be binary.
pub(crate) fn binary_ack(
    namespace: &str,
    id: u64,
    args: &[&RawValue],
    attachments: &[Bytes],
) -> Packet {
    if attachments.is_empty() {
        let mut buffer = head(b'3', namespace, Some(id));
        write_json(&mut buffer, args);
        return Packet::new(Frame::text(buffer));
    }
    let mut buffer = binary_head(b'6', attachments.len(), namespace, Some(id));
    write_json(&mut buffer, args);
    Packet::with_attachments(buffer, attachments)
}

/// A packet as it came from a client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Incoming<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) kind: Kind<'a>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    /// The payload is a JSON object, or absent.
    Connect(Option<&'a str>),
    Disconnect,
    /// `data` is JSON text that is still to be checked with [`split_event`].
    Event {
        id: Option<u64>,
        data: &'a str,
        attachments: usize,
    },
    /// `data` is JSON text that is still to be checked with [`split_ack`].
    Ack {
        id: u64,
        data: &'a str,
        attachments: usize,
    },
}

/// The packet is not one that a Socket.IO client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Reads the head of a packet: everything before its JSON.
pub(crate) fn parse(text: &str) -> Result<Incoming<'_>, Malformed> {
    let kind = *text.as_bytes().first().ok_or(Malformed)?;
    let mut rest = text.get(1..).ok_or(Malformed)?;
    let attachments = if matches!(kind, b'5' | b'6') {
        let (digits, after) = rest.split_once('-').ok_or(Malformed)?;
        rest = after;
        parse_number(digits)?.try_into().map_err(|_| Malformed)?
    } else {
        0
    };
    let namespace = take_namespace(&mut rest);
    let incoming = |kind| Ok(Incoming { namespace, kind });
    match kind {
        b'0' => incoming(Kind::Connect(connect_payload(rest)?)),
        b'1' if rest.is_empty() => incoming(Kind::Disconnect),
        b'2' | b'5' => {
            let id = take_id(&mut rest)?;
            incoming(Kind::Event { id, data: rest, attachments })
        }
        b'3' | b'6' => {
            let id = take_id(&mut rest)?.ok_or(Malformed)?;
            incoming(Kind::Ack { id, data: rest, attachments })
        }
        _ => Err(Malformed),
    }
}

fn parse_number(digits: &str) -> Result<u64, Malformed> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().map_err(|_| Malformed) } else { Err(Malformed) }
}

fn take_namespace<'a>(rest: &mut &'a str) -> &'a str {
    if !rest.starts_with('/') {
        return "/";
    }
    let (address, after) = rest.split_once(',').unwrap_or((rest, ""));
    *rest = after;
    address.split_once('?').map_or(address, |(name, _)| name)
}

fn take_id(rest: &mut &str) -> Result<Option<u64>, Malformed> {
    let end = rest.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    *rest = after;
    if digits.is_empty() { Ok(None) } else { parse_number(digits).map(Some) }
}

fn connect_payload(data: &str) -> Result<Option<&str>, Malformed> {
    if data.is_empty() {
        return Ok(None);
    }
    let raw: &RawValue = serde_json::from_str(data).map_err(|_| Malformed)?;
    if raw.get().starts_with('{') { Ok(Some(raw.get())) } else { Err(Malformed) }
}

/// The name and the arguments of an event: a JSON array that begins with a string or a number, and
/// not with a reserved name.
pub(crate) fn split_event(data: &str) -> Result<(Cow<'_, str>, Vec<&RawValue>), Malformed> {
    let mut args: Vec<&RawValue> = serde_json::from_str(data).map_err(|_| Malformed)?;
    if args.is_empty() {
        return Err(Malformed);
    }
    let first = args.remove(0).get();
    let name = match first.as_bytes()[0] {
        b'"' => match first[1..first.len() - 1] {
            ref plain if memchr::memchr(b'\\', plain.as_bytes()).is_none() => Cow::Borrowed(plain),
            // A name that is no Unicode text (a lone surrogate) is shown as it was written.
            ref escaped => serde_json::from_str(first).map_or(Cow::Borrowed(escaped), Cow::Owned),
        },
        b'-' | b'0'..=b'9' => Cow::Borrowed(first),
        _ => return Err(Malformed),
    };
    if RESERVED.contains(&name.as_ref()) { Err(Malformed) } else { Ok((name, args)) }
}

/// The arguments of an acknowledgement: a JSON array.
pub(crate) fn split_ack(data: &str) -> Result<Vec<&RawValue>, Malformed> {
    serde_json::from_str(data).map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_of_the_protocol_are_read() {
        let cases: [(&str, &str, Kind<'_>); 9] = [
            ("0", "/", Kind::Connect(None)),
            ("0{\"token\":\"1\"}", "/", Kind::Connect(Some("{\"token\":\"1\"}"))),
            ("0/admin,{\"a\":1}", "/admin", Kind::Connect(Some("{\"a\":1}"))),
            ("0/admin?x=1", "/admin", Kind::Connect(None)),
            ("1/admin,", "/admin", Kind::Disconnect),
            ("2[\"hi\"]", "/", Kind::Event { id: None, data: "[\"hi\"]", attachments: 0 }),
            ("212[\"hi\"]", "/", Kind::Event { id: Some(12), data: "[\"hi\"]", attachments: 0 }),
            ("3/a,7[]", "/a", Kind::Ack { id: 7, data: "[]", attachments: 0 }),
            ("52-/a,7[]", "/a", Kind::Event { id: Some(7), data: "[]", attachments: 2 }),
        ];
        for (text, namespace, kind) in cases {
            assert_eq!(parse(text), Ok(Incoming { namespace, kind }), "{text}");
        }
    }

    #[test]
    fn malformed_packets_are_refused() {
        for text in [
            "",
            "\u{20ac}",
            "abc",
            "0[]",
            "0{",
            "0\"x\"",
            "1x",
            "3[]",
            "4{}",
            "5[\"x\"]",
            "5-[\"x\"]",
            "5x-[]",
            "599999999999999999999-[]",
            "299999999999999999999[\"x\"]",
            "7",
        ] {
            assert_eq!(parse(text), Err(Malformed), "{text}");
        }
        for data in
            ["", "{}", "[]", "[{}]", "[null]", "abc[\"x\"]", "[\"x\"", "[\"connect\"]", "[\"x\"]1"]
        {
            assert!(split_event(data).is_err(), "{data}");
        }
    }

    #[test]
    fn an_event_is_split_into_name_and_arguments() {
        let (name, args) = split_event(r#"["mess\u0061ge",1, "2" ,{"3":[true]}]"#).unwrap();
        assert_eq!(name, "message");
        let args: Vec<_> = args.iter().map(|arg| arg.get()).collect();
        assert_eq!(args, ["1", "\"2\"", "{\"3\":[true]}"]);
    }

    #[test]
    fn a_name_that_is_no_text_is_an_unknown_name_and_not_malformed() {
        let (name, _) = split_event(r#"["\ud800"]"#).unwrap();
        assert_eq!(name, r"\ud800");
    }

    #[test]
    fn a_bomb_of_nesting_is_an_argument_like_any_other() {
        let bomb = format!("[\"x\",{}{}]", "[".repeat(50_000), "]".repeat(50_000));
        let (_, args) = split_event(&bomb).unwrap();
        assert_eq!(args.len(), 1);
    }

    #[test]
    fn a_reserved_name_is_not_sent() {
        for name in RESERVED {
            let sends: [&dyn Fn(); 4] = [
                &|| drop(Packet::event("/", name, "")),
                &|| drop(Packet::event_args("/", name, &[])),
                &|| drop(Packet::binary_event("/", name, &[], &[Bytes::new()])),
                &|| drop(event_with_ack("/", 1, name, "")),
            ];
            for (i, send) in sends.iter().enumerate() {
                let sent = std::panic::catch_unwind(std::panic::AssertUnwindSafe(send));
                assert!(sent.is_err(), "{name}, {i}");
            }
        }
        drop(Packet::event("/", "connected", ""));
    }

    #[test]
    fn what_is_encoded_can_be_read() {
        let packet = Packet::event("/a", "x", &[1, 2]);
        assert_eq!(packet.frame.payload(), b"42/a,[\"x\",[1,2]]");
        assert_eq!(ack("/", 5, "ok").payload(), b"435[\"ok\"]");
        assert_eq!(refused("/x", "no", None).payload(), b"44/x,{\"message\":\"no\"}");
        assert_eq!(disconnected("/").payload(), b"41");
    }
}
