/**
 * Typing that comes too soon after its end is passed on when the interval is over, and not lost.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { Server } from "./src/server.js";
import { Stage } from "./src/stage.js";

/** Long enough that all of a test's own events fall into one interval, even on a busy machine. */
const INTERVAL_MS = 1_500;

describe("typing too soon after its end", () => {
  const stage = new Stage(undefined, "websocket");
  before(async () => {
    stage.server = await Server.start({ PAIR_TYPING_INTERVAL_MS: INTERVAL_MS });
  });
  afterEach(() => stage.clear());
  after(() => stage.server?.stop());

  for (const [end, heard] of [
    [["stop_typing"], "stop_typing"],
    [["send_message", "hi"], "receive_message"],
  ]) {
    test(`after ${end[0]} it is shown when the interval is over`, async () => {
      const { ann, bob, roomId } = await stage.talking();
      ann.tell("typing");
      ann.tell(...end);
      ann.tell("typing");
      assert.deepEqual(await bob.next("typing"), { roomId });
      await bob.next(heard);
      assert.deepEqual(await bob.next("typing"), { roomId });
      const [first, second] = bob.log.filter(({ name }) => name === "typing");
      // The two clocks and the way there may differ by some milliseconds.
      assert.ok(second.at - first.at > INTERVAL_MS * 0.9, `after ${second.at - first.at} ms`);
    });
  }

  test("a line in between takes it back", async () => {
    const { ann, bob } = await stage.talking();
    for (const event of ["typing", "stop_typing", "typing"]) ann.tell(event);
    ann.tell("send_message", "done");
    ann.tell("typing");
    await bob.next("typing");
    await bob.next("stop_typing");
    await bob.next("receive_message");
    // Of the two that came too soon only the one after the line is left, and it is shown once.
    await bob.next("typing");
    await bob.hears();
  });
});
