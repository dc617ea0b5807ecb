//! What the others are not told yet.

use std::collections::{HashMap, VecDeque};

use chat::ids::AccountId;
use chat::presence::PresenceEvent;

/// At most one entry for each account, in the order in which they came: some 100 bytes each.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    order: VecDeque<AccountId>,
    /// `None` for what was undone meanwhile.
    events: HashMap<AccountId, Option<PresenceEvent>>,
}

impl Waiting {
    /// Of one account the events alternate: a second one takes the first one back, which nobody was
    /// told.
    pub(super) fn push(&mut self, event: PresenceEvent) {
        let (PresenceEvent::Online(account) | PresenceEvent::Offline { account, .. }) = &event;
        if let Some(waiting) = self.events.get_mut(account) {
            *waiting = if waiting.is_none() { Some(event) } else { None };
            return;
        }
        self.order.push_back(account.clone());
        self.events.insert(account.clone(), Some(event));
    }

    /// The next one to be told.
    pub(super) fn pop(&mut self) -> Option<PresenceEvent> {
        loop {
            let account = self.order.pop_front()?;
            if let Some(Some(event)) = self.events.remove(&account) {
                return Some(event);
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }
}

#[cfg(test)]
mod tests {
    use chat::time::Timestamp;

    use super::*;

    fn online(id: &str) -> PresenceEvent {
        PresenceEvent::Online(AccountId::parse(id).expect("an id"))
    }

    fn offline(id: &str) -> PresenceEvent {
        let account = AccountId::parse(id).expect("an id");
        PresenceEvent::Offline { account, last_seen: Timestamp::from_millis(7) }
    }

    #[test]
    fn each_account_waits_once_and_what_is_undone_is_not_told() {
        let mut waiting = Waiting::default();
        for event in
            [online("1"), online("2"), offline("1"), online("3"), offline("2"), online("2")]
        {
            waiting.push(event);
        }
        assert_eq!(waiting.len(), 3);
        assert_eq!(waiting.pop(), Some(online("2")));
        waiting.push(offline("2"));
        assert_eq!(waiting.pop(), Some(online("3")));
        assert_eq!(waiting.pop(), Some(offline("2")));
        assert_eq!((waiting.pop(), waiting.len()), (None, 0));
    }
}
