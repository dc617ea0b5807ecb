//! What every route of the HTTP API has at hand.

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use chat::store::Store;
use chat::time::{Clock, Now};
use http::HeaderValue;
use http::request::Parts;
use ipnet::IpNet;
use socketio::PeerAddr;

use super::admin::AdminToken;
use super::cookie::{self, Site};
use super::rates::Rates;
use crate::address::ClientAddress;
use crate::auth::{Auth, Issued};
use crate::blocks::BlockEffects;
use crate::fanout::ChatHub;
use crate::limits::Limits;
use crate::socket::LiveSockets;

/// What the API is made of.
pub(crate) struct ApiParts {
    /// Who somebody is.
    pub(crate) auth: Auth,
    /// Where accounts and conversations are kept.
    pub(crate) store: Arc<dyn Store>,
    /// Where messages are sent to, and who listens.
    pub(crate) chat: Arc<ChatHub>,
    /// The sockets of accounts, with which they share a rate.
    pub(crate) live: Arc<LiveSockets>,
    /// What follows from a block.
    pub(crate) blocks: Arc<BlockEffects>,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Whose `X-Forwarded-…` counts.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// What an operator says to be one.
    pub(crate) admin: Option<AdminToken>,
}

/// The state behind the routes, shared by all of them.
pub(crate) struct Api {
    pub(super) auth: Auth,
    pub(super) store: Arc<dyn Store>,
    pub(super) chat: Arc<ChatHub>,
    pub(super) live: Arc<LiveSockets>,
    pub(super) blocks: Arc<BlockEffects>,
    pub(super) rates: Rates,
    pub(super) admin: Option<AdminToken>,
    clock: Arc<dyn Clock>,
    trusted_proxies: Vec<IpNet>,
}

impl fmt::Debug for Api {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Api").finish_non_exhaustive()
    }
}

impl Api {
    /// Every rate begins unused.
    pub(crate) fn new(parts: ApiParts, limits: &Limits) -> Arc<Self> {
        let ApiParts { auth, store, chat, live, blocks, clock, trusted_proxies, admin } = parts;
        let rates = Rates::new(limits);
        Arc::new(Self { auth, store, chat, live, blocks, rates, admin, clock, trusted_proxies })
    }

    pub(super) fn now(&self) -> Now {
        self.clock.now()
    }

    /// Whether it is known that the client speaks TLS, to a proxy.
    pub(super) fn is_tls(&self, parts: &Parts) -> bool {
        cookie::is_tls_of(peer(parts), &parts.headers, &self.trusted_proxies)
    }

    /// The cookie for a token, where the client may have one: a page of another origin must not sign
    /// anybody in here.
    pub(super) fn cookie(&self, client: &Client, issued: &Issued) -> Option<HeaderValue> {
        let left = issued.expires_at.as_millis().saturating_sub(self.now().wall.as_millis());
        let lifetime = Duration::from_millis(left);
        (client.site != Site::Foreign)
            .then(|| cookie::set(&issued.token, lifetime, client.is_secure))
            .flatten()
    }
}

fn peer(parts: &Parts) -> Option<SocketAddr> {
    parts.extensions.get::<PeerAddr>().map(|peer| peer.0)
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Client {
    /// What rates count by.
    pub(super) address: ClientAddress,
    /// Which page it comes from.
    pub(super) site: Site,
    /// Whether the client speaks TLS, to a proxy.
    is_secure: bool,
}

impl FromRequestParts<Arc<Api>> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Infallible> {
        let peer = peer(parts);
        let is_tls = api.is_tls(parts);
        let forwarded: Vec<&str> = parts
            .headers
            .get_all("x-forwarded-for")
            .iter()
            .map(|value| value.to_str().unwrap_or(""))
            .collect();
        // Without a peer (in a test, say) all requests count as one address's.
        let nobody = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
        Ok(Self {
            address: ClientAddress::resolve(
                peer.unwrap_or(nobody),
                &forwarded,
                &api.trusted_proxies,
            ),
            site: cookie::site_of(&parts.headers, is_tls),
            is_secure: cookie::is_secure(&parts.headers, is_tls),
        })
    }
}
