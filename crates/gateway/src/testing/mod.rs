//! What tests of the edge are built on.

mod gate;
mod messages;
mod store;

pub(crate) use store::MemoryStore;
