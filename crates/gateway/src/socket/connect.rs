//! Who is let in.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use chat::error::Code;
use chat::ids::SocketId;
use futures_util::FutureExt;
use ipnet::IpNet;
use serde::Deserialize;
use serde::de::Deserializer;
use serde_json::value::{RawValue, to_raw_value};
use socketio::{BoxFuture, ConnectRequest, Handler, Handshake, Namespace, Refusal};

use super::handler::SocketHandler;
use super::live::{LiveSockets, Place};
use super::pair::PairHub;
use super::payload;
use crate::address::{AddressPermits, ClientAddress};
use crate::auth::{Auth, AuthError};
use crate::blocks::BlockEffects;
use crate::error::WireError;
use crate::fanout::ChatHub;
use crate::http::cookie::{self, Site, Traces};
use crate::inbox::Inbox;
use crate::limits::Limits;
use crate::metrics::Tally;

/// The namespace `/`: whoever brings a token is its account, whoever brings none is a stranger.
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
    /// `None` where there are only strangers.
    pub(crate) auth: Option<Auth>,
    pub(crate) live: Arc<LiveSockets>,
    /// `None` where there are only strangers.
    pub(crate) chat: Option<Arc<ChatHub>>,
    /// `None` where there are only strangers.
    pub(crate) inbox: Option<Inbox>,
    /// `None` where there are only strangers.
    pub(crate) blocks: Option<Arc<BlockEffects>>,
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
}

impl Namespace for ChatNamespace {
    fn connect(&self, request: ConnectRequest) -> BoxFuture<Result<Box<dyn Handler>, Refusal>> {
        let shared = Arc::clone(&self.shared);
        async move {
            match admit(&shared, &request).await {
                Ok(handler) => Ok(Box::new(handler) as _),
                Err(error) => {
                    let (id, code) = (request.socket_id, error.code());
                    shared.tally.refused_connect(code);
                    tracing::debug!(socket.id = %id, code = code.as_str(), "socket refused");
                    let data = to_raw_value(&error).ok();
                    Err(Refusal { message: code.as_str().to_owned(), data })
                }
            }
        }
        .boxed()
    }
}

async fn admit(shared: &Arc<Shared>, request: &ConnectRequest) -> Result<SocketHandler, WireError> {
    let handshake = &request.handshake;
    let credentials =
        Credentials::find(request.auth.as_deref(), handshake, &shared.trusted_proxies)?;
    let address = ClientAddress::of(handshake, &shared.trusted_proxies);
    let limit = shared.limits.sockets_per_address();
    let permit = shared.permits.take(address, limit).ok_or_else(|| {
        WireError::new(
            Code::RateLimited,
            "Too many connections come from your address: close one, then try again.",
        )
    })?;
    let id = SocketId::new(request.socket_id.as_str());
    let place = match credentials {
        Credentials::None => None,
        Credentials::Token(token) => Some(enter(shared, &id, &token).await?),
        Credentials::Cookie(token) => match enter(shared, &id, token).await {
            // Whoever's cookie has ended did nothing to come as somebody: they come as a stranger.
            Err(error) if is_void(&error) => None,
            outcome => Some(outcome?),
        },
    };
    Ok(SocketHandler::new(shared, permit, id, place))
}

fn is_void(error: &WireError) -> bool {
    matches!(error.code(), Code::Unauthenticated | Code::TokenExpired)
}

/// Takes a place for a token's account. The token is looked at once more when it has its place: had
/// it been made void in between, neither the first look nor the place would have known.
async fn enter(shared: &Shared, id: &SocketId, token: &str) -> Result<Place, WireError> {
    let auth = shared.auth.as_ref().ok_or_else(no_accounts)?;
    let session = auth.authenticate(token).await?;
    let place = shared.live.enter(id.clone(), &session)?;
    auth.authenticate(token).await?;
    // The others of an account were let in behind the first.
    if let Some(blocks) = shared.blocks.as_ref().filter(|_| place.is_first()) {
        blocks.recall(place.account()).await?;
    }
    Ok(place)
}

fn no_accounts() -> WireError {
    WireError::new(
        Code::Unauthenticated,
        "This token is not valid here: connect without one to chat as a stranger.",
    )
}

/// What a client has brought to say who it is.
#[derive(Debug, PartialEq, Eq)]
enum Credentials<'a> {
    None,
    /// In the CONNECT payload or the handshake's header: it counts, or the socket is refused.
    Token(Cow<'a, str>),
    /// In the cookie of a page of this origin.
    Cookie(&'a str),
}

impl<'a> Credentials<'a> {
    /// A `token` key of the payload comes first, whatever it holds: a client that meant to be
    /// somebody must not become somebody else. Then the header, then the cookie.
    fn find(
        auth: Option<&'a RawValue>,
        handshake: &'a Handshake,
        trusted_proxies: &[IpNet],
    ) -> Result<Self, WireError> {
        if let Some(token) = payload_token(auth)? {
            let text = payload::string(token, "token").unwrap_or_default();
            // What is empty, or no text, is refused with the token's own error.
            return if text.is_empty() {
                Err(AuthError::Missing.into())
            } else {
                Ok(Self::Token(text))
            };
        }
        if let Some(token) = handshake.header("authorization").find_map(bearer) {
            let token = Cow::Borrowed(token);
            return if token.is_empty() {
                Err(AuthError::Missing.into())
            } else {
                Ok(Self::Token(token))
            };
        }
        let first = |name| handshake.header(name).next();
        let site = cookie::site(Traces {
            host: first("host"),
            origin: first("origin"),
            fetch_site: first("sec-fetch-site"),
            referer: first("referer"),
            is_tls: cookie::is_tls(handshake.peer, first("x-forwarded-proto"), trusted_proxies),
        });
        let found = cookie::find(handshake.header("cookie"));
        Ok(found.filter(|_| site == Site::Same).map_or(Self::None, Self::Cookie))
    }
}

/// The `token` of a CONNECT payload; `null` is one, too.
fn payload_token(auth: Option<&RawValue>) -> Result<Option<&RawValue>, WireError> {
    fn present<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<&'de RawValue>, D::Error> {
        <&RawValue>::deserialize(deserializer).map(Some)
    }

    #[derive(Deserialize)]
    struct Auth<'a> {
        #[serde(borrow, default, deserialize_with = "present")]
        token: Option<&'a RawValue>,
    }

    let Some(auth) = auth else { return Ok(None) };
    let Auth { token } = serde_json::from_str(auth.get()).map_err(|_| {
        WireError::new(Code::InvalidPayload, "`auth` must be an object with at most one `token`.")
    })?;
    Ok(token)
}

/// What follows the scheme `Bearer`, in any case (RFC 9110 §11.1), which may be nothing. Other
/// schemes mean nothing here: a browser repeats what a reverse proxy asked it for (`Basic`,
/// `Digest`) to us.
fn bearer(credentials: &str) -> Option<&str> {
    let credentials = credentials.trim();
    let (scheme, token) = credentials.split_once([' ', '\t']).unwrap_or((credentials, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
