/**
 * Two people with several sockets each, and a third who has nothing to do with them.
 */
import assert from "node:assert/strict";

import { Peer } from "../peer.js";
import { PASSWORD, Rest } from "../rest.js";
import { until } from "../wait.js";

/** Where direct conversations are. */
export const CONVERSATIONS = "/api/messages/conversations";

/** A socket: everything that it hears but answers, in order. */
export class Tab extends Peer {
  /** @type {{name: string, payload: any}[]} */
  heardSoFar = [];

  /**
   * @param {string} url
   * @param {ConstructorParameters<typeof Peer>[1]} options
   */
  constructor(url, options) {
    super(url, {
      ...options,
      hear: (name, payload) => {
        if (name !== "ack") this.heardSoFar.push({ name, payload });
      },
    });
  }

  /** Waits for the next events, which are these, in any order; their payloads in the order given. */
  async gets(...names) {
    await until(`${names} for ${this.id}`, () => this.heardSoFar.length >= names.length).catch(
      (error) => {
        const heard = this.heardSoFar.map(({ name }) => name);
        throw new Error(`${error.message}; there are ${heard}`);
      },
    );
    const next = this.heardSoFar.splice(0, names.length);
    assert.deepEqual(next.map(({ name }) => name).sort(), [...names].sort());
    return names.map((name) => {
      const at = next.findIndex((entry) => entry.name === name);
      return next.splice(at, 1)[0].payload;
    });
  }

  /** Nothing more has come: an answer comes behind whatever was queued. */
  async getsNothing() {
    await this.status();
    assert.deepEqual(this.heardSoFar, []);
  }
}

/** Somebody with an account. */
export class Person {
  /**
   * @param {House} house
   * @param {{token: string, user: any}} self
   */
  constructor(house, { token, user }) {
    Object.assign(this, { house, token, user });
    /** @type {string} */
    this.id = user.id;
  }

  /** A socket; `joins` is a conversation that it listens to. */
  async tab(joins, options = {}) {
    const { house } = this;
    const tab = new Tab(house.server.url, {
      way: house.way,
      auth: { token: this.token },
      ...options,
    });
    house.tabs.push(tab);
    await tab.connected();
    if (joins) await tab.succeed("join_conversation", joins);
    return tab;
  }

  /** @param {number} status */
  call(status, method, path, json) {
    return this.house.rest.succeed(status, method, path, { token: this.token, json });
  }

  /** Sends over HTTP; the answer. */
  posts(conversationId, messageText, more = {}) {
    const json = { conversationId, messageText, ...more };
    return this.call(201, "POST", "/api/messages/send", json);
  }

  opens(other) {
    return this.call(200, "POST", CONVERSATIONS, { userId: other.id });
  }

  async lists() {
    return (await this.call(200, "GET", CONVERSATIONS)).conversations;
  }

  blocks(other, method = "POST") {
    return this.call(200, method, `/api/users/${other.id}/block`);
  }
}

/** See above. */
export class House {
  /** @type {Tab[]} */
  tabs = [];
  #people = 0;

  /** @param {keyof typeof import("../peer.js").WAYS} way */
  constructor(way) {
    this.way = way;
  }

  /** @param {import("../server.js").Server} server */
  open(server) {
    this.server = server;
    this.rest = new Rest(server);
  }

  async person(name) {
    this.#people += 1;
    const account = await this.rest.register(`${name} ${this.#people}`, PASSWORD);
    return new Person(this, account);
  }

  async guest() {
    this.#people += 1;
    return new Person(this, await this.rest.guest(`Gus ${this.#people}`));
  }

  /** Ann, Bob, and the id of their conversation. */
  async two() {
    const [ann, bob] = [await this.person("Ann"), await this.person("Bob")];
    return { ann, bob, id: `conv_${ann.id}_${bob.id}` };
  }

  /**
   * Ann's sockets 0, 1, which is polling, and 2, which has not joined; Bob's 3, and 4, which has not
   * joined; Eve's 5. Both have opened the conversation. What was said of it so far is read.
   */
  async table() {
    const two = await this.two();
    const { ann, bob, id } = two;
    const eve = await this.person("Eve");
    await ann.opens(bob);
    await bob.opens(ann);
    const tabs = [await ann.tab(id), await ann.tab(id, { way: "polling" }), await ann.tab()];
    tabs.push(await bob.tab(id), await bob.tab(), await eve.tab());
    for (const tab of tabs.slice(0, 3)) await tab.gets("user_online");
    return { ...two, eve, tabs };
  }

  async clear() {
    for (const tab of this.tabs.splice(0)) tab.leave();
    await this.server.empty();
  }
}

/** Each of the sockets hears just this; the payloads. */
export async function hears(tabs, ...expected) {
  const heard = [];
  for (const [at, names] of expected.entries()) heard.push(await tabs[at].gets(...names));
  for (const tab of tabs) await tab.getsNothing();
  return heard;
}
