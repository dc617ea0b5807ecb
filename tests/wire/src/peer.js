/**
 * An unmodified official client, with a record of everything that it hears, in order.
 */
import assert from "node:assert/strict";
import http from "node:http";
import net from "node:net";
import { performance } from "node:perf_hooks";
import process from "node:process";

import { io } from "socket.io-client";

import { held } from "./held.js";
import { until, within } from "./wait.js";

/** The three ways to be connected. */
export const WAYS = {
  websocket: ["websocket"],
  polling: ["polling"],
  upgrade: ["polling", "websocket"],
};

/** @typedef {{name: string, payload: any, at: number}} Heard `name` is `ack` for a callback. */

/** One client. */
export class Peer {
  /** @type {Heard[]} all that was heard, callbacks included, in order */
  log = [];
  /** How much of the log has been looked at. */
  #read = 0;
  #agent;

  /**
   * @param {string} url
   * @param {{way?: keyof typeof WAYS, hear?: (name: string, payload: any) => void} & Partial<import("socket.io-client").ManagerOptions
   *   & import("socket.io-client").SocketOptions>} [options]
   */
  constructor(url, { way = "websocket", hear, ...options } = {}) {
    this.way = way;
    if (hear) this.#hear = hear;
    // One of its own, so that `vanish` can cut this client's connections and no others.
    this.#agent = new http.Agent({ localAddress: options.localAddress });
    this.socket = io(url, {
      transports: WAYS[way],
      forceNew: true,
      reconnection: false,
      agent: this.#agent,
      ...options,
    });
    this.socket.onAny((name, ...args) => {
      assert.equal(args.length, 1, `${name} carries one argument`);
      this.#hear(name, args[0]);
    });
  }

  /** Connects, and waits until the server has let it in. */
  static async connect(url, options) {
    const peer = new Peer(url, options);
    await peer.connected();
    return peer;
  }

  /** Waits for the server's answer to the CONNECT. */
  async connected() {
    const { socket } = this;
    if (!socket.connected) {
      const answer = new Promise((resolve, reject) => {
        socket.once("connect", () => resolve(undefined));
        socket.once("connect_error", reject);
      });
      await within("the connect", answer);
    }
    /** The public id; it stays known after the end. */
    this.id = socket.id;
  }

  /** What is done with what is heard: it is kept, unless somebody else takes it. */
  #hear = (name, payload) => {
    this.log.push({ name, payload, at: performance.now() });
  };

  /** Emits with a callback, and resolves with what that is given. */
  ask(event, ...args) {
    const answer = new Promise((resolve) => {
      this.socket.emit(event, ...args, (...given) => {
        assert.equal(given.length, 1, `the callback of ${event} is given one argument`);
        this.#hear("ack", given[0]);
        resolve(given[0]);
      });
    });
    return within(`the answer to ${event}`, answer);
  }

  /** Asks, and has to be told of success. */
  async succeed(event, ...args) {
    const answer = await this.ask(event, ...args);
    assert.equal(answer?.success, true, `${event}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Asks, and has to be refused with this code, or with this error. Returns the error. */
  async refused(code, event, ...args) {
    const answer = await this.ask(event, ...args);
    assertFailure(answer, code, event);
    return answer.error;
  }

  /** Emits without a callback. */
  tell(event, ...args) {
    this.socket.emit(event, ...args);
  }

  /** Where it sits, by its own question; leaves no trace in the log. */
  status() {
    const answer = new Promise((resolve) => this.socket.emit("get_room_status", resolve));
    return within("the answer to get_room_status", answer);
  }

  /**
   * Everything heard since the last look. It is complete: the answer to a question comes after
   * whatever the server had queued for this client before.
   * @returns {Promise<Heard[]>}
   */
  async heard() {
    await this.status();
    const news = this.log.slice(this.#read);
    this.#read = this.log.length;
    return news;
  }

  /**
   * Has to have heard exactly these, in this order, since the last look. Returns their payloads.
   * @param {string[]} names
   */
  async hears(...names) {
    const news = await this.heard();
    const heard = news.map(({ name }) => name);
    assert.deepEqual(heard, names, `${this.way}: ${JSON.stringify(news.map((n) => n.payload))}`);
    return news.map(({ payload }) => payload);
  }

  /** Waits until the next unread entry is there, which has to be this event; returns its payload. */
  async next(name) {
    const entry = await until(`${name} for ${this.id}`, () => this.log[this.#read]);
    assert.equal(entry.name, name, JSON.stringify(entry.payload));
    this.#read += 1;
    return entry.payload;
  }

  /** Resolves with the reason once the connection has ended. */
  async ended() {
    let reason = "closed before anybody asked";
    if (this.socket.connected) {
      const end = new Promise((resolve) => this.socket.once("disconnect", resolve));
      reason = await within(`the end of ${this.id}`, end);
    }
    return reason;
  }

  /** The name of the transport in use. */
  get transport() {
    return this.socket.io.engine.transport.name;
  }

  /** Says goodbye and goes. */
  leave() {
    this.socket.disconnect();
  }

  /** Waits until the server must notice at once when this client vanishes. */
  held() {
    return held(this.socket, this.#agent, WAYS[this.way]);
  }

  /** Goes without a word: its TCP connections are cut, and no new one succeeds. */
  vanish() {
    this.#agent.createConnection = () => {
      const cut = new net.Socket();
      process.nextTick(() => cut.destroy(new Error("the network is gone")));
      return cut;
    };
    this.socket.io.engine?.transport?.ws?._socket?.destroy();
    this.#agent.destroy();
  }
}

/** A failure reads as the contract says. */
export function assertFailure(answer, code, what) {
  const text = `${what}: ${JSON.stringify(answer)}`;
  assert.deepEqual(Object.keys(answer ?? {}).sort(), ["error", "success"], text);
  assert.equal(answer.success, false, text);
  assertError(answer.error, code, what);
}

/** Codes after which the same may be tried again. */
const RETRYABLE = new Set(["rate_limited", "unavailable", "internal"]);

/** `retryable` where the same code means now this, now that. */
export const NO_REPORTS = { code: "unavailable", retryable: false };
/** See above. */
export const LINES_WAIT = { code: "too_large", retryable: true };

/**
 * An error object reads as the contract says.
 * @param {string | {code: string, retryable: boolean}} expected its code, if that says whether to
 *   try again
 */
export function assertError(error, expected, what) {
  const { code, retryable: again } =
    typeof expected === "string"
      ? { code: expected, retryable: RETRYABLE.has(expected) }
      : expected;
  const text = `${what}: ${JSON.stringify(error)}`;
  const { code: given, message, retryable, retryAfterMs, ...rest } = error ?? {};
  assert.equal(given, code, text);
  assert.match(message, /^\S.*[.!]$/su, `${text}: the message is a sentence`);
  assert.equal(retryable, again, text);
  if (retryAfterMs !== undefined) assert.ok(Number.isInteger(retryAfterMs) && retryAfterMs > 0, text);
  assert.deepEqual(rest, {}, text);
}
