//! `GET /api/messages/conversations/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::messages::{Page, PageError};

use super::wire::DirectMessages;
use crate::error::{ErrorBody, WireError};
use crate::fanout::address;
use crate::http::api::Api;
use crate::http::body::{PagePart, Params};
use crate::http::path::Named;
use crate::http::signed_in::SignedIn;
use crate::wire::DirectMessageBody;

/// What the two wrote: the newest messages, or those before or after one.
#[utoipa::path(
    get,
    path = "/api/messages/conversations/{id}",
    tag = "direct",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "`conv_{smaller}_{larger}`"), PagePart),
    responses(
        (status = 200, description = "A page of them", body = DirectMessages<'static>),
        (
            status = 400,
            description = "`invalid_payload`: both `before` and `after`, among others",
            body = ErrorBody
        ),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 403, description = "`forbidden`: a guest", body = ErrorBody),
        (status = 404, description = "`not_found`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn page(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    Named(id): Named,
    Params(part): Params<PagePart>,
) -> Result<Response, WireError> {
    let viewer = &signed_in.session.account.profile;
    let conversation = address(&id, viewer)?;
    let (cursor, limit) = (part.cursor()?, part.limit());
    let (_, readers) = api.chat.direct(&conversation, &viewer.id).await?;
    let page = match api.store.page(conversation, cursor, limit).await {
        // Nobody has written in it yet.
        Err(PageError::NotFound) => {
            Page { messages: Vec::new(), senders: Vec::new(), has_more: false }
        }
        page => page?,
    };
    let messages = page.messages.iter();
    let body = DirectMessages {
        messages: messages
            .map(|message| DirectMessageBody::new(message, readers.receiver(message)))
            .collect(),
        has_more: page.has_more,
    };
    Ok(Json(body).into_response())
}
