/**
 * Who is active in a public room: over several tabs, reloads, lost connections and the ends of
 * tokens.
 */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { after, afterEach, before, describe, test } from "node:test";

import { assertError } from "./src/peer.js";
import { QUICK } from "./src/rest.js";
import { Hall } from "./src/rooms/hall.js";
import { Server } from "./src/server.js";
import { until } from "./src/wait.js";

/** How long one who was lost counts as present, in milliseconds. */
const GRACE_MS = 5_000;
/** What a timer of the server and a busy machine may add. */
const SLACK_MS = 1_000;

const hall = new Hall(undefined);
before(async () => hall.open(await Server.start(QUICK)));
afterEach(() => hall.clear());
after(() => hall.server?.stop());

/** Waits for `user_left`; resolves with its payload and how long after `start` it came. */
async function leftAfter(ear, start) {
  const isThere = () => ear.log.find(({ name }) => name === "user_left");
  const { payload, at } = await until("user_left", isThere, GRACE_MS + 10_000);
  return { payload, tookMs: at - start };
}

describe("several tabs", () => {
  test("are one active user, by the socket that listens longest", async () => {
    const { ann, bob, roomId, annEar, bobEar } = await hall.talking();
    const second = await bob.ear();
    const { room, activeUsers } = await second.joins(roomId);
    assert.equal(room.activeCount, 2);
    assert.equal(room.memberCount, 2);
    assert.deepEqual(activeUsers, [ann.at(annEar.id), bob.at(bobEar.id)]);
    await bobEar.hears();

    await bobEar.succeed("leave_room", roomId);
    const { activeUsers: still } = await annEar.succeed("get_active_users", roomId);
    assert.deepEqual(still, [ann.at(annEar.id), bob.at(second.id)]);
    await annEar.next("active_users");
    await annEar.says(roomId, "which of you hears me?");
    await second.next("receive_message");
    await bobEar.hears();
    await annEar.hears("receive_message");

    await second.succeed("leave_room", roomId);
    assert.deepEqual(await annEar.next("user_left"), bob.notice(roomId, 1));
    const { room: seen } = await bobEar.joins(roomId);
    assert.equal(seen.activeCount, 2);
    assert.deepEqual(await annEar.next("user_joined"), bob.notice(roomId, 2));
  });

  test("are counted once in the list as well", async () => {
    const { ann, bob, room, roomId } = await hall.talking();
    await bob.listener(roomId);
    await bob.listener(roomId, { way: "polling" });
    assert.equal((await ann.sees(room)).activeCount, 2);
  });

  test("all stop listening when the user leaves over REST", async () => {
    const { ann, bob, roomId, annEar, bobEar } = await hall.talking();
    const tabs = [bobEar, await bob.listener(roomId, { way: "polling" })];
    const idle = await bob.ear();
    await bob.delete(`/${roomId}/leave`);
    assert.deepEqual(await annEar.next("user_left"), bob.notice(roomId, 1));
    await ann.posts(roomId, "behind his back");
    await annEar.next("receive_message");
    for (const tab of [...tabs, idle]) await tab.hears();
    const { activeUsers } = await idle.succeed("get_active_users", roomId);
    assert.deepEqual(activeUsers, [ann.at(annEar.id)]);
    await bob.delete(`/${roomId}/leave`);
    await annEar.hears();

    const { room } = await tabs[1].joins(roomId);
    assert.deepEqual([room.isMember, room.memberCount, room.activeCount], [true, 2, 2]);
    await annEar.next("user_joined");
    await ann.posts(roomId, "welcome back");
    await tabs[1].next("receive_message");
    await tabs[0].hears();
  });
});

describe("one who is lost", () => {
  for (const [how, go] of [
    ["vanishes", (ear) => ear.vanish()],
    ["disconnects", (ear) => ear.leave()],
  ]) {
    test(`and ${how} is told to have left after ${GRACE_MS} ms, and not before`, async () => {
      const { bob, roomId, annEar, bobEar } = await hall.talking();
      await bobEar.held();
      const start = performance.now();
      go(bobEar);
      const { payload, tookMs } = await leftAfter(annEar, start);
      assert.deepEqual(payload, bob.notice(roomId, 1));
      assert.ok(tookMs >= GRACE_MS - SLACK_MS / 5, `after ${tookMs} ms`);
      assert.ok(tookMs <= GRACE_MS + SLACK_MS, `after ${tookMs} ms`);
    });
  }

  for (const way of ["websocket", "polling"]) {
    test(`and comes back over ${way} is not missed`, async () => {
      const { ann, bob, roomId, annEar, bobEar } = await hall.talking();
      const start = performance.now();
      let ear = bobEar;
      for (let n = 0; n < 3; n += 1) {
        ear.leave();
        const again = await bob.ear({ way });
        const { activeUsers, room } = await again.joins(roomId);
        assert.deepEqual(activeUsers.map(({ userId }) => userId).sort(), [ann.id, bob.id].sort());
        assert.equal(room.activeCount, 2);
        ear = again;
      }
      assert.ok(performance.now() - start < GRACE_MS, "the machine is too slow for this test");
      await annEar.says(roomId, "a reload, three times");
      await annEar.hears("receive_message");
    });
  }

  test("and goes for good later is told to have left once", async () => {
    const { bob, roomId, annEar, bobEar } = await hall.talking();
    bobEar.leave();
    const again = await bob.listener(roomId);
    await again.succeed("leave_room", roomId);
    assert.deepEqual(await annEar.next("user_left"), bob.notice(roomId, 1));
    const start = performance.now();
    await (await hall.person("Clock")).listener(roomId).then((ear) => ear.leave());
    await annEar.next("user_joined");
    // The grace of the first loss is over before that of the second.
    const { payload } = await until("Clock has left", () => {
      const last = annEar.log.at(-1);
      return last.name === "user_left" && last.at > start && last;
    });
    assert.notEqual(payload.userId, bob.id);
    await annEar.hears("user_left");
  });
});

describe("tokens that end", () => {
  test("end the listening: nothing is heard from then on", async () => {
    const { ann, bob, roomId, annEar, bobEar } = await hall.talking();
    const polling = await bob.listener(roomId, { way: "polling" });
    const { token: other } = await hall.rest.login(bob.user.username);
    const stays = await bob.listener(roomId, { auth: { token: other } });
    await hall.rest.succeed(200, "POST", "/api/auth/logout", { token: bob.token });
    for (const ear of [bobEar, polling]) {
      const { error } = await ear.next("chat_error");
      assertError(error, "unauthenticated", "the end");
      await until("the end", () => !ear.socket.connected);
    }
    const message = await ann.posts(roomId, "not for a void token");
    assert.deepEqual(await stays.next("receive_message"), message);
    assert.deepEqual(await annEar.next("receive_message"), message);
    for (const ear of [bobEar, polling]) assert.deepEqual(ear.messages(roomId), []);
    const { activeUsers } = await annEar.succeed("get_active_users", roomId);
    assert.deepEqual(activeUsers, [ann.at(annEar.id), bob.at(stays.id)]);
    await annEar.hears("active_users");
  });
});

test("a new name is shown from then on", async () => {
  const { bob, roomId, annEar, bobEar } = await hall.talking();
  await bobEar.succeed("leave_room", roomId);
  await annEar.next("user_left");
  const json = { displayName: "Robert" };
  await hall.rest.succeed(200, "PATCH", "/api/auth/me", { token: bob.token, json });
  await bobEar.joins(roomId);
  const { userName, userId } = await annEar.next("user_joined");
  assert.deepEqual([userName, userId], ["Robert", bob.id]);
  await bobEar.says(roomId, "it is still me");
  assert.equal((await annEar.next("receive_message")).senderName, "Robert");
});
