//! People, conversations and messages to try a store with.

use std::sync::Arc;

use chat::conversations::{
    Conversation, ConversationId, Description, Kind, NewConversation, Title, Visibility,
};
use chat::identity::{Account, HostAccount, NewAccount, PasswordHash};
use chat::ids::{AccountId, ClientId, MessageIds};
use chat::messages::{
    Appended, Echo, Message, MessageKey, MessageType, NewMessage, Page, PageCursor,
};
use chat::name::Username;
use chat::random::Random;
use chat::store::Store;
use chat::text::Text;
use chat::time::Timestamp;

/// A generator that always rolls the same: `SplitMix64`.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// With this seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `bound`, which must not be 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        usize::try_from(self.roll() % bound).unwrap_or(0)
    }
}

impl Random for Dice {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let roll = self.roll().to_le_bytes();
            chunk.copy_from_slice(&roll[..chunk.len()]);
        }
    }
}

/// A store, and a clock that moves on by a millisecond with each thing that is made.
pub struct World {
    /// The store that is tried.
    pub store: Arc<dyn Store>,
    /// The dice for ids.
    pub dice: Dice,
    ids: MessageIds,
    now_ms: u64,
}

/// When a [`World`] begins, in milliseconds since 1970.
pub(crate) const START_MS: u64 = 1_800_000_000_000;

impl World {
    /// A world without anybody.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, dice: Dice::new(7), ids: MessageIds::new(), now_ms: START_MS }
    }

    /// The present moment, a millisecond after the last.
    pub fn now(&mut self) -> Timestamp {
        self.now_ms += 1;
        Timestamp::from_millis(self.now_ms)
    }

    /// An account to be made, with a password.
    pub fn new_account(&mut self, name: &str) -> NewAccount {
        let now = self.now();
        NewAccount {
            username: Username::parse(name).expect("a username"),
            display_name: None,
            password: Some(PasswordHash::new(format!("hash of {name}"))),
            created_at: now,
            token_expires_at: Timestamp::from_millis(now.as_millis() + 1_000),
        }
    }

    /// An own account.
    pub async fn own(&mut self, name: &str) -> Account {
        let new = self.new_account(name);
        self.store.create_account(new).await.expect("a free name")
    }

    /// A guest whose token ends then.
    pub async fn guest(&mut self, name: &str, token_expires_at: Timestamp) -> Account {
        let new = NewAccount { password: None, token_expires_at, ..self.new_account(name) };
        self.store.create_account(new).await.expect("a free name")
    }

    /// What a host's token says.
    pub fn seen(&mut self, sub: &str, name: &str) -> HostAccount {
        HostAccount {
            id: AccountId::parse(sub).expect("an id"),
            username: Username::parse(name).expect("a username"),
            display_name: None,
            avatar_url: None,
            seen_at: self.now(),
        }
    }

    /// A host's account; its id is its name.
    pub async fn host(&mut self, sub: &str) -> Account {
        let seen = self.seen(sub, sub);
        let account = self.store.see_host_account(seen).await.expect("a working store");
        account.expect("a host's account")
    }

    /// A public room.
    pub async fn room(&mut self, maker: &Account) -> Conversation {
        let id = ConversationId::room(&mut self.dice);
        self.make(id, Kind::Room, Visibility::Public, maker).await
    }

    /// A channel.
    pub async fn channel(&mut self, maker: &Account, visibility: Visibility) -> Conversation {
        let id = ConversationId::channel(&mut self.dice);
        self.make(id, Kind::Channel, visibility, maker).await
    }

    async fn make(
        &mut self,
        id: ConversationId,
        kind: Kind,
        visibility: Visibility,
        maker: &Account,
    ) -> Conversation {
        let new = NewConversation {
            id,
            kind,
            visibility,
            title: Title::parse("Tea & cake").expect("a title"),
            description: Description::parse("What goes with tea").expect("a description"),
            maker: maker.profile.id.clone(),
            created_at: self.now(),
        };
        self.store.create_conversation(new).await.expect("a working store")
    }

    /// A message to be stored, without a key.
    pub fn message(&mut self, to: &ConversationId, from: &Account, text: &str) -> NewMessage {
        let now = self.now();
        NewMessage {
            id: self.ids.next(now, &mut self.dice),
            conversation: to.clone(),
            sender: from.profile.id.clone(),
            client_id: None,
            message_type: MessageType::TEXT,
            text: Text::parse(text).expect("a text"),
            created_at: now,
            echo: Echo::None,
        }
    }

    /// A message to be stored, with a key.
    pub fn keyed(
        &mut self,
        to: &ConversationId,
        from: &Account,
        (key, text): (&str, &str),
    ) -> NewMessage {
        let client_id = Some(ClientId::parse(key).expect("a key"));
        NewMessage { client_id, ..self.message(to, from, text) }
    }

    /// What becomes of one message.
    pub async fn append(&self, message: NewMessage) -> Appended {
        let appended = self.store.append(vec![message]).await.expect("a working store");
        let [appended] = <[Appended; 1]>::try_from(appended).expect("one answer for one message");
        appended
    }

    /// Stores a message that is new and allowed.
    pub async fn say(&mut self, to: &ConversationId, from: &Account, text: &str) -> Message {
        let message = self.message(to, from, text);
        match self.append(message).await {
            Appended::Stored { message, .. } => message,
            other => panic!("{other:?} instead of a stored message"),
        }
    }

    /// A page.
    pub async fn page(&self, of: &ConversationId, cursor: PageCursor, limit: usize) -> Page {
        self.store.page(of.clone(), cursor, limit).await.expect("a conversation")
    }

    /// All texts of a conversation with up to 1,000 messages, oldest first; `None` for tombstones.
    pub async fn texts(&self, of: &ConversationId) -> Vec<Option<String>> {
        let page = self.page(of, PageCursor::Newest, 1_000).await;
        let text = |message: Message| message.text.map(|text| text.as_str().to_owned());
        page.messages.into_iter().map(text).collect()
    }
}

/// The key of a message.
pub(crate) fn key_of(message: &NewMessage) -> MessageKey {
    MessageKey {
        conversation: message.conversation.clone(),
        sender: message.sender.clone(),
        client_id: message.client_id.clone(),
        id: message.id,
    }
}
