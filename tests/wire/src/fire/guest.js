/**
 * A client that does what it likes, and checks that everything it is told fits together.
 */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";

import { Peer, WAYS } from "../peer.js";

/** What a guest does next, and how often. */
const HABITS = {
  start_chat: 100,
  send_message: 450,
  chatter: 80,
  new_chat: 150,
  leave_chat: 50,
  block_partner: 5,
  typing: 50,
  hasty: 40,
  vanish: 3,
  goodbye: 2,
};

/** Requests after which one is somewhere else. */
const LEAVING = new Set(["new_chat", "leave_chat", "block_partner"]);
/** What a guest may be told when the world has changed while its request was on the way. */
const FORGIVEN = new Set(["not_in_room", "not_found", "too_large"]);

export class Guest {
  /** The present room, as far as this guest was told: what the server says is all in order. */
  room = null;
  isActive = false;
  /** The room that a partner has just left, who can still be blocked. */
  #leftRoom = null;
  /** By sender, the last line's number in the present room. */
  #lastLine = new Map();
  #lines = 0;
  #waiting = 0;
  isGoing = false;

  /**
   * @param {string} url
   * @param {{number: number, dice: import("../random.js").Dice, referee: import("./referee.js").Referee,
   *   onFault: (error: Error) => void}} self
   */
  constructor(url, { number, dice, referee, onFault }) {
    Object.assign(this, { number, dice, referee, onFault });
    this.way = dice.pick(Object.keys(WAYS));
    const hear = (name, payload) => this.#guard(() => this.#hear(name, payload));
    this.peer = new Peer(url, { way: this.way, hear });
    this.peer.socket.on("disconnect", (reason) => {
      if (!this.isGoing) onFault(new Error(`guest ${number} over ${this.way}: ${reason}`));
    });
  }

  #guard(check) {
    try {
      check();
    } catch (error) {
      error.message = `guest ${this.number} over ${this.way}: ${error.message}`;
      this.onFault(error);
    }
  }

  /** Emits, and resolves when the answer has come. */
  #request(event, ...args) {
    const sentAt = performance.now();
    this.#waiting += 1;
    return new Promise((resolve) => {
      this.peer.socket.emit(event, ...args, (answer) => {
        this.#waiting -= 1;
        this.#guard(() => this.#answered(event, answer, sentAt));
        resolve(undefined);
      });
    });
  }

  /** Whether every request was answered. */
  get isQuiet() {
    return this.#waiting === 0;
  }

  // -- doing ------------------------------------------------------------------------------------

  /** Does one thing. Resolves when the next may follow; `false` if there is no next. */
  async act() {
    const habit = this.dice.weighted(HABITS);
    switch (habit) {
      case "vanish":
      case "goodbye":
        this.go(habit === "vanish");
        return false;
      case "chatter":
        await Promise.all(Array.from({ length: 10 }, () => this.#say()));
        return true;
      case "hasty":
        await Promise.all([this.#request("new_chat"), this.#say(), this.#request("new_chat")]);
        return true;
      case "send_message":
        await this.#say();
        return true;
      default:
        await this.#request(habit);
        return true;
    }
  }

  /** Says something, mostly to the room that it believes to be in. */
  #say() {
    const roomId = this.dice.below(4) > 0 ? this.room : null;
    this.#lines += 1;
    const text = JSON.stringify({ from: this.number, to: roomId, n: this.#lines });
    return this.#request("send_message", { text, roomId });
  }

  /** Goes, with or without a word. */
  go(withoutAWord) {
    this.isGoing = true;
    this.referee.gone(this.number);
    if (withoutAWord) this.peer.vanish();
    else this.peer.leave();
  }

  // -- hearing ----------------------------------------------------------------------------------

  #answered(event, answer, sentAt) {
    if (!answer.success) {
      assert.ok(FORGIVEN.has(answer.error.code), `${event}: ${JSON.stringify(answer)}`);
      return;
    }
    const wasIn = this.isActive ? this.room : null;
    const isHere = event === "leave_chat" || event === "block_partner" ? null : answer.roomId;
    if (LEAVING.has(event)) {
      if (wasIn) {
        assert.notEqual(isHere, wasIn, "left, and is still there");
        this.referee.parted(wasIn, sentAt);
      }
      if (event === "block_partner") this.referee.blocked(wasIn ?? this.#leftRoom);
    }
    if (event === "start_chat" || event === "new_chat") this.#sit(answer);
    else if (isHere === null) this.#stand();
  }

  /** @param {string} name @param {any} payload */
  #hear(name, payload) {
    switch (name) {
      case "user_joined":
        if (payload.roomId !== this.room) {
          assert.ok(this.room && !this.isActive, `moved out of ${this.room}`);
          this.referee.counts.moves += 1;
        }
        return this.#sit(payload);
      case "chat_history":
        assert.ok(this.isActive, "a history without a partner");
        return payload.forEach((line) => this.#read(line, false));
      case "receive_message":
        return this.#read(payload, true);
      case "user_left":
        assert.ok(this.isActive, "who left?");
        assert.deepEqual([payload.userCount, payload.status], [1, "waiting"]);
        assert.notEqual(payload.roomId, this.room, "a room that somebody left keeps its id");
        this.#enter(payload.roomId, false, this.room);
        return undefined;
      case "typing":
      case "stop_typing":
        assert.equal(payload.roomId, this.room);
        return undefined;
      default:
        return assert.fail(`heard ${name} ${JSON.stringify(payload)}`);
    }
  }

  /** A view of the room that one is in. */
  #sit({ roomId, users, userCount, status }) {
    assert.ok(users.length === 1 || users.length === 2, `${users.length} in a room`);
    assert.deepEqual([userCount, status], [users.length, users.length === 2 ? "active" : "waiting"]);
    const own = users.filter(({ socketId }) => socketId === this.peer.socket.id);
    assert.equal(own.length, 1, "one sits in one's room once");
    if (roomId === this.room && (users.length === 2) === this.isActive) return;
    if (roomId === this.room) this.isActive = users.length === 2;
    else this.#enter(roomId, users.length === 2, null);
  }

  #enter(roomId, isActive, leftRoom) {
    this.room = roomId;
    this.isActive = isActive;
    this.#leftRoom = leftRoom;
    this.#lastLine.clear();
    this.referee.entered(roomId, this.number);
  }

  #stand() {
    this.room = null;
    this.isActive = false;
    this.#leftRoom = null;
  }

  #read(line, isLive) {
    assert.equal(line.roomId, this.room, "a line from another room");
    if (!isLive && this.#isKnown(line)) return;
    const { from, to, n } = this.referee.heard(this.number, line, this.isActive);
    if (isLive && to) assert.equal(line.roomId, to, "a line that was meant for another room");
    const isOwn = line.socketId === this.peer.socket.id;
    assert.equal(isOwn, from === this.number, "one's own lines, and no others, carry one's own id");
    assert.ok(n > (this.#lastLine.get(from) ?? 0), "lines come in order");
    this.#lastLine.set(from, n);
  }

  /** The history repeats what one said oneself while waiting. */
  #isKnown(line) {
    return JSON.parse(line.text).from === this.number;
  }
}
