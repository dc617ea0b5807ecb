//! Who is let in.

use std::fmt;
use std::sync::Arc;

use chat::error::Code;
use futures_util::FutureExt;
use ipnet::IpNet;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};
use serde_json::value::{RawValue, to_raw_value};
use socketio::{BoxFuture, ConnectRequest, Handler, Handshake, Namespace, Refusal};

use super::handler::SocketHandler;
use super::pair::PairHub;
use crate::address::{AddressPermits, ClientAddress};
use crate::error::WireError;
use crate::limits::Limits;
use crate::metrics::Tally;

/// The namespace `/`: strangers are let in, and whoever brings a token is refused, since this
/// version knows no accounts.
#[derive(Clone, Debug)]
pub struct ChatNamespace {
    shared: Arc<Shared>,
}

/// What all sockets share.
pub(crate) struct Shared {
    pub(crate) limits: Limits,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) permits: AddressPermits,
    pub(crate) tally: Arc<Tally>,
    pub(crate) pair: Arc<PairHub>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl ChatNamespace {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    fn admit(&self, request: &ConnectRequest) -> Result<SocketHandler, WireError> {
        let handshake = &request.handshake;
        if brings_token(request.auth.as_deref(), handshake)? {
            return Err(WireError::new(
                Code::Unauthenticated,
                "This token is not valid here: connect without one to chat as a stranger.",
            ));
        }
        let address = ClientAddress::of(handshake, &self.shared.trusted_proxies);
        let limit = self.shared.limits.sockets_per_address();
        let permit = self.shared.permits.take(address, limit).ok_or_else(|| {
            WireError::new(
                Code::RateLimited,
                "Too many connections come from your address: close one, then try again.",
            )
        })?;
        Ok(SocketHandler::new(&self.shared, permit, request.socket_id))
    }
}

impl Namespace for ChatNamespace {
    fn connect(&self, request: ConnectRequest) -> BoxFuture<Result<Box<dyn Handler>, Refusal>> {
        let answer = self.admit(&request).map(|handler| Box::new(handler) as _).map_err(|error| {
            self.shared.tally.refused_connect(error.code());
            tracing::debug!(socket.id = %request.socket_id, code = error.code().as_str(), "socket refused");
            Refusal {
                message: error.code().as_str().to_owned(),
                data: to_raw_value(&error).ok(),
            }
        });
        std::future::ready(answer).boxed()
    }
}

/// Whether a token came, in the CONNECT payload or in the handshake's header. Any `token` key is
/// one, an empty or `null` one too: a client that meant to be somebody must not become a stranger.
/// In the header only the scheme `Bearer` counts, whatever follows it: a browser repeats what a
/// reverse proxy asked it for (`Basic`, `Digest`) to us, and means nothing by it.
fn brings_token(auth: Option<&RawValue>, handshake: &Handshake) -> Result<bool, WireError> {
    /// The key alone counts, whatever it holds.
    fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| true)
    }

    #[derive(Deserialize)]
    struct Auth {
        #[serde(default, deserialize_with = "present")]
        token: bool,
    }

    let Some(auth) = auth else {
        return Ok(handshake.header("authorization").any(is_bearer));
    };
    let auth: Auth = serde_json::from_str(auth.get()).map_err(|_| {
        WireError::new(Code::InvalidPayload, "`auth` must be an object with at most one `token`.")
    })?;
    Ok(auth.token || handshake.header("authorization").any(is_bearer))
}

/// Whether an `Authorization` header's scheme is `Bearer`, in any case (RFC 9110 §11.1).
fn is_bearer(credentials: &str) -> bool {
    let mut words = credentials.split([' ', '\t']).filter(|word| !word.is_empty());
    words.next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"))
}
