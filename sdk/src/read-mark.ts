import type { Answer } from "./ask.ts";
import type { Placed } from "./message-log.ts";
import type { Mark } from "./reading.ts";
import { Store } from "./store.ts";

/** How far one has read. */
export interface ReadMarkState {
  /** The place of the last message that one has read; `null` until the server has said so. */
  readonly lastReadSeq: number | null;
  /** The place from which on it was new when one came (back) here; `null`: nothing was. */
  readonly newFrom: number | null;
}

export interface ReadMarkOptions<M> {
  /** Tells the server. */
  readonly markRead: (seq: number, answer: Answer<Mark>) => void;
  /** What one has written oneself is not new. */
  readonly isOwn: (message: M) => boolean;
  /** Whether what is there was there before one came: then nothing of it is called new. */
  readonly newcomer: boolean;
}

/** Keeps how far one has read one conversation, and tells the server while a person looks at its end. */
export class ReadMark<M extends Placed> extends Store<ReadMarkState> {
  readonly #options: ReadMarkOptions<M>;
  #newcomer: boolean;
  #attending = false;
  #newest = 0;
  /** Up to here nothing is unread: it was read, or is one's own. */
  #done = 0;
  #live = false;
  #marking = false;

  constructor(options: ReadMarkOptions<M>) {
    super({ lastReadSeq: null, newFrom: null });
    this.#options = options;
    this.#newcomer = options.newcomer;
  }

  /** Whether the newest message is before a person's eyes. */
  get attending(): boolean {
    return this.#attending;
  }

  attend(attending: boolean): void {
    this.#attending = attending;
    this.#mark();
  }

  /** Whether the server can be told; its answers to earlier questions do not come any more. */
  connected(live: boolean): void {
    this.#live = live;
    this.#marking = false;
    this.#mark();
  }

  /** New messages came, after `before`: the first of them is the one at `before` + 1. */
  received(fresh: readonly M[], before: number): void {
    const { lastReadSeq } = this.snapshot();
    const wasRead = lastReadSeq !== null && Math.max(this.#done, lastReadSeq) >= before;
    const foreign = fresh.find((message) => !this.#options.isOwn(message));
    if (wasRead && foreign === undefined) this.#done = fresh.at(-1)?.seq ?? this.#done;
    if (!this.#attending && wasRead && foreign !== undefined) this.#change({ newFrom: foreign.seq });
    this.#newest = Math.max(this.#newest, fresh.at(-1)?.seq ?? 0);
    this.#mark();
  }

  /** The server says how far one has read, where the newest message is at `newest`. */
  told(lastReadSeq: number, newest: number): void {
    this.#newest = Math.max(this.#newest, newest);
    const known = this.snapshot().lastReadSeq;
    const isNew = known === null && !this.#newcomer && lastReadSeq < newest;
    this.#newcomer = false;
    this.#change({ lastReadSeq: Math.max(known ?? 0, lastReadSeq) });
    if (isNew) this.#change({ newFrom: lastReadSeq + 1 });
    this.#mark();
  }

  /** One has written something: what was new is read by now. */
  wrote(): void {
    if (this.snapshot().newFrom !== null) this.#change({ newFrom: null });
  }

  #change(change: Partial<ReadMarkState>): void {
    this.set({ ...this.snapshot(), ...change });
  }

  #mark(): void {
    const { lastReadSeq } = this.snapshot();
    if (!this.#attending || !this.#live || this.#marking) return;
    if (lastReadSeq === null || this.#newest <= lastReadSeq) return;
    this.#marking = true;
    this.#options.markRead(this.#newest, (result) => {
      if (!this.#marking) return;
      this.#marking = false;
      // If it did not work, the next message or look at the page tries again.
      if (!result.ok) return;
      this.#change({ lastReadSeq: Math.max(this.snapshot().lastReadSeq ?? 0, result.value.lastReadSeq) });
      this.#mark();
    });
  }
}

/** A message, and whose it is. */
interface Authored extends Placed {
  readonly sender: string;
}

/**
 * The place of the last message that one has read, when `unread` of others after it, up to `head`,
 * are not. `page` is the newest of the group; what is unread may begin before it.
 */
export function lastRead(page: readonly Authored[], unread: number, head: number, self: string): number {
  let left = unread;
  for (const { seq, sender } of page.toReversed()) {
    if (left === 0) break;
    if (seq <= head && sender !== self) left -= 1;
    if (left === 0) return seq - 1;
  }
  // What is before the page counts as of others: then the rest of it lies right before it.
  return left === 0 ? head : Math.max(0, (page[0]?.seq ?? 1) - 1 - left);
}
