/**
 * How much one may do in public rooms, and which bounds stay when the rates are lifted.
 */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { after, afterEach, before, describe, test } from "node:test";

import { assertError } from "./src/peer.js";
import { QUICK } from "./src/rest.js";
import { Hall } from "./src/rooms/hall.js";
import { Server } from "./src/server.js";
import { until } from "./src/wait.js";

const HOUR_MS = 3_600_000;
const ROOMS_PER_HOUR = 10;
const BURST = 30;
const PER_SECOND = 10;
const MOST_JOINED = 500;
const MOST_CURSORS = 200;
/** Calls of `sync` with as many cursors as one takes: 20,000 at once, each call being 50 more. */
const SYNCS = 80;

describe("with rates", () => {
  const hall = new Hall(undefined);
  before(async () => hall.open(await Server.start({ ...QUICK, LIMITS_ENABLED: true })));
  afterEach(() => hall.clear());
  after(() => hall.server?.stop());

  test(`an account makes ${ROOMS_PER_HOUR} rooms an hour`, async () => {
    const [ann, bob] = [await hall.person(), await hall.person("Bob")];
    for (let n = 0; n < 5; n += 1) await ann.refused("invalid_payload", "POST", "", { name: "" });
    for (let n = 0; n < ROOMS_PER_HOUR; n += 1) await ann.makes(`${n}`);
    for (let n = 0; n < 2; n += 1) {
      const { headers, body } = await ann.refused("rate_limited", "POST", "", { name: "one more" });
      const { retryAfterMs } = body.error;
      assert.ok(retryAfterMs > 0 && retryAfterMs <= HOUR_MS / ROOMS_PER_HOUR, `${retryAfterMs}`);
      assert.equal(headers["retry-after"], String(Math.ceil(retryAfterMs / 1_000)));
    }
    await bob.makes("each has its own");
    assert.equal((await ann.get("?query=one%20more")).rooms.length, 0);
  });

  /** What refills while a test runs, and one for luck. */
  const refilled = (start) => Math.ceil(((performance.now() - start) / 1_000) * PER_SECOND) + 1;

  test(`an account sends ${BURST} messages at once, over all its sockets and REST`, async () => {
    const { ann, roomId, annEar, bobEar } = await hall.talking();
    const tabs = [annEar, await ann.ear(), await ann.ear({ way: "polling" })];
    const start = performance.now();
    const send = { roomId, content: "hi" };
    const bySocket = Array.from({ length: 45 }, (_, n) => tabs[n % 3].ask("send_message", send));
    const path = `/api/chat/rooms/${roomId}/messages`;
    const byRest = Array.from({ length: 15 }, () =>
      hall.rest.call("POST", path, { token: ann.token, json: { content: "hi" } }),
    );
    const failures = [
      ...(await Promise.all(bySocket)).map(({ error }) => error),
      ...(await Promise.all(byRest)).map(({ body }) => body.error),
    ].filter((error) => error !== undefined);
    for (const error of failures) {
      assertError(error, "rate_limited", "too many");
      assert.ok(error.retryAfterMs <= 10_000, JSON.stringify(error));
    }
    const most = BURST + refilled(start);
    const let_in = 60 - failures.length;
    assert.ok(let_in >= BURST && let_in <= most, `${let_in} of 60, at most ${most}`);
    await bobEar.hearsMessages(roomId, let_in);
    await bobEar.says(roomId, "each has its own");
  });

  test("an account that syncs in a loop is refused, over all its sockets, until it has waited", async () => {
    const ann = await hall.person();
    const ears = [await ann.ear(), await ann.ear({ way: "polling" })];
    const cursors = Object.fromEntries(Array.from({ length: MOST_CURSORS }, (_, n) => [`room_${n}`, 0]));
    let calls = 0;
    let refusal;
    while (refusal === undefined && calls < 2 * SYNCS) {
      ({ error: refusal } = await ears[calls % 2].ask("sync", { cursors }));
      calls += 1;
    }
    assertError(refusal, "rate_limited", `call ${calls}`);
    assert.ok(calls > SYNCS, `${calls} calls`);
    assert.ok(refusal.retryAfterMs > 0 && refusal.retryAfterMs <= 500, JSON.stringify(refusal));
    const isLetIn = async () => (await ears[0].ask("sync", { cursors })).success;
    await until("it is let in again", isLetIn);
  });

  test("what is refused is stored nowhere, and said as a chat_error without a callback", async () => {
    const { bob, roomId, annEar, bobEar } = await hall.talking();
    for (let n = 0; n < 60; n += 1) {
      annEar.tell("send_message", { roomId, content: `${n}`, clientId: `c${n}` });
    }
    await annEar.status();
    const refused = annEar.log.filter(({ name }) => name === "chat_error");
    assert.ok(refused.length > 0 && refused.length <= 30, `${refused.length} of 60`);
    for (const { payload } of refused) {
      assert.deepEqual([payload.event, payload.roomId], ["send_message", roomId]);
      assertError(payload.error, "rate_limited", "too many");
    }
    const lost = new Set(refused.map(({ payload }) => payload.clientId));
    assert.equal(lost.size, refused.length);
    const heard = await bobEar.hearsMessages(roomId, 60 - lost.size);
    assert.ok(heard.every(({ clientId }) => !lost.has(clientId)));
    assert.equal((await bob.reads(roomId)).length, 60 - lost.size);
  });
});

describe("without rates", () => {
  const hall = new Hall(undefined);
  before(async () => hall.open(await Server.start(QUICK)));
  afterEach(() => hall.clear());
  after(() => hall.server?.stop());

  test("rooms and messages are as many as one likes, and sizes stay", async () => {
    const { ann, roomId, annEar, bobEar } = await hall.talking();
    for (let n = 0; n < 2 * ROOMS_PER_HOUR; n += 1) await ann.makes();
    await Promise.all(Array.from({ length: 200 }, (_, n) => annEar.says(roomId, `${n}`)));
    assert.equal((await bobEar.hearsMessages(roomId, 200)).length, 200);
    await annEar.refused("too_large", "send_message", { roomId, content: "x".repeat(4_001) });
  });

  test(`a socket listens to ${MOST_JOINED} rooms at a time, each socket to its own`, async () => {
    const [ann, bob] = [await hall.person(), await hall.person("Bob")];
    const made = Array.from({ length: MOST_JOINED + 1 }, (_, n) => ann.makes(`Many ${n}`));
    const ids = (await Promise.all(made)).map(({ _id }) => _id);
    const last = ids[MOST_JOINED];
    const ear = await bob.ear();
    // Some at once: a slow disk takes its time for each.
    for (let from = 0; from < MOST_JOINED; from += 50) {
      await Promise.all(ids.slice(from, from + 50).map((id) => ear.joins(id)));
    }
    const answer = await ear.ask("join_room", last);
    assert.equal(answer.success, false, "one too many");
    assert.match(answer.error.message, /^\S.*500.*[.!]$/, "the sentence says how many");
    await ear.joins(ids[0]);
    await ann.posts(last, "unheard");
    const heard = await ann.posts(ids[MOST_JOINED - 1], "heard");
    assert.deepEqual(await ear.next("receive_message"), heard);
    const second = await bob.ear();
    await second.joins(last);
    await ear.succeed("leave_room", ids[0]);
    await ear.joins(last);
    await ann.posts(last, "heard now");
    for (const each of [ear, second]) await each.next("receive_message");
  });
});
