//! Stored conversations on this node: what is sent to them, who listens, and what they hear.
//!
//! ```text
//! send ─▶ Sequencing ─▶ store ─▶ deliver ─▶ Outlet ─▶ the engine's room `{conversation}/{form}`
//!                          └▶ committed ─▶ Heard ─▶ the members' lists
//! join ─▶ Hold ─▶ follow ─▶ one Step: answer, room, Listening, the others hear of it
//! ```
//!
//! Locks are taken in this order, and none is held across an await: a shard of [`Sequencing`] or the
//! [`Listeners`], then an outlet's gate or the [`LiveSockets`], then what belongs to the engine. A
//! shard's and the listeners' are never held together. Who writes has a lock that comes before the
//! listeners'.
//!
//! - A message comes out under its outlet's gate: whoever holds the gate knows exactly what came out
//!   before, and nothing comes meanwhile. So an answer can be queued, and a socket joined, between two
//!   messages.
//! - A [`Hold`] is taken before the first question to the store, so that whoever is shut out while the
//!   store answers is noticed, and nothing that comes out meanwhile is missed.
//! - A socket that goes is not joined: it counts as gone before its handler is told, and the handler's
//!   cleaning waits for the step.

mod channels;
mod direct;
mod heard;
mod join;
mod leave;
mod listeners;
mod notices;
mod open;
mod optimistic;
mod outlet;
mod pair;
mod people;
mod step;
mod sync;
mod synced;
mod writers;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chat::conversations::{ConversationId, Partner};
use chat::identity::Profile;
use chat::ids::{AccountId, ClientId, MessageIds, SocketId};
use chat::listening::ListeningConfig;
use chat::messages::{Echo, MessageType, NewMessage};
use chat::random::Random;
use chat::sequencer::{Answer, SendError};
use chat::store::Store;
use chat::text::Text;
use chat::time::Clock;
use chat::typing::TypingConfig;
use parking_lot::Mutex;
use socketio::Io;
use tokio::sync::Semaphore;

pub(crate) use direct::{address, stored};
pub use heard::{Heard, Hearer};
pub use listeners::ListeningStats;
pub(crate) use listeners::{ActiveList, Listener};
pub(crate) use optimistic::Line;
pub(crate) use people::LiveProfile;
pub(crate) use synced::{Caught, Cursor, Request, Synced};
pub(crate) use writers::Writing;

use crate::presence::{PresenceHub, PresenceHubConfig, PresenceParts};
use crate::sequencing::{FanOut, Sequencing, SequencingConfig, SequencingStats};
use crate::socket::LiveSockets;
use crate::timelines::{Moment, Timelines};
use listeners::Listeners;
use outlet::Outlets;
use writers::Writers;

/// The one namespace of the contract.
pub const NAMESPACE: &str = "/";

/// The numbers of stored conversations.
#[derive(Debug, Clone, Default)]
pub struct ConversationsConfig {
    /// Who counts as active, and when that is told.
    pub listening: ListeningConfig,
    /// The way into the store.
    pub sequencing: SequencingConfig,
    /// What an answer has to wait for at the most.
    pub waits: WaitsConfig,
    /// Who is shown writing.
    pub typing: TypingConfig,
    /// Who is online, and who is told.
    pub presence: PresenceHubConfig,
}

/// How long a socket or a request waits for the store.
#[derive(Debug, Clone)]
pub struct WaitsConfig {
    /// For what has to be read or written before a socket listens: nothing else is read of it
    /// meanwhile. Then the answer is `unavailable`. Default 8 s: less than the 15 s that our client
    /// waits for an answer, so that it learns why.
    pub join: Duration,
    /// How many `sync` read at a time on this node; the others wait for their turn in the order in which
    /// they came, each as long as its socket is not read, so there is one of a socket at the most. Each
    /// holds what it answers, 2 MiB at the most. Default 32.
    pub syncs: usize,
}

impl Default for WaitsConfig {
    fn default() -> Self {
        Self { join: Duration::from_secs(8), syncs: 32 }
    }
}

/// A message that somebody wants to be stored and heard.
#[derive(Debug, Clone)]
pub struct Post {
    /// Where.
    pub conversation: ConversationId,
    /// Whose, as others see them.
    pub sender: Arc<Profile>,
    /// What it says.
    pub text: Text,
    /// What its client says that it is.
    pub message_type: MessageType,
    /// Its client's key.
    pub client_id: Option<ClientId>,
    /// Its part in the echo rule.
    pub echo: Echo,
}

/// What a [`ChatHub`] is made of.
pub(crate) struct ChatParts {
    /// Where conversations are kept.
    pub(crate) store: Arc<dyn Store>,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
    /// The dice that ids are made with.
    pub(crate) random: Box<dyn Random>,
    /// The sockets.
    pub(crate) live: Arc<LiveSockets>,
}

/// Stored conversations at the edge. See the module.
pub struct ChatHub {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    live: Arc<LiveSockets>,
    outlets: Arc<Outlets>,
    listeners: Arc<Listeners>,
    writers: Arc<Writers>,
    presence: PresenceHub,
    timelines: Arc<Timelines>,
    sequencing: Sequencing,
    ids: Mutex<(MessageIds, Box<dyn Random>)>,
    waits: WaitsConfig,
    /// The turns of those who sync.
    syncs: Semaphore,
}

impl fmt::Debug for ChatHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatHub")
            .field("sequencing", &self.sequencing)
            .field("listening", &self.listeners.stats())
            .finish_non_exhaustive()
    }
}

impl ChatHub {
    /// Starts its tasks, which end when it is dropped.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub(crate) fn start(config: ConversationsConfig, parts: ChatParts) -> Arc<Self> {
        let ChatParts { store, clock, random, live } = parts;
        let ConversationsConfig { listening, sequencing, waits, typing, presence } = config;
        let outlets = Arc::new(Outlets::default());
        let timelines = Arc::clone(outlets.timelines());
        let listeners = Listeners::start(
            listening,
            Arc::clone(&outlets),
            Arc::clone(&clock),
            Arc::clone(&live),
        );
        let writers =
            Writers::start(typing, Arc::clone(&outlets), Arc::clone(&live), Arc::clone(&clock));
        let parts = PresenceParts {
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            live: Arc::clone(&live),
        };
        let presence = PresenceHub::start(presence, parts);
        let messages = Arc::clone(&store) as _;
        let fanout = Arc::clone(&outlets) as Arc<dyn FanOut>;
        let sequencing = Sequencing::start(&sequencing, &messages, &clock, &fanout);
        let ids = Mutex::new((MessageIds::new(), random));
        let syncs = Semaphore::new(waits.syncs.clamp(1, Semaphore::MAX_PERMITS));
        Arc::new(Self {
            store,
            clock,
            live,
            outlets,
            listeners,
            writers,
            presence,
            timelines,
            sequencing,
            ids,
            waits,
            syncs,
        })
    }

    /// Where what is heard goes to. Before this, and for a second engine, it goes nowhere.
    pub fn attach(&self, io: &Io) {
        self.outlets.attach(io);
    }

    /// Who hears of what changes the members' lists; one can.
    pub fn hear(&self, hearer: Hearer) {
        self.outlets.hear(hearer);
    }

    /// Tells whoever [hears](ChatHub::hear) what was done to somebody's membership or mark. The hub
    /// itself tells of messages.
    pub fn tell(&self, heard: &Heard<'_>) {
        self.outlets.tell(heard);
    }

    /// Stores a message, and lets those hear it who listen, in its place: that is taken by this call.
    /// It is on its way even if the answer is never waited for. Who may write is checked with the
    /// store.
    ///
    /// # Errors
    /// [`SendError`]: unless it is [`SendError::Unknown`], the message is not stored and never will
    /// be.
    pub fn send(
        &self,
        post: Post,
    ) -> impl Future<Output = Result<Answer, SendError>> + Send + use<> {
        let sender = Arc::clone(&post.sender);
        self.send_stored(self.new_message(post), sender)
    }

    /// The message takes its place by this call.
    fn send_stored(
        &self,
        message: NewMessage,
        sender: Arc<Profile>,
    ) -> impl Future<Output = Result<Answer, SendError>> + Send + use<> {
        let id = message.id;
        self.timelines.begin(&message);
        let sent = self.sequencing.send(message, sender);
        self.timelines.note(id, Moment::Queued);
        let timelines = Arc::clone(&self.timelines);
        async move {
            let sent = sent.await;
            match &sent {
                Err(error) => timelines.fail(id, *error),
                Ok(answer) if answer.is_duplicate => timelines.forget(id),
                Ok(_) => {}
            }
            sent
        }
    }

    /// When what happened to the latest messages.
    pub(crate) fn timelines(&self) -> &Timelines {
        &self.timelines
    }

    fn new_message(&self, post: Post) -> NewMessage {
        let Post { conversation, sender, text, message_type, client_id, echo } = post;
        let created_at = self.clock.now().wall;
        let id = {
            let mut ids = self.ids.lock();
            let (ids, random) = &mut *ids;
            ids.next(created_at, &mut **random)
        };
        NewMessage {
            id,
            conversation,
            sender: sender.id.clone(),
            client_id,
            message_type,
            text,
            created_at,
            echo,
        }
    }

    /// How long a socket may not be read because of the store.
    pub(crate) fn patience(&self) -> Duration {
        self.waits.join
    }

    /// Who is online.
    pub(crate) fn presence(&self) -> &PresenceHub {
        &self.presence
    }

    /// Whether the viewer of a conversation sees the other one online.
    pub(crate) fn sees(&self, other: &Partner) -> bool {
        self.presence.sees(other)
    }

    /// How many accounts listen to a conversation on this node, in any dialect.
    pub fn active_count(&self, conversation: &ConversationId) -> usize {
        self.active_counts([conversation]).first().copied().unwrap_or_default()
    }

    /// The same of several, in the same order, of one moment.
    pub fn active_counts<'a>(
        &self,
        conversations: impl IntoIterator<Item = &'a ConversationId>,
    ) -> Vec<usize> {
        self.listeners.active_counts(conversations)
    }

    /// Tells `whom` who listens to a conversation on this node; meanwhile nobody comes or goes.
    pub(crate) fn active<R>(
        &self,
        conversation: &ConversationId,
        whom: impl FnOnce(ActiveList<'_>) -> R,
    ) -> R {
        self.listeners.active(conversation, whom)
    }

    /// All of an account's sockets stop listening to a conversation, at once and in every dialect: to
    /// be called when its membership has ended. A join of it that is under way asks the store once more.
    pub fn expel(&self, account: &AccountId, conversation: &ConversationId) {
        self.listeners.expel(account, conversation, |id| self.live.socket(account, id));
    }

    /// It is doubtful whether an account is still in a conversation: a join that is under way asks the
    /// store once more. Gives the sockets of it that listen, for [`ChatHub::expel_only`].
    pub(crate) fn doubt(
        &self,
        account: &AccountId,
        conversation: &ConversationId,
    ) -> Vec<SocketId> {
        self.listeners.doubt(account, conversation)
    }

    /// As [`ChatHub::expel`], for these sockets alone: whoever came after the doubt was let in by the
    /// store.
    pub(crate) fn expel_only(
        &self,
        account: &AccountId,
        doubted: &[SocketId],
        conversation: &ConversationId,
    ) {
        let socket = |id: &SocketId| self.live.socket(account, id);
        self.listeners.expel_only((account, doubted), conversation, socket);
    }

    /// Accepts nothing more, and waits until what was accepted has its outcome, but no longer than
    /// `within`: `false` if something was given up.
    pub async fn shutdown(&self, within: Duration) -> bool {
        self.sequencing.shutdown(within).await
    }

    /// What the sequencers hold, and have done.
    pub fn sequencing_stats(&self) -> SequencingStats {
        self.sequencing.stats()
    }

    /// Who listens.
    pub fn listening_stats(&self) -> ListeningStats {
        self.listeners.stats()
    }
}
