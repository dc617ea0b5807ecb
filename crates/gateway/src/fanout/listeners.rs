//! Who listens on this node, under one mutex: so that the order in which somebody comes and goes is
//! the order in which the others hear of it.

use std::sync::{Arc, Weak};
use std::time::Duration;

use chat::conversations::ConversationId;
use chat::identity::Profile;
use chat::ids::{AccountId, SocketId};
use chat::listening::{Form, Listening, ListeningConfig, Notice, TooManyConversations};
use chat::time::{Clock, Monotonic};
use parking_lot::{Mutex, MutexGuard};
use socketio::{Io, Socket};
use tokio::sync::Notify;

use super::NAMESPACE;
use super::notices::{ActiveCount, Presence};
use super::outlet::{Gate, Hold, Outlets};
use super::people::{LiveProfile, People};

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

/// One of those who are active in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveOne {
    /// Who, and the socket of theirs that has listened longest.
    pub who: (AccountId, SocketId),
    /// What they are called; `None` without chance.
    pub profile: Option<Arc<Profile>>,
}

/// Who is active in a conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActiveList {
    /// The longest-joined, in the order of joining; at most [`ListeningConfig::large`].
    pub people: Vec<ActiveOne>,
    /// How many there are in all.
    pub count: usize,
}

/// Why a socket does not listen, though it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotJoined {
    /// It is gone.
    Gone,
    /// Somebody was shut out meanwhile: ask again whether it still may.
    AskAgain,
    /// It listens to too many others.
    TooMany(TooManyConversations),
}

pub(super) struct Listeners {
    outlets: Arc<Outlets>,
    clock: Arc<dyn Clock>,
    grace: Duration,
    /// Wakes the driver when a deadline moved forward, and at the end.
    wake: Arc<Notify>,
    state: Mutex<State>,
}

struct State {
    listening: Listening,
    people: People,
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
    /// Accounts whose name is kept.
    pub people: usize,
}

impl Listeners {
    /// Starts the driver, which ends when this is dropped.
    pub(super) fn start(
        config: ListeningConfig,
        outlets: Arc<Outlets>,
        clock: Arc<dyn Clock>,
    ) -> Arc<Self> {
        let wake = Arc::new(Notify::new());
        let grace = config.grace;
        let state =
            State { listening: Listening::new(config), people: People::default(), armed: None };
        let state = Mutex::new(state);
        let listeners = Arc::new(Self { outlets, clock, grace, wake: Arc::clone(&wake), state });
        tokio::spawn(drive(Arc::downgrade(&listeners), wake));
        listeners
    }

    /// Begins something that happens as one: nobody comes or goes meanwhile. What was due is said
    /// first.
    pub(super) fn step(&self) -> Step<'_> {
        let mut state = self.state.lock();
        let now = self.clock.now().mono;
        self.tick_locked(&mut state, now);
        Step { listeners: self, state, now, said_by: None }
    }

    /// A socket listens in a form no more; `false` if it did not.
    pub(super) fn leave(
        &self,
        listener: &Listener,
        conversation: &ConversationId,
        form: Form,
        answer: impl FnOnce(),
    ) -> bool {
        let mut step = self.step();
        let did = step.state.listening.leave(step.now, &listener.id, conversation, form);
        // Nothing of it reaches the socket behind the answer.
        self.stop(&listener.socket, conversation, form, did);
        answer();
        let mut spare = Vec::new();
        if did {
            step.state.people.remove(step.now, &listener.account, 1, Duration::ZERO);
            spare.extend(self.outlets.release(conversation));
        }
        drop(step);
        drop(spare);
        did
    }

    /// A socket is gone.
    pub(super) fn vanish(&self, listener: &Listener) {
        let mut step = self.step();
        let Step { state, now, .. } = &mut step;
        let heard: Vec<_> = state.listening.conversations_of(&listener.id).cloned().collect();
        let listens: usize = heard.iter().map(|(_, forms)| forms.iter().count()).sum();
        if listens > 0 {
            state.listening.vanish(*now, &listener.id);
            state.people.remove(*now, &listener.account, listens, self.grace);
        }
        let mut spare = Vec::new();
        for (conversation, forms) in &heard {
            spare.extend(forms.iter().filter_map(|_| self.outlets.release(conversation)));
        }
        drop(step);
        drop(spare);
    }

    /// An account listens to a conversation no more, and whoever of it is about to has to ask again.
    /// `socket` finds its sockets.
    pub(super) fn expel(
        &self,
        account: &AccountId,
        conversation: &ConversationId,
        socket: impl Fn(&SocketId) -> Option<Socket>,
    ) {
        let Some(outlet) = self.outlets.find(conversation) else { return };
        let mut step = self.step();
        outlet.gate().expulsions += 1;
        let stopped = step.state.listening.expel(step.now, account, conversation);
        let mut spare = Vec::new();
        for (id, forms) in stopped {
            let socket = socket(&id);
            for form in forms.iter() {
                if let Some(socket) = &socket {
                    self.stop(socket, conversation, form, true);
                }
                step.state.people.remove(step.now, account, 1, Duration::ZERO);
                spare.extend(self.outlets.release(conversation));
            }
        }
        drop(step);
        drop(spare);
    }

    fn stop(&self, socket: &Socket, conversation: &ConversationId, form: Form, did: bool) {
        if did
            && let Some(outlet) = self.outlets.find(conversation)
            && let Some(room) = outlet.room(form)
        {
            socket.leave(room);
        }
    }

    /// Who is active in a conversation.
    pub(super) fn active(&self, conversation: &ConversationId) -> ActiveList {
        self.state.lock().active(conversation)
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
    fn say(&self, state: &mut State, except: Option<&Socket>) {
        let State { listening, people, .. } = state;
        let mut io = None;
        for notice in listening.drain_notices() {
            let (Notice::Joined { conversation, .. }
            | Notice::Left { conversation, .. }
            | Notice::Count { conversation, .. }) = &notice;
            // Without one nobody listens any more.
            let Some(outlet) = self.outlets.find(conversation) else { continue };
            let Some(room) = outlet.room(Form::Rooms) else { continue };
            io = io.or_else(|| self.outlets.io());
            let Some(io) = &io else { continue };
            tell(io, room, &notice, people, except);
        }
    }

    /// Has the driver woken if it would sleep too long.
    fn rearm(&self, state: &mut State) {
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

impl State {
    fn next_deadline(&self) -> Option<Monotonic> {
        self.listening.next_deadline().into_iter().chain(self.people.next_deadline()).min()
    }

    fn active(&self, conversation: &ConversationId) -> ActiveList {
        let active = self.listening.active(conversation);
        let one =
            |who: (AccountId, SocketId)| ActiveOne { profile: self.people.profile(&who.0), who };
        ActiveList { people: active.people.into_iter().map(one).collect(), count: active.count }
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.wake.notify_one();
    }
}

/// Something that happens as one. When it is dropped the others hear of it, after whatever was queued
/// meanwhile.
pub(super) struct Step<'a> {
    listeners: &'a Listeners,
    state: MutexGuard<'a, State>,
    now: Monotonic,
    /// Whoever comes, and does not hear of it.
    said_by: Option<Socket>,
}

impl Step<'_> {
    /// A socket listens in a form from now on; `gate` is the hold's. Until the gate is dropped nothing
    /// of the conversation comes, so that an answer can go before it.
    ///
    /// # Errors
    /// [`NotJoined`]: nothing has changed.
    pub(super) fn join(
        &mut self,
        hold: &Hold,
        gate: &Gate,
        listener: &Listener,
        form: Form,
    ) -> Result<(), NotJoined> {
        // Whoever goes later waits for this step, and finds what it has to clear away.
        if !listener.socket.is_connected() {
            return Err(NotJoined::Gone);
        }
        if gate.expulsions != hold.expulsions {
            return Err(NotJoined::AskAgain);
        }
        let conversation = &hold.outlet.conversation;
        let who = (&listener.id, &listener.account);
        let State { listening, people, .. } = &mut *self.state;
        let joined =
            listening.join(self.now, who, conversation, form).map_err(NotJoined::TooMany)?;
        if joined.is_new {
            people.add(&listener.account, &listener.profile);
            self.listeners.outlets.keep(conversation);
            if let Some(room) = hold.outlet.room(form) {
                listener.socket.join(room);
            }
            self.said_by = Some(listener.socket.clone());
        }
        Ok(())
    }

    /// Who is active in a conversation now.
    pub(super) fn active(&self, conversation: &ConversationId) -> ActiveList {
        self.state.active(conversation)
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        let said_by = self.said_by.take();
        self.listeners.say(&mut self.state, said_by.as_ref());
        self.state.people.forget(self.now);
        self.listeners.rearm(&mut self.state);
    }
}

/// Sleeps from deadline to deadline.
async fn drive(listeners: Weak<Listeners>, wake: Arc<Notify>) {
    while let Some(alive) = listeners.upgrade() {
        let wait = alive.tick();
        drop(alive);
        match wait {
            Some(wait) => {
                let _ = tokio::time::timeout(wait, wake.notified()).await;
            }
            None => wake.notified().await,
        }
    }
}
