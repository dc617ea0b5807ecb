//! The channels dialect over sockets.

mod ends;
mod meeting;
mod saying;
