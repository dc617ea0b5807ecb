/**
 * What the pair dialect's payloads look like, field for field.
 */
import assert from "node:assert/strict";

/** A public socket id, and what stands for a partner's. */
export const SOCKET_ID = /^[A-Za-z0-9_-]{20}$/;
/** UUIDv7, RFC 9562 §5.7. */
export const MESSAGE_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** RFC 3339, UTC, milliseconds. */
export const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** How far a server's clock may be from this one's on the same machine, in milliseconds. */
const CLOCK_SLACK_MS = 5_000;

/** One of `users`. */
export const user = (socketId, username) => ({ socketId, username });

/** `user_joined`; with `success` the answer to `start_chat`. */
export function joined(roomId, username, users, success) {
  const status = users.length === 2 ? "active" : "waiting";
  const room = { roomId, username, users, userCount: users.length, status };
  return success === undefined ? room : { success, ...room };
}

/** The answer to `start_chat` and `new_chat`. */
export const started = (roomId, username, users) => joined(roomId, username, users, true);

/** `user_left`: what is left is one who waits. */
export const left = (roomId, username) => ({ roomId, username, userCount: 1, status: "waiting" });

/** A room's id is opaque and cannot be guessed: 128 bits or more. */
export function assertRoomId(roomId) {
  assert.match(roomId, /^[\w-]{22,64}$/);
}

/** A stranger's id for one room. */
export function assertMask(mask, ...notThese) {
  assert.match(mask, SOCKET_ID);
  assert.ok(!notThese.includes(mask), `${mask} is not made for this room alone`);
}

/** A time of just now. */
export function assertNow(time) {
  assert.match(time, TIME);
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < CLOCK_SLACK_MS, `${time} is not now`);
}

/** A message: what `expected` says, an id and a time of its own, and nothing else. */
export function assertLine(line, expected) {
  const { id, timestamp, ...rest } = line;
  assert.match(id, MESSAGE_ID);
  assertNow(timestamp);
  assert.deepEqual(rest, expected);
}
