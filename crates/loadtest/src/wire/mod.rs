//! The protocols, without any IO: WebSocket frames, HTTP messages, Engine.IO and Socket.IO packets.

pub(crate) mod http;
pub(crate) mod packet;
pub(crate) mod websocket;

/// The largest frame or answer that is taken: 16 MiB, held once for all connections together.
pub(crate) const MAX_MESSAGE: usize = 16 << 20;
