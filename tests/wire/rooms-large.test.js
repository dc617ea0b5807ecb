/**
 * A room with thousands of listeners: what is said reaches all of them, and their coming and going
 * costs no square.
 */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { after, before, test } from "node:test";

import { nowS, Signer } from "./src/jose.js";
import { RawClient } from "./src/raw.js";
import { QUICK } from "./src/rest.js";
import { Hall } from "./src/rooms/hall.js";
import { Server } from "./src/server.js";
import { until } from "./src/wait.js";

const LISTENERS = Number(process.env.ROOM_LISTENERS ?? 5_000);
/** From so many on, notices of coming and going are folded, and lists cut. */
const MOST_NAMED = 200;
/** Clients that come one after the other, so that their order is known. */
const IN_ORDER = MOST_NAMED + 20;
/** Clients that stay at the end. */
const STAYING = MOST_NAMED + 100;
/** Connections that are opened at a time. */
const AT_ONCE = 100;
const SECRET = "a secret of 32 bytes and a few more";
const PATIENCE_MS = 60_000;
/** How long one who was lost counts as present, made short. */
const GRACE_MS = 500;

const app = Signer.secret(SECRET);
const hall = new Hall(undefined);
before(async () => {
  const settings = { JWT_SECRET: SECRET, CONVERSATIONS_GRACE_MS: GRACE_MS, LOG: "warn,parlour=info" };
  hall.open(await Server.start({ ...QUICK, ...settings }));
});
after(() => hall.server?.stop());

/** Does something with each, so many at a time. */
async function each(items, act) {
  for (let at = 0; at < items.length; at += AT_ONCE) {
    await Promise.all(items.slice(at, at + AT_ONCE).map(act));
  }
}

const total = (clients, name) => clients.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0);

/** Every client has been told of this count last, and none more often than once a second. */
async function assertCounted(clients, roomId, activeCount, start) {
  const isTold = (client) => client.heardLast("active_count")?.activeCount === activeCount;
  await until(`${activeCount} for all`, () => clients.every(isTold), PATIENCE_MS);
  const most = Math.ceil((performance.now() - start) / 1_000) + 1;
  for (const client of clients) {
    assert.deepEqual(client.heardLast("active_count"), { roomId, activeCount });
    assert.ok(client.counts.active_count <= most, `${client.counts.active_count}, at most ${most}`);
  }
}

test(`${LISTENERS} listeners`, async (t) => {
  const ann = await hall.person();
  const room = await ann.makes("Stadium");
  const roomId = room._id;
  const subjects = Array.from({ length: LISTENERS }, (_, n) => `fan-${n}`);
  const exp = nowS() + 3_600;
  /** @type {RawClient[]} */
  const clients = [];
  const took = (what, start) => t.diagnostic(`${what}: ${Math.round(performance.now() - start)} ms`);

  let start = performance.now();
  await each(subjects, async (sub) => {
    const token = await app.sign({ sub, exp });
    clients.push(await RawClient.connect(hall.server.url, token));
  });
  took("connected", start);

  start = performance.now();
  const joined = performance.now();
  const order = [];
  for (const client of clients.slice(0, IN_ORDER)) {
    const answer = await client.ask("join_room", { roomId });
    assert.equal(answer.success, true, JSON.stringify(answer));
    assert.ok(answer.activeUsers.length <= MOST_NAMED, `${answer.activeUsers.length} named`);
    assert.equal(answer.room.activeCount, order.length + 1);
    if (order.length < MOST_NAMED) order.push(answer.activeUsers.at(-1));
    else order.push(undefined);
  }
  const named = order.slice(0, MOST_NAMED);
  await each(clients.slice(IN_ORDER), async (client) => {
    const answer = await client.ask("join_room", { roomId });
    assert.equal(answer.success, true, JSON.stringify(answer));
    assert.deepEqual(answer.activeUsers, named);
  });
  took("joined", start);

  await assertCounted(clients, roomId, LISTENERS, joined);
  took("all are counted", start);
  // Each of the first ones is told to those who were there before it.
  const square = (MOST_NAMED * (MOST_NAMED + 1)) / 2;
  const notices = total(clients, "user_joined");
  assert.ok(notices <= square, `${notices} of user_joined, at most ${square}`);
  assert.ok(notices >= (MOST_NAMED * (MOST_NAMED - 1)) / 2, `${notices} of user_joined only`);
  assert.equal(total(clients, "user_left"), 0);
  const seen = await ann.sees(room);
  assert.deepEqual([seen.activeCount, seen.memberCount], [LISTENERS, LISTENERS + 1]);

  start = performance.now();
  const message = await ann.posts(roomId, "hello to all of you");
  const hasHeard = ({ counts }) => counts.receive_message === 1;
  await until("one message for all", () => clients.every(hasHeard), PATIENCE_MS);
  took("one message reached all", start);
  for (const client of clients) assert.deepEqual(client.heardLast("receive_message"), message);

  const asked = await clients[LISTENERS - 1].ask("get_active_users", { roomId });
  assert.deepEqual(asked.activeUsers, named, "those who joined first");
  const told = clients[LISTENERS - 1].heardLast("active_users");
  assert.deepEqual(told.users, named);
  assert.equal(told.activeCount, LISTENERS, "and the count");

  start = performance.now();
  const [staying, going] = [clients.slice(0, STAYING), clients.slice(STAYING)];
  const half = Math.floor(going.length / 2);
  await each(going.slice(0, half), (client) => client.ask("leave_room", { roomId }));
  for (const client of going.slice(half)) client.leave();
  await assertCounted(staying, roomId, STAYING, joined);
  took("most have left", start);
  assert.equal(total(staying, "user_left"), 0);
  assert.equal(total(clients, "user_joined"), notices);
  await ann.posts(roomId, "and to those who stay");
  const isWhole = ({ counts }) => counts.receive_message === 2;
  await until("a second message", () => staying.every(isWhole));
  assert.equal(total(clients, "receive_message"), LISTENERS + STAYING);

  for (const client of staying.slice(0, 150)) await client.ask("leave_room", { roomId });
  const few = staying.slice(150);
  assert.equal((await few[0].ask("get_active_users", { roomId })).activeUsers.length, STAYING - 150);
  await few[0].ask("leave_room", { roomId });
  const isTold = ({ counts }) => (counts.user_left ?? 0) >= 1;
  await until("names again", () => few.slice(1).every(isTold));
  for (const client of clients) client.leave();
  await hall.server.empty(PATIENCE_MS);
  const left = ["parlour_conversations_active", "parlour_lists_conversations"];
  await until("nothing to be told of anybody", async () => {
    const metrics = await hall.server.metrics();
    return left.every((name) => metrics[name] === 0);
  });
});
