//! The HTTP side of Engine.IO v4: handshakes, long-polling, and the way to a WebSocket.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH,
    CONTENT_TYPE, HOST, HeaderName, HeaderValue, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE, VARY,
};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde::Serialize;
use tokio::sync::oneshot;

use crate::driver::{Driver, Task};
use crate::engine::{Engine, millis};
use crate::frame::{self, Frame};
use crate::message::Endpoint;
use crate::namespace::{DisconnectReason, Handshake, Transport};
use crate::session::{Inbox, PollStart, Session};
use crate::stream::AddressPlace;
use crate::upgrade::{self, Opening};
use crate::websocket;

pub(crate) type Answer = Response<Full<Bytes>>;

/// What is wrong with a request; the codes and texts are those that Engine.IO clients know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    UnknownTransport,
    UnknownSession,
    BadMethod,
    BadRequest,
    Forbidden,
    UnsupportedVersion,
    TooLarge,
    Full,
}

impl Refused {
    fn parts(self) -> (StatusCode, u8, &'static str) {
        match self {
            Self::UnknownTransport => (StatusCode::BAD_REQUEST, 0, "Transport unknown"),
            Self::UnknownSession => (StatusCode::BAD_REQUEST, 1, "Session ID unknown"),
            Self::BadMethod => (StatusCode::BAD_REQUEST, 2, "Bad handshake method"),
            Self::BadRequest => (StatusCode::BAD_REQUEST, 3, "Bad request"),
            Self::Forbidden => (StatusCode::FORBIDDEN, 4, "Forbidden"),
            Self::UnsupportedVersion => {
                (StatusCode::BAD_REQUEST, 5, "Unsupported protocol version")
            }
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, 3, "Payload too large"),
            Self::Full => {
                (StatusCode::SERVICE_UNAVAILABLE, 3, "Too many sessions, try again later")
            }
        }
    }
}

/// Answers a request for the Engine.IO path.
pub(crate) async fn handle(
    engine: &Arc<Engine>,
    peer: SocketAddr,
    request: Request<Incoming>,
    endpoint: Option<Arc<dyn Endpoint>>,
) -> Answer {
    let origin = request.headers().get(ORIGIN).cloned();
    let allowed = origin.as_ref().filter(|origin| allows(engine, origin, request.headers()));
    let mut answer = if origin.is_some() && allowed.is_none() {
        refuse(Refused::Forbidden)
    } else if request.method() == Method::OPTIONS {
        preflight(request.headers())
    } else {
        route(engine, peer, request, endpoint).await.unwrap_or_else(refuse)
    };
    let headers = answer.headers_mut();
    if let Some(origin) = allowed {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in &engine.config.response_headers {
        headers.insert(name, value.clone());
    }
    answer
}

fn allows(engine: &Engine, origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    origin.to_str().is_ok_and(|origin| engine.config.cors.allows(origin, host))
}

fn preflight(headers: &HeaderMap) -> Answer {
    let mut answer = Answer::default();
    *answer.status_mut() = StatusCode::NO_CONTENT;
    let asked = headers.get("access-control-request-headers").cloned();
    let asked = asked.unwrap_or(HeaderValue::from_static("Content-Type, Authorization"));
    let answer_headers = answer.headers_mut();
    answer_headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    answer_headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked);
    answer_headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    answer
}

fn refuse(refused: Refused) -> Answer {
    #[derive(Serialize)]
    struct Body {
        code: u8,
        message: &'static str,
    }
    let (status, code, message) = refused.parts();
    let body = serde_json::to_vec(&Body { code, message }).expect("two plain fields");
    let mut answer = Answer::new(Full::from(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

fn text(body: impl Into<Bytes>) -> Answer {
    let mut answer = Answer::new(Full::new(body.into()));
    let plain = HeaderValue::from_static("text/plain; charset=UTF-8");
    answer.headers_mut().insert(CONTENT_TYPE, plain);
    answer
}

/// The query parameters that Engine.IO knows.
#[derive(Default)]
struct Query<'a> {
    version: Option<&'a str>,
    transport: Option<&'a str>,
    sid: Option<&'a str>,
}

impl<'a> Query<'a> {
    fn parse(query: &'a str) -> Self {
        let mut parsed = Self::default();
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match key {
                "EIO" => parsed.version = Some(value),
                "transport" => parsed.transport = Some(value),
                "sid" => parsed.sid = Some(value),
                _ => {}
            }
        }
        parsed
    }
}

async fn route(
    engine: &Arc<Engine>,
    peer: SocketAddr,
    request: Request<Incoming>,
    endpoint: Option<Arc<dyn Endpoint>>,
) -> Result<Answer, Refused> {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let Query { version, transport, sid } = Query::parse(&query);
    let transport = match transport {
        Some("polling") => Transport::Polling,
        Some("websocket") => Transport::WebSocket,
        _ => return Err(Refused::UnknownTransport),
    };
    if version != Some("4") {
        return Err(Refused::UnsupportedVersion);
    }
    let session = match sid {
        Some(sid) => Some(engine.find(sid).ok_or(Refused::UnknownSession)?),
        None => None,
    };
    match (transport, session, request.method()) {
        (Transport::WebSocket, session, &Method::GET) => {
            upgrade_to(engine, Caller { peer, endpoint }, session, request)
        }
        (Transport::Polling, None, &Method::GET) => {
            let handshake = Handshake::new(peer, transport, &query, request.headers());
            open_polling(engine, handshake, endpoint)
        }
        (Transport::Polling, Some(session), &Method::GET) => poll(session).await,
        (Transport::Polling, Some(session), &Method::POST) => post(session, request).await,
        _ => Err(Refused::BadMethod),
    }
}

// -- opening ------------------------------------------------------------------------------------

fn place_session(engine: &Engine, handshake: &Handshake) -> Result<Option<AddressPlace>, Refused> {
    let is_full = engine.counters.registered.get() >= engine.config.max_connections as u64;
    let place = match &engine.config.per_address {
        _ if is_full || engine.is_draining() => None,
        None => Some(None),
        Some(limit) => {
            let client = (limit.client)(handshake);
            engine.sessions_by_address.place(client, limit.max_sessions).map(Some)
        }
    };
    place.ok_or_else(|| {
        engine.counters.rejected.add(1);
        Refused::Full
    })
}

fn open_polling(
    engine: &Arc<Engine>,
    handshake: Handshake,
    endpoint: Option<Arc<dyn Endpoint>>,
) -> Result<Answer, Refused> {
    let place = place_session(engine, &handshake)?;
    let session = Session::open(engine.clone(), handshake, None, place);
    let open = open_frame(&session, &["websocket"]);
    tokio::spawn(Task::Driving(Driver::new(session, None, Vec::new(), endpoint)));
    Ok(text(open.payload().to_vec()))
}

/// The first packet of a session (Engine.IO protocol v4, "Handshake").
pub(crate) fn open_frame(session: &Session, upgrades: &[&str]) -> Frame {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Open<'a> {
        sid: &'a str,
        upgrades: &'a [&'a str],
        ping_interval: u64,
        ping_timeout: u64,
        max_payload: usize,
    }
    let config = &session.engine.config;
    let open = Open {
        sid: &session.sid.to_wire(&config.node_tag),
        upgrades,
        ping_interval: millis(config.ping_interval),
        ping_timeout: millis(config.ping_timeout),
        max_payload: config.max_payload_bytes,
    };
    let mut buffer = frame::scratch();
    buffer.push(b'0');
    serde_json::to_writer(&mut buffer, &open).expect("plain fields");
    Frame::text(buffer)
}

/// Who opens a session, and what for.
struct Caller {
    peer: SocketAddr,
    endpoint: Option<Arc<dyn Endpoint>>,
}

fn upgrade_to(
    engine: &Arc<Engine>,
    caller: Caller,
    session: Option<Arc<Session>>,
    mut request: Request<Incoming>,
) -> Result<Answer, Refused> {
    let headers = request.headers();
    let upgrades =
        names(headers, &UPGRADE, b"websocket") && names(headers, &CONNECTION, b"upgrade");
    let version = headers.get(SEC_WEBSOCKET_VERSION).is_some_and(|version| version == "13");
    let accept = headers.get(SEC_WEBSOCKET_KEY).and_then(|key| websocket::accept(key.as_bytes()));
    let Some(accept) = accept.filter(|_| upgrades && version) else {
        return Err(Refused::BadRequest);
    };
    let accept = HeaderValue::try_from(accept).map_err(|_| Refused::BadRequest)?;
    let upgrading = hyper::upgrade::on(&mut request);
    if let Some(session) = session {
        // One that cannot be probed (now) closes the new WebSocket and stays as it is.
        tokio::spawn(upgrade::probe(session, upgrading));
    } else {
        let Caller { peer, endpoint } = caller;
        let query = request.uri().query().unwrap_or_default();
        let handshake = Handshake::new(peer, Transport::WebSocket, query, request.headers());
        let place = place_session(engine, &handshake)?;
        let opening = Opening { handshake, place, endpoint };
        tokio::spawn(upgrade::open(engine.clone(), opening, upgrading));
    }
    let mut answer = Answer::default();
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = answer.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    Ok(answer)
}

/// Whether a header that is a list holds this token.
fn names(headers: &HeaderMap, header: &HeaderName, token: &[u8]) -> bool {
    let lines = headers.get_all(header).iter();
    lines
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .any(|item| item.trim_ascii().eq_ignore_ascii_case(token))
}

// -- long-polling -------------------------------------------------------------------------------

/// Closes the session of a request that its client gave up.
struct Abandoned(Option<Arc<Session>>);

impl Drop for Abandoned {
    fn drop(&mut self) {
        if let Some(session) = self.0.take() {
            session.close(DisconnectReason::TransportError);
        }
    }
}

async fn poll(session: Arc<Session>) -> Result<Answer, Refused> {
    match session.begin_poll() {
        PollStart::Ready(body) => Ok(text(body)),
        PollStart::Refused => Err(Refused::BadRequest),
        PollStart::Wait(body) => {
            let mut abandoned = Abandoned(Some(session));
            let body = body.await;
            abandoned.0 = None;
            body.map(text).map_err(|_| Refused::UnknownSession)
        }
    }
}

/// Ends a POST however it ends.
struct Posting(Arc<Session>);

impl Drop for Posting {
    fn drop(&mut self) {
        self.0.end_post();
    }
}

async fn post(session: Arc<Session>, request: Request<Incoming>) -> Result<Answer, Refused> {
    if !session.accepts_posts() {
        return Err(Refused::BadRequest);
    }
    if !session.begin_post() {
        session.close(DisconnectReason::TransportError);
        return Err(Refused::BadRequest);
    }
    let _posting = Posting(session.clone());
    let body = {
        let mut abandoned = Abandoned(Some(session.clone()));
        let body = read_body(&session, request).await;
        abandoned.0 = None;
        body
    };
    let body = body.map_err(|(reason, refused)| {
        session.close(reason);
        refused
    })?;
    let (done, taken) = oneshot::channel();
    if session.deliver(Inbox::Post { body, done }).is_err() {
        return Err(Refused::BadRequest);
    }
    match taken.await {
        Ok(true) => Ok(html_ok()),
        _ => Err(Refused::BadRequest),
    }
}

fn html_ok() -> Answer {
    let mut answer = text("ok");
    // What Engine.IO answers; kept from being sniffed by `response_headers`.
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    answer
}

async fn read_body(
    session: &Session,
    request: Request<Incoming>,
) -> Result<Bytes, (DisconnectReason, Refused)> {
    let too_large = (DisconnectReason::PayloadTooLarge, Refused::TooLarge);
    let broken = (DisconnectReason::TransportError, Refused::BadRequest);
    let config = &session.engine.config;
    let binary =
        request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/octet-stream");
    if binary {
        // Only Engine.IO v3 knew such bodies.
        return Err((DisconnectReason::ParseError, Refused::BadRequest));
    }
    let length =
        request.headers().get(CONTENT_LENGTH).and_then(|len| len.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > config.max_packet_bytes()) {
        return Err(too_large);
    }
    let body = Limited::new(request.into_body(), config.max_packet_bytes()).collect();
    let body = tokio::time::timeout(config.body_timeout.max(Duration::from_millis(1)), body);
    let body = tokio::select! {
        body = body => body,
        // Half a body must not hold up a shutdown.
        () = session.engine.stopped() => return Err(broken),
    };
    match body {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large),
        Ok(Err(_)) | Err(_) => Err(broken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_may_hold_anything() {
        let query = Query::parse("EIO=4&&x&sid=a.b&transport=polling&t=1");
        assert_eq!(
            (query.version, query.transport, query.sid),
            (Some("4"), Some("polling"), Some("a.b"))
        );
        assert!(Query::parse("").version.is_none());
    }
}
