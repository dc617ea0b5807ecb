use chat::error::Code;
use chat::ids::NodeId;
use chat::pairing::PairingConfig;

use super::*;
use crate::address::{AddressPermits, ClientAddress};
use crate::auth::{Auth, AuthConfig, OwnSecret, Secret};
use crate::clock::{SystemClock, SystemRandom};
use crate::fanout::{ChatHub, ChatParts, ConversationsConfig};
use crate::inbox::{Inbox, InboxConfig, InboxParts};
use crate::limits::Limits;
use crate::socket::{LiveSockets, PairHub, table};
use crate::testing::MemoryStore;

fn shared() -> Arc<Shared> {
    let pairing = PairingConfig::new(NodeId::new("test"));
    let clock = Arc::new(SystemClock::start());
    let live = LiveSockets::start(Limits::default(), Arc::clone(&clock) as _);
    let secret = OwnSecret::Made(Secret::new(*b"a secret that is known to nobody"));
    let store = Arc::new(MemoryStore::default());
    let auth =
        Auth::start(AuthConfig::new(secret), Arc::clone(&store) as _, Arc::clone(&clock) as _);
    let parts = ChatParts {
        store: Arc::clone(&store) as _,
        clock: Arc::clone(&clock) as _,
        random: Box::new(SystemRandom::new()),
        live: Arc::clone(&live),
    };
    let chat = ChatHub::start(ConversationsConfig::default(), parts);
    let parts = InboxParts {
        store,
        clock: Arc::clone(&clock) as _,
        live: Arc::clone(&live),
        chat: Arc::clone(&chat),
    };
    let inbox = Inbox::start(InboxConfig::default(), parts);
    Arc::new(Shared {
        limits: Limits::default(),
        trusted_proxies: Vec::new(),
        permits: AddressPermits::default(),
        tally: Arc::new(Tally::default()),
        pair: PairHub::start(pairing, clock, Box::new(SystemRandom::new())),
        auth: Some(auth),
        live,
        chat: Some(chat),
        inbox: Some(inbox),
        blocks: None,
    })
}

#[tokio::test]
async fn everything_that_is_counted_is_shown() {
    let shared = shared();
    let address = ClientAddress::new("192.0.2.1".parse().unwrap());
    let _permit = shared.permits.take(address, None);
    let start = table::find("start_chat");
    shared.tally.event(start, None);
    shared.tally.event(start, None);
    shared.tally.event(start, Some(Code::RateLimited));
    shared.tally.event(None, Some(Code::InvalidPayload));
    shared.tally.refused_connect(Code::Unauthenticated);
    shared.tally.swallowed_typing();
    let stats = Stats { connections: 3, sessions_websocket: 2, sockets: 2, ..Stats::default() };
    let metrics = Metrics::new("1.2.3", shared, Box::new(move || stats.clone()), Vec::new());
    insta::assert_snapshot!(metrics.render());
}
