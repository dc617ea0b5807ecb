//! From an event's argument to a command of pairing.

use chat::conversations::ConversationId;
use chat::error::Code;
use chat::ids::{ClientId, RoomId};
use chat::name::Alias;
use chat::pairing::{Command, NewLine};
use chat::text::Text;
use serde_json::value::RawValue;

use crate::error::WireError;
use crate::socket::payload::{Payload, id, invalid, string};

type Decoded = Result<Command, WireError>;

/// From an argument to a command. Whose user the client says that it is was checked before.
pub(crate) type Decode = fn(&Payload<'_>) -> Decoded;

pub(crate) fn start_chat(payload: &Payload<'_>) -> Decoded {
    Ok(Command::Start { alias: alias(payload)? })
}

pub(crate) fn new_chat(payload: &Payload<'_>) -> Decoded {
    Ok(Command::NewChat { alias: alias(payload)? })
}

/// The dialects that have a `send_message`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Pair,
    Rooms,
    Direct,
}

/// `send_message` is the name of three dialects' events; its fields tell which. With a
/// `conversationId` it is direct's. With a `roomId` it is that room's: a pair room's id begins as such,
/// and so does a stored one's; of any other, rooms' own `content` without pair's `text` tells.
pub(crate) fn dialect(payload: &Payload<'_>) -> Result<Dialect, WireError> {
    if payload.conversation_id.is_some() {
        return if payload.room_id.is_some() {
            Err(invalid("Give either `conversationId` or `roomId`: a message goes to one place."))
        } else {
            Ok(Dialect::Direct)
        };
    }
    let Some(raw) = payload.room_id else { return Ok(Dialect::Pair) };
    let room = id(raw, "roomId")?;
    let is_stored = ConversationId::parse(&room).is_ok_and(|id| id.kind().is_some());
    let has_content = payload.content.is_some() && payload.text.is_none();
    let is_pair = room.starts_with(RoomId::PAIR_PREFIX);
    Ok(if is_stored || has_content && !is_pair { Dialect::Rooms } else { Dialect::Pair })
}

/// A line for pair.
pub(crate) fn send_message(payload: &Payload<'_>) -> Decoded {
    let text = payload
        .single(payload.text)
        .ok_or_else(|| invalid("`text` is missing: give the text to send."))?;
    let room = payload.room_id.map(|raw| id(raw, "roomId")).transpose()?;
    let client_id = payload.client_id.map(|raw| id(raw, "clientId")).transpose()?;
    Ok(Command::Send(NewLine {
        text: Text::parse(&string(text, "text")?)?,
        room: room.as_deref().map(RoomId::parse).transpose()?,
        client_id: client_id.as_deref().map(ClientId::parse).transpose()?,
    }))
}

/// `report_partner`, until there is somebody to read reports.
pub(crate) fn no_reports() -> WireError {
    WireError::new(
        Code::Unavailable,
        "Reports are not taken yet: use `block_partner` to never meet this partner again.",
    )
    .final_answer()
}

fn alias(payload: &Payload<'_>) -> Result<Option<Alias>, WireError> {
    let parse = |raw: &RawValue| Ok(Alias::parse(&string(raw, "username")?)?);
    payload.single(payload.username).map(parse).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::socket::table::{Action, EVENTS, find};

    /// What an event with this argument (JSON, empty for none) becomes, in Rust's own words for
    /// commands and `code: message` for refusals.
    fn decoded(event: &str, argument: &str) -> String {
        let row = &EVENTS[find(event).expect("a known event")];
        let raw: Option<Box<RawValue>> =
            (!argument.is_empty()).then(|| serde_json::from_str(argument).expect("JSON"));
        let args: Vec<&RawValue> = raw.iter().map(|raw| &**raw).collect();
        let decode: Decode = match row.action {
            Action::Pair(decode) => decode,
            Action::Send => send_message,
            _ => panic!("{event} has no arguments of pair's"),
        };
        match Payload::read(&args).and_then(|payload| decode(&payload)) {
            Ok(command) => format!("{command:?}"),
            Err(error) => format!("{}: {}", error.code().as_str(), error.message()),
        }
    }

    fn check(cases: &[(&str, &str, &str)]) {
        for (event, argument, expected) in cases {
            let decoded = decoded(event, argument);
            assert!(decoded.starts_with(expected), "{event}({argument}) became {decoded}");
        }
    }

    #[test]
    fn a_name_may_come_bare_by_field_or_not_at_all() {
        check(&[
            ("start_chat", "", "Start { alias: None }"),
            ("start_chat", "null", "Start { alias: None }"),
            ("start_chat", "{}", "Start { alias: None }"),
            ("start_chat", r#"{"username":null,"x":1}"#, "Start { alias: None }"),
            ("start_chat", r#"" Ann ""#, r#"Start { alias: Some(Alias("Ann")) }"#),
            ("start_chat", r#"{"username":"Ann"}"#, r#"Start { alias: Some(Alias("Ann")) }"#),
            ("new_chat", r#""Ann""#, r#"NewChat { alias: Some(Alias("Ann")) }"#),
            ("start_chat", "7", "invalid_payload: `username` must be a string."),
            ("start_chat", "[]", "invalid_payload: `username` must be a string."),
            ("start_chat", r#""""#, "invalid_payload: The name is empty"),
            ("new_chat", r#""\ud800""#, "invalid_payload: `username` is not valid Unicode text."),
            ("start_chat", r#"{"userId":null,"senderName":"Bob"}"#, "Start { alias: None }"),
        ]);
    }

    #[test]
    fn a_line_may_come_bare_or_with_its_room_and_key() {
        check(&[
            (
                "send_message",
                r#""hi""#,
                "Send(NewLine { text: Text(2 bytes), room: None, client_id: None })",
            ),
            (
                "send_message",
                r#"{"text":"hi","roomId":"pair_1","clientId":"c","timestamp":5,"senderName":"Bob"}"#,
                r#"Send(NewLine { text: Text(2 bytes), room: Some(RoomId("pair_1")), client_id: Some(ClientId("c")) })"#,
            ),
            (
                "send_message",
                r#"{"text":"hi","roomId":12,"clientId":34}"#,
                r#"Send(NewLine { text: Text(2 bytes), room: Some(RoomId("12")), client_id: Some(ClientId("34")) })"#,
            ),
            ("send_message", r#"{"text":"hi","content":"hi","roomId":"r"}"#, "Send("),
            ("send_message", "", "invalid_payload: `text` is missing"),
            ("send_message", r#"{"text":null}"#, "invalid_payload: `text` is missing"),
            ("send_message", r#"{"content":"hi"}"#, "invalid_payload: `text` is missing"),
            ("send_message", r#"{"text":7}"#, "invalid_payload: `text` must be a string."),
            ("send_message", "true", "invalid_payload: `text` must be a string."),
            (
                "send_message",
                r#"{"text":"\udfff"}"#,
                "invalid_payload: `text` is not valid Unicode",
            ),
            ("send_message", r#"" ""#, "invalid_payload: The text is empty"),
            ("send_message", r#"{"text":"hi","roomId":{}}"#, "invalid_payload: `roomId` must be"),
            ("send_message", r#"{"text":"hi","roomId":""}"#, "invalid_payload: `roomId` must have"),
            (
                "send_message",
                r#"{"text":"hi","clientId":true}"#,
                "invalid_payload: `clientId` must be",
            ),
            (
                "send_message",
                r#"{"text":"hi","clientId":""}"#,
                "invalid_payload: `clientId` must have",
            ),
        ]);
        let long = format!("\"{}\"", "x".repeat(4_001));
        check(&[("send_message", &long, "too_large: ")]);
    }

    #[test]
    fn the_dialects_of_send_message_are_told_apart() {
        for (argument, expected) in [
            (r#""hi""#, Some(Dialect::Pair)),
            ("{}", Some(Dialect::Pair)),
            (r#"{"text":"hi","roomId":"pair_1"}"#, Some(Dialect::Pair)),
            (r#"{"content":"hi","roomId":"pair_1"}"#, Some(Dialect::Pair)),
            (r#"{"text":"hi","roomId":12}"#, Some(Dialect::Pair)),
            (r#"{"text":"hi","content":"hi","roomId":"r"}"#, Some(Dialect::Pair)),
            (r#"{"roomId":"r","content":"hi","userId":"7"}"#, Some(Dialect::Rooms)),
            (r#"{"roomId":"room_1","content":"hi"}"#, Some(Dialect::Rooms)),
            (r#"{"roomId":"room_1","text":"hi"}"#, Some(Dialect::Rooms)),
            (r#"{"roomId":"channel_1","text":"hi"}"#, Some(Dialect::Rooms)),
            (r#"{"roomId":null,"content":"hi"}"#, Some(Dialect::Pair)),
            (r#"{"conversationId":"conv_1_2","messageText":"hi"}"#, Some(Dialect::Direct)),
            (r#"{"conversationId":"conv_1_2","roomId":null}"#, Some(Dialect::Direct)),
            (r#"{"conversationId":"c","roomId":"r","text":"hi"}"#, None),
            (r#"{"roomId":{},"text":"hi"}"#, None),
        ] {
            let raw: Box<RawValue> = serde_json::from_str(argument).expect("JSON");
            let args = [&*raw];
            let payload = Payload::read(&args).expect("an argument");
            let dialect = dialect(&payload).map_err(|error| error.code());
            assert_eq!(dialect, expected.ok_or(Code::InvalidPayload), "{argument}");
        }
    }
}
