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

/** How long one who was lost counts as present, in milliseconds: as it is shipped, and made short. */
const GRACE_MS = 5_000;
const SHORT_GRACE_MS = 600;
/** One who is cut off between two polls is missed by the heartbeat only, in milliseconds. */
const HEARTBEAT = { PING_INTERVAL_MS: 1_000, PING_TIMEOUT_MS: 2_000 };
const MISSED_MS = HEARTBEAT.PING_INTERVAL_MS + HEARTBEAT.PING_TIMEOUT_MS;
/** What a timer of the server and a busy machine may add. */
const SLACK_MS = 1_000;
/** What two processes may disagree about, in milliseconds. */
const EARLY_MS = 50;

const hall = new Hall(undefined);
before(async () => hall.open(await Server.start(QUICK)));
afterEach(() => hall.clear());
after(() => hall.server?.stop());

/** Bob goes without a word, and Ann is told after the grace, and not before. */
async function assertMissed({ bob, roomId, annEar, bobEar }, graceMs, go, slackMs = SLACK_MS) {
  await bobEar.held();
  const start = performance.now();
  go(bobEar);
  assert.deepEqual(await annEar.next("user_left"), bob.notice(roomId, 1));
  const tookMs = performance.now() - start;
  assert.ok(tookMs >= graceMs - EARLY_MS, `after ${tookMs} ms`);
  assert.ok(tookMs <= graceMs + slackMs, `after ${tookMs} ms`);
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
  test(`is told to have left after ${GRACE_MS} ms, and not before`, async () => {
    const scene = await hall.talking();
    await assertMissed(scene, GRACE_MS, (ear) => ear.vanish());
  });

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
});

describe("with a short grace", () => {
  const brief = new Hall(undefined);
  before(async () => {
    const settings = { ...HEARTBEAT, CONVERSATIONS_GRACE_MS: SHORT_GRACE_MS };
    brief.open(await Server.start({ ...QUICK, ...settings }));
  });
  afterEach(() => brief.clear());
  after(() => brief.server?.stop());

  for (const [how, go] of [
    ["vanishes", (ear) => ear.vanish()],
    ["disconnects", (ear) => ear.leave()],
  ]) {
    for (const way of /** @type {const} */ (["websocket", "polling"])) {
      test(`one who ${how} over ${way} is told to have left after it`, async () => {
        brief.way = way;
        await assertMissed(await brief.talking(), SHORT_GRACE_MS, go, SLACK_MS + MISSED_MS);
      });
    }
  }

  test("one who comes back, and goes for good later, is told to have left once", async () => {
    const { ann, bob, roomId, annEar, bobEar } = await brief.talking();
    bobEar.leave();
    const again = await bob.listener(roomId);
    await again.succeed("leave_room", roomId);
    assert.deepEqual(await annEar.next("user_left"), bob.notice(roomId, 1));
    // The grace of the first loss is over before that of the second.
    const clock = await brief.person("Clock");
    const ear = await clock.listener(roomId);
    assert.deepEqual(await annEar.next("user_joined"), clock.notice(roomId, 2));
    ear.leave();
    assert.deepEqual(await annEar.next("user_left"), clock.notice(roomId, 1));
    await annEar.hears();
    const { activeUsers } = await annEar.succeed("get_active_users", roomId);
    assert.deepEqual(activeUsers, [ann.at(annEar.id)]);
  });

  test("of two tabs that are lost the last one counts", async () => {
    const { bob, roomId, annEar, bobEar } = await brief.talking();
    const second = await bob.listener(roomId);
    bobEar.leave();
    const clock = await brief.person("Clock");
    const ear = await clock.listener(roomId);
    await annEar.next("user_joined");
    ear.leave();
    assert.deepEqual(await annEar.next("user_left"), clock.notice(roomId, 2));
    const { activeUsers } = await annEar.succeed("get_active_users", roomId);
    assert.deepEqual(activeUsers[1], bob.at(second.id));
    await annEar.next("active_users");
    await assertMissed({ bob, roomId, annEar, bobEar: second }, SHORT_GRACE_MS, (tab) => tab.leave());
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

test("a new name is soon shown", async () => {
  const { bob, roomId, annEar, bobEar } = await hall.talking();
  const json = { displayName: "Robert" };
  await hall.rest.succeed(200, "PATCH", "/api/auth/me", { token: bob.token, json });
  await until("the new name", async () => {
    const { senderName } = await bobEar.says(roomId, "who am I?");
    assert.equal((await annEar.next("receive_message")).senderName, senderName);
    return senderName === "Robert";
  });
  await bobEar.succeed("leave_room", roomId);
  const left = await annEar.next("user_left");
  assert.deepEqual(left, { ...bob.notice(roomId, 1), userName: "Robert" });
  const { activeUsers } = await bobEar.joins(roomId);
  assert.equal(activeUsers.at(-1).userName, "Robert");
  assert.equal((await annEar.next("user_joined")).userName, "Robert");
});
