//! What tests of the edge are built on.

mod conversations;
mod direct;
mod gate;
mod messages;
mod store;
mod talk;

pub(crate) use store::MemoryStore;
