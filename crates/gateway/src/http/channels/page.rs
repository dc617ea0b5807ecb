//! `GET /api/channels/{id}/messages`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::wire::ChannelMessages;
use super::{ChannelPath, seen};
use crate::error::{ErrorBody, WireError, of_channel};
use crate::http::api::Api;
use crate::http::body::{PagePart, Params};
use crate::http::signed_in::SignedIn;
use crate::wire::ChannelMessageBody;

/// What was written in a channel: the newest messages, or those before or after one.
///
/// In a public channel for members and others, in a private one for its members.
#[utoipa::path(
    get,
    path = "/api/channels/{id}/messages",
    tag = "channels",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The channel's `_id`"), PagePart),
    responses(
        (status = 200, description = "A page of them", body = ChannelMessages<'static>),
        (
            status = 400,
            description = "`invalid_payload`: both `before` and `after`, among others",
            body = ErrorBody
        ),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`not_found`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn page(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    ChannelPath(channel): ChannelPath,
    Params(part): Params<PagePart>,
) -> Result<Response, WireError> {
    let (cursor, limit) = (part.cursor()?, part.limit());
    let viewer = signed_in.account_id();
    seen(&api, channel.clone(), viewer).await?;
    let page = api.store.page(channel, cursor, limit).await.map_err(of_channel)?;
    let senders: HashMap<_, _> = page.senders.iter().map(|sender| (&sender.id, sender)).collect();
    let shown = page.messages.iter().map(|message| {
        let sender = senders.get(&message.sender).copied();
        ChannelMessageBody::new(message, sender).seen_by(viewer, message)
    });
    let body = ChannelMessages { messages: shown.collect(), has_more: page.has_more };
    Ok(Json(body).into_response())
}
