//! A socket's place among those that live by a token.

use std::sync::Arc;

use chat::ids::{AccountId, SocketId};
use parking_lot::Mutex;
use socketio::Socket;

use super::farewell::farewell;
use super::{LiveSockets, REST, State};
use crate::fanout::LiveProfile;
use crate::limits::PersonBuckets;

/// A socket's place among them; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Place {
    pub(super) live: Arc<LiveSockets>,
    pub(super) socket: SocketId,
    pub(super) account: AccountId,
    pub(super) rates: Option<Arc<Mutex<PersonBuckets>>>,
    pub(super) profile: LiveProfile,
}

impl Place {
    /// Which socket it is.
    pub(crate) fn socket(&self) -> &SocketId {
        &self.socket
    }

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
            let mut others = of.sockets.iter().filter(|live| live.id != self.socket);
            others.any(|live| live.socket.is_some())
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
        let of_account = state.accounts.get_mut(&self.account);
        let Some(live) = of_account.and_then(|of| of.socket(&self.socket)) else { return };
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
        let Some(of_account) = accounts.get_mut(&self.account) else { return };
        if let Some(at) = of_account.sockets.iter().position(|live| live.id == self.socket) {
            let gone = of_account.sockets.remove(at);
            *sockets -= 1;
            if !of_account.awaits(gone.expires_at()) {
                ends.remove(&(gone.expires_at(), self.account.clone()));
            }
        }
        if !of_account.sockets.is_empty() {
            return;
        }
        if of_account.rates.as_ref().is_none_or(|rates| rates.lock().are_full(now)) {
            accounts.remove(&self.account);
        } else {
            resting.push_back((now.after(REST), self.account.clone()));
            self.live.wake.notify_one();
        }
        drop(state);
        if let Some(tell) = self.live.last_gone.get() {
            tell(&self.account);
        }
    }
}
