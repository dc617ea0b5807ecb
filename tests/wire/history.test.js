/**
 * The largest history that the settings allow disconnects nobody.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { Server } from "./src/server.js";
import { Stage } from "./src/stage.js";

/** As many lines as the default queue may hold for two rooms that are joined. */
const WAITING_LINES = 122;
/** The largest text: 16,000 bytes. */
const LARGEST = "🦀".repeat(4_000);
/** Long enough to send all lines before the two rooms are joined, even on a busy machine. */
const BAR_MS = 6_000;

describe("the largest history", () => {
  const stage = new Stage(undefined, "websocket");
  before(async () => {
    stage.server = await Server.start({
      LIMITS_ENABLED: false,
      PAIR_WAITING_LINES: WAITING_LINES,
      PAIR_BAR_MS: BAR_MS,
    });
  });
  afterEach(() => stage.clear());
  after(() => stage.server?.stop());

  test("reaches both when two rooms that are full of lines are joined", async () => {
    const { ann, bob } = await stage.talking();
    for (const peer of [ann, bob]) {
      await peer.succeed("leave_chat");
      await peer.succeed("start_chat", "🦀".repeat(32));
    }
    for (const peer of [ann, bob]) {
      const send = (n) => {
        const clientId = `${n}`.padStart(64, "\u0001");
        return peer.succeed("send_message", { text: LARGEST, clientId });
      };
      await Promise.all(Array.from({ length: WAITING_LINES }, (_, n) => send(n)));
      assert.equal((await peer.status()).status, "waiting");
      // What was heard so far is read.
      await peer.heard();
    }
    for (const peer of [ann, bob]) {
      assert.equal((await peer.next("user_joined")).status, "active");
      const history = await peer.next("chat_history");
      assert.equal(history.length, 2 * WAITING_LINES);
      assert.ok(history.every(({ text }) => text === LARGEST));
      assert.equal((await peer.status()).status, "active");
    }
  });
});
