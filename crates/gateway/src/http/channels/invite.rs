//! `POST /api/channels/{id}/members`.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::conversations::{Invited, MemberChange, MemberError};
use chat::ids::AccountId;
use chat::store::StoreError;

use super::wire::{Invitation, InvitedMember};
use super::{ChannelPath, refused, seen};
use crate::error::{ErrorBody, WireError};
use crate::fanout::Heard;
use crate::http::api::Api;
use crate::http::body::Json;
use crate::http::groups::to_its_end;
use crate::http::signed_in::SignedIn;
use crate::wire::UserBody;

/// Makes somebody a member of a private channel, as any member of it may.
///
/// The invited one is in it at once, has read what is there, and hears `conversation_added`. Whoever
/// blocks one, or is blocked, is answered as somebody who does not exist. Public channels have no
/// invitations: whoever is signed in joins. Repeating it changes nothing.
#[utoipa::path(
    post,
    path = "/api/channels/{id}/members",
    tag = "channels",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The channel's `_id`")),
    request_body = Invitation,
    responses(
        (status = 200, description = "Who is in it", body = InvitedMember<'static>),
        (status = 400, description = "`invalid_payload`", body = ErrorBody),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (
            status = 403,
            description = "`forbidden`: the channel is public, or a guest is meant",
            body = ErrorBody
        ),
        (
            status = 404,
            description = "`not_found`: no such channel, or nobody whom one could invite",
            body = ErrorBody
        ),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn invite(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    ChannelPath(channel): ChannelPath,
    Json(given): Json<Invitation>,
) -> Result<Response, WireError> {
    let by = signed_in.account_id().clone();
    let Ok(whom) = AccountId::parse(given.user_id.as_str()) else {
        // There is nobody of such an id, for whoever may know of the channel.
        seen(&api, channel, &by).await?;
        return Err(MemberError::Nobody.into());
    };
    let invited = to_its_end(async move {
        let invitation = MemberChange { conversation: channel.clone(), by, whom: whom.clone() };
        let invited = api.store.invite(invitation, api.now().wall).await;
        // Where the store does not know whether it was stored, the lists ask.
        let unknown = MemberError::Store(StoreError::Unknown);
        if invited.as_ref().map_or_else(|error| *error == unknown, |invited| invited.is_new) {
            api.chat.tell(&Heard::Entered(&whom, &channel));
        }
        invited.map_err(refused)
    });
    let Invited { profile, .. } = invited.await?;
    let body = InvitedMember { success: true, member: UserBody::from(&*profile) };
    Ok(Answer(body).into_response())
}
