//! Public rooms over sockets.

mod active;
pub(crate) mod hall;
mod joining;
mod leaving;
mod sending;
mod syncing;
mod syncing_bounds;
