//! The edge of Parlour: between the wire and the domain.
//!
//! An event or a request comes in, is decoded into a command, a domain service decides, and what it
//! decided goes out encoded for whoever hears it. Nothing is decided here but who is let in and how
//! often; nothing of the domain is stored here.
//!
//! [`Gateway::start`] makes all of it: a namespace for `socketio`, a router for everything else on
//! the same port, and the numbers for the metrics listener.

mod address;
pub mod auth;
mod blocks;
mod clock;
mod deadlines;
mod error;
mod fanout;
mod http;
mod inbox;
mod limits;
mod maintenance;
mod memberships;
mod metrics;
mod presence;
mod sequencing;
mod socket;
#[cfg(test)]
#[expect(dead_code, reason = "the tests over the wire use more of it")]
mod testing;
mod timelines;
mod wire;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chat::pairing::PairingConfig;
use chat::store::Store;
use ipnet::IpNet;
use prometheus_client::collector::Collector;
use socketio::{Cors, Io};

pub use address::ClientAddress;
pub use clock::{SystemClock, SystemRandom};
pub use fanout::{
    ChatHub, ConversationsConfig, Heard, Hearer, ListeningStats, NAMESPACE, Post, WaitsConfig,
};
pub use http::{
    AdminToken, Asset, Assets, HttpConfig, NotAnOrigin, PictureOrigin, Readiness, engine_headers,
    page_headers,
};
pub use inbox::{InboxConfig, InboxStats};
pub use limits::Limits;
pub use maintenance::MaintenanceConfig;
pub use metrics::{EngineStats, Metrics, metrics_router};
pub use presence::{PresenceHubConfig, PresenceStats};
pub use sequencing::{FanOut, Following, Sent, Sequencing, SequencingConfig, SequencingStats};
pub use socket::{ChatNamespace, PairHub, min_queue_bytes};

use address::AddressPermits;
use auth::{Auth, AuthConfig};
use blocks::BlockEffects;
use fanout::ChatParts;
use http::{Api, ApiParts, Served};
use inbox::{Inbox, InboxParts};
use metrics::Tally;
use socket::{LiveSockets, Shared, profiles};

/// What the edge is told at the start.
#[derive(Debug)]
pub struct GatewayConfig {
    /// The version that the metrics name.
    pub version: &'static str,
    /// Rates.
    pub limits: Limits,
    /// Whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<IpNet>,
    /// The rules of pairing.
    pub pairing: PairingConfig,
    /// Bounds of the HTTP side.
    pub http: HttpConfig,
    /// Which pages of other origins may call the HTTP API.
    pub cors: Cors,
    /// Where accounts are and how they are known; without it there are only strangers.
    pub accounts: Option<AccountsConfig>,
    /// What an operator says to be one; without it there is none.
    pub admin: Option<AdminToken>,
    /// The web client; empty if it was not built.
    pub assets: Assets,
}

/// Accounts, as the edge is told of them.
pub struct AccountsConfig {
    /// Where they are kept.
    pub store: Arc<dyn Store>,
    /// How somebody is known.
    pub auth: AuthConfig,
    /// When what is over is cleared away.
    pub maintenance: MaintenanceConfig,
    /// Stored conversations.
    pub conversations: ConversationsConfig,
    /// The members' lists.
    pub inbox: InboxConfig,
}

impl fmt::Debug for AccountsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store: _, auth, maintenance, conversations, inbox } = self;
        f.debug_struct("AccountsConfig")
            .field("auth", auth)
            .field("maintenance", maintenance)
            .field("conversations", conversations)
            .field("inbox", inbox)
            .finish_non_exhaustive()
    }
}

/// The edge, put together.
#[derive(Debug)]
pub struct Gateway {
    version: &'static str,
    shared: Arc<Shared>,
    router: Router,
    readiness: Readiness,
}

impl Gateway {
    /// Puts the edge together, and starts the task that acts on pairing's deadlines; it ends when
    /// the last part of the gateway is dropped.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn start(config: GatewayConfig) -> Self {
        let clock = Arc::new(SystemClock::start());
        let pair =
            PairHub::start(config.pairing, Arc::clone(&clock) as _, Box::new(SystemRandom::new()));
        let readiness = Readiness::new(
            Arc::clone(&pair),
            config.accounts.as_ref().map(|accounts| Arc::clone(&accounts.store)),
        );
        let live = LiveSockets::start(config.limits.clone(), Arc::clone(&clock) as _);
        let (mut known_by, mut hub, mut lists, mut bars) = (None, None, None, None);
        let api = config.accounts.map(|accounts| {
            let AccountsConfig { store, auth, maintenance, conversations, inbox } = accounts;
            let auth = Auth::start(auth, Arc::clone(&store), Arc::clone(&clock) as _);
            live.follow(&auth);
            profiles::follow(&auth, &live, &store);
            known_by = Some(auth.clone());
            let parts = ChatParts {
                store: Arc::clone(&store),
                clock: Arc::clone(&clock) as _,
                random: Box::new(SystemRandom::new()),
                live: Arc::clone(&live),
            };
            let chat = ChatHub::start(conversations, parts);
            hub = Some(Arc::clone(&chat));
            let parts = InboxParts {
                store: Arc::clone(&store),
                clock: Arc::clone(&clock) as _,
                live: Arc::clone(&live),
                chat: Arc::clone(&chat),
            };
            lists = Some(Inbox::start(inbox, parts));
            maintenance::start(maintenance, &store, Arc::clone(&clock) as _);
            let trusted_proxies = config.trusted_proxies.clone();
            let admin = config.admin.clone();
            let live = Arc::clone(&live);
            memberships::follow(&auth, &live, &store, &chat);
            let blocks = BlockEffects::follow(&auth, &store, &chat, (&pair, &live));
            bars = Some(Arc::clone(&blocks));
            let parts = ApiParts { auth, store, chat, live, blocks, clock, trusted_proxies, admin };
            Api::new(parts, &config.limits)
        });
        let served = Served { assets: config.assets, readiness: readiness.clone(), api };
        let router = http::router(&config.http, served, config.cors);
        let shared = Shared {
            limits: config.limits,
            trusted_proxies: config.trusted_proxies,
            permits: AddressPermits::default(),
            tally: Arc::new(Tally::default()),
            pair,
            auth: known_by,
            live,
            chat: hub,
            inbox: lists,
            blocks: bars,
        };
        Self { version: config.version, shared: Arc::new(shared), router, readiness }
    }

    /// The namespace `/`, for `socketio`.
    pub fn namespace(&self) -> ChatNamespace {
        ChatNamespace::new(Arc::clone(&self.shared))
    }

    /// Where events go: the engine that has this gateway's [namespace](Gateway::namespace). To be
    /// called once, before the engine serves.
    pub fn attach(&self, io: &Io) {
        if let Some(chat) = &self.shared.chat {
            chat.attach(io);
        }
    }

    /// Stored conversations; `None` without accounts.
    pub fn chat(&self) -> Option<&Arc<ChatHub>> {
        self.shared.chat.as_ref()
    }

    /// To be called before the engine is shut down: accepts no more messages, and waits until those that
    /// were accepted have their outcome and whoever was shown them is told, but no longer than `within`.
    /// What has none then is given up: what the store does not have fails, of the rest nobody knows.
    ///
    /// `false` if something was given up.
    pub async fn settle(&self, within: Duration) -> bool {
        match &self.shared.chat {
            Some(chat) => chat.shutdown(within).await,
            None => true,
        }
    }

    /// To be called when the engine is shut down, and before the store is closed: waits until every
    /// message that was accepted has its outcome, but no longer than `within`. `false` if some have
    /// none.
    pub async fn shutdown(&self, within: Duration) -> bool {
        if let Some(auth) = &self.shared.auth {
            auth.stop();
        }
        self.settle(within).await
    }

    /// Everything on the port that is not Engine.IO.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// The switch behind `/readyz`.
    pub fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }

    /// The node's numbers; `engine` is where the engine's own come from (`Io::stats`), `further` is
    /// whatever else has some, such as the store. Their names get the prefix `parlour_`.
    pub fn metrics(&self, engine: EngineStats, further: Vec<Box<dyn Collector>>) -> Metrics {
        Metrics::new(self.version, Arc::clone(&self.shared), engine, further)
    }
}
