//! `[conversations]`: rooms, and what else is stored.

use std::time::Duration;

use chat::listening::ListeningConfig;
use chat::typing::TypingConfig;
use gateway::{InboxConfig, WaitsConfig};

use super::super::key;
use super::super::reader::Reader;
use super::DAY_MS;

/// `[conversations]`.
#[derive(Debug)]
pub(crate) struct ConversationsConfig {
    pub(crate) grace: Duration,
    pub(crate) per_socket: usize,
    pub(crate) large: usize,
    pub(crate) fold: Duration,
    pub(crate) updates: Duration,
    pub(crate) memberships: usize,
    pub(crate) syncs: usize,
    pub(crate) typing: Duration,
    pub(crate) typing_interval: Duration,
}

impl ConversationsConfig {
    pub(in super::super) fn read(reader: &mut Reader) -> Self {
        let default = ListeningConfig::default();
        let lists = InboxConfig::default();
        let typing = TypingConfig::default();
        Self {
            grace: reader.millis(
                key("conversations.grace_ms", "PARLOUR_CONVERSATIONS_GRACE_MS"),
                default.grace,
                0..=60_000,
            ),
            per_socket: reader.count(
                key("conversations.per_socket", "PARLOUR_CONVERSATIONS_PER_SOCKET"),
                default.max_per_socket,
                1..=10_000,
            ),
            large: reader.count(
                key("conversations.large", "PARLOUR_CONVERSATIONS_LARGE"),
                default.large,
                1..=10_000,
            ),
            fold: reader.millis(
                key("conversations.fold_ms", "PARLOUR_CONVERSATIONS_FOLD_MS"),
                default.fold,
                10..=DAY_MS,
            ),
            updates: reader.millis(
                key("conversations.updates_ms", "PARLOUR_CONVERSATIONS_UPDATES_MS"),
                lists.pause,
                10..=DAY_MS,
            ),
            memberships: reader.count(
                key("conversations.memberships", "PARLOUR_CONVERSATIONS_MEMBERSHIPS"),
                lists.max_memberships,
                1..=100_000,
            ),
            syncs: reader.count(
                key("conversations.syncs", "PARLOUR_CONVERSATIONS_SYNCS"),
                WaitsConfig::default().syncs,
                1..=10_000,
            ),
            typing: reader.millis(
                key("conversations.typing_ms", "PARLOUR_CONVERSATIONS_TYPING_MS"),
                typing.idle,
                10..=60_000,
            ),
            typing_interval: reader.millis(
                key("conversations.typing_interval_ms", "PARLOUR_CONVERSATIONS_TYPING_INTERVAL_MS"),
                typing.interval,
                0..=60_000,
            ),
        }
    }
}
