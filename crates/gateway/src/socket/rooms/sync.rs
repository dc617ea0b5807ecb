//! `sync`: what came after the places that a client knows, and everything from there on.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use chat::conversations::ConversationId;
use chat::error::Code;
use chat::listening::Form;
use serde::Serialize;
use serde_json::value::RawValue;
use socketio::Flow;

use super::{Call, decode};
use crate::error::WireError;
use crate::fanout::{Caught, Cursor, Synced};
use crate::socket::payload::{invalid, string};

/// The most cursors in a call.
const MAX_CURSORS: usize = 200;

/// The answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    success: bool,
    conversations: Vec<Conversation<'a>>,
    added: &'a [Box<RawValue>],
    /// There are more than that: they are in the lists. Absent otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    added_more: bool,
    removed: Vec<&'a str>,
}

/// One for each cursor.
#[derive(Serialize)]
#[serde(untagged)]
enum Conversation<'a> {
    #[serde(rename_all = "camelCase")]
    Caught {
        conversation_id: &'a str,
        messages: &'a [Box<RawValue>],
        has_more: bool,
        last_seq: u64,
        last_read_seq: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        other_last_read_seq: Option<u64>,
    },
    #[serde(rename_all = "camelCase")]
    Failed { conversation_id: &'a str, error: WireError },
}

/// The socket's next event finds it in force.
pub(in crate::socket) fn sync(mut call: Call<'_>) -> Result<Flow, WireError> {
    let cursors = cursors(call.payload.cursors, call.payload.forms)?;
    let mut reply = Some(call.reply());
    let (chat, listener) = (Arc::clone(call.chat), call.listener);
    Ok(Flow::Hold(Box::pin(async move {
        let synced = chat.sync(&listener, cursors, |synced| {
            if let Some(reply) = reply.take() {
                reply.succeed(&answer(&synced));
            }
        });
        let outcome = synced.await;
        if let (Err(error), Some(reply)) = (outcome, reply) {
            reply.fail(error);
        }
    })))
}

fn answer(synced: &Synced) -> Answer<'_> {
    Answer {
        success: true,
        conversations: synced.conversations.iter().map(|(id, outcome)| show(id, outcome)).collect(),
        added: &synced.added,
        added_more: synced.added_more,
        removed: synced.removed.iter().map(ConversationId::as_str).collect(),
    }
}

fn show<'a, E: Copy + Into<WireError>>(
    id: &'a ConversationId,
    outcome: &'a Result<Caught, E>,
) -> Conversation<'a> {
    let conversation_id = id.as_str();
    match outcome {
        Ok(Caught { messages, has_more, last_seq, last_read, other_last_read }) => {
            Conversation::Caught {
                conversation_id,
                messages,
                has_more: *has_more,
                last_seq: last_seq.0,
                last_read_seq: last_read.0,
                other_last_read_seq: other_last_read.map(|seq| seq.0),
            }
        }
        Err(error) => Conversation::Failed { conversation_id, error: (*error).into() },
    }
}

type Fields<'a> = BTreeMap<Cow<'a, str>, Option<&'a RawValue>>;

/// `{conversationId: lastSeq}` and `{conversationId: form}`.
fn cursors(cursors: Option<&RawValue>, forms: Option<&RawValue>) -> Result<Vec<Cursor>, WireError> {
    let cursors = cursors.ok_or_else(|| {
        invalid("`cursors` is missing: give the last `seq` that you have of each conversation.")
    })?;
    let cursors = object(cursors, "cursors")?;
    if cursors.len() > MAX_CURSORS {
        return Err(WireError::new(
            Code::TooLarge,
            "Give at most 200 cursors: sync the others with another call.",
        ));
    }
    let forms = forms.map(|raw| object(raw, "forms")).transpose()?.unwrap_or_default();
    for form in forms.values().flatten() {
        self::form(form)?;
    }
    cursors
        .iter()
        .map(|(id, after)| {
            let after = after.ok_or_else(|| invalid("A cursor must be a whole number from 0."))?;
            let form = forms.get(id).copied().flatten();
            Ok(Cursor {
                conversation: ConversationId::parse(id)?,
                after: decode::seq(after, "cursors")?,
                form: form.map(self::form).transpose()?,
            })
        })
        .collect()
}

fn form(raw: &RawValue) -> Result<Form, WireError> {
    match &*string(raw, "forms")? {
        "rooms" => Ok(Form::Rooms),
        "direct" => Ok(Form::Direct),
        "channels" => Ok(Form::Channels),
        _ => Err(invalid("A form must be `rooms`, `direct` or `channels`.")),
    }
}

fn object<'a>(raw: &'a RawValue, field: &str) -> Result<Fields<'a>, WireError> {
    serde_json::from_str(raw.get())
        .map_err(|_| invalid(format!("`{field}` must be an object with a value for each id.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(cursors: &str, forms: &str) -> Result<String, Code> {
        let raw = |json: &str| -> Option<Box<RawValue>> {
            (!json.is_empty()).then(|| serde_json::from_str(json).expect("JSON"))
        };
        let (cursors, forms) = (raw(cursors), raw(forms));
        let cursors = super::cursors(cursors.as_deref(), forms.as_deref());
        let show =
            |Cursor { conversation, after, form }| format!("{conversation}:{after}:{form:?}");
        let cursors = cursors.map_err(|error| error.code())?;
        Ok(cursors.into_iter().map(show).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn cursors_are_places_by_id() {
        for (cursors, forms, expected) in [
            ("{}", "", Ok("")),
            (r#"{"room_1":5,"b":0}"#, "", Ok("b:0:None room_1:5:None")),
            (r#"{"a":1,"a":2}"#, "{}", Ok("a:2:None")),
            (r#"{"a":1}"#, r#"{"a":"rooms","b":"direct"}"#, Ok("a:1:Some(Rooms)")),
            (r#"{"a":1}"#, r#"{"a":null}"#, Ok("a:1:None")),
            (r#"{"\u0061":1}"#, "", Ok("a:1:None")),
            ("", "", Err(Code::InvalidPayload)),
            ("[]", "", Err(Code::InvalidPayload)),
            ("7", "", Err(Code::InvalidPayload)),
            (r#"{"a":null}"#, "", Err(Code::InvalidPayload)),
            (r#"{"a":-1}"#, "", Err(Code::InvalidPayload)),
            (r#"{"a":1.5}"#, "", Err(Code::InvalidPayload)),
            (r#"{"a":1e3}"#, "", Err(Code::InvalidPayload)),
            (r#"{"a":"1"}"#, "", Err(Code::InvalidPayload)),
            (r#"{"a b":1}"#, "", Err(Code::InvalidPayload)),
            (r#"{"a":1}"#, r#"{"b":"letters"}"#, Err(Code::InvalidPayload)),
            (r#"{"a":1}"#, r#""rooms""#, Err(Code::InvalidPayload)),
        ] {
            let expected = expected.map(ToOwned::to_owned);
            assert_eq!(decoded(cursors, forms), expected, "{cursors} {forms}");
        }
    }

    #[test]
    fn there_are_at_most_200_cursors() {
        let cursors = |count| {
            let each: Vec<_> = (0..count).map(|nth| format!("\"room_{nth}\":0")).collect();
            decoded(&format!("{{{}}}", each.join(",")), "").map(drop)
        };
        assert_eq!(cursors(MAX_CURSORS), Ok(()));
        assert_eq!(cursors(MAX_CURSORS + 1), Err(Code::TooLarge));
    }
}
