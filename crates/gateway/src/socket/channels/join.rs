//! `joinRoom` and `joinChannel`: listens to whatever the user may enter.

use std::sync::Arc;

use chat::listening::Form;
use serde::Serialize;
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
    connected_users: Vec<ConnectedUser<'a>>,
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
                    connected_users: connected(active),
                    active_count: active.count,
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

fn connected(active: &ActiveList) -> Vec<ConnectedUser<'_>> {
    let people = active.people.iter().map(|one| {
        let (account, socket) = &one.who;
        ConnectedUser {
            user_id: account.as_str(),
            socket_id: socket.as_str(),
            user: one.profile.as_deref().map_or_else(|| UserBody::lost(account), UserBody::from),
        }
    });
    people.collect()
}
