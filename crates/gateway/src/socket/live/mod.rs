//! The sockets that live by a token: they end with it.

mod farewell;
mod place;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chat::error::Code;
use chat::identity::{ChangeKind, Profile, Revocation};
use chat::ids::{AccountId, SocketId};
use chat::limits::RetryAfter;
use chat::time::{Clock, Monotonic, Timestamp};
use parking_lot::Mutex;
use socketio::{Packet, Socket};
use tokio::sync::Notify;

use crate::auth::{Auth, AuthError, Refused, Session, TokenInfo};
use crate::deadlines::drive;
use crate::error::WireError;
use crate::fanout::LiveProfile;
use crate::limits::{Limits, PersonBuckets};
use farewell::farewell_all;
pub(crate) use place::Place;

/// The longest sleep of the driver: the wall clock, by which tokens end, may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_millis(500);
/// How long an account's rates are kept at the least when its last socket has gone, so that coming
/// again does not fill them.
const REST: Duration = Duration::from_mins(1);

/// Every socket with an account, until it goes: some 300 bytes each.
pub(crate) struct LiveSockets {
    limits: Limits,
    clock: Arc<dyn Clock>,
    /// Wakes the driver when a token ends sooner than it sleeps, and when this is gone.
    wake: Arc<Notify>,
    /// Is told of accounts whose last socket has gone.
    last_gone: OnceLock<LastGone>,
    state: Mutex<State>,
}

type LastGone = Box<dyn Fn(&AccountId) + Send + Sync>;

#[derive(Default)]
struct State {
    accounts: HashMap<AccountId, OfAccount>,
    /// Of the accounts in `accounts`.
    sockets: usize,
    /// When a token ends by which a socket of this account lives.
    ends: BTreeSet<(Timestamp, AccountId)>,
    /// Accounts whose last socket has gone, and when to look whether their rates are full again. No
    /// more than have gone within [`REST`].
    resting: VecDeque<(Monotonic, AccountId)>,
}

struct Live {
    id: SocketId,
    /// What it lives by.
    session: Arc<Session>,
    /// `None` until the client is told that it is connected.
    socket: Option<Socket>,
    /// Why it ends, once that is decided.
    end: Option<AuthError>,
}

struct OfAccount {
    sockets: Vec<Live>,
    rates: Option<Arc<Mutex<PersonBuckets>>>,
    /// `None` for an account that had no socket yet.
    profile: Option<LiveProfile>,
}

impl OfAccount {
    fn new(limits: &Limits) -> Self {
        // Most have one.
        let sockets = Vec::with_capacity(1);
        Self { sockets, rates: PersonBuckets::shared(limits), profile: None }
    }

    fn socket(&mut self, id: &SocketId) -> Option<&mut Live> {
        self.sockets.iter_mut().find(|live| live.id == *id)
    }

    /// Whether a token that ends then is still waited for.
    fn awaits(&self, end: Timestamp) -> bool {
        self.sockets.iter().any(|live| live.end.is_none() && live.expires_at() == end)
    }

    /// What it is called, for one more socket: kept up to date from its first one on.
    fn profile(&mut self, session: &Session) -> LiveProfile {
        let now = || Arc::clone(&session.account.profile);
        match &self.profile {
            Some(live) => {
                if self.sockets.is_empty() {
                    live.set(now());
                }
                live.clone()
            }
            None => self.profile.insert(LiveProfile::new(now())).clone(),
        }
    }
}

impl Live {
    fn expires_at(&self) -> Timestamp {
        self.session.token.expires_at
    }
}

impl fmt::Debug for LiveSockets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveSockets").finish_non_exhaustive()
    }
}

impl LiveSockets {
    /// Starts the task that ends sockets with their tokens, as long as this lives.
    pub(crate) fn start(limits: Limits, clock: Arc<dyn Clock>) -> Arc<Self> {
        let wake = Arc::new(Notify::new());
        let live = Arc::new(Self {
            limits,
            clock,
            wake: Arc::clone(&wake),
            last_gone: OnceLock::new(),
            state: Mutex::default(),
        });
        tokio::spawn(drive(Arc::downgrade(&live), wake, Self::tick));
        live
    }

    /// From now on this is told when an account's last socket has gone; another may have come by then.
    pub(crate) fn tell_of_last(&self, tell: LastGone) {
        let _ = self.last_gone.set(tell);
    }

    /// Hears of every change of rights from now on.
    pub(crate) fn follow(self: &Arc<Self>, auth: &Auth) {
        let live = Arc::downgrade(self);
        auth.listen(Box::new(move |change| {
            if let Some(live) = live.upgrade() {
                live.apply(change);
            }
        }));
    }

    /// Takes a place for a socket that is about to be let in. From now on it ends with its token,
    /// also before the client is told that it is connected.
    pub(crate) fn enter(
        self: &Arc<Self>,
        socket: SocketId,
        session: &Arc<Session>,
    ) -> Result<Place, WireError> {
        let account = session.account.profile.id.clone();
        let mut state = self.state.lock();
        let State { sockets, accounts, ends, .. } = &mut *state;
        let of_account =
            accounts.entry(account.clone()).or_insert_with(|| OfAccount::new(&self.limits));
        let limit = self.limits.sockets_per_account();
        if limit.is_some_and(|limit| of_account.sockets.len() >= limit) {
            return Err(WireError::new(
                Code::RateLimited,
                "This account has too many connections: close one, then try again.",
            ));
        }
        let profile = of_account.profile(session);
        let session = Arc::clone(session);
        let end = session.token.expires_at;
        let is_next = ends.first().is_none_or(|(next, _)| end < *next);
        ends.insert((end, account.clone()));
        of_account.sockets.push(Live { id: socket.clone(), session, socket: None, end: None });
        *sockets += 1;
        let rates = of_account.rates.clone();
        drop(state);
        if is_next {
            self.wake.notify_one();
        }
        Ok(Place { live: Arc::clone(self), socket, account, rates, profile })
    }

    /// A socket of an account that was let in, by its id.
    pub(crate) fn socket(&self, account: &AccountId, id: &SocketId) -> Option<Socket> {
        self.state.lock().accounts.get_mut(account)?.socket(id)?.socket.clone()
    }

    /// Sends a packet to all sockets of an account; how many those are.
    pub(crate) fn send(&self, account: &AccountId, packet: &Packet) -> u64 {
        let state = self.state.lock();
        let Some(of_account) = state.accounts.get(account) else { return 0 };
        let live = of_account.sockets.iter();
        let sockets: Vec<Socket> = live.filter_map(|live| live.socket.clone()).collect();
        drop(state);
        for socket in &sockets {
            socket.send(packet);
        }
        sockets.len() as u64
    }

    /// What an account is called that has a socket here.
    pub(crate) fn profile(&self, account: &AccountId) -> Option<Arc<Profile>> {
        self.state.lock().profile(account)
    }

    /// Whether an account has a socket here, so that its profile is kept up to date.
    pub(crate) fn is_connected(&self, account: &AccountId) -> bool {
        self.state.lock().accounts.get(account).is_some_and(|of| !of.sockets.is_empty())
    }

    /// An account's profile was changed.
    pub(crate) fn set_profile(&self, profile: Arc<Profile>) {
        let state = self.state.lock();
        let of_account = state.accounts.get(&profile.id);
        if let Some(live) = of_account.and_then(|of_account| of_account.profile.clone()) {
            drop(state);
            live.set(profile);
        }
    }

    /// Takes what a message costs from an account's rate, which its sockets share.
    ///
    /// # Errors
    /// [`RetryAfter`] when it is used up.
    pub(crate) fn take_message(&self, account: &AccountId) -> Result<(), RetryAfter> {
        if !self.limits.enabled {
            return Ok(());
        }
        let now = self.clock.now().mono;
        let mut state = self.state.lock();
        let State { accounts, resting, .. } = &mut *state;
        let of_account = accounts.entry(account.clone()).or_insert_with(|| {
            // Without a socket it is kept as one whose last socket has just gone.
            resting.push_back((now.after(REST), account.clone()));
            self.wake.notify_one();
            OfAccount::new(&self.limits)
        });
        let rates = of_account.rates.clone();
        drop(state);
        rates.map_or(Ok(()), |rates| rates.lock().take_message(now))
    }

    /// A socket of `account` lives by another token of the same account from now on.
    ///
    /// # Errors
    /// [`AuthError::OtherUser`]; or why the socket is about to end.
    pub(crate) fn refresh(
        &self,
        account: &AccountId,
        socket: &SocketId,
        session: &Arc<Session>,
    ) -> Result<(), AuthError> {
        let mut state = self.state.lock();
        let State { accounts, ends, .. } = &mut *state;
        let of_account = accounts.get_mut(account).ok_or(Refused::Revoked)?;
        let live = of_account.socket(socket).ok_or(Refused::Revoked)?;
        if *account != session.account.profile.id {
            return Err(AuthError::OtherUser);
        }
        if let Some(end) = live.end {
            return Err(end);
        }
        let earlier = std::mem::replace(&mut live.session, Arc::clone(session));
        let earlier = earlier.token.expires_at;
        if !of_account.awaits(earlier) {
            ends.remove(&(earlier, account.clone()));
        }
        ends.insert((session.token.expires_at, account.clone()));
        drop(state);
        self.wake.notify_one();
        Ok(())
    }

    /// Ends one socket of an account.
    pub(crate) fn end(&self, account: &AccountId, socket: &SocketId, error: AuthError) {
        let told = self.state.lock().end(account, error, |live| live.id == *socket);
        farewell_all(told, error);
    }

    /// Acts on a change of rights.
    pub(crate) fn apply(&self, change: &ChangeKind) {
        let (account, error) = match change {
            ChangeKind::Profile(_)
            | ChangeKind::Blocked(_)
            | ChangeKind::Unblocked(_)
            | ChangeKind::Membership(..) => return,
            ChangeKind::Deleted(account) => (account, Refused::NoAccount.into()),
            ChangeKind::Revoked(
                Revocation::Token { account, .. } | Revocation::Account { account, .. },
            ) => (account, Refused::Revoked.into()),
        };
        let told =
            self.state.lock().end(account, error, |live| is_void(&live.session.token, change));
        farewell_all(told, error);
    }

    /// How many sockets there are, and of how many accounts.
    pub(crate) fn totals(&self) -> (usize, usize) {
        let state = self.state.lock();
        let accounts = state.accounts.values().filter(|of| !of.sockets.is_empty());
        (state.sockets, accounts.count())
    }

    /// Ends what is due; how long until the next token ends, as far as is known now.
    fn tick(&self) -> Option<Duration> {
        let now = self.clock.now();
        let mut state = self.state.lock();
        let told = state.end_due(now.wall);
        state.forget_rested(now.mono);
        let next = state.ends.first().map(|(end, _)| {
            let wait_ms = end.as_millis().saturating_sub(now.wall.as_millis());
            Duration::from_millis(wait_ms).min(LONGEST_SLEEP)
        });
        let rested = state.resting.front().map(|(when, _)| when.since(now.mono));
        drop(state);
        farewell_all(told, AuthError::Expired);
        next.into_iter().chain(rested).min()
    }
}

impl Drop for LiveSockets {
    fn drop(&mut self) {
        self.wake.notify_one();
    }
}

impl State {
    fn profile(&self, account: &AccountId) -> Option<Arc<Profile>> {
        Some(self.accounts.get(account)?.profile.as_ref()?.get())
    }

    /// Ends those sockets of an account for which `ends` holds; who is to be told why.
    fn end(
        &mut self,
        account: &AccountId,
        error: AuthError,
        ends: impl Fn(&Live) -> bool,
    ) -> Vec<Socket> {
        let Some(of_account) = self.accounts.get_mut(account) else { return Vec::new() };
        let mut told = Vec::new();
        for at in 0..of_account.sockets.len() {
            let live = &mut of_account.sockets[at];
            if live.end.is_some() || !ends(live) {
                continue;
            }
            live.end = Some(error);
            told.extend(live.socket.clone());
            let end = live.expires_at();
            if !of_account.awaits(end) {
                self.ends.remove(&(end, account.clone()));
            }
        }
        told
    }

    /// Ends the sockets whose tokens have ended; who is to be told.
    fn end_due(&mut self, now: Timestamp) -> Vec<Socket> {
        let mut told = Vec::new();
        while self.ends.first().is_some_and(|(end, _)| *end <= now) {
            let Some((_, account)) = self.ends.pop_first() else { break };
            told.extend(self.end(&account, AuthError::Expired, |live| live.expires_at() <= now));
        }
        told
    }

    fn forget_rested(&mut self, now: Monotonic) {
        while self.resting.front().is_some_and(|(when, _)| *when <= now) {
            let Some((_, account)) = self.resting.pop_front() else { return };
            let Some(of_account) = self.accounts.get(&account) else { continue };
            let is_full = of_account.rates.as_ref().is_none_or(|rates| rates.lock().are_full(now));
            if !of_account.sockets.is_empty() {
                continue;
            }
            if is_full {
                self.accounts.remove(&account);
            } else {
                self.resting.push_back((now.after(REST), account));
            }
        }
    }
}

/// Whether a change makes this token of the account that it names void.
fn is_void(token: &TokenInfo, change: &ChangeKind) -> bool {
    match change {
        ChangeKind::Profile(_)
        | ChangeKind::Blocked(_)
        | ChangeKind::Unblocked(_)
        | ChangeKind::Membership(..) => false,
        ChangeKind::Deleted(_) => true,
        ChangeKind::Revoked(Revocation::Token { digest, .. }) => token.digest == *digest,
        ChangeKind::Revoked(Revocation::Account { valid_after, .. }) => {
            token.issued_at < *valid_after
        }
    }
}
