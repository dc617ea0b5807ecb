/**
 * Who was where with whom, put together from what every guest was told; and what must not be.
 *
 * Masks hide from each guest who the other is. Here all guests are known, so a room's members are
 * whoever was told to be in it. A room's id changes at every departure: so in all its time it has
 * two members at the most, and what is said in it is for them alone.
 */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";

/** The server's clock and this one's count whole milliseconds. */
const ROUNDING_MS = 2;

/** The name of two guests together. */
const pairOf = (members) => [...members].sort((a, b) => a - b).join("+");

export class Referee {
  /** @type {Map<string, Set<number>>} by room id, the numbers of all who ever were in it */
  #members = new Map();
  /** @type {Map<string, {room: string, at: number}[]>} by pair, when each was first seen together */
  #matches = new Map();
  /** @type {Map<string, number>} by room id, not later than the departure that ended it */
  #partedAt = new Map();
  /** @type {Map<string, string>} by pair, the room that ended in a block */
  #blocks = new Map();
  /** @type {Map<string, Line>} by message id */
  #lines = new Map();
  /** Guests who went, and hear nothing any more. */
  #gone = new Set();
  /** What was counted, to show that something has happened at all. */
  counts = { matches: 0, rematches: 0, lines: 0, partings: 0, blocks: 0, moves: 0, vanished: 0 };

  /**
   * A line that waits moves with its sender: then it has been in two rooms.
   * @typedef {{rooms: Set<string>, sender: number, isActive: boolean, heardBy: Set<number>}} Line
   */

  /** @param {number} barMs how long two who parted may not meet */
  constructor(barMs) {
    this.barMs = barMs;
  }

  /** A guest is in a room, as it was told. */
  entered(room, guest) {
    const members = this.#members.get(room) ?? new Set();
    this.#members.set(room, members);
    if (members.has(guest)) return;
    members.add(guest);
    assert.ok(members.size <= 2, `room ${room} has had ${[...members].join(", ")}`);
    if (members.size < 2) return;
    const pair = pairOf(members);
    const matches = this.#matches.get(pair) ?? [];
    this.#matches.set(pair, matches);
    matches.push({ room, at: performance.now() });
    this.counts.matches += 1;
  }

  /** Who has been in a room. */
  members(room) {
    return this.#members.get(room) ?? new Set();
  }

  /** A guest has left a room that it shared, by a request that it sent at `sentAt`. */
  parted(room, sentAt) {
    this.#partedAt.set(room, sentAt);
    this.counts.partings += 1;
  }

  /** Whoever shared this room is never to meet again. */
  blocked(room) {
    this.#blocks.set(pairOf(this.members(room)), room);
    this.counts.blocks += 1;
  }

  /** Whether two guests are never to meet again. */
  isBlocked(one, other) {
    return this.#blocks.has(pairOf([one, other]));
  }

  /** A guest's connection has ended. */
  gone(guest) {
    this.#gone.add(guest);
    this.counts.vanished += 1;
  }

  /**
   * A guest was sent a line.
   * @param {number} guest
   * @param {{id: string, roomId: string, text: string}} message
   * @param {boolean} isActive whether the guest had a partner when it came
   * @returns what the sender wrote into it
   */
  heard(guest, message, isActive) {
    const said = JSON.parse(message.text);
    const members = this.members(message.roomId);
    const who = `${guest} in ${message.roomId} of ${[...members].join("+")}`;
    assert.ok(members.has(guest), `a line for a room that one is not in: ${who}`);
    // The other's own news of the room may be on the way still; `check` looks again.
    const line = this.#lines.get(message.id) ?? {
      rooms: new Set(),
      sender: said.from,
      isActive: false,
      heardBy: new Set(),
    };
    this.#lines.set(message.id, line);
    line.rooms.add(message.roomId);
    if (guest === said.from) line.isActive = isActive;
    assert.ok(!line.heardBy.has(guest), `a line that comes twice: ${message.text} for ${who}`);
    line.heardBy.add(guest);
    this.counts.lines += 1;
    return said;
  }

  /** What can only be seen when everything that was sent has arrived. */
  check() {
    for (const [pair, matches] of this.#matches) this.#checkMatches(pair, matches);
    for (const [id, line] of this.#lines) this.#checkLine(id, line);
  }

  /** @param {{room: string, at: number}[]} matches in the order in which they were seen */
  #checkMatches(pair, matches) {
    const block = this.#blocks.get(pair);
    if (block) assert.equal(matches.at(-1)?.room, block, `${pair} met in spite of a block`);
    for (const [n, { at }] of matches.entries()) {
      if (n === 0) continue;
      const parted = this.#partedAt.get(matches[n - 1].room);
      assert.ok(parted !== undefined, `${pair} met twice and never parted`);
      const apartMs = at - parted;
      assert.ok(apartMs >= this.barMs - ROUNDING_MS, `${pair} met again after ${apartMs} ms`);
      this.counts.rematches += 1;
    }
  }

  #checkLine(id, { rooms, sender, isActive, heardBy }) {
    const members = new Set([...rooms].flatMap((room) => [...this.members(room)]));
    const who = `line ${id} of ${sender} in ${[...rooms]} of ${[...members].join("+")}`;
    assert.ok(members.size <= 2 && rooms.size <= (isActive ? 1 : 2), who);
    assert.ok(members.has(sender) || this.#gone.has(sender), `a stranger's: ${who}`);
    for (const guest of heardBy) assert.ok(members.has(guest), `${guest} heard ${who}`);
    if (!isActive) return;
    for (const guest of members) {
      const reached = heardBy.has(guest) || this.#gone.has(guest);
      assert.ok(reached, `${guest} never heard ${who}`);
    }
  }
}
