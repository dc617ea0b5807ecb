//! The core is killed, loses its power, and its disk fails; what it said must stay true.
//!
//! `PARLOUR_KILL_ROUNDS` (10), `PARLOUR_UNDO_ROUNDS` (5), `PARLOUR_FAULT_ROUNDS` (4) and
//! `PARLOUR_FAULT_TABLES` (1) say how many rounds of each there are, `PARLOUR_SEED` which is the first
//! one's; each prints its seed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "a failed round is played again by its seed")]

mod book;
mod disk;
mod kill;
mod process;
mod round;

/// How many rounds, and their seeds.
fn seeds(variable: &str, default: u64) -> impl Iterator<Item = u64> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let first = number("PARLOUR_SEED").unwrap_or_else(|| fastrand::u64(..1 << 32));
    let count = number(variable).unwrap_or(default);
    (first..first + count).inspect(|seed| println!("PARLOUR_SEED={seed}"))
}
