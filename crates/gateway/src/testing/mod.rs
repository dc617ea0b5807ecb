//! What tests of the edge are built on.

mod store;

pub(crate) use store::MemoryStore;
