//! `GET /api/users`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::error::Code;
use serde::Deserialize;
use utoipa::IntoParams;

use super::wire::Users;
use crate::error::{ErrorBody, WireError};
use crate::http::api::Api;
use crate::http::body::{Limit, Params};
use crate::http::signed_in::SignedIn;

/// The fewest and the most characters that people are looked for by: the longest name there is.
const QUERY_CHARS: (usize, usize) = (2, 64);
/// The most that are found.
const MOST: usize = 20;

/// Whom to look for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Search {
    /// How a word of the name begins: 2 to 64 characters, in any case.
    #[param(example = "an")]
    query: String,
    /// How many at most.
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 20)]
    limit: Limit<MOST>,
}

/// Accounts by the beginning of a word in their name, guests excluded.
#[utoipa::path(
    get,
    path = "/api/users",
    tag = "users",
    security(("token" = []), ("cookie" = [])),
    params(Search),
    responses(
        (status = 200, description = "At most 20, by username", body = Users<'static>),
        (status = 400, description = "`invalid_payload`", body = ErrorBody),
        (status = 401, description = "`unauthenticated` or `token_expired`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    )
)]
pub(super) async fn search(
    State(api): State<Arc<Api>>,
    _: SignedIn,
    Params(search): Params<Search>,
) -> Result<Response, WireError> {
    let query = search.query.trim();
    let (min, max) = QUERY_CHARS;
    if query.len() > 4 * max || !(min..=max).contains(&query.chars().count()) {
        let message = format!("`query` must have {min} to {max} characters.");
        return Err(WireError::new(Code::InvalidPayload, message));
    }
    let found = api.store.search_accounts(query.to_owned(), search.limit.get()).await?;
    Ok(Json(Users { users: found.iter().map(Into::into).collect() }).into_response())
}
