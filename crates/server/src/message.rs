//! `parlour message ID`: asks the server that runs here what became of a message.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use serde_json::Value;

use crate::config::Config;
use crate::data_dir::admin_token;

/// Far longer than an answer from memory takes.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most bytes of an answer: 20 messages with six moments each are some 20 KB.
const MAX_ANSWER_BYTES: u64 = 1 << 20;

/// The longest name that a message can have: a client's key.
const MAX_ID_CHARS: usize = 64;

/// Why nothing was told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MessageError {
    #[error(
        "the operator's token cannot be read: {0} (run this as the server's user with its data_dir, \
         or set admin_token as it is set there)"
    )]
    Token(io::Error),
    #[error("nothing answers at {address}: {error} (listen says where the server is)")]
    Unreachable { address: String, error: io::Error },
    #[error("the answer from {0} is none of Parlour's")]
    Strange(String),
    #[error(
        "this is no id of a message, nor a client's key: they have 1 to {MAX_ID_CHARS} characters"
    )]
    NoId,
    #[error("{0}")]
    Refused(String),
    #[error("standard output cannot be written: {0}")]
    Stdout(io::Error),
}

/// Asks, and prints what it is told.
///
/// # Errors
/// [`MessageError`].
pub(crate) fn run(config: &Config, id: &str) -> Result<(), MessageError> {
    if id.is_empty() || id.chars().count() > MAX_ID_CHARS {
        return Err(MessageError::NoId);
    }
    let token = match &config.admin_token {
        Some(token) => token.clone(),
        None => admin_token(&config.data_dir).map_err(MessageError::Token)?,
    };
    let path = format!("/api/admin/messages/{}/timeline", escaped(id));
    let (status, body) = ask(&config.listen, &path, &token)
        .map_err(|error| MessageError::Unreachable { address: config.listen.clone(), error })?
        .ok_or_else(|| MessageError::Strange(config.listen.clone()))?;
    if status != 200 {
        let message = body["error"]["message"].as_str();
        let refused = message.map(|message| MessageError::Refused(message.to_owned()));
        return Err(refused.unwrap_or_else(|| MessageError::Strange(config.listen.clone())));
    }
    write!(io::stdout(), "{}", shown(&body)).map_err(MessageError::Stdout)
}

/// One GET over a connection of its own; the status and the JSON, `None` for an answer that is none.
fn ask(listen: &str, path: &str, token: &str) -> io::Result<Option<(u16, Value)>> {
    let mut problem = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in listen.to_socket_addrs()? {
        let mut stream = match TcpStream::connect_timeout(&reachable(address), PATIENCE) {
            Ok(stream) => stream,
            Err(error) => {
                problem = error;
                continue;
            }
        };
        stream.set_read_timeout(Some(PATIENCE))?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {listen}\r\nAuthorization: Bearer {token}\r\n\
             Connection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.take(MAX_ANSWER_BYTES).read_to_string(&mut answer)?;
        return Ok(parse(&answer));
    }
    Err(problem)
}

/// Whoever listens everywhere listens here, too.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn parse(answer: &str) -> Option<(u16, Value)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some((status, serde_json::from_str(body).ok()?))
}

/// An id as part of a path (RFC 3986 §2.3).
fn escaped(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    id.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// One block a message, one line a moment.
fn shown(body: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let messages = body["messages"].as_array().into_iter().flatten();
    let blocks = messages.map(|message| {
        let key = message["tempId"].as_str().map(|key| format!(", tempId {}", key.escape_debug()));
        let seq = message["seq"].as_u64().map(|seq| format!(", seq {seq}"));
        let head = format!(
            "{} in {} by {}{}{}\n",
            text(&message["_id"]),
            text(&message["conversationId"]),
            text(&message["senderId"]),
            key.unwrap_or_default(),
            seq.unwrap_or_default()
        );
        let moments = message["moments"].as_array().into_iter().flatten().map(|moment| {
            let code = moment["code"].as_str().map(|code| format!("  {code}"));
            let after_ms = moment["afterMs"].as_f64().unwrap_or_default();
            let (what, at) = (text(&moment["what"]), text(&moment["at"]));
            format!("  {what:<10}{at}  +{after_ms:.3} ms{}\n", code.unwrap_or_default())
        });
        head + &moments.collect::<String>()
    });
    blocks.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_told_in_lines() {
        let body = json!({ "messages": [{
            "_id": "019b", "tempId": "k\n", "conversationId": "channel_x", "senderId": "7", "seq": 3,
            "moments": [
                { "what": "received", "at": "2026-01-01T12:00:00.123Z", "afterMs": 0.0 },
                { "what": "failed", "at": "2026-01-01T12:00:05.123Z", "afterMs": 5000.25,
                  "code": "unavailable" },
            ],
        }]});
        let expected = "019b in channel_x by 7, tempId k\\n, seq 3\n  \
            received  2026-01-01T12:00:00.123Z  +0.000 ms\n  \
            failed    2026-01-01T12:00:05.123Z  +5000.250 ms  unavailable\n";
        assert_eq!(shown(&body), expected);
    }

    #[test]
    fn an_id_is_one_part_of_a_path() {
        assert_eq!(escaped("temp_019b-7a"), "temp_019b-7a");
        assert_eq!(escaped("a/b?c é"), "a%2Fb%3Fc%20%C3%A9");
    }

    #[test]
    fn what_is_no_answer_is_none() {
        assert_eq!(parse("HTTP/1.1 200 OK\r\nx: y\r\n\r\n{}"), Some((200, json!({}))));
        for strange in ["", "SSH-2.0", "HTTP/1.1 200 OK\r\n\r\nhello", "HTTP/1.1 OK\r\n\r\n{}"] {
            assert_eq!(parse(strange), None, "{strange}");
        }
    }
}
