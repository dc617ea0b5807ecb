//! Rooms over HTTP: making, finding, joining and leaving them, their members, and their messages. One
//! file per verb; [`wire`] has the shapes that are not in [`crate::wire`].
//!
//! Only rooms are here: the id of a channel or of a direct conversation is answered as one that does
//! not exist.

mod create;
mod join;
mod leave;
mod list;
mod members;
mod page;
mod post;
mod wire;

#[cfg(test)]
pub(super) mod tests;

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use chat::conversations::{ConversationId, Kind};
use http::request::Parts;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::api::Api;
use super::body::check_user;
use crate::error::{WireError, no_room};

/// The routes of this module, each with its description.
pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(create::create, list::list))
        .routes(routes!(join::join))
        .routes(routes!(leave::leave))
        .routes(routes!(members::members))
        .routes(routes!(page::page, post::post))
}

/// The room that a path names. Whether it is there is another question; what cannot be one is
/// answered as one that is not.
struct RoomPath(ConversationId);

impl<S: Send + Sync> FromRequestParts<S> for RoomPath {
    type Rejection = WireError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WireError> {
        let path: Result<Path<String>, PathRejection> =
            Path::from_request_parts(parts, state).await;
        path.ok()
            .and_then(|Path(id)| ConversationId::parse(&id).ok())
            .filter(|id| id.kind() == Some(Kind::Room))
            .map(Self)
            .ok_or_else(no_room)
    }
}
