//! The keys of what was stored lately.

use std::collections::{HashMap, VecDeque};

use super::pending::Key;
use crate::messages::{Message, NewMessage};

/// What a remembered message costs besides its text.
const ENTRY_BYTES: usize = 512;

/// Messages by their keys; the oldest is forgotten first.
#[derive(Debug)]
pub(super) struct Recent {
    max_bytes: usize,
    by_key: HashMap<Key, Message>,
    order: VecDeque<Key>,
    bytes: usize,
}

impl Recent {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, by_key: HashMap::new(), order: VecDeque::new(), bytes: 0 }
    }

    /// The message that is stored under a new one's key, if it is remembered.
    pub(super) fn find(&self, message: &NewMessage) -> Option<&Message> {
        self.by_key.get(&Key::of(message)?)
    }

    /// A message is stored. Without a key, or a text to compare with, there is nothing to remember.
    pub(super) fn remember(&mut self, message: &Message) {
        let (Some(client_id), Some(_)) = (message.client_id.clone(), &message.text) else { return };
        let key = Key {
            conversation: message.conversation.clone(),
            sender: message.sender.clone(),
            client_id,
        };
        if self.by_key.contains_key(&key) {
            return;
        }
        self.bytes += cost(message);
        self.order.push_back(key.clone());
        self.by_key.insert(key, message.clone());
        while self.bytes > self.max_bytes
            && let Some(oldest) = self.order.pop_front()
        {
            if let Some(message) = self.by_key.remove(&oldest) {
                self.bytes -= cost(&message);
            }
        }
    }
}

fn cost(message: &Message) -> usize {
    ENTRY_BYTES + message.text.as_ref().map_or(0, |text| text.as_str().len())
}
