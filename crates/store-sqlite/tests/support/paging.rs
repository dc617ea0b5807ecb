//! Measures pages of one long conversation: the same code for a short test and the long run of
//! `examples/paging.rs`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chat::conversations::{ConversationId, Seq};
use chat::messages::{Page, PageCursor};
use chat::store::Store;
use store_suite::{World, block_on};

/// Messages in a page.
pub(crate) const PAGE: usize = 50;

/// Messages in one call while the conversation is filled.
const FILL: u64 = 1_000;

/// People who write in it.
const SENDERS: usize = 50;

/// How long pages of one kind took.
#[derive(Debug)]
pub(crate) struct Times {
    /// Which pages.
    pub(crate) name: &'static str,
    /// Half took at most this long.
    pub(crate) p50: Duration,
    /// 99 of 100 did.
    pub(crate) p99: Duration,
    /// All did.
    pub(crate) max: Duration,
}

/// What a run found.
#[derive(Debug)]
pub(crate) struct Figures {
    /// How long the pages took, by kind.
    pub(crate) pages: Vec<Times>,
    /// Resident memory in KiB: before the pages, and after them.
    pub(crate) resident_kib: (u64, u64),
}

/// Fills one conversation with `messages`, each with a key, and reads `reads` pages of each kind at
/// random places.
pub(crate) fn measure(store: Arc<dyn Store>, messages: u64, reads: usize) -> Figures {
    let mut world = World::new(store);
    let room = block_on(fill(&mut world, messages));
    let kinds = [
        ("newest", (|_: Seq| PageCursor::Newest) as fn(Seq) -> PageCursor),
        ("before", PageCursor::Before),
        ("after", PageCursor::After),
    ];
    // The same pages twice: the first time fills the caches up to their bounds.
    let mut resident = 0;
    let mut pages = Vec::new();
    for is_warm in [false, true] {
        resident = resident_kib();
        pages = Vec::new();
        for (name, cursor) in kinds {
            let mut took: Vec<_> = (0..reads)
                .map(|_| {
                    let at = Seq(world.dice.roll() % (messages + 1));
                    let begin = Instant::now();
                    let page = block_on(world.page(&room, cursor(at), PAGE));
                    let took = begin.elapsed();
                    check(&page, cursor(at), messages);
                    took
                })
                .collect();
            took.sort_unstable();
            let share = |percent| took[(took.len() - 1) * percent / 100];
            pages.push(Times { name, p50: share(50), p99: share(99), max: share(100) });
        }
        if is_warm {
            break;
        }
    }
    Figures { pages, resident_kib: (resident, resident_kib()) }
}

async fn fill(world: &mut World, messages: u64) -> ConversationId {
    let mut people = Vec::new();
    for number in 0..SENDERS {
        people.push(world.own(&format!("person {number}")).await);
    }
    let room = world.room(&people[0]).await.id;
    let mut done = 0;
    while done < messages {
        let batch: Vec<_> = (done..messages.min(done + FILL))
            .map(|number| {
                let sender = &people[world.dice.below(SENDERS)];
                let key = format!("{:032x}-{number}", world.dice.roll());
                world.keyed(&room, sender, (&key, "A line of chat, of the usual length: so long."))
            })
            .collect();
        done += batch.len() as u64;
        world.store.append(batch).await.expect("a working store");
    }
    room
}

fn check(page: &Page, cursor: PageCursor, messages: u64) {
    let size = PAGE as u64;
    let (first, last) = match cursor {
        PageCursor::Newest => ((messages + 1).saturating_sub(size).max(1), messages),
        PageCursor::Before(seq) => (seq.0.saturating_sub(size).max(1), seq.0.saturating_sub(1)),
        PageCursor::After(seq) => (seq.0 + 1, messages.min(seq.0 + size)),
    };
    let seqs: Vec<_> = page.messages.iter().map(|message| message.seq.0).collect();
    assert_eq!(seqs, (first..=last).collect::<Vec<_>>(), "{cursor:?}");
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
