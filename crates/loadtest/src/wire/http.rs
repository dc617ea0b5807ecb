//! The little of HTTP/1.1 that Engine.IO needs from a client.

use memchr::memmem;

use super::MAX_MESSAGE;

/// RFC 6455 §1.3's own example: the key that every handshake here uses, and what it has to be
/// answered with.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A head longer than this is refused.
const MAX_HEAD: usize = 16 << 10;

/// The request that opens a WebSocket.
pub(crate) fn upgrade(host: &str, path: &str) -> String {
    format!(
        "GET {path}?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
}

/// A poll; without a session id, the handshake.
pub(crate) fn poll(host: &str, path: &str, sid: Option<&str>) -> String {
    let (name, sid) = sid.map_or(("", ""), |sid| ("&sid=", sid));
    format!(
        "GET {path}?EIO=4&transport=polling{name}{sid} HTTP/1.1\r\nHost: {host}\r\n\
         Accept: */*\r\n\r\n"
    )
}

/// The head of a request that carries `length` bytes of packets.
pub(crate) fn post(host: &str, path: &str, sid: &str, length: usize) -> String {
    format!(
        "POST {path}?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: {host}\r\n\
         Content-Type: text/plain;charset=UTF-8\r\nContent-Length: {length}\r\n\r\n"
    )
}

/// A request to the server's HTTP API, in the name of whoever the token says, with a JSON body or
/// none.
pub(crate) fn api(host: &str, (method, path): (&str, &str), token: &str, body: &str) -> String {
    let length = body.len();
    let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n{kind}\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

/// An answer that lies whole in a buffer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Response<'a> {
    /// 200, or 101 for a WebSocket that is open.
    pub(crate) status: u16,
    /// Empty for 101.
    pub(crate) body: &'a [u8],
    /// How many bytes of the buffer it takes.
    pub(crate) size: usize,
    /// Whether the WebSocket handshake was answered with the right proof.
    pub(crate) is_websocket: bool,
}

/// The first answer in `buffer`, or `None` if it is not whole yet.
///
/// # Errors
/// What is wrong with it; a body without a length is too much for this client.
pub(crate) fn decode(buffer: &[u8]) -> Result<Option<Response<'_>>, &'static str> {
    let Some(end) = memmem::find(buffer, b"\r\n\r\n") else {
        return if buffer.len() > MAX_HEAD { Err("a head over 16 KiB") } else { Ok(None) };
    };
    let head = std::str::from_utf8(&buffer[..end]).map_err(|_| "a head that is not text")?;
    let status = head
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3))
        .and_then(|status| status.parse().ok())
        .ok_or("not an HTTP/1.1 answer")?;
    let length = match header(head, "content-length") {
        _ if status == 101 => 0,
        Some(length) => length.parse().map_err(|_| "a Content-Length that is no number")?,
        None => return Err("an answer without Content-Length"),
    };
    if length > MAX_MESSAGE {
        return Err("an answer over 16 MiB");
    }
    let (start, size) = (end + 4, end + 4 + length);
    let is_websocket = status == 101 && header(head, "sec-websocket-accept") == Some(ACCEPT);
    Ok(buffer.get(start..size).map(|body| Response { status, body, size, is_websocket }))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
    lines
        .map(|(key, value)| (key, value.trim()))
        .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_when_it_is_whole() {
        let bytes = b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 2\r\n\r\nokHTTP/1.1 400";
        for end in 0..bytes.len() - 12 {
            assert_eq!(decode(&bytes[..end]), Ok(None), "cut at {end}");
        }
        let size = bytes.len() - 12;
        let expected = Response { status: 200, body: b"ok", size, is_websocket: false };
        assert_eq!(decode(bytes), Ok(Some(expected)));
    }

    #[test]
    fn a_websocket_is_open_only_with_the_proof() {
        for (accept, is_websocket) in [(ACCEPT, true), ("s3pPLMBiTxaQ9kYGzzhZRbK+xOp=", false)] {
            let head = format!(
                "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
            );
            let bytes = [head.as_bytes(), b"\x81\x01x"].concat();
            let response = decode(&bytes).unwrap().unwrap();
            assert_eq!((response.is_websocket, response.size), (is_websocket, head.len()));
        }
    }

    #[test]
    fn a_request_with_a_body_says_what_it_is() {
        assert_eq!(
            api("here:1", ("POST", "/api/x"), "t.o.k", "{}"),
            "POST /api/x HTTP/1.1\r\nHost: here:1\r\nAuthorization: Bearer t.o.k\r\n\
             Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        );
        assert!(!api("here:1", ("GET", "/api/x"), "t.o.k", "").contains("Content-Type"));
    }

    #[test]
    fn nonsense_is_an_error() {
        for bytes in ["SSH-2.0\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 2\r\n\r\n"] {
            assert!(decode(bytes.as_bytes()).is_err(), "{bytes:?}");
        }
        assert!(decode(&vec![b'x'; MAX_HEAD + 1]).is_err());
    }
}
