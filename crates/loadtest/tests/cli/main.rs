//! The program as it is, against the server as it is; and against one that makes a mistake.

mod channels;
mod check;
mod direct;
mod load;
mod proxy;
mod rooms;
mod server;
mod verify;
