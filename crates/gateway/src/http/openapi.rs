//! The description of the HTTP API. It is made by the router that has the routes: what is not
//! described is not routed.

use bytes::Bytes;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi as _};

use super::cookie;
use crate::error::ErrorBody;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Parlour",
        description = "The HTTP side of a chat backend. Events are Socket.IO's, on the same port.\n\n\
            Every refusal reads `{error: {code, message, retryable, retryAfterMs?}}`. Any route may \
            answer 413, 415, 429 or 503 so, beside what is listed with it.",
    ),
    components(schemas(ErrorBody)),
    tags(
        (name = "auth", description = "Accounts, guests, tokens"),
        (name = "users", description = "Other people"),
        (name = "rooms", description = "Public rooms: their members and messages"),
        (name = "direct", description = "Direct conversations: two accounts and their messages"),
        (name = "channels", description = "Public and private channels: their members and messages"),
        (name = "admin", description = "What an operator asks"),
        (name = "description", description = "The API itself"),
    ),
    modifiers(&Schemes)
)]
struct Document;

/// How a request says who makes it.
struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
        let cookie = ApiKeyValue::with_description(
            cookie::NAME,
            "Set by register, login and guest; counts for pages of this origin only.",
        );
        let admin = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
        let admin = admin.description(Some("The server's `admin_token`.")).build();
        components.add_security_scheme("admin", SecurityScheme::Http(admin));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// The description without any route.
pub(super) fn document() -> OpenApi {
    Document::openapi()
}

/// The finished description as JSON. Every operation gets the refusal that any of them may answer.
pub(super) fn to_json(mut document: OpenApi) -> Bytes {
    let refusal = ResponseBuilder::new()
        .description("Any other refusal")
        .content(
            "application/json",
            ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorBody"))).build(),
        )
        .build();
    for item in document.paths.paths.values_mut() {
        let operations =
            [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for operation in operations.into_iter().flatten() {
            let responses = &mut operation.responses.responses;
            responses.insert("default".to_owned(), RefOr::T(refusal.clone()));
        }
    }
    serde_json::to_vec(&document).expect("the description is plain data").into()
}
