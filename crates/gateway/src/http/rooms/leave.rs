//! `DELETE /api/chat/rooms/{id}/leave`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chat::store::StoreError;

use super::wire::{Left, Who};
use super::{RoomPath, check_user, to_its_end};
use crate::error::{ErrorBody, WireError, no_room};
use crate::fanout::Heard;
use crate::http::api::Api;
use crate::http::body::MaybeJson;
use crate::http::signed_in::SignedIn;

/// Is a member no more; all of one's sockets stop listening.
///
/// For whoever is none it changes nothing. What one has written stays.
#[utoipa::path(
    delete,
    path = "/api/chat/rooms/{id}/leave",
    tag = "rooms",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The room's `_id`")),
    request_body = Option<Who>,
    responses(
        (status = 200, description = "It is so", body = Left),
        (status = 400, description = "`invalid_payload`", body = ErrorBody),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 403, description = "`forbidden`: another's `userId`", body = ErrorBody),
        (status = 404, description = "`not_found`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn leave(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    RoomPath(room): RoomPath,
    MaybeJson(who): MaybeJson<Who>,
) -> Result<Json<Left>, WireError> {
    let account = signed_in.account_id().clone();
    check_user(who.user_id.as_ref(), &account)?;
    to_its_end(async move {
        let now = api.now().wall;
        let left = api.store.leave(room.clone(), account.clone(), now).await;
        // Where the store does not know whether it was stored, nobody goes on listening who may have
        // left, and the lists ask.
        let may_have = left.unwrap_or_else(|error| error == StoreError::Unknown);
        if may_have || left.is_ok() {
            // Also for whoever had left: the first call may have got no further than the store.
            api.chat.expel(&account, &room);
        }
        if may_have {
            api.chat.tell(&Heard::Left(&account, &room));
        }
        if !left? && api.store.view(room, account).await?.is_none() {
            return Err(no_room());
        }
        Ok(())
    })
    .await?;
    Ok(Json(Left { success: true }))
}
