/** Two strangers a room, in memory: `start_chat`, `send_message`, and leaving. */
import { randomUUID } from "node:crypto";

class Chats {
  /** Of each room: who is in it, and what was said while nobody heard it. */
  #rooms = new Map();
  /** The room of each socket. */
  #seats = new Map();
  #waiting;

  seat(user) {
    const room = this.#waiting ?? { roomId: randomUUID(), users: [], messages: [] };
    room.users.push(user);
    this.#rooms.set(room.roomId, room);
    this.#seats.set(user.socketId, room);
    this.#waiting = room.users.length < 2 ? room : undefined;
    return room;
  }

  say(socketId, text) {
    const room = this.#seats.get(socketId);
    const user = room?.users.find((one) => one.socketId === socketId);
    if (!user) return undefined;
    const { roomId } = room;
    const timestamp = new Date().toISOString();
    const message = { id: randomUUID(), roomId, username: user.username, socketId, text, timestamp };
    if (room.users.length === 1) room.messages.push(message);
    return message;
  }

  /** What to tell the one who stays, if somebody does. */
  unseat(socketId) {
    const room = this.#seats.get(socketId);
    if (!room) return undefined;
    this.#seats.delete(socketId);
    const [{ username }] = room.users.splice(
      room.users.findIndex((one) => one.socketId === socketId),
      1,
    );
    if (room.users.length === 0) {
      this.#rooms.delete(room.roomId);
      if (this.#waiting === room) this.#waiting = undefined;
      return undefined;
    }
    this.#waiting = room;
    return { roomId: room.roomId, username, userCount: 1, status: "waiting" };
  }
}

export function pairs(io) {
  const chats = new Chats();
  io.on("connection", (socket) => {
    socket.on("start_chat", (username, acknowledge) => {
      const { roomId, users, messages } = chats.seat({ socketId: socket.id, username });
      const status = users.length === 2 ? "active" : "waiting";
      const state = { success: true, roomId, username, users, userCount: users.length, status };
      socket.join(roomId);
      acknowledge?.(state);
      io.to(roomId).emit("user_joined", state);
      if (status === "active") io.to(roomId).emit("chat_history", messages.splice(0));
    });
    socket.on("send_message", ({ text }, acknowledge) => {
      const message = chats.say(socket.id, text);
      acknowledge?.({ success: message !== undefined });
      if (message) io.to(message.roomId).emit("receive_message", message);
    });
    socket.on("disconnect", () => {
      const left = chats.unseat(socket.id);
      if (left) io.to(left.roomId).emit("user_left", left);
    });
  });
}
