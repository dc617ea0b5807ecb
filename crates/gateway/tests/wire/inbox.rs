//! The members' lists, over real connections: what each socket of a member hears.

use std::sync::Arc;
use std::time::Duration;

use chat::conversations::{
    ConversationId, Conversations, Description, Kind, NewConversation, Title, Visibility,
};
use chat::identity::{Account, Accounts, NewAccount, PasswordHash};
use chat::name::Username;
use chat::time::Timestamp;
use gateway::auth::{Auth, AuthConfig, OwnSecret, PasswordConfig, Secret};
use gateway::{
    AccountsConfig, ConversationsConfig, InboxConfig, Limits, MaintenanceConfig, SystemClock,
    SystemRandom, WaitsConfig,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Client, Packet, Server, Setup};
use crate::testing::MemoryStore;

struct World {
    server: Server,
    auth: Auth,
    store: Arc<MemoryStore>,
}

fn auth_config() -> AuthConfig {
    let secret = OwnSecret::Made(Secret::new(*b"a secret that is known to nobody"));
    let passwords = PasswordConfig { threads: 1, ..PasswordConfig::default() };
    AuthConfig { passwords, ..AuthConfig::new(secret) }
}

impl World {
    /// Updates are told with this pause.
    async fn start(pause: Duration) -> Self {
        Self::with(pause, ConversationsConfig::default()).await
    }

    async fn with(pause: Duration, conversations: ConversationsConfig) -> Self {
        let store = Arc::new(MemoryStore::default());
        let retry = Duration::from_millis(10);
        let accounts = AccountsConfig {
            store: Arc::clone(&store) as _,
            auth: auth_config(),
            maintenance: MaintenanceConfig::default(),
            conversations,
            inbox: InboxConfig { pause, retry, ..InboxConfig::default() },
        };
        let setup =
            Setup { limits: Limits::disabled(), accounts: Some(accounts), ..Setup::default() };
        let server = Server::start(setup).await;
        let clock = Arc::new(SystemClock::start());
        let auth = Auth::start(auth_config(), Arc::clone(&store) as _, clock);
        Self { server, auth, store }
    }

    async fn account(&self, name: &str) -> (Account, String) {
        let new = NewAccount {
            username: Username::parse(name).expect("a good name"),
            display_name: None,
            password: Some(PasswordHash::new("none")),
            created_at: Timestamp::from_millis(0),
            token_expires_at: Timestamp::from_millis(0),
        };
        let account = self.store.create_account(new).await.expect("a free name");
        let token = self.auth.issue(&account).await.expect("a token").token;
        (account, token)
    }

    /// A room that is there before anybody comes.
    async fn room(&self, maker: &Account) -> ConversationId {
        let new = NewConversation {
            id: ConversationId::room(&mut SystemRandom::new()),
            kind: Kind::Room,
            visibility: Visibility::Public,
            title: Title::parse("Tea").expect("a title"),
            description: Description::default(),
            maker: maker.profile.id.clone(),
            created_at: Timestamp::from_millis(0),
        };
        self.store.create_conversation(new).await.expect("works").id
    }

    /// A connected socket.
    async fn socket(&self, token: &str) -> Client {
        let mut client = Client::open(self.server.address, &[]).await;
        let answer = client.connect(&json!({ "token": token }).to_string()).await;
        assert!(answer["sid"].is_string(), "{answer}");
        client
    }

    /// A request without a body, or with one, that succeeds; its answer's body.
    async fn ask(&self, head: &str, token: &str, body: Option<Value>) -> Value {
        let (status, body) = self.request(head, token, body).await;
        assert!(status.starts_with("20"), "{status} {body}");
        body
    }

    /// The same, whatever becomes of it; its answer's status and body.
    async fn request(&self, head: &str, token: &str, body: Option<Value>) -> (String, Value) {
        let body = body.map_or_else(String::new, |body| body.to_string());
        let mut stream = TcpStream::connect(self.server.address).await.expect("a server");
        let request = format!(
            "{head} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.expect("an open connection");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.strip_prefix("HTTP/1.1 ").expect("a status");
        (status.to_owned(), serde_json::from_str(body).expect("JSON"))
    }
}

const NO_PAUSE: Duration = Duration::ZERO;
/// Longer than any test takes.
const LONG_PAUSE: Duration = Duration::from_hours(1);

#[tokio::test]
async fn every_socket_of_a_member_hears_of_a_message_joined_or_not() {
    let world = World::start(NO_PAUSE).await;
    let (ann, anns) = world.account("ann").await;
    let (bob, bobs) = world.account("bob").await;
    let (_, eves) = world.account("eve").await;
    let room = world.room(&ann).await;
    let now = Timestamp::from_millis(1);
    world
        .store
        .enter(room.clone(), bob.profile.id.clone(), now)
        .await
        .expect("works")
        .expect("a room");
    let mut sockets = [world.socket(&anns).await, world.socket(&bobs).await];
    let mut second = world.socket(&bobs).await;
    let mut stranger_to_it = world.socket(&eves).await;
    let head = format!("POST /api/chat/rooms/{room}/messages");
    let posted = world.ask(&head, &anns, Some(json!({ "content": "hello" }))).await;
    for (socket, unread) in sockets.iter_mut().zip([0, 1]) {
        let told = socket.event("conversation_updated").await;
        let conversation = &told["conversation"];
        assert_eq!(conversation["lastMessage"], posted["message"]);
        assert_eq!(conversation["_id"], room.as_str());
        assert_eq!(
            (&conversation["unreadCount"], &conversation["isMember"], &conversation["memberCount"]),
            (&json!(unread), &json!(true), &json!(2))
        );
    }
    second.event("conversation_updated").await;
    // One's own mark, on the other socket too; nobody else hears of it.
    let marked =
        sockets[1].call("mark_read", &json!({ "roomId": room.as_str() }).to_string()).await;
    assert_eq!((&marked["updated"], &marked["lastReadSeq"]), (&json!(true), &json!(1)));
    for socket in [&mut sockets[1], &mut second] {
        let told = socket.event("conversation_updated").await;
        assert_eq!(told["conversation"]["unreadCount"], 0);
    }
    for socket in sockets.iter_mut().chain([&mut second, &mut stranger_to_it]) {
        let answer = socket.call("get_room_status", "").await;
        assert_eq!(answer["status"], "empty", "nothing came before this");
    }
}

#[tokio::test]
async fn changes_of_ones_memberships_are_heard_by_all_of_ones_sockets() {
    let world = World::start(LONG_PAUSE).await;
    let (ann, anns) = world.account("ann").await;
    let (_, bobs) = world.account("bob").await;
    let room = world.room(&ann).await;
    let (mut one, mut other) = (world.socket(&bobs).await, world.socket(&bobs).await);
    let mut anns_socket = world.socket(&anns).await;
    let by_id = json!({ "roomId": room.as_str() }).to_string();
    let both_hear = async |event: &str, one: &mut Client, other: &mut Client| {
        let first = one.event(event).await;
        assert_eq!(first, other.event(event).await);
        let conversation = first["conversation"].clone();
        (conversation["isMember"].clone(), conversation["memberCount"].clone())
    };
    // By a socket: its answer comes first.
    let joined = one.call("join_room", &by_id).await;
    assert_eq!(joined["success"], true, "{joined}");
    let added = both_hear("conversation_added", &mut one, &mut other).await;
    assert_eq!(added, (json!(true), json!(2)));
    // Joining again is no change; leaving by a route ends what the sockets hear.
    assert_eq!(other.call("join_room", &by_id).await["success"], true);
    world.ask(&format!("DELETE /api/chat/rooms/{room}/leave"), &bobs, None).await;
    let removed = both_hear("conversation_removed", &mut one, &mut other).await;
    assert_eq!(removed, (json!(false), json!(1)));
    let head = format!("POST /api/chat/rooms/{room}/messages");
    world.ask(&head, &anns, Some(json!({ "content": "alone" }))).await;
    anns_socket.event("conversation_updated").await;
    // By a route, by writing, and by making one.
    world.ask(&format!("POST /api/chat/rooms/{room}/join"), &bobs, None).await;
    assert_eq!(both_hear("conversation_added", &mut one, &mut other).await.0, true);
    world.ask(&format!("DELETE /api/chat/rooms/{room}/leave"), &bobs, None).await;
    both_hear("conversation_removed", &mut one, &mut other).await;
    world.ask(&head, &bobs, Some(json!({ "content": "hello" }))).await;
    assert_eq!(both_hear("conversation_added", &mut one, &mut other).await.0, true);
    let made = world.ask("POST /api/chat/rooms", &bobs, Some(json!({ "name": "Cake" }))).await;
    let told = one.event("conversation_added").await;
    assert_eq!(told["conversation"], made["room"]);
    other.event("conversation_added").await;
}

#[tokio::test]
async fn a_join_that_took_too_long_behind_its_membership_is_told_to_the_list() {
    let waits = WaitsConfig { join: Duration::from_millis(300), ..WaitsConfig::default() };
    let conversations = ConversationsConfig { waits, ..ConversationsConfig::default() };
    let world = World::with(Duration::ZERO, conversations).await;
    let (ann, _) = world.account("Ann").await;
    let (bob, bobs) = world.account("Bob").await;
    let room = world.room(&ann).await;
    let mut socket = world.socket(&bobs).await;
    let before = world.store.hold_view();
    let ack = socket.ask("join_room", &json!(room.as_str()).to_string()).await;
    before.decided().await;
    // Between the two looks at the room it becomes a member of it.
    let after = world.store.hold_view();
    before.open();
    after.decided().await;
    // The answer and the list are told by two tasks.
    let (mut answer, mut added) = (Value::Null, Value::Null);
    for _ in 0..2 {
        match socket.packet().await {
            Packet::Answer(number, given) if number == ack => answer = given,
            Packet::Event(name, given) if name == "conversation_added" => added = given,
            other => panic!("{other:?}"),
        }
    }
    after.open();
    assert_eq!(answer["error"]["code"], "unavailable");
    assert_eq!(added["conversation"]["_id"], room.as_str());
    assert!(world.store.member(room, bob.profile.id.clone()).await.expect("an answer").is_some());
}

#[tokio::test]
async fn a_route_whose_outcome_the_store_lost_left_ears_open_and_lists_as_they_were() {
    let world = World::start(NO_PAUSE).await;
    let (ann, anns) = world.account("ann").await;
    let (_, bobs) = world.account("bob").await;
    let room = world.room(&ann).await;
    let mut bob = world.socket(&bobs).await;
    let join = format!("POST /api/chat/rooms/{room}/join");
    let leave = format!("DELETE /api/chat/rooms/{room}/leave");
    world.store.lose_answers(1);
    let (status, answer) = world.request(&join, &bobs, None).await;
    assert_eq!((&status[..3], &answer["error"]["code"]), ("503", &json!("unavailable")));
    let added = bob.event("conversation_added").await;
    assert_eq!(added["conversation"]["isMember"], true);
    let joined = bob.call("join_room", &json!(room.as_str()).to_string()).await;
    assert_eq!(joined["success"], true, "{joined}");
    world.store.lose_answers(1);
    let (status, answer) = world.request(&leave, &bobs, None).await;
    assert_eq!((&status[..3], &answer["error"]["code"]), ("503", &json!("unavailable")));
    let removed = bob.event("conversation_removed").await;
    assert_eq!(removed["conversation"]["isMember"], false);
    let head = format!("POST /api/chat/rooms/{room}/messages");
    world.ask(&head, &anns, Some(json!({ "content": "alone" }))).await;
    let answer = bob.call("get_room_status", "").await;
    assert_eq!(answer["status"], "empty", "nothing came before this");
}

#[tokio::test]
async fn in_a_pause_only_the_last_state_is_told() {
    let world = World::start(Duration::from_millis(300)).await;
    let (ann, anns) = world.account("ann").await;
    let room = world.room(&ann).await;
    let mut socket = world.socket(&anns).await;
    let head = format!("POST /api/chat/rooms/{room}/messages");
    for number in 1..=20 {
        world.ask(&head, &anns, Some(json!({ "content": format!("{number}") }))).await;
    }
    let mut told = Vec::new();
    while told.last() != Some(&json!(20)) {
        let update = socket.event("conversation_updated").await;
        told.push(update["conversation"]["lastMessage"]["seq"].clone());
    }
    let numbers: Vec<_> = told.iter().map(Value::as_u64).collect();
    assert!(numbers.is_sorted_by(|one, other| one < other), "{numbers:?}");
    assert!(told.len() < 20, "not each by itself: {numbers:?}");
}

#[tokio::test]
async fn what_happened_while_the_store_was_away_is_told_when_it_is_back() {
    let world = World::start(NO_PAUSE).await;
    let (ann, anns) = world.account("ann").await;
    let room = world.room(&ann).await;
    let mut socket = world.socket(&anns).await;
    world.store.fail_views(3);
    let head = format!("POST /api/chat/rooms/{room}/messages");
    world.ask(&head, &anns, Some(json!({ "content": "one" }))).await;
    let told = socket.event("conversation_updated").await;
    assert_eq!(told["conversation"]["lastMessage"]["seq"], 1);
    assert_eq!(world.store.views_asked(), 4);
}
