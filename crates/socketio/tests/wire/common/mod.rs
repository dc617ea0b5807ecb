//! A server on a port of its own, with an application that does what the client's events ask for
//! and writes down what it saw.

pub(crate) mod app;
pub(crate) mod http;
pub(crate) mod ws;

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use socketio::{Builder, Config, DisconnectReason, Io, Stats};
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout};

use self::app::App;

/// Longer than anything here takes on a busy machine; only a failing test waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How often a condition is looked at that nobody announces.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Waits for what has to happen.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let Ok(value) = timeout(PATIENCE, future).await else {
        panic!("{what}: not within {PATIENCE:?}");
    };
    value
}

/// Waits for a condition.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// A running server and its application.
pub(crate) struct Server {
    pub(crate) io: Io,
    pub(crate) addr: SocketAddr,
    pub(crate) app: Arc<App>,
}

impl Server {
    /// The application in `/` and `/custom`.
    pub(crate) async fn start(config: Config) -> Self {
        Self::start_with(config, |builder| builder).await
    }

    /// The same, and whatever `add` adds.
    pub(crate) async fn start_with(
        config: Config,
        add: impl FnOnce(Builder) -> Builder + Send,
    ) -> Self {
        let app = Arc::new(App::default());
        let builder = Io::builder(config)
            .namespace("/", app::Door(app.clone()))
            .namespace("/custom", app::Door(app.clone()));
        let io = add(builder).build();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let serving = io.clone();
        tokio::spawn(async move { serving.serve(listener, tower::service_fn(elsewhere)).await });
        Self { io, addr, app }
    }

    pub(crate) fn stats(&self) -> Stats {
        self.io.stats()
    }

    /// How many sessions ended for this reason.
    pub(crate) fn closed_for(&self, reason: DisconnectReason) -> u64 {
        let i = DisconnectReason::ALL.iter().position(|other| *other == reason).expect("listed");
        self.stats().closed[i]
    }

    /// Waits until nobody is connected, on any level.
    pub(crate) async fn all_gone(&self) {
        let gone = || {
            let stats = self.stats();
            let open = stats.sessions_polling + stats.sessions_websocket;
            stats.connections == 0 && open == 0 && stats.sockets == 0
        };
        let deadline = Instant::now() + PATIENCE;
        while !gone() {
            assert!(Instant::now() < deadline, "left behind: {:?}", self.stats());
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The end of every test: all clients are gone, nothing of them is left, and every socket that
    /// connected has heard of its end once.
    pub(crate) async fn finish(self) {
        self.all_gone().await;
        let start = Instant::now();
        self.io.shutdown(PATIENCE).await;
        assert!(start.elapsed() < PATIENCE, "a session is left in the registry: {:?}", self.io);
        let stats = self.stats();
        assert_eq!(stats.opened, stats.closed.iter().sum::<u64>(), "{stats:?}");
        self.app.assert_each_end_was_heard_once();
    }
}

/// The HTTP service behind the engine.
async fn elsewhere(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let known = request.extensions().get::<socketio::PeerAddr>().is_some();
    let status = if known { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR };
    let mut response = Response::new(Full::from("elsewhere"));
    *response.status_mut() = status;
    Ok(response)
}

/// Fixed but scattered numbers (splitmix64): a test that fails prints its seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }
}
