/**
 * typing, block_partner, report_partner; masks; partners who vanish.
 */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { test } from "node:test";

import { assertError, NO_REPORTS } from "./peer.js";
import { left } from "./shapes.js";

/** A seat is gone at the latest so long after the server knows, in milliseconds. */
const GRACE_MS = 5_000;

/** @param {import("./stage.js").Stage} stage */
export function partnerSuite(stage) {
  test("typing and stop_typing reach the partner, with the room", async () => {
    const { ann, bob, roomId } = await stage.talking();
    assert.deepEqual(await ann.ask("typing"), { success: true });
    assert.deepEqual(await ann.ask("stop_typing"), { success: true });
    await ann.hears("ack", "ack");
    assert.deepEqual(await bob.hears("typing", "stop_typing"), [{ roomId }, { roomId }]);
    bob.tell("typing", { roomId });
    bob.tell("stop_typing", { roomId });
    await bob.hears();
    assert.deepEqual(await ann.hears("typing", "stop_typing"), [{ roomId }, { roomId }]);
  });

  test("typing is not passed on again at once, and never refused", async () => {
    const { ann, bob } = await stage.talking();
    for (let n = 0; n < 300; n += 1) ann.tell("typing");
    await ann.succeed("typing");
    await ann.hears("ack");
    await bob.hears("typing");
    await ann.succeed("stop_typing");
    await ann.succeed("stop_typing");
    await bob.hears("stop_typing");
  });

  test("a line ends the typing that was shown", async () => {
    const { ann, bob } = await stage.talking();
    await ann.succeed("typing");
    await ann.succeed("send_message", "done");
    await ann.succeed("stop_typing");
    await bob.hears("typing", "receive_message");
  });

  test("who waits types to nobody", async () => {
    const { ann } = await stage.waiting();
    await ann.succeed("typing");
    await ann.succeed("stop_typing");
    await ann.hears("ack", "ack");
  });

  test("block_partner leaves, and tells the partner only that", async () => {
    const { ann, bob } = await stage.talking();
    assert.deepEqual(await ann.ask("block_partner"), { success: true });
    await ann.hears("ack");
    const [gone] = await bob.hears("user_left");
    assert.deepEqual(gone, left(gone.roomId, "Ann"));
    assert.equal((await ann.status()).status, "empty");
    bob.tell("leave_chat");
    await bob.hears();
  });

  test("who was blocked is not met again, from either side", async () => {
    const { ann, bob } = await stage.talking();
    ann.tell("block_partner");
    await ann.hears();
    await ann.succeed("start_chat");
    await ann.hears("ack", "user_joined");
    await bob.succeed("leave_chat");
    await bob.succeed("start_chat");
    assert.equal((await bob.status()).status, "waiting");
    assert.equal((await ann.status()).status, "waiting");
  });

  test("a partner who has just left can still be blocked", async () => {
    const { ann, bob } = await stage.talking();
    await bob.succeed("leave_chat");
    await ann.succeed("block_partner");
    await ann.hears("user_left", "ack");
    assert.equal((await ann.status()).status, "empty");
  });

  test("without a partner there is nobody to block", async () => {
    const { ann } = await stage.waiting();
    await ann.refused("not_in_room", "block_partner");
    assert.equal((await ann.status()).status, "waiting", "and one stays where one is");
  });

  test("reports are not taken yet, to try again is no use, and nothing else happens", async () => {
    const { ann, bob } = await stage.talking();
    await ann.refused(NO_REPORTS, "report_partner", { reason: "rude" });
    await ann.refused(NO_REPORTS, "report_partner", "rude");
    ann.tell("report_partner", { reason: "rude" });
    const [, , { event, error }] = await ann.hears("ack", "ack", "chat_error");
    assert.equal(event, "report_partner");
    assertError(error, NO_REPORTS, event);
    await bob.hears();
  });

  test("a stranger is called by another id in every room", async () => {
    const { ann, masks } = await stage.talking();
    await ann.succeed("leave_chat");
    await ann.succeed("start_chat");
    await ann.hears("ack", "ack", "user_joined");
    const cleo = await stage.join();
    // Bob waits as well, and longer: Cleo takes him, and Dan takes Ann.
    await cleo.succeed("start_chat");
    const dan = await stage.join();
    const { users } = await dan.succeed("start_chat");
    await ann.hears("user_joined", "chat_history");
    assert.ok(!Object.values(masks).includes(users[0].socketId));
    assert.notEqual(users[0].socketId, ann.id);
  });

  for (const [how, go] of [
    ["says goodbye", (peer) => peer.leave()],
    ["closes the connection", (peer) => peer.socket.io.engine.close()],
    ["is cut off", (peer) => peer.vanish()],
  ]) {
    test(`a partner who ${how} is gone within ${GRACE_MS} ms, and the next one comes`, async () => {
      const { ann, bob } = await stage.talking();
      await bob.held();
      const start = performance.now();
      go(bob);
      const gone = await ann.next("user_left");
      assert.ok(performance.now() - start < GRACE_MS);
      assert.deepEqual(gone, left(gone.roomId, "Bob"));
      const cleo = await stage.join();
      assert.equal((await cleo.succeed("start_chat")).roomId, gone.roomId);
    });
  }

  test("who comes back on a new connection is somebody new", async () => {
    const { ann, bob } = await stage.talking();
    await bob.held();
    bob.vanish();
    await ann.next("user_left");
    const again = await stage.join();
    const { status, username } = await again.succeed("start_chat");
    assert.deepEqual([status, username], ["active", "Stranger"]);
  });
}
