/**
 * The end of a server: whatever was shown has been confirmed or has failed before the sockets close,
 * and is in the database if it was confirmed; and a message's way, as the operator is told it.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { URL } from "node:url";

import { House, said } from "./src/channels/house.js";
import { QUICK, Rest } from "./src/rest.js";
import { BINARY, Server } from "./src/server.js";
import { until } from "./src/wait.js";

/** Messages that are on their way at any moment. */
const PENDING = 100;

test("SIGTERM: every message that was shown ends before the sockets close", async () => {
  const server = await Server.start(QUICK);
  const house = new House(server);
  const [ann, bob] = [await house.person("Ann"), await house.person("Bob")];
  const channelId = await house.makes(ann);
  const [one, two] = [await ann.ear(), await bob.ear()];
  for (const ear of [one, two]) await ear.succeed("joinChannel", channelId);
  // So many are on their way at any moment, up to the end.
  let count = 0;
  const say = () => {
    count += 1;
    one.tell("NEW_MESSAGE", { channelId, body: `${count}`, tempId: `${count}` });
  };
  one.socket.on("channelMessageConfirmed", say);
  for (let n = 0; n < PENDING; n += 1) say();
  await until("some to be confirmed", () => count > 3 * PENDING);
  await server.end();
  await until("the close", () => !one.socket.connected && !two.socket.connected);
  const ended = new Map();
  for (const { name, payload } of said(one)) {
    if (name === "channelMessageConfirmed") ended.set(payload.tempId, payload._id);
    if (name === "channelMessageFailed") ended.set(payload.tempId, undefined);
  }
  const sent = said(one).filter(({ name }) => name === "channelMessageSent");
  assert.ok(sent.length > 0);
  for (const { payload } of sent) assert.ok(ended.has(payload.tempId), payload.tempId);
  assert.equal(ended.size, sent.length, "in one kind each");
  const ids = (name, field) =>
    said(two).filter((entry) => entry.name === name).map(({ payload }) => payload[field]);
  const open = new Set(ids("NEW_MESSAGE_RECEIVED", "tempId"));
  for (const name of ["channelMessageConfirmed", "channelMessageFailed"]) {
    for (const id of ids(name, "tempId")) assert.ok(open.delete(id), `${name} of what was shown`);
  }
  assert.deepEqual([...open], []);
  // What was confirmed is there, and nothing else.
  const again = await Server.start(QUICK, { directory: server.directory });
  const rest = new Rest(again);
  const stored = [];
  for (let after = 0; ; after = stored.at(-1).seq) {
    const path = `/api/channels/${channelId}/messages?after=${after}&limit=100`;
    const page = await rest.succeed(200, "GET", path, { token: ann.token });
    stored.push(...page.messages);
    if (!page.hasMore) break;
  }
  const confirmed = [...ended.values()].filter((id) => id !== undefined);
  assert.deepEqual(stored.map(({ _id }) => _id), confirmed);
  await again.stop();
});

test("the operator is told a message's way, and nobody else", async () => {
  const server = await Server.start({ ...QUICK, LISTEN: "127.0.0.1:0" });
  const house = new House(server);
  const ann = await house.person("Ann");
  const channelId = await house.makes(ann);
  const one = await ann.ear();
  await one.succeed("joinChannel", channelId);
  await one.succeed("NEW_MESSAGE", { channelId, body: "hush", tempId: "my key" });
  await until("its end", () => said(one).some(({ name }) => name === "channelMessageConfirmed"));
  const file = join(server.directory, "parlour-data/admin-token");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const token = readFileSync(file, "utf8").trim();
  const path = "/api/admin/messages/my%20key/timeline";
  const { messages } = await house.rest.succeed(200, "GET", path, { token });
  const [{ moments, ...message }] = messages;
  assert.deepEqual(
    moments.map(({ what }) => what),
    ["received", "emitted", "queued", "committed", "confirmed"],
  );
  assert.deepEqual([message.tempId, message.seq, message.senderId], ["my key", 1, ann.id]);
  assert.ok(!JSON.stringify(messages).includes("hush"));
  for (const other of [ann.token, "x", undefined]) {
    await house.rest.refused("unauthenticated", "GET", path, { token: other });
  }
  const parlour = (id, env = {}) =>
    spawnSync(BINARY, ["message", id], {
      cwd: server.directory,
      env: { PATH: process.env.PATH, PARLOUR_LISTEN: new URL(server.url).host, ...env },
      encoding: "utf8",
    });
  for (const id of ["my key", message._id, `temp_${message._id}`]) {
    const { status, stdout, stderr } = parlour(id);
    assert.equal(status, 0, stderr);
    assert.match(stdout, new RegExp(`^${message._id} in ${channelId} by ${ann.id}`));
    for (const { what, at } of moments) assert.match(stdout, new RegExp(`^  ${what} +${at}  \\+`, "m"));
  }
  const missing = parlour("nothing");
  assert.deepEqual([missing.status, missing.stdout], [1, ""]);
  assert.match(missing.stderr, /No such message is remembered/);
  for (const id of ["", "x".repeat(65), "x".repeat(100_000)]) {
    assert.match(parlour(id).stderr, /no id of a message, .* 1 to 64 characters/);
  }
  assert.match(parlour("x", { PARLOUR_ADMIN_TOKEN: "wrong" }).stderr, /for the operator/);
  await house.clear();
  await server.stop();
});
