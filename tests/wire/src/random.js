/**
 * Dice that can be thrown again the same way: `PARLOUR_TEST_SEED` sets what is printed.
 */
import { randomInt } from "node:crypto";
import process from "node:process";

/** Seeds are 32 bits. */
const SEEDS = 2 ** 32;

/** The seed of this run. */
export const SEED = Number(process.env.PARLOUR_TEST_SEED ?? randomInt(SEEDS)) >>> 0;

/** A generator of its own for everybody who rolls: xorshift32 over a mixed seed. */
export class Dice {
  #state;

  /**
   * @param {number} seed
   * @param {number} [stream] whose dice these are
   */
  constructor(seed, stream = 0) {
    let mixed = (seed ^ Math.imul(stream + 1, 0x9e3779b1)) >>> 0;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    this.#state = (mixed ^ (mixed >>> 16)) >>> 0 || 1;
  }

  /** An integer from 0 to `count - 1`. */
  below(count) {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return this.#state % count;
  }

  /** One of these. */
  pick(values) {
    return values[this.below(values.length)];
  }

  /**
   * One of the keys, as often as its weight says.
   * @param {Record<string, number>} weights
   */
  weighted(weights) {
    const entries = Object.entries(weights);
    let left = this.below(entries.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [key, weight] of entries) {
      left -= weight;
      if (left < 0) return key;
    }
    return entries[0][0];
  }
}
