/**
 * What a client does that was away: it asks until nothing has more, and listens from then on.
 */
import assert from "node:assert/strict";

import { assertSeqs } from "./shapes.js";

/** Calls that a test may need until nothing has more. */
const MOST_CALLS = 500;

/** By what a conversation is named, wherever one is listed. */
const idOf = (entry) => (typeof entry === "string" ? entry : (entry.conversationId ?? entry._id));

/** The ids of a list of conversations, sorted. */
export const idsOf = (list) => list.map(idOf).sort();

/** One call; the answer has the contract's shape. Returns it, with the conversations by id. */
export async function sync(ear, cursors, more = {}) {
  const answer = await ear.succeed("sync", { cursors, ...more });
  const { conversations, addedMore = true, addedCursor = "", ...rest } = answer;
  assert.equal(addedMore, true, "absent unless there is more");
  assert.equal(typeof addedCursor, "string");
  assert.deepEqual(Object.keys(rest).sort(), ["added", "removed", "success"]);
  const byId = Object.fromEntries(conversations.map((each) => [each.conversationId, each]));
  assert.equal(Object.keys(byId).length, conversations.length, "each once");
  for (const [id, each] of Object.entries(byId)) {
    if (each.error) continue;
    assert.deepEqual(
      Object.keys(each).sort(),
      ["conversationId", "hasMore", "lastReadSeq", "lastSeq", "messages"],
      id,
    );
    const first = cursors[id] + 1;
    assertSeqs(each.messages, first, cursors[id] + each.messages.length, id);
    const last = each.messages.at(-1)?.seq ?? cursors[id];
    assert.ok(each.lastSeq >= last || each.messages.length === 0, `${id}: ${each.lastSeq} < ${last}`);
    assert.equal(typeof each.hasMore, "boolean");
  }
  return { ...rest, byId };
}

/**
 * Calls until nothing has more.
 * @param {import("./ear.js").Ear} ear
 * @param {Record<string, number>} cursors the last place of each that is known
 * @returns {Promise<{messages: Record<string, any[]>, calls: number}>}
 */
export async function syncAll(ear, cursors, more = {}) {
  /** @type {Record<string, any[]>} */
  const messages = Object.fromEntries(Object.keys(cursors).map((id) => [id, []]));
  let left = { ...cursors };
  for (let calls = 1; calls <= MOST_CALLS; calls += 1) {
    const { byId } = await sync(ear, left, more);
    assert.deepEqual(Object.keys(byId).sort(), Object.keys(left).sort());
    const next = {};
    let progress = 0;
    for (const [id, each] of Object.entries(byId)) {
      assert.equal(each.error, undefined, JSON.stringify(each));
      messages[id].push(...each.messages);
      progress += each.messages.length;
      if (each.hasMore) next[id] = messages[id].at(-1)?.seq ?? cursors[id];
    }
    if (Object.keys(next).length === 0) return { messages, calls };
    assert.ok(progress > 0, "a call that has more brings something");
    left = next;
  }
  return assert.fail(`still more after ${MOST_CALLS} calls`);
}

/**
 * All that a socket was given of a conversation, in the order in which it came: by `sync` and live.
 * @param {import("./ear.js").Ear} ear
 */
export function received(ear, conversationId) {
  return ear.all.flatMap(({ name, payload }) => {
    if (name === "receive_message" && payload.roomId === conversationId) return [payload];
    if (name !== "ack" || !payload.conversations) return [];
    const found = payload.conversations.find((each) => each.conversationId === conversationId);
    return found?.messages ?? [];
  });
}
