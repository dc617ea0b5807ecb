/**
 * What is on the wire in public rooms, field for field.
 */
import assert from "node:assert/strict";

import { assertNow, assertRoomId, MESSAGE_ID, TIME } from "../shapes.js";

/** A room as its maker gets it; `expected` says what is different by now. */
export function assertRoom(room, expected) {
  const { _id, createdAt, updatedAt, ...rest } = room;
  assertRoomId(_id);
  assert.match(createdAt, TIME);
  assert.match(updatedAt, TIME);
  assert.ok(updatedAt >= createdAt, `updated ${updatedAt}, created ${createdAt}`);
  assert.deepEqual(rest, {
    description: "",
    memberCount: 1,
    activeCount: 0,
    isMember: true,
    unreadCount: 0,
    lastMessage: null,
    ...expected,
  });
}

/**
 * A message of a person's.
 * @param {any} message
 * @param {import("./hall.js").Person} person
 * @param {{roomId: string, seq: number, content: string, clientId?: string}} expected
 */
export function assertMessage(message, person, expected) {
  const { _id, timestamp, ...rest } = message;
  assert.match(_id, MESSAGE_ID);
  assertNow(timestamp);
  assert.deepEqual(rest, {
    sender: person.id,
    senderName: person.name,
    senderImage: person.user.avatarUrl,
    ...(person.user.isGuest ? { senderIsGuest: true } : {}),
    ...expected,
  });
}

/** The messages are the conversation's from one place to another, without a gap. */
export function assertSeqs(messages, first, last, what = "the messages") {
  const expected = Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => first + n);
  assert.deepEqual(
    messages.map(({ seq }) => seq),
    expected,
    what,
  );
}

/** A refusal for which the contract names no code: one of these. Returns the error. */
export function assertRefusal(answer, codes, what) {
  assert.equal(answer?.success, false, `${what}: ${JSON.stringify(answer)}`);
  assert.ok(codes.includes(answer.error.code), `${what}: ${JSON.stringify(answer)}`);
  return answer.error;
}
