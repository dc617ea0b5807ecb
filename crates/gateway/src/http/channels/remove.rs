//! `DELETE /api/channels/{id}/members/{userId}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use chat::conversations::{MemberChange, MemberError};
use chat::error::Code;
use chat::ids::AccountId;
use chat::store::StoreError;

use super::{channel, refused, seen};
use crate::error::{ErrorBody, WireError, no_channel};
use crate::http::api::Api;
use crate::http::groups::{self, DONE, Done, ended, to_its_end};
use crate::http::signed_in::SignedIn;

/// Ends somebody's membership, as the owner may.
///
/// All of their sockets stop listening, and hear `conversation_removed`. Of a private channel they see
/// nothing from then on; a public one they may enter again. What they have written stays. For whoever
/// is not in it it changes nothing; one's own id is what leaving is, for any member.
#[utoipa::path(
    delete,
    path = "/api/channels/{id}/members/{userId}",
    tag = "channels",
    security(("token" = []), ("cookie" = [])),
    params(
        ("id" = String, Path, description = "The channel's `_id`"),
        ("userId" = String, Path, description = "Whom"),
    ),
    responses(
        (status = 200, description = "It is so", body = Done),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 403, description = "`forbidden`: one is not the owner", body = ErrorBody),
        (status = 404, description = "`not_found`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn remove(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Json<Done>, WireError> {
    let Path((id, whom)) = path.map_err(|_| no_channel())?;
    let channel = channel(&id)?;
    let by = signed_in.account_id().clone();
    let Ok(whom) = AccountId::parse(&whom) else {
        // There is nobody of such an id, for whoever may know of the channel.
        seen(&api, channel, &by).await?;
        let message = "There is no such account: look at the members of the channel.";
        return Err(WireError::new(Code::NotFound, message));
    };
    if whom == by {
        let left = groups::leave(api, channel, by).await?;
        return if left { Ok(Json(DONE)) } else { Err(no_channel()) };
    }
    to_its_end(async move {
        let removal = MemberChange { conversation: channel.clone(), by, whom: whom.clone() };
        let removed = api.store.remove_member(removal).await;
        match removed {
            Ok(did) => ended(&api, &channel, &whom, Ok(did)),
            Err(MemberError::Store(StoreError::Unknown)) => {
                ended(&api, &channel, &whom, Err(StoreError::Unknown));
            }
            Err(_) => {}
        }
        removed.map_err(refused)
    })
    .await?;
    Ok(Json(DONE))
}
