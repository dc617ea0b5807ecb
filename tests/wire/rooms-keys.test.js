/**
 * Messages that are sent again: by `clientId` they are the first one, whoever carries them, however
 * often, and whatever the server goes through meanwhile.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";

import { assertError, assertFailure } from "./src/peer.js";
import { QUICK } from "./src/rest.js";
import { Hall } from "./src/rooms/hall.js";
import { assertMessage, assertSeqs } from "./src/rooms/shapes.js";
import { Server } from "./src/server.js";

const SOCKETS = 10;
/** Of 100 in all: half by socket, half by REST, before and after the server's end. */
const ROUND = 25;

const hall = new Hall(undefined);
beforeEach(async () => hall.open(await Server.start(QUICK)));
afterEach(async () => {
  await hall.clear();
  await hall.server.stop();
});

/** The same message 50 times at once: from ten sockets, and by REST. Returns all the answers. */
async function storm(person, roomId, content, clientId) {
  const ways = /** @type {const} */ (["websocket", "polling"]);
  const sockets = await Promise.all(
    Array.from({ length: SOCKETS }, (_, n) => person.ear({ way: ways[n % 2] })),
  );
  const answers = Array.from({ length: ROUND }, (_, n) => [
    sockets[n % SOCKETS].ask("send_message", { roomId, content, clientId }),
    person.posts(roomId, content, { clientId }).then((message) => ({ success: true, message })),
  ]);
  return Promise.all(answers.flat());
}

for (const end of ["SIGTERM", "SIGKILL"]) {
  test(`100 times from ten sockets and by REST, with a ${end} between: one message`, async () => {
    const { ann, bob, roomId, bobEar } = await hall.talking();
    const answers = await storm(ann, roomId, "once", "key");
    const message = await bobEar.next("receive_message");
    assertMessage(message, ann, { roomId, seq: 1, content: "once", clientId: "key" });
    const marker = await bob.posts(roomId, "marker");
    assert.deepEqual(await bobEar.next("receive_message"), marker);

    const { directory } = hall.server;
    if (end === "SIGTERM") await hall.server.end();
    else {
      hall.server.kill(end);
      assert.equal(await hall.server.exited(), end);
      Server.running.delete(hall.server);
    }
    for (const ear of hall.ears.splice(0)) ear.leave();
    hall.open(await Server.start(QUICK, { directory }));

    const again = await bob.listener(roomId);
    answers.push(...(await storm(ann, roomId, "once", "key")));
    assert.equal(answers.length, 100);
    for (const answer of answers) assert.deepEqual(answer, { success: true, message });
    const last = await bob.posts(roomId, "marker");
    assert.deepEqual(await again.next("receive_message"), last);
    assert.equal(last.seq, 3);
    assert.deepEqual(await ann.reads(roomId), [message, marker, last]);
  });
}

describe("a key", () => {
  test("with another text is a conflict, by socket and by REST, and changes nothing", async () => {
    const { ann, roomId, annEar, bobEar } = await hall.talking();
    const first = await ann.posts(roomId, "one", { clientId: "k" });
    const other = { roomId, content: "two", clientId: "k" };
    assertFailure(await annEar.ask("send_message", other), "conflict", "by socket");
    await ann.refused("conflict", "POST", `/${roomId}/messages`, { content: "two", clientId: "k" });
    annEar.tell("send_message", other);
    await annEar.next("receive_message");
    const { event, clientId, error } = await annEar.next("chat_error");
    assert.deepEqual([event, clientId], ["send_message", "k"]);
    assertError(error, "conflict", "without a callback");
    assert.deepEqual(await annEar.says(roomId, "one", { clientId: "k" }), first);
    const second = await annEar.says(roomId, "two", { clientId: "k2" });
    assert.equal(second.seq, 2);
    assert.deepEqual(await bobEar.hearsMessages(roomId, 2), [first, second]);
  });

  test("is its sender's alone, and its room's", async () => {
    const { ann, bob, roomId, annEar } = await hall.talking();
    const other = await ann.makes("Other");
    const messages = [
      await ann.posts(roomId, "a", { clientId: "k" }),
      await bob.posts(roomId, "b", { clientId: "k" }),
      await annEar.says(other._id, "c", { clientId: "k" }),
    ];
    assert.deepEqual(messages.map(({ seq, content }) => `${seq}${content}`), ["1a", "2b", "1c"]);
  });

  test("of many different texts at once lets one in", async () => {
    const { ann, roomId, annEar, bobEar } = await hall.talking();
    const sends = Array.from({ length: 20 }, (_, n) =>
      annEar.ask("send_message", { roomId, content: `text ${n % 4}`, clientId: "k" }),
    );
    const answers = await Promise.all(sends);
    const [stored, ...rest] = await ann.reads(roomId);
    assert.deepEqual(rest, []);
    for (const [n, answer] of answers.entries()) {
      const text = `text ${n % 4}`;
      if (text === stored.content) assert.deepEqual(answer, { success: true, message: stored });
      else assertFailure(answer, "conflict", text);
    }
    assert.deepEqual(await bobEar.hearsMessages(roomId, 1), [stored]);
    await bobEar.hears("receive_message");
  });

  test("may be a number, and is the same over REST and socket", async () => {
    const { ann, roomId, annEar } = await hall.talking();
    const first = await ann.posts(roomId, "hi", { clientId: 12 });
    assert.equal(first.clientId, "12");
    assert.deepEqual(await annEar.says(roomId, "hi", { clientId: "12" }), first);
    const crlf = await annEar.says(roomId, "a\r\nb", { clientId: "lines" });
    const again = await ann.posts(roomId, "a\nb", { clientId: "lines" });
    assert.deepEqual(again, crlf, "the text as it is stored is what counts");
  });
});

test("50 clients post by REST and socket at once: everybody hears everything once, in order", async () => {
  const clients = 50;
  const each = 4;
  const total = clients * each * 2;
  const people = await hall.people(clients);
  const { _id: roomId } = await people[0].makes();
  const ways = /** @type {const} */ (["websocket", "polling", "upgrade"]);
  const ears = await Promise.all(
    people.map((person, n) => person.listener(roomId, { way: ways[n % 3] })),
  );
  const bySocket = ears.flatMap((ear, at) =>
    Array.from({ length: each }, (_, n) => ear.says(roomId, `socket ${at} ${n}`)),
  );
  const byRest = people.flatMap((person, at) =>
    Array.from({ length: each }, (_, n) => person.posts(roomId, `rest ${at} ${n}`)),
  );
  const answers = await Promise.all([...bySocket, ...byRest]);
  answers.sort((a, b) => a.seq - b.seq);
  assertSeqs(answers, 1, total, "the answers");
  assert.equal(new Set(answers.map(({ content }) => content)).size, total);
  for (const ear of ears) {
    assert.deepEqual(await ear.hearsMessages(roomId, total), answers);
    await ear.heard();
    assert.equal(ear.messages(roomId).length, total);
  }
  for (const at of people.keys()) {
    const own = answers.filter(({ content }) => content.startsWith(`socket ${at} `));
    const expected = Array.from({ length: each }, (_, n) => `socket ${at} ${n}`);
    assert.deepEqual(own.map(({ content }) => content), expected, "as it was sent");
  }
  const stored = [];
  while (stored.length < total) stored.push(...(await people[0].reads(roomId, `after=${stored.length}&limit=100`)));
  assert.deepEqual(stored, answers);
});
