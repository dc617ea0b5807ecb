//! The sockets that live by a token: they end with it.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use chat::error::Code;
use chat::identity::{ChangeKind, Profile, Revocation};
use chat::ids::{AccountId, SocketId};
use chat::limits::RetryAfter;
use chat::time::{Clock, Monotonic, Timestamp};
use parking_lot::Mutex;
use serde::Serialize;
use socketio::{Packet, Socket};
use tokio::sync::Notify;

use crate::auth::{Auth, AuthError, Refused, Session, TokenInfo};
use crate::error::WireError;
use crate::fanout::LiveProfile;
use crate::limits::{Limits, PersonBuckets};

/// The longest sleep of the driver: the wall clock, by which tokens end, may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_millis(500);
/// How long an account's rates are kept at the least when its last socket has gone, so that coming
/// again does not fill them.
const REST: Duration = Duration::from_mins(1);

/// The event that a client is told of in the `chat_error` before its connection is closed: what does
/// not hold any more is what it connected with.
const EVENT: &str = "connect";

/// Every socket with an account, until it goes: some 500 bytes each.
pub(crate) struct LiveSockets {
    limits: Limits,
    clock: Arc<dyn Clock>,
    /// Wakes the driver when a token ends sooner than it sleeps, and when this is gone.
    wake: Arc<Notify>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sockets: HashMap<SocketId, Live>,
    accounts: HashMap<AccountId, OfAccount>,
    /// When which socket's token ends.
    ends: BTreeSet<(Timestamp, SocketId)>,
    /// Accounts whose last socket has gone, and when to look whether their rates are full again. No
    /// more than have gone within [`REST`].
    resting: VecDeque<(Monotonic, AccountId)>,
}

struct Live {
    account: AccountId,
    token: TokenInfo,
    /// `None` until the client is told that it is connected.
    socket: Option<Socket>,
    /// Why it ends, once that is decided.
    end: Option<AuthError>,
}

struct OfAccount {
    sockets: Vec<SocketId>,
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

    /// What it is called, for one more socket: kept up to date from its first one on.
    fn profile(&mut self, session: &Session) -> LiveProfile {
        let now = || Arc::new(session.account.profile.clone());
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

/// A socket's place among them; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Place {
    live: Arc<LiveSockets>,
    socket: SocketId,
    account: AccountId,
    rates: Option<Arc<Mutex<PersonBuckets>>>,
    profile: LiveProfile,
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
        let live =
            Arc::new(Self { limits, clock, wake: Arc::clone(&wake), state: Mutex::default() });
        tokio::spawn(drive(Arc::downgrade(&live), wake));
        live
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
        session: &Session,
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
        of_account.sockets.push(socket.clone());
        let rates = of_account.rates.clone();
        let live = Live { account: account.clone(), token: session.token, socket: None, end: None };
        sockets.insert(socket.clone(), live);
        ends.insert((session.token.expires_at, socket.clone()));
        drop(state);
        self.wake.notify_one();
        Ok(Place { live: Arc::clone(self), socket, account, rates, profile })
    }

    /// A socket that was let in, by its id.
    pub(crate) fn socket(&self, id: &SocketId) -> Option<Socket> {
        self.state.lock().sockets.get(id)?.socket.clone()
    }

    /// Sends a packet to all sockets of an account; how many those are.
    pub(crate) fn send(&self, account: &AccountId, packet: &Packet) -> u64 {
        let state = self.state.lock();
        let Some(of_account) = state.accounts.get(account) else { return 0 };
        let live = of_account.sockets.iter().filter_map(|id| state.sockets.get(id));
        let sockets: Vec<Socket> = live.filter_map(|live| live.socket.clone()).collect();
        drop(state);
        for socket in &sockets {
            socket.send(packet);
        }
        sockets.len() as u64
    }

    /// What an account is called that has a socket here.
    pub(crate) fn profile(&self, account: &AccountId) -> Option<Arc<Profile>> {
        let state = self.state.lock();
        let live = state.accounts.get(account)?.profile.clone()?;
        drop(state);
        Some(live.get())
    }

    /// Whether an account has a socket here, so that its profile is kept up to date.
    pub(crate) fn is_connected(&self, account: &AccountId) -> bool {
        self.state.lock().accounts.get(account).is_some_and(|of| !of.sockets.is_empty())
    }

    /// An account's profile was changed.
    pub(crate) fn set_profile(&self, profile: Profile) {
        let state = self.state.lock();
        let of_account = state.accounts.get(&profile.id);
        if let Some(live) = of_account.and_then(|of_account| of_account.profile.clone()) {
            drop(state);
            live.set(Arc::new(profile));
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

    /// A socket lives by another token of the same account from now on.
    ///
    /// # Errors
    /// [`AuthError::OtherUser`]; or why the socket is about to end.
    pub(crate) fn refresh(&self, socket: &SocketId, session: &Session) -> Result<(), AuthError> {
        let mut state = self.state.lock();
        let State { sockets, ends, .. } = &mut *state;
        let live = sockets.get_mut(socket).ok_or(Refused::Revoked)?;
        if live.account != session.account.profile.id {
            return Err(AuthError::OtherUser);
        }
        if let Some(end) = live.end {
            return Err(end);
        }
        ends.remove(&(live.token.expires_at, socket.clone()));
        live.token = session.token;
        ends.insert((live.token.expires_at, socket.clone()));
        drop(state);
        self.wake.notify_one();
        Ok(())
    }

    /// Ends one socket.
    pub(crate) fn end(&self, socket: &SocketId, error: AuthError) {
        self.end_all(|state| {
            if state.sockets.contains_key(socket) {
                vec![(socket.clone(), error)]
            } else {
                Vec::new()
            }
        });
    }

    /// Acts on a change of rights.
    pub(crate) fn apply(&self, change: &ChangeKind) {
        let (account, error) = match change {
            ChangeKind::Profile(_) | ChangeKind::Blocked(_) | ChangeKind::Unblocked(_) => return,
            ChangeKind::Deleted(account) => (account, Refused::NoAccount.into()),
            ChangeKind::Revoked(
                Revocation::Token { account, .. } | Revocation::Account { account, .. },
            ) => (account, Refused::Revoked.into()),
        };
        self.end_all(|state| {
            let of_account = state.accounts.get(account).map_or(&[][..], |of| &of.sockets);
            let is_void = |socket: &&SocketId| {
                state.sockets.get(*socket).is_some_and(|live| is_void(&live.token, change))
            };
            of_account.iter().filter(is_void).map(|socket| (socket.clone(), error)).collect()
        });
    }

    /// Tells clients why, then closes their transports, so that they come again by themselves.
    fn end_all(&self, choose: impl FnOnce(&State) -> Vec<(SocketId, AuthError)>) {
        let mut state = self.state.lock();
        let mut told = Vec::new();
        for (socket, error) in choose(&state) {
            let State { sockets, ends, .. } = &mut *state;
            let Some(live) = sockets.get_mut(&socket) else { continue };
            ends.remove(&(live.token.expires_at, socket));
            if live.end.replace(error).is_none()
                && let Some(socket) = &live.socket
            {
                told.push((socket.clone(), error));
            }
        }
        drop(state);
        for (socket, error) in told {
            farewell(&socket, error);
        }
    }

    /// How many sockets there are, and of how many accounts.
    pub(crate) fn totals(&self) -> (usize, usize) {
        let state = self.state.lock();
        let accounts = state.accounts.values().filter(|of| !of.sockets.is_empty());
        (state.sockets.len(), accounts.count())
    }

    /// Ends what is due; how long until the next token ends, as far as is known now.
    fn tick(&self) -> Option<Duration> {
        let now = self.clock.now();
        self.end_all(|state| {
            let due = state.ends.iter().take_while(|(end, _)| *end <= now.wall);
            due.map(|(_, socket)| (socket.clone(), AuthError::Expired)).collect()
        });
        let mut state = self.state.lock();
        state.forget_rested(now.mono);
        let next = state.ends.first().map(|(end, _)| {
            let wait_ms = end.as_millis().saturating_sub(now.wall.as_millis());
            Duration::from_millis(wait_ms).min(LONGEST_SLEEP)
        });
        let rested = state.resting.front().map(|(when, _)| when.since(now.mono));
        next.into_iter().chain(rested).min()
    }
}

impl Drop for LiveSockets {
    fn drop(&mut self) {
        self.wake.notify_one();
    }
}

impl State {
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

impl Place {
    /// Whose socket it is.
    pub(crate) fn account(&self) -> &AccountId {
        &self.account
    }

    /// What its account is called, kept up to date.
    pub(crate) fn profile(&self) -> &LiveProfile {
        &self.profile
    }

    /// Whether no other socket of its account was let in before.
    pub(crate) fn is_first(&self) -> bool {
        let state = self.live.state.lock();
        let of_account = state.accounts.get(&self.account);
        !of_account.is_some_and(|of| {
            let mut others = of.sockets.iter().filter(|socket| **socket != self.socket);
            others.any(|socket| state.sockets.get(socket).is_some_and(|live| live.socket.is_some()))
        })
    }

    /// Whether it is a guest's.
    pub(crate) fn is_guest(&self) -> bool {
        self.profile.get().is_guest
    }

    /// The account's rates, `None` where they are lifted.
    pub(crate) fn rates(&self) -> Option<Arc<Mutex<PersonBuckets>>> {
        self.rates.clone()
    }

    /// The client is about to be told that it is connected; if its token has ended meanwhile, that
    /// follows at once.
    pub(crate) fn attach(&self, socket: &Socket) {
        let mut state = self.live.state.lock();
        let Some(live) = state.sockets.get_mut(&self.socket) else { return };
        live.socket = Some(socket.clone());
        let end = live.end;
        drop(state);
        if let Some(error) = end {
            farewell(socket, error);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let now = self.live.clock.now().mono;
        let mut state = self.live.state.lock();
        let State { sockets, accounts, ends, resting } = &mut *state;
        if let Some(live) = sockets.remove(&self.socket) {
            ends.remove(&(live.token.expires_at, self.socket.clone()));
        }
        let Some(of_account) = accounts.get_mut(&self.account) else { return };
        of_account.sockets.retain(|socket| *socket != self.socket);
        if of_account.sockets.is_empty() {
            let is_full = of_account.rates.as_ref().is_none_or(|rates| rates.lock().are_full(now));
            if is_full {
                accounts.remove(&self.account);
            } else {
                resting.push_back((now.after(REST), self.account.clone()));
                self.live.wake.notify_one();
            }
        }
    }
}

/// Whether a change makes this token of the account that it names void.
fn is_void(token: &TokenInfo, change: &ChangeKind) -> bool {
    match change {
        ChangeKind::Profile(_) | ChangeKind::Blocked(_) | ChangeKind::Unblocked(_) => false,
        ChangeKind::Deleted(_) => true,
        ChangeKind::Revoked(Revocation::Token { digest, .. }) => token.digest == *digest,
        ChangeKind::Revoked(Revocation::Account { valid_after, .. }) => {
            token.issued_at < *valid_after
        }
    }
}

/// `chat_error`, as after any event that failed without a callback.
#[derive(Serialize)]
struct Farewell<'a> {
    event: &'a str,
    error: &'a WireError,
}

fn farewell(socket: &Socket, error: AuthError) {
    let error = WireError::from(error);
    socket.emit("chat_error", &Farewell { event: EVENT, error: &error });
    socket.close();
}

/// Sleeps from end to end until nobody is left to end.
async fn drive(live: Weak<LiveSockets>, wake: Arc<Notify>) {
    loop {
        let Some(alive) = live.upgrade() else { return };
        let wait = alive.tick();
        drop(alive);
        match wait {
            Some(wait) => {
                let _ = tokio::time::timeout(wait, wake.notified()).await;
            }
            None => wake.notified().await,
        }
    }
}
