import { isRecord, parseError, type ParlourError } from "./errors.ts";
import type { Unsubscribe } from "./store.ts";
import { keysOf, ofAccount, orElse, remove, store, wipe, type TextStorage } from "./text-storage.ts";

/** Something that one wrote and the server has not confirmed, as it outlives the page. */
export interface KeptDraft {
  readonly clientId: string;
  readonly conversationId: string;
  readonly text: string;
  /** When it was written, in milliseconds since 1970; no two of one outbox are the same. */
  readonly at: number;
  /** Why it was given up; `null`: it is to be sent. */
  readonly error: ParlourError | null;
}

/** Where an outbox is kept, so that a reload loses nothing of it. Nothing of it throws. */
export interface OutboxKeeper {
  /** What is kept, in the order in which it was written. */
  readonly load: () => readonly KeptDraft[];
  /** Keeps one, in place of what was kept under its `clientId`; `false`: it could not be kept. */
  readonly keep: (draft: KeptDraft) => boolean;
  readonly forget: (clientId: string) => void;
  /** Calls `listener` with the `clientId` of each that was forgotten elsewhere, as in another tab. */
  readonly onForgotten?: (listener: (clientId: string) => void) => Unsubscribe;
}

/** Calls `listener` with each key that another tab has removed from the storage. */
export type WatchRemovals = (listener: (key: string) => void) => Unsubscribe;

const PREFIX = "parlour.outbox.";
/** The end of the year 9999: later than that no two programs agree on how a moment is written. */
const LATEST_MS = 253_402_300_799_999;
/** Longer than any text or id that the server takes: 4,000 letters of two units each. */
const LONGEST_TEXT = 8_000;
const LONGEST_ID = 256;

/**
 * Keeps the outbox of one account and one kind of conversations in `localStorage`, each entry by itself.
 * Not in IndexedDB: what is written there in the moment of a reload is lost, since it is written later.
 * What 500 entries of the longest texts need, 4 million letters, is less than browsers give. A storage
 * that fails, or is full, keeps nothing.
 */
export class StoredOutbox implements OutboxKeeper {
  readonly #storage: TextStorage;
  readonly #prefix: string;
  readonly #watch: WatchRemovals | undefined;

  /** `watch`: what other tabs have discarded, or heard to be stored, is then not sent from here. */
  constructor(storage: TextStorage, account: string, kind: string, watch?: WatchRemovals) {
    this.#storage = storage;
    this.#prefix = `${ofAccount(PREFIX, account)}${kind}.`;
    this.#watch = watch;
  }

  load(): readonly KeptDraft[] {
    const drafts = keysOf(this.#storage, this.#prefix).map((key) => readDraft(this.#storage, key, this.#prefix));
    return drafts.filter((draft) => draft !== null).sort((one, other) => one.at - other.at);
  }

  keep({ clientId, ...rest }: KeptDraft): boolean {
    return store(this.#storage, this.#prefix + clientId, JSON.stringify(rest));
  }

  forget(clientId: string): void {
    remove(this.#storage, this.#prefix + clientId);
  }

  onForgotten(listener: (clientId: string) => void): Unsubscribe {
    const prefix = this.#prefix;
    const removed = (key: string): void => {
      if (key.startsWith(prefix)) listener(key.slice(prefix.length));
    };
    return this.#watch?.(removed) ?? (() => undefined);
  }
}

/** Forgets the outboxes of all accounts but `account`; `null`: of all. */
export function wipeOutboxes(storage: TextStorage, account: string | null): void {
  wipe(storage, PREFIX, account);
}

/** What is kept under a key; `null` if that is nothing that was put there. */
function readDraft(storage: TextStorage, key: string, prefix: string): KeptDraft | null {
  const kept: unknown = orElse(null, () => JSON.parse(storage.getItem(key) ?? "null") as unknown);
  if (!isRecord(kept)) return null;
  const { conversationId, text, at } = kept;
  const clientId = key.slice(prefix.length);
  if (!isText(clientId, LONGEST_ID) || !isText(conversationId, LONGEST_ID) || !isText(text, LONGEST_TEXT)) return null;
  if (typeof at !== "number" || !(at >= 0 && at <= LATEST_MS)) return null;
  return { clientId, conversationId, text, at, error: isRecord(kept.error) ? parseError(kept.error) : null };
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= longest;
}
