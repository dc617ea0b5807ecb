//! `POST /api/auth/password`.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::error::Code;
use chat::identity::{Account, ChangeKind, PasswordHash, Revocation};
use chat::time::Timestamp;
use http::header::SET_COOKIE;

use super::MARGIN_MS;
use super::wire::{PasswordChange, PasswordChanged, given_password, new_password};
use crate::error::{ErrorBody, WireError};
use crate::http::api::{Api, Client};
use crate::http::body::Json;
use crate::http::signed_in::SignedIn;

/// Changes one's own password, and makes every token void but the one in the answer.
///
/// Sockets that live by other tokens are closed within a second. Sets the cookie too.
#[utoipa::path(
    post,
    path = "/api/auth/password",
    tag = "auth",
    security(("token" = []), ("cookie" = [])),
    request_body = PasswordChange,
    responses(
        (status = 200, description = "The password is changed", body = PasswordChanged),
        (status = 400, description = "`invalid_payload`", body = ErrorBody),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (
            status = 403,
            description = "`forbidden`: `current` is wrong, or there is no password",
            body = ErrorBody
        ),
        (status = 409, description = "`conflict`: changed meanwhile", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn change(
    State(api): State<Arc<Api>>,
    client: Client,
    signed_in: SignedIn,
    Json(change): Json<PasswordChange>,
) -> Result<Response, WireError> {
    let current = given_password("current", change.current)?;
    let next = new_password("next", change.next)?;
    let account = &signed_in.session.account;
    let Some(stored) = &account.password else {
        let message = "You have no password here, so there is none to change.";
        return Err(WireError::new(Code::Forbidden, message));
    };
    // A guess like any other, for whoever holds a token and wants the password.
    let username = account.profile.username.folded();
    api.rates.login(client.address, &username, api.now().mono)?;
    let passwords = api.auth.passwords();
    if !passwords.verify(current, Some(stored.clone())).await? {
        let message = "`current` is not your password: check it, then try again.";
        return Err(WireError::new(Code::Forbidden, message));
    }
    let next = passwords.hash(next).await?;
    let changed = change_stored(&api, account, stored, next).await?;
    let issued = api.auth.issue(&changed).await?;
    let cookie = api.cookie(&client, &issued);
    let body = PasswordChanged { success: true, token: issued.token };
    let mut response = Answer(body).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Stores the new password, ends every token there is, and gives the account as it is then.
async fn change_stored(
    api: &Api,
    account: &Account,
    current: &PasswordHash,
    next: PasswordHash,
) -> Result<Account, WireError> {
    let id = &account.profile.id;
    let wall = api.now().wall.as_millis();
    let valid_after = Timestamp::from_millis(wall.saturating_add(MARGIN_MS));
    let is_changed =
        api.store.change_password(id.clone(), current.clone(), next.clone(), valid_after).await?;
    if !is_changed {
        let message = "The password was changed meanwhile: sign in with the new one.";
        return Err(WireError::new(Code::Conflict, message));
    }
    let revocation = Revocation::Account { account: id.clone(), valid_after };
    api.auth.changed(&ChangeKind::Revoked(revocation));
    Ok(Account { password: Some(next), valid_after, ..account.clone() })
}
