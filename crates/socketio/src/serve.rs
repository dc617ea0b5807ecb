//! The accept loop. It is our own, so that every connection has a place in the limits and a
//! deadline for its head, so that a WebSocket keeps only its raw socket, and so that a shutdown
//! knows whom it waits for.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::{Request, Response, StatusCode, Version};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower_service::Service;

use crate::PeerAddr;
use crate::endpoint;
use crate::engine::Engine;
use crate::stream::{Place, Rest, Stream};

/// The head of a request, and hyper's buffer for it: an idle HTTP connection holds this much.
const HTTP_BUFFER_BYTES: usize = 16 * 1024;

/// Headers of one request.
const MAX_HEADERS: usize = 64;

/// How long the accept loop rests when the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long a connection that is not being answered may hold up a shutdown. A request that was on
/// its way has arrived by then, and the end of an answer has left; half a head will not become whole.
const HALF_SPOKEN: Duration = Duration::from_secs(1);

const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\
    Retry-After: 5\r\nConnection: close\r\n\r\n";

type BoxError = Box<dyn Error + Send + Sync>;

/// The body of an answer, of whatever kind it was.
type AnswerBody = UnsyncBoxBody<Bytes, BoxError>;

/// What answers the requests that are not the engine's: any cloneable tower service that cannot
/// fail, such as an axum `Router` or a `tower::service_fn`, and nothing else.
pub trait HttpService: Clone + Send + 'static {
    /// Answers one request.
    #[doc(hidden)]
    fn answer(
        self,
        request: Request<Incoming>,
    ) -> impl Future<Output = Response<AnswerBody>> + Send;
}

impl<S, B> HttpService for S
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    async fn answer(mut self, request: Request<Incoming>) -> Response<AnswerBody> {
        let Ok(()) = std::future::poll_fn(|cx| self.poll_ready(cx)).await;
        let Ok(answer) = self.call(request).await;
        answer.map(|body| body.map_err(Into::into).boxed_unsync())
    }
}

/// Accepts connections until the engine stops.
pub(crate) async fn serve(
    engine: Arc<Engine>,
    listener: TcpListener,
    http: impl HttpService,
) -> io::Result<()> {
    let mut failures = 0_u64;
    loop {
        let accepted = tokio::select! {
            () = engine.stopped() => return Ok(()),
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((tcp, peer)) => {
                if failures > 0 {
                    tracing::warn!(failures, "connections can be accepted again");
                    failures = 0;
                }
                admit(&engine, tcp, peer, &http);
            }
            Err(error) => {
                // Once for as long as it lasts.
                if failures == 0 {
                    tracing::warn!(%error, "could not accept a connection");
                }
                failures += 1;
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn admit(engine: &Arc<Engine>, tcp: TcpStream, peer: SocketAddr, http: &impl HttpService) {
    let Some(place) = Place::take(engine, peer.ip()) else {
        engine.counters.rejected.add(1);
        return turn_away(engine, tcp);
    };
    engine.counters.accepted.add(1);
    if let Err(error) = prepare(engine, &tcp) {
        tracing::debug!(%error, "the connection went while it was accepted");
        return;
    }
    tokio::spawn(connection(engine.clone(), Stream::new(tcp, place), peer, http.clone()));
}

/// Best effort: there is no place for a connection that waits to be told so. Its request is still on
/// its way; a few are heard out, since the answer would be lost otherwise.
fn turn_away(engine: &Engine, tcp: TcpStream) {
    if tcp.try_write(FULL).is_err() {
        return;
    }
    if let Ok(turn) = engine.turned_away.clone().try_acquire_owned() {
        tokio::spawn(async move {
            Rest::default().hear_out(&tcp, HALF_SPOKEN).await;
            drop(turn);
        });
    }
}

fn prepare(engine: &Engine, tcp: &TcpStream) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    // A peer that takes nothing is let go by the kernel too, so that an HTTP answer cannot hold a
    // connection for ever.
    let timeout = engine.config.ping_interval + engine.config.ping_timeout;
    SockRef::from(tcp).set_tcp_user_timeout(Some(timeout.max(engine.config.write_timeout)))
}

async fn connection(engine: Arc<Engine>, stream: Stream, peer: SocketAddr, http: impl HttpService) {
    let answers = watch::Sender::new(0);
    let service = {
        let (engine, answers) = (engine.clone(), answers.clone());
        service_fn(move |request| {
            let (engine, http) = (engine.clone(), http.clone());
            let answering = Answering::begin(&answers);
            async move {
                let answer = answer(&engine, peer, http, request).await;
                Ok::<_, Infallible>(answer.map(|body| Tracked { body, _answering: answering }))
            }
        })
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(engine.config.header_timeout)
        .max_buf_size(HTTP_BUFFER_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = engine.stopped() => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                result = connection => result,
                () = quiet(&answers) => return,
            }
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "an HTTP connection ended early");
    }
}

/// A request whose answer hyper has not taken whole yet. The number of those is what `answers`
/// holds.
struct Answering(watch::Sender<usize>);

impl Answering {
    fn begin(answers: &watch::Sender<usize>) -> Self {
        answers.send_modify(|n| *n += 1);
        Self(answers.clone())
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.send_modify(|n| *n -= 1);
    }
}

/// Resolves once nothing has been answered for [`HALF_SPOKEN`].
async fn quiet(answers: &watch::Sender<usize>) {
    let mut answers = answers.subscribe();
    loop {
        // The sender lives as long as its connection.
        let _ = answers.wait_for(|n| *n == 0).await;
        let busy = tokio::time::timeout(HALF_SPOKEN, answers.wait_for(|n| *n > 0)).await.is_ok();
        if !busy {
            return;
        }
    }
}

/// The body of an answer, which is [`Answering`] until it is dropped.
struct Tracked {
    body: AnswerBody,
    _answering: Answering,
}

impl Body for Tracked {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

async fn answer(
    engine: &Arc<Engine>,
    peer: SocketAddr,
    http: impl HttpService,
    mut request: Request<Incoming>,
) -> Response<AnswerBody> {
    if !has_one_host(&request) {
        return without_host(engine);
    }
    let path = request.uri().path();
    if let Some(endpoint) = engine.endpoint_at(path) {
        let endpoint = endpoint.clone();
        let answer = endpoint::handle(engine, peer, request, endpoint).await;
        return answer.map(|body| body.map_err(|never| match never {}).boxed_unsync());
    }
    request.extensions_mut().insert(PeerAddr(peer));
    http.answer(request).await
}

/// RFC 9112 §3.2: exactly one `Host` in a request of HTTP/1.1. What a page's own origin is depends
/// on it.
fn has_one_host(request: &Request<Incoming>) -> bool {
    let hosts = request.headers().get_all(HOST).iter().count();
    hosts == 1 || (hosts == 0 && request.version() < Version::HTTP_11)
}

fn without_host(engine: &Engine) -> Response<AnswerBody> {
    let body = Full::from("A request names exactly one Host.").map_err(|never| match never {});
    let mut answer = Response::new(body.boxed_unsync());
    *answer.status_mut() = StatusCode::BAD_REQUEST;
    answer.headers_mut().extend(engine.config.response_headers.clone());
    answer
}
