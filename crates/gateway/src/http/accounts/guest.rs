//! `POST /api/auth/guest`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use chat::error::Code;
use chat::identity::NewAccount;
use chat::name::Username;
use http::StatusCode;

use super::signed_in;
use super::wire::{GuestName, TokenAndUser};
use crate::error::{ErrorBody, WireError};
use crate::http::api::{Api, Client};
use crate::http::body::Json;

/// Makes a guest, and signs it in.
///
/// A guest takes part in rooms and public channels, and is deleted a day after its last token has
/// ended; what it wrote stays. Sets the cookie too.
#[utoipa::path(
    post,
    path = "/api/auth/guest",
    tag = "auth",
    request_body = GuestName,
    responses(
        (status = 201, description = "The guest, signed in", body = TokenAndUser<'static>),
        (status = 400, description = "`invalid_payload`", body = ErrorBody),
        (status = 403, description = "`forbidden`: guests are switched off", body = ErrorBody),
        (status = 409, description = "`conflict`: the username is taken", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn guest(
    State(api): State<Arc<Api>>,
    client: Client,
    Json(wanted): Json<GuestName>,
) -> Result<Response, WireError> {
    if !api.auth.guests_open() {
        let message = "There are no guests here: sign in with an account.";
        return Err(WireError::new(Code::Forbidden, message));
    }
    let username = Username::parse(&wanted.username)?;
    let now = api.now();
    api.rates.registration(client.address, now.mono)?;
    let new = NewAccount {
        username,
        display_name: None,
        password: None,
        created_at: now.wall,
        token_expires_at: api.auth.first_token_end(now.wall),
    };
    let made = api.store.create_account(new).await;
    let account = made.inspect_err(|_| api.rates.not_registered(client.address))?;
    let issued = api.auth.issue_first(&account)?;
    Ok(signed_in(&api, &client, StatusCode::CREATED, (&account, issued)))
}
