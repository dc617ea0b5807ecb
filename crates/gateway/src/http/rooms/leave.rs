//! `DELETE /api/chat/rooms/{id}/leave`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::wire::Left;
use super::{RoomPath, no_room, to_its_end};
use crate::error::{ErrorBody, WireError};
use crate::fanout::Heard;
use crate::http::api::Api;
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
    responses(
        (status = 200, description = "It is so", body = Left),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`not_found`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn leave(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    RoomPath(room): RoomPath,
) -> Result<Json<Left>, WireError> {
    let account = signed_in.account_id().clone();
    to_its_end(async move {
        let now = api.now().wall;
        let left = api.store.leave(room.clone(), account.clone(), now).await?;
        // Also for whoever had left: the first call may have got no further than the store.
        api.chat.expel(&account, &room);
        if left {
            api.chat.tell(&Heard::Left(&account, &room));
        } else if api.store.view(room, account).await?.is_none() {
            return Err(no_room());
        }
        Ok(())
    })
    .await?;
    Ok(Json(Left { success: true }))
}
