//! `parlour serve`: from the configuration to a running server, and to its end.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gateway::Gateway;
use socketio::Io;
use tokio::net::{TcpListener, TcpSocket, lookup_host};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, timeout_at};

use store_sqlite::{OpenError, SqliteStore};

use crate::config::Config;
use crate::data_dir::{DataDir, DataDirError};
use crate::{logging, metrics, nofile, wiring};

/// The exit code after a second signal: the shell's for a process ended by SIGINT.
const INTERRUPTED: i32 = 130;

/// Connections that may wait to be accepted: all clients of a node that has just restarted come back
/// at once, and one that finds no place tries again only after a second. Some 10 MiB of kernel
/// memory when full; the kernel may lower it (`net.core.somaxconn`, 4,096 since Linux 5.4).
const BACKLOG: u32 = 4_096;

/// How long it takes at most from the signal to the end. What the clients need less than their
/// `shutdown_deadline_ms`, of 9 s at the most, is the disk's.
const END_WITHIN: Duration = Duration::from_millis(9_800);

/// How long what was accepted, but not stored when every client had been told, may take; then it is
/// given up. All of it has its outcome by then, unless it came after everybody was told to go.
const MESSAGES_DEADLINE: Duration = Duration::from_millis(100);

/// What HS256 needs (RFC 7518 §3.2); fewer are let pass, since the secret may be somebody else's.
const GOOD_SECRET_BYTES: usize = 32;

/// Why the server did not start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error("cannot listen on {address}: {} ({key} says where to listen)", reason(.error))]
    Listen { key: &'static str, address: String, error: io::Error },
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    #[error(transparent)]
    Store(#[from] OpenError),
    #[error("the runtime cannot start: {0}")]
    Runtime(io::Error),
    #[error("the listener failed: {0}")]
    Accept(io::Error),
    #[error(
        "the database did not finish what was queued within {} ms of the signal: whatever was answered \
         is stored, the rest may be or not", END_WITHIN.as_millis()
    )]
    Unwritten,
    #[error("standard output cannot be written: {0}")]
    Stdout(io::Error),
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "another program is using this port".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine does not have that address".to_owned(),
        io::ErrorKind::PermissionDenied => "ports below 1024 need the right to do so".to_owned(),
        _ => error.to_string(),
    }
}

/// Runs until a signal ends it. `Ok`: everything was closed as it should be.
pub(crate) fn run(config: &Config) -> Result<(), ServeError> {
    logging::start(config.log.clone(), config.log_format);
    warn_about(config);
    nofile::raise(config.socket.max_connections);
    // Held to the end: nobody else may use the directory before everything is written.
    let data_dir = DataDir::open(&config.data_dir)?;
    let secrets = wiring::secrets(config, &data_dir)?;
    let store = Arc::new(SqliteStore::open(&wiring::store(config))?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Runtime)?;
    let result = runtime.block_on(serve(config, secrets, &store));
    // Whatever is still running (a metrics scrape, say) has had its time.
    runtime.shutdown_background();
    result
}

/// Says loudly what is not as one would expect it.
fn warn_about(config: &Config) {
    if !config.limits_enabled {
        tracing::warn!(
            "RATE LIMITS ARE OFF (limits_enabled = false): never run like this in public"
        );
    }
    if config.jwt_secret.as_ref().is_some_and(|secret| secret.len() < GOOD_SECRET_BYTES) {
        tracing::warn!(
            "jwt_secret is shorter than 32 bytes (RFC 7518 §3.2): whoever has one token can try to \
             guess it, and then be anybody"
        );
    }
}

async fn serve(
    config: &Config,
    secrets: wiring::Secrets,
    store: &Arc<SqliteStore>,
) -> Result<(), ServeError> {
    let mut signals = Signals::new().map_err(ServeError::Runtime)?;
    let (listener, address) = bind("listen", &config.listen).await?;
    let metrics_listener = match &config.metrics_listen {
        Some(address) => Some(bind("metrics_listen", address).await?),
        None => None,
    };
    let parts = wiring::wire(config, secrets, store);
    if let Some((listener, address)) = metrics_listener {
        tracing::info!(%address, "metrics are at /metrics");
        tokio::spawn(metrics::serve(listener, parts.metrics));
    }
    let io = parts.io.clone();
    let mut accepting = tokio::spawn(async move { io.serve(listener, parts.http).await });
    writeln!(io::stdout(), "Parlour is listening on http://{address}")
        .map_err(ServeError::Stdout)?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), %address, "started");

    tokio::select! {
        ended = &mut accepting => {
            return ended.map_err(io::Error::other).flatten().map_err(ServeError::Accept);
        }
        name = signals.next() => tracing::info!(signal = name, "stopping"),
    }
    let end_at = Instant::now() + END_WITHIN;
    parts.readiness.stop();
    tokio::select! {
        () = end(&parts.gateway, &parts.io, config.shutdown_deadline) => {}
        name = signals.next() => {
            tracing::warn!(signal = name, "stopping at once");
            std::process::exit(INTERRUPTED);
        }
    }
    if !parts.gateway.shutdown(MESSAGES_DEADLINE).await {
        tracing::warn!("some messages were given up: nobody was told that they are stored");
    }
    close(store, end_at).await?;
    tracing::info!("stopped");
    Ok(())
}

/// Everybody has gone: nothing more comes to be written. A slow disk may have all the time that is left.
async fn close(store: &Arc<SqliteStore>, end_at: Instant) -> Result<(), ServeError> {
    if timeout_at(end_at, store.close()).await.is_ok() {
        return Ok(());
    }
    // Its last owner would wait for it.
    std::mem::forget(Arc::clone(store));
    if !store.is_written() {
        return Err(ServeError::Unwritten);
    }
    tracing::warn!("everything is stored; the next start tidies the database's log up");
    Ok(())
}

/// What was heard is answered, what was accepted gets its outcome, and whoever waits for it is told; then
/// everybody is told to go. The disk has 13 of 16 parts of the time, the clients the rest: with the default
/// 6.5 s, and 1.5 s. Whoever needs less leaves it to what comes next.
async fn end(gateway: &Gateway, io: &Io, deadline: Duration) {
    let start = Instant::now();
    let left = |parts: u32| (deadline * parts / 16).saturating_sub(start.elapsed());
    // From then on requests are refused that would have more stored.
    io.drain(left(6)).await;
    if !gateway.settle(left(13)).await {
        tracing::warn!("some messages were given up: nobody was told that they are stored");
    }
    // Those who wait for what was given up are told of that, too.
    io.drain(left(15)).await;
    io.shutdown(left(16)).await;
}

async fn bind(key: &'static str, address: &str) -> Result<(TcpListener, SocketAddr), ServeError> {
    let bound = async {
        let listener = listen(address).await?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    bound.await.map_err(|error| ServeError::Listen { key, address: address.to_owned(), error })
}

/// Listens on the first of a name's addresses that can be had.
async fn listen(address: &str) -> io::Result<TcpListener> {
    let mut problem = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in lookup_host(address).await? {
        match listen_on(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => problem = error,
        }
    }
    Err(problem)
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart must not wait for the last run's connections to time out.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for one, and says which it was.
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
