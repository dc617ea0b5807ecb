//! The rules that every store keeps, over this one.

use std::sync::Arc;

use chat::store::Store;
use store_sqlite::{SqliteStore, StoreConfig};

fn run<F: Future<Output = ()>>(rule: impl FnOnce(Arc<dyn Store>) -> F) {
    let folder = tempfile::tempdir().expect("a folder");
    let config = StoreConfig::new(folder.path().join("parlour.db"));
    let store = Arc::new(SqliteStore::open(&config).expect("an empty folder"));
    store_suite::block_on(rule(store));
}

store_suite::store_contract!(run);
