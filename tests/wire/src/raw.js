/**
 * A client that costs next to nothing, for when thousands are needed: a WebSocket on a bare TCP
 * connection, which counts what it hears and understands no more of it than it must.
 */
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import net from "node:net";
import { URL } from "node:url";

import { until, within } from "./wait.js";

const HEAD_END = "\r\n\r\n";
/** RFC 6455 §5.2: payload lengths that say that the real one follows. */
const LENGTH_16 = 126;
const LENGTH_64 = 127;
/** A final text frame. */
const TEXT = 0x81;

/** The request for a WebSocket. */
function upgrade(host) {
  return [
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
    `Host: ${host}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
    "",
    "",
  ].join("\r\n");
}

/** A text frame, whose mask is zero. */
function frame(text) {
  const payload = Buffer.from(text);
  const isShort = payload.length < LENGTH_16;
  const head = Buffer.alloc(isShort ? 6 : 8);
  head[0] = TEXT;
  if (isShort) head[1] = 0x80 | payload.length;
  else {
    head[1] = 0x80 | LENGTH_16;
    head.writeUInt16BE(payload.length, 2);
  }
  return Buffer.concat([head, payload]);
}

/** The first whole frame in `bytes`: where its payload is. */
function firstFrame(bytes) {
  if (bytes.length < 2) return undefined;
  let start = 2;
  let length = bytes[1] & 0x7f;
  if (length === LENGTH_16) {
    if (bytes.length < 4) return undefined;
    length = bytes.readUInt16BE(2);
    start = 4;
  } else if (length === LENGTH_64) {
    if (bytes.length < 10) return undefined;
    length = Number(bytes.readBigUInt64BE(2));
    start = 10;
  }
  return bytes.length < start + length ? undefined : { start, end: start + length };
}

/** See above. */
export class RawClient {
  /** How often each event was heard. @type {Record<string, number>} */
  counts = {};
  /** The newest of each event, as text. @type {Record<string, string>} */
  last = {};
  isConnected = false;
  isClosed = false;
  #socket;
  #bytes = Buffer.alloc(0);
  #isUpgraded = false;
  /** @type {Map<number, (answer: any) => void>} */
  #questions = new Map();
  #asked = 0;

  /**
   * @param {string} url
   * @param {string} token
   */
  constructor(url, token) {
    const target = new URL(url);
    this.token = token;
    this.#socket = net.connect(Number(target.port), target.hostname);
    this.#socket.on("connect", () => this.#socket.write(upgrade(target.host)));
    this.#socket.on("data", (bytes) => this.#take(bytes));
    this.#socket.on("close", () => (this.isClosed = true));
    this.#socket.on("error", () => (this.isClosed = true));
  }

  /** Connects, and waits until the server has let it in. */
  static async connect(url, token) {
    const client = new RawClient(url, token);
    await until("a raw client's connect", () => client.isConnected || client.isClosed);
    if (client.isClosed) throw new Error("a raw client was closed");
    return client;
  }

  /** Emits with a callback; resolves with the answer. */
  ask(event, payload) {
    const id = this.#asked;
    this.#asked += 1;
    const answer = new Promise((resolve) => this.#questions.set(id, resolve));
    this.#send(`42${id}${JSON.stringify([event, payload])}`);
    return within(`the answer to ${event}`, answer, 60_000);
  }

  /** Ends the connection. */
  leave() {
    this.#socket.destroy();
  }

  #send(text) {
    this.#socket.write(frame(text));
  }

  #take(bytes) {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    if (!this.#isUpgraded) {
      const end = this.#bytes.indexOf(HEAD_END);
      if (end < 0) return;
      this.#isUpgraded = true;
      this.#bytes = this.#bytes.subarray(end + HEAD_END.length);
    }
    for (let found = firstFrame(this.#bytes); found; found = firstFrame(this.#bytes)) {
      const isText = this.#bytes[0] === TEXT;
      const payload = this.#bytes.subarray(found.start, found.end);
      this.#bytes = this.#bytes.subarray(found.end);
      if (isText) this.#hear(payload);
    }
  }

  #hear(payload) {
    const text = payload.toString("utf8");
    if (text.startsWith("42[")) {
      const name = text.slice(4, text.indexOf('"', 4));
      this.counts[name] = (this.counts[name] ?? 0) + 1;
      this.last[name] = text;
    } else if (text.startsWith("43")) {
      const at = text.indexOf("[");
      const id = Number(text.slice(2, at));
      this.#questions.get(id)?.(JSON.parse(text.slice(at))[0]);
      this.#questions.delete(id);
    } else if (text.startsWith("0")) this.#send(`40${JSON.stringify({ token: this.token })}`);
    else if (text.startsWith("40")) this.isConnected = true;
    else if (text === "2") this.#send("3");
    else if (text.startsWith("44") || text.startsWith("41")) this.leave();
  }

  /** The payload of the newest event of this name. */
  heardLast(name) {
    const text = this.last[name];
    return text === undefined ? undefined : JSON.parse(text.slice(2))[1];
  }
}
