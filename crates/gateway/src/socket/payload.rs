//! An event's argument, read once: the fields that any of the dialects knows,
//! each still JSON text until somebody wants it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use chat::error::Code;

use crate::error::WireError;

/// Lone surrogates pass as JSON, but are no Unicode text.
const NOT_TEXT: &str = "is not valid Unicode text";

/// The known fields of an event's first argument. `null` counts as absent,
/// unknown fields (client-made timestamps and names among them) and further
/// arguments are ignored. Depth does no harm: what is not wanted is skipped
/// without recursion.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Payload<'a> {
    /// The argument itself, if it is neither an object nor `null`.
    bare: Option<&'a RawValue>,
    pub(crate) username: Option<&'a RawValue>,
    pub(crate) text: Option<&'a RawValue>,
    pub(crate) body: Option<&'a RawValue>,
    pub(crate) content: Option<&'a RawValue>,
    pub(crate) message_text: Option<&'a RawValue>,
    pub(crate) message_type: Option<&'a RawValue>,
    pub(crate) room_id: Option<&'a RawValue>,
    pub(crate) conversation_id: Option<&'a RawValue>,
    pub(crate) channel_id: Option<&'a RawValue>,
    pub(crate) client_id: Option<&'a RawValue>,
    pub(crate) temp_id: Option<&'a RawValue>,
    pub(crate) user_id: Option<&'a RawValue>,
    pub(crate) sender_name: Option<&'a RawValue>,
    pub(crate) seq: Option<&'a RawValue>,
    pub(crate) cursors: Option<&'a RawValue>,
    pub(crate) forms: Option<&'a RawValue>,
    pub(crate) added_cursor: Option<&'a RawValue>,
    pub(crate) token: Option<&'a RawValue>,
}

impl<'a> Payload<'a> {
    /// Reads the first of an event's arguments.
    pub(crate) fn read(args: &[&'a RawValue]) -> Result<Self, WireError> {
        let Some(first) = args.first() else {
            return Ok(Self::default());
        };
        match first.get().as_bytes().first() {
            Some(b'{') => serde_json::from_str(first.get())
                .map_err(|_| invalid("The argument's field names are not valid Unicode text.")),
            Some(b'n') => Ok(Self::default()),
            _ => Ok(Self { bare: Some(first), ..Self::default() }),
        }
    }

    /// The same with a bare id under the name that it has in this event: so a `chat_error` gives it
    /// back.
    pub(crate) fn with_bare_id(&self, event: &str) -> Self {
        let mut payload = *self;
        match event {
            "join_room" | "leave_room" | "get_active_users" | "joinRoom" | "leaveRoom" => {
                payload.room_id = self.single(self.room_id);
            }
            "join_conversation" | "leave_conversation" => {
                payload.conversation_id = self.single(self.conversation_id);
            }
            "joinChannel" | "leaveChannel" => {
                payload.channel_id = self.single(self.channel_id);
            }
            "mark_read" => match self.bare {
                Some(id) if id.get().starts_with("\"room_") => payload.room_id = Some(id),
                Some(id) if id.get().starts_with("\"channel_") => payload.channel_id = Some(id),
                Some(id) => payload.conversation_id = Some(id),
                None => {}
            },
            _ => {}
        }
        payload
    }

    /// The id of an event that takes a single one, given bare or by name; an empty one names nothing.
    pub(crate) fn single_id(&self, named: Option<&'a RawValue>) -> Option<&'a RawValue> {
        self.single(named).filter(|raw| raw.get() != "\"\"")
    }

    /// The value of an event that takes a single one, given bare or by name.
    pub(crate) fn single(&self, named: Option<&'a RawValue>) -> Option<&'a RawValue> {
        self.bare.or(named)
    }
}

impl<'de> Deserialize<'de> for Payload<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Payload<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Payload<'de>, A::Error> {
                let mut payload = Payload::default();
                while let Some(Name(name)) = map.next_key()? {
                    let slot = match &*name {
                        "username" => &mut payload.username,
                        "text" => &mut payload.text,
                        "body" => &mut payload.body,
                        "content" => &mut payload.content,
                        "messageText" => &mut payload.message_text,
                        "messageType" => &mut payload.message_type,
                        "roomId" => &mut payload.room_id,
                        "conversationId" => &mut payload.conversation_id,
                        "channelId" => &mut payload.channel_id,
                        "clientId" => &mut payload.client_id,
                        "tempId" => &mut payload.temp_id,
                        "userId" => &mut payload.user_id,
                        "senderName" => &mut payload.sender_name,
                        "seq" => &mut payload.seq,
                        "cursors" => &mut payload.cursors,
                        "forms" => &mut payload.forms,
                        "addedCursor" => &mut payload.added_cursor,
                        "token" => &mut payload.token,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    // The last one counts, as in JavaScript.
                    *slot = map.next_value()?;
                }
                Ok(payload)
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

/// A field's name, borrowed unless it is written with escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// A string. `field` is what the error's sentence names.
pub(crate) fn string<'a>(raw: &'a RawValue, field: &str) -> Result<Cow<'a, str>, WireError> {
    if !raw.get().starts_with('"') {
        return Err(invalid(format!("`{field}` must be a string.")));
    }
    serde_json::from_str(raw.get())
        .map(|Text(text)| text)
        .map_err(|_| invalid(format!("`{field}` {NOT_TEXT}.")))
}

/// A string's content, borrowed unless it holds escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// An id: a string, or a number where a client holds one.
pub(crate) fn id<'a>(raw: &'a RawValue, field: &str) -> Result<Cow<'a, str>, WireError> {
    match raw.get().as_bytes().first() {
        Some(b'-' | b'0'..=b'9') => Ok(Cow::Borrowed(raw.get())),
        Some(b'"') => string(raw, field),
        _ => Err(invalid(format!("`{field}` must be a string or a number."))),
    }
}

/// `invalid_payload`, with its sentence.
pub(crate) fn invalid(message: impl Into<String>) -> WireError {
    WireError::new(Code::InvalidPayload, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    fn get(value: Option<&RawValue>) -> Option<&str> {
        value.map(RawValue::get)
    }

    #[test]
    fn an_argument_may_be_absent_bare_or_an_object() {
        let cases = [
            (None, None, None),
            (Some("null"), None, None),
            (Some("\"hi\""), Some("\"hi\""), None),
            (Some("5"), Some("5"), None),
            (Some("[{\"text\":\"hi\"}]"), Some("[{\"text\":\"hi\"}]"), None),
            (Some("{}"), None, None),
            (Some("{\"text\":null}"), None, None),
            (Some("{\"text\":\"hi\",\"timestamp\":1}"), None, Some("\"hi\"")),
            (Some("{\"t\\u0065xt\":7}"), None, Some("7")),
            (Some("{\"text\":1,\"text\":2}"), None, Some("2")),
        ];
        for (json, bare, text) in cases {
            let value = json.map(raw);
            let args: Vec<&RawValue> = value.iter().map(|raw| &**raw).collect();
            let payload = Payload::read(&args).unwrap();
            assert_eq!((get(payload.bare), get(payload.text)), (bare, text), "{json:?}");
        }
    }

    #[test]
    fn depth_is_skipped_or_named_but_never_followed() {
        let deep = "[".repeat(40_000) + &"]".repeat(40_000);
        let ignored = raw(&format!("{{\"x\":{deep},\"text\":\"hi\"}}"));
        let payload = Payload::read(&[&ignored]).unwrap();
        assert_eq!(get(payload.text), Some("\"hi\""));
        let wanted = raw(&format!("{{\"text\":{deep}}}"));
        let payload = Payload::read(&[&wanted]).unwrap();
        let error = string(payload.text.unwrap(), "text").unwrap_err();
        assert_eq!(error.message(), "`text` must be a string.");
    }

    #[test]
    fn lone_surrogates_are_refused_wherever_text_is_read() {
        let name = raw("{\"\\ud800\":1}");
        assert_eq!(Payload::read(&[&name]).unwrap_err().code(), Code::InvalidPayload);
        for json in ["\"\\ud800\"", "\"\\udc00 \"", "\"a\\ud83dz\""] {
            let text = raw(json);
            let error = string(&text, "text").unwrap_err();
            assert_eq!(error.message(), "`text` is not valid Unicode text.", "{json}");
        }
        let pair = raw("\"\\ud83d\\ude00\"");
        assert_eq!(string(&pair, "text").unwrap(), "😀");
    }

    #[test]
    fn ids_may_be_numbers() {
        let cases = [("\"a\"", Some("a")), ("7", Some("7")), ("-1", Some("-1")), ("true", None)];
        for (json, expected) in cases {
            let raw = raw(json);
            assert_eq!(id(&raw, "roomId").ok().as_deref(), expected, "{json}");
        }
    }
}
