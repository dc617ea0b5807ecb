//! The sequencer, at its service boundary: what goes in, and everything that comes out.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod ledger;
mod listening;
mod simulation;
mod world;
mod writing;
