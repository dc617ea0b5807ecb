//! The parts, made from the configuration and put together.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::map_response;
use axum::response::Response;
use chat::ids::NodeId;
use chat::limits::Rate;
use chat::pairing::PairingConfig;
use gateway::{ClientAddress, Gateway, GatewayConfig, Limits, Readiness};
use ipnet::IpNet;
use socketio::{AddressLimit, Io};

use crate::config::{Config, HttpConfig, LimitsConfig, PairConfig};
use crate::web;

/// The one namespace of the contract.
const NAMESPACE: &str = "/";
/// This process among its peers; with one node, the only one.
const NODE: &str = "0";
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

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
}

/// Makes the parts. Has to be called within the runtime: some of them start tasks.
pub(crate) fn wire(config: &Config) -> Parts {
    let gateway = Gateway::start(GatewayConfig {
        version: env!("CARGO_PKG_VERSION"),
        limits: limits(&config.limits, config.limits_enabled),
        trusted_proxies: config.trusted_proxies.clone(),
        pairing: pairing(&config.pair),
        http: http(&config.http),
        cors: config.cors.clone(),
        accounts: None,
        assets: web::assets(),
    });
    let io = Io::builder(engine(config)).namespace(NAMESPACE, gateway.namespace()).build();
    let engine = io.clone();
    let metrics = gateway.metrics(Box::new(move || engine.stats()));
    Parts {
        io,
        http: gateway.router(),
        metrics: gateway::metrics_router(metrics).layer(map_response(secure)),
        readiness: gateway.readiness(),
    }
}

async fn secure(mut response: Response) -> Response {
    response.headers_mut().extend(gateway::page_headers());
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
        sockets_per_address: config.sockets_per_address,
        ..Limits::default()
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

fn http(config: &HttpConfig) -> gateway::HttpConfig {
    gateway::HttpConfig {
        max_body_bytes: config.max_body_bytes,
        request_timeout: config.request_timeout,
        max_in_flight: config.max_requests,
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
            format!("{:?}", http(&config.http)),
            format!("{:?}", gateway::HttpConfig::default())
        );
        let engine = engine(&config);
        let own = socketio::Config {
            per_address: engine.per_address.clone(),
            response_headers: engine.response_headers.clone(),
            ..socketio::Config::default()
        };
        assert_eq!(format!("{engine:?}"), format!("{own:?}"));
    }
}
