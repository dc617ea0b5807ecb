//! What a sequencer wants to know, asked of the store.

use std::sync::Arc;
use std::time::Duration;

use chat::conversations::Seq;
use chat::messages::{Messages, PageCursor, PageError};
use chat::sequencer::{Outcome, Work};
use tokio::time::Instant;

/// An answer, and how long it took.
pub(super) struct Done {
    pub(super) outcome: Outcome,
    pub(super) took: Duration,
}

/// Asks. Whoever stops waiting has not undone what was asked for.
pub(super) async fn run(store: Arc<dyn Messages>, work: Work) -> Done {
    let begun = Instant::now();
    let outcome = match work {
        Work::Append(messages) => Outcome::Append(store.append(messages).await),
        Work::Settle(keys) => Outcome::Settle(store.settle(keys).await),
        Work::Anchor(read) => {
            let newest = store.page(read.conversation.clone(), PageCursor::Newest, 1).await;
            let seq = match newest {
                Ok(page) => Ok(page.messages.last().map_or(Seq::default(), |last| last.seq)),
                // A direct conversation that nobody has written in yet.
                Err(PageError::NotFound) => Ok(Seq::default()),
                Err(PageError::Store(error)) => Err(error),
            };
            Outcome::Anchor(read, seq)
        }
        Work::Fill { read, after, limit } => {
            let cursor = PageCursor::After(after);
            let page = store.page(read.conversation.clone(), cursor, limit).await;
            Outcome::Fill(read, page)
        }
    };
    Done { outcome, took: begun.elapsed() }
}
