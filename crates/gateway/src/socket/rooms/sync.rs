//! `sync`: what came after the places that a client knows, and everything from there on.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use chat::conversations::{ConversationId, ListCursor};
use chat::error::Code;
use chat::identity::Profile;
use chat::listening::Form;
use serde::Serialize;
use serde_json::value::RawValue;
use socketio::Flow;

use super::{Call, decode};
use crate::error::WireError;
use crate::fanout::{Caught, Cursor, Request, Synced, stored};
use crate::socket::channels::elsewhere;
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
    /// There are more than that. Absent otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    added_more: bool,
    /// Where the next call goes on with them. Absent where that is at the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    added_cursor: Option<String>,
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

/// The socket's next event in one of them finds it in force.
pub(in crate::socket) fn sync(mut call: Call<'_>) -> Result<Flow, WireError> {
    let who = call.listener.profile.get();
    let (cursors, refused) = cursors(call.payload.cursors, call.payload.forms, &who)?;
    let added_after = call.payload.added_cursor.map(place).transpose()?;
    call.charge_sync(cursors.len() + refused.len())?;
    let mut reply = Some(call.reply());
    let (chat, listener) = (Arc::clone(call.chat), call.listener);
    let passes = elsewhere(&listener, cursors.iter().map(|cursor| cursor.conversation.clone()));
    let request = Request { cursors, added_after };
    let sync = Box::pin(async move {
        let synced = chat.sync(&listener, request, |synced| {
            if let Some(reply) = reply.take() {
                reply.succeed(&answer(&synced, &refused));
            }
        });
        let outcome = synced.await;
        if let (Err(error), Some(reply)) = (outcome, reply) {
            reply.fail(error);
        }
    });
    Ok(Flow::HoldBut(sync, passes))
}

fn answer<'a>(synced: &'a Synced, refused: &'a [Refused]) -> Answer<'a> {
    let refused = refused
        .iter()
        .map(|(id, error)| Conversation::Failed { conversation_id: id, error: error.clone() });
    let conversations = synced.conversations.iter().map(|(id, outcome)| show(id, outcome));
    Answer {
        success: true,
        conversations: conversations.chain(refused).collect(),
        added: &synced.added.shown,
        added_more: synced.added.has_more,
        added_cursor: synced.added.next.as_ref().map(ToString::to_string),
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

/// An id of which is known without the store that it is not there, or not for this account, and why.
type Refused = (String, WireError);

/// `{conversationId: lastSeq}` and `{conversationId: form}`.
fn cursors(
    cursors: Option<&RawValue>,
    forms: Option<&RawValue>,
    who: &Profile,
) -> Result<(Vec<Cursor>, Vec<Refused>), WireError> {
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
    let (mut good, mut refused) = (Vec::with_capacity(cursors.len()), Vec::new());
    for (id, after) in &cursors {
        let after = after.ok_or_else(|| invalid("A cursor must be a whole number from 0."))?;
        let after = decode::seq(after, "cursors")?;
        let form = forms.get(id).copied().flatten().map(self::form).transpose()?;
        match stored(id, who) {
            Ok(conversation) => good.push(Cursor { conversation, after, form }),
            Err(error) => refused.push((id.clone().into_owned(), error.into())),
        }
    }
    Ok((good, refused))
}

/// Where an earlier answer left off.
fn place(raw: &RawValue) -> Result<ListCursor, WireError> {
    Ok(ListCursor::parse(&string(raw, "addedCursor")?)?)
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
    use chat::ids::AccountId;
    use chat::name::Username;

    use super::*;

    fn seven() -> Profile {
        Profile {
            id: AccountId::parse("7").expect("an id"),
            username: Username::stored("seven"),
            display_name: None,
            avatar_url: None,
            is_guest: false,
        }
    }

    fn decoded(cursors: &str, forms: &str) -> Result<String, Code> {
        let raw = |json: &str| -> Option<Box<RawValue>> {
            (!json.is_empty()).then(|| serde_json::from_str(json).expect("JSON"))
        };
        let (cursors, forms) = (raw(cursors), raw(forms));
        let cursors = super::cursors(cursors.as_deref(), forms.as_deref(), &seven());
        let show =
            |Cursor { conversation, after, form }| format!("{conversation}:{after}:{form:?}");
        let (cursors, refused) = cursors.map_err(|error| error.code())?;
        let refused = refused.into_iter().map(|(id, error)| format!("{id}!{:?}", error.code()));
        Ok(cursors.into_iter().map(show).chain(refused).collect::<Vec<_>>().join(" "))
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
            (r#"{"a b":1,"c":2}"#, "", Ok("c:2:None a b!NotFound")),
            (r#"{"":1,"conv_7_é":2}"#, "", Ok("!NotFound conv_7_é!NotFound")),
            (r#"{"conv_7_7":0,"conv_7_8":1}"#, "", Ok("conv_7_8:1:None conv_7_7!InvalidPayload")),
            (r#"{"a b":-1}"#, "", Err(Code::InvalidPayload)),
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
