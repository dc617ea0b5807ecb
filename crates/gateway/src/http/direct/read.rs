//! `PUT /api/messages/conversations/{id}/read`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chat::conversations::Seq;
use chat::store::StoreError;

use super::wire::{MarkMoved, ReadUpTo};
use crate::error::{ErrorBody, WireError};
use crate::fanout::address;
use crate::http::api::Api;
use crate::http::body::MaybeJson;
use crate::http::path::Named;
use crate::http::signed_in::SignedIn;

/// Moves one's read mark forward, never back, and at most to the newest message: as `mark_read` does.
///
/// The other one's sockets that have joined hear of it.
#[utoipa::path(
    put,
    path = "/api/messages/conversations/{id}/read",
    tag = "direct",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "`conv_{smaller}_{larger}`")),
    request_body = Option<ReadUpTo>,
    responses(
        (status = 200, description = "Where the mark is", body = MarkMoved),
        (status = 400, description = "`invalid_payload`", body = ErrorBody),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 403, description = "`forbidden`: a guest", body = ErrorBody),
        (status = 404, description = "`not_found`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn read(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    Named(id): Named,
    MaybeJson(up_to): MaybeJson<ReadUpTo>,
) -> Result<Json<MarkMoved>, WireError> {
    let reader = &signed_in.session.account.profile;
    let conversation = address(&id, reader)?;
    let to = up_to.seq.map(Seq);
    let (chat, reader) = (Arc::clone(&api.chat), reader.id.clone());
    // Goes to its end, also if the client has gone.
    let marked =
        tokio::spawn(async move { chat.read_direct(&conversation, &reader, to).await }).await;
    // Only a task that was stopped does not answer.
    let mark = marked.unwrap_or(Err(StoreError::Unavailable.into()))?;
    Ok(Json(MarkMoved { updated: mark.moved, last_read_seq: mark.last_read.0 }))
}
