//! Whose list has to be told of what, and when: a state machine without IO or clock.
//!
//! Each conversation that somebody online is in has an entry, with who of it is online. What happens
//! makes it dirty: for everybody in it (a message), for one (a move of the own mark), or for one in
//! another way (a membership that began or ended). When it is due it is [flushed](Work::Flush): the
//! store is asked how it looks to all of them. At most one flush of a conversation is under way, so
//! that nobody is told something older after something newer.
//!
//! In rooms and channels messages and marks are told at once if none was told for the
//! [`InboxConfig::pause`], else when it is over: the last state is always told. Of memberships there is
//! no pause, nor in [direct] conversations, where each message is told and each move of a mark.

mod accounts;
mod direct;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chat::conversations::{ConversationId, Kind, Seq};
use chat::ids::AccountId;
use chat::store::StoreError;
use chat::time::Monotonic;

use super::{InboxConfig, InboxStats};
use accounts::Online;
pub(super) use direct::News;
use direct::Wrote;

/// Which coming of an account this is: an answer to an earlier one is not taken for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Coming(u64);

/// An account that came, and which coming of it that is.
pub(super) type Newcomer = (AccountId, Coming);

/// The most that the store is asked for at once: a crowd that comes back costs few questions, each some
/// 0.3 ms of a reader. Where each is in [`InboxConfig::max_memberships`], some 0.3 s and 20 MB.
pub(super) const MAX_NEWCOMERS: usize = 64;

/// Something that the store is to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Work {
    /// Which conversations these are in, [`MAX_NEWCOMERS`] at most; then [`Machine::loaded`].
    Load(Vec<Newcomer>),
    /// How a conversation looks, for those who are to be told; then [`Machine::flushed`].
    Flush(Flush),
}

/// Who is to be told of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flush {
    pub(super) conversation: ConversationId,
    /// That it looks different.
    pub(super) updated: Vec<AccountId>,
    /// That they are in it, or are not any more.
    pub(super) changed: Vec<AccountId>,
    /// Those of `changed` who were in it, as far as is known.
    left: BTreeSet<AccountId>,
    /// Of a direct conversation: of what `updated` are to be told one by one.
    pub(super) news: Option<News>,
    /// Whether `updated` are all who are online.
    is_for_all: bool,
    /// Whoever came later may be told something older than it knows.
    since: Coming,
}

/// What a flush has told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Who of those whose membership changed is in the conversation.
    pub(super) members: HashSet<AccountId>,
    /// Its newest message.
    pub(super) last: Seq,
}

/// What became of a flush.
pub(super) type Flushed = Result<Told, StoreError>;

#[derive(Debug)]
pub(super) struct Machine {
    config: InboxConfig,
    accounts: HashMap<AccountId, Online>,
    conversations: HashMap<ConversationId, Entry>,
    /// What is to be flushed or forgotten, and when.
    due: BTreeSet<(Monotonic, ConversationId)>,
    flushing: usize,
    /// Who is to be loaded, and when.
    to_load: BTreeMap<(Monotonic, Coming), AccountId>,
    /// Questions that are under way.
    loading: usize,
    unloaded: usize,
    /// Counts comings, and what is heard while somebody is not loaded yet.
    ticks: u64,
    /// When what was heard of that somebody who is not loaded yet may be in.
    missed: HashMap<ConversationId, u64>,
    /// Whoever came before this may have missed anything.
    missed_all: u64,
}

/// A conversation that somebody online is in, or has to be told of.
#[derive(Debug, Default)]
struct Entry {
    online: HashSet<AccountId>,
    is_flushing: bool,
    /// Until then nobody is told of messages and marks.
    quiet_until: Monotonic,
    /// Until then the store is left alone.
    retry_at: Monotonic,
    /// Of a direct conversation.
    wrote: Wrote,
    dirty: Option<Box<Dirty>>,
}

#[derive(Debug, Default)]
struct Dirty {
    /// Where it stands in [`Machine::due`].
    due: Option<Monotonic>,
    for_all: bool,
    /// Of a direct conversation: the first and the last message that were heard of and not told.
    wrote: Option<(Seq, Seq)>,
    /// Who is to be told once at least; and, of a direct conversation, how often beside its messages.
    marked: BTreeMap<AccountId, u32>,
    changed: BTreeSet<AccountId>,
    /// Those of `changed` who were in it, as far as is known.
    left: BTreeSet<AccountId>,
}

impl Flush {
    /// Whether somebody was in the conversation before: who never was is not to learn of a private one
    /// by hearing that they are not in it.
    pub(super) fn was_in(&self, account: &AccountId) -> bool {
        self.left.contains(account)
    }
}

impl Machine {
    pub(super) fn new(config: InboxConfig) -> Self {
        Self {
            config,
            accounts: HashMap::new(),
            conversations: HashMap::new(),
            due: BTreeSet::new(),
            flushing: 0,
            to_load: BTreeMap::new(),
            loading: 0,
            unloaded: 0,
            ticks: 0,
            missed: HashMap::new(),
            missed_all: 0,
        }
    }

    /// A message was stored in a room or channel.
    pub(super) fn message(&mut self, now: Monotonic, conversation: &ConversationId) {
        self.miss(conversation);
        self.touch(now, conversation, |dirty| dirty.for_all = true);
    }

    /// An account's own mark was moved.
    pub(super) fn marked(&mut self, now: Monotonic, account: &AccountId, of: &ConversationId) {
        self.miss(of);
        if of.kind() == Some(Kind::Direct) {
            // Whoever has a mark in it is one of the two, though a block may have hidden it from them
            // when they came.
            self.index(account, of);
        }
        // During a flush the store may be saying that somebody is in it after all: then it is told.
        let may_be_in = |entry: &Entry| entry.is_flushing || entry.online.contains(account);
        if self.conversations.get(of).is_some_and(may_be_in) {
            self.touch(now, of, |dirty| {
                dirty.mark(account, 1);
            });
        }
    }

    /// An account became a member. This, and that it is one no more, may be told in another order than
    /// that in which the store did it: what counts is what the store says to the flush that follows.
    pub(super) fn entered(&mut self, now: Monotonic, account: &AccountId, of: &ConversationId) {
        if self.accounts.contains_key(account) {
            self.begin_hearing(account, of);
            self.membership(now, account, of);
        }
    }

    /// An account is a member no more.
    pub(super) fn left(&mut self, now: Monotonic, account: &AccountId, of: &ConversationId) {
        if self.accounts.contains_key(account) {
            let was_in = self.may_hear(account, of);
            self.stop_hearing(account, of);
            self.membership(now, account, of);
            if was_in && let Some(entry) = self.conversations.get_mut(of) {
                entry.dirty.get_or_insert_default().left.insert(account.clone());
            }
        }
    }

    /// The store was asked whether an account is a member, because another node may have changed that.
    /// Of what is known here nothing is told: so nobody hears twice of what this node has done.
    pub(super) fn found(
        &mut self,
        now: Monotonic,
        (account, of): (&AccountId, &ConversationId),
        is_in: bool,
    ) {
        if is_in && !self.hears(account, of) {
            self.entered(now, account, of);
        } else if !is_in && self.may_hear(account, of) {
            self.left(now, account, of);
        }
    }

    fn membership(&mut self, now: Monotonic, account: &AccountId, of: &ConversationId) {
        self.conversations.entry(of.clone()).or_default();
        self.touch(now, of, |dirty| {
            dirty.changed.insert(account.clone());
        });
    }

    /// What became of [`Work::Flush`]: whether everybody was told, and who of [`Flush::changed`] is in
    /// the conversation.
    pub(super) fn flushed(&mut self, now: Monotonic, flush: Flush, result: Flushed) {
        self.flushing -= 1;
        let (updated_late, changed_late) =
            (self.late(&flush.updated, &flush), self.late(&flush.changed, &flush));
        let id = flush.conversation;
        if !updated_late.is_empty() {
            self.miss(&id);
        }
        let Some(entry) = self.conversations.get_mut(&id) else { return };
        entry.is_flushing = false;
        let mut changed = Vec::new();
        if let Ok(told) = &result {
            changed = flush.changed;
            if let Some(news) = &flush.news {
                entry.wrote.told(news, told.last);
            }
            if !flush.updated.is_empty() && id.kind() != Some(Kind::Direct) {
                entry.quiet_until = now.after(self.config.pause);
            }
        } else {
            entry.retry_at = now.after(self.config.retry);
            let dirty = entry.dirty.get_or_insert_default();
            dirty.changed.extend(flush.changed);
            dirty.left.extend(flush.left.iter().cloned());
            if let Some(news) = flush.news {
                dirty.restore(&news);
            } else if flush.is_for_all {
                dirty.for_all = true;
            } else {
                for account in &flush.updated {
                    dirty.mark(account, 0);
                }
            }
        }
        self.again(&id, updated_late, changed_late, flush.left);
        if let Ok(told) = result {
            self.settle(&id, &changed, &told.members);
        }
        self.schedule(now, &id);
        self.tidy(now, &id);
    }

    /// Who of those that a flush was for has come since it began: they were told, too.
    fn late(&self, accounts: &[AccountId], flush: &Flush) -> Vec<AccountId> {
        if Coming(self.ticks) == flush.since {
            return Vec::new();
        }
        let is_late = |account: &&AccountId| {
            self.accounts.get(*account).is_some_and(|online| online.coming > flush.since)
        };
        accounts.iter().filter(is_late).cloned().collect()
    }

    /// Whoever the store says is in a conversation hears of it, and nobody else of those it was asked
    /// about; but whose membership has changed again since is asked about again.
    fn settle(&mut self, id: &ConversationId, asked: &[AccountId], members: &HashSet<AccountId>) {
        for account in asked {
            let dirty = self.conversations.get(id).and_then(|entry| entry.dirty.as_ref());
            if dirty.is_some_and(|dirty| dirty.changed.contains(account)) {
                continue;
            }
            if members.contains(account) {
                self.begin_hearing(account, id);
            } else if id.kind() != Some(Kind::Direct) {
                // The two of a direct conversation are in it for ever, though a block hides it.
                self.stop_hearing(account, id);
            }
        }
    }

    /// Some are to be told once more.
    fn again(
        &mut self,
        id: &ConversationId,
        updated: Vec<AccountId>,
        changed: Vec<AccountId>,
        left: BTreeSet<AccountId>,
    ) {
        let Some(entry) = self.conversations.get_mut(id) else { return };
        let updated: Vec<_> =
            updated.into_iter().filter(|account| entry.online.contains(account)).collect();
        if !updated.is_empty() || !changed.is_empty() {
            let dirty = entry.dirty.get_or_insert_default();
            for account in &updated {
                dirty.mark(account, 0);
            }
            dirty.left.extend(left.into_iter().filter(|account| changed.contains(account)));
            dirty.changed.extend(changed);
        }
    }

    /// What to ask the store now; to be called until it gives `None`.
    pub(super) fn next_work(&mut self, now: Monotonic) -> Option<Work> {
        self.next_load(now).or_else(|| self.next_flush(now))
    }

    fn next_flush(&mut self, now: Monotonic) -> Option<Work> {
        while self.flushing < self.config.max_works {
            let (at, _) = self.due.first()?;
            if *at > now {
                return None;
            }
            let (_, conversation) = self.due.pop_first()?;
            if let Some(flush) = self.begin(now, &conversation) {
                self.flushing += 1;
                return Some(Work::Flush(flush));
            }
            self.tidy(now, &conversation);
        }
        None
    }

    /// Takes what is to be told now; `None` if nobody is there any more.
    fn begin(&mut self, now: Monotonic, id: &ConversationId) -> Option<Flush> {
        let entry = self.conversations.get_mut(id)?;
        let is_due = |dirty: &mut Box<Dirty>| dirty.due.is_some_and(|due| due <= now);
        let mut dirty = entry.dirty.take_if(is_due)?;
        let changed = std::mem::take(&mut dirty.changed);
        let left = std::mem::take(&mut dirty.left);
        let changed: Vec<_> =
            changed.into_iter().filter(|account| self.accounts.contains_key(account)).collect();
        let news = dirty.take_news(id, entry);
        // A membership is told at once; the rest may have to wait.
        let is_quiet = entry.quiet_until > now;
        let (is_for_all, updated) = if is_quiet {
            (false, Vec::new())
        } else if dirty.for_all || news.is_some() {
            (true, entry.online.iter().cloned().collect())
        } else {
            let marked = dirty.marked.keys().filter(|account| entry.online.contains(*account));
            (false, marked.cloned().collect())
        };
        if is_quiet && (dirty.for_all || !dirty.marked.is_empty()) {
            dirty.due = None;
            entry.dirty = Some(dirty);
        }
        if updated.is_empty() && changed.is_empty() {
            self.schedule(now, id);
            return None;
        }
        entry.is_flushing = true;
        let since = Coming(self.ticks);
        Some(Flush { conversation: id.clone(), updated, changed, left, news, is_for_all, since })
    }

    /// When [`Machine::next_work`] has something; `None` if it waits for an input or an answer.
    pub(super) fn next_deadline(&self) -> Option<Monotonic> {
        let loads = self.to_load.first_key_value().map(|((at, _), _)| *at);
        let loads = loads.filter(|_| self.loading < self.config.max_works);
        let flushes = self.due.first().map(|(at, _)| *at);
        let flushes = flushes.filter(|_| self.flushing < self.config.max_works);
        loads.into_iter().chain(flushes).min()
    }

    pub(super) fn stats(&self) -> InboxStats {
        InboxStats {
            accounts: self.accounts.len(),
            conversations: self.conversations.len(),
            dirty: self.due.len() + self.flushing,
            loading: self.unloaded,
        }
    }

    /// Makes a conversation dirty, if anybody is there.
    fn touch(&mut self, now: Monotonic, id: &ConversationId, change: impl FnOnce(&mut Dirty)) {
        let Some(entry) = self.conversations.get_mut(id) else { return };
        change(entry.dirty.get_or_insert_default());
        self.schedule(now, id);
    }

    /// Puts a dirty conversation where it belongs in the order.
    fn schedule(&mut self, now: Monotonic, id: &ConversationId) {
        let Some(entry) = self.conversations.get_mut(id) else { return };
        let Some(dirty) = &mut entry.dirty else { return };
        if entry.is_flushing {
            return;
        }
        let quiet_until =
            if dirty.changed.is_empty() { entry.quiet_until } else { Monotonic::default() };
        let due = now.max(quiet_until).max(entry.retry_at);
        // What is due earlier stays where it is.
        if dirty.due.is_some_and(|earlier| earlier <= due) {
            return;
        }
        if let Some(later) = dirty.due.replace(due) {
            self.due.remove(&(later, id.clone()));
        }
        self.due.insert((due, id.clone()));
    }

    /// Forgets a conversation of which nobody has to be told anything, when its pause is over.
    fn tidy(&mut self, now: Monotonic, id: &ConversationId) {
        let Some(entry) = self.conversations.get(id) else { return };
        if !entry.online.is_empty() || entry.dirty.is_some() || entry.is_flushing {
            return;
        }
        if entry.quiet_until > now {
            self.due.insert((entry.quiet_until, id.clone()));
        } else {
            self.conversations.remove(id);
        }
    }
}
