//! Tasks that sleep from deadline to deadline.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Notify;

/// Calls `tick` whenever it is due, or `wake` is told, until `what` is gone. It acts on what is due, and
/// says how long until something is again; `None`: not before `wake` is told.
pub(crate) async fn drive<T>(
    what: Weak<T>,
    wake: Arc<Notify>,
    tick: impl Fn(&T) -> Option<Duration>,
) {
    while let Some(alive) = what.upgrade() {
        let wait = tick(&alive);
        drop(alive);
        tokio::select! {
            () = wake.notified() => {}
            () = sleep(wait) => {}
        }
    }
}

/// Sleeps for so long; for ever without a span.
pub(crate) async fn sleep(span: Option<Duration>) {
    match span {
        Some(span) => tokio::time::sleep(span).await,
        None => std::future::pending().await,
    }
}
