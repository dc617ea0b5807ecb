//! From an event's argument to a command of pairing.

use chat::error::Code;
use chat::ids::{ClientId, RoomId};
use chat::name::Alias;
use chat::pairing::{Command, NewLine};
use chat::text::Text;
use serde_json::value::RawValue;

use crate::error::WireError;
use crate::socket::handler::needs_account;
use crate::socket::payload::{Payload, id, invalid, string};

type Decoded = Result<Command, WireError>;

pub(crate) fn start_chat(payload: &Payload<'_>) -> Decoded {
    Ok(Command::Start { alias: alias(payload)? })
}

pub(crate) fn new_chat(payload: &Payload<'_>) -> Decoded {
    Ok(Command::NewChat { alias: alias(payload)? })
}

/// `send_message` is the name of three dialects' events; its fields tell which. With a
/// `conversationId` it is direct's, with a `roomId` and rooms' own `content` it is rooms', and both
/// need an account; everything else is pair's.
pub(crate) fn send_message(payload: &Payload<'_>) -> Decoded {
    if payload.conversation_id.is_some() {
        return Err(if payload.room_id.is_some() {
            invalid("Give either `conversationId` or `roomId`: a message goes to one place.")
        } else {
            needs_account()
        });
    }
    if payload.room_id.is_some() && payload.content.is_some() && payload.text.is_none() {
        return Err(needs_account());
    }
    check_user(payload)?;
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

pub(crate) fn leave_chat(payload: &Payload<'_>) -> Decoded {
    check_user(payload)?;
    Ok(Command::Leave)
}

pub(crate) fn get_room_status(payload: &Payload<'_>) -> Decoded {
    check_user(payload)?;
    Ok(Command::Status)
}

pub(crate) fn typing(payload: &Payload<'_>) -> Decoded {
    check_typing(payload)?;
    Ok(Command::Typing)
}

pub(crate) fn stop_typing(payload: &Payload<'_>) -> Decoded {
    check_typing(payload)?;
    Ok(Command::StopTyping)
}

pub(crate) fn block_partner(payload: &Payload<'_>) -> Decoded {
    check_user(payload)?;
    Ok(Command::Block)
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
    check_user(payload)?;
    let parse = |raw: &RawValue| Ok(Alias::parse(&string(raw, "username")?)?);
    payload.single(payload.username).map(parse).transpose()
}

/// With a `conversationId`, `typing` is direct's.
fn check_typing(payload: &Payload<'_>) -> Result<(), WireError> {
    if payload.conversation_id.is_some() {
        return Err(needs_account());
    }
    check_user(payload)
}

/// A stranger is nobody's user: whatever `userId` a client gives, it contradicts that.
fn check_user(payload: &Payload<'_>) -> Result<(), WireError> {
    if payload.user_id.is_none() {
        return Ok(());
    }
    Err(WireError::new(
        Code::Forbidden,
        "You are connected without an account: leave `userId` out.",
    ))
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
        let Action::Pair(decode) = row.action else { panic!("{event} is not pair's") };
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
            ("start_chat", r#"{"userId":"7"}"#, "forbidden: "),
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
            ("send_message", r#"{"text":"hi","userId":"7"}"#, "forbidden: "),
        ]);
        let long = format!("\"{}\"", "x".repeat(4_001));
        check(&[("send_message", &long, "too_large: ")]);
    }

    #[test]
    fn other_dialects_forms_are_told_apart() {
        check(&[
            (
                "send_message",
                r#"{"conversationId":"conv_1_2","messageText":"hi"}"#,
                "unauthenticated: ",
            ),
            ("send_message", r#"{"conversationId":"conv_1_2","roomId":null}"#, "unauthenticated: "),
            (
                "send_message",
                r#"{"conversationId":"c","roomId":"r","text":"hi"}"#,
                "invalid_payload: ",
            ),
            ("send_message", r#"{"roomId":"r","content":"hi","userId":"7"}"#, "unauthenticated: "),
            ("typing", r#"{"conversationId":"conv_1_2"}"#, "unauthenticated: "),
            ("stop_typing", r#"{"conversationId":"conv_1_2"}"#, "unauthenticated: "),
        ]);
    }

    #[test]
    fn events_without_arguments_take_any() {
        for (event, command) in [
            ("leave_chat", "Leave"),
            ("get_room_status", "Status"),
            ("typing", "Typing"),
            ("stop_typing", "StopTyping"),
            ("block_partner", "Block"),
        ] {
            check(&[
                (event, "", command),
                (event, "null", command),
                (event, "{}", command),
                (event, r#""x""#, command),
                (event, r#"{"userId":7}"#, "forbidden: "),
            ]);
        }
    }
}
