//! What a socket is told whose time is over, before its connection is closed.

use serde::Serialize;
use socketio::Socket;

use crate::auth::AuthError;
use crate::error::WireError;

/// The event that a client is told of in the `chat_error` before its connection is closed: what does
/// not hold any more is what it connected with.
const EVENT: &str = "connect";

/// `chat_error`, as after any event that failed without a callback.
#[derive(Serialize)]
struct Farewell<'a> {
    event: &'a str,
    error: &'a WireError,
}

pub(super) fn farewell_all(sockets: Vec<Socket>, error: AuthError) {
    for socket in sockets {
        farewell(&socket, error);
    }
}

pub(super) fn farewell(socket: &Socket, error: AuthError) {
    let error = WireError::from(error);
    socket.emit("chat_error", &Farewell { event: EVENT, error: &error });
    socket.close();
}
