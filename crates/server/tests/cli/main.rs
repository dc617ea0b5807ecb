//! The real binary: its configuration, its start, what it answers beside Socket.IO, its end.

mod config;
mod data;
mod serve;
mod support;
