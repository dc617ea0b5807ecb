/**
 * `sync`: a client that was away is whole again, without a hole and without anything twice.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { after, afterEach, before, describe, test } from "node:test";

import { assertError } from "./src/peer.js";
import { QUICK } from "./src/rest.js";
import { Hall } from "./src/rooms/hall.js";
import { assertRefusal, assertSeqs } from "./src/rooms/shapes.js";
import { idsOf, sync, syncAll } from "./src/rooms/sync.js";
import { Server } from "./src/server.js";

const MOST_CURSORS = 200;
const MOST_MESSAGES = 500;
const MOST_BYTES = 256 * 1024;
/** What the answer's frame may add to its messages, in bytes. */
const FRAME_BYTES = 4 * 1024;

const hall = new Hall(undefined);
before(async () => hall.open(await Server.start(QUICK)));
afterEach(() => hall.clear());
after(() => hall.server?.stop());

/** A room of Ann's and Bob's with so many messages of Ann's. */
async function room(ann, bob, count, content = "x") {
  const { _id } = await ann.makes();
  await bob.post(`/${_id}/join`);
  await Promise.all(Array.from({ length: count }, (_, n) => ann.posts(_id, `${content}${n}`)));
  return _id;
}

const pair = async () => [await hall.person("Ann"), await hall.person("Bob")];

describe("sync", () => {
  test("brings what came after the cursor, and listens from then on", async () => {
    const [ann, bob] = await pair();
    const [first, second] = [await room(ann, bob, 5), await room(ann, bob, 0)];
    const annEar = await ann.listener(first);
    const ear = await bob.ear();
    const { byId, added, removed } = await sync(ear, { [first]: 2, [second]: 0 });
    assert.deepEqual([added, removed], [[], []]);
    const { messages, ...rest } = byId[first];
    assert.deepEqual(messages, await ann.reads(first, "after=2"));
    assert.deepEqual(rest, { conversationId: first, hasMore: false, lastSeq: 5, lastReadSeq: 0 });
    const empty = { conversationId: second, messages: [], hasMore: false, lastSeq: 0, lastReadSeq: 0 };
    assert.deepEqual(byId[second], empty);

    assert.deepEqual(await annEar.next("user_joined"), bob.notice(first, 2));
    const live = [await annEar.says(first, "live"), await ann.posts(second, "live too")];
    assert.deepEqual(await ear.hearsMessages(first, 1), [live[0]]);
    assert.deepEqual(await ear.hearsMessages(second, 1), [live[1]]);
    await ear.succeed("leave_room", { roomId: first });
    assert.deepEqual((await annEar.heard()).at(-1).payload, bob.notice(first, 1));
  });

  test("of what one listens to already doubles nothing", async () => {
    const { ann, bob, roomId, annEar, bobEar } = await hall.talking();
    await ann.posts(roomId, "1");
    await bobEar.next("receive_message");
    for (let n = 0; n < 3; n += 1) await sync(bobEar, { [roomId]: 0 });
    await ann.posts(roomId, "2");
    assertSeqs(await bobEar.hearsMessages(roomId, 2), 1, 2);
    await bobEar.hears("receive_message");
    await annEar.hearsMessages(roomId, 2);
    assert.ok(!annEar.log.slice(1).some(({ name }) => name.startsWith("user_")), "no one came");
    await bobEar.succeed("leave_room", roomId);
    await ann.posts(roomId, "3");
    await annEar.hearsMessages(roomId, 3);
    await bobEar.hears();
    assert.equal((await bob.reads(roomId)).length, 3);
  });

  test("says what one is in and did not name, and what one is in no more", async () => {
    const [ann, bob] = await pair();
    const [stays, left, unnamed] = [await room(ann, bob, 1), await room(ann, bob, 1), await room(ann, bob, 1)];
    await bob.delete(`/${left}/leave`);
    const ear = await bob.ear();
    const { byId, added, removed } = await sync(ear, { [stays]: 0, [left]: 0 });
    assert.deepEqual(idsOf(added), [unnamed]);
    assert.deepEqual(idsOf(removed), [left]);
    assert.equal(byId[stays].messages.length, 1);
    assert.equal(byId[left]?.messages, undefined);
    await ann.posts(left, "not for Bob");
    await ann.posts(unnamed, "he did not ask for this");
    await ann.posts(stays, "but for this");
    await ear.hearsMessages(stays, 1);
    await ear.hears("receive_message");
    const none = await sync(ear, {});
    assert.deepEqual(idsOf(none.added), [stays, unnamed].sort());
    assert.deepEqual([none.removed, none.byId], [[], {}]);
  });

  test("says where one has read to", async () => {
    const [ann, bob] = await pair();
    const id = await room(ann, bob, 4);
    const ear = await bob.ear();
    await ear.succeed("mark_read", { roomId: id, seq: 3 });
    const { byId } = await sync(ear, { [id]: 4 });
    assert.equal(byId[id].lastReadSeq, 3);
    assert.deepEqual(byId[id].messages, []);
  });

  test("what there is not has its own error, and the others their messages", async () => {
    const [ann, bob] = await pair();
    const id = await room(ann, bob, 2);
    const ear = await bob.ear();
    const unknown = ["AAAAAAAAAAAAAAAAAAAAAA", "conv_1_2", "7", "x".repeat(64)];
    const cursors = { [id]: 0, ...Object.fromEntries(unknown.map((each) => [each, 0])) };
    const { byId } = await sync(ear, cursors);
    assertSeqs(byId[id].messages, 1, 2);
    for (const each of unknown) {
      const { conversationId, error, ...rest } = byId[each];
      assert.deepEqual([conversationId, rest], [each, {}]);
      assertError(error, "not_found", each);
    }
  });

  test("a cursor beyond the newest brings nothing, and is no cursor to the future", async () => {
    const [ann, bob] = await pair();
    const id = await room(ann, bob, 2);
    const ear = await bob.ear();
    const { byId } = await sync(ear, { [id]: 1_000 });
    assert.deepEqual([byId[id].messages, byId[id].hasMore], [[], false]);
    await ann.posts(id, "3");
    assert.equal((await ear.hearsMessages(id, 1))[0].seq, 3);
  });

  test("may be asked for the room's own form", async () => {
    const [ann, bob] = await pair();
    const id = await room(ann, bob, 1);
    const ear = await bob.ear();
    for (const forms of [{ [id]: "rooms" }, { [id]: null }, {}, null]) {
      const { byId } = await sync(ear, { [id]: 0 }, { forms });
      assert.deepEqual(byId[id].messages, await ann.reads(id));
    }
    for (const forms of [{ [id]: "letters" }, { [id]: 7 }, [], "rooms", 7]) {
      await ear.refused("invalid_payload", "sync", { cursors: { [id]: 0 }, forms });
    }
  });

  test("arguments that are none are refused, and listen to nothing", async () => {
    const [ann, bob] = await pair();
    const id = await room(ann, bob, 1);
    const ear = await bob.ear();
    for (const arg of [undefined, 7, "x", [], { cursors: 7 }, { cursors: [] }, { cursors: "x" }]) {
      await ear.refused("invalid_payload", "sync", arg);
    }
    for (const seq of [-1, 1.5, "x", true, {}, [1], 1e300]) {
      await ear.refused("invalid_payload", "sync", { cursors: { [id]: seq } });
    }
    await ear.refused("forbidden", "sync", { cursors: { [id]: 0 }, userId: ann.id });
    const after_ = await ann.listener(id);
    await ann.posts(id, "unheard");
    await after_.next("receive_message");
    await ear.hears();
  });
});

describe("a call's bounds", () => {
  test(`are ${MOST_CURSORS} cursors`, async () => {
    const ear = await (await hall.person()).ear();
    const cursors = (count) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`no-${n}`, 0]));
    const { byId } = await sync(ear, cursors(MOST_CURSORS));
    assert.equal(Object.keys(byId).length, MOST_CURSORS);
    const answer = await ear.ask("sync", { cursors: cursors(MOST_CURSORS + 1) });
    assertRefusal(answer, ["invalid_payload", "too_large"], "one too many");
  });

  test(`are ${MOST_MESSAGES} messages, shared evenly`, async () => {
    const [ann, bob] = await pair();
    const ids = [await room(ann, bob, 400), await room(ann, bob, 10), await room(ann, bob, 400)];
    const ear = await bob.ear();
    const cursors = Object.fromEntries(ids.map((id) => [id, 0]));
    const { byId } = await sync(ear, cursors);
    const counts = ids.map((id) => byId[id].messages.length);
    const sum = counts.reduce((all, count) => all + count, 0);
    assert.ok(sum <= MOST_MESSAGES && sum > MOST_MESSAGES / 2, `${counts}`);
    assert.equal(counts[1], 10);
    for (const at of [0, 2]) assert.ok(counts[at] >= Math.floor(MOST_MESSAGES / 3), `${counts}`);
    assert.deepEqual(ids.map((id) => byId[id].hasMore), [true, false, true]);
    const fresh = await bob.ear();
    const { messages } = await syncAll(fresh, cursors);
    for (const [at, id] of ids.entries()) assertSeqs(messages[id], 1, [400, 10, 400][at]);
    await ann.posts(ids[0], "live");
    assertSeqs(await fresh.hearsMessages(ids[0], 1), 401, 401);
  });

  test(`are ${MOST_BYTES} bytes, and something comes each time`, async () => {
    const [ann, bob] = await pair();
    const long = "🦀".repeat(3_990);
    const ids = await Promise.all(Array.from({ length: 12 }, () => room(ann, bob, 5, long)));
    const ear = await bob.ear();
    const { messages, calls } = await syncAll(ear, Object.fromEntries(ids.map((id) => [id, 0])));
    for (const id of ids) assertSeqs(messages[id], 1, 5);
    assert.ok(calls >= 4 && calls <= 30, `${calls} calls for a megabyte`);
    for (const { name, payload } of ear.all) {
      if (name !== "ack") continue;
      const bytes = Buffer.byteLength(JSON.stringify(payload));
      assert.ok(bytes <= MOST_BYTES + FRAME_BYTES, `${bytes} bytes`);
    }
  });
});
