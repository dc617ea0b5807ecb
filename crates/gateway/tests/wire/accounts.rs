//! Sockets with an account over a real connection: who is let in, and for how long.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chat::identity::{Account, Accounts, NewAccount, PasswordHash, Revocation};
use chat::limits::Rate;
use chat::name::Username;
use chat::time::Timestamp;
use gateway::auth::{Auth, AuthConfig, Issued, OwnSecret, PasswordConfig, Secret};
use gateway::{
    AccountsConfig, ConversationsConfig, InboxConfig, Limits, MaintenanceConfig, SystemClock,
};
use serde_json::{Value, json};

use crate::support::{Client, Server, Setup};
use crate::testing::MemoryStore;

/// A server with accounts, and another node on the same store, which makes the tokens.
struct World {
    server: Server,
    other_node: Auth,
    store: Arc<MemoryStore>,
}

fn auth_config(token_lifetime: Duration) -> AuthConfig {
    let secret = OwnSecret::Made(Secret::new(*b"a secret that is known to nobody"));
    let passwords = PasswordConfig { threads: 1, ..PasswordConfig::default() };
    let change_interval = Duration::from_millis(20);
    AuthConfig { token_lifetime, passwords, change_interval, ..AuthConfig::new(secret) }
}

impl World {
    async fn start(limits: Limits) -> Self {
        let store = Arc::new(MemoryStore::default());
        let accounts = AccountsConfig {
            store: Arc::clone(&store) as _,
            auth: auth_config(Duration::from_hours(1)),
            maintenance: MaintenanceConfig::default(),
            conversations: ConversationsConfig::default(),
            inbox: InboxConfig::default(),
        };
        let setup = Setup { limits, accounts: Some(accounts), ..Setup::default() };
        let server = Server::start(setup).await;
        let clock = Arc::new(SystemClock::start());
        let config = auth_config(Duration::from_hours(1));
        let other_node = Auth::start(config, Arc::clone(&store) as _, clock);
        Self { server, other_node, store }
    }

    async fn account(&self, name: &str) -> Account {
        let new = NewAccount {
            username: Username::parse(name).expect("a good name"),
            display_name: None,
            password: Some(PasswordHash::new("none")),
            created_at: Timestamp::from_millis(0),
            token_expires_at: Timestamp::from_millis(0),
        };
        self.store.create_account(new).await.expect("a free name")
    }

    async fn token(&self, account: &Account) -> Issued {
        self.other_node.issue(account).await.expect("a token")
    }

    /// A token that ends soon: at the end of the second after the next.
    async fn short_token(&self, account: &Account) -> Issued {
        let clock = Arc::new(SystemClock::start());
        let config = auth_config(Duration::from_secs(1));
        Auth::start(config, Arc::clone(&self.store) as _, clock)
            .issue(account)
            .await
            .expect("a token")
    }

    async fn open(&self, headers: &[(&'static str, String)]) -> Client {
        let headers = headers.iter().map(|(name, value)| (*name, value.parse().expect("a header")));
        Client::open_with(self.server.address, headers).await
    }

    /// A connected socket of this token's account.
    async fn signed_in(&self, token: &str) -> Client {
        let mut client = self.open(&[]).await;
        let answer = client.connect(&json!({ "token": token }).to_string()).await;
        let id = answer["sid"].as_str().unwrap_or_else(|| panic!("not let in: {answer}"));
        id.clone_into(&mut client.id);
        client
    }

    async fn revoke(&self, by: &Auth, token: &str) {
        let session = self.other_node.authenticate(token).await.expect("a good token");
        let revocation = Revocation::Token {
            account: session.account.profile.id.clone(),
            digest: session.token.digest,
            expires_at: session.token.expires_at,
        };
        by.revoke(revocation).await.expect("a store");
    }
}

fn code(answer: &Value) -> &str {
    assert_eq!(answer["success"], false, "{answer}");
    answer["error"]["code"].as_str().expect("a code")
}

/// Whether this is an account's socket: a `sync` of nothing is refused to both, but not alike.
async fn is_account(client: &mut Client) -> bool {
    let answer = client.call("sync", "").await;
    assert_eq!(answer["error"]["retryable"], false, "{answer}");
    match code(&answer) {
        "invalid_payload" => true,
        "unauthenticated" => false,
        other => panic!("{other}"),
    }
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    u64::try_from(now.as_millis()).expect("this age")
}

/// The connection ends with this reason, told before it is closed.
async fn ends_with(mut client: Client, expected: &str) {
    let told = client.event("chat_error").await;
    assert_eq!((&told["event"], &told["error"]["code"]), (&json!("connect"), &json!(expected)));
    client.closed().await;
}

#[tokio::test]
async fn a_token_makes_an_account_and_its_absence_a_stranger() {
    let world = World::start(Limits::default()).await;
    let ann = world.account("Ann").await;
    let token = world.token(&ann).await.token;
    let host = world.server.address.to_string();
    let here = || ("origin", format!("http://{host}"));
    let cookie = || ("cookie", format!("x=1; parlour_token={token}"));
    let bearer = || ("authorization", format!("Bearer {token}"));
    let site = |site: &str| ("sec-fetch-site", site.to_owned());
    let foreign = || ("origin", "http://evil.example".to_owned());
    let in_payload = json!({ "token": token }).to_string();
    for (what, headers, auth, expected) in [
        ("nothing", vec![], "", false),
        ("an empty payload", vec![], "{}", false),
        ("the payload", vec![], &*in_payload, true),
        ("the payload, from elsewhere", vec![foreign()], &*in_payload, true),
        ("the header", vec![bearer()], "{}", true),
        ("the cookie and this origin", vec![cookie(), here()], "", true),
        ("the cookie and no Origin", vec![cookie(), site("same-origin")], "", true),
        ("the cookie alone", vec![cookie()], "", false),
        ("the cookie and another origin", vec![cookie(), foreign()], "", false),
        ("the cookie from another site", vec![cookie(), site("cross-site")], "", false),
        ("a cookie that is none", vec![("cookie", "parlour_token=x".into()), here()], "", false),
    ] {
        let mut client = world.open(&headers).await;
        assert!(client.connect(auth).await["sid"].is_string(), "{what}");
        assert_eq!(is_account(&mut client).await, expected, "{what}");
    }
    world.server.metric_becomes("parlour_sockets 0").await;
    world.server.metric_becomes("parlour_user_sockets{kind=\"account\"} 0").await;
}

#[tokio::test]
async fn a_token_that_does_not_count_is_refused_with_its_code() {
    let world = World::start(Limits::default()).await;
    let ann = world.account("Ann").await;
    let good = world.token(&ann).await.token;
    let gone = world.token(&ann).await.token;
    world.revoke(&world.other_node, &gone).await;
    let ended = world.short_token(&ann).await;
    while now_ms() < ended.expires_at.as_millis() {
        tokio::task::yield_now().await;
    }
    let host = format!("http://{}", world.server.address);
    let cookie = |token: &str| ("cookie", format!("parlour_token={token}"));
    for (what, headers, auth, expected) in [
        ("wrong", vec![], json!({ "token": format!("{good}x") }), "unauthenticated"),
        ("null", vec![], json!({ "token": null }), "unauthenticated"),
        ("empty", vec![], json!({ "token": "" }), "unauthenticated"),
        ("a number", vec![], json!({ "token": 7 }), "unauthenticated"),
        ("too long", vec![], json!({ "token": "x".repeat(10_000) }), "unauthenticated"),
        ("revoked", vec![], json!({ "token": gone }), "unauthenticated"),
        ("ended", vec![], json!({ "token": ended.token }), "token_expired"),
        (
            "null beside a good header",
            vec![("authorization", format!("Bearer {good}"))],
            json!({ "token": null }),
            "unauthenticated",
        ),
        (
            "a bad header beside a good cookie",
            vec![("authorization", "Bearer x".into()), cookie(&good), ("origin", host.clone())],
            json!({}),
            "unauthenticated",
        ),
    ] {
        let mut client = world.open(&headers).await;
        let refusal = client.connect(&auth.to_string()).await;
        assert_eq!(refusal["message"], expected, "{what}");
        assert_eq!(refusal["data"]["code"], expected, "{what}");
        assert_eq!(refusal["data"]["retryable"], false, "{what}");
        // The connection is still there: the client may try again on it.
        assert!(client.connect(&json!({ "token": good }).to_string()).await["sid"].is_string());
    }
    // Only whoever meant to be somebody is refused: a cookie comes by itself.
    for token in [&gone, &ended.token] {
        let mut client = world.open(&[cookie(token), ("origin", host.clone())]).await;
        assert!(client.connect("").await["sid"].is_string());
        assert!(!is_account(&mut client).await);
    }
}

#[tokio::test]
async fn a_socket_ends_with_its_token_and_says_why() {
    let world = World::start(Limits::default()).await;
    let ann = world.account("Ann").await;
    let issued = world.short_token(&ann).await;
    let client = world.signed_in(&issued.token).await;
    ends_with(client, "token_expired").await;
    let late_ms = now_ms().saturating_sub(issued.expires_at.as_millis());
    assert!(now_ms() >= issued.expires_at.as_millis() && late_ms < 1_000, "{late_ms}");
    world.server.metric_becomes("parlour_sockets 0").await;
}

#[tokio::test]
async fn a_revoked_tokens_sockets_end_wherever_it_was_revoked_and_no_others() {
    let world = World::start(Limits::default()).await;
    let (ann, bob) = (world.account("Ann").await, world.account("Bob").await);
    let (lost, kept) = (world.token(&ann).await.token, world.token(&ann).await.token);
    let mut others =
        [world.signed_in(&kept).await, world.signed_in(&world.token(&bob).await.token).await];
    let (one, two) = (world.signed_in(&lost).await, world.signed_in(&lost).await);
    world.revoke(&world.other_node, &lost).await;
    ends_with(one, "unauthenticated").await;
    ends_with(two, "unauthenticated").await;
    for client in &mut others {
        assert!(is_account(client).await);
    }
    // Then all of one account's.
    let account = ann.profile.id.clone();
    let valid_after = Timestamp::from_millis(now_ms() + 1);
    world.other_node.revoke(Revocation::Account { account, valid_after }).await.unwrap();
    let [anns, mut bobs] = others;
    ends_with(anns, "unauthenticated").await;
    assert!(is_account(&mut bobs).await);
}

#[tokio::test]
async fn a_deleted_accounts_sockets_end() {
    let world = World::start(Limits::default()).await;
    let guest = NewAccount {
        username: Username::parse("Gus").unwrap(),
        display_name: None,
        password: None,
        created_at: Timestamp::from_millis(0),
        token_expires_at: Timestamp::from_millis(0),
    };
    let guest = world.store.create_account(guest).await.unwrap();
    let client = world.signed_in(&world.token(&guest).await.token).await;
    let later = Timestamp::from_millis(u64::MAX);
    assert_eq!(world.store.delete_ended_guests(later, 10).await, Ok(1));
    ends_with(client, "unauthenticated").await;
}

#[tokio::test]
async fn a_fresh_token_lets_a_socket_live_on() {
    let world = World::start(Limits::default()).await;
    let (ann, bob) = (world.account("Ann").await, world.account("Bob").await);
    let short = world.short_token(&ann).await;
    let mut client = world.signed_in(&short.token).await;
    let fresh = world.token(&ann).await;
    let quoted = json!(fresh.token).to_string();
    for args in [json!({ "token": fresh.token }).to_string(), quoted] {
        let answer = client.call("refresh_token", &args).await;
        let expected = json!({ "success": true, "expiresAt": fresh.expires_at.to_string() });
        assert_eq!(answer, expected);
    }
    let bobs = world.token(&bob).await.token;
    for (args, expected) in [
        (json!({ "token": bobs }).to_string(), "forbidden"),
        (json!({ "token": "x" }).to_string(), "unauthenticated"),
        (json!({ "token": "" }).to_string(), "unauthenticated"),
        (json!({ "token": 7 }).to_string(), "invalid_payload"),
        (json!({ "token": null }).to_string(), "invalid_payload"),
        (String::new(), "invalid_payload"),
    ] {
        assert_eq!(code(&client.call("refresh_token", &args).await), expected, "{args}");
    }
    client.emit("refresh_token", r#""x""#).await;
    assert_eq!(client.event("chat_error").await["event"], "refresh_token");
    // The token that it began with is of no importance any more.
    while now_ms() < short.expires_at.as_millis() + 600 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        code(&client.call("refresh_token", &json!(short.token).to_string()).await),
        "token_expired"
    );
    assert!(is_account(&mut client).await);
    world.revoke(&world.other_node, &fresh.token).await;
    ends_with(client, "unauthenticated").await;
}

#[tokio::test]
async fn an_account_has_so_many_sockets_and_gets_their_places_back() {
    let limits = Limits { sockets_per_account: 2, ..Limits::default() };
    let world = World::start(limits).await;
    let ann = world.account("Ann").await;
    let bob = world.account("Bob").await;
    let token = world.token(&ann).await.token;
    let mut held = vec![world.signed_in(&token).await, world.signed_in(&token).await];
    let again = world.token(&ann).await.token;
    let mut third = world.open(&[]).await;
    let refusal = third.connect(&json!({ "token": again }).to_string()).await;
    assert_eq!(refusal["message"], "rate_limited");
    let _bob = world.signed_in(&world.token(&bob).await.token).await;
    drop(held.pop());
    world.server.metric_becomes("parlour_user_sockets{kind=\"account\"} 2").await;
    assert!(third.connect(&json!({ "token": again }).to_string()).await["sid"].is_string());
}

#[tokio::test]
async fn messages_are_counted_per_account_over_all_of_its_sockets() {
    // None comes back within the test, however slow the machine is.
    let messages = Rate::new(1, Duration::from_hours(24)).with_burst(30);
    let world = World::start(Limits { messages, ..Limits::default() }).await;
    let ann = world.account("Ann").await;
    let token = world.token(&ann).await.token;
    let mut sockets = [world.signed_in(&token).await, world.signed_in(&token).await];
    for number in 0..40 {
        let answer = sockets[number % 2].call("send_message", "\"hi\"").await;
        let expected = if number < 30 { "not_in_room" } else { "rate_limited" };
        assert_eq!(code(&answer), expected, "{number}");
    }
    // Coming again does not fill the bucket, and nobody else's is touched.
    drop(sockets);
    world.server.metric_becomes("parlour_user_sockets{kind=\"account\"} 0").await;
    let mut client = world.signed_in(&token).await;
    assert_eq!(code(&client.call("send_message", "\"hi\"").await), "rate_limited");
    let bob = world.account("Bob").await;
    let mut client = world.signed_in(&world.token(&bob).await.token).await;
    assert_eq!(code(&client.call("send_message", "\"hi\"").await), "not_in_room");
}

#[tokio::test]
async fn nobody_meets_themselves_and_nobodys_name_is_told() {
    let world = World::start(Limits::default()).await;
    let ann = world.account("Ann").await;
    let token = world.token(&ann).await.token;
    let (mut one, mut two) = (world.signed_in(&token).await, world.signed_in(&token).await);
    for client in [&mut one, &mut two] {
        let answer = client.call("start_chat", "").await;
        assert_eq!(
            (&answer["status"], &answer["username"]),
            (&json!("waiting"), &json!("Stranger"))
        );
        client.event("user_joined").await;
    }
    let mut stranger = world.server.stranger().await;
    let answer = stranger.call("start_chat", "\"Zoe\"").await;
    assert_eq!(answer["status"], "active");
    assert_eq!(answer["users"][0]["username"], "Stranger", "{answer}");
    assert!(!answer.to_string().contains("Ann"));
    // The one who waited longest was met.
    assert_eq!(one.event("user_joined").await["status"], "active");
}

#[tokio::test]
async fn without_the_store_nobody_new_comes_in_and_whoever_is_in_stays() {
    let world = World::start(Limits::default()).await;
    let ann = world.account("Ann").await;
    let token = world.token(&ann).await.token;
    let unknown = world.token(&ann).await.token;
    let mut client = world.signed_in(&token).await;
    world.store.set_away(true);
    let mut other = world.open(&[]).await;
    let refusal = other.connect(&json!({ "token": unknown }).to_string()).await;
    assert_eq!(
        (&refusal["message"], &refusal["data"]["retryable"]),
        (&json!("unavailable"), &json!(true))
    );
    assert_eq!(client.call("start_chat", "").await["status"], "waiting");
    let cookie = format!("parlour_token={unknown}");
    let origin = format!("http://{}", world.server.address);
    let mut page = world.open(&[("cookie", cookie), ("origin", origin)]).await;
    let refusal = page.connect("").await["message"].clone();
    assert_eq!(refusal, "unavailable", "nobody can tell, so nobody is made a stranger");
    world.store.set_away(false);
    assert!(other.connect(&json!({ "token": unknown }).to_string()).await["sid"].is_string());
}

impl World {
    /// Makes all of an account's tokens void, and waits until the server has heard of it.
    async fn void_all_of(&self, account: &Account, witness: Client) {
        let valid_after = Timestamp::from_millis(now_ms() + 1);
        let account = account.profile.id.clone();
        let revocation = Revocation::Account { account, valid_after };
        self.other_node.revoke(revocation).await.expect("a store");
        ends_with(witness, "unauthenticated").await;
    }
}

#[tokio::test]
async fn a_revocation_while_a_connect_is_decided_is_not_missed() {
    let world = World::start(Limits::default()).await;
    let ann = world.account("Ann").await;
    let witness = world.signed_in(&world.token(&ann).await.token).await;
    let token = world.token(&ann).await.token;
    let mut client = world.open(&[]).await;
    let gate = world.store.hold();
    let connecting =
        tokio::spawn(async move { client.connect(&json!({ "token": token }).to_string()).await });
    // The store has said that the token is good, and nobody has heard it yet.
    gate.decided().await;
    world.void_all_of(&ann, witness).await;
    gate.open();
    assert_eq!(connecting.await.unwrap()["message"], "unauthenticated");
    world.server.metric_becomes("parlour_user_sockets{kind=\"account\"} 0").await;
}

#[tokio::test]
async fn a_revocation_while_a_fresh_token_is_looked_at_is_not_missed() {
    let world = World::start(Limits::default()).await;
    let (ann, bob) = (world.account("Ann").await, world.account("Bob").await);
    let witness = world.signed_in(&world.token(&bob).await.token).await;
    let mut client = world.signed_in(&world.token(&ann).await.token).await;
    let fresh = world.token(&ann).await.token;
    let session = world.other_node.authenticate(&fresh).await.unwrap();
    let gate = world.store.hold();
    client.emit("refresh_token", &json!(fresh).to_string()).await;
    gate.decided().await;
    // The fresh one is void; by the old one the socket could have lived on.
    let revocation = Revocation::Token {
        account: ann.profile.id.clone(),
        digest: session.token.digest,
        expires_at: session.token.expires_at,
    };
    world.other_node.revoke(revocation).await.unwrap();
    world.void_all_of(&bob, witness).await;
    gate.open();
    ends_with(client, "unauthenticated").await;
}

/// A connect and a revocation at the same moment: whoever gets in all the same does not stay.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_socket_outlives_a_revocation_that_races_with_its_connect() {
    let world = Arc::new(World::start(Limits::disabled()).await);
    let ann = world.account("Ann").await;
    let mut let_in = 0;
    for _ in 0..200 {
        let token = world.token(&ann).await.token;
        let mut client = world.open(&[]).await;
        let revoking = {
            let (world, token) = (Arc::clone(&world), token.clone());
            tokio::spawn(async move { world.revoke(&world.other_node, &token).await })
        };
        let answer = client.connect(&json!({ "token": token }).to_string()).await;
        revoking.await.unwrap();
        if answer["sid"].is_string() {
            let_in += 1;
            ends_with(client, "unauthenticated").await;
        } else {
            assert_eq!(answer["message"], "unauthenticated");
        }
    }
    println!("{let_in} of 200 came in for a moment");
    world.server.metric_becomes("parlour_sockets 0").await;
}
