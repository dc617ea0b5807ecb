//! Who is there: an account is online from its first socket until some seconds after its last one, so
//! that a reload or a tunnel is not seen by others.
//!
//! [`Presence`] is a synchronous state machine like [`crate::pairing`]: inputs with the present moment,
//! [`Presence::drain_events`] after each, and [`Presence::tick`] at [`Presence::next_deadline`]. It knows
//! the sockets of this node. Guests have no presence and are not given here.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use crate::error::{Code, Coded};
use crate::ids::{AccountId, SocketId};
use crate::time::{Monotonic, Now, Timestamp};

/// The rules' numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceConfig {
    /// How long an account stays online after its last socket: 5 seconds. Zero: not at all.
    pub grace: Duration,
    /// The most sockets, and accounts in their grace: 1,000,000, at most some 300 bytes each, so
    /// 300 MB.
    pub max_sockets: usize,
}

impl Default for PresenceConfig {
    fn default() -> Self {
        Self { grace: Duration::from_secs(5), max_sockets: 1_000_000 }
    }
}

/// There are as many sockets as there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The server has too many connections: try again in a few seconds.")]
pub struct PresenceFull;

impl Coded for PresenceFull {
    fn code(&self) -> Code {
        Code::Unavailable
    }
}

/// What others hear. Of one account the two alternate, beginning with online.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PresenceEvent {
    /// The first socket came.
    Online(AccountId),
    /// The grace after the last one is over.
    Offline {
        /// Who.
        account: AccountId,
        /// When the last socket went.
        last_seen: Timestamp,
    },
}

#[derive(Debug)]
enum State {
    /// One socket at least, in the order of their coming.
    Here(Vec<SocketId>),
    /// None, and when they are gone.
    Leaving { last_seen: Timestamp, due: Monotonic },
}

/// The accounts that are online. See the module's documentation.
#[derive(Debug)]
pub struct Presence {
    config: PresenceConfig,
    latest: Monotonic,
    accounts: HashMap<AccountId, State>,
    /// Those who leave, and when.
    due: BTreeSet<(Monotonic, AccountId)>,
    sockets: usize,
    events: Vec<PresenceEvent>,
}

impl Presence {
    /// With nobody there.
    pub fn new(config: PresenceConfig) -> Self {
        Self {
            config,
            latest: Monotonic::default(),
            accounts: HashMap::new(),
            due: BTreeSet::new(),
            sockets: 0,
            events: Vec::new(),
        }
    }

    /// A socket of this account is there. Saying it twice changes nothing.
    ///
    /// # Errors
    /// [`PresenceFull`]: nothing was changed.
    pub fn connect(
        &mut self,
        account: &AccountId,
        socket: &SocketId,
        now: Now,
    ) -> Result<(), PresenceFull> {
        self.tick(now);
        if let Some(State::Here(sockets)) = self.accounts.get_mut(account) {
            if sockets.contains(socket) {
                return Ok(());
            }
            if self.sockets + self.due.len() >= self.config.max_sockets {
                return Err(PresenceFull);
            }
            sockets.push(socket.clone());
            self.sockets += 1;
            return Ok(());
        }
        // Whoever comes back in the grace takes the place that was kept.
        if let Some(State::Leaving { due, .. }) = self.accounts.get(account) {
            self.due.remove(&(*due, account.clone()));
        } else if self.sockets + self.due.len() >= self.config.max_sockets {
            return Err(PresenceFull);
        } else {
            self.events.push(PresenceEvent::Online(account.clone()));
        }
        self.accounts.insert(account.clone(), State::Here(vec![socket.clone()]));
        self.sockets += 1;
        Ok(())
    }

    /// A socket of this account is gone; without effect on one that was not there.
    pub fn disconnect(&mut self, account: &AccountId, socket: &SocketId, now: Now) {
        self.tick(now);
        let Some(State::Here(sockets)) = self.accounts.get_mut(account) else { return };
        let Some(place) = sockets.iter().position(|here| here == socket) else { return };
        sockets.remove(place);
        self.sockets -= 1;
        if sockets.is_empty() {
            let due = self.latest.after(self.config.grace);
            let leaving = State::Leaving { last_seen: now.wall, due };
            self.accounts.insert(account.clone(), leaving);
            self.due.insert((due, account.clone()));
            self.let_go();
        }
    }

    /// Time has passed: whoever's grace is over is gone. To be called at [`Presence::next_deadline`];
    /// harmless at any other time.
    pub fn tick(&mut self, now: Now) {
        // Two threads may have read the clock in one order and come here in the other.
        self.latest = self.latest.max(now.mono);
        self.let_go();
    }

    fn let_go(&mut self) {
        while let Some((due, account)) = self.due.pop_first() {
            if due > self.latest {
                self.due.insert((due, account));
                return;
            }
            if let Some(State::Leaving { last_seen, .. }) = self.accounts.remove(&account) {
                self.events.push(PresenceEvent::Offline { account, last_seen });
            }
        }
    }

    /// When [`Presence::tick`] has something to do; `None` if it waits for an input. May have come
    /// nearer after any input.
    pub fn next_deadline(&self) -> Option<Monotonic> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Takes what is to be told since the last call, in order. An input gives rise to one event, or to
    /// one for each account whose grace is over.
    pub fn drain_events(&mut self) -> std::vec::Drain<'_, PresenceEvent> {
        self.events.drain(..)
    }

    /// Whether others see this account online: it has a socket, or had one until just now.
    pub fn is_online(&self, account: &AccountId) -> bool {
        self.accounts.contains_key(account)
    }

    /// The account's sockets, in the order of their coming; none in its grace.
    pub fn sockets(&self, account: &AccountId) -> &[SocketId] {
        match self.accounts.get(account) {
            Some(State::Here(sockets)) => sockets,
            Some(State::Leaving { .. }) | None => &[],
        }
    }

    /// How many accounts are online.
    pub fn online(&self) -> usize {
        self.accounts.len()
    }
}
