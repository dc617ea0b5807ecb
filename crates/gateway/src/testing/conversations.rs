//! The port to conversations, over what is in memory.

use std::cmp::Reverse;
use std::sync::Arc;

use chat::conversations::{
    Conversation, ConversationId, Conversations, Entry, Invited, ListCursor, ListPage, Listing,
    MAX_LISTED, Member, MemberChange, MemberError, NewConversation, Partners, ReadMark, Seq, View,
    Views, Visibility,
};
use chat::identity::{ChangeKind, People, PeopleCursor};
use chat::ids::AccountId;
use chat::permissions::{Action, Denied, may_approach};
use chat::store::{StoreError, StoreFuture};
use chat::time::Timestamp;

use super::store::{MemoryStore, State};
use super::talk::Kept;

impl Conversations for MemoryStore {
    fn create_conversation(
        &self,
        new: NewConversation,
    ) -> StoreFuture<'_, Result<Conversation, StoreError>> {
        self.run(|state| Ok(state.talk.create(new)))
    }

    fn conversation(
        &self,
        id: ConversationId,
    ) -> StoreFuture<'_, Result<Option<Conversation>, StoreError>> {
        self.run(|state| Ok(state.talk.all.get(&id).map(Kept::conversation)))
    }

    fn open_direct(
        &self,
        opener: AccountId,
        other: AccountId,
        now: Timestamp,
    ) -> StoreFuture<'_, Result<Option<Conversation>, StoreError>> {
        self.run(|state| {
            state.asked.push("open_direct");
            Ok(state.open_direct(&opener, &other, now))
        })
    }

    fn enter(
        &self,
        id: ConversationId,
        account: AccountId,
        now: Timestamp,
    ) -> StoreFuture<'_, Result<Option<Entry>, StoreError>> {
        let entered = self.run(move |state| {
            let Some(actor) = state.living(&account) else { return Ok(None) };
            let blocks = state.blocks_in(&id, &account);
            let entered = state.talk.enter(&id, (&actor, blocks), now);
            Ok(entered.map(|(conversation, member, is_new)| Entry { conversation, member, is_new }))
        });
        self.answer(entered)
    }

    fn leave(
        &self,
        id: ConversationId,
        account: AccountId,
        _: Timestamp,
    ) -> StoreFuture<'_, Result<bool, StoreError>> {
        let left = self.run(move |state| Ok(state.end(&id, &account)));
        self.answer(left)
    }

    fn invite(
        &self,
        MemberChange { conversation, by, whom }: MemberChange,
        now: Timestamp,
    ) -> StoreFuture<'_, Result<Invited, MemberError>> {
        self.run(move |state| {
            let by = state.living(&by).ok_or(Denied::NotFound)?;
            if let Some(denied) = state.talk.denied(&conversation, &by, Action::Invite) {
                return Err(denied.into());
            }
            let other = state.living(&whom);
            let blocks = state.between(&by.id, &whom);
            may_approach(other.as_ref().map(|other| other.is_guest), blocks).map_err(|denied| {
                if denied == Denied::NotFound { MemberError::Nobody } else { denied.into() }
            })?;
            let profile = other.map(Arc::new).ok_or(MemberError::Nobody)?;
            let is_new = state.talk.admit(&conversation, &whom, now);
            if is_new {
                state.changes.push(ChangeKind::Membership(whom, conversation));
            }
            Ok(Invited { profile, is_new })
        })
    }

    fn remove_member(
        &self,
        MemberChange { conversation, by, whom }: MemberChange,
    ) -> StoreFuture<'_, Result<bool, MemberError>> {
        self.run(move |state| {
            let by = state.living(&by).ok_or(Denied::NotFound)?;
            match state.talk.denied(&conversation, &by, Action::Remove) {
                Some(denied) => Err(denied.into()),
                None => Ok(state.end(&conversation, &whom)),
            }
        })
    }

    fn member(
        &self,
        id: ConversationId,
        account: AccountId,
    ) -> StoreFuture<'_, Result<Option<Member>, StoreError>> {
        self.run(|state| {
            Ok(state.talk.all.get(&id).and_then(|kept| kept.member(&account).cloned()))
        })
    }

    fn mark_read(
        &self,
        id: ConversationId,
        account: AccountId,
        to: Option<Seq>,
        _: Timestamp,
    ) -> StoreFuture<'_, Result<Option<ReadMark>, StoreError>> {
        self.run(|state| {
            state.asked.push("mark_read");
            let is_unmade = !state.talk.all.contains_key(&id);
            if is_unmade && state.unmade(&id, &account).is_some() {
                return Ok(Some(ReadMark { last_read: Seq(0), moved: false, unread: 0 }));
            }
            if state.blocks_in(&id, &account).theirs {
                return Ok(None);
            }
            Ok(state.talk.all.get_mut(&id).and_then(|kept| kept.mark(&account, to)))
        })
    }

    fn read_mark(
        &self,
        id: ConversationId,
        account: AccountId,
    ) -> StoreFuture<'_, Result<Option<ReadMark>, StoreError>> {
        self.run(|state| {
            Ok(state.talk.all.get_mut(&id).and_then(|kept| kept.mark(&account, Some(Seq(0)))))
        })
    }

    fn list_conversations(
        &self,
        listing: Listing,
    ) -> StoreFuture<'_, Result<ListPage, StoreError>> {
        self.run(move |state| Ok(state.list(&listing)))
    }

    fn view(
        &self,
        id: ConversationId,
        viewer: AccountId,
    ) -> StoreFuture<'_, Result<Option<View>, StoreError>> {
        let seen = self.run(move |state| {
            state.asked.push("view");
            let Some(actor) = state.profile(&viewer) else { return Ok(None) };
            if !state.talk.all.contains_key(&id) {
                let other = state.unmade(&id, &viewer);
                return Ok(other.map(|other| View::unmade(id, viewer, other)));
            }
            let blocks = state.blocks_in(&id, &viewer);
            if state.talk.open(&id, (&actor, blocks), Action::Read).is_none() {
                return Ok(None);
            }
            Ok(state.view(&id, &viewer))
        });
        self.sights.pass(seen)
    }

    fn views(
        &self,
        id: ConversationId,
        accounts: Vec<AccountId>,
    ) -> StoreFuture<'_, Result<Option<Views>, StoreError>> {
        self.run(move |state| {
            state.views += 1;
            if state.views_to_fail > 0 {
                state.views_to_fail -= 1;
                return Err(StoreError::Unavailable);
            }
            let Some(kept) = state.talk.all.get(&id) else { return Ok(None) };
            Ok(Some(Views {
                conversation: kept.conversation(),
                last_sender: kept.last_sender().and_then(|sender| state.profile(sender)),
                members: accounts
                    .iter()
                    .filter_map(|id| kept.member_view(id, state.partner(kept, id)))
                    .collect(),
            }))
        })
    }

    fn members(
        &self,
        id: ConversationId,
        cursor: Option<PeopleCursor>,
        limit: usize,
    ) -> StoreFuture<'_, Result<Option<People>, StoreError>> {
        self.run(move |state| {
            let Some(kept) = state.talk.all.get(&id) else { return Ok(None) };
            let after = cursor.map_or(0, |cursor| cursor.0);
            let later = kept.members.iter().filter(|(serial, _)| *serial > after);
            let limit = limit.clamp(1, MAX_LISTED);
            let page: Vec<_> = later.take(limit + 1).collect();
            let next = (page.len() > limit).then(|| PeopleCursor(page[limit - 1].0));
            let profiles = page.iter().take(limit);
            let profiles = profiles.filter_map(|(_, member)| state.profile(&member.account));
            Ok(Some(People { profiles: profiles.collect(), next }))
        })
    }

    fn memberships(
        &self,
        account: AccountId,
        after: Option<ListCursor>,
        limit: usize,
    ) -> StoreFuture<'_, Result<Vec<ListCursor>, StoreError>> {
        self.run(move |state| Ok(state.memberships(&account, after.as_ref(), limit)))
    }

    fn membership_ids(
        &self,
        accounts: Vec<AccountId>,
        limit: usize,
    ) -> StoreFuture<'_, Result<Vec<Vec<ConversationId>>, StoreError>> {
        self.run(move |state| {
            let of = |account| {
                let places = state.memberships(account, None, limit);
                places.into_iter().map(|place| place.id).collect()
            };
            Ok(accounts.iter().map(of).collect())
        })
    }

    fn partners(
        &self,
        accounts: Vec<AccountId>,
        limit: usize,
    ) -> StoreFuture<'_, Result<Vec<Partners>, StoreError>> {
        self.run(move |state| {
            state.partners += 1;
            let of = |account| state.partners(account).into_iter().take(limit).collect();
            Ok(accounts.iter().map(of).collect())
        })
    }
}

impl State {
    /// Ends a membership; whether there was one.
    fn end(&mut self, id: &ConversationId, account: &AccountId) -> bool {
        let ended = self.talk.all.get_mut(id).is_some_and(|kept| kept.leave(account));
        if ended {
            self.changes.push(ChangeKind::Membership(account.clone(), id.clone()));
        }
        ended
    }

    fn view(&self, id: &ConversationId, viewer: &AccountId) -> Option<View> {
        let kept = self.talk.all.get(id)?;
        let last_sender = kept.last_sender().and_then(|sender| self.profile(sender));
        Some(kept.view(viewer, last_sender, self.partner(kept, viewer)))
    }

    fn memberships(
        &self,
        account: &AccountId,
        after: Option<&ListCursor>,
        limit: usize,
    ) -> Vec<ListCursor> {
        let after = after.map(|place| (place.updated_at, &place.id));
        let all = self.talk.all.iter();
        let own =
            all.filter(|(_, kept)| kept.member(account).is_some() && self.is_listed(kept, account));
        let mut own: Vec<_> = own
            .map(|(id, kept)| (kept.place().2, id))
            .filter(|place| after.is_none_or(|after| *place < after))
            .collect();
        own.sort_unstable_by_key(|place| Reverse(*place));
        let place =
            |(updated_at, id): (_, &ConversationId)| ListCursor { updated_at, id: id.clone() };
        own.into_iter().take(limit).map(place).collect()
    }

    fn list(&self, listing: &Listing) -> ListPage {
        let after = listing.cursor.as_ref().map(|cursor| (cursor.updated_at, &cursor.id));
        let all = self.talk.all.iter();
        let mut found: Vec<_> = all
            .filter(|(_, kept)| {
                let (kind, visibility, _) = kept.place();
                let is_open =
                    visibility == Visibility::Public || kept.member(&listing.viewer).is_some();
                kind == listing.kind && is_open && self.is_listed(kept, &listing.viewer)
            })
            .filter(|(_, kept)| listing.query.as_deref().is_none_or(|query| kept.is_called(query)))
            .map(|(id, kept)| (kept.place().2, id))
            .filter(|place| after.is_none_or(|after| *place < after))
            .collect();
        found.sort_unstable_by(|one, other| other.cmp(one));
        let limit = listing.limit.clamp(1, MAX_LISTED);
        let next = (found.len() > limit).then(|| found[limit - 1]);
        let items = found.into_iter().take(limit);
        ListPage {
            items: items.filter_map(|(_, id)| self.view(id, &listing.viewer)).collect(),
            next: next.map(|(updated_at, id)| ListCursor { updated_at, id: id.clone() }),
        }
    }
}
