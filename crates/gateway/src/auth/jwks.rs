//! A host application's published keys: fetched, remembered, and fetched again when they rotate.
//!
//! One task fetches; whoever needs a key reads what it has last left. So there is one fetch at a
//! time however many ask, and its rate is bounded by the task alone.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::cache::SessionCache;
use super::config::JwksConfig;
use super::error::{AuthError, Refused};
use super::keys::VerifyKey;

type WebClient = Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

/// A key set, as it is known here.
#[derive(Debug)]
pub(super) struct Jwks {
    shared: Arc<Shared>,
    known: watch::Receiver<Known>,
}

#[derive(Debug)]
struct Shared {
    url: Uri,
    config: JwksConfig,
    cache: Arc<SessionCache>,
    /// Wakes the task for a key that is not known.
    wanted: Notify,
    fetched: AtomicU64,
    failed: AtomicU64,
}

/// What the last fetches have left.
#[derive(Clone, Debug, Default)]
struct Known {
    keys: Arc<Vec<Published>>,
    /// How many fetches have ended.
    attempts: u64,
    last_attempt: Option<Instant>,
    /// Whether the last one failed; the keys are then those of the last good one.
    is_failing: bool,
}

#[derive(Clone, Debug)]
struct Published {
    kid: Option<String>,
    /// As it was read, to see whether it has changed.
    text: Box<str>,
    key: VerifyKey,
}

/// Fetches so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JwksStats {
    /// That brought keys.
    pub fetched: u64,
    /// That did not.
    pub failed: u64,
}

/// Why a fetch failed. For the log.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("no trusted certificates on this machine: {0}")]
    NoRoots(std::io::Error),
    #[error("no answer: {}", Causes(.0))]
    Request(#[from] hyper_util::client::legacy::Error),
    #[error("status {0}")]
    Status(StatusCode),
    #[error("no whole answer of at most {max_bytes} bytes")]
    Body { max_bytes: usize },
    #[error("no key set: {0}")]
    Format(#[from] serde_json::Error),
    #[error("no key in it that counts here")]
    NoKey,
    #[error("no answer in time")]
    Timeout,
}

/// An error with all of its causes: what went wrong with a certificate stands in the last one.
struct Causes<'a>(&'a dyn Error);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl Jwks {
    /// Begins to fetch, as long as this lives.
    pub(super) fn start(url: Uri, config: JwksConfig, cache: Arc<SessionCache>) -> Self {
        let shared = Arc::new(Shared {
            url,
            config,
            cache,
            wanted: Notify::new(),
            fetched: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        });
        let (sender, known) = watch::channel(Known::default());
        tokio::spawn(keep(Arc::downgrade(&shared), sender));
        Self { shared, known }
    }

    /// The key of this name; without one, the set's only key. A name that is not known is looked for
    /// once more, unless the set was fetched just now.
    ///
    /// # Errors
    /// [`Refused::NoKey`] if the set has none; [`AuthError::NoKeys`] if the last fetch failed, so
    /// that nobody knows.
    pub(super) async fn key(&self, kid: Option<&str>) -> Result<VerifyKey, AuthError> {
        let mut known = self.known.clone();
        let first = known.borrow_and_update().clone();
        if let Some(key) = first.find(kid) {
            return Ok(key);
        }
        let min_interval = self.shared.config.min_interval;
        if first.last_attempt.is_some_and(|at| at.elapsed() < min_interval) {
            return Err(first.missing());
        }
        self.shared.wanted.notify_one();
        let fetched = known.wait_for(|known| known.attempts > first.attempts);
        // The task has its own timeout; this one only says that nothing here waits for ever.
        let patience = self.shared.config.timeout * 2;
        let fetched = tokio::time::timeout(patience, fetched).await;
        let latest = fetched.map_err(|_| AuthError::NoKeys)?.map_err(|_| AuthError::NoKeys)?;
        latest.find(kid).ok_or_else(|| latest.missing())
    }

    pub(super) fn stats(&self) -> JwksStats {
        JwksStats {
            fetched: self.shared.fetched.load(Ordering::Relaxed),
            failed: self.shared.failed.load(Ordering::Relaxed),
        }
    }
}

impl Known {
    fn find(&self, kid: Option<&str>) -> Option<VerifyKey> {
        match (kid, self.keys.as_slice()) {
            (None, [only]) => Some(only.key.clone()),
            (None, _) => None,
            (Some(kid), keys) => {
                let key = keys.iter().find(|key| key.kid.as_deref() == Some(kid))?;
                Some(key.key.clone())
            }
        }
    }

    fn missing(&self) -> AuthError {
        if self.is_failing { AuthError::NoKeys } else { Refused::NoKey.into() }
    }
}

/// The task: fetches at the start, at each interval, and when a key is wanted, but never more often
/// than the bound.
async fn keep(shared: Weak<Shared>, known: watch::Sender<Known>) {
    let mut client = None;
    while let Some(alive) = shared.upgrade() {
        let result = alive.fetch(&mut client).await;
        alive.settle(result, &known);
        let config = alive.config.clone();
        let is_failing = known.borrow().is_failing;
        drop(alive);
        tokio::time::sleep(config.min_interval).await;
        let rest = config.refresh_interval.saturating_sub(config.min_interval);
        if !is_failing && !wait_until_wanted(&shared, &known, rest).await {
            return;
        }
    }
}

/// Waits until somebody wants a key, or for so long; `false` when nobody is left to want one.
async fn wait_until_wanted(
    shared: &Weak<Shared>,
    known: &watch::Sender<Known>,
    rest: Duration,
) -> bool {
    let Some(alive) = shared.upgrade() else { return false };
    tokio::select! {
        () = alive.wanted.notified() => true,
        () = tokio::time::sleep(rest) => true,
        () = known.closed() => false,
    }
}

impl Shared {
    fn settle(&self, result: Result<Vec<Published>, FetchError>, known: &watch::Sender<Known>) {
        let host = self.url.host().unwrap_or_default();
        let before = known.borrow().clone();
        let mut after = Known {
            attempts: before.attempts + 1,
            last_attempt: Some(Instant::now()),
            ..before.clone()
        };
        match result {
            Ok(keys) => {
                self.fetched.fetch_add(1, Ordering::Relaxed);
                let texts = |keys: &[Published]| -> Vec<Box<str>> {
                    keys.iter().map(|key| key.text.clone()).collect()
                };
                let has_changed = texts(&keys) != texts(&before.keys);
                if has_changed || before.is_failing {
                    tracing::info!(host, keys = keys.len(), "a host's keys were fetched");
                }
                after.is_failing = false;
                after.keys = Arc::new(keys);
                known.send_replace(after);
                if has_changed {
                    // A key that is gone must not live on in what is remembered.
                    self.cache.clear();
                }
            }
            Err(error) => {
                self.failed.fetch_add(1, Ordering::Relaxed);
                if !before.is_failing {
                    tracing::error!(%error, host, "a host's keys cannot be fetched");
                }
                after.is_failing = true;
                known.send_replace(after);
            }
        }
    }

    async fn fetch(&self, client: &mut Option<WebClient>) -> Result<Vec<Published>, FetchError> {
        let client = match client {
            Some(client) => client,
            None => client.insert(web_client().await?),
        };
        tokio::time::timeout(self.config.timeout, self.get(client))
            .await
            .map_err(|_| FetchError::Timeout)?
    }

    /// One GET; a redirect is not followed, since the address is configured.
    async fn get(&self, client: &WebClient) -> Result<Vec<Published>, FetchError> {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = self.url.clone();
        let accept = HeaderValue::from_static("application/jwk-set+json, application/json");
        request.headers_mut().insert(header::ACCEPT, accept);
        let response = client.request(request).await?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status()));
        }
        let max_bytes = self.config.max_bytes;
        let body = Limited::new(response.into_body(), max_bytes).collect().await;
        let body = body.map_err(|_| FetchError::Body { max_bytes })?.to_bytes();
        let keys = parse(&body, self.config.max_keys)?;
        if keys.is_empty() { Err(FetchError::NoKey) } else { Ok(keys) }
    }
}

/// `https` with the machine's own trusted certificates, or `http`. No connection is kept: fetches
/// are minutes apart.
async fn web_client() -> Result<WebClient, FetchError> {
    // Reads and parses some hundred files or one large one.
    let load = || {
        let provider = rustls::crypto::ring::default_provider();
        HttpsConnectorBuilder::new().with_provider_and_native_roots(provider)
    };
    let loaded = tokio::task::spawn_blocking(load).await;
    let connector = loaded
        .map_err(std::io::Error::other)
        .flatten()
        .map_err(FetchError::NoRoots)?
        .https_or_http()
        .enable_http1()
        .build();
    Ok(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector))
}

/// The keys that count here; others are passed over, as RFC 7517 §5 asks for.
fn parse(body: &[u8], max_keys: usize) -> Result<Vec<Published>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Set<'a> {
        #[serde(borrow)]
        keys: Vec<&'a RawValue>,
    }

    let Set { keys } = serde_json::from_slice(body)?;
    let published = |raw: &&RawValue| {
        let jwk: Jwk = serde_json::from_str(raw.get()).ok()?;
        let key = VerifyKey::from_jwk(&jwk)?;
        Some(Published { kid: jwk.common.key_id, text: raw.get().into(), key })
    };
    Ok(keys.iter().filter_map(published).take(max_keys).collect())
}
