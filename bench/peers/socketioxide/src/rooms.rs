//! `join_room {roomId}`, and `send_message {roomId, text}`, which the whole room gets.

use serde::{Deserialize, Serialize};
use socketioxide::extract::{AckSender, Data, SocketRef};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Join {
    room_id: String,
}

/// A type rather than any JSON: so the documentation of `Data` has it where speed matters.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    room_id: String,
    text: String,
}

/// Registers what a socket may say.
pub(crate) async fn connected(socket: SocketRef) {
    socket.on("join_room", async |socket: SocketRef, Data::<Join>(join), ack: AckSender| {
        socket.join(join.room_id);
        // Who is gone needs no answer.
        let _ = ack.send("ok");
    });
    socket.on("send_message", async |socket: SocketRef, Data::<Message>(message)| {
        // Fails for a socket whose queue is full: that packet is lost.
        let _ = socket.within(message.room_id.clone()).emit("receive_message", &message).await;
    });
}
