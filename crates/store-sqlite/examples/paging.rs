//! Pages of one conversation with 1,000,000 messages: `cargo run --release --example paging -p
//! store-sqlite -- [MESSAGES] [READS]`. Prints a table, and fails if a page takes 5 ms at p99, or the
//! memory grows while pages are read.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

#[path = "../tests/support/paging.rs"]
mod paging;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use store_sqlite::{SqliteStore, StoreConfig};

/// What a page may take, for 99 of 100.
const AIM: Duration = Duration::from_millis(5);

/// What resident memory may grow by while pages are read that were read before: 2 MiB of noise.
const GROWTH_KIB: u64 = 2_048;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let mut next = |default| arguments.next().and_then(Result::ok).unwrap_or(default);
    let (messages, reads) = (next(1_000_000), next(5_000));
    let folder = tempfile::tempdir().expect("a folder");
    let config = StoreConfig::new(folder.path().join("parlour.db"));
    let store = Arc::new(SqliteStore::open(&config).expect("an empty folder"));
    let figures = paging::measure(store, messages, usize::try_from(reads).unwrap_or(usize::MAX));
    println!("| page of {} in {messages} | p50 | p99 | max |", paging::PAGE);
    println!("| --- | --- | --- | --- |");
    for times in &figures.pages {
        println!("| {} | {:.2?} | {:.2?} | {:.2?} |", times.name, times.p50, times.p99, times.max);
    }
    let (before, after) = figures.resident_kib;
    println!("\nResident: {before} KiB before the last {} pages, {after} after.", 3 * reads);
    let is_met = figures.pages.iter().all(|times| times.p99 < AIM)
        && after.saturating_sub(before) < GROWTH_KIB;
    if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
