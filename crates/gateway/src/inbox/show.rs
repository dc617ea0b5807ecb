//! How a conversation is shown to those who are to be told of it.

use std::collections::{HashMap, HashSet};

use chat::conversations::{Kind, MemberView, Views, Visibility};
use chat::ids::AccountId;
use chat::store::Store;
use serde::Serialize;
use socketio::Packet;

use super::machine::{Flush, Flushed};
use crate::fanout::{ChatHub, NAMESPACE};
use crate::socket::LiveSockets;
use crate::wire::{ChannelBody, DirectView, RoomBody, Seen};

/// For so many accounts the store is asked at once: some milliseconds.
const CHUNK: usize = 1_000;

/// `{conversation}`, in the shape of its kind.
#[derive(Serialize)]
struct Told<T> {
    conversation: T,
}

/// Asks how the conversation looks, and tells everybody; who of those whose membership changed is in
/// it. Costs what there are accounts.
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
    let mut in_it = HashSet::new();
    let accounts: Vec<AccountId> = changed.union(&updated).copied().cloned().collect();
    for chunk in accounts.chunks(CHUNK) {
        let views = store.views(flush.conversation.clone(), chunk.to_vec()).await?;
        // A conversation that is no more is in nobody's list.
        let Some(views) = views else { return Ok(HashSet::new()) };
        let active = chat.active_count(&flush.conversation);
        let mut shown = Shown { views: &views, chat, active, packets: HashMap::new() };
        let members: HashMap<&AccountId, &MemberView> =
            views.members.iter().map(|member| (&member.member.account, member)).collect();
        for account in chunk {
            let member = members.get(account).copied();
            if changed.contains(account) {
                in_it.extend(member.map(|_| account.clone()));
                let event = member.map_or("conversation_removed", |_| "conversation_added");
                let is_open = views.conversation.visibility == Visibility::Public;
                if is_open || member.is_some() || flush.was_in(account) {
                    shown.to(live, account, event, member);
                }
            }
            if updated.contains(account) && member.is_some() {
                shown.to(live, account, "conversation_updated", member);
            }
        }
    }
    Ok(in_it)
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
                let shown = member.and_then(|member| DirectView::of_member(views, member));
                let Some(shown) = shown else { return };
                let conversation = shown.body(self.chat.sees(shown.other()));
                live.send(account, &Packet::event(NAMESPACE, event, &Told { conversation }));
                return;
            }
        };
        live.send(account, packet);
    }
}

/// A room or channel, in the shape of its kind.
fn group(kind: Kind, event: &'static str, seen: &Seen<'_>) -> Packet {
    if kind == Kind::Channel {
        let conversation = ChannelBody::new(seen);
        Packet::event(NAMESPACE, event, &Told { conversation })
    } else {
        let conversation = RoomBody::new(seen);
        Packet::event(NAMESPACE, event, &Told { conversation })
    }
}
