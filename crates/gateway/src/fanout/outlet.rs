//! Where the messages of a conversation come out on this node.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use chat::conversations::{ConversationId, Kind, Seq};
use chat::ids::{AccountId, MessageId};
use chat::listening::Form;
use chat::sequencer::{Committed, Delivery, Failed, Resent, Shown};
use futures_util::future::BoxFuture;
use parking_lot::{Mutex, MutexGuard};
use socketio::{Io, Socket, WeakIo};

use super::NAMESPACE;
use super::channels::Channels;
use super::heard::{Heard, Hearer};
use super::open::{Open, OpenMessage};
use super::pair::{DirectGate, Pair};
use crate::sequencing::{FanOut, Following};
use crate::timelines::{Moment, Timelines};
use crate::wire::{MessageBody, Readers};

/// A conversation that somebody here listens to, or is about to. Some 500 bytes.
pub(super) struct Outlet {
    pub(super) conversation: ConversationId,
    /// The engine's room of those who listen in the rooms dialect.
    rooms: Box<str>,
    /// The two of a direct conversation, once one of them is about to listen.
    pair: OnceLock<Box<Pair>>,
    /// Where those are who listen in the channels dialect, once somebody is about to.
    channels: OnceLock<Box<Channels>>,
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
    /// The optimistic messages on their way, if there are any.
    open: Option<Box<Open>>,
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

    /// The optimistic messages on their way.
    pub(super) fn open(&mut self) -> &mut Open {
        self.open.get_or_insert_default()
    }

    /// One of those that nothing comes of.
    pub(super) fn close(&mut self, id: MessageId) -> Option<OpenMessage> {
        let opened = self.open.as_mut()?.take(id);
        self.tidy();
        opened
    }

    /// A socket listens in a form from now on.
    pub(super) fn begin(&mut self, socket: &Socket, form: Form) {
        if let Some(open) = &mut self.open {
            open.came(socket, form);
        }
    }

    /// And no more.
    pub(super) fn end(&mut self, socket: &Socket, form: Form) {
        if let Some(open) = &mut self.open {
            open.went(socket, form);
        }
    }

    fn tidy(&mut self) {
        self.open.take_if(|open| open.tidy());
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
            open: None,
        };
        let (pair, channels) = (OnceLock::new(), OnceLock::new());
        Self { conversation, rooms, pair, channels, gate: Mutex::new(gate) }
    }

    /// Holds everything back until the guard is dropped: keep it for some microseconds.
    pub(super) fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock()
    }

    /// The engine's room of a form, for an account; `None` for one that nobody has asked for, or that is
    /// not this account's.
    pub(super) fn room(&self, form: Form, account: &AccountId) -> Option<&str> {
        match form {
            Form::Rooms => Some(&self.rooms),
            Form::Direct => self.pair()?.room(account),
            Form::ChannelRooms | Form::Channels => self.channels()?.room(form),
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

    /// Where those are who listen in the channels dialect, if anybody has.
    pub(super) fn channels(&self) -> Option<&Channels> {
        self.channels.get().map(|channels| &**channels)
    }

    /// Somebody is about to listen in a form: of a direct conversation the two are noted too.
    pub(super) fn offer(&self, form: Form, readers: Option<&Readers>) {
        if matches!(form, Form::ChannelRooms | Form::Channels) {
            self.channels.get_or_init(|| Box::new(Channels::new(&self.conversation)));
        }
        if let Some(readers) = readers {
            self.set_pair(readers);
        }
    }

    /// One of the two is about to listen.
    fn set_pair(&self, readers: &Readers) {
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
    timelines: Arc<Timelines>,
    /// Each with how many hold it: one for each form of each listening socket, and one for each who is
    /// about to listen.
    held: Mutex<HashMap<ConversationId, (Arc<Outlet>, usize)>>,
}

impl Outlets {
    pub(super) fn timelines(&self) -> &Arc<Timelines> {
        &self.timelines
    }

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

    /// One more holds an outlet, if it is held.
    pub(super) fn keep(&self, conversation: &ConversationId) -> Option<Arc<Outlet>> {
        let mut held = self.held.lock();
        let (outlet, holds) = held.get_mut(conversation)?;
        *holds += 1;
        Some(Arc::clone(outlet))
    }

    /// One fewer holds it; to be called under a shard's lock, but not under a gate.
    fn release_later(&self, conversation: &ConversationId) {
        if let Some(spare) = self.release(conversation) {
            // Its end asks for the lock of its shard.
            tokio::spawn(async move { drop(spare) });
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
    fn shown(&self, shown: &Shown) {
        let Some(outlet) = self.find(&shown.message.conversation) else { return };
        let (Some(io), Some(channels)) = (self.io(), outlet.channels()) else { return };
        channels.show(&io, outlet.gate().open(), shown);
        // Both are one step.
        self.timelines.note(shown.message.id, Moment::Emitted);
        self.timelines.note(shown.message.id, Moment::Queued);
    }

    fn resent(&self, resent: &Resent) {
        self.timelines.forget(resent.id);
        let Some(outlet) = self.find(&resent.conversation) else { return };
        let Some(channels) = outlet.channels() else { return };
        let mut gate = outlet.gate();
        let is_kept = channels.show_again(gate.open(), resent);
        gate.tidy();
        drop(gate);
        if !is_kept {
            self.release_later(&resent.conversation);
        }
    }

    fn committed(&self, committed: &Committed) {
        let message = &committed.delivery.message;
        self.timelines.commit(message.id, message.seq);
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
        let mut opened = None;
        if let Some(channels) = outlet.channels() {
            opened = gate.open.as_mut().and_then(|open| open.take(message.id));
            let open = gate.open.as_deref().zip(opened.as_ref());
            channels.deliver(&io, open, delivery);
            gate.tidy();
        }
        drop(gate);
        self.timelines.note(message.id, Moment::Confirmed);
        if opened.is_some() {
            self.release_later(&message.conversation);
        }
    }

    fn failed(&self, failed: &Failed) {
        self.timelines.fail(failed.id, failed.error);
        let Some(outlet) = self.find(&failed.conversation) else { return };
        let mut gate = outlet.gate();
        let opened = gate.open.as_mut().and_then(|open| open.take(failed.id));
        let Some(opened) = opened else { return };
        if let (Some(io), Some(channels)) = (self.io(), outlet.channels()) {
            channels.fail(&io, gate.open(), &opened, failed);
        }
        gate.tidy();
        drop(gate);
        self.release_later(&failed.conversation);
    }

    fn told(&self) -> BoxFuture<'static, ()> {
        let io = self.io();
        Box::pin(async move {
            if let Some(io) = io {
                io.flushed().await;
            }
        })
    }
}
