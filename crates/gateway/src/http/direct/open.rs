//! `POST /api/messages/conversations`.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::conversations::Direct;
use chat::ids::AccountId;
use chat::permissions::Denied;

use super::wire::{Opened, Whom};
use crate::error::{ErrorBody, WireError};
use crate::http::api::Api;
use crate::http::body::Json;
use crate::http::signed_in::SignedIn;

/// Opens the conversation with somebody, which is listed from then on, also while it is empty.
///
/// It need not be opened to be written in: its id follows from the two.
#[utoipa::path(
    post,
    path = "/api/messages/conversations",
    tag = "direct",
    security(("token" = []), ("cookie" = [])),
    request_body = Whom,
    responses(
        (status = 200, description = "Its id", body = Opened<'static>),
        (status = 400, description = "`invalid_payload`: oneself, among others", body = ErrorBody),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 403, description = "`forbidden`: with or by a guest", body = ErrorBody),
        (status = 404, description = "`not_found`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn open(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    Json(whom): Json<Whom>,
) -> Result<Response, WireError> {
    let me = &signed_in.session.account.profile;
    if me.is_guest {
        return Err(Denied::Guest.into());
    }
    let other = AccountId::parse(whom.user_id.as_str()).map_err(|_| Denied::NotFound)?;
    // Nobody has one with oneself.
    Direct::of(&me.id, &other)?;
    let found = api.store.account(other.clone()).await?;
    let opened = api.store.open_direct(me.id.clone(), other, api.now().wall).await?;
    let opened = opened.ok_or(match found {
        Some(found) if found.profile.is_guest => Denied::WithGuest,
        _ => Denied::NotFound,
    })?;
    let body = Opened { conversation_id: opened.id.as_str() };
    Ok(Answer(body).into_response())
}
