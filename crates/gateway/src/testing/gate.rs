//! Answers of a store that are held back until a test lets them go.

use std::sync::Arc;

use chat::store::StoreFuture;
use parking_lot::Mutex;
use tokio::sync::Semaphore;

/// Holds an answer back that the store has already decided on.
#[derive(Debug)]
pub(crate) struct Gate {
    decided: Semaphore,
    open: Semaphore,
}

impl Gate {
    /// Waits until there is an answer to hold back.
    pub(crate) async fn decided(&self) {
        self.decided.acquire().await.expect("it is never closed").forget();
    }

    /// Lets the answer go.
    pub(crate) fn open(&self) {
        self.open.add_permits(1);
    }
}

/// Where the next answer of one kind may be held back.
#[derive(Debug, Default)]
pub(super) struct Doorway(Mutex<Option<Arc<Gate>>>);

impl Doorway {
    /// Holds back the next answer.
    pub(super) fn hold(&self) -> Arc<Gate> {
        let gate = Arc::new(Gate { decided: Semaphore::new(0), open: Semaphore::new(0) });
        *self.0.lock() = Some(Arc::clone(&gate));
        gate
    }

    /// The answer, once it may go.
    pub(super) fn pass<'a, T: Send + 'a>(&self, decided: StoreFuture<'a, T>) -> StoreFuture<'a, T> {
        let Some(gate) = self.0.lock().take() else { return decided };
        Box::pin(async move {
            let answer = decided.await;
            gate.decided.add_permits(1);
            gate.open.acquire().await.expect("it is never closed").forget();
            answer
        })
    }
}
