import { Store, type Unsubscribe } from "@parlour/sdk/store";
import type { SessionHint } from "./session-state.ts";

const KEY = "parlour.session";
const PROBE_KEY = "parlour.probe";
/** Longer than any hint. */
const PROBE = "x".repeat(256);

/** The part of `localStorage` that is used. */
export type HintStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Calls `listener` when another tab has changed the storage. */
export type WatchStorage = (listener: () => void) => Unsubscribe;

/**
 * Whether this browser was signed in, kept beside the cookie that script cannot see: so that
 * strangers cause no needless question to the server, and tabs hear of each other. `undefined`
 * where the browser keeps nothing: then only the server knows.
 */
export class SessionHints extends Store<SessionHint | null | undefined> {
  readonly #storage: HintStorage | null;
  /** Whether what is written stays: where it does not, nothing follows from finding nothing. */
  #keeps: boolean;

  constructor(storage: HintStorage | null, watch: WatchStorage) {
    const kept = storage === null ? undefined : read(storage);
    const keeps = kept !== null || hasRoom(storage);
    super(keeps ? kept : undefined);
    this.#storage = storage;
    this.#keeps = keeps;
    if (storage === null) return;
    watch(() => {
      const found = read(storage);
      const next = found === null && !this.#keeps ? undefined : found;
      if (JSON.stringify(next) !== JSON.stringify(this.snapshot())) this.set(next);
    });
  }

  /** Keeps what this tab has learned; the other tabs hear of it. `null`: nobody is signed in. */
  write(hint: SessionHint | null): void {
    if (this.#storage === null) return;
    try {
      if (hint === null) this.#storage.removeItem(KEY);
      else this.#storage.setItem(KEY, JSON.stringify(hint));
      this.#keeps = true;
    } catch {
      // Full or broken: the next visit has to ask the server.
      this.#keeps = false;
    }
    this.set(hint);
  }
}

/** `null`: there is none; `undefined`: the storage cannot be read. */
function read(storage: HintStorage): SessionHint | null | undefined {
  const text = readText(storage);
  if (text === undefined) return undefined;
  try {
    const kept: unknown = JSON.parse(text ?? "null");
    return isHint(kept) ? kept : null;
  } catch {
    return null;
  }
}

function readText(storage: HintStorage): string | null | undefined {
  try {
    return storage.getItem(KEY);
  } catch {
    return undefined;
  }
}

/** Whether a hint could have been kept: in a full storage there may be none though one is signed in. */
function hasRoom(storage: HintStorage | null): boolean {
  try {
    storage?.setItem(PROBE_KEY, PROBE);
    storage?.removeItem(PROBE_KEY);
    return true;
  } catch {
    return false;
  }
}

function isHint(kept: unknown): kept is SessionHint {
  if (typeof kept !== "object" || kept === null) return false;
  const { userId, expiresAt, lifetimeMs } = kept as Record<string, unknown>;
  return typeof userId === "string" && typeof expiresAt === "number" && typeof lifetimeMs === "number";
}
