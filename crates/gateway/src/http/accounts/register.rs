//! `POST /api/auth/register`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use chat::error::Code;
use chat::identity::{Account, CreateError, NewAccount};
use chat::name::{DisplayName, Username};
use http::StatusCode;

use super::sign_in;
use super::wire::{Registration, TokenAndUser, display_name, new_password};
use crate::error::{ErrorBody, WireError};
use crate::http::api::{Api, Client};
use crate::http::body::Json;

/// Makes an account, and signs it in.
///
/// Sets the cookie too. Refused where a host application's keys are configured: its users have
/// their accounts there.
#[utoipa::path(
    post,
    path = "/api/auth/register",
    tag = "auth",
    request_body = Registration,
    responses(
        (status = 201, description = "The account, signed in", body = TokenAndUser<'static>),
        (status = 400, description = "`invalid_payload`", body = ErrorBody),
        (status = 403, description = "`forbidden`: nobody registers here", body = ErrorBody),
        (status = 409, description = "`conflict`: the username is taken", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn register(
    State(api): State<Arc<Api>>,
    client: Client,
    Json(wanted): Json<Registration>,
) -> Result<Response, WireError> {
    if !api.auth.registration_open() {
        let message = "Nobody registers here: sign in where you came from.";
        return Err(WireError::new(Code::Forbidden, message));
    }
    let username = Username::parse(&wanted.username)?;
    let display_name = display_name(wanted.display_name)?;
    let password = new_password("password", wanted.password)?;
    api.rates.registration(client.address, api.now().mono)?;
    let made = make(&api, Wanted { username, display_name, password }).await;
    let account = made.inspect_err(|_| api.rates.not_registered(client.address))?;
    sign_in(&api, &client, StatusCode::CREATED, &account).await
}

/// A registration without fault.
struct Wanted {
    username: Username,
    display_name: Option<DisplayName>,
    password: String,
}

async fn make(api: &Api, wanted: Wanted) -> Result<Account, WireError> {
    let Wanted { username, display_name, password } = wanted;
    // Nobody pays for hashing a password that will not be stored.
    if api.store.account_by_username(username.clone()).await?.is_some() {
        return Err(CreateError::UsernameTaken.into());
    }
    let hash = api.auth.passwords().hash(password).await?;
    let now = api.now().wall;
    let new = NewAccount {
        username,
        display_name,
        password: Some(hash),
        created_at: now,
        token_expires_at: now,
    };
    Ok(api.store.create_account(new).await?)
}
