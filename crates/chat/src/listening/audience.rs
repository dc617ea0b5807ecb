//! Everybody who listens to one conversation.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use super::{ActiveOne, Form, Forms};
use crate::ids::{AccountId, SocketId};
use crate::time::Monotonic;

/// One conversation's listeners; some 150 bytes each.
#[derive(Debug)]
pub(super) struct Audience<T> {
    /// The active accounts, each with its number.
    numbers: HashMap<AccountId, u64>,
    /// The same in the order of joining, which is that of their numbers.
    people: VecDeque<Person<T>>,
    /// The accounts that have lost their last socket, by the end of their grace.
    graces: BTreeSet<(Monotonic, AccountId)>,
    next_number: u64,
    sockets: usize,
    /// Listening sockets by form.
    by_form: [usize; Form::ALL.len()],
    /// When a folded count is due, if one is wanted.
    count_due: Option<Monotonic>,
    /// Before which no other folded count is said.
    quiet_until: Monotonic,
    /// The entry among the machine's deadlines.
    pub(super) scheduled: Option<Monotonic>,
}

/// An active account.
#[derive(Debug)]
struct Person<T> {
    /// Its place in the order of joining.
    number: u64,
    account: AccountId,
    tag: T,
    /// Its sockets, longest-joined first. Seldom more than two.
    sockets: Vec<SocketId>,
    /// The latest grace of a socket that was lost. Most have none.
    grace: Option<Box<Grace>>,
}

#[derive(Debug)]
struct Grace {
    until: Monotonic,
    /// The socket that the account is known by while it has none.
    lost: Option<SocketId>,
}

impl<T> Default for Audience<T> {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
            people: VecDeque::new(),
            graces: BTreeSet::new(),
            next_number: 0,
            sockets: 0,
            by_form: [0; Form::ALL.len()],
            count_due: None,
            quiet_until: Monotonic::default(),
            scheduled: None,
        }
    }
}

impl<T> Audience<T> {
    /// Where an account is among the people.
    fn place(&self, account: &AccountId) -> Option<usize> {
        let number = self.numbers.get(account)?;
        self.people.binary_search_by_key(number, |person| person.number).ok()
    }

    fn person_mut(&mut self, account: &AccountId) -> Option<&mut Person<T>> {
        self.place(account).and_then(|at| self.people.get_mut(at))
    }

    /// A socket begins to listen; whether its account was not active before.
    pub(super) fn add(&mut self, account: &AccountId, socket: &SocketId, tag: T) -> bool {
        self.sockets += 1;
        if let Some(at) = self.place(account) {
            let person = &mut self.people[at];
            person.tag = tag;
            person.sockets.push(socket.clone());
            // It had none: it is back, and what is lost of it no more.
            if let Some(grace) = person.grace.take_if(|grace| grace.lost.is_some()) {
                self.graces.remove(&(grace.until, account.clone()));
            }
            return false;
        }
        let number = self.next_number;
        self.next_number += 1;
        self.numbers.insert(account.clone(), number);
        let sockets = vec![socket.clone()];
        self.people.push_back(Person {
            number,
            account: account.clone(),
            tag,
            sockets,
            grace: None,
        });
        true
    }

    /// A socket stops; whether its account is active no more. `until`: the end of its grace, if it
    /// was lost.
    pub(super) fn remove(
        &mut self,
        account: &AccountId,
        socket: &SocketId,
        until: Option<Monotonic>,
    ) -> bool {
        let Some(place) = self.place(account) else { return false };
        let person = &mut self.people[place];
        let Some(at) = person.sockets.iter().position(|id| id == socket) else { return false };
        person.sockets.remove(at);
        self.sockets -= 1;
        let earlier = person.grace.as_ref().map(|grace| grace.until);
        if let Some(until) = until
            && earlier.is_none_or(|earlier| until > earlier)
        {
            if let Some(earlier) = earlier {
                self.graces.remove(&(earlier, account.clone()));
            }
            person.grace = Some(Box::new(Grace { until, lost: None }));
            self.graces.insert((until, account.clone()));
        }
        if !person.sockets.is_empty() {
            return false;
        }
        if let Some(grace) = &mut person.grace {
            grace.lost = Some(socket.clone());
            return false;
        }
        self.forget(account);
        true
    }

    /// The sockets of an account.
    pub(super) fn sockets_of(&self, account: &AccountId) -> &[SocketId] {
        self.place(account).map_or(&[], |at| &self.people[at].sockets)
    }

    /// An account has to go; its sockets, `None` if it was not active.
    pub(super) fn expel(&mut self, account: &AccountId) -> Option<Vec<SocketId>> {
        let person = self.forget(account)?;
        self.sockets -= person.sockets.len();
        Some(person.sockets)
    }

    fn forget(&mut self, account: &AccountId) -> Option<Person<T>> {
        let person = self.place(account).and_then(|at| self.people.remove(at))?;
        self.numbers.remove(account);
        if let Some(grace) = &person.grace {
            self.graces.remove(&(grace.until, account.clone()));
        }
        Some(person)
    }

    /// Ends one of the graces that are over: an account that is active no more; `None` when there is
    /// no such account left.
    pub(super) fn end_grace(&mut self, now: Monotonic) -> Option<AccountId> {
        while let Some((until, _)) = self.graces.first()
            && *until <= now
        {
            let (_, account) = self.graces.pop_first()?;
            let person = self.person_mut(&account)?;
            person.grace = None;
            if person.sockets.is_empty() {
                self.forget(&account);
                return Some(account);
            }
        }
        None
    }

    pub(super) fn count_form(&mut self, form: Form, change: isize) {
        let count = &mut self.by_form[form as usize];
        *count = count.saturating_add_signed(change);
    }

    pub(super) fn forms(&self) -> Forms {
        Forms(
            Form::ALL
                .into_iter()
                .filter(|form| self.by_form[*form as usize] > 0)
                .fold(0, |bits, form| bits | form.bit()),
        )
    }

    /// A folded count is wanted: at once, or when the last one is long enough ago.
    pub(super) fn want_count(&mut self, now: Monotonic) {
        self.count_due.get_or_insert(now.max(self.quiet_until));
    }

    /// Whether a folded count is due; it is said then.
    pub(super) fn take_count(&mut self, now: Monotonic, fold: Duration) -> bool {
        let is_due = self.count_due.is_some_and(|due| due <= now);
        if is_due {
            self.count_due = None;
            self.quiet_until = now.after(fold);
        }
        is_due
    }

    pub(super) fn next_deadline(&self) -> Option<Monotonic> {
        let grace = self.graces.first().map(|(until, _)| *until);
        grace.into_iter().chain(self.count_due).min()
    }

    /// Those who are active, the longest-joined first.
    pub(super) fn active(&self) -> impl Iterator<Item = ActiveOne<'_, T>> {
        self.people.iter().filter_map(|Person { account, tag, sockets, grace, .. }| {
            let lost = || grace.as_ref()?.lost.as_ref();
            let (socket, is_lost) = match sockets.first() {
                Some(socket) => (socket, false),
                None => (lost()?, true),
            };
            Some(ActiveOne { account, socket, tag, is_lost })
        })
    }

    pub(super) fn active_count(&self) -> usize {
        self.people.len()
    }

    /// Whether there are more than `limit` listeners; somebody in a grace counts as one.
    pub(super) fn is_large(&self, limit: usize) -> bool {
        self.sockets > limit || self.people.len() > limit
    }

    pub(super) fn is_empty(&self) -> bool {
        self.people.is_empty()
    }
}
