//! Direct conversations over HTTP: opening, listing, reading and writing them. One file per verb;
//! [`wire`] has the shapes that are not in [`crate::wire`].
//!
//! To everybody but the two of it, and to whoever the other one blocks, a conversation is answered as
//! one that nobody has, by the same questions to the store.

mod list;
mod open;
mod page;
mod read;
mod send;
mod wire;

#[cfg(test)]
pub(super) mod tests;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::api::Api;

/// The routes of this module, each with its description.
pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(open::open, list::list))
        .routes(routes!(send::send))
        .routes(routes!(page::page))
        .routes(routes!(read::read))
}
