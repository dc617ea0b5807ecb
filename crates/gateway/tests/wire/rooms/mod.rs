//! Public rooms over sockets.

mod active;
pub(crate) mod hall;
mod joining;
mod sending;
mod syncing;
