/**
 * Pairing under fire: many clients that start, talk, switch, leave, block and vanish at random.
 * `npm run fire` does it with more of them, for longer.
 */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";

import { Guest } from "./src/fire/guest.js";
import { Referee } from "./src/fire/referee.js";
import { Dice, SEED } from "./src/random.js";
import { Server } from "./src/server.js";
import { until } from "./src/wait.js";

const CLIENTS = Number(process.env.FIRE_CLIENTS ?? 60);
const SECONDS = Number(process.env.FIRE_SECONDS ?? 10);
/** Short, so that bars lapse all the time. */
const BAR_MS = 1_500;
const PING_INTERVAL_MS = 3_000;
const PING_TIMEOUT_MS = 4_000;
/** One who is cut off between two polls is missed only by the heartbeat. */
const MISSED_MS = PING_INTERVAL_MS + PING_TIMEOUT_MS + 5_000;
/** What is told to it in vain is kept for so long. */
const LINGER_MS = 5_000;
/** Then who is left waits for the last bar, at most. */
const SETTLED_MS = MISSED_MS + BAR_MS;

/** All who take part; whoever goes is replaced by somebody new. */
class Crowd {
  /** @type {Set<Guest>} */
  guests = new Set();
  referee = new Referee(BAR_MS);
  /** @type {Error | undefined} the first thing that was wrong */
  fault;
  #numbers = 0;

  constructor(url) {
    this.url = url;
  }

  async #invite() {
    this.#numbers += 1;
    const number = this.#numbers;
    const guest = new Guest(this.url, {
      number,
      dice: new Dice(SEED, number),
      referee: this.referee,
      onFault: (error) => (this.fault ??= error),
    });
    this.guests.add(guest);
    await guest.peer.connected();
    return guest;
  }

  /** One place in the crowd, until the time is over. */
  async occupy(end) {
    let guest = await this.#invite();
    while (performance.now() < end && !this.fault) {
      if (!(await guest.act())) {
        this.guests.delete(guest);
        guest = await this.#invite();
      }
      await setImmediate();
    }
  }

  /** What is not as it must be when nobody does anything; empty if all is well. */
  async disorder() {
    const all = [...this.guests];
    const seats = await Promise.all(all.map((guest) => guest.peer.status()));
    const found = [];
    const waiting = [];
    for (const [n, guest] of all.entries()) {
      const { roomId, status } = seats[n];
      const view = [guest.room, guest.isActive];
      if (roomId !== view[0] || (status === "active") !== view[1]) {
        found.push(`${guest.number} is in ${roomId} (${status}) and was told ${view}`);
      }
      if (status === "waiting") waiting.push(guest.number);
      const here = seats.filter((seat) => seat.roomId === roomId).length;
      if (status === "active" && here !== 2) found.push(`${here} in the active room ${roomId}`);
      if (status === "waiting" && here !== 1) found.push(`${here} in the waiting room ${roomId}`);
    }
    for (const one of waiting) {
      for (const other of waiting) {
        if (one < other && !this.referee.isBlocked(one, other)) {
          found.push(`${one} and ${other} wait and would fit`);
        }
      }
    }
    return found;
  }
}

test(`${CLIENTS} clients for ${SECONDS} s`, async (t) => {
  t.diagnostic(`PARLOUR_TEST_SEED=${SEED}`);
  const server = await Server.start({
    LIMITS_ENABLED: false,
    PAIR_BAR_MS: BAR_MS,
    PING_INTERVAL_MS,
    PING_TIMEOUT_MS,
    LOG: "warn,parlour=info",
  });
  const crowd = new Crowd(server.url);
  const fail = () => {
    if (crowd.fault) throw crowd.fault;
  };
  try {
    const end = performance.now() + SECONDS * 1_000;
    await Promise.all(Array.from({ length: CLIENTS }, () => crowd.occupy(end)));
    fail();
    const answered = () => [...crowd.guests].every((guest) => guest.isQuiet) || crowd.fault;
    await until("the answers to all requests", answered);
    fail();

    let disorder = [];
    const settled = async () => {
      disorder = await crowd.disorder();
      return disorder.length === 0 || crowd.fault;
    };
    await until("order", settled, SETTLED_MS).catch((error) => {
      throw new Error(`${error.message}; ${disorder.slice(0, 5).join("; ")}`);
    });
    fail();
    crowd.referee.check();

    for (const guest of crowd.guests) guest.go(guest.number % 2 === 0);
    await server.empty(MISSED_MS + LINGER_MS);
    fail();
    const { counts } = crowd.referee;
    t.diagnostic(JSON.stringify(counts));
    for (const [what, times] of Object.entries(counts)) assert.ok(times > 0, `there were no ${what}`);
  } finally {
    for (const guest of crowd.guests) guest.isGoing = true;
    for (const guest of crowd.guests) guest.peer.leave();
    await server.stop();
  }
});
