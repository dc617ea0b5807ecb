//! How coming and going reads.

use chat::conversations::ConversationId;
use chat::ids::AccountId;
use chat::presence::PresenceEvent;
use chat::time::Timestamp;
use serde::Serialize;
use socketio::Packet;

use crate::fanout::NAMESPACE;
use crate::socket::LiveSockets;
use crate::wire::Shown;

/// `user_online` and `user_offline`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    user_id: &'a str,
    conversation_id: &'a str,
    /// Of `user_offline`: when the last socket went.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen_at: Option<Shown<Timestamp>>,
}

/// Tells the others who are connected; how many events that were.
pub(super) fn tell(
    live: &LiveSockets,
    event: &PresenceEvent,
    partners: &[(ConversationId, AccountId)],
) -> u64 {
    let (name, account, last_seen) = match event {
        PresenceEvent::Online(account) => ("user_online", account, None),
        PresenceEvent::Offline { account, last_seen } => {
            ("user_offline", account, Some(*last_seen))
        }
    };
    let mut sent = 0;
    for (conversation, other) in partners.iter().filter(|(_, other)| live.is_connected(other)) {
        let told = Told {
            user_id: account.as_str(),
            conversation_id: conversation.as_str(),
            last_seen_at: last_seen.map(Shown),
        };
        sent += live.send(other, &Packet::event(NAMESPACE, name, &told));
    }
    sent
}
