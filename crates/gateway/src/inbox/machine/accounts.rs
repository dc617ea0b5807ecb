//! Who is online, and in which conversations.
//!
//! When an account's first socket comes, the store is asked what it is in. Until it has answered,
//! whatever is heard of any conversation is remembered: it may be one of those.

use std::collections::HashMap;

use chat::conversations::ConversationId;
use chat::ids::AccountId;
use chat::store::StoreError;
use chat::time::Monotonic;

use super::{Coming, MAX_NEWCOMERS, Machine, Newcomer, Work};

/// Conversations that are remembered because somebody who is being loaded may be in them: some 80
/// bytes each. Beyond it, all of theirs count as dirty.
const MAX_MISSED: usize = 65_536;

/// An account with a socket here.
#[derive(Debug)]
pub(super) struct Online {
    pub(super) sockets: usize,
    pub(super) coming: Coming,
    /// `None` once it is known what it is in.
    pub(super) load: Option<Box<Load>>,
    /// What it is in, as far as it is known: in the `online` of the same.
    pub(super) conversations: Vec<ConversationId>,
}

#[derive(Debug)]
pub(super) enum Load {
    /// To be asked at this moment.
    Waiting(Monotonic, LeftMeanwhile),
    Asked(LeftMeanwhile),
}

/// What was left while it was not known which there are.
pub(super) type LeftMeanwhile = Vec<ConversationId>;

impl Machine {
    /// An account has one socket more.
    pub(in crate::inbox) fn online(&mut self, now: Monotonic, account: &AccountId) {
        if let Some(online) = self.accounts.get_mut(account) {
            online.sockets += 1;
            return;
        }
        self.ticks += 1;
        let coming = Coming(self.ticks);
        let load = Some(Box::new(Load::Waiting(now, Vec::new())));
        self.to_load.insert((now, coming), account.clone());
        self.unloaded += 1;
        let online = Online { sockets: 1, coming, load, conversations: Vec::new() };
        self.accounts.insert(account.clone(), online);
    }

    /// And one fewer.
    pub(in crate::inbox) fn offline(&mut self, now: Monotonic, account: &AccountId) {
        let Some(online) = self.accounts.get_mut(account) else { return };
        online.sockets -= 1;
        if online.sockets > 0 {
            return;
        }
        let Some(gone) = self.accounts.remove(account) else { return };
        if let Some(Load::Waiting(at, _)) = gone.load.as_deref() {
            self.to_load.remove(&(*at, gone.coming));
        }
        if gone.load.is_some() {
            self.one_less_unloaded();
        }
        for conversation in gone.conversations {
            if let Some(entry) = self.conversations.get_mut(&conversation) {
                entry.online.remove(account);
                self.tidy(now, &conversation);
            }
        }
    }

    /// What the store has answered to [`Work::Load`]: of each what it is in, in the order of the
    /// question.
    pub(in crate::inbox) fn loaded(
        &mut self,
        now: Monotonic,
        newcomers: &[Newcomer],
        of_each: Result<Vec<Vec<ConversationId>>, StoreError>,
    ) {
        self.loading -= 1;
        let mut of_each = of_each.unwrap_or_default().into_iter();
        for newcomer in newcomers {
            self.loaded_one(now, newcomer, of_each.next());
        }
    }

    /// `None` if the store did not say: it is asked again.
    fn loaded_one(
        &mut self,
        now: Monotonic,
        (account, coming): &Newcomer,
        ids: Option<Vec<ConversationId>>,
    ) {
        let coming = *coming;
        let Some(online) = self.accounts.get_mut(account) else { return };
        if online.coming != coming {
            return;
        }
        let Some(Load::Asked(left)) = online.load.take().map(|load| *load) else { return };
        let Some(ids) = ids else {
            let at = now.after(self.config.retry);
            online.load = Some(Box::new(Load::Waiting(at, left)));
            self.to_load.insert((at, coming), account.clone());
            return;
        };
        for id in ids.iter().filter(|id| !left.contains(id)) {
            self.index(account, id);
            let missed = self.missed.get(id).copied().unwrap_or_default();
            if missed.max(self.missed_all) > coming.0 {
                self.touch(now, id, |dirty| dirty.mark(account, 0));
            }
        }
        if let Some(online) = self.accounts.get_mut(account) {
            online.conversations.shrink_to_fit();
        }
        self.one_less_unloaded();
    }

    /// Who is to be loaded now: whoever waits, up to the bound.
    pub(super) fn next_load(&mut self, now: Monotonic) -> Option<Work> {
        if self.loading >= self.config.max_works {
            return None;
        }
        let waiting = std::iter::from_fn(|| self.next_newcomer(now));
        let newcomers: Vec<_> = waiting.take(MAX_NEWCOMERS).collect();
        if newcomers.is_empty() {
            return None;
        }
        self.loading += 1;
        Some(Work::Load(newcomers))
    }

    fn next_newcomer(&mut self, now: Monotonic) -> Option<Newcomer> {
        let (&(at, coming), _) = self.to_load.first_key_value()?;
        if at > now {
            return None;
        }
        let (_, account) = self.to_load.pop_first()?;
        let online = self.accounts.get_mut(&account)?;
        let load = online.load.as_deref_mut()?;
        let Load::Waiting(_, left) = load else { return None };
        *load = Load::Asked(std::mem::take(left));
        Some((account, coming))
    }

    /// An account that is online is in a conversation. Beyond its bound it does not hear of it.
    pub(super) fn index(&mut self, account: &AccountId, id: &ConversationId) {
        let Some(online) = self.accounts.get_mut(account) else { return };
        if online.conversations.len() >= self.config.max_memberships {
            tracing::debug!(user = %account, "an account hears of no more conversations");
            return;
        }
        // One text for each id, however many are in it.
        let id = match self.conversations.get_key_value(id) {
            Some((id, _)) => id.clone(),
            None => id.clone(),
        };
        let entry = self.conversations.entry(id.clone()).or_default();
        if entry.online.insert(account.clone()) {
            if online.conversations.is_empty() {
                // Many are in one; a list begins with four otherwise.
                online.conversations.reserve_exact(1);
            }
            online.conversations.push(id);
        }
    }

    /// An account that is online is in a conversation, whatever a load that was asked for before says.
    pub(super) fn begin_hearing(&mut self, account: &AccountId, of: &ConversationId) {
        let Some(online) = self.accounts.get_mut(account) else { return };
        if let Some(Load::Waiting(_, left) | Load::Asked(left)) = online.load.as_deref_mut() {
            left.retain(|left| left != of);
        }
        self.index(account, of);
    }

    /// An account that is online is not in a conversation, whatever a load that was asked for before
    /// says.
    pub(super) fn stop_hearing(&mut self, account: &AccountId, of: &ConversationId) {
        let Some(online) = self.accounts.get_mut(account) else { return };
        if let Some(Load::Waiting(_, left) | Load::Asked(left)) = online.load.as_deref_mut()
            && !left.contains(of)
        {
            left.push(of.clone());
        }
        online.conversations.retain(|conversation| conversation != of);
        if let Some(entry) = self.conversations.get_mut(of) {
            entry.online.remove(account);
        }
    }

    /// Whether an account that is online is known to be in a conversation.
    pub(super) fn hears(&self, account: &AccountId, of: &ConversationId) -> bool {
        self.conversations.get(of).is_some_and(|entry| entry.online.contains(account))
    }

    /// Whether it may be: that, or it is not loaded yet, and has not left meanwhile.
    pub(super) fn may_hear(&self, account: &AccountId, of: &ConversationId) -> bool {
        let load = self.accounts.get(account).and_then(|online| online.load.as_deref());
        let may_be_loaded = match load {
            Some(Load::Waiting(_, left) | Load::Asked(left)) => !left.contains(of),
            None => false,
        };
        may_be_loaded || self.hears(account, of)
    }

    /// Whoever is not loaded yet may be in this.
    pub(super) fn miss(&mut self, id: &ConversationId) {
        if self.unloaded == 0 {
            return;
        }
        self.ticks += 1;
        if self.missed.len() >= MAX_MISSED {
            self.missed.clear();
            self.missed_all = self.ticks;
        }
        self.missed.insert(id.clone(), self.ticks);
    }

    fn one_less_unloaded(&mut self) {
        self.unloaded -= 1;
        if self.unloaded == 0 {
            self.missed = HashMap::new();
        }
    }
}
