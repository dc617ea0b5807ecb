/** The first wait: long enough that a restarting server is not met by everybody at once. */
const FIRST_MS = 1_000;
/** The longest wait between two attempts. */
const LONGEST_MS = 20_000;

/**
 * How long to wait before attempt `attempt` (1, 2, 3 …): doubling, with a random share of up to
 * half taken off so that clients spread. `random` is in [0, 1).
 */
export function backoffMs(attempt: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 10));
  return Math.round(full * (1 - random / 2));
}
