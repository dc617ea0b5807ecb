import { isRecord, parseError, type ParlourError } from "./errors.ts";

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

/** Where an outbox is kept, so that a reload loses nothing of it. */
export interface OutboxKeeper {
  /** What is kept, in the order in which it was written. */
  readonly load: () => readonly KeptDraft[];
  /** Keeps one, in place of what was kept under its `clientId`. */
  readonly keep: (draft: KeptDraft) => void;
  readonly forget: (clientId: string) => void;
}

/** The part of `localStorage` that is used. */
export type TextStorage = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

const PREFIX = "parlour.outbox.";

/**
 * Keeps the outbox of one account and one kind of conversations in `localStorage`, each entry by itself.
 * Not in IndexedDB: what is written there in the moment of a reload is lost, since it is written later.
 * What 500 entries of the longest texts need, 4 million letters, is less than browsers give.
 */
export class StoredOutbox implements OutboxKeeper {
  readonly #storage: TextStorage;
  readonly #prefix: string;

  constructor(storage: TextStorage, account: string, kind: string) {
    this.#storage = storage;
    this.#prefix = `${ofAccount(account)}${kind}.`;
  }

  load(): readonly KeptDraft[] {
    const drafts = keysOf(this.#storage, this.#prefix).map((key) => readDraft(this.#storage, key, this.#prefix));
    return drafts.filter((draft) => draft !== null).sort((one, other) => one.at - other.at);
  }

  keep({ clientId, ...rest }: KeptDraft): void {
    try {
      this.#storage.setItem(this.#prefix + clientId, JSON.stringify(rest));
    } catch {
      // A full storage: it is sent all the same, but does not outlive the page.
    }
  }

  forget(clientId: string): void {
    this.#storage.removeItem(this.#prefix + clientId);
  }
}

/** Forgets the outboxes of all accounts but `account`; `null`: of all. */
export function wipeOutboxes(storage: TextStorage, account: string | null): void {
  for (const key of keysOf(storage, PREFIX)) {
    if (account === null || !key.startsWith(ofAccount(account))) storage.removeItem(key);
  }
}

/** An account's id may hold a dot: encoded, none ends where another goes on. */
function ofAccount(account: string): string {
  return `${PREFIX}${encodeURIComponent(account).replaceAll(".", "%2E")}.`;
}

function keysOf(storage: TextStorage, prefix: string): string[] {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index));
  return keys.filter((key) => key !== null).filter((key) => key.startsWith(prefix));
}

/** What is kept under a key; `null` if that is nothing that was put there. */
function readDraft(storage: TextStorage, key: string, prefix: string): KeptDraft | null {
  const kept = parseJson(storage.getItem(key));
  if (!isRecord(kept) || typeof kept.conversationId !== "string" || typeof kept.text !== "string") return null;
  const { conversationId, text, at } = kept;
  const error = isRecord(kept.error) ? parseError(kept.error) : null;
  return { clientId: key.slice(prefix.length), conversationId, text, at: typeof at === "number" ? at : 0, error };
}

function parseJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}
