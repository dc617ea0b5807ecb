//! `POST /api/users/{id}/block`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chat::error::Code;
use chat::identity::Block;

use super::{Blocked, DONE, account};
use crate::error::{ErrorBody, WireError};
use crate::http::api::Api;
use crate::http::path::Named;
use crate::http::signed_in::SignedIn;

/// Blocks somebody.
///
/// To them, one is not there any more in direct conversations; neither sees whether the other is
/// online, and as strangers the two never meet. In rooms nothing changes. Repeating it changes nothing.
#[utoipa::path(
    post,
    path = "/api/users/{id}/block",
    tag = "users",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "Whom")),
    responses(
        (status = 200, description = "It is so", body = Blocked),
        (status = 400, description = "`invalid_payload`: oneself", body = ErrorBody),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`not_found`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn block(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    Named(id): Named,
) -> Result<Json<Blocked>, WireError> {
    let blocker = signed_in.account_id().clone();
    let nobody =
        || WireError::new(Code::NotFound, "There is no such account: look for it by name.");
    let whom = account(&id).ok_or_else(nobody)?;
    if whom == blocker {
        let message = "You cannot block yourself: name somebody else.";
        return Err(WireError::new(Code::InvalidPayload, message));
    }
    let block = Block { blocker, blocked: whom };
    if !api.store.block(block.clone(), api.now().wall).await? {
        return Err(nobody());
    }
    api.blocks.blocked(&block);
    Ok(Json(DONE))
}
