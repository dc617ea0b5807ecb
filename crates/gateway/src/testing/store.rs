//! Everything in memory: here accounts and changes. What keeps them in truth, and its rules, is tested with the
//! stores; this is just enough for the edge to speak with.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chat::identity::{
    Account, Accounts, Bearer, Block, Change, ChangeKind, ChangeSeq, Changes, CreateError,
    HostAccount, NewAccount, Origin, PasswordHash, Profile, ProfileUpdate, Revocation, TokenDigest,
};
use chat::ids::AccountId;
use chat::name::{Username, fold};
use chat::store::{Store, StoreError, StoreFuture};
use chat::time::Timestamp;
use parking_lot::Mutex;

use super::gate::{Doorway, Gate};
use super::talk::Talk;

/// A store that forgets when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct MemoryStore {
    pub(super) state: Mutex<State>,
    is_away: AtomicBool,
    /// For the next [`Changes::bearer`].
    bearers: Doorway,
    /// For the next [`Accounts::account_by_username`].
    names: Doorway,
    /// For the next [`chat::conversations::Conversations::view`].
    pub(super) sights: Doorway,
    /// For the next [`chat::messages::Messages::append`].
    pub(super) appends: Doorway,
    /// How often an answer lets others go first.
    laziness: AtomicUsize,
    /// How many changes of memberships get no answer.
    lost: AtomicUsize,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) talk: Talk,
    /// How often [`chat::conversations::Conversations::views`] was called.
    pub(super) views: usize,
    /// How often it is answered `unavailable` first.
    pub(super) views_to_fail: usize,
    /// How often [`chat::conversations::Conversations::partners`] was called.
    pub(super) partners: usize,
    /// Whether the next [`chat::messages::Messages::append`] is stored, whose answer is lost.
    pub(super) lost: Option<bool>,
    /// What is left of accounts that were deleted.
    gone: Vec<Profile>,
    accounts: Vec<Account>,
    /// Until when each guest has a token.
    guests: Vec<(AccountId, Timestamp)>,
    revoked: Vec<TokenDigest>,
    pub(super) changes: Vec<ChangeKind>,
    /// What the store was asked, as far as a test looks at it.
    pub(super) asked: Vec<&'static str>,
    pub(super) blocks: Vec<Block>,
    hosts_seen: usize,
    refuses_extensions: bool,
    /// What [`Changes::forget_ended`] was called with.
    forgotten: Vec<(Timestamp, Timestamp)>,
    /// How many rows there are for it to delete.
    ended: usize,
}

impl MemoryStore {
    /// From now on every call is answered `unavailable`, or no longer.
    pub(crate) fn set_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::Relaxed);
    }

    /// Holds back the next answer to whose a token is, and whether it was revoked.
    pub(crate) fn hold(&self) -> Arc<Gate> {
        self.bearers.hold()
    }

    /// Holds back the next account that is looked for by its name.
    pub(crate) fn hold_name(&self) -> Arc<Gate> {
        self.names.hold()
    }

    /// Holds back the next look at a conversation.
    pub(crate) fn hold_view(&self) -> Arc<Gate> {
        self.sights.hold()
    }

    /// Holds back the answer to the next messages, which are stored.
    pub(crate) fn hold_append(&self) -> Arc<Gate> {
        self.appends.hold()
    }

    /// The answer to the next messages is lost, whether they are stored or not.
    pub(crate) fn lose_append(&self, is_stored: bool) {
        self.state.lock().lost = Some(is_stored);
    }

    /// From now on every answer lets others go first, so often.
    pub(crate) fn set_lazy(&self, times: usize) {
        self.laziness.store(times, Ordering::Relaxed);
    }

    /// Of the next so many changes of memberships it is not known whether they were made: they are.
    pub(crate) fn lose_answers(&self, count: usize) {
        self.lost.store(count, Ordering::Relaxed);
    }

    /// The answer, unless it is lost.
    pub(super) fn answer<'a, T: Send + 'a>(
        &self,
        decided: StoreFuture<'a, Result<T, StoreError>>,
    ) -> StoreFuture<'a, Result<T, StoreError>> {
        let one_fewer = |count: usize| count.checked_sub(1);
        match self.lost.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_fewer) {
            Ok(_) => Box::pin(ready(Err(StoreError::Unknown))),
            Err(_) => decided,
        }
    }

    /// What the store was asked since the last time: each question by name, as often as it was asked.
    pub(crate) fn take_asked(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.state.lock().asked)
    }

    /// From now on [`Accounts::extend_guest`] fails.
    pub(crate) fn refuse_extensions(&self) {
        self.state.lock().refuses_extensions = true;
    }

    /// How often [`Accounts::see_host_account`] was called.
    pub(crate) fn hosts_seen(&self) -> usize {
        self.state.lock().hosts_seen
    }

    /// Until when a guest is kept, its day of grace aside.
    pub(crate) fn guest_until(&self, id: &str) -> Option<Timestamp> {
        let state = self.state.lock();
        let guest = state.guests.iter().find(|(guest, _)| guest.as_str() == id);
        guest.map(|(_, until)| *until)
    }

    /// The next so many views are answered `unavailable`.
    pub(crate) fn fail_views(&self, count: usize) {
        self.state.lock().views_to_fail = count;
    }

    /// How often views were asked for.
    pub(crate) fn views_asked(&self) -> usize {
        self.state.lock().views
    }

    /// So many rows are for [`Changes::forget_ended`] to delete.
    pub(crate) fn let_end(&self, rows: usize) {
        self.state.lock().ended = rows;
    }

    /// What [`Changes::forget_ended`] was called with.
    pub(crate) fn forgotten(&self) -> Vec<(Timestamp, Timestamp)> {
        self.state.lock().forgotten.clone()
    }

    /// Runs a transaction, which nobody else sees half of.
    pub(super) fn run<T, E>(
        &self,
        work: impl FnOnce(&mut State) -> Result<T, E>,
    ) -> StoreFuture<'_, Result<T, E>>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let outcome = if self.is_away.load(Ordering::Relaxed) {
            Err(StoreError::Unavailable.into())
        } else {
            work(&mut self.state.lock())
        };
        let times = self.laziness.load(Ordering::Relaxed);
        if times == 0 {
            return Box::pin(ready(outcome));
        }
        Box::pin(async move {
            for _ in 0..times {
                tokio::task::yield_now().await;
            }
            outcome
        })
    }
}

impl State {
    fn account(&mut self, id: &AccountId) -> Option<&mut Account> {
        self.accounts.iter_mut().find(|account| account.profile.id == *id)
    }

    /// An account that is there.
    pub(super) fn living(&self, id: &AccountId) -> Option<Profile> {
        let account = self.accounts.iter().find(|account| account.profile.id == *id);
        account.map(|account| (*account.profile).clone())
    }

    /// How many came before an account that is no guest.
    pub(super) fn came(&self, id: &AccountId) -> Option<usize> {
        self.accounts.iter().position(|one| one.profile.id == *id && !one.profile.is_guest)
    }

    /// Everybody there is, in the order of their making.
    pub(super) fn everybody(&self) -> impl Iterator<Item = Profile> {
        self.accounts.iter().map(|account| (*account.profile).clone())
    }

    /// An account that is there, or was.
    pub(super) fn profile(&self, id: &AccountId) -> Option<Profile> {
        self.living(id).or_else(|| self.gone.iter().find(|gone| gone.id == *id).cloned())
    }

    fn by_name(&self, name: &Username) -> Option<&Account> {
        let folded = name.folded();
        self.accounts.iter().find(|account| account.profile.username.folded() == folded)
    }
}

impl Accounts for MemoryStore {
    fn create_account(&self, new: NewAccount) -> StoreFuture<'_, Result<Account, CreateError>> {
        self.run(|state| {
            if state.by_name(&new.username).is_some() {
                return Err(CreateError::UsernameTaken);
            }
            let number = state.accounts.len() + state.gone.len() + 1;
            let id = AccountId::parse(&number.to_string()).expect("a number");
            let is_guest = new.password.is_none();
            if is_guest {
                state.guests.push((id.clone(), new.token_expires_at));
            }
            let account = Account {
                profile: Arc::new(Profile {
                    id,
                    username: new.username,
                    display_name: new.display_name,
                    avatar_url: None,
                    is_guest,
                }),
                origin: if is_guest { Origin::Guest } else { Origin::Own },
                password: new.password,
                valid_after: Timestamp::from_millis(0),
                created_at: new.created_at,
            };
            state.accounts.push(account.clone());
            Ok(account)
        })
    }

    fn see_host_account(
        &self,
        seen: HostAccount,
    ) -> StoreFuture<'_, Result<Option<Account>, StoreError>> {
        self.run(|state| {
            state.hosts_seen += 1;
            if let Some(account) = state.account(&seen.id) {
                if account.origin != Origin::Host {
                    return Ok(None);
                }
                let profile = Arc::make_mut(&mut account.profile);
                profile.display_name = seen.display_name;
                profile.avatar_url = seen.avatar_url;
                return Ok(Some(account.clone()));
            }
            let account = Account {
                profile: Arc::new(Profile {
                    id: seen.id,
                    username: seen.username,
                    display_name: seen.display_name,
                    avatar_url: seen.avatar_url,
                    is_guest: false,
                }),
                origin: Origin::Host,
                password: None,
                valid_after: Timestamp::from_millis(0),
                created_at: seen.seen_at,
            };
            state.accounts.push(account.clone());
            Ok(Some(account))
        })
    }

    fn account(&self, id: AccountId) -> StoreFuture<'_, Result<Option<Account>, StoreError>> {
        self.run(|state| {
            state.asked.push("account");
            Ok(state.account(&id).cloned())
        })
    }

    fn account_by_username(
        &self,
        username: Username,
    ) -> StoreFuture<'_, Result<Option<Account>, StoreError>> {
        self.names.pass(self.run(|state| Ok(state.by_name(&username).cloned())))
    }

    fn search_accounts(
        &self,
        query: String,
        limit: usize,
    ) -> StoreFuture<'_, Result<Vec<Profile>, StoreError>> {
        let wanted = fold(&query);
        self.run(move |state| {
            let profiles = state.accounts.iter().map(|account| &*account.profile);
            let found = profiles.filter(|profile| !profile.is_guest).filter(|profile| {
                let names = [profile.username.as_str(), profile.shown_name()];
                names
                    .iter()
                    .any(|name| fold(name).split_whitespace().any(|word| word.starts_with(&wanted)))
            });
            Ok(found.take(limit).cloned().collect())
        })
    }

    fn update_profile(
        &self,
        id: AccountId,
        update: ProfileUpdate,
    ) -> StoreFuture<'_, Result<Option<Account>, StoreError>> {
        self.run(|state| {
            let Some(account) = state.account(&id) else { return Ok(None) };
            if let Some(name) = update.display_name {
                Arc::make_mut(&mut account.profile).display_name = name;
            }
            if let Some(url) = update.avatar_url {
                Arc::make_mut(&mut account.profile).avatar_url = url;
            }
            let account = account.clone();
            state.changes.push(ChangeKind::Profile(id));
            Ok(Some(account))
        })
    }

    fn change_password(
        &self,
        id: AccountId,
        current: PasswordHash,
        next: PasswordHash,
        valid_after: Timestamp,
    ) -> StoreFuture<'_, Result<bool, StoreError>> {
        self.run(|state| {
            let account = state.account(&id).filter(|account| account.password == Some(current));
            let Some(account) = account else { return Ok(false) };
            account.password = Some(next);
            account.valid_after = account.valid_after.max(valid_after);
            state
                .changes
                .push(ChangeKind::Revoked(Revocation::Account { account: id, valid_after }));
            Ok(true)
        })
    }

    fn extend_guest(
        &self,
        id: AccountId,
        token_expires_at: Timestamp,
    ) -> StoreFuture<'_, Result<(), StoreError>> {
        self.run(|state| {
            if state.refuses_extensions {
                return Err(StoreError::Unavailable);
            }
            for (guest, until) in &mut state.guests {
                if *guest == id {
                    *until = (*until).max(token_expires_at);
                }
            }
            Ok(())
        })
    }

    fn delete_ended_guests(
        &self,
        ended_before: Timestamp,
        limit: usize,
    ) -> StoreFuture<'_, Result<usize, StoreError>> {
        self.run(|state| {
            let ended = state.guests.iter().filter(|(_, until)| *until < ended_before);
            let ended: Vec<AccountId> = ended.take(limit).map(|(id, _)| id.clone()).collect();
            state.guests.retain(|(id, _)| !ended.contains(id));
            let (ends, stay) = std::mem::take(&mut state.accounts)
                .into_iter()
                .partition(|account| ended.contains(&account.profile.id));
            state.accounts = stay;
            for Account { profile, .. } in ends {
                for kept in state.talk.all.values_mut() {
                    kept.leave(&profile.id);
                }
                state.gone.push(Arc::unwrap_or_clone(profile));
            }
            state
                .blocks
                .retain(|block| !ended.contains(&block.blocker) && !ended.contains(&block.blocked));
            let count = ended.len();
            state.changes.extend(ended.into_iter().map(ChangeKind::Deleted));
            Ok(count)
        })
    }

    fn count_accounts(&self, origin: Origin) -> StoreFuture<'_, Result<u64, StoreError>> {
        self.run(|state| {
            let count = state.accounts.iter().filter(|account| account.origin == origin).count();
            Ok(count as u64)
        })
    }
}

impl Changes for MemoryStore {
    fn revoke(&self, revocation: Revocation) -> StoreFuture<'_, Result<(), StoreError>> {
        self.run(|state| {
            match &revocation {
                Revocation::Token { digest, .. } => state.revoked.push(*digest),
                Revocation::Account { account, valid_after } => {
                    if let Some(account) = state.account(account) {
                        account.valid_after = account.valid_after.max(*valid_after);
                    }
                }
            }
            state.changes.push(ChangeKind::Revoked(revocation));
            Ok(())
        })
    }

    fn bearer(
        &self,
        account: AccountId,
        token: TokenDigest,
    ) -> StoreFuture<'_, Result<Bearer, StoreError>> {
        self.bearers.pass(self.run(|state| {
            let is_revoked = state.revoked.contains(&token);
            Ok(Bearer { account: state.account(&account).cloned(), is_revoked })
        }))
    }

    fn newest_change(&self) -> StoreFuture<'_, Result<ChangeSeq, StoreError>> {
        self.run(|state| Ok(ChangeSeq(state.changes.len() as u64)))
    }

    fn changes_after(
        &self,
        after: ChangeSeq,
        limit: usize,
    ) -> StoreFuture<'_, Result<Vec<Change>, StoreError>> {
        self.run(|state| {
            let numbered = (1..).map(ChangeSeq).zip(state.changes.iter().cloned());
            let later = numbered.filter(|(seq, _)| *seq > after).take(limit);
            Ok(later.map(|(seq, kind)| Change { seq, kind }).collect())
        })
    }

    fn forget_ended(
        &self,
        now: Timestamp,
        changes_before: Timestamp,
        limit: usize,
    ) -> StoreFuture<'_, Result<usize, StoreError>> {
        self.run(|state| {
            state.forgotten.push((now, changes_before));
            let forgotten = state.ended.min(limit);
            state.ended -= forgotten;
            Ok(forgotten)
        })
    }
}

impl Store for MemoryStore {
    fn check(&self) -> StoreFuture<'_, Result<(), StoreError>> {
        self.run(|_| Ok(()))
    }
}
