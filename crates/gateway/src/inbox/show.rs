//! How a conversation is shown to those who are to be told of it.

use std::collections::{HashMap, HashSet};

use chat::conversations::{Conversation, Kind, MemberView, Views, Visibility};
use chat::ids::AccountId;
use chat::store::Store;
use serde::Serialize;
use socketio::Packet;

use super::machine::{Flush, Flushed, Told};
use super::steps::Steps;
use crate::fanout::{ChatHub, NAMESPACE};
use crate::socket::LiveSockets;
use crate::wire::{ChannelBody, DirectView, RoomBody, Seen};

/// For so many accounts the store is asked at once: some milliseconds.
const CHUNK: usize = 1_000;

/// `{conversation}`, in the shape of its kind.
#[derive(Serialize)]
struct Body<T> {
    conversation: T,
}

/// Asks how the conversation looks, and tells everybody. Costs what there are accounts and, in a direct
/// conversation, new messages.
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
        told.last = views.conversation.last_seq;
        let steps = match &flush.news {
            Some(news) => Some(Steps::read(store, &views.conversation, news).await?),
            None => None,
        };
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
            let Some(member) = member.filter(|_| updated.contains(account)) else { continue };
            let Some(steps) = &steps else {
                shown.to(live, account, "conversation_updated", Some(member));
                continue;
            };
            for step in steps.of(&views.conversation, member) {
                shown.direct(live, account, ("conversation_updated", &step.0), &step.1);
            }
        }
    }
    Ok(told)
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
