//! What stored conversations hold and did.

use std::time::Duration;

use super::families::{Family, Kind, by, family, one, size};
use crate::fanout::ChatHub;
use crate::inbox::Inbox;

/// The sequencers and who listens.
pub(super) fn families(chat: &ChatHub) -> Vec<Family> {
    use Kind::{Counter, Gauge};
    let sequencing = chat.sequencing_stats();
    let now = sequencing.now;
    let listening = chat.listening_stats();
    let accepted = [("queued", size(now.queued)), ("in_store", size(now.in_flight))];
    let batches = [("stored", sequencing.batches), ("failed", sequencing.failed_batches)];
    let batch_ms = millis(sequencing.batch_time);
    let active = one(size(listening.conversations));
    vec![
        family("messages_accepted", "Messages on their way.", Gauge, by("state", accepted)),
        family("messages_accepted_bytes", "What they hold.", Gauge, one(size(now.pending_bytes))),
        family("messages_held_bytes", "Held back behind holes.", Gauge, one(size(now.held_bytes))),
        family("batches", "Batches of messages.", Counter, by("outcome", batches)),
        family("messages_stored", "Messages in stored ones.", Counter, one(sequencing.batched)),
        family("batches_ms", "Time that the store had batches.", Counter, one(batch_ms)),
        family(
            "conversations_followed",
            "Conversations whose messages come out here.",
            Gauge,
            one(size(now.conversations)),
        ),
        family("conversations_active", "Those that somebody is active in.", Gauge, active),
        family(
            "sockets_listening",
            "Sockets that listen to something.",
            Gauge,
            one(size(listening.sockets)),
        ),
    ]
}

/// Who is online, who is told, and who writes.
pub(super) fn people(chat: &ChatHub) -> Vec<Family> {
    use Kind::{Counter, Gauge};
    let stats = chat.presence().stats();
    let (writers, _) = chat.writing();
    vec![
        family("accounts_online", "Accounts shown online.", Gauge, one(size(stats.online))),
        family("presence_waiting", "Those not told of yet.", Gauge, one(size(stats.waiting))),
        family("presence_questions", "Whom to tell, asked.", Counter, one(stats.questions)),
        family("presence_events", "Comings and goings told.", Counter, one(stats.events)),
        family("writers", "Who writes in direct conversations.", Gauge, one(size(writers))),
    ]
}

/// The members' lists.
pub(super) fn lists(inbox: &Inbox) -> Vec<Family> {
    let stats = inbox.stats();
    let waiting = [("conversations", size(stats.dirty)), ("accounts", size(stats.loading))];
    vec![
        family(
            "lists_conversations",
            "Conversations that somebody connected here is in.",
            Kind::Gauge,
            one(size(stats.conversations)),
        ),
        family(
            "lists_waiting",
            "What the members' lists wait to be told of, and accounts whose lists are being read.",
            Kind::Gauge,
            by("what", waiting),
        ),
    ]
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
