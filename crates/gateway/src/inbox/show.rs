//! How a conversation is shown to those who are to be told of it.

use std::collections::{HashMap, HashSet};

use chat::conversations::{Conversation, Kind, MemberView, Seq, Views, Visibility};
use chat::ids::AccountId;
use chat::messages::{Message, PageCursor, PageError};
use chat::store::{Store, StoreError};
use serde::Serialize;
use socketio::Packet;

use super::machine::{Flush, Flushed, Told};
use crate::fanout::{ChatHub, NAMESPACE};
use crate::socket::LiveSockets;
use crate::wire::{ChannelBody, DirectView, RoomBody, Seen};

/// For so many accounts the store is asked at once: some milliseconds.
const CHUNK: usize = 1_000;

/// Messages of a direct conversation that were stored since the last flush and are told one by one, and
/// as many are in hand meanwhile: with texts of the longest, 16 MiB. Where more wait, which takes a store
/// that does not answer for long, the oldest are not told.
const MAX_TOLD: u64 = 1_000;

/// Messages read at a time.
const PAGE: usize = 100;

/// `{conversation}`, in the shape of its kind.
#[derive(Serialize)]
struct Body<T> {
    conversation: T,
}

/// Asks how the conversation looks, and tells everybody. Costs what there are accounts.
///
/// # Errors
/// The store's; some may have been told then.
pub(super) async fn flush(
    store: &dyn Store,
    live: &LiveSockets,
    chat: &ChatHub,
    flush: &Flush,
) -> Flushed {
    let changed: HashSet<&AccountId> = flush.changed.iter().collect();
    let updated: HashSet<&AccountId> = flush.updated.iter().collect();
    let mut told = Told::default();
    let accounts: Vec<AccountId> = changed.union(&updated).copied().cloned().collect();
    for chunk in accounts.chunks(CHUNK) {
        let views = store.views(flush.conversation.clone(), chunk.to_vec()).await?;
        // A conversation that is no more is in nobody's list.
        let Some(views) = views else { return Ok(Told::default()) };
        let steps = Steps::read(store, flush, &views.conversation).await?;
        told.last = views.conversation.last_seq;
        let active = chat.active_count(&flush.conversation);
        let mut shown = Shown { views: &views, chat, active, packets: HashMap::new() };
        let members: HashMap<&AccountId, &MemberView> =
            views.members.iter().map(|member| (&member.member.account, member)).collect();
        for account in chunk {
            let member = members.get(account).copied();
            if changed.contains(account) {
                told.members.extend(member.map(|_| account.clone()));
                let event = member.map_or("conversation_removed", |_| "conversation_added");
                let is_open = views.conversation.visibility == Visibility::Public;
                if is_open || member.is_some() || flush.was_in(account) {
                    shown.to(live, account, event, member);
                }
            }
            let (true, Some(member)) = (updated.contains(account), member) else { continue };
            for earlier in steps.before_the_last(&views.conversation, member) {
                shown.direct(live, account, ("conversation_updated", &earlier.0), &earlier.1);
            }
            for _ in 0..steps.as_it_is(flush.moves.get(account).copied()) {
                shown.to(live, account, "conversation_updated", Some(member));
            }
        }
    }
    Ok(told)
}

/// What a direct conversation is told of step by step; of others there is one step.
struct Steps {
    /// The messages that are new, oldest first; `None`: it is not for messages.
    new: Option<Vec<Message>>,
}

impl Steps {
    /// # Errors
    /// The store's.
    async fn read(
        store: &dyn Store,
        flush: &Flush,
        conversation: &Conversation,
    ) -> Result<Self, StoreError> {
        let Some(first) = flush.first else { return Ok(Self { new: None }) };
        let last = conversation.last_seq;
        if first >= last {
            let newest = conversation.last_message.iter().filter(|_| first == last);
            return Ok(Self { new: Some(newest.cloned().collect()) });
        }
        let mut after = Seq((first.0.max(1) - 1).max(last.0.saturating_sub(MAX_TOLD)));
        let mut new = Vec::new();
        while after < last {
            let cursor = PageCursor::After(after);
            let page = store.page(flush.conversation.clone(), cursor, PAGE).await;
            let page = match page {
                Ok(page) => page,
                Err(PageError::NotFound) => break,
                Err(PageError::Store(error)) => return Err(error),
            };
            let Some(newest) = page.messages.last() else { break };
            after = newest.seq;
            new.extend(page.messages.into_iter().filter(|message| message.seq <= last));
        }
        Ok(Self { new: Some(new) })
    }

    /// How a member saw it with each of the new messages but the last one. The marks are those of now.
    fn before_the_last(
        &self,
        now: &Conversation,
        member: &MemberView,
    ) -> Vec<(Conversation, MemberView)> {
        let Some([earlier @ .., last]) = self.new.as_deref() else { return Vec::new() };
        let mark = member.member.last_read;
        let is_unread =
            |message: &Message| message.seq > mark && message.sender != member.member.account;
        let mut unread = member.unread - u64::from(is_unread(last)).min(member.unread);
        let mut steps = Vec::with_capacity(earlier.len());
        for message in earlier.iter().rev() {
            let conversation = Conversation {
                last_seq: message.seq,
                updated_at: message.created_at,
                last_message: Some(message.clone()),
                ..now.clone()
            };
            steps.push((conversation, MemberView { unread, ..member.clone() }));
            unread -= u64::from(is_unread(message)).min(unread);
        }
        steps.reverse();
        steps
    }

    /// How often a member is told how it is now: for the last message, and for each move of their mark;
    /// once if that is what they are to be told.
    fn as_it_is(&self, moves: Option<u32>) -> u32 {
        match (&self.new, moves) {
            (None, moves) => moves.unwrap_or(1).max(1),
            (Some(new), moves) if new.is_empty() => moves.map_or(0, |moves| moves.max(1)),
            (Some(_), moves) => 1 + moves.unwrap_or(0),
        }
    }
}

/// A conversation, encoded once for all to whom it looks the same.
struct Shown<'a> {
    views: &'a Views,
    chat: &'a ChatHub,
    active: usize,
    /// By event, and by what is unread; `None` for whoever is not in it.
    packets: HashMap<(&'static str, Option<u64>), Packet>,
}

impl Shown<'_> {
    fn to(
        &mut self,
        live: &LiveSockets,
        account: &AccountId,
        event: &'static str,
        member: Option<&MemberView>,
    ) {
        let (views, active) = (self.views, self.active);
        let kind = views.conversation.kind;
        let packet = match kind {
            Kind::Room | Kind::Channel => {
                let key = (event, member.map(|member| member.unread));
                self.packets.entry(key).or_insert_with(|| {
                    let seen = member.map_or_else(
                        || Seen::of_other(views, active),
                        |member| Seen::of_member(views, member, active),
                    );
                    group(kind, event, &seen)
                })
            }
            Kind::Direct => {
                if let Some(member) = member {
                    self.direct(live, account, (event, &views.conversation), member);
                }
                return;
            }
        };
        live.send(account, packet);
    }
}

impl Shown<'_> {
    fn direct(
        &self,
        live: &LiveSockets,
        account: &AccountId,
        (event, conversation): (&'static str, &Conversation),
        member: &MemberView,
    ) {
        let Some(shown) = DirectView::of_member(conversation, member) else { return };
        let conversation = shown.body(self.chat.sees(shown.other()));
        live.send(account, &Packet::event(NAMESPACE, event, &Body { conversation }));
    }
}

/// A room or channel, in the shape of its kind.
fn group(kind: Kind, event: &'static str, seen: &Seen<'_>) -> Packet {
    if kind == Kind::Channel {
        let conversation = ChannelBody::new(seen);
        Packet::event(NAMESPACE, event, &Body { conversation })
    } else {
        let conversation = RoomBody::new(seen);
        Packet::event(NAMESPACE, event, &Body { conversation })
    }
}
