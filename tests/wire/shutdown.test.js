/**
 * The server is told to stop while people talk: whatever it stored, their clients know of.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { QUICK } from "./src/rest.js";
import { Hall } from "./src/rooms/hall.js";
import { Server } from "./src/server.js";
import { until } from "./src/wait.js";

const SPEAKERS = 10;
/** Of each speaker, without an answer yet: far more than the server reads before it waits. */
const AHEAD = 100;

const hall = new Hall(undefined);
beforeEach(async () => hall.open(await Server.start(QUICK)));
afterEach(async () => {
  await hall.clear();
  await hall.server.stop();
});

/** Everything in a room, by REST. */
async function read(person, roomId) {
  const all = [];
  for (let hasMore = true; hasMore;) {
    const page = await hall.rest.succeed(
      200,
      "GET",
      `/api/chat/rooms/${roomId}/messages?after=${all.length}&limit=100`,
      { token: person.token },
    );
    all.push(...page.messages);
    ({ hasMore } = page);
  }
  return all;
}

for (const way of /** @type {const} */ (["websocket", "polling", "upgrade"])) {
  test(`over ${way}: what is stored when the server stops was acknowledged`, async () => {
    const { ann, roomId } = await hall.talking();
    const ears = await Promise.all(Array.from({ length: SPEAKERS }, () => ann.ear({ way })));
    /** @type {Map<string, string>} the id of the message that each key was answered with */
    const answered = new Map();
    const refusals = [];
    let count = 0;
    const say = (ear) => {
      count += 1;
      const key = `message ${count}`;
      ear.socket.emit("send_message", { roomId, content: key, clientId: key }, (answer) => {
        if (answer.success) answered.set(key, answer.message._id);
        else refusals.push(answer.error);
        if (ear.socket.connected) say(ear);
      });
    };
    for (const ear of ears) for (let n = 0; n < AHEAD; n += 1) say(ear);
    await until("they talk", () => answered.size > SPEAKERS);
    const { directory } = hall.server;
    await hall.server.end();
    await Promise.all(ears.map((ear) => ear.ended()));
    for (const ear of hall.ears.splice(0)) ear.leave();

    hall.open(await Server.start(QUICK, { directory }));
    const stored = await read(ann, roomId);
    assert.ok(stored.length > SPEAKERS);
    assert.deepEqual(refusals, [], "nobody was refused what was heard");
    const unknown = stored.filter(({ _id, clientId }) => answered.get(clientId) !== _id);
    assert.deepEqual(unknown, [], `of ${stored.length} some were not acknowledged`);
    assert.equal(answered.size, stored.length, "what was acknowledged is stored");
    // Whoever does not know asks again.
    const [first] = stored;
    const again = await ann.posts(roomId, first.content, { clientId: first.clientId });
    assert.equal(again._id, first._id);
  });
}
