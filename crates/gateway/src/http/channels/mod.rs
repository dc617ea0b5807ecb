//! Channels over HTTP: making, finding, joining and leaving them, inviting and removing, their
//! messages. One file per verb; [`wire`] has the shapes that are not in [`crate::wire`].
//!
//! Only channels are here: the id of a room or of a direct conversation is answered as one that does
//! not exist, and so is that of a private channel to whoever is not in it.

mod create;
mod invite;
mod join;
mod leave;
mod list;
mod members;
mod page;
mod post;
mod remove;
mod wire;

#[cfg(test)]
pub(super) mod tests;

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use chat::conversations::{ConversationId, Kind, MemberError, View};
use chat::ids::AccountId;
use chat::permissions::Denied;
use http::request::Parts;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::api::Api;
use crate::error::{WireError, no_channel};

/// The routes of this module, each with its description.
pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(create::create, list::list))
        .routes(routes!(join::join))
        .routes(routes!(leave::leave))
        .routes(routes!(members::members, invite::invite))
        .routes(routes!(remove::remove))
        .routes(routes!(page::page, post::post))
}

/// The channel that a path names. Whether it is there is another question; what cannot be one is
/// answered as one that is not.
struct ChannelPath(ConversationId);

impl<S: Send + Sync> FromRequestParts<S> for ChannelPath {
    type Rejection = WireError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WireError> {
        let path: Result<Path<String>, PathRejection> =
            Path::from_request_parts(parts, state).await;
        let id = path.map_err(|_| no_channel())?.0;
        channel(&id).map(Self)
    }
}

/// The id of a channel.
fn channel(id: &str) -> Result<ConversationId, WireError> {
    ConversationId::parse(id)
        .ok()
        .filter(|id| id.kind() == Some(Kind::Channel))
        .ok_or_else(no_channel)
}

/// A channel for somebody who may see it.
async fn seen(api: &Api, channel: ConversationId, viewer: &AccountId) -> Result<View, WireError> {
    api.store.view(channel, viewer.clone()).await?.ok_or_else(no_channel)
}

/// What a refusal is to whoever changes who is in a channel.
fn refused(error: MemberError) -> WireError {
    match error {
        MemberError::Denied(Denied::NotFound) => no_channel(),
        other => other.into(),
    }
}
