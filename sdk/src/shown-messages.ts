import type { ChannelMessage, ConfirmedMessage, Said, ShownMessage } from "./channel-events.ts";
import { Store } from "./store.ts";

/**
 * How long something is shown of which nobody says what became of it. Then the server that showed it is
 * gone; if it was stored after all, reading on brings it.
 */
export const SHOWN_FOR_MS = 30_000;
/** How many are shown at the most: 2,000 of 4,000 letters hold 16 MB. What is beyond comes when it is stored. */
export const MAX_SHOWN = 2_000;

interface Entry {
  readonly shown: ShownMessage;
  readonly endsAt: number;
  /** It is stored, but what is before it is missing still. */
  readonly stored: ChannelMessage | null;
  /** It was shown over a connection that was lost since: who sent it may have sent it again. */
  readonly isOld: boolean;
}

/** The messages of one channel that are shown and not among the stored ones yet, in order of showing. */
export class ShownMessages extends Store<readonly ShownMessage[]> {
  readonly #entries = new Map<string, Entry>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super([]);
  }

  /** Something is shown. Sent again, it stays where it is; but for one that another server had shown. */
  show(shown: ShownMessage): void {
    const { tempId } = shown;
    const before = this.#entries.get(tempId);
    for (const [id, entry] of this.#entries) if (id !== tempId && isSame(entry.shown, shown)) this.#remove(id);
    if (before === undefined && this.#entries.size >= MAX_SHOWN) this.#remove(this.#entries.keys().next().value);
    this.#entries.set(tempId, { shown, endsAt: performance.now() + SHOWN_FOR_MS, stored: before?.stored ?? null, isOld: false });
    this.#tell();
  }

  /** It is stored: the whole message, or `null` if it was not shown. It stays until `reached` says so. */
  confirmed({ tempId, _id, seq, createdAt }: ConfirmedMessage): ChannelMessage | null {
    const entry = this.#entries.get(tempId);
    if (entry === undefined) return null;
    const { channelId, sender, body, clientId } = entry.shown;
    const key = clientId === undefined ? {} : { clientId };
    const stored = { _id, channelId, seq, sender, body, createdAt, ...key, deleted: false };
    this.#entries.set(tempId, { ...entry, stored });
    return stored;
  }

  /** It will not be stored. */
  failed(tempId: string): void {
    this.#remove(tempId);
    this.#tell();
  }

  /** The connection is lost: what becomes of what it had shown may not be heard. */
  lost(): void {
    for (const [tempId, entry] of this.#entries) this.#entries.set(tempId, { ...entry, isOld: true });
  }

  /** All stored messages up to `newest` are there; of them these were not there before. */
  reached(newest: number, fresh: readonly ChannelMessage[]): void {
    if (this.#entries.size === 0) return;
    for (const [tempId, entry] of this.#entries) {
      const isThere = fresh.some((message) => message._id === tempId || isSame(entry.shown, message));
      // The server tells nobody else what a sender calls a message.
      const isAgain = entry.isOld && fresh.some((message) => saysTheSame(entry.shown, message));
      const isReached = entry.stored !== null && entry.stored.seq <= newest;
      if (isThere || isAgain || isReached) this.#remove(tempId);
    }
    this.#tell();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #remove(tempId: string | undefined): void {
    if (tempId !== undefined) this.#entries.delete(tempId);
  }

  #tell(): void {
    const shown = [...this.#entries.values()].map((entry) => entry.shown);
    const before = this.snapshot();
    if (shown.length !== before.length || shown.some((one, at) => one !== before[at])) this.set(shown);
    this.#wait();
  }

  /** Entries end in the order in which they came, but for those that were shown again. */
  #wait(): void {
    clearTimeout(this.#timer);
    if (this.#entries.size === 0) return;
    const next = Math.min(...[...this.#entries.values()].map(({ endsAt }) => endsAt));
    this.#timer = setTimeout(() => this.#end(), Math.max(0, next - performance.now()));
  }

  #end(): void {
    const now = performance.now();
    for (const [tempId, { endsAt }] of this.#entries) if (endsAt <= now) this.#remove(tempId);
    this.#tell();
  }
}

/** Whether both are one message of one sender, by the name that the sender gave it. */
function isSame(one: Said, other: Said): boolean {
  return one.clientId !== undefined && one.clientId === other.clientId && one.sender.id === other.sender.id;
}

function saysTheSame(one: Said, other: Said): boolean {
  return one.sender.id === other.sender.id && one.body === other.body;
}
