//! Direct conversations and blocks in memory.

use chat::conversations::{
    Conversation, ConversationId, Description, Direct, Kind, Partner, Seq, Visibility,
};
use chat::identity::{Block, Blocks, ChangeKind, People, PeopleCursor, Profile};
use chat::ids::AccountId;
use chat::permissions;
use chat::store::{StoreError, StoreFuture};
use chat::time::Timestamp;

use super::store::{MemoryStore, State};
use super::talk::Kept;

impl State {
    fn blocks(&self, who: &AccountId, whom: &AccountId) -> bool {
        self.blocks.iter().any(|block| block.blocker == *who && block.blocked == *whom)
    }

    /// Who blocks whom of the two, as `me` sees it.
    pub(super) fn between(&self, me: &AccountId, other: &AccountId) -> permissions::Blocks {
        permissions::Blocks { own: self.blocks(me, other), theirs: self.blocks(other, me) }
    }

    /// Whether the two may write to each other.
    fn is_pair(&self, one: &AccountId, other: &AccountId) -> bool {
        let is_account = |id| self.living(id).is_some_and(|profile| !profile.is_guest);
        one != other
            && is_account(one)
            && is_account(other)
            && self.between(one, other) == permissions::Blocks::default()
    }

    fn of_pair(&self, one: &AccountId, other: &AccountId) -> Option<ConversationId> {
        let is_theirs = |kept: &Kept| {
            kept.place().0 == Kind::Direct
                && kept.member(one).is_some()
                && kept.member(other).is_some()
        };
        self.talk.all.iter().find(|(_, kept)| is_theirs(kept)).map(|(id, _)| id.clone())
    }

    /// With whom an account may have the conversation of this id, which is not made yet.
    pub(super) fn unmade(&self, id: &ConversationId, account: &AccountId) -> Option<Profile> {
        let owners = self.owners(id)?;
        let other = owners.other(account)?;
        let fits = self.is_pair(account, other) && self.of_pair(account, other).is_none();
        if fits { self.living(other) } else { None }
    }

    /// To whom an id belongs: of all whose it could be those who were both there first.
    fn owners(&self, id: &ConversationId) -> Option<Direct> {
        let since = |direct: &Direct| {
            let (one, other) = (self.came(direct.smaller())?, self.came(direct.larger())?);
            Some((one.max(other), one.min(other)))
        };
        let all = Direct::all(id).into_iter();
        let all = all.filter_map(|direct| Some((since(&direct)?, direct)));
        all.min_by_key(|(since, _)| *since).map(|(_, direct)| direct)
    }

    /// Makes the conversation of this id, where a sender may have one.
    pub(super) fn make_unmade(&mut self, id: &ConversationId, sender: &AccountId, now: Timestamp) {
        if !self.talk.all.contains_key(id)
            && let Some(other) = self.unmade(id, sender)
        {
            self.make(id, [sender, &other.id], now);
        }
    }

    fn make(&mut self, id: &ConversationId, two: [&AccountId; 2], now: Timestamp) {
        let made = Conversation {
            id: id.clone(),
            kind: Kind::Direct,
            visibility: Visibility::Private,
            title: None,
            description: Description::default(),
            owner: None,
            member_count: 2,
            last_seq: Seq(0),
            last_message: None,
            created_at: now,
            updated_at: now,
        };
        self.talk.insert(made, two);
    }

    pub(super) fn open_direct(
        &mut self,
        opener: &AccountId,
        other: &AccountId,
        now: Timestamp,
    ) -> Option<Conversation> {
        if !self.is_pair(opener, other) {
            return None;
        }
        let direct = Direct::of(opener, other).ok()?;
        let plain = direct.id();
        let is_theirs = self.owners(&plain).as_ref() == Some(&direct);
        let id = self.of_pair(opener, other).unwrap_or_else(|| {
            let numbered = (2..).map(|nth| format!("{plain}#{nth}"));
            let ids = is_theirs.then(|| plain.to_string()).into_iter().chain(numbered);
            let mut ids = ids.filter_map(|id| ConversationId::parse(&id).ok());
            ids.find(|id| !self.talk.all.contains_key(id)).expect("there are many numbers")
        });
        if !self.talk.all.contains_key(&id) {
            self.make(&id, [opener, other], now);
        }
        let kept = self.talk.all.get_mut(&id)?;
        kept.opened.insert(opener.clone());
        Some(kept.conversation())
    }

    /// Who blocks whom in a conversation, as an account sees it.
    pub(super) fn blocks_in(
        &self,
        id: &ConversationId,
        account: &AccountId,
    ) -> permissions::Blocks {
        let kept = self.talk.all.get(id);
        let other = kept.and_then(|kept| other_of(kept, account));
        other.map(|other| self.between(account, &other)).unwrap_or_default()
    }

    /// The other one in a direct conversation, as a viewer sees them.
    pub(super) fn partner(&self, kept: &Kept, viewer: &AccountId) -> Option<Partner> {
        let other = other_of(kept, viewer)?;
        let last_read = kept.member(&other)?.last_read;
        let is_blocked = self.blocks(viewer, &other);
        Some(Partner { profile: self.profile(&other)?, last_read, is_blocked })
    }

    /// Whether a conversation is in somebody's list.
    pub(super) fn is_listed(&self, kept: &Kept, viewer: &AccountId) -> bool {
        let Some(other) = other_of(kept, viewer) else { return true };
        (kept.opened.contains(viewer) || kept.last_sender().is_some())
            && !self.blocks(&other, viewer)
    }

    pub(super) fn partners(&self, account: &AccountId) -> Vec<(ConversationId, AccountId)> {
        let own = self.talk.all.iter().filter(|(_, kept)| kept.opened.contains(account));
        let mut partners: Vec<_> = own
            .filter_map(|(id, kept)| Some((kept.place().2, id, other_of(kept, account)?)))
            .filter(|(_, _, other)| self.is_pair(account, other))
            .collect();
        partners.sort_unstable_by(|one, other| other.cmp(one));
        partners.into_iter().map(|(_, id, other)| (id.clone(), other)).collect()
    }
}

/// The other one in a direct conversation.
fn other_of(kept: &Kept, account: &AccountId) -> Option<AccountId> {
    (kept.place().0 == Kind::Direct).then_some(())?;
    let mut members = kept.members.iter().map(|(_, member)| &member.account);
    members.find(|member| *member != account).cloned()
}

impl MemoryStore {
    /// A block of long ago: nobody hears of it among the changes.
    pub(crate) fn remember(&self, block: Block) {
        self.state.lock().blocks.push(block);
    }
}

impl Blocks for MemoryStore {
    fn block(&self, block: Block, _: Timestamp) -> StoreFuture<'_, Result<bool, StoreError>> {
        self.run(|state| {
            let Block { blocker, blocked } = &block;
            if blocker == blocked
                || [blocker, blocked].into_iter().any(|id| state.living(id).is_none())
            {
                return Ok(false);
            }
            if !state.blocks.contains(&block) {
                state.blocks.push(block.clone());
                state.changes.push(ChangeKind::Blocked(block));
            }
            Ok(true)
        })
    }

    fn unblock(&self, block: Block) -> StoreFuture<'_, Result<bool, StoreError>> {
        self.run(|state| {
            let there = state.blocks.iter().position(|kept| *kept == block);
            if let Some(at) = there {
                state.blocks.remove(at);
                state.changes.push(ChangeKind::Unblocked(block));
            }
            Ok(there.is_some())
        })
    }

    fn blocked_by(
        &self,
        blocker: AccountId,
        cursor: Option<PeopleCursor>,
        limit: usize,
    ) -> StoreFuture<'_, Result<People, StoreError>> {
        self.run(move |state| {
            let after = cursor.map_or(0, |cursor| cursor.0);
            let numbered = (1..).zip(state.everybody());
            let found = numbered.filter(|(_, profile)| state.blocks(&blocker, &profile.id));
            let mut page: Vec<_> = found.filter(|(nth, _)| *nth > after).take(limit + 1).collect();
            let has_more = page.len() > limit;
            page.truncate(limit);
            let next = page.last().filter(|_| has_more).map(|(nth, _)| PeopleCursor(*nth));
            Ok(People { profiles: page.into_iter().map(|(_, profile)| profile).collect(), next })
        })
    }

    fn is_blocked_between(
        &self,
        one: AccountId,
        other: AccountId,
    ) -> StoreFuture<'_, Result<bool, StoreError>> {
        self.run(|state| Ok(state.between(&one, &other) != permissions::Blocks::default()))
    }
}
