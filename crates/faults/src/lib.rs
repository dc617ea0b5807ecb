//! Faults from outside, for tests: nothing of this is in the product, and no product crate depends on
//! it but for its tests.
//!
//! - [`Shim`]: a library in C that is loaded into a program under test (`LD_PRELOAD`) and makes its
//!   disk slow, full, broken or read-only, kills it at a chosen call, and remembers what was not
//!   synced, so that [`Watch::lose_power`] can take it away.
//! - [`proxy`]: a TCP proxy that delays, throttles, stops and cuts.

mod control;
mod journal;
mod power;
pub mod proxy;
mod shim;

pub use control::{Call, Control, Errno, Fault, Kill};
pub use power::{Keep, Loss};
pub use shim::{Shim, ShimError, Watch};
