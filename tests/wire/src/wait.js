/**
 * Waiting for what must come, with a deadline, and never for a time to pass.
 */
import { performance } from "node:perf_hooks";
import { clearTimeout, setTimeout } from "node:timers";
import { setTimeout as delay } from "node:timers/promises";

/** How long anything on one machine may take before a test gives it up, in milliseconds. */
export const PATIENCE_MS = 10_000;

/** How often a condition that has no event of its own is looked at, in milliseconds. */
const LOOK_EVERY_MS = 10;

/**
 * Waits until `check` returns something true, and returns that.
 * @template T
 * @param {string} what names the condition in the error
 * @param {() => T | Promise<T>} check
 * @param {number} [deadlineMs]
 * @returns {Promise<T>}
 */
export async function until(what, check, deadlineMs = PATIENCE_MS) {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await delay(LOOK_EVERY_MS);
  }
}

/**
 * The promise, or an error that names `what` once the deadline has passed.
 * @template T
 * @param {string} what
 * @param {Promise<T>} promise
 * @param {number} [deadlineMs]
 * @returns {Promise<T>}
 */
export async function within(what, promise, deadlineMs = PATIENCE_MS) {
  let timer;
  const deadline = new Promise((_, reject) => {
    const late = () => reject(new Error(`not within ${deadlineMs} ms: ${what}`));
    timer = setTimeout(late, deadlineMs);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
