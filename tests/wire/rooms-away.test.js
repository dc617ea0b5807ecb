/**
 * Clients that come and go, and servers that do: what one missed is there afterwards, once.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Dice, SEED } from "./src/random.js";
import { QUICK } from "./src/rest.js";
import { Hall } from "./src/rooms/hall.js";
import { assertSeqs } from "./src/rooms/shapes.js";
import { received, syncAll } from "./src/rooms/sync.js";
import { Server } from "./src/server.js";
import { until } from "./src/wait.js";

/** Bob comes and goes 15 times while Ann talks in two rooms. */
async function comeAndGo(place, dice) {
  const { ann, bob, roomId, annEar } = await place.talking();
  const other = (await ann.makes("Other"))._id;
  await bob.post(`/${other}/join`);
  let isOver = false;
  const talk = (id) => async () => {
    for (let n = 0; !isOver; n += 1) {
      if (n % 2) await ann.posts(id, `${n}`);
      else await Promise.all([annEar.says(id, `${n}`), annEar.says(id, `${n}!`)]);
    }
  };
  const talks = [talk(roomId)(), talk(other)()];
  const had = { [roomId]: [], [other]: [] };
  const ways = /** @type {const} */ (["websocket", "polling", "upgrade"]);
  for (let round = 0; round < 15; round += 1) {
    const ear = await bob.ear({ way: dice.pick(ways) });
    const cursors = Object.fromEntries(Object.entries(had).map(([id, all]) => [id, all.length]));
    const { messages } = await syncAll(ear, cursors);
    const enough = dice.below(20);
    await until("more", () => ear.messages(roomId).length >= enough);
    if (dice.below(2)) ear.leave();
    else ear.vanish();
    await until("the end", () => !ear.socket.connected);
    for (const id of [roomId, other]) {
      const all = received(ear, id);
      const from = had[id].length + 1;
      assertSeqs(all, from, from + all.length - 1, `round ${round}`);
      assert.ok(all.length >= messages[id].length);
      had[id].push(...all);
    }
  }
  isOver = true;
  await Promise.all(talks);
  const ear = await bob.ear();
  const { messages } = await syncAll(ear, { [roomId]: had[roomId].length, [other]: had[other].length });
  for (const id of [roomId, other]) {
    had[id].push(...messages[id]);
    const { _id, seq } = (await ann.reads(id, "limit=1"))[0];
    assertSeqs(had[id], 1, seq);
    assert.equal(had[id].at(-1)._id, _id);
    assert.equal(new Set(had[id].map((message) => message._id)).size, seq);
  }
}

test("while others talk, a client that comes and goes hears everything once", async (t) => {
  t.diagnostic(`PARLOUR_TEST_SEED=${SEED}`);
  // One of its own: who vanishes between two polls is missed by the heartbeat only.
  const server = await Server.start(QUICK);
  try {
    await comeAndGo(new Hall(server), new Dice(SEED));
  } finally {
    await server.stop();
  }
});

for (const end of ["SIGTERM", "SIGKILL"]) {
  test(`after a ${end} of the server a client that reconnects is whole again`, async () => {
    const first = await Server.start(QUICK);
    const other = new Hall(first);
    const [ann, bob] = [await other.person(), await other.person()];
    const { _id } = await ann.makes();
    const ear = await bob.listener(_id);
    for (let n = 0; n < 5; n += 1) await ann.posts(_id, `${n}`);
    await ear.hearsMessages(_id, 5);
    const annEar = await ann.ear();
    const sent = Array.from({ length: 50 }, (_, n) =>
      annEar.socket.emitWithAck("send_message", { roomId: _id, content: `late ${n}`, clientId: `${n}` }).catch(() => null),
    );
    await Promise.race(sent);
    first.kill(end);
    await first.exited();
    Server.running.delete(first);
    const known = ear.messages(_id).map((message) => message._id);
    for (const each of other.ears.splice(0)) each.leave();
    const answered = (await Promise.all(sent)).filter((answer) => answer?.success);
    const second = await Server.start(QUICK, { directory: first.directory });
    other.open(second);
    try {
      const again = await bob.ear();
      const { messages } = await syncAll(again, { [_id]: known.length });
      const all = [...known, ...messages[_id].map((message) => message._id)];
      const stored = (await ann.reads(_id)).map((message) => message._id);
      assert.deepEqual(all, stored, "what was heard before is what is kept");
      for (const { message } of answered) assert.ok(all.includes(message._id), "was acknowledged");
      const resent = await ann.ear();
      for (let n = 0; n < 50; n += 1) await resent.says(_id, `late ${n}`, { clientId: `${n}` });
      await again.hearsMessages(_id, 55 - stored.length);
      assertSeqs(await ann.reads(_id), 1, 55);
      assertSeqs(received(again, _id), known.length + 1, 55);
    } finally {
      await other.clear();
      await second.stop();
    }
  });
}
