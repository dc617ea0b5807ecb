//! How a client that was away becomes whole again: what came after its cursors, and everything from
//! there on as it comes, without a hole and without anything twice.
//!
//! Each conversation is followed first and read then. In the step in which the socket begins to
//! listen it is known exactly what has come out: what was read beyond that is left out of the answer,
//! since it will be heard; and if more has come out than was read, it is read on first. Where the time
//! runs out, what was read is answered, and whatever was not has more.

use std::collections::HashSet;
use std::sync::Arc;

use chat::conversations::{ConversationId, Kind, ListCursor, MAX_LISTED, Seq, View};
use chat::identity::Profile;
use chat::ids::AccountId;
use chat::listening::Form;
use chat::messages::{Message, PageCursor, PageError};
use chat::permissions::Denied;
use parking_lot::MutexGuard;
use serde_json::value::{RawValue, to_raw_value};
use tokio::time::{Instant, timeout_at};

use super::join::JoinError;
use super::outlet::{Gate, Hold};
use super::step::NotJoined;
use super::synced::{Added, Caught, Cursor, Request, Synced};
use super::{ChatHub, Listener};
use crate::wire::{
    ChannelBody, ChannelMessageBody, DirectMessageBody, DirectView, MessageBody, Readers, RoomBody,
};

/// The most messages in an answer.
const MAX_MESSAGES: usize = 500;
/// The most bytes of messages in an answer: 256 KiB. Some 16 of the longest.
const MAX_BYTES: usize = 256 << 10;
/// How often what some leave of their share is handed out to the others. Each time takes a question to
/// the store for each conversation that has more.
const MAX_HANDOUTS: usize = 2;
/// Messages read at a time: with texts of the longest, 1.6 MiB.
const PAGE: usize = 100;
/// How often what came meanwhile is read on. Where that is never enough, the client is told that there
/// is more.
const MAX_ROUNDS: usize = 4;

/// What is left for the rest of an answer.
struct Budget {
    messages: usize,
    bytes: usize,
}

impl Budget {
    /// An even share for the first of so many.
    fn share(&self, of: usize) -> Self {
        Self { messages: self.messages / of.max(1), bytes: self.bytes / of.max(1) }
    }

    /// What was read is not answered: it costs nothing.
    fn refund(&mut self, state: &State) {
        let State::Reading(reading) = state else { return };
        self.messages += reading.lines.len();
        self.bytes += reading.lines.iter().map(|(_, line)| cost(line)).sum::<usize>();
    }
}

/// A cursor on its way.
struct Going {
    cursor: Cursor,
    state: State,
}

enum State {
    /// Not looked at yet.
    Unread,
    Failed(JoinError),
    Removed,
    Reading(Reading),
}

struct Reading {
    hold: Hold,
    form: Form,
    lines: Vec<(Seq, Box<RawValue>)>,
    /// Everything up to here was read.
    last: Seq,
    /// Whether there is more, or may be, for which there is no room or no time.
    has_more: bool,
    last_read: Seq,
    viewer: AccountId,
    /// Of a direct conversation.
    readers: Option<Readers>,
    /// Why it is not listened to after all. (The hold is dropped later, without a lock.)
    error: Option<JoinError>,
}

/// What is still to be done before a socket can listen.
#[derive(Clone, Copy)]
enum Lag {
    /// More has come out than was read.
    Behind,
    /// The account was shut out meanwhile.
    AskAgain,
}

/// How an attempt to listen to all ended.
enum Attempt {
    /// Answered.
    Done,
    /// The socket has gone.
    Gone,
    /// These have to be looked at once more.
    Lagging(Vec<(usize, Lag)>),
}

/// A sync on its way: whatever it waits for, this can be answered as it stands.
struct Course {
    all: Vec<Going>,
    budget: Budget,
    added_after: Option<ListCursor>,
    /// `None`: not read yet.
    added: Option<Added>,
}

impl Course {
    /// What there is to tell, though the time ran out: so the next call has less to do.
    fn has_come_forward(&self) -> bool {
        self.added.is_some() || self.all.iter().any(Going::has_come_forward)
    }
}

impl ChatHub {
    /// Reads on after each cursor, and lets the socket listen wherever that reaches the end. `answer`
    /// is called at most once, before anything reaches the socket that it did not listen to before;
    /// never if the socket has gone, and then there is no error either.
    ///
    /// So many of them run at a time ([`WaitsConfig::syncs`](super::WaitsConfig::syncs)), in the order in
    /// which they came. At the end of the time what was read until then is answered.
    ///
    /// # Errors
    /// The trouble of all, [`JoinError::Busy`] if nothing could be read in time; a cursor's own is in
    /// the answer.
    pub(crate) async fn sync(
        &self,
        listener: &Listener,
        request: Request,
        mut answer: impl FnMut(Synced) + Send,
    ) -> Result<(), JoinError> {
        let deadline = Instant::now() + self.waits.join;
        let turn = timeout_at(deadline, self.syncs.acquire()).await;
        let _turn = turn.map_err(|_| JoinError::Busy)?;
        let mut course = self.course(listener, request);
        let catching_up = self.catch_up(listener, &mut course, &mut answer);
        match timeout_at(deadline, catching_up).await {
            Ok(outcome) => outcome,
            Err(_) if course.has_come_forward() => {
                self.listen_to_all(listener, &mut course, true, &mut answer);
                Ok(())
            }
            Err(_) => Err(JoinError::Busy),
        }
    }

    /// What the socket listens to already comes last: whoever asks for all of it again, for what there
    /// was no time for, gets to that.
    fn course(&self, listener: &Listener, request: Request) -> Course {
        let Request { mut cursors, added_after } = request;
        let heard = self.listeners.heard_by(&listener.id);
        cursors.sort_by_key(|cursor| heard.contains(&cursor.conversation));
        let going = |cursor| Going { cursor, state: State::Unread };
        Course {
            all: cursors.into_iter().map(going).collect(),
            budget: Budget { messages: MAX_MESSAGES, bytes: MAX_BYTES },
            added_after,
            added: None,
        }
    }

    /// May be stopped wherever it waits.
    async fn catch_up(
        &self,
        listener: &Listener,
        course: &mut Course,
        mut answer: impl FnMut(Synced) + Send,
    ) -> Result<(), JoinError> {
        let Course { all, budget, added_after, added } = course;
        let count = all.len();
        for (at, going) in all.iter_mut().enumerate() {
            going.state = self.begin(listener, &going.cursor).await;
            self.read_on(going, budget.share(count - at), budget).await;
        }
        for _ in 0..MAX_HANDOUTS {
            self.hand_out(all, budget).await;
        }
        *added = Some(self.added(listener, all, added_after.clone()).await?);
        for round in 1..=MAX_ROUNDS {
            let is_last = round == MAX_ROUNDS;
            let lagging = match self.listen_to_all(listener, course, is_last, &mut answer) {
                Attempt::Done | Attempt::Gone => break,
                Attempt::Lagging(lagging) => lagging,
            };
            let Course { all, budget, .. } = course;
            for (nth, (at, lag)) in lagging.iter().enumerate() {
                let going = &mut all[*at];
                if matches!(lag, Lag::AskAgain) {
                    budget.refund(&going.state);
                    going.state = self.begin(listener, &going.cursor).await;
                }
                self.read_on(going, budget.share(lagging.len() - nth), budget).await;
            }
        }
        Ok(())
    }

    /// Follows a conversation that the account is in.
    async fn begin(&self, listener: &Listener, cursor: &Cursor) -> State {
        let hold = self.outlets.hold(&cursor.conversation, &listener.account);
        let view = self.store.view(cursor.conversation.clone(), listener.account.clone()).await;
        let view = match view {
            Ok(Some(view)) => view,
            Ok(None) => return State::Failed(Denied::NotFound.into()),
            Err(error) => return State::Failed(error.into()),
        };
        let readers = Readers::of(&view);
        let Some(member) = view.member else { return State::Removed };
        let form = match (cursor.form, view.conversation.kind) {
            (None | Some(Form::Rooms), Kind::Room) => Form::Rooms,
            (None | Some(Form::Direct), Kind::Direct) => Form::Direct,
            (None, Kind::Channel) | (Some(Form::Channels), _) => {
                self.family(listener, &cursor.conversation)
            }
            _ => return State::Failed(JoinError::NotOffered),
        };
        hold.outlet.offer(form, readers.as_ref());
        if let Err(error) = self.follow(&hold).await {
            return State::Failed(error.into());
        }
        State::Reading(Reading {
            hold,
            form,
            lines: Vec::new(),
            last: cursor.after,
            has_more: true,
            last_read: member.last_read,
            viewer: member.account,
            readers,
            error: None,
        })
    }

    /// The family of the channels dialect that a socket has joined already, else that of `joinChannel`.
    fn family(&self, listener: &Listener, conversation: &ConversationId) -> Form {
        let forms = self.listeners.forms_of(&listener.id, conversation);
        if forms.contains(Form::ChannelRooms) && !forms.contains(Form::Channels) {
            Form::ChannelRooms
        } else {
            Form::Channels
        }
    }

    /// Reads on where there is more, with what the others have left.
    async fn hand_out(&self, all: &mut [Going], budget: &mut Budget) {
        let mut waiting = all.iter().filter(|going| going.has_more()).count();
        for going in all.iter_mut().filter(|going| going.has_more()) {
            if budget.messages == 0 {
                return;
            }
            self.read_on(going, budget.share(waiting), budget).await;
            waiting -= 1;
        }
    }

    /// Reads up to the end, or as far as the share goes. The first message of a conversation may be as
    /// large as all that is left: so whatever its size, the first that has something goes forward.
    async fn read_on(&self, going: &mut Going, mut share: Budget, budget: &mut Budget) {
        let State::Reading(reading) = &mut going.state else { return };
        loop {
            let is_first = reading.lines.is_empty() && budget.messages > 0;
            let limit = share.messages.max(usize::from(is_first)).min(PAGE);
            if limit == 0 {
                reading.has_more = true;
                return;
            }
            let conversation = going.cursor.conversation.clone();
            let page = self.store.page(conversation, PageCursor::After(reading.last), limit).await;
            let page = match page {
                Ok(page) => page,
                // It is not made yet.
                Err(PageError::NotFound) if reading.form == Form::Direct => {
                    reading.has_more = false;
                    return;
                }
                Err(error) => {
                    going.state = State::Failed(error.into());
                    return;
                }
            };
            for message in &page.messages {
                let sender = page.senders.iter().find(|sender| sender.id == message.sender);
                let Some(line) = encode(reading, message, sender) else { continue };
                let bytes = cost(&line);
                let room = if reading.lines.is_empty() { budget.bytes } else { share.bytes };
                if bytes > room {
                    reading.has_more = true;
                    return;
                }
                share.bytes = share.bytes.saturating_sub(bytes);
                share.messages = share.messages.saturating_sub(1);
                budget.bytes -= bytes;
                budget.messages -= 1;
                reading.lines.push((message.seq, line));
                reading.last = message.seq;
            }
            if !page.has_more {
                reading.has_more = false;
                return;
            }
        }
    }

    /// What the account is in and no cursor named, from a place on.
    async fn added(
        &self,
        listener: &Listener,
        all: &[Going],
        after: Option<ListCursor>,
    ) -> Result<Added, JoinError> {
        let account = &listener.account;
        let limit = all.len() + MAX_LISTED + 1;
        let mut places = self.store.memberships(account.clone(), after, limit).await?;
        let named: HashSet<_> = all.iter().map(|going| &going.cursor.conversation).collect();
        places.retain(|place| !named.contains(&place.id));
        let has_more = places.len() > MAX_LISTED;
        places.truncate(MAX_LISTED);
        let next = places.last().filter(|_| has_more).cloned();
        let mut shown = Vec::with_capacity(places.len());
        for place in places {
            let Some(view) = self.store.view(place.id, account.clone()).await? else { continue };
            shown.extend(self.show(&view));
        }
        Ok(Added { shown, has_more, next })
    }

    /// The one step in which a socket begins to listen to all that were read to their end.
    fn listen_to_all(
        &self,
        listener: &Listener,
        course: &mut Course,
        is_last: bool,
        answer: impl FnOnce(Synced),
    ) -> Attempt {
        let all = &mut course.all;
        let at_end = |(at, going): (usize, &Going)| match &going.state {
            State::Reading(reading) if !reading.has_more => {
                Some((at, Arc::clone(&reading.hold.outlet)))
            }
            _ => None,
        };
        let outlets: Vec<_> = all.iter().enumerate().filter_map(at_end).collect();
        let mut step = self.listeners.step();
        // Only a step holds several gates, and there is one step at a time.
        let mut gates: Vec<_> = outlets.iter().map(|(at, outlet)| (*at, outlet.gate())).collect();
        let lag = |(at, gate): &(usize, MutexGuard<'_, Gate>)| Some((*at, all[*at].lag(gate)?));
        let lagging: Vec<_> = gates.iter().filter_map(lag).collect();
        if !lagging.is_empty() && !is_last {
            return Attempt::Lagging(lagging);
        }
        for (at, gate) in &mut gates {
            let lag = all[*at].lag(gate);
            let State::Reading(reading) = &mut all[*at].state else { continue };
            match lag {
                Some(Lag::Behind) => reading.has_more = true,
                Some(Lag::AskAgain) => reading.error = Some(JoinError::Busy),
                None => match step.join(&reading.hold, gate, listener, reading.form) {
                    Ok(()) => reading.settle(gate),
                    Err(NotJoined::Gone) => return Attempt::Gone,
                    Err(NotJoined::NotTheirs) => reading.error = Some(Denied::NotFound.into()),
                    Err(NotJoined::AskAgain) => reading.error = Some(JoinError::Busy),
                    Err(NotJoined::TooMany(error)) => reading.error = Some(error.into()),
                },
            }
        }
        answer(take(course));
        Attempt::Done
    }
}

impl Going {
    /// Whether the next call has less to do for it.
    fn has_come_forward(&self) -> bool {
        match &self.state {
            State::Unread => false,
            State::Failed(_) | State::Removed => true,
            State::Reading(reading) => !reading.lines.is_empty() || !reading.has_more,
        }
    }

    fn has_more(&self) -> bool {
        matches!(&self.state, State::Reading(reading) if reading.has_more)
    }

    fn lag(&self, gate: &Gate) -> Option<Lag> {
        let State::Reading(reading) = &self.state else { return None };
        if reading.hold.is_void(gate) {
            Some(Lag::AskAgain)
        } else if gate.delivered > reading.last {
            Some(Lag::Behind)
        } else {
            None
        }
    }
}

impl Reading {
    /// What comes after this will be heard: messages, and moves of the marks.
    fn settle(&mut self, gate: &Gate) {
        let delivered = gate.delivered;
        if let (Some(pair), Some(readers)) = (self.hold.outlet.pair(), &mut self.readers) {
            pair.bring_forward(gate, readers);
            self.last_read = readers.viewer.last_read;
        }
        let known = self.lines.partition_point(|(seq, _)| *seq <= delivered);
        self.lines.truncate(known);
        self.last = delivered;
    }
}

/// Takes the answers out, and leaves the holds: they are dropped when no lock is held.
fn take(course: &mut Course) -> Synced {
    let Course { all, added, added_after, .. } = course;
    // What was not read is there perhaps, from where it was to be read.
    let unread = || Added { has_more: true, next: added_after.take(), ..Added::default() };
    let added = added.take().unwrap_or_else(unread);
    let mut synced = Synced { added, ..Synced::default() };
    for Going { cursor, state } in all {
        let id = cursor.conversation.clone();
        match state {
            State::Unread => synced.conversations.push((id, Ok(Caught::unread(cursor)))),
            State::Removed => synced.removed.push(id),
            State::Failed(error) => synced.conversations.push((id, Err(*error))),
            State::Reading(Reading { error: Some(error), .. }) => {
                synced.conversations.push((id, Err(*error)));
            }
            State::Reading(reading) => {
                let lines = std::mem::take(&mut reading.lines);
                let caught = Caught {
                    messages: lines.into_iter().map(|(_, line)| line).collect(),
                    has_more: reading.has_more,
                    last_seq: reading.last,
                    last_read: reading.last_read,
                    other_last_read: reading
                        .readers
                        .as_ref()
                        .map(|readers| readers.other.last_read),
                };
                synced.conversations.push((id, Ok(caught)));
            }
        }
    }
    synced
}

/// The bytes of a message in an answer, with the comma.
fn cost(line: &RawValue) -> usize {
    line.get().len() + 1
}

/// A message in the form that it is heard in.
fn encode(reading: &Reading, message: &Message, sender: Option<&Profile>) -> Option<Box<RawValue>> {
    match reading.form {
        Form::Rooms => to_raw_value(&MessageBody::new(message, sender)).ok(),
        Form::Direct => {
            let receiver = reading.readers.as_ref()?.receiver(message);
            to_raw_value(&DirectMessageBody::new(message, receiver)).ok()
        }
        Form::ChannelRooms | Form::Channels => {
            let body = ChannelMessageBody::new(message, sender).named(reading.form);
            to_raw_value(&body.seen_by(&reading.viewer, message)).ok()
        }
    }
}

impl ChatHub {
    /// A conversation as its own dialect shows it; `None` for whoever is not in a direct one.
    fn show(&self, view: &View) -> Option<Box<RawValue>> {
        match view.conversation.kind {
            Kind::Room => {
                let active = self.active_count(&view.conversation.id);
                to_raw_value(&RoomBody::of_view(view, active)).ok()
            }
            Kind::Direct => {
                let shown = DirectView::of_view(view)?;
                to_raw_value(&shown.body(self.sees(shown.other()))).ok()
            }
            Kind::Channel => {
                let active = self.active_count(&view.conversation.id);
                to_raw_value(&ChannelBody::of_view(view, active)).ok()
            }
        }
    }
}
