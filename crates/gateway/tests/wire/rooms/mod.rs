//! Public rooms over sockets.

mod active;
mod hall;
mod joining;
mod sending;
mod syncing;
