/** `join_room {roomId}`, and `send_message {roomId, text}`, which the whole room gets. */
export function rooms(io) {
  io.on("connection", (socket) => {
    socket.on("join_room", ({ roomId }, acknowledge) => {
      socket.join(roomId);
      acknowledge?.("ok");
    });
    socket.on("send_message", (message) => {
      io.to(message.roomId).emit("receive_message", message);
    });
  });
}
