//! What follows here from a membership that another node has ended, or has begun by an invitation:
//! nobody goes on listening, and the lists are told.

use std::sync::Arc;

use chat::conversations::ConversationId;
use chat::identity::ChangeKind;
use chat::ids::{AccountId, SocketId};
use chat::store::Store;

use crate::auth::Auth;
use crate::fanout::{ChatHub, Heard};
use crate::socket::LiveSockets;

/// Acts on the memberships of other nodes from now on. This node hears of its own too, some time after
/// it has acted on them: so the store says how it is now, and what was known here is told to nobody.
pub(crate) fn follow(
    auth: &Auth,
    live: &Arc<LiveSockets>,
    store: &Arc<dyn Store>,
    chat: &Arc<ChatHub>,
) {
    let (live, chat) = (Arc::downgrade(live), Arc::downgrade(chat));
    let store = Arc::clone(store);
    auth.listen(Box::new(move |change| {
        let ChangeKind::Membership(account, conversation) = change else { return };
        let (Some(live), Some(chat)) = (live.upgrade(), chat.upgrade()) else { return };
        if live.is_connected(account) {
            // Before the store is asked: who comes to listen after this was let in after the change.
            let doubted = chat.doubt(account, conversation);
            let of = (account.clone(), conversation.clone());
            tokio::spawn(settle(chat, Arc::clone(&store), of, doubted));
        }
    }));
}

async fn settle(
    chat: Arc<ChatHub>,
    store: Arc<dyn Store>,
    (account, conversation): (AccountId, ConversationId),
    doubted: Vec<SocketId>,
) {
    let member = store.member(conversation.clone(), account.clone()).await;
    // What is not known is taken for an end.
    if !matches!(member, Ok(Some(_))) {
        chat.expel_only(&account, &doubted, &conversation);
    }
    match member {
        Ok(member) => chat.tell(&Heard::Found(&account, &conversation, member.is_some())),
        // The lists ask until it is known.
        Err(_) => chat.tell(&Heard::Left(&account, &conversation)),
    }
}
