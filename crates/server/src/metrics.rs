//! The listener for Prometheus: its own port, so that it need not be open to clients.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower_service::Service;

/// Scrapers at a time; further ones wait in the backlog.
const MAX_CONNECTIONS: usize = 16;
/// How long a request's head may take, and a connection stay idle.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait after a failed accept (no files left, say) before the next.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Accepts until the runtime ends: the last figures can be read while clients are being told.
pub(crate) async fn serve<S>(listener: TcpListener, service: S)
where
    S: Service<hyper::Request<Incoming>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    while let Ok(place) = places.clone().acquire_owned().await {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a metrics connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let service = service.clone();
        tokio::spawn(async move {
            answer(stream, service).await;
            drop(place);
        });
    }
}

async fn answer<S>(stream: TcpStream, service: S)
where
    S: Service<hyper::Request<Incoming>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a metrics connection ended early");
    }
}
