//! `POST /api/chat/rooms`.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::conversations::{ConversationId, Description, Kind, NewConversation, Title, Visibility};
use http::StatusCode;

use super::check_user;
use super::wire::{NewRoom, OneRoom};
use crate::clock::SystemRandom;
use crate::error::{ErrorBody, WireError};
use crate::fanout::Heard;
use crate::http::api::Api;
use crate::http::body::Json;
use crate::http::groups::to_its_end;
use crate::http::signed_in::SignedIn;
use crate::wire::{RoomBody, Seen};

/// Makes a room, whose first member is its maker.
///
/// Guests may, too. 10 an hour.
#[utoipa::path(
    post,
    path = "/api/chat/rooms",
    tag = "rooms",
    security(("token" = []), ("cookie" = [])),
    request_body = NewRoom,
    responses(
        (status = 201, description = "The room", body = OneRoom<'static>),
        (status = 400, description = "`invalid_payload`", body = ErrorBody),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 403, description = "`forbidden`: another's `userId`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn create(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    Json(wanted): Json<NewRoom>,
) -> Result<Response, WireError> {
    let maker = signed_in.account_id();
    check_user(wanted.user_id.as_ref(), maker)?;
    let title = Title::parse(&wanted.name)?;
    let description = Description::parse(wanted.description.as_deref().unwrap_or_default())?;
    let now = api.now();
    api.rates.room_made(maker, now.mono)?;
    let new = NewConversation {
        id: ConversationId::room(&mut SystemRandom::new()),
        kind: Kind::Room,
        visibility: Visibility::Public,
        title,
        description,
        maker: maker.clone(),
        created_at: now.wall,
    };
    let room = to_its_end(async move {
        let maker = new.maker.clone();
        let made = api.store.create_conversation(new).await;
        let room = made.inspect_err(|_| api.rates.room_not_made(&maker))?;
        api.chat.tell(&Heard::Entered(&maker, &room.id));
        Ok(room)
    })
    .await?;
    let body = OneRoom { room: RoomBody::new(&Seen::made(&room)) };
    Ok((StatusCode::CREATED, Answer(body)).into_response())
}
