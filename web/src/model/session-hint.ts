import { Store, type Unsubscribe } from "@parlour/sdk/store";
import type { SessionHint } from "./session-state.ts";

const KEY = "parlour.session";

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

  constructor(storage: HintStorage | null, watch: WatchStorage) {
    super(storage === null ? undefined : read(storage));
    this.#storage = storage;
    if (storage === null) return;
    watch(() => {
      const next = read(storage);
      if (JSON.stringify(next) !== JSON.stringify(this.snapshot())) this.set(next);
    });
  }

  /** Keeps what this tab has learned; the other tabs hear of it. `null`: nobody is signed in. */
  write(hint: SessionHint | null): void {
    if (this.#storage === null) return;
    try {
      if (hint === null) this.#storage.removeItem(KEY);
      else this.#storage.setItem(KEY, JSON.stringify(hint));
    } catch {
      // A full storage: the next visit begins signed out, though the cookie is there.
    }
    this.set(hint);
  }
}

function read(storage: HintStorage): SessionHint | null {
  try {
    const kept: unknown = JSON.parse(storage.getItem(KEY) ?? "null");
    return isHint(kept) ? kept : null;
  } catch {
    return null;
  }
}

function isHint(kept: unknown): kept is SessionHint {
  if (typeof kept !== "object" || kept === null) return false;
  const { userId, expiresAt, lifetimeMs } = kept as Record<string, unknown>;
  return typeof userId === "string" && typeof expiresAt === "number" && typeof lifetimeMs === "number";
}
