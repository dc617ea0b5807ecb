//! The domain of Parlour: who may talk to whom, and what happens when they do.
//!
//! Nothing here does IO, waits, reads a clock or rolls dice. Time ([`time::Now`]) and randomness
//! ([`random::Random`]) are given by the edge, so that every rule can be tested and replayed. What a
//! rule decides is returned; the edge encodes it and sends it.
//!
//! - [`pairing`]: two strangers, matched at random.
//! - [`identity`], [`conversations`], [`messages`]: accounts, and what they say to each other.
//! - [`listening`]: who hears which conversation, and who is active in it.
//! - [`permissions`]: who may do what there.
//! - [`presence`]: who is online.
//! - [`typing`]: who is writing.
//! - [`sequencer`]: the order of messages, into the store and to those who listen.
//! - [`store`]: the port to the database.
//! - [`text`], [`name`], [`ids`]: what may be said, how people are called, how things are named.
//! - [`error`]: the stable codes that a client sees; [`cursor`]: where a list goes on.
//! - [`limits`]: rates, as token buckets.
//! - [`time`], [`random`]: the ports to the clock and to the dice.

pub mod conversations;
pub mod cursor;
pub mod error;
pub mod identity;
pub mod ids;
pub mod limits;
pub mod listening;
pub mod messages;
pub mod name;
pub mod pairing;
pub mod permissions;
pub mod presence;
pub mod random;
pub mod sequencer;
pub mod store;
pub mod text;
pub mod time;
pub mod typing;
mod visible;
