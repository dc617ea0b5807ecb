/**
 * What is unread, on every device of everybody, after very many things that happened in an order that a
 * seed chose: as a count from the stored messages has it. Each step is answered before the next begins.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { CONVERSATIONS, House } from "./src/direct/house.js";
import { Dice, SEED } from "./src/random.js";
import { QUICK } from "./src/rest.js";
import { Server } from "./src/server.js";
import { until } from "./src/wait.js";

const STEPS = 10_000;
/** Between two looks at what everybody was shown. */
const LOOK_EVERY = 500;
const PEOPLE = 3;
const DEVICES = 3;
/** Everybody with everybody. */
const PAIRS = [
  [0, 1],
  [0, 2],
  [1, 2],
];

/** How often each is chosen of a device that is there. */
const STEPS_OF_A_DEVICE = { says: 43, posts: 5, marks: 43, readsAll: 3, joins: 3, goes: 3 };

/**
 * @typedef {{last: number, read: number, unread: number}} Shown what a list shows of a conversation
 * @typedef {import("./src/direct/house.js").Person} Person
 * @typedef {import("./src/direct/house.js").Tab} Tab
 */

/** @returns {Shown} */
function shownBy(conversation) {
  return {
    last: conversation.last_message?.seq ?? 0,
    read: conversation.lastReadSeq,
    unread: conversation.unread_count,
  };
}

/** One device, which is there or away. */
class Device {
  /** @type {Tab | undefined} */
  tab;
  /** @type {Map<string, Shown>} */
  shown = new Map();
  /** @type {Map<string, Shown>} the same, as it was told alone, without what was read */
  heard = new Map();
  /** @type {Map<string, number>} how far the other one has read, as it was told */
  told = new Map();

  leave() {
    this.tab?.leave();
    this.tab = undefined;
    this.shown.clear();
    this.heard.clear();
    this.told.clear();
  }
}

/** A conversation, as the test knows it. */
class Pair {
  /** @type {number[]} who said each message */
  said = [];
  /** @type {[number, number]} up to where each of the two has read */
  marks = [0, 0];

  constructor(people, [first, second]) {
    this.sides = [first, second];
    this.id = `conv_${people[first].id}_${people[second].id}`;
  }

  get newest() {
    return this.said.length;
  }

  /** Counted from the messages: what somebody has not read of those up to one. */
  unread(who, read, last) {
    return this.said.filter((sender, at) => sender !== who && at + 1 > read && at + 1 <= last).length;
  }

  /** What somebody's list has to show when it is quiet. */
  expected(who) {
    const read = this.marks[this.sides.indexOf(who)];
    return { last: this.newest, read, unread: this.unread(who, read, this.newest) };
  }
}

class World {
  /** @type {Person[]} */
  people = [];
  /** @type {Pair[]} */
  pairs = [];
  dice = new Dice(SEED);
  /** Devices that came back: the transports in turn. */
  comings = 0;

  constructor(server) {
    this.house = new House("websocket");
    this.house.open(server);
    /** @type {Device[][]} each one's */
    this.devices = Array.from({ length: PEOPLE }, () =>
      Array.from({ length: DEVICES }, () => new Device()),
    );
  }

  async open() {
    for (let n = 0; n < PEOPLE; n += 1) this.people.push(await this.house.person("Pat"));
    this.pairs = PAIRS.map((sides) => new Pair(this.people, sides));
  }

  pairOf(id) {
    const pair = this.pairs.find((each) => each.id === id);
    assert.ok(pair, `whose is ${id}?`);
    return pair;
  }

  /** Every device, with whose it is. */
  get all() {
    return this.devices.flatMap((own, who) => own.map((device) => ({ who, device })));
  }

  async step() {
    const { who, device } = this.dice.pick(this.all);
    if (!device.tab) {
      // Away: mostly for a while longer.
      if (this.dice.below(10) === 0) await this.comes(who, device);
      return;
    }
    const pair = this.dice.pick(this.pairs.filter(({ sides }) => sides.includes(who)));
    await this[this.dice.weighted(STEPS_OF_A_DEVICE)](who, device, pair);
  }

  async says(who, { tab }, pair) {
    const answer = await tab.succeed("send_message", {
      conversationId: pair.id,
      messageText: "x",
      clientId: `k${pair.newest}`,
    });
    pair.said.push(who);
    assert.equal(answer.message.seq, pair.newest);
  }

  async posts(who, _device, pair) {
    const clientId = `k${pair.newest}`;
    const { message } = await this.people[who].posts(pair.id, "x", { clientId });
    pair.said.push(who);
    assert.equal(message.seq, pair.newest);
  }

  /** Anywhere: behind the mark, before it, beyond the last message. */
  async marks(who, { tab }, pair) {
    const side = pair.sides.indexOf(who);
    const mark = pair.marks[side];
    const near = Math.max(0, mark - 3) + this.dice.below(8);
    const seq = this.dice.below(8) > 0 ? near : undefined;
    pair.marks[side] = Math.max(mark, Math.min(seq ?? pair.newest, pair.newest));
    const answer = await tab.succeed("mark_read", { conversationId: pair.id, seq });
    const expected = { lastReadSeq: pair.marks[side], updated: pair.marks[side] > mark };
    assert.deepEqual({ lastReadSeq: answer.lastReadSeq, updated: answer.updated }, expected);
  }

  async readsAll(who, _device, pair) {
    const side = pair.sides.indexOf(who);
    const updated = pair.marks[side] < pair.newest;
    pair.marks[side] = pair.newest;
    const answer = await this.people[who].call(200, "PUT", `${CONVERSATIONS}/${pair.id}/read`);
    assert.deepEqual(answer, { updated, lastReadSeq: pair.newest });
  }

  async joins(_who, { tab }, pair) {
    await tab.succeed("join_conversation", pair.id);
  }

  async goes(who, device) {
    this.hear(who, device);
    device.leave();
  }

  /** A device comes back: it catches up, and reads its list. */
  async comes(who, device) {
    const way = this.comings % 2 === 0 ? "websocket" : "polling";
    this.comings += 1;
    this.house.tabs.length = 0;
    const tab = await this.people[who].tab(undefined, { way });
    const own = this.pairs.filter(({ sides }) => sides.includes(who));
    const cursors = Object.fromEntries(own.map(({ id, newest }) => [id, newest]));
    const { conversations } = await tab.succeed("sync", { cursors });
    for (const { conversationId, lastReadSeq, otherLastReadSeq } of conversations) {
      const pair = this.pairOf(conversationId);
      const side = pair.sides.indexOf(who);
      assert.deepEqual([lastReadSeq, otherLastReadSeq], [pair.marks[side], pair.marks[1 - side]]);
    }
    device.tab = tab;
    device.shown = await this.list(who);
  }

  /** @returns {Promise<Map<string, Shown>>} */
  async list(who) {
    const conversations = await this.people[who].lists();
    return new Map(conversations.map((each) => [each.conversation_id, shownBy(each)]));
  }

  /**
   * Takes what a device has heard: each count is right for what it is a count of, no message is left
   * out, and nothing is behind what was heard before. It may be behind the list, which a device reads
   * when it comes: messages are told also to whoever has seen later ones there. The last one is told
   * last: see `look`.
   */
  hear(who, device) {
    for (const { name, payload } of device.tab?.heardSoFar.splice(0) ?? []) {
      if (name === "conversation_updated") {
        const pair = this.pairOf(payload.conversation.conversation_id);
        const now = shownBy(payload.conversation);
        assert.equal(now.unread, pair.unread(who, now.read, now.last), JSON.stringify(payload));
        device.shown.set(pair.id, now);
        const before = device.heard.get(pair.id);
        const isNext = !before || [before.last, before.last + 1].includes(now.last);
        const what = `${JSON.stringify(before)}: ${JSON.stringify(payload)}`;
        assert.ok(isNext && (before?.read ?? 0) <= now.read, what);
        device.heard.set(pair.id, now);
      } else if (name === "message_read") {
        const { conversationId, readerId, lastReadSeq } = payload;
        assert.notEqual(readerId, this.people[who].id, "of the other one");
        assert.ok((device.told.get(conversationId) ?? 0) < lastReadSeq, JSON.stringify(payload));
        device.told.set(conversationId, lastReadSeq);
      }
    }
  }

  isRight(who, device) {
    this.hear(who, device);
    return this.pairs
      .filter(({ sides }) => sides.includes(who))
      .every((pair) => {
        const shown = device.shown.get(pair.id) ?? { last: 0, read: 0, unread: 0 };
        const expected = pair.expected(who);
        return Object.keys(expected).every((key) => expected[key] === shown[key]);
      });
  }

  /** Waits until every device that is there shows what it has to. */
  async look() {
    for (const { who, device } of this.all) {
      if (device.tab) await until(`a right list of ${who}`, () => this.isRight(who, device));
    }
  }
}

/** @type {Server} */
let server;
before(async () => {
  // Each step waits for its answer: a pause between commits would only make it slow.
  server = await Server.start({ ...QUICK, STORE_COMMIT_PAUSE_MS: 0 });
});
after(() => server?.stop());

test(`what is unread is what a recount gives after ${STEPS} steps of many devices`, async (t) => {
  t.diagnostic(`PARLOUR_TEST_SEED=${SEED}`);
  const world = new World(server);
  await world.open();
  try {
    for (let step = 1; step <= STEPS; step += 1) {
      await world.step();
      if (step % LOOK_EVERY === 0) await world.look();
    }
    for (const { who, device } of world.all) if (!device.tab) await world.comes(who, device);
    await world.look();
    const messages = world.pairs.reduce((sum, { newest }) => sum + newest, 0);
    assert.ok(messages > STEPS / 10, `${messages} messages`);
    for (let who = 0; who < PEOPLE; who += 1) {
      const own = world.pairs.filter(({ sides }) => sides.includes(who));
      const expected = own.map((pair) => [pair.id, pair.expected(who)]);
      assert.deepEqual(await world.list(who), new Map(expected));
    }
  } finally {
    for (const { device } of world.all) device.leave();
  }
});
