//! The Socket.IO side: one namespace, whose handler turns events into commands of the domain.

mod channels;
mod connect;
mod direct;
mod handler;
mod live;
pub(crate) mod pair;
mod payload;
pub(crate) mod profiles;
mod refresh;
mod reply;
mod rooms;
pub(crate) mod table;

pub use connect::ChatNamespace;
pub use pair::{PairHub, min_queue_bytes};

pub(crate) use connect::Shared;
pub(crate) use live::LiveSockets;
