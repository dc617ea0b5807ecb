//! What happens as one among those who listen.

use chat::conversations::ConversationId;
use chat::listening::{Form, TooManyConversations};
use chat::time::Monotonic;
use parking_lot::MutexGuard;
use socketio::Socket;

use super::listeners::{ActiveList, Listener, Listeners, State};
use super::outlet::{Gate, Hold};

/// Why a socket does not listen, though it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotJoined {
    /// It is gone.
    Gone,
    /// Its account was shut out meanwhile: ask again whether it still may.
    AskAgain,
    /// It is not heard in this form, or not by this account.
    NotTheirs,
    /// It listens to too many others.
    TooMany(TooManyConversations),
}

/// Something that happens as one. When it is dropped the others hear of it, after whatever was queued
/// meanwhile.
pub(super) struct Step<'a> {
    listeners: &'a Listeners,
    pub(super) state: MutexGuard<'a, State>,
    pub(super) now: Monotonic,
    /// Whoever comes, and does not hear of it.
    said_by: Option<Socket>,
}

impl<'a> Step<'a> {
    pub(super) fn new(
        listeners: &'a Listeners,
        state: MutexGuard<'a, State>,
        now: Monotonic,
    ) -> Self {
        Self { listeners, state, now, said_by: None }
    }

    /// A socket listens in a form from now on; `gate` is the hold's. Until the gate is dropped nothing
    /// of the conversation comes, so that an answer can go before it.
    ///
    /// # Errors
    /// [`NotJoined`]: nothing has changed.
    pub(super) fn join(
        &mut self,
        hold: &Hold,
        gate: &mut Gate,
        listener: &Listener,
        form: Form,
    ) -> Result<(), NotJoined> {
        // Whoever goes later waits for this step, and finds what it has to clear away.
        if !listener.socket.is_connected() {
            return Err(NotJoined::Gone);
        }
        if hold.is_void(gate) {
            return Err(NotJoined::AskAgain);
        }
        let conversation = &hold.outlet.conversation;
        let who = (&listener.id, &listener.account, listener.profile.clone());
        let listening = &mut self.state.listening;
        let Some(room) = hold.outlet.room(form, &listener.account) else {
            return Err(NotJoined::NotTheirs);
        };
        let joined =
            listening.join(self.now, who, conversation, form).map_err(NotJoined::TooMany)?;
        if joined.is_new {
            self.listeners.outlets.keep(conversation);
            listener.socket.join(room);
            gate.begin(&listener.socket, form);
            self.said_by = Some(listener.socket.clone());
        }
        Ok(())
    }

    /// Who is active in a conversation now.
    pub(super) fn active(&self, conversation: &ConversationId) -> ActiveList<'_> {
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
