//! Engine.IO v4 and Socket.IO v5 packets, as far as a client of the main namespace needs them.

use std::io::Write;

/// Between the packets of one polling body (Engine.IO protocol v4, "HTTP long-polling").
pub(crate) const SEPARATOR: u8 = 0x1e;

/// The namespace is joined with this, and a payload behind it.
const CONNECT: &[u8] = b"40";
/// The answer to a heartbeat.
pub(crate) const PONG: &[u8] = b"3";
/// The goodbye to the namespace.
pub(crate) const DISCONNECT: &[u8] = b"41";

/// The namespace is joined in somebody's name. A token needs no escaping in JSON.
pub(crate) fn connect(token: Option<&str>) -> Vec<u8> {
    let mut packet = CONNECT.to_vec();
    if let Some(token) = token {
        packet.extend_from_slice(format!("{{\"token\":\"{token}\"}}").as_bytes());
    }
    packet
}

/// What a packet from the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// The handshake, as JSON.
    Open(&'a [u8]),
    /// The heartbeat, to be answered with [`PONG`].
    Ping,
    /// The transport ends.
    Close,
    /// The namespace is joined: `{"sid": …}`.
    Connected(&'a [u8]),
    /// It is not: `{"message": …}`.
    Refused(&'a [u8]),
    /// The namespace was left.
    Disconnected,
    /// `["name", …]`.
    Event(&'a [u8]),
    /// `[…]`, the answer to the event that carried `id`.
    Ack {
        /// As the event gave it.
        id: u64,
        /// The callback's arguments.
        args: &'a [u8],
    },
    /// Nothing that matters here.
    Other,
}

/// What this packet is. Never fails: what is not understood is [`Packet::Other`].
pub(crate) fn parse(bytes: &[u8]) -> Packet<'_> {
    match bytes {
        [b'4', b'2', rest @ ..] => Packet::Event(split_id(rest).1),
        [b'4', b'3', rest @ ..] => match split_id(rest) {
            (Some(id), args) => Packet::Ack { id, args },
            (None, _) => Packet::Other,
        },
        [b'4', b'0', rest @ ..] => Packet::Connected(rest),
        [b'4', b'4', rest @ ..] => Packet::Refused(rest),
        [b'4', b'1', ..] => Packet::Disconnected,
        [b'0', rest @ ..] => Packet::Open(rest),
        [b'1', ..] => Packet::Close,
        [b'2', ..] => Packet::Ping,
        _ => Packet::Other,
    }
}

/// The decimal id at the start, if there is one, and the rest.
fn split_id(bytes: &[u8]) -> (Option<u64>, &[u8]) {
    if bytes.first() == Some(&b'[') {
        return (None, bytes);
    }
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (id, rest) = bytes.split_at(digits);
    (std::str::from_utf8(id).ok().and_then(|id| id.parse().ok()), rest)
}

/// Writes an event with one argument, which is JSON already.
pub(crate) fn event(out: &mut Vec<u8>, ack: Option<u64>, name: &str, argument: &str) {
    out.extend_from_slice(b"42");
    if let Some(id) = ack {
        // Writing into a `Vec` cannot fail.
        let _ = write!(out, "{id}");
    }
    let _ = write!(out, "[\"{name}\"");
    if !argument.is_empty() {
        let _ = write!(out, ",{argument}");
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_known() {
        let cases: [(&str, Packet<'_>); 12] = [
            ("0{\"sid\":\"x\"}", Packet::Open(b"{\"sid\":\"x\"}")),
            ("1", Packet::Close),
            ("2", Packet::Ping),
            ("6", Packet::Other),
            ("", Packet::Other),
            ("40{\"sid\":\"y\"}", Packet::Connected(b"{\"sid\":\"y\"}")),
            ("41", Packet::Disconnected),
            ("42[\"a\",1]", Packet::Event(b"[\"a\",1]")),
            ("4217[\"a\"]", Packet::Event(b"[\"a\"]")),
            ("4312[true]", Packet::Ack { id: 12, args: b"[true]" }),
            ("43[true]", Packet::Other),
            ("44{\"message\":\"no\"}", Packet::Refused(b"{\"message\":\"no\"}")),
        ];
        for (bytes, expected) in cases {
            assert_eq!(parse(bytes.as_bytes()), expected, "{bytes}");
        }
    }

    #[test]
    fn a_namespace_is_joined_with_or_without_a_token() {
        assert_eq!(connect(None), b"40");
        assert_eq!(connect(Some("a.b-c.d_")), b"40{\"token\":\"a.b-c.d_\"}");
    }

    #[test]
    fn an_event_is_written_as_the_protocol_says() {
        for (ack, argument, expected) in [
            (None, "{\"text\":\"x\"}", "42[\"send\",{\"text\":\"x\"}]"),
            (Some(7), "\"x\"", "427[\"send\",\"x\"]"),
            (Some(0), "", "420[\"send\"]"),
        ] {
            let mut out = Vec::new();
            event(&mut out, ack, "send", argument);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
