//! The parts, made from the configuration and put together.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::map_response;
use axum::response::Response;
use chat::ids::NodeId;
use chat::limits::Rate;
use chat::listening::ListeningConfig;
use chat::pairing::PairingConfig;
use chat::presence::PresenceConfig;
use chat::typing::TypingConfig;
use gateway::auth::{self, JwksConfig, OwnSecret, PasswordConfig, Secret};
use gateway::{
    AccountsConfig, AdminToken, ClientAddress, Gateway, GatewayConfig, InboxConfig, Limits,
    MaintenanceConfig, NAMESPACE, PresenceHubConfig, Readiness, WaitsConfig,
};
use ipnet::IpNet;
use socketio::{AddressLimit, Io};
use store_sqlite::SqliteStore;

use crate::config::{
    AuthConfig, Config, ConversationsConfig, HttpConfig, LimitsConfig, PairConfig, WebConfig,
};
use crate::data_dir::{DataDir, DataDirError, Kept};
use crate::store_metrics::StoreMetrics;
use crate::web;

/// This process among its peers; with one node, the only one.
const NODE: &str = "0";
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// What runs.
pub(crate) struct Parts {
    /// The Socket.IO server, which owns the listener.
    pub(crate) io: Io,
    /// Everything else on the port.
    pub(crate) http: Router,
    /// The metrics listener's routes.
    pub(crate) metrics: Router,
    /// The switch behind `/readyz`.
    pub(crate) readiness: Readiness,
    /// What is behind all of them; to be shut down after `io`.
    pub(crate) gateway: Gateway,
}

/// What this server knows and nobody else.
pub(crate) struct Secrets {
    /// What signs its own tokens.
    pub(crate) tokens: OwnSecret,
    /// What makes an operator.
    pub(crate) admin: AdminToken,
}

/// The configured secrets, else those that are kept in the data directory.
///
/// # Errors
/// [`DataDirError`] if one can be neither read nor made.
pub(crate) fn secrets(config: &Config, data_dir: &DataDir) -> Result<Secrets, DataDirError> {
    let secret = |text: String| Secret::new(text.into_bytes());
    let tokens = match &config.jwt_secret {
        Some(text) => OwnSecret::Configured(secret(text.clone())),
        None => OwnSecret::Made(secret(data_dir.secret(Kept::Tokens)?)),
    };
    let admin = match &config.admin_token {
        Some(text) => AdminToken::new(text),
        None => AdminToken::new(&data_dir.secret(Kept::Admin)?),
    };
    Ok(Secrets { tokens, admin })
}

/// Where the database is, and what it may hold in memory.
pub(crate) fn store(config: &Config) -> store_sqlite::StoreConfig {
    let path = config.database_file().expect("another database has stopped the start");
    let store = &config.store;
    store_sqlite::StoreConfig {
        readers: store.readers,
        write_queue_bytes: store.queue_bytes,
        commit_pause: store.commit_pause,
        batch_messages: store.batch_messages,
        busy_timeout: store.busy_timeout,
        ..store_sqlite::StoreConfig::new(path)
    }
}

fn auth(config: &Config, secret: OwnSecret) -> auth::AuthConfig {
    let default = auth::AuthConfig::new(secret);
    // As many as can be connected: all of them may have to come back at the same time.
    let max_sessions = config.socket.max_connections;
    let config = &config.auth;
    auth::AuthConfig {
        token_lifetime: config.token_lifetime,
        host_keys: config.hosts.clone(),
        registration: config.registration,
        guests: config.guests,
        passwords: PasswordConfig {
            cost: config.password_cost.clone(),
            threads: config.password_threads.unwrap_or(default.passwords.threads),
            max_waiting: config.password_queue,
        },
        change_interval: config.change_poll,
        max_sessions,
        jwks: JwksConfig {
            refresh_interval: config.jwks_refresh,
            min_interval: config.jwks_min_interval,
            timeout: config.jwks_timeout,
            ..default.jwks
        },
        ..default
    }
}

fn maintenance(config: &AuthConfig) -> MaintenanceConfig {
    MaintenanceConfig {
        period: config.cleanup_interval,
        guest_grace: config.guest_keep,
        ..MaintenanceConfig::default()
    }
}

/// Makes the parts. Has to be called within the runtime: some of them start tasks.
pub(crate) fn wire(config: &Config, secrets: Secrets, store: &Arc<SqliteStore>) -> Parts {
    let Secrets { tokens: secret, admin } = secrets;
    let gateway = Gateway::start(GatewayConfig {
        version: env!("CARGO_PKG_VERSION"),
        limits: limits(&config.limits, config.limits_enabled),
        trusted_proxies: config.trusted_proxies.clone(),
        pairing: pairing(&config.pair),
        http: http(&config.http, &config.web),
        cors: config.cors.clone(),
        accounts: Some(AccountsConfig {
            store: Arc::clone(store) as _,
            auth: auth(config, secret),
            maintenance: maintenance(&config.auth),
            conversations: conversations(&config.conversations),
            inbox: inbox(&config.conversations),
        }),
        admin: Some(admin),
        assets: web::assets(),
    });
    let io = Io::builder(engine(config)).namespace(NAMESPACE, gateway.namespace()).build();
    gateway.attach(&io);
    let engine = io.clone();
    let further = vec![Box::new(StoreMetrics::new(Arc::clone(store))) as _];
    let metrics = gateway.metrics(Box::new(move || engine.stats()), further);
    Parts {
        io,
        http: gateway.router(),
        metrics: gateway::metrics_router(metrics).layer(map_response(secure)),
        readiness: gateway.readiness(),
        gateway,
    }
}

async fn secure(mut response: Response) -> Response {
    response.headers_mut().extend(gateway::page_headers(&[]));
    response
}

fn engine(config: &Config) -> socketio::Config {
    let socket = &config.socket;
    socketio::Config {
        ping_interval: socket.ping_interval,
        ping_timeout: socket.ping_timeout,
        connect_timeout: socket.connect_timeout,
        upgrade_timeout: socket.upgrade_timeout,
        header_timeout: socket.header_timeout,
        body_timeout: socket.body_timeout,
        write_timeout: socket.write_timeout,
        max_payload_bytes: socket.max_payload_bytes,
        max_queue_bytes: socket.max_queue_bytes,
        max_connections: socket.max_connections,
        per_address: address_limit(config),
        max_waits: socket.max_waits,
        node_tag: NODE.to_owned(),
        cors: config.cors.clone(),
        response_headers: gateway::engine_headers(),
        ..socketio::Config::default()
    }
}

/// Sessions for each socket that an address may have: one that is open, and one that its client has
/// lost and the server has not missed yet.
const SESSIONS_PER_SOCKET: usize = 2;

/// What one address may hold before anything is known of it. A trusted proxy's connections are its
/// clients', whose sessions count for themselves.
fn address_limit(config: &Config) -> Option<AddressLimit> {
    let proxies: Arc<[IpNet]> = config.trusted_proxies.clone().into();
    let clients_of = proxies.clone();
    config.limits_enabled.then(|| AddressLimit {
        max_connections: config.limits.connections_per_address,
        max_sessions: config.limits.sockets_per_address.saturating_mul(SESSIONS_PER_SOCKET),
        exempt: Arc::new(move |peer: IpAddr| {
            proxies.iter().any(|network| network.contains(&peer.to_canonical()))
        }),
        client: Arc::new(move |handshake| ClientAddress::of(handshake, &clients_of).ip()),
    })
}

fn limits(config: &LimitsConfig, enabled: bool) -> Limits {
    Limits {
        enabled,
        messages: Rate::new(config.messages_per_second, SECOND).with_burst(config.messages_burst),
        pair_starts: Rate::new(config.pair_starts_per_minute, MINUTE),
        other_events: Rate::new(config.events_per_second, SECOND).with_burst(config.events_burst),
        typing_flood: Rate::new(config.typing_per_second, SECOND),
        logins_per_account: Rate::new(config.logins_per_minute, MINUTE),
        logins_per_address: Rate::new(config.logins_per_address_per_minute, MINUTE),
        registrations: Rate::new(config.registrations_per_hour, HOUR),
        rooms_made: Rate::new(config.rooms_per_hour, HOUR),
        requests: Rate::new(config.requests_per_second, SECOND).with_burst(config.requests_burst),
        synced: Rate::new(config.synced_per_second, SECOND).with_burst(config.synced_burst),
        sockets_per_account: config.sockets_per_account,
        sockets_per_address: config.sockets_per_address,
    }
}

fn inbox(config: &ConversationsConfig) -> InboxConfig {
    InboxConfig {
        pause: config.updates,
        max_memberships: config.memberships,
        ..InboxConfig::default()
    }
}

fn conversations(config: &ConversationsConfig) -> gateway::ConversationsConfig {
    gateway::ConversationsConfig {
        listening: ListeningConfig {
            grace: config.grace,
            max_per_socket: config.per_socket,
            large: config.large,
            fold: config.fold,
        },
        typing: TypingConfig {
            idle: config.typing,
            interval: config.typing_interval,
            ..TypingConfig::default()
        },
        presence: PresenceHubConfig {
            presence: PresenceConfig { grace: config.grace, ..PresenceConfig::default() },
            max_partners: config.memberships,
            ..PresenceHubConfig::default()
        },
        waits: WaitsConfig { syncs: config.syncs, ..WaitsConfig::default() },
        ..gateway::ConversationsConfig::default()
    }
}

fn pairing(config: &PairConfig) -> PairingConfig {
    PairingConfig {
        bar: config.bar,
        typing_interval: config.typing_interval,
        max_waiting_lines: config.waiting_lines,
        max_client_ids: config.client_ids,
        ..PairingConfig::new(NodeId::new(NODE))
    }
}

fn http(config: &HttpConfig, web: &WebConfig) -> gateway::HttpConfig {
    gateway::HttpConfig {
        max_body_bytes: config.max_body_bytes,
        request_timeout: config.request_timeout,
        max_in_flight: config.max_requests,
        picture_origins: web.picture_origins.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unless_configured_every_rule_is_its_own_crates() {
        let (config, _) = Config::from_defaults().expect("the defaults are good values");
        assert_eq!(
            format!("{:?}", limits(&config.limits, config.limits_enabled)),
            format!("{:?}", Limits::default())
        );
        assert_eq!(
            format!("{:?}", pairing(&config.pair)),
            format!("{:?}", PairingConfig::new(NodeId::new(NODE)))
        );
        assert_eq!(
            format!("{:?}", http(&config.http, &config.web)),
            format!("{:?}", gateway::HttpConfig::default())
        );
        let secret = OwnSecret::Made(Secret::new(*b"secret"));
        assert_eq!(
            format!("{:?}", auth(&config, secret.clone())),
            format!("{:?}", auth::AuthConfig::new(secret))
        );
        assert_eq!(
            format!("{:?}", maintenance(&config.auth)),
            format!("{:?}", MaintenanceConfig::default())
        );
        assert_eq!(
            format!("{:?}", conversations(&config.conversations)),
            format!("{:?}", gateway::ConversationsConfig::default())
        );
        let path = config.data_dir.join("parlour.db");
        assert_eq!(
            format!("{:?}", store(&config)),
            format!("{:?}", store_sqlite::StoreConfig::new(path))
        );
        let engine = engine(&config);
        let own = socketio::Config {
            per_address: engine.per_address.clone(),
            response_headers: engine.response_headers.clone(),
            ..socketio::Config::default()
        };
        assert_eq!(format!("{engine:?}"), format!("{own:?}"));
    }

    #[test]
    fn whoever_may_be_connected_is_remembered() {
        let (mut config, _) = Config::from_defaults().expect("the defaults are good values");
        config.socket.max_connections = 7;
        let secret = OwnSecret::Made(Secret::new(*b"secret"));
        assert_eq!(auth(&config, secret).max_sessions, 7);
    }
}
