//! The pair dialect: two strangers, matched at random.

pub(crate) mod decode;
mod hub;
mod wire;

pub use hub::PairHub;
