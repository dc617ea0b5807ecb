//! The edge over real connections.

mod accounts;
mod channels;
mod direct;
mod inbox;
mod pair;
mod rooms;
mod support;
#[expect(dead_code, reason = "the tests inside the crate look at more of it")]
#[path = "../../src/testing/mod.rs"]
mod testing;
