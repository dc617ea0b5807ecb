//! Who listens on this node, under one mutex: so that the order in which somebody comes and goes is
//! the order in which the others hear of it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chat::conversations::ConversationId;
use chat::identity::Profile;
use chat::ids::{AccountId, SocketId};
use chat::listening::{
    Active, Form, Forms, Listening, ListeningConfig, Notice, TooManyConversations,
};
use chat::time::{Clock, Monotonic};
use parking_lot::Mutex;
use socketio::{Io, Socket};
use tokio::sync::Notify;

use super::NAMESPACE;
use super::channels::Channels;
use super::notices::{ActiveCount, ChannelCount, ChannelPresence, Presence};
use super::outlet::Outlets;
use super::people::{LiveProfile, People};
use super::step::Step;
use crate::deadlines::drive;
use crate::socket::LiveSockets;

/// A socket with an account, as those who listen are known.
#[derive(Clone, Debug)]
pub(crate) struct Listener {
    /// The socket.
    pub(crate) socket: Socket,
    /// Its public id.
    pub(crate) id: SocketId,
    /// Whose it is.
    pub(crate) account: AccountId,
    /// What its account is called.
    pub(crate) profile: LiveProfile,
}

/// Who is active in a conversation.
#[derive(Clone, Copy)]
pub(crate) struct ActiveList<'a> {
    active: Active<'a, LiveProfile>,
    people: &'a People,
}

impl<'a> ActiveList<'a> {
    /// The longest-joined, in the order of joining, at most [`ListeningConfig::large`]: each account, its
    /// socket that has listened longest, and what it is called.
    pub(crate) fn people(
        self,
    ) -> impl Iterator<Item = (&'a AccountId, &'a SocketId, Arc<Profile>)> {
        self.active.people().map(move |one| {
            // Who was lost may be back under another name, and not listen yet.
            let back = one.is_lost.then(|| self.people.profile(one.account)).flatten();
            (one.account, one.socket, back.unwrap_or_else(|| one.tag.get()))
        })
    }

    /// How many there are in all.
    pub(crate) fn count(self) -> usize {
        self.active.count()
    }
}

pub(super) struct Listeners {
    pub(super) outlets: Arc<Outlets>,
    clock: Arc<dyn Clock>,
    pub(super) grace: Duration,
    /// Wakes the driver when a deadline moved forward, and at the end.
    wake: Arc<Notify>,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) listening: Listening<LiveProfile>,
    pub(super) people: People,
    /// What the driver sleeps until.
    armed: Option<Monotonic>,
}

/// How many there are at the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ListeningStats {
    /// Sockets that listen to something.
    pub sockets: usize,
    /// Conversations that somebody is active in.
    pub conversations: usize,
    /// Conversations that are held: listened to, or about to be.
    pub outlets: usize,
    /// Moments that something is due at.
    pub deadlines: usize,
    /// Accounts that were lost lately, whose name is kept.
    pub people: usize,
}

impl Listeners {
    /// Starts the driver, which ends when this is dropped.
    pub(super) fn start(
        config: ListeningConfig,
        outlets: Arc<Outlets>,
        clock: Arc<dyn Clock>,
        live: Arc<LiveSockets>,
    ) -> Arc<Self> {
        let wake = Arc::new(Notify::new());
        let grace = config.grace;
        let state =
            State { listening: Listening::new(config), people: People::new(live), armed: None };
        let state = Mutex::new(state);
        let listeners = Arc::new(Self { outlets, clock, grace, wake: Arc::clone(&wake), state });
        tokio::spawn(drive(Arc::downgrade(&listeners), wake, Self::tick));
        listeners
    }

    /// Begins something that happens as one: nobody comes or goes meanwhile. What was due is said
    /// first.
    pub(super) fn step(&self) -> Step<'_> {
        let mut state = self.state.lock();
        let now = self.clock.now().mono;
        self.tick_locked(&mut state, now);
        Step::new(self, state, now)
    }

    /// The forms in which a socket listens to a conversation.
    pub(super) fn forms_of(&self, socket: &SocketId, conversation: &ConversationId) -> Forms {
        self.state.lock().listening.forms_of(socket, conversation)
    }

    /// Whether a socket listens to a conversation in a form.
    pub(super) fn listens(
        &self,
        socket: &SocketId,
        conversation: &ConversationId,
        form: Form,
    ) -> bool {
        self.state.lock().listening.forms_of(socket, conversation).contains(form)
    }

    /// What a socket listens to, in whatever form.
    pub(super) fn heard_by(&self, socket: &SocketId) -> HashSet<ConversationId> {
        let state = self.state.lock();
        state.listening.conversations_of(socket).map(|(id, _)| id.clone()).collect()
    }

    /// Whether a socket may listen to one more.
    ///
    /// # Errors
    /// It listens to too many.
    pub(super) fn may_join(
        &self,
        socket: &SocketId,
        conversation: &ConversationId,
    ) -> Result<(), TooManyConversations> {
        self.state.lock().listening.may_join(socket, conversation)
    }

    /// Tells `whom` who is active in a conversation; meanwhile nobody comes or goes.
    pub(super) fn active<R>(
        &self,
        conversation: &ConversationId,
        whom: impl FnOnce(ActiveList<'_>) -> R,
    ) -> R {
        whom(self.state.lock().active(conversation))
    }

    /// How many accounts are active in each of these, in the same order.
    pub(super) fn active_counts<'a>(
        &self,
        conversations: impl IntoIterator<Item = &'a ConversationId>,
    ) -> Vec<usize> {
        let state = self.state.lock();
        conversations.into_iter().map(|id| state.listening.active_count(id)).collect()
    }

    pub(super) fn stats(&self) -> ListeningStats {
        let outlets = self.outlets.len();
        let state = self.state.lock();
        let (sockets, conversations, deadlines) = state.listening.sizes();
        ListeningStats { sockets, conversations, outlets, deadlines, people: state.people.len() }
    }

    /// Says what is due; how long until the next deadline, `None` if there is none.
    pub(super) fn tick(&self) -> Option<Duration> {
        let mut state = self.state.lock();
        let now = self.clock.now().mono;
        self.tick_locked(&mut state, now);
        state.armed = state.next_deadline();
        state.armed.map(|deadline| deadline.since(now))
    }

    fn tick_locked(&self, state: &mut State, now: Monotonic) {
        state.listening.tick(now);
        self.say(state, None);
        state.people.forget(now);
    }

    /// Tells the others who came and went; `except`: whoever did hears nothing of it.
    pub(super) fn say(&self, state: &mut State, except: Option<&Socket>) {
        let State { listening, people, .. } = state;
        let mut io = None;
        for notice in listening.drain_notices() {
            let (Notice::Joined { conversation, .. }
            | Notice::Left { conversation, .. }
            | Notice::Count { conversation, .. }) = &notice;
            // Without one nobody listens any more.
            let Some(outlet) = self.outlets.find(conversation) else { continue };
            io = io.or_else(|| self.outlets.io());
            let Some(io) = &io else { continue };
            tell(io, outlet.rooms(), &notice, people, except);
            for (family, room) in outlet.channels().into_iter().flat_map(Channels::families) {
                tell_channel(io, (room, family.form), &notice, people, except);
            }
        }
    }

    /// Has the driver woken if it would sleep too long.
    pub(super) fn rearm(&self, state: &mut State) {
        let next = state.next_deadline();
        if next.is_some_and(|next| state.armed.is_none_or(|armed| next < armed)) {
            state.armed = next;
            self.wake.notify_one();
        }
    }
}

/// Says one notice to those who listen in the rooms dialect.
fn tell(io: &Io, room: &str, notice: &Notice, people: &People, except: Option<&Socket>) {
    let mut to = io.to(NAMESPACE, room);
    if let Some(socket) = except {
        to = to.except(socket.id());
    }
    match notice {
        Notice::Joined { conversation, account, active_count, .. } => {
            let profile = people.profile(account);
            let joined = Presence::new(conversation, account, profile.as_deref(), *active_count);
            to.emit("user_joined", &joined);
        }
        Notice::Left { conversation, account, active_count } => {
            let profile = people.profile(account);
            let left = Presence::new(conversation, account, profile.as_deref(), *active_count);
            to.emit("user_left", &left);
        }
        Notice::Count { conversation, active_count } => {
            to.emit("active_count", &ActiveCount::new(conversation, *active_count));
        }
    }
}

/// Says one notice to those who listen in a family of the channels dialect.
fn tell_channel(
    io: &Io,
    (room, form): (&str, Form),
    notice: &Notice,
    people: &People,
    except: Option<&Socket>,
) {
    let mut to = io.to(NAMESPACE, room);
    if let Some(socket) = except {
        to = to.except(socket.id());
    }
    match notice {
        Notice::Joined { conversation, account, socket, active_count } => {
            let profile = people.profile(account);
            let who = (account, profile.as_deref());
            let place = (conversation, form);
            to.emit("user_joined", &ChannelPresence::new(place, who, Some(socket), *active_count));
        }
        Notice::Left { conversation, account, active_count } => {
            let profile = people.profile(account);
            let who = (account, profile.as_deref());
            to.emit(
                "user_left",
                &ChannelPresence::new((conversation, form), who, None, *active_count),
            );
        }
        Notice::Count { conversation, active_count } if form == Form::ChannelRooms => {
            to.emit("active_count", &ActiveCount::new(conversation, *active_count));
        }
        Notice::Count { conversation, active_count } => {
            to.emit("active_count", &ChannelCount::new(conversation, *active_count));
        }
    }
}

impl State {
    /// Who is active in a conversation.
    pub(super) fn active(&self, conversation: &ConversationId) -> ActiveList<'_> {
        ActiveList { active: self.listening.active(conversation), people: &self.people }
    }

    fn next_deadline(&self) -> Option<Monotonic> {
        self.listening.next_deadline().into_iter().chain(self.people.next_deadline()).min()
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.wake.notify_one();
    }
}
