/**
 * As little of a Socket.IO client as a measurement needs: one WebSocket over a bare TCP socket, so that
 * ten thousand of them fit into one process. It opens, answers pings, and can ask one thing at a time.
 */
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import net from "node:net";

const HEAD_END = "\r\n\r\n";
/** Frames of the server that are this long carry their length in two more bytes (RFC 6455 §5.2). */
const LENGTH_16 = 126;
const MASK_BYTES = 4;

/** A client's text frame: masked with zeros, which is valid and costs nothing. */
function textFrame(text) {
  const payload = Buffer.from(text);
  const isShort = payload.length < LENGTH_16;
  const frame = Buffer.alloc((isShort ? 2 : 4) + MASK_BYTES + payload.length);
  frame[0] = 0x81;
  frame[1] = 0x80 | (isShort ? payload.length : LENGTH_16);
  if (!isShort) frame.writeUInt16BE(payload.length, 2);
  payload.copy(frame, frame.length - payload.length);
  return frame;
}

const PONG = textFrame("3");

export class RawClient {
  #socket;
  #unread = Buffer.alloc(0);
  #isOpen = false;
  /** Whom the next answer is for. */
  #waiting;

  /**
   * @param {{host: string, port: number}} server
   * @param {string} [localAddress] where it comes from, so that no one address runs out of ports
   */
  constructor({ host, port }, localAddress) {
    this.#socket = net.connect({ host, port, localAddress });
    this.#socket.on("data", (bytes) => this.#read(bytes));
    this.#socket.on("error", (error) => this.#waiting?.reject(error));
    this.#socket.on("close", () => this.#waiting?.reject(new Error("the server has closed")));
    this.#socket.write(
      [
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
        `Host: ${host}:${port}`,
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}${HEAD_END}`,
      ].join("\r\n"),
    );
  }

  /** Connects, and resolves when the server has let it in. */
  static async connect(server, localAddress) {
    const client = new RawClient(server, localAddress);
    await client.#answer();
    return client;
  }

  /** Emits an event with a callback, and resolves with the text of the answer. */
  ask(event, ...args) {
    this.#socket.write(textFrame(`420${JSON.stringify([event, ...args])}`));
    return this.#answer();
  }

  /** Goes. */
  close() {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #answer() {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  #read(bytes) {
    this.#unread = this.#unread.length ? Buffer.concat([this.#unread, bytes]) : bytes;
    if (!this.#isOpen) {
      const end = this.#unread.indexOf(HEAD_END);
      if (end < 0) return;
      const status = this.#unread.subarray(0, end).toString("latin1").split("\r\n", 1)[0];
      if (!status.includes(" 101 ")) {
        this.#waiting?.reject(new Error(status));
        return;
      }
      this.#isOpen = true;
      this.#unread = this.#unread.subarray(end + HEAD_END.length);
    }
    for (let text = this.#nextText(); text !== undefined; text = this.#nextText()) this.#hear(text);
    // A slice would keep the whole chunk that it came in.
    this.#unread = Buffer.from(this.#unread);
  }

  #nextText() {
    const bytes = this.#unread;
    if (bytes.length < 2) return undefined;
    let length = bytes[1] & 0x7f;
    let start = 2;
    if (length > LENGTH_16) throw new Error("a frame larger than any answer here");
    if (length === LENGTH_16) {
      if (bytes.length < 4) return undefined;
      length = bytes.readUInt16BE(2);
      start = 4;
    }
    if (bytes.length < start + length) return undefined;
    this.#unread = bytes.subarray(start + length);
    return bytes.subarray(start, start + length).toString("utf8");
  }

  #hear(text) {
    if (text.startsWith("0")) this.#socket.write(textFrame("40"));
    else if (text === "2") this.#socket.write(PONG);
    else if (text.startsWith("40")) this.#waiting?.resolve(text);
    else if (text.startsWith("43")) this.#waiting?.resolve(text);
    else if (text.startsWith("44")) this.#waiting?.reject(new Error(text));
  }
}
