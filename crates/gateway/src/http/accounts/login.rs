//! `POST /api/auth/login`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use chat::error::Code;
use chat::identity::Account;
use chat::name::Username;
use http::StatusCode;

use super::sign_in;
use super::wire::{Credentials, TokenAndUser, given_password};
use crate::error::{ErrorBody, WireError};
use crate::http::api::{Api, Client};
use crate::http::body::Json;

/// Signs an account in.
///
/// Sets the cookie too. An unknown name and a wrong password are answered alike, after the same time.
#[utoipa::path(
    post,
    path = "/api/auth/login",
    tag = "auth",
    request_body = Credentials,
    responses(
        (status = 200, description = "The account, signed in", body = TokenAndUser<'static>),
        (status = 400, description = "`invalid_payload`", body = ErrorBody),
        (status = 401, description = "`unauthenticated`: unknown, or wrong", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn login(
    State(api): State<Arc<Api>>,
    client: Client,
    Json(given): Json<Credentials>,
) -> Result<Response, WireError> {
    let username = Username::parse(&given.username)?;
    let password = given_password("password", given.password)?;
    api.rates.login(client.address, &username.folded(), api.now().mono)?;
    let account = api.store.account_by_username(username).await?;
    // Somebody without a password, and nobody at all, are checked against a hash of the same cost.
    let hash = account.as_ref().and_then(|account| account.password.clone());
    let is_right = api.auth.passwords().verify(password, hash).await?;
    let account = match account {
        Some(account) if is_right => unchanged(&api, account).await?,
        _ => None,
    };
    let account = account.ok_or_else(|| {
        let message = "The username or the password is wrong: check both, then try again.";
        WireError::new(Code::Unauthenticated, message)
    })?;
    sign_in(&api, &client, StatusCode::OK, &account).await
}

/// The account as it is now, if its password still is the one that was verified: that took its turn
/// in a queue, and a token that is made now would outlive a change in between.
async fn unchanged(api: &Api, verified: Account) -> Result<Option<Account>, WireError> {
    let now = api.store.account(verified.profile.id.clone()).await?;
    Ok(now.filter(|now| now.password == verified.password))
}
