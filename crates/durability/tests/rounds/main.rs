//! The core is killed, loses its power, and its disk fails; what it said must stay true.
//!
//! `PARLOUR_KILL_ROUNDS` (10), `PARLOUR_UNDO_ROUNDS` (5), `PARLOUR_FAULT_ROUNDS` (4) and
//! `PARLOUR_FAULT_TABLES` (1) say how many rounds of each there are, `PARLOUR_SHOWN_MESSAGES` (3,000)
//! how many messages are shown before they are stored, and `PARLOUR_SEED` which is the first one's seed;
//! each prints its own.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "a failed round is played again by its seed")]

mod book;
mod disk;
mod kill;
mod process;
mod round;
mod rows;
mod shown;

/// A number that the environment gives.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// How many rounds, and their seeds.
fn seeds(variable: &str, default: u64) -> impl Iterator<Item = u64> {
    let first = number("PARLOUR_SEED").unwrap_or_else(|| fastrand::u64(..1 << 32));
    let count = number(variable).unwrap_or(default);
    (first..first + count).inspect(|seed| println!("PARLOUR_SEED={seed}"))
}
