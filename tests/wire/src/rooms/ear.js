/**
 * An unmodified official client in public rooms. What it hears of conversations that it need not
 * have joined (`conversation_…`) comes when it likes, and is kept apart; so are answers.
 */
import { performance } from "node:perf_hooks";

import { Peer } from "../peer.js";
import { until } from "../wait.js";

/** @typedef {import("../peer.js").Heard} Heard */

/** See above: `log` holds what is said in rooms only. */
export class Ear extends Peer {
  /** @type {Heard[]} everything, answers (`ack`) and the inbox too, in order */
  all = [];
  /** @type {Heard[]} `conversation_updated` and the like */
  inbox = [];

  /**
   * @param {string} url
   * @param {ConstructorParameters<typeof Peer>[1]} [options]
   */
  constructor(url, options) {
    super(url, { ...options, hear: (name, payload) => this.#take(name, payload) });
  }

  #take(name, payload) {
    const entry = { name, payload, at: performance.now() };
    this.all.push(entry);
    if (name.startsWith("conversation_")) this.inbox.push(entry);
    else if (name !== "ack") this.log.push(entry);
  }

  /** Listens to a room; returns the answer. */
  joins(roomId) {
    return this.succeed("join_room", { roomId });
  }

  /** Sends to a room; returns the stored message. */
  async says(roomId, content, more = {}) {
    const { message } = await this.succeed("send_message", { roomId, content, ...more });
    return message;
  }

  /** The messages of a room that were heard so far, in order. */
  messages(roomId) {
    return this.log
      .filter(({ name, payload }) => name === "receive_message" && payload.roomId === roomId)
      .map(({ payload }) => payload);
  }

  /** Waits until so many messages of a room were heard, and returns them. */
  async hearsMessages(roomId, count) {
    const isThere = () => this.messages(roomId).length >= count;
    await until(`${count} messages for ${this.id}`, isThere).catch((error) => {
      throw new Error(`${error.message}; there are ${this.messages(roomId).length}`);
    });
    return this.messages(roomId);
  }

  /** What the inbox was told of a conversation, in order. */
  news(conversationId, name = "conversation_updated") {
    return this.inbox
      .filter((entry) => entry.name === name && entry.payload.conversation._id === conversationId)
      .map(({ payload }) => payload.conversation);
  }

  /** Waits until the inbox was told that a conversation is this user's now. */
  added(conversationId) {
    const isThere = () => this.news(conversationId, "conversation_added").length > 0;
    return until(`conversation_added for ${this.id}`, isThere);
  }

  /** Waits until the inbox was told that a conversation is this user's no more. */
  removed(conversationId) {
    const isThere = () => this.news(conversationId, "conversation_removed").length > 0;
    return until(`conversation_removed for ${this.id}`, isThere);
  }

  /** Waits until the inbox was last told of a state that `check` is content with. */
  async isTold(conversationId, check) {
    const state = await until(`news for ${this.id}`, () => {
      const last = this.news(conversationId).at(-1);
      return last && check(last) && last;
    }).catch((error) => {
      const last = JSON.stringify(this.news(conversationId).at(-1));
      throw new Error(`${error.message}; the last are ${last}`);
    });
    return state;
  }
}
