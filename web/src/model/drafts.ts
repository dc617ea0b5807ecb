import { keysOf, ofAccount, orElse, remove, store, wipe, type TextStorage } from "@parlour/sdk/text-storage";

/** So many are kept: 50 of 8,000 units, of each of three kinds, are 2.4 MB, half of what browsers give. */
const MAX_DRAFTS = 50;
/** Twice the longest text that can be sent; a longer one is kept only while the page is open. */
const LONGEST_KEPT = 8_000;
const PREFIX = "parlour.draft.";

/**
 * What one account has begun to write, by conversation. It outlives a reload of the tab, and the end of the
 * session; one tab knows nothing of another's. The oldest go when there are too many.
 */
export class Drafts {
  readonly #storage: TextStorage | null;
  readonly #prefix: string;
  /** The one that was changed last is the last. */
  readonly #texts = new Map<string, string>();

  /** `storage`: `null` where the browser forbids it. */
  constructor(storage: TextStorage | null, account: string, kind: string) {
    this.#storage = storage;
    this.#prefix = `${ofAccount(PREFIX, account)}${kind}.`;
    if (storage === null) return;
    for (const key of keysOf(storage, this.#prefix)) {
      const text = orElse(null, () => storage.getItem(key));
      if (text !== null && text.length <= LONGEST_KEPT) this.#texts.set(key.slice(this.#prefix.length), text);
    }
  }

  /** What was begun there; empty if that is nothing. */
  get(id: string): string {
    return this.#texts.get(id) ?? "";
  }

  /** Keeps it, in place of what was begun there before; an empty text is forgotten. */
  keep(id: string, text: string): void {
    this.#texts.delete(id);
    if (text !== "") this.#texts.set(id, text);
    this.#store(id, text);
    const [oldest] = this.#texts.keys();
    if (this.#texts.size <= MAX_DRAFTS || oldest === undefined) return;
    this.#texts.delete(oldest);
    this.#store(oldest, "");
  }

  #store(id: string, text: string): void {
    const storage = this.#storage;
    if (storage === null) return;
    const key = this.#prefix + id;
    const isStored = text !== "" && text.length <= LONGEST_KEPT && store(storage, key, text);
    // Rather none than an older one.
    if (!isStored) remove(storage, key);
  }
}

/** Forgets the drafts of all accounts but `account`; `null`: of all. */
export function wipeDrafts(storage: TextStorage, account: string | null): void {
  wipe(storage, PREFIX, account);
}
