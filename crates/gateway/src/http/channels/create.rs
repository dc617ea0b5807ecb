//! `POST /api/channels`.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::conversations::{ConversationId, Description, Kind, NewConversation, Title};
use chat::permissions::may_make;
use http::StatusCode;

use super::wire::{NewChannel, OneChannel};
use crate::clock::SystemRandom;
use crate::error::{ErrorBody, WireError};
use crate::fanout::Heard;
use crate::http::api::Api;
use crate::http::body::{Json, check_user};
use crate::http::groups::to_its_end;
use crate::http::signed_in::SignedIn;
use crate::wire::{ChannelBody, Seen};

/// Makes a channel, whose owner and first member is its maker.
///
/// 10 an hour, together with rooms.
#[utoipa::path(
    post,
    path = "/api/channels",
    tag = "channels",
    security(("token" = []), ("cookie" = [])),
    request_body = NewChannel,
    responses(
        (status = 201, description = "The channel", body = OneChannel<'static>),
        (status = 400, description = "`invalid_payload`", body = ErrorBody),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (
            status = 403,
            description = "`forbidden`: a guest's, or another's `userId`",
            body = ErrorBody
        ),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn create(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    Json(wanted): Json<NewChannel>,
) -> Result<Response, WireError> {
    let maker = &signed_in.session.account.profile;
    check_user(wanted.user_id.as_ref(), &maker.id)?;
    may_make(maker.is_guest, Kind::Channel)?;
    let title = Title::parse(&wanted.name)?;
    let description = Description::parse(wanted.description.as_deref().unwrap_or_default())?;
    let now = api.now();
    api.rates.room_made(&maker.id, now.mono)?;
    let new = NewConversation {
        id: ConversationId::channel(&mut SystemRandom::new()),
        kind: Kind::Channel,
        visibility: wanted.visibility.into(),
        title,
        description,
        maker: maker.id.clone(),
        created_at: now.wall,
    };
    let channel = to_its_end(async move {
        let maker = new.maker.clone();
        let made = api.store.create_conversation(new).await;
        let channel = made.inspect_err(|_| api.rates.room_not_made(&maker))?;
        api.chat.tell(&Heard::Entered(&maker, &channel.id));
        Ok(channel)
    })
    .await?;
    let body = OneChannel { channel: ChannelBody::new(&Seen::made(&channel)) };
    Ok((StatusCode::CREATED, Answer(body)).into_response())
}
