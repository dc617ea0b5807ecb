/**
 * What an application does that shows direct conversations, with an unmodified client that comes back
 * by itself: on each connect it calls `sync` until nothing has more, and keeps what it is given in the
 * order in which it comes. It repairs nothing: what comes twice or in another order stays so.
 */
import assert from "node:assert/strict";

import { io } from "socket.io-client";

import { WAYS } from "../peer.js";
import { within } from "../wait.js";

/** The most that one call may name. */
const CURSORS_A_CALL = 200;

export class Follower {
  /** @type {Map<string, any[]>} what it has of each conversation, in the order in which it came */
  messages = new Map();
  /** @type {Map<string, number>} how far the other one has read, as far as it was told */
  otherRead = new Map();
  /** Whether it has all there was when it asked last. */
  isWhole = false;
  /** What it was told that must not be. @type {Error | undefined} */
  error;
  /** Calls of `sync` that were answered, and those that a cut prevented from being. */
  calls = 0;
  interrupted = 0;

  /**
   * @param {string} url
   * @param {keyof typeof WAYS} way
   * @param {import("./house.js").Person} person
   */
  constructor(url, way, person) {
    this.id = person.id;
    this.socket = io(url, {
      transports: WAYS[way],
      auth: { token: person.token },
      forceNew: true,
      reconnectionDelay: 10,
      reconnectionDelayMax: 50,
    });
    this.socket.on("connect", () => {
      this.#catchUp().catch((error) => (this.error = error));
    });
    this.socket.on("disconnect", () => {
      this.isWhole = false;
    });
    for (const name of ["new_message", "message_sent"]) {
      this.socket.on(name, ({ message }) => this.#take(message));
    }
    this.socket.on("message_read", ({ conversationId, lastReadSeq }) => {
      this.#reads(conversationId, lastReadSeq);
    });
  }

  /** What it has of a conversation. */
  of(id) {
    return this.messages.get(id) ?? [];
  }

  #take(message) {
    const { conversation_id: id } = message;
    if (!this.messages.has(id)) this.messages.set(id, []);
    this.of(id).push(message);
  }

  #reads(id, seq) {
    const before = this.otherRead.get(id) ?? 0;
    assert.ok(seq >= before, `${id}: the other one has read ${before}, then ${seq}`);
    this.otherRead.set(id, seq);
  }

  /** Of the last connect only: one that was cut meanwhile leaves the rest to the next. */
  async #catchUp() {
    const { id } = this.socket;
    const isOver = () => !this.socket.connected || this.socket.id !== id;
    const known = [...this.messages.keys()];
    let left = new Set(known);
    /** @type {Set<string>} */
    const asked = new Set(known);
    while (!isOver()) {
      const now = [...left].slice(0, CURSORS_A_CALL);
      const cursors = Object.fromEntries(now.map((each) => [each, this.of(each).at(-1)?.seq ?? 0]));
      const isAnswered = await this.#sync(cursors, (answer) => {
        assert.equal(answer.success, true, JSON.stringify(answer));
        this.calls += 1;
        for (const each of answer.conversations) this.#page(each, left);
        // New ones are read from their beginning.
        for (const { conversation_id: added } of answer.added) {
          if (!asked.has(added)) {
            asked.add(added);
            left.add(added);
          }
        }
      });
      if (isOver() || !isAnswered) break;
      if (left.size === 0) {
        this.isWhole = true;
        return;
      }
    }
    this.interrupted += 1;
  }

  #page({ conversationId, messages, hasMore, otherLastReadSeq, error }, left) {
    assert.equal(error, undefined, JSON.stringify(error));
    if (!this.messages.has(conversationId)) this.messages.set(conversationId, []);
    for (const message of messages) this.#take(message);
    this.#reads(conversationId, otherLastReadSeq);
    if (!hasMore) left.delete(conversationId);
  }

  /**
   * Whether the answer came; not where the socket ended before. It is taken at once: an event behind it
   * may be in the same packet from the network, and comes before anybody who awaits goes on.
   */
  #sync(cursors, take) {
    const answer = new Promise((resolve, reject) => {
      this.socket.once("disconnect", () => resolve(false));
      this.socket.emit("sync", { cursors }, (given) => {
        try {
          take(given);
          resolve(true);
        } catch (error) {
          reject(error);
        }
      });
    });
    return within("the answer to sync, or the end", answer);
  }

  leave() {
    this.socket.disconnect();
  }
}
