/**
 * The server dies between showing a message and storing it, or between storing it and saying so. Whoever
 * sent it tries again with the same `tempId`, and there is one copy of it.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { Faulty } from "./src/faulty.js";
import { Peer } from "./src/peer.js";
import { Rest } from "./src/rest.js";
import { Server } from "./src/server.js";
import { until } from "./src/wait.js";

const BODY = "What I was about to say";
const TEMP_ID = "attempt-1";

/** One life of the server, over the data in `directory`. */
async function live(directory, life) {
  const faulty = new Faulty(directory, life);
  const settings = { LIMITS_ENABLED: false, DATA_DIR: faulty.data };
  const server = await Server.start(settings, { wrap: (command) => faulty.wrap(command) });
  return { server, faulty, rest: new Rest(server) };
}

/** What a socket has heard of one kind. */
const heard = (peer, name) =>
  peer.log.filter((event) => event.name === name).map((event) => event.payload);

/** Waits until it has heard so many of one kind; the last one. */
async function hears(peer, name, count = 1) {
  await until(`${count} ${name}`, () => heard(peer, name).length >= count);
  return heard(peer, name).at(-1);
}

/** A socket that listens to the channel. */
async function listener({ server }, { token }, channelId) {
  const peer = await Peer.connect(server.url, { auth: { token } });
  assert.equal((await peer.ask("joinChannel", { channelId })).success, true);
  return peer;
}

async function history({ rest }, { token }, channelId) {
  const path = `/api/channels/${channelId}/messages`;
  return (await rest.succeed(200, "GET", path, { token })).messages;
}

/**
 * Ann sends, Bob is shown it, and the server dies as `arm` says; then, in the next life, Ann sends it
 * twice more. How many copies there were before that, and what everybody has heard.
 */
async function dieAndRetry(directory, arm) {
  const first = await live(directory, 1);
  const [ann, bob] = await Promise.all(["ann", "bob"].map((name) => first.rest.register(name)));
  const json = { name: "Kitchen", visibility: "public" };
  const { channel } = await first.rest.succeed(201, "POST", "/api/channels", {
    token: ann.token,
    json,
  });
  const channelId = channel._id;
  const before = [await listener(first, ann, channelId), await listener(first, bob, channelId)];
  const dies = arm(first);
  const said = { channelId, body: BODY, tempId: TEMP_ID };
  before[0].socket.emit("NEW_MESSAGE", said);
  const shown = await hears(before[1], "NEW_MESSAGE_RECEIVED");
  assert.deepEqual([shown.isOptimistic, shown.body], [true, BODY]);
  dies();
  assert.equal(await first.server.exited(), "SIGKILL");
  for (const peer of before) {
    for (const end of ["channelMessageConfirmed", "channelMessageFailed"]) {
      assert.deepEqual(heard(peer, end), [], "nobody was told how it ended");
    }
  }

  const second = await live(directory, 2);
  const copies = await history(second, bob, channelId);
  const [annAgain, bobAgain] = [
    await listener(second, ann, channelId),
    await listener(second, bob, channelId),
  ];
  // What Bob was shown before is not heard of again, unless it was stored: he drops it.
  const sync = await bobAgain.ask("sync", { cursors: { [channelId]: 0 } });
  assert.deepEqual(
    sync.conversations[0].messages.map((message) => message._id),
    copies.map((message) => message._id),
  );
  const confirmed = [];
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    annAgain.socket.emit("NEW_MESSAGE", said);
    confirmed.push(await hears(annAgain, "channelMessageConfirmed", attempt));
  }
  const after = await history(second, ann, channelId);
  assert.equal(after.length, 1, "one copy");
  for (const one of confirmed) {
    assert.deepEqual([one.tempId, one._id, one.seq], [TEMP_ID, after[0]._id, 1]);
  }
  assert.deepEqual(heard(annAgain, "channelMessageFailed"), []);
  await second.server.stop();
  return { copies, shown, after, bob: bobAgain };
}

/** Runs it in a directory of its own. */
async function inDirectory(run) {
  const directory = mkdtempSync(join(tmpdir(), "parlour-killed-"));
  try {
    await run(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

test("a message that was shown and lost is there once when it is sent again", async () => {
  await inDirectory(async (directory) => {
    const { copies, shown, after, bob } = await dieAndRetry(directory, ({ server, faulty }) => {
      // Nothing of it is written for much longer than it takes to kill the server.
      faulty.set("write", { slowMs: 60_000 });
      return () => server.kill("SIGKILL");
    });
    assert.deepEqual(copies, [], "it was lost");
    assert.notEqual(`temp_${after[0]._id}`, shown._id, "what is stored is another attempt");
    assert.equal((await hears(bob, "channelMessageConfirmed"))._id, after[0]._id);
    assert.equal(heard(bob, "NEW_MESSAGE_RECEIVED").length, 1);
  });
});

test("a message that was stored without anybody's being told is there once when it is sent again", async () => {
  await inDirectory(async (directory) => {
    const { copies, shown, after, bob } = await dieAndRetry(directory, ({ faulty }) => {
      faulty.set("sync", { slowMs: 200, kill: "after" });
      return () => undefined;
    });
    assert.equal(copies.length, 1, "it was stored");
    assert.equal(`temp_${copies[0]._id}`, shown._id);
    assert.equal(after[0]._id, copies[0]._id);
    // Bob is shown the attempts that the new server did not know, and told that they are no new message.
    const again = heard(bob, "NEW_MESSAGE_RECEIVED");
    const ends = [...heard(bob, "channelMessageFailed"), ...heard(bob, "channelMessageConfirmed")];
    assert.ok(again.length >= 1 && again.every((row) => row.tempId !== after[0]._id));
    assert.deepEqual(ends.map((end) => end.tempId).sort(), again.map((row) => row.tempId).sort());
    assert.ok(ends.every((end) => end.error?.code === "conflict"));
  });
});
