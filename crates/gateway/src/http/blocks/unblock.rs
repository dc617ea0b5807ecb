//! `DELETE /api/users/{id}/block`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chat::identity::Block;

use super::{Blocked, DONE, account};
use crate::error::{ErrorBody, WireError};
use crate::http::api::Api;
use crate::http::path::Named;
use crate::http::signed_in::SignedIn;

/// Blocks somebody no longer.
///
/// Where there was no block it changes nothing, whoever it is.
#[utoipa::path(
    delete,
    path = "/api/users/{id}/block",
    tag = "users",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "Whom")),
    responses(
        (status = 200, description = "It is so", body = Blocked),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn unblock(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    Named(id): Named,
) -> Result<Json<Blocked>, WireError> {
    if let Some(blocked) = account(&id) {
        let block = Block { blocker: signed_in.account_id().clone(), blocked };
        if api.store.unblock(block.clone()).await? {
            api.blocks.unblocked(&block);
        }
    }
    Ok(Json(DONE))
}
