//! Who listens to which stored conversation, and who is therefore active in it.
//!
//! A socket listens in one or more [`Form`]s, the dialects. An account is *active* in a conversation
//! while one of its sockets listens there in any form; several tabs are one active account, known by
//! the socket that has listened longest. An account that leaves is gone at once; one whose last
//! socket is lost stays for [`ListeningConfig::grace`], so that a reload is not seen by the others.
//!
//! In a conversation with more than [`ListeningConfig::large`] listeners, lost ones in their grace
//! counted too, nobody is announced by name:
//! [`Notice::Count`] says how many are active, at most once in [`ListeningConfig::fold`].
//!
//! The machine is driven by the edge: inputs with their time go in, [`Notice`]s come out of
//! [`Listening::drain_notices`], and [`Listening::tick`] is due at [`Listening::next_deadline`].

mod audience;
mod form;
mod notice;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use crate::conversations::ConversationId;
use crate::error::{Code, Coded};
use crate::ids::{AccountId, SocketId};
use crate::time::Monotonic;

use audience::Audience;

pub use form::{Form, Forms};
pub use notice::Notice;

/// The rules' numbers.
#[derive(Debug, Clone)]
pub struct ListeningConfig {
    /// How long an account stays active whose last socket was lost. Default 5 s.
    pub grace: Duration,
    /// Conversations that one socket may listen to. Default 500: some 40 KB.
    pub max_per_socket: usize,
    /// Listening sockets beyond which coming and going is folded, and the longest list of people.
    /// Default 200.
    pub large: usize,
    /// The least time between two folded notices of one conversation. Default 1 s.
    pub fold: Duration,
}

impl Default for ListeningConfig {
    fn default() -> Self {
        Self {
            grace: Duration::from_secs(5),
            max_per_socket: 500,
            large: 200,
            fold: Duration::from_secs(1),
        }
    }
}

/// Why a socket may not listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This connection listens to {0} conversations already: leave one first.")]
pub struct TooManyConversations(pub usize);

impl Coded for TooManyConversations {
    fn code(&self) -> Code {
        Code::TooLarge
    }
}

/// What a [`Listening::join`] changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joined {
    /// Whether the socket did not listen there in this form before.
    pub is_new: bool,
}

/// One of those who are active in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActiveOne<'a, T> {
    /// Who.
    pub account: &'a AccountId,
    /// The socket of theirs that has listened longest; in a grace, the one that was lost last.
    pub socket: &'a SocketId,
    /// What came with the last of their sockets that began to listen there.
    pub tag: &'a T,
    /// Whether none of their sockets listens there now: they are in their grace.
    pub is_lost: bool,
}

/// Who is active in a conversation.
#[derive(Debug)]
pub struct Active<'a, T> {
    /// `None`: nobody.
    audience: Option<&'a Audience<T>>,
    most: usize,
}

impl<T> Clone for Active<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Active<'_, T> {}

impl<'a, T> Active<'a, T> {
    /// The longest-joined, in the order of joining, at most [`ListeningConfig::large`].
    pub fn people(self) -> impl Iterator<Item = ActiveOne<'a, T>> {
        self.audience.into_iter().flat_map(Audience::active).take(self.most)
    }

    /// How many there are in all.
    pub fn count(self) -> usize {
        self.audience.map_or(0, Audience::active_count)
    }
}

/// See the module. `T`: what whoever drives it keeps with each active account.
#[derive(Debug)]
pub struct Listening<T> {
    config: ListeningConfig,
    conversations: HashMap<ConversationId, Audience<T>>,
    /// The sockets that listen somewhere, each with where.
    sockets: HashMap<SocketId, Vec<(ConversationId, Forms)>>,
    /// When which conversation has something to do.
    deadlines: BTreeSet<(Monotonic, ConversationId)>,
    notices: Vec<Notice>,
}

impl<T> Listening<T> {
    /// Nobody listens yet.
    pub fn new(config: ListeningConfig) -> Self {
        Self {
            config,
            conversations: HashMap::new(),
            sockets: HashMap::new(),
            deadlines: BTreeSet::new(),
            notices: Vec::new(),
        }
    }

    /// Whether a socket may listen to a conversation, so that nothing has to be done for it if it may
    /// not.
    ///
    /// # Errors
    /// Those of [`Listening::join`].
    pub fn may_join(
        &self,
        socket: &SocketId,
        conversation: &ConversationId,
    ) -> Result<(), TooManyConversations> {
        let max = self.config.max_per_socket;
        let Some(conversations) = self.sockets.get(socket) else { return Ok(()) };
        let listens = conversations.iter().any(|(id, _)| id == conversation);
        if listens || conversations.len() < max { Ok(()) } else { Err(TooManyConversations(max)) }
    }

    /// A socket listens in a form, from now on. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`TooManyConversations`] when the socket listens to [`ListeningConfig::max_per_socket`] others.
    pub fn join(
        &mut self,
        now: Monotonic,
        (socket, account, tag): (&SocketId, &AccountId, T),
        conversation: &ConversationId,
        form: Form,
    ) -> Result<Joined, TooManyConversations> {
        let max = self.config.max_per_socket;
        let conversations = self
            .sockets
            .entry(socket.clone())
            // Most listen to one: room for four, which is where a list begins otherwise, is 72 bytes more.
            .or_insert_with(|| Vec::with_capacity(1));
        if let Some((_, forms)) = conversations.iter_mut().find(|(id, _)| id == conversation) {
            let is_new = !forms.contains(form);
            forms.0 |= form.bit();
            if is_new && let Some(audience) = self.conversations.get_mut(conversation) {
                audience.count_form(form, 1);
            }
            return Ok(Joined { is_new });
        }
        if conversations.len() >= max {
            return Err(TooManyConversations(max));
        }
        conversations.push((conversation.clone(), Forms(form.bit())));
        let audience = self.conversations.entry(conversation.clone()).or_default();
        audience.count_form(form, 1);
        if audience.add(account, socket, tag) {
            let active_count = audience.active_count();
            self.announce(now, conversation, |conversation| Notice::Joined {
                conversation,
                account: account.clone(),
                socket: socket.clone(),
                active_count,
            });
        } else {
            self.reschedule(conversation);
        }
        Ok(Joined { is_new: true })
    }

    /// A socket of an account listens in a form no more; `false` if it did not.
    pub fn leave(
        &mut self,
        now: Monotonic,
        (socket, account): (&SocketId, &AccountId),
        conversation: &ConversationId,
        form: Form,
    ) -> bool {
        let Some(conversations) = self.sockets.get_mut(socket) else { return false };
        let Some(at) = conversations.iter().position(|(id, _)| id == conversation) else {
            return false;
        };
        let forms = &mut conversations[at].1;
        if !forms.contains(form) {
            return false;
        }
        forms.0 &= !form.bit();
        let is_out = forms.is_empty();
        if is_out {
            conversations.swap_remove(at);
            if conversations.is_empty() {
                self.sockets.remove(socket);
            }
        }
        if let Some(audience) = self.conversations.get_mut(conversation) {
            audience.count_form(form, -1);
        }
        if is_out {
            self.remove(now, conversation, (account, socket), None);
        }
        true
    }

    /// A socket of an account was lost: wherever that has no other, it stays active for the grace.
    pub fn vanish(&mut self, now: Monotonic, (socket, account): (&SocketId, &AccountId)) {
        let Some(conversations) = self.sockets.remove(socket) else { return };
        let until = now.after(self.config.grace);
        for (conversation, forms) in conversations {
            if let Some(audience) = self.conversations.get_mut(&conversation) {
                forms.iter().for_each(|form| audience.count_form(form, -1));
            }
            self.remove(now, &conversation, (account, socket), Some(until));
        }
    }

    /// An account may listen no more: all its sockets stop, in every form, at once. Gives the sockets
    /// that did listen, with their forms.
    pub fn expel(
        &mut self,
        now: Monotonic,
        account: &AccountId,
        conversation: &ConversationId,
    ) -> Vec<(SocketId, Forms)> {
        let Some(audience) = self.conversations.get_mut(conversation) else { return Vec::new() };
        let Some(sockets) = audience.expel(account) else { return Vec::new() };
        let mut stopped = Vec::new();
        for socket in sockets {
            let Some(conversations) = self.sockets.get_mut(&socket) else { continue };
            let at = conversations.iter().position(|(id, _)| id == conversation);
            let Some(at) = at else { continue };
            let (_, forms) = conversations.swap_remove(at);
            forms.iter().for_each(|form| audience.count_form(form, -1));
            if conversations.is_empty() {
                self.sockets.remove(&socket);
            }
            stopped.push((socket, forms));
        }
        self.left(now, conversation, account);
        stopped
    }

    /// The sockets of an account that listen to a conversation.
    pub fn sockets_of(&self, account: &AccountId, conversation: &ConversationId) -> &[SocketId] {
        self.conversations.get(conversation).map_or(&[], |audience| audience.sockets_of(account))
    }

    /// Who is active in a conversation.
    pub fn active(&self, conversation: &ConversationId) -> Active<'_, T> {
        Active { audience: self.conversations.get(conversation), most: self.config.large }
    }

    /// How many accounts are active in a conversation.
    pub fn active_count(&self, conversation: &ConversationId) -> usize {
        self.conversations.get(conversation).map_or(0, Audience::active_count)
    }

    /// The forms in which anybody listens to a conversation.
    pub fn forms(&self, conversation: &ConversationId) -> Forms {
        self.conversations.get(conversation).map(Audience::forms).unwrap_or_default()
    }

    /// The forms in which a socket listens to a conversation.
    pub fn forms_of(&self, socket: &SocketId, conversation: &ConversationId) -> Forms {
        let mut conversations = self.conversations_of(socket);
        let found = conversations.find(|(id, _)| id == conversation);
        found.map(|(_, forms)| *forms).unwrap_or_default()
    }

    /// The conversations that a socket listens to.
    pub fn conversations_of(
        &self,
        socket: &SocketId,
    ) -> impl Iterator<Item = &(ConversationId, Forms)> {
        self.sockets.get(socket).into_iter().flatten()
    }

    /// Listening sockets, conversations that somebody is active in, and moments that something is due
    /// at: all 0 when everybody is gone.
    pub fn sizes(&self) -> (usize, usize, usize) {
        (self.sockets.len(), self.conversations.len(), self.deadlines.len())
    }

    /// When [`Listening::tick`] is due.
    pub fn next_deadline(&self) -> Option<Monotonic> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Ends the graces that are over, and says the folded counts that are due.
    pub fn tick(&mut self, now: Monotonic) {
        while let Some((at, _)) = self.deadlines.first()
            && *at <= now
        {
            let Some((_, conversation)) = self.deadlines.pop_first() else { return };
            if let Some(audience) = self.conversations.get_mut(&conversation) {
                audience.scheduled = None;
            }
            while let Some(audience) = self.conversations.get_mut(&conversation)
                && let Some(account) = audience.end_grace(now)
            {
                self.left(now, &conversation, &account);
            }
            if let Some(audience) = self.conversations.get_mut(&conversation)
                && audience.take_count(now, self.config.fold)
            {
                let active_count = audience.active_count();
                self.notices
                    .push(Notice::Count { conversation: conversation.clone(), active_count });
            }
            self.reschedule(&conversation);
        }
    }

    /// What has been decided since the last call, in order.
    pub fn drain_notices(&mut self) -> std::vec::Drain<'_, Notice> {
        self.notices.drain(..)
    }

    /// One socket less; `until` if it was lost and did not leave.
    fn remove(
        &mut self,
        now: Monotonic,
        conversation: &ConversationId,
        (account, socket): (&AccountId, &SocketId),
        until: Option<Monotonic>,
    ) {
        let Some(audience) = self.conversations.get_mut(conversation) else { return };
        if audience.remove(account, socket, until) {
            self.left(now, conversation, account);
        } else {
            self.reschedule(conversation);
        }
    }

    /// An account is out of the audience already: says so, and forgets what is empty.
    fn left(&mut self, now: Monotonic, conversation: &ConversationId, account: &AccountId) {
        let active_count = self.active_count(conversation);
        self.announce(now, conversation, |conversation| Notice::Left {
            conversation,
            account: account.clone(),
            active_count,
        });
        let is_empty = self.conversations.get(conversation).is_some_and(Audience::is_empty);
        if is_empty && let Some(audience) = self.conversations.remove(conversation) {
            self.unschedule(conversation, audience.scheduled);
        }
    }

    /// A notice by name, or a folded one later.
    fn announce(
        &mut self,
        now: Monotonic,
        conversation: &ConversationId,
        notice: impl FnOnce(ConversationId) -> Notice,
    ) {
        let Some(audience) = self.conversations.get_mut(conversation) else { return };
        if audience.is_large(self.config.large) {
            audience.want_count(now);
            self.reschedule(conversation);
        } else {
            self.notices.push(notice(conversation.clone()));
            self.reschedule(conversation);
        }
    }

    /// Brings a conversation's entry among the deadlines up to date.
    fn reschedule(&mut self, conversation: &ConversationId) {
        let Some(audience) = self.conversations.get_mut(conversation) else { return };
        let next = audience.next_deadline();
        let previous = std::mem::replace(&mut audience.scheduled, next);
        if previous != next {
            self.unschedule(conversation, previous);
            self.deadlines.extend(next.map(|at| (at, conversation.clone())));
        }
    }

    fn unschedule(&mut self, conversation: &ConversationId, scheduled: Option<Monotonic>) {
        if let Some(at) = scheduled {
            self.deadlines.remove(&(at, conversation.clone()));
        }
    }
}
