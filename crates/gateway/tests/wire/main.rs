//! The edge over real connections.

mod accounts;
mod pair;
#[expect(dead_code, reason = "the tests inside the crate look at more of it")]
#[path = "../../src/testing/store.rs"]
mod store;
mod support;
