//! The pair dialect: two strangers, matched at random.

pub(crate) mod decode;
mod hub;
mod size;
mod wire;

pub use hub::PairHub;
pub use size::min_queue_bytes;
