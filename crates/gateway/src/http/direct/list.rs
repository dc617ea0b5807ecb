//! `GET /api/messages/conversations`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::conversations::{Kind, ListCursor, Listing};
use chat::permissions::Denied;
use serde::Deserialize;
use utoipa::IntoParams;

use super::wire::Conversations;
use crate::error::{ErrorBody, WireError};
use crate::http::api::Api;
use crate::http::body::{Limit, MAX_PAGE, Params, USUAL_PAGE};
use crate::http::signed_in::SignedIn;
use crate::wire::DirectView;

/// Which of them.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// How many at most; 50 if it is left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Option<Limit<MAX_PAGE>>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// One's direct conversations, the most recently active first: those with a message in them, and those
/// that one has opened.
#[utoipa::path(
    get,
    path = "/api/messages/conversations",
    tag = "direct",
    security(("token" = []), ("cookie" = [])),
    params(Which),
    responses(
        (status = 200, description = "A page of them", body = Conversations<'static>),
        (status = 400, description = "`invalid_payload`", body = ErrorBody),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 403, description = "`forbidden`: a guest", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    Params(which): Params<Which>,
) -> Result<Response, WireError> {
    if signed_in.session.account.profile.is_guest {
        return Err(Denied::Guest.into());
    }
    let listing = Listing {
        kind: Kind::Direct,
        viewer: signed_in.account_id().clone(),
        query: None,
        cursor: which.cursor.as_deref().map(ListCursor::parse).transpose()?,
        limit: which.limit.map_or(USUAL_PAGE, Limit::get),
    };
    let page = api.store.list_conversations(listing).await?;
    let shown: Vec<_> = page.items.iter().filter_map(DirectView::of_view).collect();
    let body = Conversations {
        conversations: shown.iter().map(|one| one.body(api.chat.sees(one.other()))).collect(),
        next_cursor: page.next.as_ref().map(ToString::to_string),
    };
    Ok(Json(body).into_response())
}
