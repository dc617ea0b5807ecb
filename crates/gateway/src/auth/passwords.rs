//! Passwords: hashed and compared on threads of their own, behind a bounded queue, so that a storm
//! of logins takes its time and nobody else's.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use argon2::Params;
use argon2::password_hash::phc;
use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use chat::identity::PasswordHash;
use parking_lot::{Condvar, Mutex, MutexGuard};
use tokio::sync::oneshot;

use super::config::PasswordConfig;
use super::error::AuthError;
use super::hasher::Hasher;

/// What the first wait is reckoned with, until a hash has been timed.
const FIRST_GUESS: Duration = Duration::from_millis(50);
/// How long an idle thread keeps the memory of the last password, 19 MiB: a storm does not take it
/// again for each, and a login now and then costs nothing afterwards.
const KEEP_MEMORY: Duration = Duration::from_secs(1);
/// For whoever does not exist.
const DUMMY_SALT: &[u8; 16] = b"nobody is called";

/// What one argon2id hash costs, and so a guess at a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordCost(Params);

/// Costs that argon2 does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("argon2id needs 8 KiB of memory or more for each lane, a pass and a lane")]
pub struct PasswordCostError;

impl PasswordCost {
    /// Memory in KiB, passes over it, and lanes (RFC 9106 §3.1).
    ///
    /// # Errors
    /// [`PasswordCostError`] for what argon2 does not know.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, PasswordCostError> {
        Params::new(memory_kib, passes, lanes, None).map(Self).map_err(|_| PasswordCostError)
    }
}

impl Default for PasswordCost {
    /// 19 MiB, two passes, one lane: what the OWASP Password Storage Cheat Sheet recommends.
    fn default() -> Self {
        Self::new(19_456, 2, 1).expect("these are good costs")
    }
}

/// The threads and their queue. Each thread holds the memory of one password while it is at work and
/// [`KEEP_MEMORY`] longer. Dropped, the threads end when they have done what they are at.
pub struct Passwords {
    shared: Arc<Shared>,
}

struct Shared {
    cost: PasswordCost,
    threads: usize,
    max_waiting: usize,
    queue: Mutex<Queue>,
    wake: Condvar,
    done: AtomicU64,
    refused: AtomicU64,
    busy_us: AtomicU64,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    is_closed: bool,
}

struct Job {
    password: String,
    task: Task,
}

enum Task {
    Hash(oneshot::Sender<Result<PasswordHash, AuthError>>),
    /// `None`: there is nobody to compare with; it takes as long and is wrong.
    Verify(Option<PasswordHash>, oneshot::Sender<Result<bool, AuthError>>),
}

/// What the threads have done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PasswordStats {
    /// Passwords that wait for a thread.
    pub waiting: usize,
    /// Passwords hashed or compared.
    pub done: u64,
    /// Passwords for which there was no room.
    pub refused: u64,
    /// Time that the threads spent, together.
    pub busy: Duration,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords").finish_non_exhaustive()
    }
}

impl Passwords {
    /// Starts the threads.
    pub(super) fn start(config: PasswordConfig) -> Self {
        let shared = Arc::new(Shared {
            cost: config.cost,
            threads: config.threads.max(1),
            max_waiting: config.max_waiting,
            queue: Mutex::default(),
            wake: Condvar::new(),
            done: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            busy_us: AtomicU64::new(0),
        });
        for _ in 0..shared.threads {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new()
                .name("password".to_owned())
                .spawn(move || shared.work())
                .expect("the system has a thread left at the start");
        }
        Self { shared }
    }

    /// Hashes a new password with a fresh salt. Its length is the caller's to check.
    ///
    /// # Errors
    /// [`AuthError::Busy`] if too many wait.
    pub async fn hash(&self, password: String) -> Result<PasswordHash, AuthError> {
        let (reply, answer) = oneshot::channel();
        self.shared.enqueue(Job { password, task: Task::Hash(reply) })?;
        answer.await.map_err(|_| AuthError::Internal)?
    }

    /// Whether this is the password behind a hash. `None` takes as long and is never right, so that
    /// the time does not say whether a name is known.
    ///
    /// # Errors
    /// [`AuthError::Busy`] if too many wait; [`AuthError::Internal`] for a hash that is none.
    pub async fn verify(
        &self,
        password: String,
        hash: Option<PasswordHash>,
    ) -> Result<bool, AuthError> {
        let (reply, answer) = oneshot::channel();
        self.shared.enqueue(Job { password, task: Task::Verify(hash, reply) })?;
        answer.await.map_err(|_| AuthError::Internal)?
    }

    pub(crate) fn stats(&self) -> PasswordStats {
        self.shared.stats()
    }
}

impl Drop for Passwords {
    fn drop(&mut self) {
        self.shared.queue.lock().is_closed = true;
        self.shared.wake.notify_all();
    }
}

impl Shared {
    fn enqueue(&self, job: Job) -> Result<(), AuthError> {
        let mut queue = self.queue.lock();
        // Whoever went away meanwhile does not keep others out.
        if queue.jobs.len() >= self.max_waiting {
            queue.jobs.retain(|job| !job.task.is_abandoned());
        }
        if queue.jobs.len() >= self.max_waiting {
            drop(queue);
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Err(AuthError::Busy(self.full_wait()));
        }
        queue.jobs.push_back(job);
        drop(queue);
        self.wake.notify_one();
        Ok(())
    }

    /// How long a full queue takes, by the mean so far; a second at the least.
    fn full_wait(&self) -> Duration {
        let stats = self.stats();
        let mean = u32::try_from(stats.done)
            .ok()
            .and_then(|done| stats.busy.checked_div(done))
            .unwrap_or(FIRST_GUESS);
        let rounds = u32::try_from(self.max_waiting / self.threads).unwrap_or(u32::MAX);
        mean.saturating_mul(rounds).max(Duration::from_secs(1))
    }

    fn stats(&self) -> PasswordStats {
        PasswordStats {
            waiting: self.queue.lock().jobs.len(),
            done: self.done.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            busy: Duration::from_micros(self.busy_us.load(Ordering::Relaxed)),
        }
    }

    /// A thread's life.
    fn work(&self) {
        if let Err(error) = yield_to_others() {
            tracing::warn!(%error, "logins have the same priority as messages");
        }
        let hasher = Hasher::new(self.cost.0.clone());
        while let Some(job) = self.next(&hasher) {
            if !job.task.is_abandoned() {
                self.run(&hasher, job);
            }
        }
    }

    /// Does one job. It is counted before it is answered, so that whoever has the answer sees it.
    fn run(&self, hasher: &Hasher, job: Job) {
        let start = Instant::now();
        let password = job.password.as_bytes();
        // Whoever asked may have gone: then nobody wants the answer.
        match job.task {
            Task::Hash(reply) => {
                let hash = hasher.hash_password(password);
                self.count(start);
                let hash = hash.map(|hash| PasswordHash::new(hash.to_string()));
                let _ = reply.send(hash.map_err(failed));
            }
            Task::Verify(Some(hash), reply) => {
                let outcome = phc::PasswordHash::new(hash.as_str())
                    .map_err(password_hash::Error::from)
                    .and_then(|hash| hasher.verify_password(password, &hash));
                self.count(start);
                let _ = reply.send(match outcome {
                    Ok(()) => Ok(true),
                    Err(password_hash::Error::PasswordInvalid) => Ok(false),
                    Err(error) => Err(failed(error)),
                });
            }
            Task::Verify(None, reply) => {
                let hash = hasher.hash_password_with_salt(password, DUMMY_SALT);
                self.count(start);
                let _ = reply.send(hash.map(|_| false).map_err(failed));
            }
        }
    }

    fn count(&self, start: Instant) {
        let busy_us = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.busy_us.fetch_add(busy_us, Ordering::Relaxed);
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// The next job; `None` when the pool was dropped.
    fn next(&self, hasher: &Hasher) -> Option<Job> {
        let mut queue = self.queue.lock();
        loop {
            if queue.is_closed {
                return None;
            }
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            if !hasher.holds_memory() {
                self.wake.wait(&mut queue);
            } else if self.wake.wait_for(&mut queue, KEEP_MEMORY).timed_out() {
                // The system takes its time: nobody waits for the queue meanwhile.
                MutexGuard::unlocked(&mut queue, || hasher.release());
            }
        }
    }
}

impl Task {
    fn is_abandoned(&self) -> bool {
        match self {
            Self::Hash(reply) => reply.is_closed(),
            Self::Verify(_, reply) => reply.is_closed(),
        }
    }
}

/// Gives this thread the least share of a processor that others want, too: a 68th of one beside one
/// other (nice 19, `sched(7)`). It is some share, unlike that of `SCHED_IDLE`: a server that messages
/// keep busy signs people in later, but it does. On Linux a priority is a thread's own, though POSIX
/// gives it to the process.
fn yield_to_others() -> rustix::io::Result<()> {
    rustix::process::setpriority_process(None, 19)
}

fn failed(error: password_hash::Error) -> AuthError {
    tracing::error!(%error, "a password could not be hashed or compared");
    AuthError::Internal
}

#[cfg(test)]
mod tests {
    use chat::error::{Code, Coded};

    use super::*;

    fn cheap(threads: usize, max_waiting: usize) -> Passwords {
        let cost = PasswordCost::new(8, 1, 1).unwrap();
        Passwords::start(PasswordConfig { cost, threads, max_waiting })
    }

    #[tokio::test]
    async fn a_password_is_its_own_and_nobody_elses() {
        let passwords = cheap(2, 8);
        let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{}", hash.as_str());
        let again = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert_ne!(hash, again, "each hash has its own salt");
        for (password, of, expected) in [
            ("correct horse", Some(&hash), true),
            ("correct horse", Some(&again), true),
            ("correct horsf", Some(&hash), false),
            ("", Some(&hash), false),
            ("nobody is called", None, false),
        ] {
            assert_eq!(passwords.verify(password.to_owned(), of.cloned()).await, Ok(expected));
        }
        assert_eq!(passwords.stats().done, 7);
        let broken = PasswordHash::new("$argon2id$x");
        assert_eq!(passwords.verify("x".to_owned(), Some(broken)).await, Err(AuthError::Internal));
    }

    #[tokio::test]
    async fn an_old_hash_counts_when_the_cost_has_changed() {
        let old = cheap(1, 8).hash("secret".to_owned()).await.unwrap();
        let cost = PasswordCost::new(16, 2, 1).unwrap();
        let now = Passwords::start(PasswordConfig { cost, threads: 1, max_waiting: 8 });
        assert_eq!(now.verify("secret".to_owned(), Some(old)).await, Ok(true));
    }

    #[tokio::test]
    async fn too_many_at_once_are_told_when_to_come_again_and_the_others_are_served() {
        // Some milliseconds each, so that 50 come while one is worked on.
        let cost = PasswordCost::new(4_096, 1, 1).unwrap();
        let config = PasswordConfig { cost, threads: 1, max_waiting: 4 };
        let passwords = Arc::new(Passwords::start(config));
        let asked: Vec<_> = (0..50)
            .map(|_| {
                let passwords = Arc::clone(&passwords);
                tokio::spawn(async move { passwords.hash("secret".to_owned()).await })
            })
            .collect();
        let (mut served, mut refused) = (0, 0);
        for task in asked {
            match task.await.unwrap() {
                Ok(_) => served += 1,
                Err(error) => {
                    assert_eq!(error.code(), Code::Unavailable);
                    assert!(error.retry_after().is_some_and(|wait| wait >= Duration::from_secs(1)));
                    refused += 1;
                }
            }
        }
        let stats = passwords.stats();
        assert_eq!((stats.done, stats.refused, stats.waiting), (served, refused, 0));
        assert!(served >= 4 && refused > 0, "{served} {refused}");
    }

    #[tokio::test]
    async fn whoever_goes_away_leaves_no_work_behind() {
        let passwords = cheap(1, 2);
        for _ in 0..100 {
            // Polled once, so that it is queued, then dropped.
            let mut asking = Box::pin(passwords.hash("secret".to_owned()));
            let _ = futures_util::poll!(&mut asking);
        }
        assert!(passwords.hash("secret".to_owned()).await.is_ok());
    }

    #[test]
    fn costs_that_argon2_does_not_know_are_refused() {
        for (memory, passes, lanes) in [(0, 1, 1), (7, 1, 1), (8, 0, 1), (8, 1, 0), (15, 1, 2)] {
            assert_eq!(PasswordCost::new(memory, passes, lanes), Err(PasswordCostError));
        }
        assert_eq!(PasswordCost::default(), PasswordCost::new(19_456, 2, 1).unwrap());
    }
}
