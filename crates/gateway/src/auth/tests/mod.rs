//! Authentication, asked as the edge asks it, over a store in memory and a clock that is set.

mod forge;
mod hosts;
mod own;
mod published;
mod revocation;

use std::sync::Arc;
use std::time::Duration;

use chat::error::{Code, Coded};
use chat::identity::{Account, Accounts, NewAccount, PasswordHash};
use chat::name::Username;
use chat::time::{Clock, Monotonic, Now, Timestamp};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::*;
use crate::testing::MemoryStore;

/// The moment at which every test begins, in seconds.
const START_S: u64 = 1_800_000_000;
const OWN_SECRET: &[u8] = b"the secret of own tokens, 32 B!!";

/// A clock that stands until it is moved.
#[derive(Debug)]
struct TestClock(Mutex<Now>);

impl TestClock {
    fn advance(&self, by: Duration) {
        let mut now = self.0.lock();
        let by_ms = u64::try_from(by.as_millis()).unwrap();
        now.mono = now.mono.after(by);
        now.wall = Timestamp::from_millis(now.wall.as_millis() + by_ms);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Now {
        *self.0.lock()
    }
}

struct World {
    auth: Auth,
    store: Arc<MemoryStore>,
    clock: Arc<TestClock>,
}

/// A secret that nobody else holds, and cheap passwords.
fn config() -> AuthConfig {
    AuthConfig::new(OwnSecret::Made(Secret::new(OWN_SECRET)))
}

fn shared_config() -> AuthConfig {
    AuthConfig::new(OwnSecret::Configured(Secret::new(OWN_SECRET)))
}

impl World {
    /// Has to be called within a runtime.
    fn new(config: AuthConfig) -> Self {
        let store = Arc::new(MemoryStore::default());
        Self::with_store(config, store)
    }

    fn with_store(config: AuthConfig, store: Arc<MemoryStore>) -> Self {
        let wall = Timestamp::from_millis(START_S * 1_000);
        let now = Now { mono: Monotonic::from_millis(60_000), wall };
        let clock = Arc::new(TestClock(Mutex::new(now)));
        let auth = Auth::start(config, Arc::clone(&store) as _, Arc::clone(&clock) as _);
        Self { auth, store, clock }
    }

    /// An account with a password, or a guest.
    async fn account(&self, name: &str, is_guest: bool) -> Account {
        let now = self.clock.now().wall;
        let new = NewAccount {
            username: Username::parse(name).unwrap(),
            display_name: None,
            password: (!is_guest).then(|| PasswordHash::new("$argon2id$none")),
            created_at: now,
            token_expires_at: now,
        };
        self.store.create_account(new).await.unwrap()
    }

    async fn code(&self, token: &str) -> Option<Code> {
        self.auth.authenticate(token).await.err().map(|error| error.code())
    }

    /// The account's id, or the error.
    async fn who(&self, token: &str) -> Result<String, AuthError> {
        let session = self.auth.authenticate(token).await?;
        Ok(session.account.profile.id.as_str().to_owned())
    }
}

/// Claims of a good token that ends in a minute, with others over them; `null` takes one away.
fn claims(over: Value) -> Value {
    let mut claims = json!({ "sub": "u1", "iat": START_S, "exp": START_S + 60 });
    let (Value::Object(base), Value::Object(over)) = (&mut claims, over) else {
        panic!("claims are objects");
    };
    for (name, value) in over {
        match value {
            Value::Null => base.remove(&name),
            value => base.insert(name, value),
        };
    }
    claims
}

/// Waits for what another task does.
async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("it did not come");
}
