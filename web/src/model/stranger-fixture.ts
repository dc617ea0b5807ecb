import type { ParlourError } from "@parlour/sdk/errors";
import type { PairMessage, PairRoom, PairRoomStatus } from "@parlour/sdk/pair-events";
import { FakeConnection, FakePair } from "./fake-pair.ts";
import { StrangerChat } from "./stranger.ts";
import type { StrangerEvent } from "./stranger-state.ts";

export const ME = { socketId: "me", username: "Ada" };
export const MARA = { socketId: "mask-1", username: "Mara" };
export const TOM = { socketId: "mask-2", username: "Tom" };

export function room(roomId: string, ...users: PairRoom["users"]): PairRoom {
  const status = users.length === 2 ? "active" : "waiting";
  return { roomId, username: "Ada", users, userCount: users.length, status };
}

/** What `get_room_status` answers to one who sits there. */
export function status(roomId: string, ...users: PairRoom["users"]): PairRoomStatus {
  return { ...room(roomId, ...users), createdAt: "2026-05-04T10:00:00.000Z" };
}

/** What it answers to one who has no seat. */
export const NO_SEAT: PairRoomStatus = { status: "empty", roomId: null, userCount: 0, users: [], createdAt: null };

export function message(roomId: string, from: typeof ME, text: string, clientId?: string): PairMessage {
  const base = { id: `id-${text}`, roomId, username: from.username, socketId: from.socketId, text };
  const timestamp = "2026-05-04T10:00:00.000Z";
  return clientId === undefined ? { ...base, timestamp } : { ...base, timestamp, clientId };
}

export const error = (code: ParlourError["code"], retryable = false): ParlourError => ({
  code,
  message: "Do something else.",
  retryable,
  retryAfterMs: null,
});

export function setUp() {
  const pair = new FakePair();
  const connection = new FakeConnection();
  let ids = 0;
  const chat = new StrangerChat({ pair, connection, newId: () => `c${(ids += 1)}` });
  const events: StrangerEvent[] = [];
  chat.watch((event) => events.push(event));
  const state = () => chat.snapshot();
  const shown = () => state().lines.rows.map((row) => `${row.text}:${row.status.kind}`);
  return { pair, connection, chat, events, state, shown };
}

/** Ada waits alone in the fresh room `r1`. */
export function waiting() {
  const all = setUp();
  all.chat.start("Ada");
  all.pair.starts[0]!.succeed(room("r1", ME));
  all.pair.emit("user_joined", room("r1", ME));
  return all;
}

/** Ada talks to Mara in `r1`. */
export function talking() {
  const all = waiting();
  all.pair.emit("user_joined", room("r1", ME, MARA));
  all.pair.emit("chat_history", []);
  return all;
}

/** Mara has left; Ada sits in `r2`. */
export function left() {
  const all = talking();
  all.pair.emit("user_left", { roomId: "r2", username: "Mara", userCount: 1, status: "waiting" });
  return all;
}
