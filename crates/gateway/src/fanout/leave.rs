//! How a socket stops listening.

use chat::conversations::ConversationId;
use chat::ids::{AccountId, SocketId};
use chat::listening::Form;
use socketio::Socket;

use super::listeners::{Listener, Listeners};
use super::step::Step;

impl Listeners {
    /// A socket listens in a form no more; `false` if it did not.
    pub(super) fn leave(
        &self,
        listener: &Listener,
        conversation: &ConversationId,
        form: Form,
        answer: impl FnOnce(bool),
    ) -> bool {
        let mut step = self.step();
        let did = step.state.listening.leave(
            step.now,
            (&listener.id, &listener.account),
            conversation,
            form,
        );
        // Nothing of it reaches the socket behind the answer.
        self.stop((&listener.socket, &listener.account), conversation, form, did);
        answer(did);
        let mut spare = Vec::new();
        if did {
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
        if !heard.is_empty() {
            state.listening.vanish(*now, (&listener.id, &listener.account));
            let until = now.after(self.grace);
            state.people.lose(&listener.account, listener.profile.get(), until);
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
        outlet.gate().shut_out(account);
        let stopped = step.state.listening.expel(step.now, account, conversation);
        let mut spare = Vec::new();
        for (id, forms) in stopped {
            let socket = socket(&id);
            for form in forms.iter() {
                if let Some(socket) = &socket {
                    self.stop((socket, account), conversation, form, true);
                }
                spare.extend(self.outlets.release(conversation));
            }
        }
        drop(step);
        drop(spare);
    }

    /// It is doubtful whether an account may still listen to a conversation: whoever of it is about to
    /// has to ask again. Gives those of its sockets that listen.
    pub(super) fn doubt(
        &self,
        account: &AccountId,
        conversation: &ConversationId,
    ) -> Vec<SocketId> {
        let Some(outlet) = self.outlets.find(conversation) else { return Vec::new() };
        let step = self.step();
        outlet.gate().shut_out(account);
        step.state.listening.sockets_of(account, conversation).to_vec()
    }

    /// These sockets of an account listen to a conversation no more; those that have come since do.
    /// `socket` finds one.
    pub(super) fn expel_only(
        &self,
        (account, doubted): (&AccountId, &[SocketId]),
        conversation: &ConversationId,
        socket: impl Fn(&SocketId) -> Option<Socket>,
    ) {
        let mut step = self.step();
        let mut spare = Vec::new();
        for id in doubted {
            let socket = socket(id);
            for form in step.state.listening.forms_of(id, conversation).iter() {
                let now = step.now;
                step.state.listening.leave(now, (id, account), conversation, form);
                if let Some(socket) = &socket {
                    self.stop((socket, account), conversation, form, true);
                }
                spare.extend(self.outlets.release(conversation));
            }
        }
        drop(step);
        drop(spare);
    }

    /// A message that is coming out at this moment reaches the socket before this returns, or not at
    /// all: the engine gives it to those whom it found in the room, without a lock.
    fn stop(
        &self,
        (socket, account): (&Socket, &AccountId),
        conversation: &ConversationId,
        form: Form,
        did: bool,
    ) {
        if did
            && let Some(outlet) = self.outlets.find(conversation)
            && let Some(room) = outlet.room(form, account)
        {
            let mut nothing_comes_out = outlet.gate();
            socket.leave(room);
            nothing_comes_out.end(socket, form);
        }
    }
}
