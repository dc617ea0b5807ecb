//! Pairing, at its service boundary: what goes in, and everything that comes out.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod blocks;
mod lines;
mod model;
mod queue;
mod rooms;
mod simulation;
mod typing_model;
mod world;
