//! A server's HTTP side in memory, which checks each of its answers against its own description.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use chat::ids::NodeId;
use chat::pairing::PairingConfig;
use chat::store::Store;
use chat::time::{Clock, Now};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use parking_lot::Mutex;
use serde_json::{Value, json};
use socketio::Cors;
use tower::ServiceExt;

use crate::auth::{Auth, AuthConfig, OwnSecret, PasswordConfig, Secret};
use crate::blocks::BlockEffects;
use crate::clock::{SystemClock, SystemRandom};
use crate::fanout::{ChatHub, ChatParts, ConversationsConfig};
use crate::http::{AdminToken, Api, ApiParts, Assets, HttpConfig, Readiness, Served, router};
use crate::limits::Limits;
use crate::socket::{LiveSockets, PairHub};
use crate::testing::MemoryStore;

/// What makes an operator here.
pub(super) const ADMIN_TOKEN: &str = "the operator's";

/// An operation and the status that it answered with.
pub(super) type Seen = BTreeSet<(String, String, String)>;

pub(super) struct World {
    pub(super) app: Router,
    pub(super) store: Arc<MemoryStore>,
    pub(super) api: Arc<Api>,
    document: OnceLock<Value>,
    seen: Mutex<Seen>,
}

/// What differs from a server as it is without configuration.
pub(super) struct Setup {
    pub(super) limits: Limits,
    pub(super) cors: Cors,
    pub(super) auth: AuthConfig,
    pub(super) conversations: ConversationsConfig,
    pub(super) clock: Arc<dyn Clock>,
}

impl Default for Setup {
    fn default() -> Self {
        let secret = Secret::new(*b"a secret that is known to nobody");
        let mut auth = AuthConfig::new(OwnSecret::Made(secret));
        // Cheap ones, and so many at a time that none is turned away.
        auth.passwords = PasswordConfig { max_waiting: 10_000, ..cheap() };
        // Changes that come from elsewhere are not noticed here.
        auth.change_interval = Duration::from_hours(1);
        auth.max_staleness = Duration::from_hours(1);
        Self {
            limits: Limits::disabled(),
            cors: Cors::Any,
            auth,
            conversations: ConversationsConfig::default(),
            clock: Arc::new(SystemClock::start()),
        }
    }
}

/// It stands still: nothing is forgiven while a slow machine works.
#[derive(Debug)]
pub(super) struct Standing(Now);

impl Standing {
    pub(super) fn clock() -> Arc<dyn Clock> {
        Arc::new(Self(SystemClock::start().now()))
    }
}

impl Clock for Standing {
    fn now(&self) -> Now {
        self.0
    }
}

fn cheap() -> PasswordConfig {
    PasswordConfig {
        cost: crate::auth::PasswordCost::new(8, 1, 1).expect("the least there is"),
        ..PasswordConfig::default()
    }
}

/// An answer, as far as a client sees it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

impl Answer {
    pub(super) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or("no error")
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    pub(super) fn token(&self) -> String {
        self.body["token"].as_str().expect("a token").to_owned()
    }

    /// `NAME=VALUE` of the cookie that was set, as a browser sends it back.
    pub(super) fn cookie(&self) -> &str {
        self.header("set-cookie").split(';').next().expect("a text has a start")
    }
}

impl World {
    pub(super) fn new(setup: Setup) -> Self {
        let memory = Arc::new(MemoryStore::default());
        let store: Arc<dyn Store> = Arc::clone(&memory) as _;
        let clock = setup.clock;
        let pairing = PairingConfig::new(NodeId::new("test"));
        let random = Box::new(SystemRandom::new());
        let pair = PairHub::start(pairing, Arc::clone(&clock), random);
        let readiness = Readiness::new(Arc::clone(&pair), None);
        let auth = Auth::start(setup.auth, Arc::clone(&store), Arc::clone(&clock));
        let live = LiveSockets::start(setup.limits.clone(), Arc::clone(&clock));
        let parts = ChatParts {
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            random: Box::new(SystemRandom::new()),
            live: Arc::clone(&live),
        };
        let chat = ChatHub::start(setup.conversations, parts);
        let blocks = BlockEffects::follow(&auth, &store, &chat, (&pair, &live));
        let admin = Some(AdminToken::new(ADMIN_TOKEN));
        let parts =
            ApiParts { auth, store, chat, live, blocks, clock, trusted_proxies: Vec::new(), admin };
        let api = Api::new(parts, &setup.limits);
        let served = Served { assets: Assets::default(), readiness, api: Some(Arc::clone(&api)) };
        Self {
            app: router(&HttpConfig::default(), served, setup.cors),
            store: memory,
            api,
            document: OnceLock::new(),
            seen: Mutex::default(),
        }
    }

    /// Sends a request and checks its answer. `head` is `METHOD path`, then header lines.
    pub(super) async fn send(&self, head: &str, body: impl Into<Body>) -> Answer {
        let (method, path, request) = request(head, body.into());
        let answer = answer(&self.app, request).await;
        if self.document.get().is_none() {
            let (_, _, request) = self::request("GET /api/openapi.json", Body::empty());
            let document = self::answer(&self.app, request).await.body;
            // Another test's thread may have been faster.
            let _ = self.document.set(document);
        }
        self.check(method, path, &answer);
        answer
    }

    /// Sends JSON.
    pub(super) async fn json(&self, head: &str, body: Value) -> Answer {
        self.send(&format!("{head}\ncontent-type: application/json"), body.to_string()).await
    }

    /// Sends nothing but the head.
    pub(super) async fn ask(&self, head: &str) -> Answer {
        self.send(head, Body::empty()).await
    }

    pub(super) async fn register(&self, username: &str) -> Answer {
        let body = json!({ "username": username, "password": "correct horse" });
        let answer = self.json("POST /api/auth/register", body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer
    }

    /// A token of a new account.
    pub(super) async fn signed_in(&self, username: &str) -> String {
        self.register(username).await.token()
    }

    pub(super) fn document(&self) -> &Value {
        self.document.get().expect("something was asked before")
    }

    /// What was answered so far.
    pub(super) fn seen(&self) -> Seen {
        self.seen.lock().clone()
    }

    /// Whether an answer is what the description promises.
    fn check(&self, method: &str, path: &str, answer: &Answer) {
        let document = self.document();
        let path = path.split('?').next().expect("a text has a start");
        let paths = document["paths"].as_object().expect("paths");
        let path = paths.keys().find(|template| fits(template, path)).map_or(path, String::as_str);
        let responses = &document["paths"][path][method.to_lowercase()]["responses"];
        if responses.is_null() {
            return;
        }
        let status = answer.status.as_str();
        let described =
            if responses[status].is_null() { &responses["default"] } else { &responses[status] };
        let kind = answer.header("content-type").split(';').next().expect("a start").to_owned();
        let content = described["content"].as_object().expect("every answer has a body");
        if responses[status]["content"]["application/json"]["schema"].is_object()
            || responses[status].is_null()
        {
            let mut schema = content["application/json"]["schema"].clone();
            schema["components"] = document["components"].clone();
            let validator = jsonschema::validator_for(&schema).expect("a schema");
            let errors: Vec<String> =
                validator.iter_errors(&answer.body).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{method} {path} {status}: {errors:?} {:?}", answer.body);
            assert_eq!(kind, "application/json");
        }
        let seen = (method.to_owned(), path.to_owned(), status.to_owned());
        self.seen.lock().insert(seen);
    }
}

/// A request's head, with a token.
pub(super) fn bearer(head: &str, token: &str) -> String {
    format!("{head}\nauthorization: Bearer {token}")
}

/// Whether a path is one of a template's, such as `/api/docs/{file}`.
fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
}

fn request(head: &str, body: Body) -> (&str, &str, Request) {
    let mut lines = head.lines();
    let (method, path) = lines.next().and_then(|line| line.split_once(' ')).expect("a head");
    let mut builder = Request::builder().method(method).uri(path);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        builder = builder.header(name, value);
    }
    (method, path, builder.body(body).expect("a request"))
}

async fn answer(app: &Router, request: Request) -> Answer {
    let response = app.clone().oneshot(request).await.expect("the router always answers");
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("a body in memory").to_bytes();
    let body = serde_json::from_slice(&bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
    Answer { status: parts.status, headers: parts.headers, body }
}
