//! The engine over real sockets. The client is written by hand for these tests (`common/http.rs`,
//! `common/ws.rs`) and shares no code with the engine, so that the two cannot be wrong together.

mod common;

mod acks;
mod closing;
mod events;
mod handshake;
mod heartbeat;
mod namespaces;
mod order;
mod polling;
mod rooms;
mod shutdown;
mod slow_readers;
mod upgrade;
mod waits;
mod websocket;
