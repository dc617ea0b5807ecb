/**
 * Who may not meet, for how long, and what happens to those who wait when a bar lapses.
 */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { after, afterEach, before, describe, test } from "node:test";

import { Server } from "./src/server.js";
import { joined, user } from "./src/shapes.js";
import { Stage } from "./src/stage.js";
import { until } from "./src/wait.js";

/** Five minutes, made short; what is done before one lapses takes a hundredth of it. */
const BAR_MS = 2_000;
const TYPING_INTERVAL_MS = 100;
/** Both clocks count whole milliseconds. */
const ROUNDING_MS = 2;

describe("bars", () => {
  /** @type {Server} */
  let server;
  const stage = new Stage(undefined, "websocket");
  before(async () => {
    server = await Server.start({
      LIMITS_ENABLED: false,
      PAIR_BAR_MS: BAR_MS,
      PAIR_TYPING_INTERVAL_MS: TYPING_INTERVAL_MS,
    });
    stage.server = server;
  });
  afterEach(() => stage.clear());
  after(() => server?.stop());

  test("two who parted are joined when the bar lapses: the later one moves", async () => {
    const { ann, bob } = await stage.talking();
    const parted = performance.now();
    const { roomId: annRoom } = await ann.succeed("new_chat", "Anna");
    await ann.succeed("send_message", "anybody?");
    await ann.hears("ack", "user_joined", "ack", "receive_message");
    const [{ roomId }] = await bob.hears("user_left");
    assert.notEqual(annRoom, roomId);

    const moved = await ann.next("user_joined");
    const waited = performance.now() - parted;
    assert.ok(waited >= BAR_MS - ROUNDING_MS, `joined after ${waited} ms already`);
    const [history] = await ann.hears("chat_history");
    const [seen, sameHistory] = await bob.hears("user_joined", "chat_history");
    const bobMask = moved.users[0].socketId;
    const annMask = seen.users[1].socketId;
    const toAnn = [user(bobMask, "Bob"), user(ann.id, "Anna")];
    assert.deepEqual(moved, joined(roomId, "Anna", toAnn), "Bob has waited for longer");
    assert.deepEqual(seen, joined(roomId, "Anna", [user(bob.id, "Bob"), user(annMask, "Anna")]));
    assert.deepEqual([history.length, history[0].text, history[0].socketId], [1, "anybody?", ann.id]);
    assert.deepEqual(sameHistory, [{ ...history[0], socketId: annMask }]);
    assert.equal(history[0].roomId, roomId, "what was said moves along");

    await bob.succeed("send_message", "you again");
    await ann.hears("receive_message");
  });

  test("a bar keeps apart who would be matched at once otherwise", async () => {
    const { ann, bob } = await stage.talking();
    await ann.succeed("leave_chat");
    await bob.succeed("leave_chat");
    const parted = performance.now();
    assert.equal((await ann.succeed("start_chat")).status, "waiting");
    const { status } = await bob.succeed("start_chat");
    const late = performance.now() - parted >= BAR_MS - ROUNDING_MS;
    assert.ok(status === "waiting" || late, "matched with the partner just left");
    await until("two who are together again", async () => (await bob.status()).status === "active");
  });

  test("a block outlives the bar", async () => {
    const { ann, bob } = await stage.talking();
    await ann.succeed("block_partner");
    await ann.succeed("start_chat", "Ann");
    // Cleo meets both and leaves both. Her bar with Bob, the older one, ends after what would be
    // Ann's and Bob's own, were theirs a bar: when she is joined with him again, that has passed.
    const cleo = await stage.join();
    await cleo.succeed("start_chat", "Cleo");
    await cleo.succeed("new_chat");
    await cleo.succeed("new_chat");
    const statuses = async () => {
      const all = await Promise.all([ann, bob, cleo].map((peer) => peer.status()));
      return all.map(({ status }) => status);
    };
    assert.deepEqual(await statuses(), ["waiting", "waiting", "waiting"]);
    await bob.heard();
    await bob.next("user_joined");
    assert.deepEqual(await statuses(), ["waiting", "active", "active"]);
    const names = bob.log.filter(({ name }) => name === "user_joined").map((e) => e.payload.username);
    assert.deepEqual(names.slice(-2), ["Cleo", "Cleo"], "Bob met nobody but Cleo since");
  });

  test("a bar ends with the connection of either", async () => {
    const { ann, bob } = await stage.talking();
    await ann.succeed("leave_chat");
    assert.equal((await server.metrics()).parlour_pair_bars, 1);
    bob.leave();
    ann.leave();
  });

  test("typing is passed on again when its interval is over", async () => {
    const { ann, bob } = await stage.talking();
    const start = performance.now();
    const again = async () => {
      await ann.succeed("typing");
      await bob.status();
      return bob.log.filter(({ name }) => name === "typing").length === 2;
    };
    await until("a second notice", again);
    const tookMs = performance.now() - start;
    assert.ok(tookMs >= TYPING_INTERVAL_MS - ROUNDING_MS, `passed on after ${tookMs} ms already`);
  });
});
