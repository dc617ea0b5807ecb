//! A server with accounts, and people with several sockets each.

use std::sync::Arc;
use std::time::Duration;

use chat::identity::{
    Account, Accounts, Block, Blocks, HostAccount, NewAccount, Origin, PasswordHash,
};
use chat::ids::AccountId;
use chat::name::Username;
use chat::presence::PresenceConfig;
use chat::time::Timestamp;
use chat::typing::TypingConfig;
use gateway::auth::{Auth, AuthConfig, OwnSecret, PasswordConfig, Secret};
use gateway::{
    AccountsConfig, ConversationsConfig, InboxConfig, Limits, MaintenanceConfig, PresenceHubConfig,
    SystemClock,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Client, Packet, Server, Setup};
use crate::testing::MemoryStore;

/// The conversation of the first two accounts.
pub(super) const OURS: &str = "conv_1_2";

/// Longer than any test takes.
pub(super) const LONG: Duration = Duration::from_hours(1);

pub(super) struct House {
    pub(super) server: Server,
    pub(super) store: Arc<MemoryStore>,
    /// Makes the tokens.
    auth: Auth,
}

/// The durations that a test chooses.
#[derive(Clone, Copy)]
pub(super) struct Spans {
    /// How long somebody is online whose last socket has gone.
    pub(super) grace: Duration,
    /// How long a `typing` holds.
    pub(super) idle: Duration,
}

impl Default for Spans {
    fn default() -> Self {
        Self { grace: LONG, idle: LONG }
    }
}

/// Somebody, and a token of theirs.
pub(super) struct Person {
    pub(super) account: Account,
    pub(super) token: String,
}

fn auth_config() -> AuthConfig {
    let secret = OwnSecret::Made(Secret::new(*b"a secret that is known to nobody"));
    let passwords = PasswordConfig { threads: 1, ..PasswordConfig::default() };
    let change_interval = Duration::from_millis(20);
    AuthConfig { passwords, change_interval, ..AuthConfig::new(secret) }
}

impl House {
    pub(super) async fn open(spans: Spans) -> Self {
        Self::limited(spans, Limits::disabled()).await
    }

    /// One with rates.
    pub(super) async fn limited(spans: Spans, limits: Limits) -> Self {
        let store = Arc::new(MemoryStore::default());
        let presence = PresenceConfig { grace: spans.grace, ..PresenceConfig::default() };
        let retry = Duration::from_millis(10);
        let conversations = ConversationsConfig {
            typing: TypingConfig {
                idle: spans.idle,
                interval: Duration::ZERO,
                ..TypingConfig::default()
            },
            presence: PresenceHubConfig { presence, retry, ..PresenceHubConfig::default() },
            ..ConversationsConfig::default()
        };
        let accounts = AccountsConfig {
            store: Arc::clone(&store) as _,
            auth: auth_config(),
            maintenance: MaintenanceConfig::default(),
            conversations,
            inbox: InboxConfig { retry, ..InboxConfig::default() },
        };
        let server =
            Server::start(Setup { limits, accounts: Some(accounts), ..Setup::default() }).await;
        let clock = Arc::new(SystemClock::start());
        let auth = Auth::start(auth_config(), Arc::clone(&store) as _, clock);
        Self { server, store, auth }
    }

    /// Ann, who is account 1, and Bob, who is 2.
    pub(super) async fn two(&self) -> (Person, Person) {
        (self.person("Ann").await, self.person("Bob").await)
    }

    pub(super) async fn person(&self, name: &str) -> Person {
        self.somebody(name, Some(PasswordHash::new("none"))).await
    }

    pub(super) async fn guest(&self, name: &str) -> Person {
        self.somebody(name, None).await
    }

    async fn somebody(&self, name: &str, password: Option<PasswordHash>) -> Person {
        let new = NewAccount {
            username: Username::parse(name).expect("a good name"),
            display_name: None,
            password,
            created_at: Timestamp::from_millis(0),
            token_expires_at: Timestamp::from_millis(4_000_000_000_000),
        };
        let account = self.store.create_account(new).await.expect("a free name");
        self.signed_in(account).await
    }

    /// Somebody whom a host application knows by this id.
    pub(super) async fn host(&self, id: &str) -> Person {
        let seen = HostAccount {
            id: AccountId::parse(id).expect("an id"),
            username: Username::parse(id).expect("a good name"),
            display_name: None,
            avatar_url: None,
            seen_at: Timestamp::from_millis(0),
        };
        let account = self.store.see_host_account(seen).await.expect("a working store");
        let account = account.expect("an account of a host");
        // What makes the token does not matter here.
        self.signed_in(Account { origin: Origin::Own, ..account }).await
    }

    async fn signed_in(&self, account: Account) -> Person {
        let token = self.auth.issue(&account).await.expect("a token").token;
        Person { account, token }
    }

    /// A connected socket.
    pub(super) async fn tab(&self, person: &Person) -> Tab {
        let mut client = Client::open(self.server.address, &[]).await;
        let answer = client.connect(&json!({ "token": person.token }).to_string()).await;
        assert!(answer["sid"].is_string(), "{answer}");
        Tab { client, heard: Vec::new() }
    }

    /// One that has joined [`OURS`].
    pub(super) async fn joined(&self, person: &Person) -> Tab {
        let mut tab = self.tab(person).await;
        tab.succeed("join_conversation", json!(OURS)).await;
        tab
    }

    /// A request that is refused; the code.
    pub(super) async fn refused(&self, head: &str, person: &Person, body: Option<Value>) -> String {
        let (head, body) = self.request(head, person, body).await;
        assert!(head.starts_with("HTTP/1.1 4"), "{head} {body}");
        body["error"]["code"].as_str().expect("a code").to_owned()
    }

    /// A request; its answer's body.
    pub(super) async fn ask(&self, head: &str, person: &Person, body: Option<Value>) -> Value {
        let (head, body) = self.request(head, person, body).await;
        assert!(head.starts_with("HTTP/1.1 20"), "{head} {body}");
        body
    }

    /// A request; its answer's head and body.
    async fn request(&self, head: &str, person: &Person, body: Option<Value>) -> (String, Value) {
        let body = body.map_or_else(String::new, |body| body.to_string());
        let mut stream = TcpStream::connect(self.server.address).await.expect("a server");
        let request = format!(
            "{head} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            person.token,
            body.len()
        );
        stream.write_all(request.as_bytes()).await.expect("an open connection");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        (head.to_owned(), serde_json::from_str(body).expect("JSON"))
    }

    pub(super) async fn post(&self, person: &Person, text: &str) -> Value {
        let body = json!({ "conversationId": OURS, "messageText": text });
        self.ask("POST /api/messages/send", person, Some(body)).await
    }

    pub(super) async fn read(&self, person: &Person) -> Value {
        let head = format!("PUT /api/messages/conversations/{OURS}/read");
        self.ask(&head, person, None).await
    }

    /// A block that another node has stored.
    pub(super) async fn elsewhere(&self, by: &Person, whom: &Person) {
        let id = |person: &Person| person.account.profile.id.clone();
        let block = Block { blocker: id(by), blocked: id(whom) };
        assert_eq!(self.store.block(block, Timestamp::from_millis(0)).await, Ok(true));
    }

    /// `POST` or `DELETE`.
    pub(super) async fn block(&self, method: &str, by: &Person, whom: &Person) {
        let head = format!("{method} /api/users/{}/block", whom.account.profile.id);
        self.ask(&head, by, None).await;
    }
}

/// A socket, and everything that it has heard and was not asked for yet.
pub(super) struct Tab {
    pub(super) client: Client,
    heard: Vec<(String, Value)>,
}

impl Tab {
    /// The next answer, and to which call; keeps the events that come before it.
    pub(super) async fn answer(&mut self) -> (u64, Value) {
        loop {
            match self.client.packet().await {
                Packet::Answer(number, answer) => return (number, answer),
                Packet::Event(name, payload) => self.heard.push((name, payload)),
            }
        }
    }

    /// Calls, and keeps the events that come before the answer.
    pub(super) async fn call(&mut self, name: &str, args: Value) -> Value {
        let ack = self.client.ask(name, &args.to_string()).await;
        loop {
            match self.client.packet().await {
                Packet::Answer(number, answer) if number == ack => return answer,
                Packet::Event(name, payload) => self.heard.push((name, payload)),
                other @ Packet::Answer(..) => panic!("not answer {ack}: {other:?}"),
            }
        }
    }

    pub(super) async fn succeed(&mut self, name: &str, args: Value) -> Value {
        let answer = self.call(name, args.clone()).await;
        assert_eq!(answer["success"], true, "{name} {args}: {answer}");
        answer
    }

    pub(super) async fn refusal(&mut self, name: &str, args: Value) -> String {
        let answer = self.call(name, args.clone()).await;
        assert_eq!(answer["success"], false, "{name} {args}: {answer}");
        answer["error"]["code"].as_str().expect("a code").to_owned()
    }

    /// The message that is stored.
    pub(super) async fn say(&mut self, text: &str) -> Value {
        let args = json!({ "conversationId": OURS, "messageText": text });
        self.succeed("send_message", args).await["message"].take()
    }

    /// The next events, which are these, in any order; their payloads, in the order given.
    pub(super) async fn hears(&mut self, names: &[&str]) -> Vec<Value> {
        while self.heard.len() < names.len() {
            match self.client.packet().await {
                Packet::Event(name, payload) => self.heard.push((name, payload)),
                answer @ Packet::Answer(..) => panic!("an answer to nothing: {answer:?}"),
            }
        }
        let mut next: Vec<_> = self.heard.drain(..names.len()).collect();
        names
            .iter()
            .map(|name| {
                let at = next.iter().position(|(heard, _)| heard == name);
                let at = at.unwrap_or_else(|| panic!("no {name} in {next:?}"));
                next.remove(at).1
            })
            .collect()
    }

    /// The next event.
    pub(super) async fn next(&mut self) -> (String, Value) {
        if !self.heard.is_empty() {
            return self.heard.remove(0);
        }
        match self.client.packet().await {
            Packet::Event(name, payload) => (name, payload),
            answer @ Packet::Answer(..) => panic!("an answer to nothing: {answer:?}"),
        }
    }

    pub(super) async fn hears_one(&mut self, name: &str) -> Value {
        self.hears(&[name]).await.remove(0)
    }

    /// What has come up to now and was not asked for: an answer is awaited to know.
    pub(super) async fn so_far(&mut self) -> Vec<(String, Value)> {
        self.call("get_room_status", Value::Null).await;
        std::mem::take(&mut self.heard)
    }

    /// Nothing has come that was not asked for: an answer is awaited to know.
    pub(super) async fn hears_nothing(&mut self) {
        self.call("get_room_status", Value::Null).await;
        assert_eq!(self.heard, [], "nothing more was to be heard");
    }
}
