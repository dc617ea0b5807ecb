//! What does not wait for a join or a `sync`: a message into another conversation needs nothing of it.

use std::collections::HashSet;

use chat::conversations::ConversationId;
use socketio::{Event, Passes};

use super::decode;
use crate::fanout::Listener;
use crate::socket::payload::Payload;

/// The events that are shown at once, for any conversation but these.
pub(in crate::socket) fn elsewhere(
    listener: &Listener,
    held: impl IntoIterator<Item = ConversationId>,
) -> Passes {
    let listener = listener.clone();
    let held: HashSet<_> = held.into_iter().collect();
    Box::new(move |event| {
        let said_in = said_in(event, &listener);
        said_in.is_some_and(|conversation| !held.contains(&conversation))
    })
}

/// Where a message is to be shown; `None` for any other event, and for what will be refused.
fn said_in(event: &Event<'_>, listener: &Listener) -> Option<ConversationId> {
    if !matches!(&*event.name, "roomMessage" | "NEW_MESSAGE") {
        return None;
    }
    let payload = Payload::read(&event.args).ok()?;
    decode::conversation(&payload, listener).ok()
}
