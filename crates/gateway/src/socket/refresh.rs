//! `refresh_token`: a live socket gets a fresh token of the same user, and lives on.

use std::borrow::Cow;
use std::sync::Arc;

use chat::error::{Code, Coded};
use chat::ids::{AccountId, SocketId};
use chat::time::Timestamp;
use serde::Serialize;
use socketio::{Ack, Socket};

use super::connect::Shared;
use super::handler::{ChatError, Failed};
use super::payload::{Payload, invalid, string};
use super::table;
use crate::auth::AuthError;
use crate::error::WireError;

/// The event's name.
const NAME: &str = "refresh_token";

/// The token, given bare or as `{token}`.
pub(super) fn decode(payload: &Payload<'_>) -> Result<String, WireError> {
    let token = payload
        .single(payload.token)
        .ok_or_else(|| invalid("`refresh_token` takes the fresh token, as `{token}`."))?;
    string(token, "token").map(Cow::into_owned)
}

/// Who asks for it, and how they are answered.
pub(super) struct Refresh {
    pub(super) shared: Arc<Shared>,
    pub(super) socket: Socket,
    /// Whose socket it is.
    pub(super) account: AccountId,
    pub(super) token: String,
    pub(super) ack: Option<Ack>,
}

/// Verifies the token, gives it to the socket, and answers. `expiresAt` is when the socket would end
/// now: the last token counts, also where it ends sooner than the one before.
pub(super) async fn run(refresh: Refresh) {
    let outcome = exchange(&refresh).await.map_err(WireError::from);
    let Refresh { shared, socket, ack, .. } = refresh;
    shared.tally.event(table::find(NAME), outcome.as_ref().err().map(WireError::code));
    match (outcome, ack) {
        (Ok(expires_at), Some(ack)) => {
            ack.send(&Refreshed { success: true, expires_at: expires_at.to_string() });
        }
        (Ok(_), None) => {}
        (Err(error), Some(ack)) => ack.send(&Failed::new(&error)),
        (Err(error), None) => {
            socket.emit("chat_error", &ChatError::new(NAME, &Payload::default(), &error));
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Refreshed {
    success: bool,
    expires_at: String,
}

async fn exchange(refresh: &Refresh) -> Result<Timestamp, AuthError> {
    let Refresh { shared, socket, account, token, .. } = refresh;
    let auth = shared.auth.as_ref().ok_or(AuthError::Internal)?;
    let id = SocketId::new(socket.id().as_str());
    let session = auth.authenticate(token).await?;
    shared.live.refresh(account, &id, &session)?;
    // As at the connect: a revocation in between would be missed by both. (Where the store cannot
    // tell any more, the first look counts.)
    if let Err(error) = auth.authenticate(token).await
        && matches!(error.code(), Code::Unauthenticated | Code::TokenExpired)
    {
        shared.live.end(account, &id, error);
        return Err(error);
    }
    Ok(session.token.expires_at)
}
