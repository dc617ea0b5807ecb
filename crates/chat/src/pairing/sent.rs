//! What a seat has sent under a client's own keys, so that a resend is recognised.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::ids::{ClientId, MessageId};
use crate::name::Alias;
use crate::text::Text;
use crate::time::Timestamp;

/// What is left of a message that was sent: enough to answer a resend, which brings its text along.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) id: MessageId,
    pub(super) alias: Alias,
    pub(super) timestamp: Timestamp,
    text: u64,
}

impl Sent {
    pub(super) fn new(id: MessageId, alias: Alias, timestamp: Timestamp, text: &Text) -> Self {
        Self { id, alias, timestamp, text: hash(text) }
    }
}

/// What is known about a key.
pub(super) enum Known {
    /// It was used for this message.
    Same(Sent),
    /// It was used for another text.
    Other,
}

/// The keys of one seat, the oldest forgotten beyond the limit.
///
/// Keys and texts are kept as hashes, so that an entry costs the same whatever a client puts in it:
/// some 130 bytes. A client that seeks a collision finds it only in its own keys and fools itself.
#[derive(Debug, Default)]
pub(super) struct SentKeys {
    by_key: HashMap<u128, Sent>,
    in_order: VecDeque<u128>,
}

impl SentKeys {
    pub(super) fn get(&self, key: &ClientId, text: &Text) -> Option<Known> {
        let sent = self.by_key.get(&hash_key(key))?;
        Some(if sent.text == hash(text) { Known::Same(sent.clone()) } else { Known::Other })
    }

    /// Keeps a key that is not known yet.
    pub(super) fn insert(&mut self, key: &ClientId, sent: Sent, limit: usize) {
        let key = hash_key(key);
        self.by_key.insert(key, sent);
        self.in_order.push_back(key);
        while self.in_order.len() > limit {
            if let Some(oldest) = self.in_order.pop_front() {
                self.by_key.remove(&oldest);
            }
        }
    }
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn hash_key(key: &ClientId) -> u128 {
    u128::from(hash((0_u8, key))) << 64 | u128::from(hash((1_u8, key)))
}
