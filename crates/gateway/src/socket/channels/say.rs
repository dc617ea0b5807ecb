//! `roomMessage` and `NEW_MESSAGE`: shown at once, stored afterwards.

use chat::listening::Form;
use chat::text::Text;
use socketio::Flow;

use super::decode;
use crate::error::WireError;
use crate::fanout::Line;
use crate::socket::payload::{invalid, string};
use crate::socket::rooms::Call;

pub(in crate::socket) fn room_message(call: Call<'_>) -> Result<Flow, WireError> {
    say(call, Form::ChannelRooms)
}

pub(in crate::socket) fn new_message(call: Call<'_>) -> Result<Flow, WireError> {
    say(call, Form::Channels)
}

/// Nothing waits: the callback is called, and the message shown, before the next event is read.
fn say(call: Call<'_>, form: Form) -> Result<Flow, WireError> {
    let Call { chat, listener, payload, ack, .. } = call;
    let conversation = decode::conversation(payload, &listener)?;
    let body = payload.body.ok_or_else(|| invalid("`body` is missing: give the text to send."))?;
    let text = Text::parse(&string(body, "body")?)?;
    let temp_id = decode::temp_id(payload)?;
    let line = Line { conversation, text, temp_id, form };
    chat.say(&listener, line, ack)?;
    Ok(Flow::Next)
}
