/**
 * Partners who go without a goodbye: killed, cut off, or silent.
 */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { after, afterEach, before, describe, test } from "node:test";

import { Child } from "./src/child.js";
import { Network } from "./src/network.js";
import { Server } from "./src/server.js";
import { left } from "./src/shapes.js";
import { Stage } from "./src/stage.js";

/** A seat is gone at the latest so long after the server knows, in milliseconds. */
const GRACE_MS = 5_000;
const PING_INTERVAL_MS = 1_000;
const PING_TIMEOUT_MS = 1_500;
/** The server rounds a pong's deadline down to its own tick, a twentieth of the shortest duration. */
const TICK_MS = PING_INTERVAL_MS / 20;
/** Not before this may a silent client be missed: it has just answered, so no pong is owed yet. */
const EARLIEST_MS = PING_TIMEOUT_MS - TICK_MS;
const LATEST_MS = PING_INTERVAL_MS + PING_TIMEOUT_MS + GRACE_MS;
/** How long connections to nobody are kept open after that: an idle one's own deadline. */
const IDLE_MS = 1_000;

const WAYS = ["websocket", "polling", "upgrade"];

/** Ann here and a child there talk; `end` is what happens to the child. */
async function lose(stage, child, end) {
  const ann = stage.peers[0];
  await ann.next("user_joined");
  await ann.next("chat_history");
  const start = performance.now();
  await end(child);
  const gone = await ann.next("user_left");
  assert.deepEqual(gone, left(gone.roomId, "Child"));
  return performance.now() - start;
}

describe("a killed process", () => {
  const stage = new Stage(undefined, "websocket");
  /** @type {Child | undefined} */
  let child;
  /** @type {Server[]} */
  let servers = [];
  before(async () => {
    // Who is killed between two polls leaves no connection that ends: only their pong is missed, and the
    // second server asks for it soon.
    servers = [await Server.start(), await Server.start({ PING_INTERVAL_MS, PING_TIMEOUT_MS })];
  });
  afterEach(async () => {
    await child?.destroy();
    await stage.clear();
  });
  after(() => Promise.all(servers.map((server) => server.stop())));

  for (const way of WAYS) {
    test(`over ${way} is gone within ${GRACE_MS} ms`, async () => {
      stage.server = servers[way === "polling" ? 1 : 0];
      await stage.waiting();
      child = await Child.seated(stage.server.url, way);
      const tookMs = await lose(stage, child, () => child.signal("SIGKILL"));
      assert.ok(tookMs < GRACE_MS, `${tookMs} ms`);
    });
  }
});

describe("a client that falls silent", () => {
  const stage = new Stage(undefined, "websocket");
  /** @type {Child | undefined} */
  let child;
  /** @type {Network | undefined} */
  let network;
  before(async () => {
    network = await Network.lay();
    stage.server = await Server.start({
      LISTEN: `${network.address}:0`,
      PING_INTERVAL_MS,
      PING_TIMEOUT_MS,
      HEADER_TIMEOUT_MS: IDLE_MS,
    });
  });
  afterEach(async () => {
    await child?.destroy();
    await network?.mend();
    await stage.clear();
  });
  after(async () => {
    await stage.server?.stop();
    network?.remove();
  });

  /** How many have been missed. */
  async function missed() {
    const metrics = await stage.server.metrics();
    return metrics['parlour_sessions_closed_total{reason="ping timeout"}'];
  }

  /** Gone when it must have been missed, and not before it can have been. */
  async function isMissed(way, end) {
    await stage.waiting();
    child = await Child.seated(stage.server.url, way, network.wrapper);
    await child.answersPing();
    const before = await missed();
    const tookMs = await lose(stage, child, end);
    assert.ok(tookMs >= EARLIEST_MS, `gone after ${tookMs} ms already`);
    assert.ok(tookMs <= LATEST_MS, `gone only after ${tookMs} ms`);
    assert.equal(await missed(), before + 1);
  }

  for (const way of WAYS) {
    test(`whose packets are lost, over ${way}, is missed in time`, async () => {
      await isMissed(way, () => network.cut());
    });

    test(`that is stopped, over ${way}, is missed in time though its kernel answers`, async () => {
      await isMissed(way, () => child.signal("SIGSTOP"));
    });
  }

  test("a client that answers is not missed", async () => {
    const { ann } = await stage.waiting();
    child = await Child.seated(stage.server.url, "websocket", network.wrapper);
    for (let pings = 0; pings < 3; pings += 1) await child.answersPing();
    await ann.hears("user_joined", "chat_history");
    assert.ok(!child.said.some((said) => said.startsWith("disconnected")));
  });
});
