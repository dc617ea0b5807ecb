/**
 * Channels while the disk is slow, full or loses its answers, and at moments at which somebody comes, goes
 * or sends again: everybody is told the truth, with official clients.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { afterEach, test } from "node:test";

import { FAMILIES, House, hearsJust, said } from "./src/channels/house.js";
import { Faulty } from "./src/faulty.js";
import { QUICK } from "./src/rest.js";
import { Server } from "./src/server.js";
import { until } from "./src/wait.js";

const ENOSPC = 28;
const EIO = 5;
/** Longer than the 5 s that anybody waits for the store. */
const STUCK = { slowMs: 9_000 };
/** Long enough for a dozen calls between two commits. */
const SLOW = { slowMs: 1_500 };

/** @type {House} */
let house;
/** @type {Faulty} */
let disk;
let directory;

async function open(settings = {}) {
  directory = mkdtempSync(join(tmpdir(), "parlour-faults-"));
  disk = new Faulty(directory);
  const options = { wrap: (command) => disk.wrap(command) };
  const server = await Server.start({ ...QUICK, DATA_DIR: disk.data, ...settings }, options);
  house = new House(server);
}

afterEach(async () => {
  disk.set("sync", {});
  disk.set("write", {});
  await house.clear();
  await house.server.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Ann's channel, in which Ann and Bob listen, each by one socket. */
async function channel(visibility = "public") {
  const [ann, bob] = [await house.person("Ann"), await house.person("Bob")];
  const channelId = await house.makes(ann, visibility);
  if (visibility === "private") await invite(ann, bob, channelId);
  const [one, two] = [await ann.ear(), await bob.ear()];
  for (const ear of [one, two]) await ear.succeed("joinChannel", channelId);
  const isThere = () => one.log.some(({ name }) => name === "user_joined");
  await until("Bob to be there", isThere);
  one.log.length = 0;
  return { ann, bob, channelId, one, two };
}

function invite(by, whom, channelId) {
  const options = { token: by.token, json: { userId: whom.id } };
  return house.rest.succeed(200, "POST", `/api/channels/${channelId}/members`, options);
}

/** What a socket has heard of this name, of messages. */
const named = (ear, ...names) =>
  said(ear)
    .filter(({ name }) => names.includes(name))
    .map(({ payload }) => payload);

const names = (ear) => said(ear).map(({ name }) => name);

test("the store is full: what was shown fails within 5 s, then nothing is shown; and it comes back", async () => {
  await open();
  const { channelId, one, two } = await channel();
  disk.set("write", { errno: ENOSPC });
  await one.succeed("NEW_MESSAGE", { channelId, body: "lost", tempId: "k" });
  const [, failed] = await hearsJust(one, "channelMessageSent", "channelMessageFailed");
  assert.deepEqual([failed.tempId, failed.error.code], ["k", "unavailable"]);
  assert.equal(failed.error.retryable, true);
  const [shown, theirs] = await hearsJust(two, "NEW_MESSAGE_RECEIVED", "channelMessageFailed");
  assert.equal(theirs.tempId, shown.tempId);
  const refusal = await one.refused("unavailable", "NEW_MESSAGE", { channelId, body: "no", tempId: "n" });
  assert.ok(refusal.retryAfterMs > 0);
  await hearsJust(one);
  await hearsJust(two);
  disk.set("write", {});
  const again = () => one.ask("NEW_MESSAGE", { channelId, body: "lost", tempId: "k" });
  await until("the store", async () => (await again()).success);
  const [, confirmed] = await hearsJust(one, "channelMessageSent", "channelMessageConfirmed");
  assert.deepEqual([confirmed.tempId, confirmed.seq], ["k", 1]);
  await hearsJust(two, "NEW_MESSAGE_RECEIVED", "channelMessageConfirmed");
});

test("a commit whose answer is lost: the node asks until it knows, and says it once", async () => {
  await open();
  const { ann, channelId, one, two } = await channel();
  for (const n of [1, 2, 3]) {
    disk.set("sync", { errno: EIO, count: 1n });
    await one.succeed("NEW_MESSAGE", { channelId, body: `${n}`, tempId: `${n}` });
    const [, end] = await hearsJust(one, "channelMessageSent", "channelMessageConfirmed");
    assert.deepEqual([end.tempId, end.seq], [`${n}`, n]);
    await hearsJust(two, "NEW_MESSAGE_RECEIVED", "channelMessageConfirmed");
  }
  assert.deepEqual((await house.reads(ann, channelId)).map(({ body }) => body), ["1", "2", "3"]);
});

test("who joins meanwhile is shown it when it is stored; who leaves and comes back, once", async () => {
  await open();
  const { bob, channelId, one, two } = await channel();
  const late = await bob.ear();
  disk.set("sync", SLOW);
  await one.succeed("NEW_MESSAGE", { channelId, body: "x", tempId: "k" });
  await late.succeed("joinRoom", channelId);
  await hearsJust(late);
  await until("it to be shown", () => named(two, "NEW_MESSAGE_RECEIVED").length === 1);
  await two.succeed("leaveChannel", channelId);
  await two.succeed("joinChannel", channelId);
  const [received, end] = await hearsJust(late, "roomMessageRecieved", "roomMessageConfirmed");
  assert.deepEqual([received.isOptimistic, received.seq, received._id], [false, 1, end._id]);
  const [shown, theirs] = await hearsJust(two, "NEW_MESSAGE_RECEIVED", "channelMessageConfirmed");
  assert.deepEqual([shown.isOptimistic, shown.tempId], [true, theirs.tempId]);
});

test("a sender who leaves, or changes the family, is told the end where they were told `…Sent`", async () => {
  await open();
  const { channelId, one } = await channel();
  disk.set("sync", SLOW);
  await one.succeed("NEW_MESSAGE", { channelId, body: "x", tempId: "k" });
  await one.succeed("leaveChannel", channelId);
  const [, left] = await hearsJust(one, "channelMessageSent", "channelMessageConfirmed");
  assert.equal(left.tempId, "k");
  await one.succeed("joinChannel", channelId);
  one.log.length = 0;
  await one.succeed("NEW_MESSAGE", { channelId, body: "y", tempId: "l" });
  await one.succeed("leaveChannel", channelId);
  await one.succeed("joinRoom", channelId);
  await until("the end", () => named(one, "channelMessageConfirmed").length === 1);
  assert.equal(named(one, "channelMessageConfirmed")[0].tempId, "l");
});

test("a sender who is removed while a message waits: it fails for all who were shown it", async () => {
  await open();
  const { ann, bob, channelId, one, two } = await channel("private");
  disk.set("sync", SLOW);
  // The first is with the disk; the second waits for its turn, behind the removal.
  await one.succeed("NEW_MESSAGE", { channelId, body: "before", tempId: "1" });
  await two.succeed("NEW_MESSAGE", { channelId, body: "too late", tempId: "2" });
  const path = `/api/channels/${channelId}/members/${bob.id}`;
  await house.rest.succeed(200, "DELETE", path, { token: ann.token });
  await until("the end", () => named(two, "channelMessageFailed").length === 1);
  const [failed] = named(two, "channelMessageFailed");
  assert.deepEqual([failed.tempId, failed.error.code], ["2", "not_found"]);
  await until("the end for the others", () => named(one, "channelMessageFailed").length === 1);
  assert.deepEqual((await house.reads(ann, channelId)).map(({ body }) => body), ["before"]);
});

test("the bound in bytes: what is over it is refused, and nothing is shown of it", async () => {
  // What is shown at once has to fit in the queue of a listener who reads it as it comes.
  const AT_ONCE = 32;
  await open();
  const { channelId, one, two } = await channel();
  disk.set("sync", { slowMs: 4_500 });
  const body = "😀".repeat(3_990);
  const answers = [];
  let accepted = 0;
  while (accepted === answers.length && accepted < 600) {
    const asked = Array.from({ length: AT_ONCE }, (_, n) => {
      const tempId = `${answers.length + n}`;
      return one.ask("NEW_MESSAGE", { channelId, body: `${body}${tempId}`, tempId });
    });
    answers.push(...(await Promise.all(asked)));
    accepted = answers.filter(({ success }) => success).length;
    await until("what was accepted", () => named(two, "NEW_MESSAGE_RECEIVED").length === accepted);
  }
  // 8 MiB of 16 KB each.
  assert.ok(accepted > 400 && accepted < 600, `${accepted} were accepted`);
  for (const { success, error } of answers) {
    if (!success) assert.deepEqual([error.code, error.retryable], ["unavailable", true]);
  }
  disk.set("sync", {});
  await until("the ends", () => named(two, "channelMessageConfirmed").length >= accepted, 20_000);
  await until("one's own", () => named(one, "channelMessageConfirmed").length >= accepted, 20_000);
  for (const [ear, name] of [[one, "channelMessageSent"], [two, "NEW_MESSAGE_RECEIVED"]]) {
    assert.equal(named(ear, name).length, accepted);
    assert.equal(named(ear, "channelMessageFailed").length, 0);
  }
});

test("sent again while it is pending, over HTTP and in the rooms dialect: the same outcome", async () => {
  await open();
  const { ann, bob } = await channel();
  const roomId = (await ann.makes())._id;
  const [one, two, plain] = [await ann.ear(), await bob.ear(), await ann.ear()];
  await one.succeed("joinRoom", roomId);
  await two.succeed("joinRoom", roomId);
  one.log.length = 0;
  disk.set("sync", SLOW);
  await one.succeed("roomMessage", { roomId, body: "x", tempId: "k" });
  const [posted, { message }] = await Promise.all([
    ann.posts(roomId, "x", { clientId: "k" }),
    plain.succeed("send_message", { roomId, content: "x", clientId: "k" }),
  ]);
  const [, end] = await hearsJust(one, "roomMessageSent", "roomMessageConfirmed");
  assert.deepEqual([posted._id, message._id, end.seq], [end._id, end._id, 1]);
  await hearsJust(two, "roomMessageRecieved", "roomMessageConfirmed");
});

test("a stored send of a pending key is told after 5 s that nobody knows, not when the store wakes up", async () => {
  await open();
  const { ann, bob } = await channel();
  const roomId = (await ann.makes())._id;
  const [one, plain, other] = [await ann.ear(), await ann.ear(), await bob.ear()];
  await one.succeed("joinRoom", roomId);
  disk.set("sync", STUCK);
  await one.succeed("roomMessage", { roomId, body: "x", tempId: "k" });
  const began = performance.now();
  const path = `/api/chat/rooms/${roomId}/messages`;
  const json = { content: "x", clientId: "k" };
  await Promise.all([
    house.rest.refused("unavailable", "POST", path, { token: ann.token, json }),
    plain.refused("unavailable", "send_message", { roomId, ...json }),
    other.refused("unavailable", "send_message", { roomId, ...json }),
  ]);
  const took = performance.now() - began;
  assert.ok(took < 7_500, `${took} ms`);
  // Later ones at once; and what was shown is confirmed when it is known.
  await house.rest.refused("unavailable", "POST", path, { token: ann.token, json });
  assert.equal(named(one, "roomMessageConfirmed").length, 0);
  disk.set("sync", {});
  await until("the end", () => named(one, "roomMessageConfirmed").length === 1, 12_000);
  assert.equal(named(one, "roomMessageConfirmed")[0].tempId, "k");
});

test("a join of another conversation that waits for the database holds no message up", async () => {
  await open();
  const { bob, channelId, one, two } = await channel();
  const [other, third] = [await house.makes(bob), await house.makes(bob)];
  disk.set("sync", SLOW);
  const began = performance.now();
  const line = (n) => ({ channelId, body: `${n}`, tempId: `${n}` });
  const order = [];
  const asked = (what, event, ...args) => one.ask(event, ...args).finally(() => order.push(what));
  await Promise.all([
    asked("1", "NEW_MESSAGE", line(1)),
    // It has to be made a member of it: that waits.
    asked("join", "joinChannel", other),
    asked("2", "NEW_MESSAGE", line(2)),
    asked("3", "roomMessage", line(3)),
    // This waits for the join, and what comes behind it for that too.
    asked("second join", "joinChannel", third),
    asked("there", "NEW_MESSAGE", { channelId: other, body: "there", tempId: "there" }),
    until("three to be shown", () => named(two, "NEW_MESSAGE_RECEIVED").length === 3).then(() => {
      const took = performance.now() - began;
      assert.ok(took < SLOW.slowMs, `${took} ms`);
      assert.ok(!order.includes("join"), `${order}`);
    }),
  ]);
  assert.deepEqual(order, ["1", "2", "3", "join", "there", "second join"]);
  const shown = named(two, "NEW_MESSAGE_RECEIVED").map(({ body }) => body);
  assert.deepEqual(shown, ["1", "2", "3"]);
});

for (const [name, { say, place }] of Object.entries(FAMILIES)) {
  test(`the rate of messages is one for both families: after ${name}`, async () => {
    await open({ LIMITS_ENABLED: true });
    const { channelId, one, two } = await channel();
    const other = say === "NEW_MESSAGE" ? "roomMessage" : "NEW_MESSAGE";
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        one.ask(n % 2 ? say : other, { [n % 2 ? place : "roomId"]: channelId, body: `${n}`, tempId: `${n}` }),
      ),
    );
    const accepted = answers.filter(({ success }) => success).length;
    // A burst of 30, and 10 a second.
    assert.ok(accepted >= 30 && accepted < 60, `${accepted}`);
    const refused = answers.filter(({ success }) => !success);
    for (const { error } of refused) {
      assert.equal(error.code, "rate_limited");
      assert.ok(error.retryAfterMs > 0);
    }
    await until("the ends", () => named(two, "channelMessageConfirmed").length === accepted);
    assert.equal(named(two, "NEW_MESSAGE_RECEIVED").length, accepted);
  });
}

test("a resend by a socket in both families is told in that of its event alone", async () => {
  await open();
  const { channelId, one, two } = await channel();
  await one.succeed("joinRoom", channelId);
  one.log.length = 0;
  disk.set("sync", SLOW);
  const line = { channelId, body: "x", tempId: "k" };
  await one.succeed("NEW_MESSAGE", line);
  await one.succeed("NEW_MESSAGE", line);
  await until("the ends", () => named(one, "roomMessageConfirmed").length === 1);
  await one.status();
  const shown = ["channelMessageSent", "roomMessageRecieved", "channelMessageSent"];
  assert.deepEqual(names(one).slice(0, 3), shown);
  assert.deepEqual(names(one).slice(3).sort(), ["channelMessageConfirmed", "roomMessageConfirmed"]);
  one.log.length = 0;
  await one.succeed("NEW_MESSAGE", line);
  await hearsJust(one, "channelMessageSent", "channelMessageConfirmed");
  await hearsJust(two, "NEW_MESSAGE_RECEIVED", "channelMessageConfirmed");
});

test("whoever blocks is refused at once in the direct conversation, and nothing is shown", async () => {
  await open();
  const [ann, bob] = [await house.person("Ann"), await house.person("Bob")];
  const channelId = `conv_${ann.id}_${bob.id}`;
  const one = await ann.ear();
  await one.succeed("joinChannel", channelId);
  const path = `/api/users/${bob.id}/block`;
  await house.rest.succeed(200, "POST", path, { token: ann.token });
  await one.refused("not_found", "NEW_MESSAGE", { channelId, body: "x", tempId: "k" });
  await hearsJust(one);
  await house.rest.succeed(200, "DELETE", path, { token: ann.token });
  await one.succeed("NEW_MESSAGE", { channelId, body: "x", tempId: "k" });
  await hearsJust(one, "channelMessageSent", "channelMessageConfirmed");
});

test("a stranger's answers about a private channel are those about an id out of nowhere, headers too", async () => {
  await open();
  const { ann, channelId } = await channel("private");
  const cleo = await house.person("Cleo");
  const nowhere = `channel_${"x".repeat(channelId.length - "channel_".length)}`;
  const routes = [
    ["POST", (id) => `/api/channels/${id}/join`, {}],
    ["DELETE", (id) => `/api/channels/${id}/leave`],
    ["GET", (id) => `/api/channels/${id}/members`],
    ["POST", (id) => `/api/channels/${id}/members`, { userId: cleo.id }],
    ["DELETE", (id) => `/api/channels/${id}/members/${ann.id}`],
    ["DELETE", (id) => `/api/channels/${id}/members/${cleo.id}`],
    ["GET", (id) => `/api/channels/${id}/messages`],
    ["GET", (id) => `/api/channels/${id}/messages?before=1&after=1`],
    ["POST", (id) => `/api/channels/${id}/messages`, { body: "x" }],
    ["POST", (id) => `/api/channels/${id}/messages`, { body: "" }],
  ];
  for (const [method, path, json] of routes) {
    const [there, not] = await Promise.all(
      [channelId, nowhere].map((id) => house.rest.call(method, path(id), { token: cleo.token, json })),
    );
    assert.ok([400, 404].includes(there.status), `${method} ${path("…")} ${there.status}`);
    for (const answer of [there, not]) delete answer.headers.date;
    assert.deepEqual(there, not, `${method} ${path("…")}`);
  }
});

test("the heir of a channel is no guest while an account is in it, and all hear who it is", async () => {
  await open();
  const [ann, gus, bob] = [await house.person("Ann"), await house.guest("Gus"), await house.person("Bob")];
  const channelId = await house.makes(ann);
  const [two, three] = [await gus.ear(), await bob.ear()];
  for (const ear of [two, three]) {
    await ear.succeed("joinChannel", channelId);
    await ear.added(channelId);
  }
  await house.rest.succeed(200, "DELETE", `/api/channels/${channelId}/leave`, { token: ann.token });
  for (const ear of [two, three]) {
    await ear.isTold(channelId, ({ ownerId }) => ownerId === bob.id);
  }
});

test("`parlour message` shows one way of a message that was also sent again as a stored one", async () => {
  await open({ ADMIN_TOKEN: "an operator's token" });
  const { ann, channelId, one } = await channel();
  await one.succeed("NEW_MESSAGE", { channelId, body: "x", tempId: "k" });
  await until("the end", () => named(one, "channelMessageConfirmed").length === 1);
  for (let n = 0; n < 2; n += 1) await house.posts(ann, channelId, "x", { clientId: "k" });
  await house.posts(ann, channelId, "y", { clientId: "l" });
  await house.posts(ann, channelId, "y", { clientId: "l" });
  for (const [key, expected] of [
    ["k", ["received", "emitted", "queued", "committed", "confirmed"]],
    ["l", ["received", "queued", "committed", "confirmed"]],
  ]) {
    const path = `/api/admin/messages/${key}/timeline`;
    const { messages } = await house.rest.succeed(200, "GET", path, { token: "an operator's token" });
    assert.deepEqual(messages.map(({ moments }) => moments.map(({ what }) => what)), [expected]);
  }
});
