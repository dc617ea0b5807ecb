/**
 * People who go without a goodbye while they write: the other one is told in time that they write no
 * more, and that they are gone; but not of a reload, however the old page ended.
 */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { after, afterEach, before, describe, test } from "node:test";

import { Child } from "./src/child.js";
import { House } from "./src/direct/house.js";
import { Network } from "./src/network.js";
import { QUICK } from "./src/rest.js";
import { Server } from "./src/server.js";
import { until } from "./src/wait.js";

const WAYS = /** @type {const} */ (["websocket", "polling", "upgrade"]);
/** How long somebody is online whose last socket has gone, in milliseconds. */
const GRACE_MS = 500;
const PING_INTERVAL_MS = 600;
const PING_TIMEOUT_MS = 1_000;
/** How long a `typing` holds: longer than it takes to be noticed as gone. */
const TYPING_MS = 2_500;
/** The server rounds a pong's deadline down to its own tick, a twentieth of the shortest duration. */
const TICK_MS = PING_INTERVAL_MS / 20;
/** What a busy machine may add. */
const SLACK_MS = 1_500;
/** Connections to nobody are kept no longer. */
const IDLE_MS = 1_000;

const house = new House("websocket");
/** @type {Network | undefined} */
let network;
/** @type {Child[]} */
let children = [];

before(async () => {
  network = await Network.lay();
  const settings = {
    ...QUICK,
    LISTEN: `${network.address}:0`,
    PING_INTERVAL_MS,
    PING_TIMEOUT_MS,
    HEADER_TIMEOUT_MS: IDLE_MS,
    CONVERSATIONS_GRACE_MS: GRACE_MS,
    CONVERSATIONS_TYPING_MS: TYPING_MS,
  };
  house.open(await Server.start(settings));
});
afterEach(async () => {
  await network?.mend();
  for (const child of children.splice(0)) await child.destroy();
  await house.clear();
});
after(async () => {
  await house.server?.stop();
  network?.remove();
});

/**
 * Ann, who is here, and for each way somebody in a process of their own who writes to her; she has
 * heard that. `wrapper` says where they are.
 */
async function writers(wrapper) {
  const ann = await house.person("Ann");
  const tab = await ann.tab();
  const others = await Promise.all(
    WAYS.map(async (way) => {
      const person = await house.person(`Over ${way}`);
      const id = `conv_${ann.id}_${person.id}`;
      await person.opens(ann);
      await tab.succeed("join_conversation", id);
      const child = await Child.seated(house.server.url, way, wrapper, [person.token, id]);
      children.push(child);
      return { way, person, id, child };
    }),
  );
  await tab.gets(...WAYS.flatMap(() => ["typing", "user_online"]));
  return { ann, tab, others };
}

/** When each event came that Ann hears from now on, by event and person: `NAME ID`. */
async function whenHeard(tab, expected, deadlineMs) {
  /** @type {Map<string, number>} */
  const at = new Map();
  await until(`${expected}`, () => {
    for (const { name, payload } of tab.heardSoFar.splice(0)) {
      const key = `${name} ${payload.userId}`;
      assert.ok(expected.includes(key) && !at.has(key), `${key} was heard`);
      at.set(key, performance.now());
    }
    return at.size === expected.length;
  }, deadlineMs);
  return at;
}

/** All that is to be heard of those who go. */
const going = (others) =>
  others.flatMap(({ person }) => [`stop_typing ${person.id}`, `user_offline ${person.id}`]);

/** How many were missed by the heartbeat. */
const missed = async () =>
  (await house.server.metrics())['parlour_sessions_closed_total{reason="ping timeout"}'];

test("a killed tab writes no more at once, and is gone after the grace", async () => {
  const { tab, others } = await writers([]);
  const start = performance.now();
  for (const { child } of others) child.signal("SIGKILL");
  const at = await whenHeard(tab, going(others), GRACE_MS + SLACK_MS);
  for (const { way, person } of others) {
    const stopped = at.get(`stop_typing ${person.id}`) - start;
    const gone = at.get(`user_offline ${person.id}`) - start;
    assert.ok(stopped < SLACK_MS && stopped < gone, `${way}: writing ended after ${stopped} ms`);
    assert.ok(gone >= GRACE_MS * 0.9, `${way}: gone after ${gone} ms already`);
  }
  await tab.getsNothing();
});

for (const [what, end] of /** @type {const} */ ([
  ["whose packets are lost", () => network.cut()],
  ["that is stopped", () => children.forEach((child) => child.signal("SIGSTOP"))],
])) {
  test(`a tab ${what} is missed, and gone after the grace`, async () => {
    const { tab, others } = await writers(network.wrapper);
    await Promise.all(others.map(({ child }) => child.answersPing()));
    const before = await missed();
    const start = performance.now();
    await end();
    const latestMs = PING_INTERVAL_MS + PING_TIMEOUT_MS + GRACE_MS + SLACK_MS;
    const at = await whenHeard(tab, going(others), latestMs);
    for (const { way, person } of others) {
      const stopped = at.get(`stop_typing ${person.id}`) - start;
      const gone = at.get(`user_offline ${person.id}`) - start;
      // Each had answered a ping a moment ago: at most one interval has passed since.
      assert.ok(gone >= PING_TIMEOUT_MS - TICK_MS + GRACE_MS * 0.9, `${way}: gone after ${gone} ms`);
      const noticed = PING_INTERVAL_MS + PING_TIMEOUT_MS;
      assert.ok(stopped <= Math.min(noticed, TYPING_MS) + SLACK_MS, `${way}: writing, ${stopped} ms`);
      assert.ok(stopped < gone, `${way}: ${stopped} and ${gone} ms`);
    }
    assert.equal(await missed(), before + others.length);
  });
}

describe("a reload is not seen by the other one", () => {
  /** Somebody's end, whose grace began later than that of whoever reloads: it is over later, too. */
  async function later(ann, tab) {
    const cy = await house.person("Cy");
    await cy.opens(ann);
    const cys = await cy.tab();
    const [online] = await tab.gets("user_online");
    assert.equal(online.userId, cy.id);
    cys.leave();
    const [offline] = await tab.gets("user_offline");
    assert.equal(offline.userId, cy.id, "nobody else has gone");
  }

  for (const way of WAYS) {
    test(`whose old page was cut off, over ${way}`, async () => {
      const ann = await house.person("Ann");
      const bob = await house.person("Bob");
      await bob.opens(ann);
      const tab = await ann.tab();
      const id = `conv_${ann.id}_${bob.id}`;
      let page = await bob.tab(id, { way });
      await tab.gets("user_online");
      for (let reloads = 0; reloads < 3; reloads += 1) {
        await page.held();
        page.vanish();
        page = await bob.tab(id, { way });
      }
      await later(ann, tab);
      await tab.getsNothing();
    });
  }

  test("whose old page the server has still to miss", async () => {
    const ann = await house.person("Ann");
    const tab = await ann.tab();
    const bob = await house.person("Bob");
    const id = `conv_${ann.id}_${bob.id}`;
    await bob.opens(ann);
    await tab.succeed("join_conversation", id);
    const child = await Child.seated(house.server.url, "websocket", network.wrapper, [bob.token, id]);
    children.push(child);
    await tab.gets("typing", "user_online");
    const before = await missed();
    await network.cut();
    await bob.tab(id);
    await tab.gets("stop_typing");
    await until("the old page is missed", async () => (await missed()) > before);
    await later(ann, tab);
    await tab.getsNothing();
  });
});
