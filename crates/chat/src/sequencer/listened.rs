//! A conversation that is listened to: what was delivered, and what waits for its turn.

use std::collections::BTreeMap;

use super::types::{Delivery, Effect, Ticket};
use crate::conversations::Seq;
use crate::time::Monotonic;

/// What a message that is held back costs besides its text.
const HELD_BYTES: usize = 512;
/// Whether the store is asked about a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    No,
    At(Monotonic),
    InFlight,
}

/// A conversation that somebody listens to.
#[derive(Debug)]
pub(super) struct Listened {
    pub(super) listeners: usize,
    pub(super) incarnation: u64,
    /// The last message delivered; `None` until it is known where to begin.
    pub(super) cursor: Option<Seq>,
    /// Those who wait for that.
    pub(super) waiting: Vec<Ticket>,
    /// The newest message that is known of.
    pub(super) newest: Seq,
    /// Messages that came before an earlier one did.
    pub(super) held: BTreeMap<Seq, Delivery>,
    pub(super) read: Read,
    pub(super) vain_reads: u32,
}

impl Listened {
    pub(super) fn new(incarnation: u64) -> Self {
        Self {
            listeners: 0,
            incarnation,
            cursor: None,
            waiting: Vec::new(),
            newest: Seq::default(),
            held: BTreeMap::new(),
            read: Read::No,
            vain_reads: 0,
        }
    }

    /// Delivers, drops, or holds back while there is room. What finds no room is read later.
    pub(super) fn take(
        &mut self,
        delivery: Delivery,
        max_held_bytes: usize,
        held_bytes: &mut usize,
        effects: &mut Vec<Effect>,
    ) {
        let seq = delivery.message.seq;
        // Nobody is promised anything yet, or it was heard.
        let is_awaited = self.cursor.map_or(!self.waiting.is_empty(), |cursor| seq > cursor);
        if !is_awaited {
            return;
        }
        self.newest = self.newest.max(seq);
        if self.cursor.is_some_and(|cursor| seq == cursor.next()) {
            self.cursor = Some(seq);
            if let Some(same) = self.held.remove(&seq) {
                *held_bytes -= cost(&same);
            }
            effects.push(Effect::Deliver(delivery));
            *held_bytes -= self.deliver_held(effects);
        } else if *held_bytes + cost(&delivery) <= max_held_bytes && !self.held.contains_key(&seq) {
            *held_bytes += cost(&delivery);
            self.held.insert(seq, delivery);
        }
    }

    /// Delivers what was held back and comes after this place; what it and the rest had cost.
    pub(super) fn begin_after(&mut self, from: Seq, effects: &mut Vec<Effect>) -> usize {
        self.cursor = Some(from);
        self.newest = self.newest.max(from);
        let later = self.held.split_off(&from.next());
        let earlier = std::mem::replace(&mut self.held, later);
        earlier.values().map(cost).sum::<usize>() + self.deliver_held(effects)
    }

    /// Delivers what was held back for as long as nothing is missing; what it had cost.
    pub(super) fn deliver_held(&mut self, effects: &mut Vec<Effect>) -> usize {
        let mut freed = 0;
        while let Some(cursor) = self.cursor
            && let Some(delivery) = self.held.remove(&cursor.next())
        {
            self.cursor = Some(cursor.next());
            freed += cost(&delivery);
            effects.push(Effect::Deliver(delivery));
        }
        freed
    }

    /// Forgets what lies beyond the last one delivered; what it had cost.
    pub(super) fn forget_rest(&mut self) -> usize {
        self.newest = self.cursor.unwrap_or_default();
        self.vain_reads = 0;
        std::mem::take(&mut self.held).values().map(cost).sum()
    }
}

/// What a message that is held back costs.
pub(super) fn cost(delivery: &Delivery) -> usize {
    HELD_BYTES + delivery.message.text.as_ref().map_or(0, |text| text.as_str().len())
}
