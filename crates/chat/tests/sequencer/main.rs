//! The sequencer by what goes in and what comes out.

mod listening;
mod world;
mod writing;
