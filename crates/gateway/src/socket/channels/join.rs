//! `joinRoom` and `joinChannel`: listens to whatever the user may enter.

use std::sync::Arc;

use chat::listening::Form;
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
use socketio::Flow;

use super::decode;
use super::pass::elsewhere;
use crate::error::WireError;
use crate::fanout::ActiveList;
use crate::socket::rooms::Call;
use crate::wire::UserBody;

/// The answer. `activeCount` counts those too who are beyond the 200 of the list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Joined<'a> {
    success: bool,
    connected_users: Connected<'a>,
    active_count: usize,
}

/// Somebody who listens: one of `connectedUsers`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConnectedUser<'a> {
    user_id: &'a str,
    /// Of its sockets the one that has listened longest.
    socket_id: &'a str,
    user: UserBody<'a>,
}

/// A list as the wire shows it.
struct Connected<'a>(ActiveList<'a>);

impl Serialize for Connected<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut users = serializer.serialize_seq(None)?;
        for (account, socket, profile) in self.0.people() {
            let (user_id, socket_id) = (account.as_str(), socket.as_str());
            let user = UserBody::from(&*profile);
            users.serialize_element(&ConnectedUser { user_id, socket_id, user })?;
        }
        users.end()
    }
}

pub(in crate::socket) fn join_room(call: Call<'_>) -> Result<Flow, WireError> {
    join(call, Form::ChannelRooms)
}

pub(in crate::socket) fn join_channel(call: Call<'_>) -> Result<Flow, WireError> {
    join(call, Form::Channels)
}

/// The socket's next event there finds it in force.
fn join(mut call: Call<'_>, form: Form) -> Result<Flow, WireError> {
    let conversation = decode::conversation(call.payload, &call.listener)?;
    let mut reply = Some(call.reply());
    let (chat, listener) = (Arc::clone(call.chat), call.listener);
    let passes = elsewhere(&listener, [conversation.clone()]);
    let join = Box::pin(async move {
        let joined = chat.join(&listener, &conversation, form, |_, active| {
            if let Some(reply) = reply.take() {
                reply.succeed(&Joined {
                    success: true,
                    connected_users: Connected(active),
                    active_count: active.count(),
                });
            }
        });
        let outcome = joined.await;
        if let (Err(error), Some(reply)) = (outcome, reply) {
            reply.fail(error);
        }
    });
    Ok(Flow::HoldBut(join, passes))
}
