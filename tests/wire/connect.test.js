/**
 * Who is let in, and how often who may do what.
 */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { after, afterEach, before, describe, test } from "node:test";

import { assertError, WAYS } from "./src/peer.js";
import { refusal } from "./src/refusal.js";
import { Server } from "./src/server.js";
import { Stage } from "./src/stage.js";
import { until } from "./src/wait.js";

/** A server of one's own for each of these tests. */
function onServer(name, settings, body) {
  describe(name, () => {
    const stage = new Stage(undefined, "websocket");
    before(async () => {
      stage.server = await Server.start(settings);
    });
    afterEach(() => stage.clear());
    after(() => stage.server?.stop());
    body(stage);
  });
}

const MESSAGE_BURST = 30;
const MESSAGES_PER_MS = 10 / 1_000;
const STARTS_BURST = 20;
const OTHERS_BURST = 200;
const OTHERS_PER_MS = 50 / 1_000;

/**
 * Emits far more than the rate allows, in one go.
 * @returns the refusals; so many as `burst`, and what has come back meanwhile, were accepted
 */
async function overdo(peer, times, { burst, perMs }, ...event) {
  const start = performance.now();
  const answers = await Promise.all(Array.from({ length: times }, () => peer.ask(...event)));
  const elapsedMs = performance.now() - start;
  const refused = answers.filter(({ success, error }) => !success && error.code === "rate_limited");
  const accepted = times - refused.length;
  const most = burst + Math.ceil(elapsedMs * perMs) + 1;
  assert.ok(accepted >= burst && accepted <= most, `${accepted} of ${times} ${event[0]} accepted`);
  for (const { error } of refused) {
    assertError(error, "rate_limited", event[0]);
    assert.ok(error.retryAfterMs >= 1, JSON.stringify(error));
  }
  return refused.map(({ error }) => error);
}

onServer("tokens", {}, (stage) => {
  for (const way of Object.keys(WAYS)) {
    test(`whoever brings a token is refused over ${way}`, async () => {
      for (const token of [null, "", "x", "a.b.c", 7, {}, []]) {
        const error = await refusal(stage.server.url, { way, auth: { token } });
        assert.equal(error.message, "unauthenticated", JSON.stringify(token));
        assertError(error.data, "unauthenticated", "connect_error");
      }
      const extraHeaders = { authorization: "Bearer x" };
      const error = await refusal(stage.server.url, { way, extraHeaders });
      assert.equal(error.message, "unauthenticated");
      assertError(error.data, "unauthenticated", "connect_error");
    });

    test(`a site behind HTTP basic authentication works over ${way}`, async () => {
      const extraHeaders = { authorization: "Basic YW5uOng=" };
      const peer = await stage.join({ way, extraHeaders });
      assert.equal((await peer.status()).status, "empty");
    });

    test(`whoever brings none is let in over ${way}`, async () => {
      for (const auth of [undefined, {}, { other: 1 }, { tokens: "x" }]) {
        const peer = await stage.join({ way, auth });
        assert.equal((await peer.status()).status, "empty");
      }
    });
  }

  test("there is one namespace", async () => {
    const error = await refusal(`${stage.server.url}/admin`, {});
    assert.equal(error.message, "Invalid namespace");
  });
});

onServer("rates", {}, (stage) => {
  test("messages: 30 at once, then 10 a second", async () => {
    const { ann, bob } = await stage.talking();
    const rate = { burst: MESSAGE_BURST, perMs: MESSAGES_PER_MS };
    const refused = await overdo(ann, 60, rate, "send_message", "hi");
    assert.ok(refused.at(-1).retryAfterMs <= 100, "the next one is at most a tenth of a second away");
    const heard = await bob.heard();
    assert.equal(heard.length, 60 - refused.length, "a refused line reaches nobody");
    await until("a line that is accepted", async () => (await ann.ask("send_message", "x")).success);
    await bob.succeed("send_message", "each has a rate of their own");
  });

  test("a refusal without a callback is a chat_error with the time to wait", async () => {
    const { ann } = await stage.talking();
    for (let n = 0; n < 60; n += 1) ann.tell("send_message", { text: "hi", clientId: n });
    const failures = (await ann.heard()).filter(({ name }) => name === "chat_error");
    const { event, clientId, error } = failures.at(-1).payload;
    assert.deepEqual([event, clientId], ["send_message", 59]);
    assertError(error, "rate_limited", event);
    assert.ok(error.retryAfterMs > 0);
  });

  test("pair starts: 20 a minute, start_chat and new_chat together", async () => {
    const ann = await stage.join();
    await ann.succeed("start_chat");
    const rate = { burst: STARTS_BURST - 1, perMs: STARTS_BURST / 60_000 };
    const refused = await overdo(ann, 40, rate, "new_chat");
    assert.ok(refused.at(-1).retryAfterMs <= 3_000);
    await ann.refused("rate_limited", "start_chat");
    await ann.succeed("leave_chat");
  });

  test("everything else: 200 at once, then 50 a second; unknown events as well", async () => {
    const rate = { burst: OTHERS_BURST, perMs: OTHERS_PER_MS };
    for (const event of ["get_room_status", "leave_chat", "report_partner", "sync", "dance"]) {
      await overdo(await stage.join(), 400, rate, event, {});
    }
  });

  test("typing is never refused", async () => {
    const { ann, bob } = await stage.talking();
    const asks = Array.from({ length: 1_000 }, (_, n) => ann.ask(n % 2 ? "typing" : "stop_typing"));
    const answers = await Promise.all(asks);
    assert.ok(answers.every(({ success }) => success));
    assert.ok((await bob.heard()).length <= 4, "at most one notice of each in two seconds");
  });
});

onServer("addresses", {}, (stage) => {
  test("an address holds 200 sockets, and another one its own", async () => {
    const ways = Object.keys(WAYS);
    const join = (n) => stage.join({ way: n % 20 === 0 ? "polling" : "websocket" });
    for (let n = 0; n < 200; n += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, at) => join(n + at)));
    }
    for (const way of ways) {
      const error = await refusal(stage.server.url, { way });
      assert.equal(error.message, "rate_limited", way);
      assertError(error.data, "rate_limited", "connect_error");
    }
    const elsewhere = await stage.join({ localAddress: "127.0.0.2" });
    await elsewhere.succeed("start_chat");
    const metrics = await stage.server.metrics();
    assert.equal(metrics.parlour_address_permits, 201);
    assert.equal(metrics.parlour_addresses, 2);
    stage.peers[1].leave();
    const left = async () => (await stage.server.metrics()).parlour_address_permits === 200;
    await until("a place that is free", left);
    await stage.join();
    assert.equal((await refusal(stage.server.url, {})).message, "rate_limited");
  });
});

onServer("proxies", { TRUSTED_PROXIES: "127.0.0.2", SOCKETS_PER_ADDRESS: 2 }, (stage) => {
  const from = (localAddress, forwarded) => ({
    localAddress,
    extraHeaders: { "x-forwarded-for": forwarded },
  });

  test("behind a trusted proxy the client's own address counts", async () => {
    const trusted = "127.0.0.2";
    await stage.join(from(trusted, "192.0.2.1"));
    await stage.join(from(trusted, "203.0.113.9, 192.0.2.1"));
    const error = await refusal(stage.server.url, from(trusted, "1.1.1.1, 192.0.2.1"));
    assert.equal(error.message, "rate_limited");
    await stage.join(from(trusted, "192.0.2.2"));
    await stage.join(from(trusted, "2001:db8:1:1::1"));
    await stage.join(from(trusted, "2001:db8:1:1::2"));
    const same = await refusal(stage.server.url, from(trusted, "2001:db8:1:1:ffff::3"));
    assert.equal(same.message, "rate_limited", "one IPv6 /64 is one address");
    await stage.join(from(trusted, "2001:db8:1:2::1"));
  });

  test("nobody else can claim to be somebody else", async () => {
    await stage.join(from("127.0.0.1", "192.0.2.1"));
    await stage.join(from("127.0.0.1", "192.0.2.2"));
    const error = await refusal(stage.server.url, from("127.0.0.1", "192.0.2.3"));
    assert.equal(error.message, "rate_limited");
  });
});
