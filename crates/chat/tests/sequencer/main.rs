//! The sequencer by what goes in and what comes out.
#![expect(clippy::unwrap_used, reason = "test code: an unwrap that fails is a test that fails")]

mod listening;
mod world;
mod writing;
