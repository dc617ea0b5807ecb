/**
 * What a member is told of its rooms without listening to them: the newest message, what is unread,
 * and how far it has read.
 */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { after, afterEach, before, describe, test } from "node:test";

import { QUICK } from "./src/rest.js";
import { Hall } from "./src/rooms/hall.js";
import { assertRefusal, assertRoom } from "./src/rooms/shapes.js";
import { Server } from "./src/server.js";

const hall = new Hall(undefined);
before(async () => hall.open(await Server.start(QUICK)));
afterEach(() => hall.clear());
after(() => hall.server?.stop());

/** Ann has made a room that Bob is a member of; he has a socket, which listens to nothing. */
async function inbox() {
  const [ann, bob] = [await hall.person("Ann"), await hall.person("Bob")];
  const room = await ann.makes("Inbox");
  const roomId = room._id;
  await bob.post(`/${roomId}/join`);
  const ear = await bob.ear();
  return { ann, bob, room, roomId, ear };
}

/** Marks, and has to be answered this. */
async function marks(ear, payload, isUpdated, lastReadSeq) {
  const answer = await ear.succeed("mark_read", payload);
  const { updated, ...rest } = answer;
  assert.deepEqual(rest, { success: true, lastReadSeq }, JSON.stringify(payload));
  assert.equal(Boolean(updated), isUpdated, JSON.stringify({ payload, answer }));
}

describe("conversation_updated", () => {
  test("tells every socket of every member, joined or not, and nobody else", async () => {
    const { ann, bob, room, roomId, ear } = await inbox();
    const outsider = await (await hall.person()).ear();
    const ears = [ear, await bob.ear({ way: "polling" }), await bob.listener(roomId)];
    const annEar = await ann.ear();
    const message = await ann.posts(roomId, "news");
    for (const each of ears) {
      const told = await each.isTold(roomId, ({ unreadCount }) => unreadCount === 1);
      const expected = { name: "Inbox", memberCount: 2, activeCount: 1, unreadCount: 1 };
      assertRoom(told, { ...expected, lastMessage: message });
      assert.ok(told.updatedAt >= room.updatedAt);
    }
    const own = await annEar.isTold(roomId, ({ lastMessage }) => lastMessage?.seq === 1);
    assert.equal(own.unreadCount, 0, "what one says oneself is read");
    assert.deepEqual((await bob.sees(room)).unreadCount, 1);
    await ear.hears();
    assert.deepEqual(outsider.inbox, []);
  });

  test("comes at most once a second for each room, and the last state always comes", async () => {
    const { ann, bob, roomId, ear } = await inbox();
    const other = await ann.makes("Other");
    await bob.post(`/${other._id}/join`);
    await ear.status();
    const start = performance.now();
    const before_ = ear.news(roomId).length;
    for (let n = 1; n <= 60; n += 1) await ann.posts(roomId, `${n}`);
    await ann.posts(other._id, "one here");
    const last = await ear.isTold(roomId, ({ unreadCount }) => unreadCount === 60);
    assert.equal(last.lastMessage.seq, 60);
    const came = ear.news(roomId).length - before_;
    const most = Math.ceil((performance.now() - start) / 1_000) + 1;
    assert.ok(came <= most, `${came} came, at most ${most}`);
    await ear.isTold(other._id, ({ unreadCount }) => unreadCount === 1);
  });

  test("counts what was said while nobody was connected", async () => {
    const { ann, bob, room, roomId, ear } = await inbox();
    ear.leave();
    for (let n = 0; n < 3; n += 1) await ann.posts(roomId, `${n}`);
    assert.equal((await bob.sees(room)).unreadCount, 3);
    const again = await bob.ear();
    await ann.posts(roomId, "and now");
    const told = await again.isTold(roomId, ({ unreadCount }) => unreadCount === 4);
    assert.equal(told.lastMessage.content, "and now");
  });

  test("reaches one who became a member by posting or by listening", async () => {
    const { ann, roomId } = await inbox();
    const [cleo, dan] = [await hall.person("Cleo"), await hall.guest()];
    const ears = [await cleo.ear(), await dan.ear()];
    await cleo.posts(roomId, "I am new");
    const listening = await dan.ear();
    await listening.joins(roomId);
    const { seq } = await ann.posts(roomId, "welcome");
    for (const ear of ears) {
      await ear.isTold(roomId, ({ lastMessage }) => lastMessage?.seq === seq);
    }
  });

  test("ends with the membership", async () => {
    const { ann, bob, room, roomId, ear } = await inbox();
    await ann.posts(roomId, "first");
    await ear.isTold(roomId, ({ unreadCount }) => unreadCount === 1);
    const other = await ann.makes("Other");
    await bob.post(`/${other._id}/join`);
    await bob.delete(`/${roomId}/leave`);
    await ann.posts(roomId, "second");
    // What is told of one room says that the other's turn is over, too.
    await ann.posts(other._id, "marker");
    await ear.isTold(other._id, ({ unreadCount }) => unreadCount === 1);
    const told = ear.news(roomId).map(({ lastMessage }) => lastMessage?.content);
    assert.ok(!told.includes("second"), String(told));
    const seen = await bob.sees(room);
    assert.deepEqual([seen.isMember, seen.unreadCount], [false, 0]);
  });
});

describe("mark_read", () => {
  test("moves forward, never back, and at most to the newest", async () => {
    const { ann, bob, room, roomId, ear } = await inbox();
    for (let n = 0; n < 5; n += 1) await ann.posts(roomId, `${n}`);
    assert.equal((await bob.sees(room)).unreadCount, 5);
    await marks(ear, { roomId, seq: 2 }, true, 2);
    assert.equal((await bob.sees(room)).unreadCount, 3);
    await marks(ear, { roomId, seq: 2 }, false, 2);
    await marks(ear, { roomId, seq: 1 }, false, 2);
    await marks(ear, { roomId, seq: 0 }, false, 2);
    await marks(ear, { roomId, seq: 3, userId: Number(bob.id), other: 7 }, true, 3);
    await marks(ear, { roomId, seq: 1_000_000 }, true, 5);
    await marks(ear, { roomId, seq: 1_000_000 }, false, 5);
    assert.equal((await bob.sees(room)).unreadCount, 0);
    await ann.posts(roomId, "one more");
    assert.equal((await bob.sees(room)).unreadCount, 1);
    await marks(ear, { roomId, seq: null }, true, 6);
    assert.equal((await ann.sees(room)).unreadCount, 0);
  });

  test("takes a bare id, and means the newest then", async () => {
    const { ann, roomId, ear } = await inbox();
    await marks(ear, roomId, false, 0);
    await ann.posts(roomId, "1");
    await ann.posts(roomId, "2");
    await marks(ear, roomId, true, 2);
    await marks(ear, { roomId }, false, 2);
  });

  test("is told to all of one's sockets, and to nobody else's", async () => {
    const { ann, bob, roomId, ear } = await inbox();
    const second = await bob.ear({ way: "polling" });
    const annEar = await ann.ear();
    const { seq } = await ann.posts(roomId, "1");
    for (const each of [ear, second]) await each.isTold(roomId, (told) => told.unreadCount === 1);
    await annEar.isTold(roomId, ({ lastMessage }) => lastMessage?.seq === seq);
    const before_ = annEar.inbox.length;
    await marks(ear, { roomId, seq }, true, 1);
    for (const each of [ear, second]) await each.isTold(roomId, (told) => told.unreadCount === 0);
    await annEar.status();
    assert.equal(annEar.inbox.length, before_, "where Bob stands is his own business");
  });

  test("what is no place is refused, and moves nothing", async () => {
    const { ann, bob, room, roomId, ear } = await inbox();
    await ann.posts(roomId, "1");
    for (const seq of [-1, 1.5, "x", true, {}, [1], 1e300]) {
      await ear.refused("invalid_payload", "mark_read", { roomId, seq });
    }
    assert.equal((await bob.sees(room)).unreadCount, 1);
  });

  test("is for members", async () => {
    const { ann, roomId } = await inbox();
    await ann.posts(roomId, "1");
    const passing = await (await hall.person()).ear();
    const answer = await passing.ask("mark_read", { roomId });
    assertRefusal(answer, ["forbidden", "not_found", "not_in_room"], "mark_read");
  });

  test("outlives the server", async () => {
    const first = await Server.start(QUICK);
    const other = new Hall(first);
    const [ann, bob] = [await other.person(), await other.person()];
    const room = await ann.makes();
    await bob.post(`/${room._id}/join`);
    for (let n = 0; n < 4; n += 1) await ann.posts(room._id, `${n}`);
    await (await bob.ear()).succeed("mark_read", { roomId: room._id, seq: 3 });
    for (const ear of other.ears.splice(0)) ear.leave();
    await first.end();
    const second = await Server.start(QUICK, { directory: first.directory });
    other.open(second);
    try {
      assert.equal((await bob.sees(room)).unreadCount, 1);
      await marks(await bob.ear(), { roomId: room._id, seq: 1 }, false, 3);
    } finally {
      await other.clear();
      await second.stop();
    }
  });
});

describe("a member's other sockets", () => {
  test("are told of rooms that are added and removed", async () => {
    const { ann, bob, roomId, ear } = await inbox();
    const tab = await bob.ear({ way: "polling" });
    const fresh = await ann.makes("Fresh");
    await bob.post(`/${fresh._id}/join`);
    for (const each of [ear, tab]) await each.added(fresh._id);
    await bob.delete(`/${roomId}/leave`);
    for (const each of [ear, tab]) await each.removed(roomId);
    const made = await bob.makes("Own");
    for (const each of [ear, tab]) await each.added(made._id);
    await tab.joins((await ann.makes("Listened"))._id);
    await ear.added((await bob.get("?query=Listened")).rooms[0]._id);
  });
});
