//! Where the messages of a conversation come out on this node.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use chat::conversations::{ConversationId, Kind, Seq};
use chat::ids::AccountId;
use chat::listening::Form;
use chat::sequencer::{Committed, Delivery, Failed, Shown};
use parking_lot::{Mutex, MutexGuard};
use socketio::{Io, WeakIo};

use super::NAMESPACE;
use super::heard::{Heard, Hearer};
use super::pair::{DirectGate, Pair};
use crate::sequencing::{FanOut, Following};
use crate::wire::{MessageBody, Readers};

/// A conversation that somebody here listens to, or is about to. Some 500 bytes.
pub(super) struct Outlet {
    pub(super) conversation: ConversationId,
    /// The engine's room of those who listen in the rooms dialect.
    rooms: Box<str>,
    /// The two of a direct conversation, once one of them is about to listen.
    pair: OnceLock<Box<Pair>>,
    gate: Mutex<Gate>,
}

/// What is known of a conversation while it is held: nothing comes out meanwhile.
pub(super) struct Gate {
    /// The last message that came out, or the place after which they begin. Exact as soon as there is
    /// a `following`.
    pub(super) delivered: Seq,
    /// One for all who listen.
    following: Option<Following>,
    /// What came out last, if anything has: at most a message of the longest, 16 KiB.
    newest: Option<Delivery>,
    /// Those who are about to listen.
    coming: HashMap<AccountId, Coming>,
    /// What there is to remember of a direct conversation.
    pub(super) direct: DirectGate,
}

/// An account that is about to listen. Some 50 bytes.
#[derive(Default)]
struct Coming {
    holds: usize,
    /// How often it was shut out meanwhile.
    expulsions: u64,
}

impl Gate {
    /// Whoever of an account is about to listen must ask again whether it still may. Nobody else has
    /// to.
    pub(super) fn shut_out(&mut self, account: &AccountId) {
        if let Some(coming) = self.coming.get_mut(account) {
            coming.expulsions += 1;
        }
    }

    /// Whoever is about to listen must look again: something was told of which nothing is kept here.
    pub(super) fn ask_again(&mut self) {
        for coming in self.coming.values_mut() {
            coming.expulsions += 1;
        }
    }

    /// The message that came out last, if it is what came out up to now: none may have since it is
    /// followed.
    pub(super) fn newest(&self) -> Option<&Delivery> {
        self.newest.as_ref().filter(|newest| newest.message.seq == self.delivered)
    }

    fn expulsions(&self, account: &AccountId) -> u64 {
        self.coming.get(account).map_or(0, |coming| coming.expulsions)
    }

    fn come(&mut self, account: &AccountId) -> u64 {
        let coming = self.coming.entry(account.clone()).or_default();
        coming.holds += 1;
        coming.expulsions
    }

    fn came(&mut self, account: &AccountId) {
        let Some(coming) = self.coming.get_mut(account) else { return };
        coming.holds -= 1;
        if coming.holds == 0 {
            self.coming.remove(account);
        }
        if self.coming.is_empty() {
            self.coming = HashMap::new();
        }
    }
}

impl Outlet {
    fn new(conversation: ConversationId) -> Self {
        let rooms = format!("{conversation}/rooms").into();
        let gate = Gate {
            delivered: Seq::default(),
            following: None,
            newest: None,
            coming: HashMap::new(),
            direct: DirectGate::default(),
        };
        Self { conversation, rooms, pair: OnceLock::new(), gate: Mutex::new(gate) }
    }

    /// Holds everything back until the guard is dropped: keep it for some microseconds.
    pub(super) fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock()
    }

    /// The engine's room of a form, for an account; `None` for one that is not offered yet, or not to
    /// this account.
    pub(super) fn room(&self, form: Form, account: &AccountId) -> Option<&str> {
        match form {
            Form::Rooms => Some(&self.rooms),
            Form::Direct => self.pair()?.room(account),
            Form::ChannelRooms | Form::Channels => None,
        }
    }

    /// The engine's room of those who listen in the rooms dialect.
    pub(super) fn rooms(&self) -> &str {
        &self.rooms
    }

    /// The two of a direct conversation, if one of them listens.
    pub(super) fn pair(&self) -> Option<&Pair> {
        self.pair.get().map(|pair| &**pair)
    }

    /// One of the two is about to listen.
    pub(super) fn set_pair(&self, readers: &Readers) {
        self.pair.get_or_init(|| Box::new(Pair::new(&self.conversation, readers)));
    }

    pub(super) fn is_followed(&self) -> bool {
        self.gate.lock().following.is_some()
    }

    /// Everything after [`Following::from`] comes out from now on. What is given back is not needed,
    /// and is to be dropped without a lock.
    #[must_use]
    pub(super) fn follow(&self, following: Following) -> Option<Following> {
        let mut gate = self.gate.lock();
        if gate.following.is_some() {
            return Some(following);
        }
        gate.delivered = gate.delivered.max(following.from());
        gate.following = Some(following);
        None
    }
}

/// All outlets of this node, and the way out to the sockets.
#[derive(Default)]
pub(super) struct Outlets {
    io: OnceLock<WeakIo>,
    hearer: OnceLock<Hearer>,
    /// Each with how many hold it: one for each form of each listening socket, and one for each who is
    /// about to listen.
    held: Mutex<HashMap<ConversationId, (Arc<Outlet>, usize)>>,
}

impl Outlets {
    pub(super) fn attach(&self, io: &Io) {
        // The first one counts: there is one engine.
        let _ = self.io.set(io.downgrade());
    }

    pub(super) fn hear(&self, hearer: Hearer) {
        let _ = self.hearer.set(hearer);
    }

    pub(super) fn tell(&self, heard: &Heard<'_>) {
        if let Some(hearer) = self.hearer.get() {
            hearer(heard);
        }
    }

    /// The engine, once there is one and while there is one.
    pub(super) fn io(&self) -> Option<Io> {
        self.io.get()?.upgrade()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.held.lock().len()
    }

    /// A conversation's outlet, made if it is not there, for an account that is about to listen; see
    /// [`Hold`].
    pub(super) fn hold(
        self: &Arc<Self>,
        conversation: &ConversationId,
        account: &AccountId,
    ) -> Hold {
        let mut held = self.held.lock();
        let (outlet, holds) = held
            .entry(conversation.clone())
            .or_insert_with(|| (Arc::new(Outlet::new(conversation.clone())), 0));
        *holds += 1;
        let outlet = Arc::clone(outlet);
        drop(held);
        let expulsions = outlet.gate().come(account);
        Hold { outlets: Arc::clone(self), outlet, account: account.clone(), expulsions }
    }

    /// One more holds an outlet that is held.
    pub(super) fn keep(&self, conversation: &ConversationId) {
        if let Some((_, holds)) = self.held.lock().get_mut(conversation) {
            *holds += 1;
        }
    }

    /// One fewer holds it. What is given back is to be dropped without a lock.
    #[must_use]
    pub(super) fn release(&self, conversation: &ConversationId) -> Option<Following> {
        let mut held = self.held.lock();
        let (_, holds) = held.get_mut(conversation)?;
        *holds -= 1;
        if *holds > 0 {
            return None;
        }
        let (outlet, _) = held.remove(conversation)?;
        drop(held);
        outlet.gate().following.take()
    }

    /// The conversations of two people that somebody listens to, or is about to: those of whom the two
    /// are not known yet, too. A walk over all; a block is rare.
    pub(super) fn of_pair(&self, one: &AccountId, other: &AccountId) -> Vec<ConversationId> {
        let held = self.held.lock();
        let direct = held.keys().filter(|id| id.kind() == Some(Kind::Direct));
        let fits = |id: &&ConversationId| {
            let pair = held.get(*id).and_then(|(outlet, _)| outlet.pair());
            pair.is_none_or(|pair| pair.is_of(one, other))
        };
        direct.filter(fits).cloned().collect()
    }

    /// A conversation's outlet if there is one.
    pub(super) fn find(&self, conversation: &ConversationId) -> Option<Arc<Outlet>> {
        self.held.lock().get(conversation).map(|(outlet, _)| Arc::clone(outlet))
    }
}

/// One who is about to listen: the outlet is there as long as this is, so that what comes out before
/// the first one listens is noted. Not to be dropped under a lock.
pub(super) struct Hold {
    outlets: Arc<Outlets>,
    pub(super) outlet: Arc<Outlet>,
    account: AccountId,
    /// How often the account had been shut out when this one began.
    expulsions: u64,
}

impl Hold {
    /// Whether the account was shut out since this one began: then it must ask again. `gate` is the
    /// outlet's.
    pub(super) fn is_void(&self, gate: &Gate) -> bool {
        gate.expulsions(&self.account) != self.expulsions
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.outlet.gate().came(&self.account);
        drop(self.outlets.release(&self.outlet.conversation));
    }
}

impl FanOut for Outlets {
    fn shown(&self, _: &Shown) {
        // Nobody sends optimistically yet: that is the channels dialect's.
    }

    fn committed(&self, committed: &Committed) {
        self.tell(&Heard::Committed(committed));
    }

    fn deliver(&self, delivery: &Delivery) {
        self.tell(&Heard::Delivered(delivery));
        let message = &delivery.message;
        let Some(outlet) = self.find(&message.conversation) else { return };
        let mut gate = outlet.gate();
        gate.delivered = gate.delivered.max(message.seq);
        gate.newest = Some(delivery.clone());
        let Some(io) = self.io() else { return };
        // Encoded once, if anybody is there at all.
        io.to(NAMESPACE, &outlet.rooms)
            .emit("receive_message", &MessageBody::new(message, Some(&delivery.sender)));
        if let Some(pair) = outlet.pair() {
            pair.deliver(&io, &mut gate, delivery);
        }
    }

    fn failed(&self, _: &Failed) {}
}
