//! Who is writing in a direct conversation, as the other one hears it: the driver of
//! [`chat::typing`].
//!
//! Its lock is taken before the listeners' and an outlet's gate, never after one of them.

use std::sync::Arc;
use std::time::Duration;

use chat::conversations::ConversationId;
use chat::identity::Profile;
use chat::ids::{AccountId, SocketId};
use chat::listening::Form;
use chat::time::{Clock, Monotonic};
use chat::typing::{Place, Typing, TypingConfig, TypingEvent};
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::Notify;

use super::direct::NotTheirs;
use super::outlet::Outlets;
use super::{ChatHub, Listener, NAMESPACE};
use crate::deadlines::drive;
use crate::socket::LiveSockets;

pub(super) struct Writers {
    outlets: Arc<Outlets>,
    live: Arc<LiveSockets>,
    clock: Arc<dyn Clock>,
    /// Wakes the driver when a deadline moved forward, and at the end.
    wake: Arc<Notify>,
    state: Mutex<State>,
}

struct State {
    typing: Typing,
    /// What the driver sleeps until.
    armed: Option<Monotonic>,
}

/// `typing` and `stop_typing`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    conversation_id: &'a str,
    user_id: &'a str,
    user_name: &'a str,
}

impl Writers {
    /// Starts the driver, which ends when this is dropped.
    pub(super) fn start(
        config: TypingConfig,
        outlets: Arc<Outlets>,
        live: Arc<LiveSockets>,
        clock: Arc<dyn Clock>,
    ) -> Arc<Self> {
        let wake = Arc::new(Notify::new());
        let state = Mutex::new(State { typing: Typing::new(config), armed: None });
        let writers = Arc::new(Self { outlets, live, clock, wake: Arc::clone(&wake), state });
        tokio::spawn(drive(Arc::downgrade(&writers), wake, Self::tick));
        writers
    }

    /// Somebody writes, if they still may: `false` if not.
    fn typing(&self, place: &Place, socket: &SocketId, may: impl FnOnce() -> bool) -> bool {
        let mut state = self.state.lock();
        if !may() {
            return false;
        }
        let now = self.clock.now().mono;
        self.change(&mut state, |typing| typing.typing(now, place, socket));
        true
    }

    /// And does no more.
    pub(super) fn stop(&self, place: &Place, socket: &SocketId) {
        let mut state = self.state.lock();
        let now = self.clock.now().mono;
        self.change(&mut state, |typing| typing.stop(now, place, socket));
    }

    /// A socket is gone.
    pub(super) fn vanish(&self, socket: &SocketId) {
        let mut state = self.state.lock();
        let now = self.clock.now().mono;
        self.change(&mut state, |typing| typing.vanish(now, socket));
    }

    /// Somebody may write there no more.
    pub(super) fn expel(&self, place: &Place) {
        let mut state = self.state.lock();
        let now = self.clock.now().mono;
        self.change(&mut state, |typing| typing.expel(now, place));
    }

    /// Writers, and sockets that write.
    pub(super) fn sizes(&self) -> (usize, usize) {
        self.state.lock().typing.sizes()
    }

    fn change(&self, state: &mut State, change: impl FnOnce(&mut Typing)) {
        change(&mut state.typing);
        self.say(state);
        let next = state.typing.next_deadline();
        if next.is_some_and(|next| state.armed.is_none_or(|armed| next < armed)) {
            state.armed = next;
            self.wake.notify_one();
        }
    }

    /// Says what is due; how long until the next deadline, `None` if there is none.
    fn tick(&self) -> Option<Duration> {
        let mut state = self.state.lock();
        let now = self.clock.now().mono;
        state.typing.tick(now);
        self.say(&mut state);
        state.armed = state.typing.next_deadline();
        state.armed.map(|deadline| deadline.since(now))
    }

    fn say(&self, state: &mut State) {
        for event in state.typing.drain_events() {
            let (name, (conversation, account)) = match event {
                TypingEvent::Typing(place) => ("typing", place),
                TypingEvent::Stopped(place) => ("stop_typing", place),
            };
            self.tell(name, &conversation, &account);
        }
    }

    fn tell(&self, name: &str, conversation: &ConversationId, account: &AccountId) {
        // Without an outlet, or its two, nobody listens.
        let Some(outlet) = self.outlets.find(conversation) else { return };
        let Some(room) = outlet.pair().and_then(|pair| pair.other_room(account)) else { return };
        let Some(io) = self.outlets.io() else { return };
        let profile = self.live.profile(account);
        let told = Told {
            conversation_id: conversation.as_str(),
            user_id: account.as_str(),
            user_name: profile.as_deref().map_or(account.as_str(), Profile::shown_name),
        };
        // As a message does, it reaches a socket before the answer to its leave, or not at all.
        let _gate = outlet.gate();
        io.to(NAMESPACE, room).emit(name, &told);
    }
}

impl Drop for Writers {
    fn drop(&mut self) {
        self.wake.notify_one();
    }
}

/// What somebody says of their writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writing {
    /// That they do.
    Typing,
    /// That they do no more.
    Stopped,
}

impl ChatHub {
    /// Whether a socket has joined a direct conversation.
    pub(crate) fn listens(&self, listener: &Listener, conversation: &ConversationId) -> bool {
        self.listeners.listens(&listener.id, conversation, Form::Direct)
    }

    /// Somebody writes, or does no more, by a socket that listens: decided from memory. `false`: it
    /// does not listen, and nothing was done.
    pub(crate) fn write_listening(
        &self,
        listener: &Listener,
        conversation: &ConversationId,
        writing: Writing,
    ) -> bool {
        let listens = || self.listens(listener, conversation);
        let place = (conversation.clone(), listener.account.clone());
        match writing {
            Writing::Typing => self.writers.typing(&place, &listener.id, listens),
            Writing::Stopped if listens() => {
                self.writers.stop(&place, &listener.id);
                true
            }
            Writing::Stopped => false,
        }
    }

    /// The same by a socket that does not listen: the store says whether it may.
    ///
    /// # Errors
    /// [`NotTheirs`].
    pub(crate) async fn write(
        &self,
        listener: &Listener,
        conversation: &ConversationId,
        writing: Writing,
    ) -> Result<(), NotTheirs> {
        // Whoever is shut out while the store answers is noticed.
        let hold = self.outlets.hold(conversation, &listener.account);
        self.direct(conversation, &listener.account).await?;
        let place = (conversation.clone(), listener.account.clone());
        match writing {
            Writing::Typing => {
                let may = || listener.socket.is_connected() && !hold.is_void(&hold.outlet.gate());
                // Whoever was shut out, or is gone, is heard no more: the answer is the same.
                self.writers.typing(&place, &listener.id, may);
            }
            Writing::Stopped => self.writers.stop(&place, &listener.id),
        }
        Ok(())
    }

    /// Those who write, and sockets by which they do.
    pub(crate) fn writing(&self) -> (usize, usize) {
        self.writers.sizes()
    }
}
