/**
 * The server is told to stop while its disk is slow: it uses the ten seconds that it has, tells everyone
 * what became of what they were shown, and ends well.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, test } from "node:test";

import { House, said } from "./src/channels/house.js";
import { Faulty } from "./src/faulty.js";
import { QUICK } from "./src/rest.js";
import { Server } from "./src/server.js";
import { until } from "./src/wait.js";

/** @type {House} */
let house;
/** @type {Faulty} */
let disk;
let directory;

afterEach(async () => {
  for (const ear of house.ears.splice(0)) ear.leave();
  house.server.destroy();
  rmSync(directory, { recursive: true, force: true });
});

async function open(settings = {}, way) {
  directory = mkdtempSync(join(tmpdir(), "parlour-slow-"));
  disk = new Faulty(directory);
  const options = { wrap: (command) => disk.wrap(command) };
  const server = await Server.start({ ...QUICK, DATA_DIR: disk.data, ...settings }, options);
  house = new House(server, way);
}

for (const way of /** @type {const} */ (["websocket", "polling"])) {
  test(`over ${way}: SIGTERM while a commit takes long: what was shown is confirmed`, async () => {
    await open({ SHUTDOWN_DEADLINE_MS: 4_000 }, way);
    const [ann, bob] = [await house.person("Ann"), await house.person("Bob")];
    const channelId = await house.makes(ann);
    const [one, two] = [await ann.ear(), await bob.ear()];
    for (const ear of [one, two]) await ear.succeed("joinChannel", channelId);
    // Two commits after each other take longer than half of the time; and the end of the database longer
    // than half a second.
    disk.set("sync", { slowMs: 1_100 });
    const keys = ["1", "2", "3"];
    for (const tempId of keys) {
      await one.succeed("NEW_MESSAGE", { channelId, body: tempId, tempId });
    }
    await house.server.end();
    await until("the close", () => !one.socket.connected && !two.socket.connected);
    const named = (ear, name) => said(ear).filter((entry) => entry.name === name);
    const confirmed = named(one, "channelMessageConfirmed").map(({ payload }) => payload);
    assert.deepEqual(confirmed.map(({ tempId }) => tempId), keys);
    const shown = named(two, "NEW_MESSAGE_RECEIVED").map(({ payload }) => payload.tempId);
    const told = named(two, "channelMessageConfirmed").map(({ payload }) => payload.tempId);
    assert.deepEqual([shown, told], Array(2).fill(confirmed.map(({ _id }) => _id)));
  });
}

test("SIGTERM with a disk too slow to tidy up: what is stored is stored, and the end is a good one", async () => {
  await open();
  const ann = await house.person("Ann");
  const channelId = await house.makes(ann);
  const { _id } = await house.posts(ann, channelId, "kept");
  disk.set("sync", { slowMs: 60_000 });
  const { server } = house;
  await server.end();
  assert.match(server.log.join("\n"), /the next start tidies the database's log up/);
  const again = await Server.start({ ...QUICK, DATA_DIR: disk.data });
  house.open(again);
  assert.deepEqual((await house.reads(ann, channelId)).map((message) => message._id), [_id]);
  await again.end();
});
