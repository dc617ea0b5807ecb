/**
 * A client that is cut off while very much is said, and again while it catches up, is whole
 * afterwards: every message once, in order; new conversations, and what the others have read, too.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Follower } from "./src/direct/follower.js";
import { House } from "./src/direct/house.js";
import { Peer } from "./src/peer.js";
import { Proxy } from "./src/proxy.js";
import { QUICK } from "./src/rest.js";
import { Server } from "./src/server.js";
import { until } from "./src/wait.js";

const FRIENDS = 30;
const MISSED = 2_000;
/** More than one page of the first calls, and less than all of them. */
const CUTS_AFTER_BYTES = [60_000, 250_000];
/** Conversations that begin while the client is away, and what is said there. */
const NEW = 3;
const NEW_MESSAGES = 20;

/** @typedef {{person: import("./src/direct/house.js").Person, peer: Peer, id: string}} Friend */

describe("away", { concurrency: true }, () => {
  /** @type {Server} */
  let server;
  before(async () => {
    // Whoever polled and was cut off is still there for the heartbeat: the end waits for nobody.
    server = await Server.start({ ...QUICK, SHUTDOWN_DEADLINE_MS: 100 });
  });
  after(() => server?.stop());

  for (const way of /** @type {const} */ (["websocket", "polling", "upgrade"])) {
    test(`over ${way}, ${MISSED} messages in ${FRIENDS} conversations`, async () => {
      const house = new House(way);
      house.open(server);
      const bob = await house.person(`Bob over ${way}`);
      const proxy = await Proxy.start(server.url);
      const follower = new Follower(proxy.url, way, bob);
      /** @type {Friend[]} */
      const friends = [];
      try {
        // One after the other: passwords are not for crowds.
        for (let n = 0; n < FRIENDS + NEW; n += 1) {
          friends.push(await friend(house, bob, `Friend over ${way} ${n}`));
        }
        await miss({ bob, proxy, follower, friends });
      } finally {
        follower.leave();
        proxy.close();
        for (const { peer } of friends) peer.leave();
      }
    });
  }
});

/** Somebody who may write to Bob, and is connected. */
async function friend(house, bob, name) {
  const person = await house.person(name);
  const peer = await Peer.connect(house.server.url, { auth: { token: person.token } });
  const [first, second] = [person, bob].toSorted((a, b) => Number(a.id) - Number(b.id));
  return { person, peer, id: `conv_${first.id}_${second.id}` };
}

/** So many messages of each; resolves when all are stored. */
async function say(friends, count, what) {
  const said = friends.flatMap(({ peer, id }) =>
    Array.from({ length: count }, (_, n) =>
      peer.succeed("send_message", { conversationId: id, messageText: `${what} ${n} of ${id}` }),
    ),
  );
  await Promise.all(said);
}

/** @param {{bob: any, proxy: Proxy, follower: Follower, friends: Friend[]}} all */
async function miss({ bob, proxy, follower, friends }) {
  const [old, fresh] = [friends.slice(0, FRIENDS), friends.slice(FRIENDS)];
  await say(old, 2, "before");
  for (const { id } of old.slice(0, 10)) await bob.posts(id, "and you?");
  // It listens to all of them, once it has looked.
  follower.socket.disconnect().connect();
  await until("a whole client", () => follower.isWhole);
  assert.equal(follower.messages.size, FRIENDS);
  await say(old, 1, "live");
  await until("what is said live", () => old.every(({ id }) => follower.of(id).at(-1)?.message_text.startsWith("live")));

  proxy.cut();
  await until("the cut", () => !follower.socket.connected);
  await say(old, Math.ceil(MISSED / FRIENDS), "missed");
  await say(fresh, NEW_MESSAGES, "new");
  // The others read what Bob wrote, some of them.
  const readers = old.slice(0, 5);
  for (const { peer, id } of readers) await peer.succeed("mark_read", { conversationId: id, seq: 3 });
  assert.ok(old.every(({ id }) => follower.of(id).length <= 4), "nothing came through");

  const before = { calls: follower.calls, interrupted: follower.interrupted };
  for (const bytes of CUTS_AFTER_BYTES) {
    const { cuts } = proxy;
    proxy.mend(bytes);
    await until("a cut while it catches up", () => proxy.cuts > cuts);
    assert.ok(!follower.isWhole, "it was not whole yet");
  }
  // And while it does at last, the talk goes on.
  proxy.mend();
  await say(friends, 3, "meanwhile");
  await until("a whole client", () => follower.isWhole);
  assert.ok(follower.interrupted >= before.interrupted + 1, "a sync was cut");
  assert.ok(follower.calls - before.calls >= MISSED / 500, `${follower.calls} calls`);
  await say(friends, 1, "last");
  const isDone = ({ id }) => follower.of(id).at(-1)?.message_text.startsWith("last");
  await until("the last of each", () => friends.every(isDone));

  assert.equal(follower.error, undefined);
  for (const { person, id } of friends) {
    const stored = [];
    for (let hasMore = true; hasMore; ) {
      const path = `/api/messages/conversations/${id}?limit=100&after=${stored.length}`;
      const page = await person.call(200, "GET", path);
      stored.push(...page.messages);
      ({ hasMore } = page);
    }
    const ids = (messages) => messages.map((message) => [message.seq, message.message_id]);
    assert.deepEqual(ids(follower.of(id)), ids(stored), id);
    assert.deepEqual(stored.map(({ seq }) => seq), stored.map((_, n) => n + 1));
  }
  assert.equal(follower.messages.size, FRIENDS + NEW);
  for (const { id } of readers) assert.equal(follower.otherRead.get(id), 3, id);
}
