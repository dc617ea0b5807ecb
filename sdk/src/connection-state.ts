import type { ConnectionState, Retrying } from "./connection.ts";
import { DISCONNECTED, type Result } from "./errors.ts";

/** What came of connecting; `null` while it goes on. */
export function outcomeOf(state: ConnectionState): Result<object> | null {
  if (state.kind === "connected") return { ok: true, value: {} };
  if (state.kind === "closed") return { ok: false, error: DISCONNECTED };
  return state.kind === "refused" ? { ok: false, error: state.error } : null;
}

/** Whether it tries again, or will. */
export function isRetrying(state: ConnectionState): state is Extract<ConnectionState, Retrying> {
  return state.kind === "reconnecting" || state.kind === "offline";
}

/** Whether an attempt is being made just now. */
export function isUnderWay(state: ConnectionState): boolean {
  return state.kind === "connecting" || (isRetrying(state) && state.retryAt === null);
}

/** Whether the next attempt is due later. */
export function isWaiting(state: ConnectionState): boolean {
  return isRetrying(state) && state.retryAt !== null;
}
