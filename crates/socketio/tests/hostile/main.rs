//! Clients that mean harm, over real sockets. Beside every attack another client is served, what the
//! process holds is metered by its own allocator, and afterwards nothing is left: no connection, no
//! session, no socket, no memory.
#![expect(unsafe_code, reason = "an allocator that counts what it hands out")]

#[path = "../wire/common/mod.rs"]
#[expect(dead_code, reason = "the wire tests use the rest")]
mod common;

mod crafted;
mod floods;
mod halves;
mod meter;
mod queues;
mod stalled;
mod upgrades;
mod witness;
