//! A server with accounts, people with sockets, and rooms.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chat::conversations::{
    ConversationId, Conversations, Description, Kind, NewConversation, Title, Visibility,
};
use chat::identity::{Account, Accounts, NewAccount, PasswordHash, ProfileUpdate, Revocation};
use chat::ids::AccountId;
use chat::listening::ListeningConfig;
use chat::name::{DisplayName, Username};
use chat::time::Timestamp;
use gateway::auth::{Auth, AuthConfig, OwnSecret, PasswordConfig, Secret};
use gateway::{
    AccountsConfig, ChatHub, ConversationsConfig, InboxConfig, Limits, ListeningStats,
    MaintenanceConfig, SystemClock, SystemRandom,
};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{Client, PATIENCE, Packet, Server, Setup};
use crate::testing::MemoryStore;

pub(crate) struct Hall {
    pub(crate) server: Server,
    pub(crate) store: Arc<MemoryStore>,
    /// Makes the tokens.
    auth: Auth,
}

fn auth_config() -> AuthConfig {
    let secret = OwnSecret::Made(Secret::new(*b"a secret that is known to nobody"));
    let passwords = PasswordConfig { threads: 1, ..PasswordConfig::default() };
    let change_interval = Duration::from_millis(20);
    AuthConfig { passwords, change_interval, ..AuthConfig::new(secret) }
}

impl Hall {
    pub(crate) async fn open() -> Self {
        Self::with(ListeningConfig::default(), Limits::disabled()).await
    }

    pub(crate) async fn with(listening: ListeningConfig, limits: Limits) -> Self {
        let conversations = ConversationsConfig { listening, ..ConversationsConfig::default() };
        Self::with_conversations(conversations, limits).await
    }

    pub(crate) async fn with_conversations(
        conversations: ConversationsConfig,
        limits: Limits,
    ) -> Self {
        let store = Arc::new(MemoryStore::default());
        let accounts = AccountsConfig {
            store: Arc::clone(&store) as _,
            auth: auth_config(),
            maintenance: MaintenanceConfig::default(),
            conversations,
            inbox: InboxConfig::default(),
        };
        let server =
            Server::start(Setup { limits, accounts: Some(accounts), ..Setup::default() }).await;
        let clock = Arc::new(SystemClock::start());
        let auth = Auth::start(auth_config(), Arc::clone(&store) as _, clock);
        Self { server, store, auth }
    }

    pub(crate) fn chat(&self) -> &Arc<ChatHub> {
        self.server.chat.as_ref().expect("a server with accounts")
    }

    pub(crate) async fn person(&self, name: &str) -> Account {
        let new = NewAccount {
            username: Username::parse(name).expect("a good name"),
            display_name: None,
            password: Some(PasswordHash::new("none")),
            created_at: Timestamp::from_millis(0),
            token_expires_at: Timestamp::from_millis(0),
        };
        self.store.create_account(new).await.expect("a free name")
    }

    pub(crate) async fn socket(&self, account: &Account) -> Ear {
        let token = self.auth.issue(account).await.expect("a token").token;
        let mut client = Client::open(self.server.address, &[]).await;
        let answer = client.connect(&json!({ "token": token }).to_string()).await;
        let id = answer["sid"].as_str().expect("a socket that was let in");
        id.clone_into(&mut client.id);
        Ear { client, heard: Vec::new() }
    }

    /// A new account's socket.
    pub(crate) async fn newcomer(&self, name: &str) -> (AccountId, Ear) {
        let account = self.person(name).await;
        let ear = self.socket(&account).await;
        (account.profile.id.clone(), ear)
    }

    pub(crate) async fn room(&self, maker: &Account) -> ConversationId {
        let id = ConversationId::room(&mut SystemRandom::new());
        self.make(id, (Kind::Room, Visibility::Public), maker).await
    }

    pub(crate) async fn channel(&self, maker: &Account, visibility: Visibility) -> ConversationId {
        let id = ConversationId::channel(&mut SystemRandom::new());
        self.make(id, (Kind::Channel, visibility), maker).await
    }

    async fn make(
        &self,
        id: ConversationId,
        (kind, visibility): (Kind, Visibility),
        maker: &Account,
    ) -> ConversationId {
        let new = NewConversation {
            id,
            kind,
            visibility,
            title: Title::parse("Tea").expect("a title"),
            description: Description::default(),
            maker: maker.profile.id.clone(),
            created_at: wall(),
        };
        self.store.create_conversation(new).await.expect("a conversation").id
    }

    /// Gives an account another name to show.
    pub(crate) async fn rename(&self, account: &Account, name: &str) {
        let update = ProfileUpdate {
            display_name: Some(Some(DisplayName::parse(name).expect("a good name"))),
            ..ProfileUpdate::default()
        };
        let updated = self.store.update_profile(account.profile.id.clone(), update).await;
        assert!(updated.expect("an answer").is_some());
    }

    /// Makes all tokens of an account void.
    pub(crate) async fn revoke(&self, account: &Account) {
        let valid_after = Timestamp::from_millis(wall().as_millis() + 1_000);
        let account = account.profile.id.clone();
        let revocation = Revocation::Account { account, valid_after };
        self.auth.revoke(revocation).await.expect("a store");
    }

    /// Waits until nobody listens to anything, and nothing is kept of those who did.
    pub(crate) async fn is_empty(&self) {
        let quiet = || {
            let listening = self.chat().listening_stats();
            let followed = self.chat().sequencing_stats().now.conversations;
            (listening, followed)
        };
        let wait = async {
            while quiet() != (ListeningStats::default(), 0) {
                tokio::task::yield_now().await;
            }
        };
        assert!(timeout(PATIENCE, wait).await.is_ok(), "still there: {:?}", quiet());
    }
}

pub(crate) fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Timestamp::from_millis(u64::try_from(since.as_millis()).expect("fits"))
}

/// A socket and what it has heard, of the members' lists nothing.
pub(crate) struct Ear {
    pub(crate) client: Client,
    heard: Vec<(String, Value)>,
}

impl Ear {
    async fn packet(&mut self) -> Packet {
        loop {
            match self.client.packet().await {
                Packet::Event(name, _) if name.starts_with("conversation_") => {}
                packet => return packet,
            }
        }
    }

    /// Calls, and keeps the events that come before the answer.
    pub(crate) async fn call(&mut self, name: &str, args: &Value) -> Value {
        let ack = self.client.ask(name, &args.to_string()).await;
        self.answer(ack).await
    }

    /// Keeps the events that come before the answer to this callback.
    pub(crate) async fn answer(&mut self, ack: u64) -> Value {
        loop {
            match self.packet().await {
                Packet::Answer(number, answer) if number == ack => return answer,
                Packet::Event(name, payload) => self.heard.push((name, payload)),
                other @ Packet::Answer(..) => panic!("not answer {ack}: {other:?}"),
            }
        }
    }

    pub(crate) async fn succeed(&mut self, name: &str, args: &Value) -> Value {
        let answer = self.call(name, args).await;
        assert_eq!(answer["success"], true, "{name} {args}: {answer}");
        answer
    }

    /// Calls, and gives the code of the refusal.
    pub(crate) async fn refusal(&mut self, name: &str, args: &Value) -> String {
        let answer = self.call(name, args).await;
        assert_eq!(answer["success"], false, "{name} {args}: {answer}");
        answer["error"]["code"].as_str().expect("a code").to_owned()
    }

    pub(crate) async fn join(&mut self, room: &ConversationId) -> Value {
        self.succeed("join_room", &json!({ "roomId": room.as_str() })).await
    }

    pub(crate) async fn say(&mut self, room: &ConversationId, content: &str) -> Value {
        let args = json!({ "roomId": room.as_str(), "content": content });
        self.succeed("send_message", &args).await["message"].take()
    }

    /// The next event.
    pub(crate) async fn event(&mut self) -> (String, Value) {
        if !self.heard.is_empty() {
            return self.heard.remove(0);
        }
        match self.packet().await {
            Packet::Event(name, payload) => (name, payload),
            answer @ Packet::Answer(..) => panic!("an answer to nothing: {answer:?}"),
        }
    }

    /// The next event, which has to be this one.
    pub(crate) async fn hears(&mut self, name: &str) -> Value {
        let (heard, payload) = self.event().await;
        assert_eq!(heard, name, "{payload}");
        payload
    }

    /// The next event that is not about who came or went, which has to be this one.
    pub(crate) async fn hears_said(&mut self, name: &str) -> Value {
        loop {
            let (heard, payload) = self.event().await;
            if !matches!(&*heard, "user_joined" | "user_left") {
                assert_eq!(heard, name, "{payload}");
                return payload;
            }
        }
    }

    /// The places of the next messages.
    pub(crate) async fn seqs(&mut self, count: usize) -> Vec<u64> {
        let mut seqs = Vec::new();
        while seqs.len() < count {
            let (name, payload) = self.event().await;
            if name == "receive_message" {
                seqs.push(payload["seq"].as_u64().expect("a place"));
            }
        }
        seqs
    }

    /// What was heard up to now and not asked for yet: an answer is awaited to know.
    pub(crate) async fn so_far(&mut self) -> Vec<(String, Value)> {
        self.call("leave_room", &json!({ "roomId": "room_of_nobody" })).await;
        std::mem::take(&mut self.heard)
    }
}
