//! Accounts over HTTP: registering, signing in and out, one's own profile and password, and looking
//! for others. One file per verb; [`wire`] has the shapes.

mod guest;
mod login;
mod logout;
mod me;
mod password;
mod refresh;
mod register;
mod search;
mod wire;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use chat::identity::Account;
use http::StatusCode;
use http::header::SET_COOKIE;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::api::{Api, Client};
use crate::auth::Issued;
use crate::error::WireError;
use crate::wire::UserBody;
use wire::TokenAndUser;

/// How far ahead of the clock tokens become void: one that is made while the change is being
/// committed, for somebody who held an old one, must not outlive it. Tokens made afterwards for the
/// changed account count as made then, at the earliest.
const MARGIN_MS: u64 = 1_000;

/// The routes of this module, each with its description.
pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(register::register))
        .routes(routes!(login::login))
        .routes(routes!(guest::guest))
        .routes(routes!(refresh::refresh))
        .routes(routes!(logout::logout))
        .routes(routes!(logout::everywhere))
        .routes(routes!(me::show, me::update))
        .routes(routes!(password::change))
        .routes(routes!(search::search))
}

/// `{token, user}` and the cookie, for somebody who has shown who they are.
async fn sign_in(
    api: &Api,
    client: &Client,
    status: StatusCode,
    account: &Account,
) -> Result<Response, WireError> {
    let issued = api.auth.issue(account).await?;
    Ok(signed_in(api, client, status, (account, issued)))
}

/// The same with a token that is there.
fn signed_in(
    api: &Api,
    client: &Client,
    status: StatusCode,
    (account, issued): (&Account, Issued),
) -> Response {
    let cookie = api.cookie(client, &issued);
    let body = TokenAndUser { token: issued.token, user: UserBody::from(&*account.profile) };
    let mut response = (status, Json(body)).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}
