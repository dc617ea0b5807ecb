//! What tests of the edge are built on.

mod conversations;
mod gate;
mod messages;
mod store;
mod talk;

pub(crate) use store::MemoryStore;
