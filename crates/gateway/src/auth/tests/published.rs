//! Published keys, fetched over HTTP from a server in the test.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use tokio::net::TcpListener;

use super::forge::SigningKey;
use super::*;

/// A host application that publishes keys.
struct Host {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    answer: Mutex<(StatusCode, String)>,
    fetches: AtomicUsize,
}

impl Host {
    async fn start() -> Self {
        let answer = Mutex::new((StatusCode::NOT_FOUND, String::new()));
        let shared = Arc::new(Shared { answer, fetches: AtomicUsize::new(0) });
        let router = Router::new().route("/keys", get(keys)).with_state(Arc::clone(&shared));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    fn publish(&self, keys: &[(&str, &SigningKey)]) {
        let keys: Vec<Value> = keys.iter().map(|(kid, key)| named(kid, key)).collect();
        self.answer(StatusCode::OK, json!({ "keys": keys }).to_string());
    }

    fn answer(&self, status: StatusCode, body: String) {
        *self.shared.answer.lock() = (status, body);
    }

    fn fetches(&self) -> usize {
        self.shared.fetches.load(Ordering::SeqCst)
    }

    fn world(&self, jwks: JwksConfig) -> World {
        let spec = HostKeySpec {
            issuer: Some("shop".to_owned()),
            audiences: Vec::new(),
            kid: None,
            source: HostKeySource::JwksUrl(self.url.clone()),
        };
        let host_keys = HostKeys::new(vec![spec]).unwrap();
        World::new(AuthConfig { host_keys, jwks, ..config() })
    }
}

async fn keys(State(shared): State<Arc<Shared>>) -> Response {
    shared.fetches.fetch_add(1, Ordering::SeqCst);
    let answer = shared.answer.lock().clone();
    answer.into_response()
}

fn named(kid: &str, key: &SigningKey) -> Value {
    let mut jwk = key.jwk();
    jwk["kid"] = json!(kid);
    jwk
}

fn token(key: &SigningKey, kid: &str) -> String {
    key.named_token(kid, &claims(json!({ "iss": "shop" })))
}

/// Looks again as soon as it is asked to, and never by itself.
fn on_demand() -> JwksConfig {
    JwksConfig {
        refresh_interval: Duration::from_hours(1),
        min_interval: Duration::ZERO,
        ..JwksConfig::default()
    }
}

/// Never looks again within a test.
fn once() -> JwksConfig {
    JwksConfig { min_interval: Duration::from_hours(1), ..on_demand() }
}

#[tokio::test]
async fn keys_rotate_on_a_live_set() {
    let host = Host::start().await;
    let (old, new) = (SigningKey::es256(), SigningKey::ed_dsa());
    host.publish(&[("old", &old)]);
    let world = host.world(on_demand());
    let remembered = token(&old, "old");
    assert_eq!(world.who(&remembered).await.as_deref(), Ok("u1"));
    let fetched = host.fetches();
    assert_eq!(world.who(&token(&old, "old")).await.as_deref(), Ok("u1"));
    assert_eq!(host.fetches(), fetched, "what is known is not fetched");
    // The next key appears beside the old one, then the old one goes.
    host.publish(&[("old", &old), ("new", &new)]);
    assert_eq!(world.who(&token(&new, "new")).await.as_deref(), Ok("u1"));
    assert_eq!(world.who(&token(&old, "old")).await.as_deref(), Ok("u1"));
    host.publish(&[("new", &new)]);
    assert_eq!(world.who(&token(&new, "unknown")).await, Err(Refused::NoKey.into()));
    for gone in [token(&old, "old"), remembered] {
        assert_eq!(world.who(&gone).await, Err(Refused::NoKey.into()), "remembered or not");
    }
    assert_eq!(world.who(&token(&new, "new")).await.as_deref(), Ok("u1"));
}

#[tokio::test]
async fn a_set_is_fetched_again_by_itself() {
    let host = Host::start().await;
    let (old, new) = (SigningKey::es256(), SigningKey::es256());
    host.publish(&[("old", &old)]);
    let often = Duration::from_millis(1);
    let jwks = JwksConfig { refresh_interval: often, min_interval: often, ..once() };
    let world = host.world(jwks);
    assert_eq!(world.who(&token(&old, "old")).await.as_deref(), Ok("u1"));
    host.publish(&[("new", &new)]);
    until(async || world.who(&token(&old, "old")).await == Err(Refused::NoKey.into())).await;
}

#[tokio::test]
async fn names_that_nobody_knows_cause_no_more_fetches_than_the_bound() {
    let host = Host::start().await;
    let key = SigningKey::es256();
    host.publish(&[("a", &key)]);
    let world = Arc::new(host.world(once()));
    let asked: Vec<_> = (0..50)
        .map(|number| {
            let (world, token) = (Arc::clone(&world), token(&key, &format!("kid-{number}")));
            tokio::spawn(async move { world.who(&token).await })
        })
        .collect();
    for task in asked {
        assert_eq!(task.await.unwrap(), Err(Refused::NoKey.into()));
    }
    assert_eq!(world.who(&token(&key, "a")).await.as_deref(), Ok("u1"));
    assert_eq!(host.fetches(), 1);
}

#[tokio::test]
async fn the_last_good_set_is_kept_when_a_fetch_fails() {
    let host = Host::start().await;
    let (good, other) = (SigningKey::es256(), SigningKey::es256());
    let world = host.world(on_demand());
    // Never fetched: nobody can tell, so it is no fault of the token.
    assert_eq!(world.who(&token(&good, "a")).await, Err(AuthError::NoKeys));
    host.publish(&[("a", &good)]);
    until(async || world.code(&token(&good, "a")).await.is_none()).await;
    let too_large = format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(300 * 1024));
    for (status, body) in [
        (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
        (StatusCode::FOUND, String::new()),
        (StatusCode::OK, "hello".to_owned()),
        (StatusCode::OK, json!({ "keys": [] }).to_string()),
        (StatusCode::OK, json!({ "keys": [{ "kty": "oct", "k": "AAAA" }] }).to_string()),
        (StatusCode::OK, too_large),
    ] {
        host.answer(status, body);
        let fetched = host.fetches();
        until(async || {
            assert_eq!(world.code(&token(&other, "b")).await, Some(Code::Unavailable));
            host.fetches() > fetched
        })
        .await;
        assert_eq!(world.code(&token(&good, "a")).await, None, "{status}");
    }
    assert!(world.auth.stats().jwks.failed >= 6);
    host.publish(&[("a", &good), ("b", &other)]);
    until(async || world.code(&token(&other, "b")).await.is_none()).await;
}

#[tokio::test]
async fn only_keys_that_sign_with_a_known_algorithm_count() {
    let host = Host::start().await;
    let (rsa, es, ed) = (SigningKey::rs256(2_048), SigningKey::es256(), SigningKey::ed_dsa());
    let secret = SigningKey::hs256(b"published");
    let with = |kid: &str, key: &SigningKey, over: Value| {
        let mut jwk = named(kid, key);
        for (name, value) in over.as_object().unwrap() {
            jwk[name] = value.clone();
        }
        jwk
    };
    let keys = json!({ "keys": [
        "junk",
        { "kty": "none", "kid": "other" },
        { "kty": "EC", "kid": "half", "crv": "P-256", "x": "AAAA" },
        with("p384", &es, json!({ "crv": "P-384" })),
        with("oct", &secret, json!({})),
        with("enc", &rsa, json!({ "use": "enc" })),
        with("ops", &rsa, json!({ "key_ops": ["encrypt"] })),
        with("rs512", &rsa, json!({ "alg": "RS512" })),
        with("future", &rsa, json!({ "alg": "XX999" })),
        with("rsa", &rsa, json!({ "use": "sig", "alg": "RS256", "x5c": ["AAAA"] })),
        with("es", &es, json!({ "key_ops": ["verify"], "alg": "ES256" })),
        with("ed", &ed, json!({ "alg": "EdDSA" })),
    ] });
    host.answer(StatusCode::OK, keys.to_string());
    let world = host.world(once());
    for (key, kid) in [(&rsa, "rsa"), (&es, "es"), (&ed, "ed")] {
        assert_eq!(world.who(&token(key, kid)).await.as_deref(), Ok("u1"), "{kid}");
    }
    for (key, kid) in [
        (&rsa, "enc"),
        (&rsa, "ops"),
        (&rsa, "rs512"),
        (&rsa, "future"),
        (&es, "p384"),
        (&es, "half"),
        (&secret, "oct"),
    ] {
        assert_eq!(world.who(&token(key, kid)).await, Err(Refused::NoKey.into()), "{kid}");
    }
    for (key, kid) in [(&rsa, "es"), (&es, "ed"), (&secret, "rsa"), (&secret, "es")] {
        assert_eq!(world.who(&token(key, kid)).await, Err(Refused::Signature.into()), "{kid}");
    }
    let confused = SigningKey::hs256(rsa.pem().as_bytes());
    assert_eq!(world.who(&token(&confused, "rsa")).await, Err(Refused::Signature.into()));
    // Without a name it would have to be tried.
    let nameless = es.token(&claims(json!({ "iss": "shop" })));
    assert_eq!(world.who(&nameless).await, Err(Refused::NoKey.into()));
}

#[tokio::test]
async fn the_only_key_of_a_set_needs_no_name() {
    let host = Host::start().await;
    let key = SigningKey::ed_dsa();
    host.publish(&[("a", &key)]);
    let world = host.world(once());
    let nameless = key.token(&claims(json!({ "iss": "shop" })));
    assert_eq!(world.who(&nameless).await.as_deref(), Ok("u1"));
}

#[tokio::test]
async fn a_host_that_does_not_answer_holds_nobody_up_for_long() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let shared = Arc::new(Shared { answer: Mutex::default(), fetches: AtomicUsize::new(0) });
    let host = Host { url, shared };
    let world = host.world(JwksConfig { timeout: Duration::from_millis(50), ..on_demand() });
    let key = SigningKey::es256();
    assert_eq!(world.who(&token(&key, "a")).await, Err(AuthError::NoKeys));
    until(async || world.auth.stats().jwks.failed >= 1).await;
}
