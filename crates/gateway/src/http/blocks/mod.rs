//! Who blocks whom, over HTTP. One file per verb.

mod block;
mod list;
mod unblock;

#[cfg(test)]
pub(super) mod tests;

use std::sync::Arc;

use chat::ids::AccountId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::api::Api;

/// The routes of this module, each with its description.
pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(list::list)).routes(routes!(block::block, unblock::unblock))
}

/// It is done.
#[derive(Serialize, ToSchema)]
struct Blocked {
    /// Always `true`.
    success: bool,
}

/// See [`Blocked`].
const DONE: Blocked = Blocked { success: true };

/// The account that a path names; `None` for what cannot be one.
fn account(id: &str) -> Option<AccountId> {
    AccountId::parse(id).ok()
}
