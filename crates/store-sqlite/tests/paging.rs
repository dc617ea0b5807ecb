//! A page costs what a page costs, not what the conversation is long.

#[path = "support/paging.rs"]
mod paging;

use std::sync::Arc;

use store_sqlite::{SqliteStore, StoreConfig};

/// The long run, with its figures, is `examples/paging.rs`. Here the pages are checked, and that
/// reading them again needs no more memory; times mean nothing on a busy machine.
#[test]
fn pages_of_a_long_conversation_are_right_and_memory_is_flat() {
    let folder = tempfile::tempdir().unwrap();
    let config = StoreConfig::new(folder.path().join("parlour.db"));
    let store = Arc::new(SqliteStore::open(&config).unwrap());
    let figures = paging::measure(store, 20_000, 200);
    for times in &figures.pages {
        assert!(times.p50 <= times.p99 && times.p99 <= times.max, "{}: {times:?}", times.name);
    }
    let (before, after) = figures.resident_kib;
    assert!(after < before + 4_096, "{figures:?}");
}
