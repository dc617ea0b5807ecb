//! `GET` and `PATCH /api/auth/me`.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::error::Code;
use chat::identity::{ChangeKind, Origin, Profile, ProfileUpdate};

use super::wire::{OneUser, ProfileChange, avatar_url, display_name};
use crate::error::{ErrorBody, WireError};
use crate::http::api::Api;
use crate::http::body::Json;
use crate::http::signed_in::SignedIn;

/// Who one is.
#[utoipa::path(
    get,
    path = "/api/auth/me",
    tag = "auth",
    security(("token" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "One's own profile", body = OneUser<'static>),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn show(signed_in: SignedIn) -> Response {
    answer(&signed_in.session.account.profile)
}

/// Changes one's own profile.
///
/// What is absent stays, what is `null` is taken away. A host application's users change theirs
/// there: it comes with every token.
#[utoipa::path(
    patch,
    path = "/api/auth/me",
    tag = "auth",
    security(("token" = []), ("cookie" = [])),
    request_body = ProfileChange,
    responses(
        (status = 200, description = "The profile as it is now", body = OneUser<'static>),
        (status = 400, description = "`invalid_payload`", body = ErrorBody),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 403, description = "`forbidden`: a host application's user", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn update(
    State(api): State<Arc<Api>>,
    signed_in: SignedIn,
    Json(change): Json<ProfileChange>,
) -> Result<Response, WireError> {
    let account = &signed_in.session.account;
    if account.origin == Origin::Host {
        let message =
            "Your name and picture come with your token: change them where you signed in.";
        return Err(WireError::new(Code::Forbidden, message));
    }
    let update = ProfileUpdate {
        display_name: change.display_name.map(display_name).transpose()?,
        avatar_url: change.avatar_url.map(avatar_url).transpose()?,
    };
    let id = account.profile.id.clone();
    let updated = api.store.update_profile(id.clone(), update).await?;
    let account = updated.ok_or_else(|| {
        WireError::new(Code::Unauthenticated, "This account is no more: make another.")
    })?;
    api.auth.changed(&ChangeKind::Profile(id));
    Ok(answer(&account.profile))
}

fn answer(profile: &Profile) -> Response {
    Answer(OneUser { user: profile.into() }).into_response()
}
