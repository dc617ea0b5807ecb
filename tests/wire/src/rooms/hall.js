/**
 * The people of one test in public rooms: accounts and guests, each with sockets of their own.
 */
import assert from "node:assert/strict";

import { PASSWORD, Rest } from "../rest.js";
import { Ear } from "./ear.js";

/** Where rooms are. */
const ROOMS = "/api/chat/rooms";

/** Somebody who is signed in. */
export class Person {
  /**
   * @param {Hall} hall
   * @param {{token: string, user: any}} self
   */
  constructor(hall, { token, user }) {
    Object.assign(this, { hall, token, user });
    /** @type {string} */
    this.id = user.id;
    /** What others read. */
    this.name = user.displayName ?? user.username;
  }

  /**
   * A socket of this user's.
   * @param {ConstructorParameters<typeof Ear>[1]} [options]
   */
  async ear(options = {}) {
    const ear = new Ear(this.hall.server.url, {
      way: this.hall.way,
      auth: { token: this.token },
      ...options,
    });
    this.hall.ears.push(ear);
    await ear.connected();
    return ear;
  }

  /** A socket that listens to a room, and has heard nothing that is unread. */
  async listener(roomId, options) {
    const ear = await this.ear(options);
    await ear.joins(roomId);
    return ear;
  }

  /** GET, below the rooms' address. */
  get(path, status = 200) {
    return this.hall.rest.succeed(status, "GET", ROOMS + path, { token: this.token });
  }

  /** POST, below the rooms' address. */
  post(path, json, status = 200) {
    return this.hall.rest.succeed(status, "POST", ROOMS + path, { token: this.token, json });
  }

  /** DELETE, below the rooms' address. */
  delete(path, status = 200) {
    return this.hall.rest.succeed(status, "DELETE", ROOMS + path, { token: this.token });
  }

  /** Calls, below the rooms' address, and has to be refused with this code. */
  refused(code, method, path, json) {
    return this.hall.rest.refused(code, method, ROOMS + path, { token: this.token, json });
  }

  /** Makes a room. */
  async makes(name = "Room", more = {}) {
    const { room } = await this.post("", { name, ...more }, 201);
    return room;
  }

  /** Posts a message by REST; returns it. */
  async posts(roomId, content, more = {}) {
    const answer = await this.post(`/${roomId}/messages`, { content, ...more });
    assert.deepEqual(Object.keys(answer).sort(), ["message", "status"]);
    assert.equal(answer.status, 200);
    return answer.message;
  }

  /** The newest messages of a room. */
  async reads(roomId, query = "limit=100") {
    const { messages } = await this.get(`/${roomId}/messages?${query}`);
    return messages;
  }

  /** The room, as this user sees it in the list. */
  async sees(room) {
    const query = `?query=${encodeURIComponent(room.name)}&limit=100`;
    for (let cursor = ""; ; ) {
      const { rooms, nextCursor } = await this.get(query + cursor);
      const found = rooms.find(({ _id }) => _id === room._id);
      if (found) return found;
      assert.ok(nextCursor, `${room.name} is not in the list`);
      cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
    }
  }

  /** One of `activeUsers`, as this user appears there. */
  at(socketId) {
    return { ...this.#shown(), socketId };
  }

  /** `user_joined` and `user_left` of this user. */
  notice(roomId, activeCount) {
    return { roomId, ...this.#shown(), activeCount };
  }

  /** Guests are marked as such wherever a name is shown. */
  #shown() {
    const mark = this.user.isGuest ? { isGuest: true } : {};
    return { userId: this.id, userName: this.name, ...mark };
  }
}

/** See above. */
export class Hall {
  /** @type {Ear[]} */
  ears = [];
  #people = 0;

  /**
   * @param {import("../server.js").Server} server
   * @param {keyof typeof import("../peer.js").WAYS} [way]
   */
  constructor(server, way = "websocket") {
    this.way = way;
    this.open(server);
  }

  /** From now on everybody comes here. */
  open(server) {
    this.server = server;
    if (server) this.rest = new Rest(server);
  }

  #username(name) {
    this.#people += 1;
    return `${name} ${this.#people}`;
  }

  /** A new account. */
  async person(name = "Ann", more = {}) {
    return new Person(this, await this.rest.register(this.#username(name), PASSWORD, more));
  }

  /** A new guest. */
  async guest(name = "Gus") {
    return new Person(this, await this.rest.guest(this.#username(name)));
  }

  /** A socket of somebody who is not signed in. */
  async visitor() {
    const ear = new Ear(this.server.url, { way: this.way });
    this.ears.push(ear);
    await ear.connected();
    return ear;
  }

  /** Several new accounts. */
  people(count) {
    return Promise.all(Array.from({ length: count }, (_, n) => this.person(`P${n}`)));
  }

  /** Ann has made a room, and both she and Bob listen to it; nothing of that is unread. */
  async talking() {
    const [ann, bob] = [await this.person("Ann"), await this.person("Bob")];
    const room = await ann.makes();
    const roomId = room._id;
    const annEar = await ann.listener(roomId);
    const bobEar = await bob.listener(roomId);
    await annEar.next("user_joined");
    return { ann, bob, room, roomId, annEar, bobEar };
  }

  /** Sends everybody home, and nothing is left of anybody. */
  async clear() {
    for (const ear of this.ears.splice(0)) ear.leave();
    await this.server.empty();
  }
}
