//! The durable core without a server around it: the sequencers and the SQLite store, as the server
//! wires them. For the tests that kill it (`tests/rounds`, by the program `ledger`) and for the
//! measurement of durable throughput (`examples/durable.rs`); nothing of this is in the product.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chat::conversations::{
    Conversation, ConversationId, Description, Kind, NewConversation, Title, Visibility,
};
use chat::identity::{Account, NewAccount, PasswordHash, Profile};
use chat::ids::{AccountId, ClientId, MessageIds};
use chat::messages::{Echo, MessageType, Messages, NewMessage};
use chat::name::Username;
use chat::sequencer::{Answer, SendError};
use chat::store::Store;
use chat::text::Text;
use chat::time::{Clock, Timestamp};
use gateway::{FanOut, Sent, Sequencing, SequencingConfig, SystemClock, SystemRandom};
use parking_lot::Mutex;
use store_sqlite::{SqliteStore, StoreConfig};

/// What is measured and tested here is not how it fails in detail.
pub type Failure = Box<dyn Error + Send + Sync>;

/// How the store and the sequencers are set up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// The most messages in a batch and in a commit, `None` for the defaults.
    pub most_in_commit: Option<usize>,
    /// How long a message waits for a store that does not take it, `None` for the default.
    pub patience: Option<Duration>,
    /// After how many pages in its log the store copies them into the database.
    pub checkpoint_pages: Option<u32>,
}

/// A message to be sent.
#[derive(Debug, Clone)]
pub struct Sending {
    /// Where.
    pub conversation: ConversationId,
    /// By whom.
    pub sender: Arc<Profile>,
    /// The key that makes a resend harmless.
    pub client_id: ClientId,
    /// What it says.
    pub text: Text,
}

/// The sequencers over a store.
pub struct Core {
    store: Arc<SqliteStore>,
    sequencing: Sequencing,
    clock: Arc<dyn Clock>,
    dice: Mutex<(MessageIds, SystemRandom)>,
}

impl Core {
    /// Opens `parlour.db` in the folder, and makes it if there is none.
    ///
    /// # Errors
    /// Those of the store.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn open(
        folder: &Path,
        options: &Options,
        fanout: &Arc<dyn FanOut>,
    ) -> Result<Self, Failure> {
        let mut store = StoreConfig::new(folder.join("parlour.db"));
        let mut sequencing = SequencingConfig::default();
        if let Some(most) = options.most_in_commit {
            store.batch_messages = most;
            sequencing.shard.max_batch_messages = most;
        }
        if let Some(pages) = options.checkpoint_pages {
            store.checkpoint_pages = pages;
        }
        if let Some(patience) = options.patience {
            sequencing.shard.patience = patience;
        }
        let store = Arc::new(SqliteStore::open(&store)?);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let messages: Arc<dyn Messages> = Arc::clone(&store) as _;
        let sequencing = Sequencing::start(&sequencing, &messages, &clock, fanout);
        let dice = Mutex::new((MessageIds::new(), SystemRandom::new()));
        Ok(Self { store, sequencing, clock, dice })
    }

    /// The store, to read from.
    pub fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// The sequencers.
    pub const fn sequencing(&self) -> &Sequencing {
        &self.sequencing
    }

    /// How many transactions the store has committed.
    pub fn commits(&self) -> u64 {
        self.store.stats().batch_messages.count()
    }

    /// Makes an account that may do everything.
    ///
    /// # Errors
    /// Those of the store, and of a name that is none.
    pub async fn make_account(&self, name: &str) -> Result<Account, Failure> {
        let new = NewAccount {
            username: Username::parse(name)?,
            display_name: None,
            password: Some(PasswordHash::new("no password has this hash")),
            created_at: self.now(),
            token_expires_at: self.now(),
        };
        Ok(self.store().create_account(new).await?)
    }

    /// Makes a room.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn make_room(&self, maker: AccountId) -> Result<Conversation, Failure> {
        let new = NewConversation {
            id: ConversationId::room(&mut self.dice.lock().1),
            kind: Kind::Room,
            visibility: Visibility::Public,
            title: Title::parse("A room")?,
            description: Description::default(),
            maker,
            created_at: self.now(),
        };
        Ok(self.store().create_conversation(new).await?)
    }

    /// Sends a message: its place in the order is taken by this call.
    ///
    /// # Errors
    /// [`SendError`], as the answer.
    pub fn send(
        &self,
        sending: Sending,
    ) -> impl Future<Output = Result<Answer, SendError>> + Send + use<> {
        let (message, sender) = self.message(sending);
        self.sequencing.send(message, sender)
    }

    /// Sends a message that is shown before this returns, and stored afterwards.
    ///
    /// # Errors
    /// [`SendError`]: nothing was shown, nothing is stored.
    pub fn show(
        &self,
        sending: Sending,
    ) -> Result<Sent<impl Future<Output = Result<Answer, SendError>> + Send + use<>>, SendError>
    {
        let (message, sender) = self.message(sending);
        self.sequencing.show(message, sender)
    }

    fn message(&self, sending: Sending) -> (NewMessage, Arc<Profile>) {
        let now = self.now();
        let (ids, random) = &mut *self.dice.lock();
        let message = NewMessage {
            id: ids.next(now, random),
            conversation: sending.conversation,
            sender: sending.sender.id.clone(),
            client_id: Some(sending.client_id),
            message_type: MessageType::TEXT,
            text: sending.text,
            created_at: now,
            echo: Echo::None,
        };
        (message, sending.sender)
    }

    /// Waits for everything that was accepted, then closes the store; `false` if something was left
    /// when `within` was over.
    pub async fn shut_down(self, within: Duration) -> bool {
        let is_done = self.sequencing.shutdown(within).await;
        self.store.close().await;
        is_done
    }

    fn now(&self) -> Timestamp {
        self.clock.now().wall
    }
}
