//! What is done in the store now and then: guests whose time is over are deleted, and what is
//! remembered of ended tokens is forgotten.

use std::sync::{Arc, Weak};
use std::time::Duration;

use chat::store::{Store, StoreError};
use chat::time::{Clock, Timestamp};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

/// Rows of one transaction: a few milliseconds, so that messages hardly wait behind it.
const BATCH: usize = 500;

/// When what is over is cleared away.
#[derive(Clone, Debug)]
pub struct MaintenanceConfig {
    /// Between two rounds; the first is at the start. Default 10 minutes.
    pub period: Duration,
    /// How long a guest outlives its last token. Default 24 hours.
    pub guest_grace: Duration,
    /// How long the changes of rights are kept, which every node reads several times a second: a node
    /// that was cut off for longer has to be started again. Default 24 hours.
    pub changes_kept: Duration,
}

impl Default for MaintenanceConfig {
    fn default() -> Self {
        let day = Duration::from_hours(24);
        Self { period: Duration::from_mins(10), guest_grace: day, changes_kept: day }
    }
}

/// Starts the task; it ends when nobody else has the store any more. Needs a tokio runtime.
pub(crate) fn start(
    config: MaintenanceConfig,
    store: &Arc<dyn Store>,
    clock: Arc<dyn Clock>,
) -> JoinHandle<()> {
    tokio::spawn(run(config, Arc::downgrade(store), clock))
}

async fn run(config: MaintenanceConfig, store: Weak<dyn Store>, clock: Arc<dyn Clock>) {
    // Zero is refused by the timer.
    let mut rounds = interval(config.period.max(Duration::from_millis(1)));
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        let Some(store) = store.upgrade() else { return };
        if let Err(error) = round(&config, &*store, clock.now().wall).await {
            tracing::warn!(%error, "ended guests and tokens were not cleared away");
        }
    }
}

async fn round(
    config: &MaintenanceConfig,
    store: &dyn Store,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut guests = 0;
    loop {
        let deleted = store.delete_ended_guests(before(now, config.guest_grace), BATCH).await?;
        guests += deleted;
        if deleted < BATCH {
            break;
        }
    }
    if guests > 0 {
        tracing::info!(guests, "guests whose time is over were deleted");
    }
    // As many batches as there are: what comes in an hour may be more than one.
    while store.forget_ended(now, before(now, config.changes_kept), BATCH).await? >= BATCH {}
    Ok(())
}

fn before(now: Timestamp, span: Duration) -> Timestamp {
    let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(millis))
}

#[cfg(test)]
mod tests {
    use chat::identity::{Accounts, NewAccount, Origin};
    use chat::name::Username;
    use chat::time::{Monotonic, Now};

    use super::*;
    use crate::testing::MemoryStore;

    const DAY_MS: u64 = 86_400_000;

    struct At(u64);

    impl Clock for At {
        fn now(&self) -> Now {
            Now { mono: Monotonic::from_millis(self.0), wall: Timestamp::from_millis(self.0) }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_ended_is_forgotten_to_the_last_batch() {
        let memory = Arc::new(MemoryStore::default());
        memory.let_end(2 * BATCH + 1);
        let store: Arc<dyn Store> = Arc::clone(&memory) as _;
        let config = MaintenanceConfig::default();
        let task = start(config.clone(), &store, Arc::new(At(2 * DAY_MS)));
        tokio::time::sleep(config.period / 2).await;
        assert_eq!(memory.forgotten().len(), 3, "in one round");
        drop((memory, store));
        task.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn guests_go_a_day_after_their_last_token_and_changes_after_another() {
        let memory = Arc::new(MemoryStore::default());
        for (number, until) in [(1, DAY_MS - 1), (2, DAY_MS), (3, 3 * DAY_MS)] {
            let new = NewAccount {
                username: Username::parse(&format!("guest {number}")).unwrap(),
                display_name: None,
                password: None,
                created_at: Timestamp::from_millis(0),
                token_expires_at: Timestamp::from_millis(until),
            };
            memory.create_account(new).await.unwrap();
        }
        let store: Arc<dyn Store> = Arc::clone(&memory) as _;
        let config = MaintenanceConfig::default();
        let task = start(config.clone(), &store, Arc::new(At(2 * DAY_MS)));
        tokio::time::sleep(config.period / 2).await;
        assert_eq!(memory.count_accounts(Origin::Guest).await, Ok(2));
        let (now, day_ago) = (Timestamp::from_millis(2 * DAY_MS), Timestamp::from_millis(DAY_MS));
        assert_eq!(memory.forgotten(), [(now, day_ago)]);

        memory.set_away(true);
        tokio::time::sleep(config.period).await;
        memory.set_away(false);
        tokio::time::sleep(config.period).await;
        assert_eq!(memory.forgotten().len(), 2, "a round that failed does not end them");

        drop((memory, store));
        task.await.unwrap();
    }
}
