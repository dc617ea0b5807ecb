import type { Answer } from "./ask.ts";
import { backoffMs } from "./backoff.ts";
import type { ConnectionState } from "./connection.ts";
import type { ParlourError, Result } from "./errors.ts";
import { Store, type Observable, type Unsubscribe } from "./store.ts";

/** How far something that one wrote has come. */
export type OutgoingStatus =
  /** It waits for its turn, or for a connection. */
  | { readonly kind: "queued" }
  /** It is under way: the server may have it already. */
  | { readonly kind: "sending" }
  | { readonly kind: "failed"; readonly error: ParlourError };

/** Something that one wrote and that the server has not confirmed yet. */
export interface Outgoing {
  /** What makes sending it twice harmless. */
  readonly clientId: string;
  readonly conversationId: string;
  readonly text: string;
  /** When it was written, in milliseconds since 1970 by this machine's clock. */
  readonly at: number;
  readonly status: OutgoingStatus;
}

export type OutboxDraft = Pick<Outgoing, "clientId" | "conversationId" | "text">;

export interface OutboxOptions<M> {
  readonly connection: Observable<ConnectionState>;
  /** Sends one; the answer comes when it is stored. */
  readonly deliver: (draft: OutboxDraft, answer: Answer<M>) => void;
  /** Told of each stored message, before it leaves the outbox. */
  readonly onStored: (message: M) => void;
  /** Told when one is given up until the person says what to do. */
  readonly onFailed?: (error: ParlourError, conversationId: string) => void;
  /**
   * Whether it is known, over the present connection, that one is in a conversation still, where writing
   * makes one a member. While it is not, its texts wait for `resume`. Without it, they never do.
   */
  readonly isKnown?: (conversationId: string) => boolean;
  /** In [0, 1); spreads the attempts of many clients. */
  readonly random?: () => number;
}

/** How much can wait: 500 texts of at most 4,000 letters hold 4 MB. */
export const MAX_OUTGOING = 500;
/** So often one is tried while connected before the person is asked. */
const MAX_ATTEMPTS = 5;

/**
 * What one has written and the server has not confirmed: sent one after the other in each
 * conversation, again with the same id after a lost connection or a refusal that passes.
 */
export class Outbox<M> extends Store<readonly Outgoing[]> {
  readonly #options: OutboxOptions<M>;
  readonly #attempts = new Map<string, number>();
  /** Waits between two attempts, by conversation: what comes after waits too. */
  readonly #waits = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #unsubscribe: Unsubscribe;

  constructor(options: OutboxOptions<M>) {
    super([]);
    this.#options = options;
    let connected = this.#isConnected;
    this.#unsubscribe = options.connection.subscribe(() => {
      const before = connected;
      connected = this.#isConnected;
      if (connected && !before) this.#reconnected();
    });
  }

  /** Takes a text to be sent; `false` when too much is waiting already. */
  add(draft: OutboxDraft): boolean {
    if (this.snapshot().length >= MAX_OUTGOING) return false;
    this.set([...this.snapshot(), { ...draft, at: Date.now(), status: { kind: "queued" } }]);
    this.#pump(draft.conversationId);
    return true;
  }

  /** Sends one that has failed again, after all others. */
  retry(clientId: string): void {
    const entry = this.#find(clientId);
    if (entry?.status.kind !== "failed") return;
    this.#attempts.delete(clientId);
    const others = this.snapshot().filter((other) => other !== entry);
    this.set([...others, { ...entry, at: Date.now(), status: { kind: "queued" } }]);
    this.#pump(entry.conversationId);
  }

  /** Forgets one that is not under way. */
  discard(clientId: string): void {
    if (this.#find(clientId)?.status.kind !== "sending") this.#remove(clientId);
  }

  /** The server has it: it was heard among the messages of its conversation. */
  settle(clientId: string): void {
    const entry = this.#find(clientId);
    if (entry === undefined) return;
    this.#remove(clientId);
    this.#pump(entry.conversationId);
  }

  /** Of more conversations it may be known by now that one is in them still. */
  resume(): void {
    for (const conversationId of this.#conversations) this.#pump(conversationId);
  }

  /** Gives up what waits in a conversation, until the person says what to do: it would be refused. */
  giveUp(conversationId: string, error: ParlourError): void {
    this.#stopWaiting(conversationId);
    const isGivenUp = (entry: Outgoing): boolean =>
      entry.conversationId === conversationId && entry.status.kind !== "failed";
    const entries = this.snapshot().filter(isGivenUp);
    if (entries.length === 0) return;
    for (const { clientId } of entries) this.#attempts.delete(clientId);
    const failed = { status: { kind: "failed", error } } as const;
    this.set(this.snapshot().map((entry) => (isGivenUp(entry) ? { ...entry, ...failed } : entry)));
    this.#options.onFailed?.(error, conversationId);
  }

  /** Forgets all that was written in a conversation. */
  drop(conversationId: string): void {
    this.#stopWaiting(conversationId);
    this.set(this.snapshot().filter((entry) => entry.conversationId !== conversationId));
  }

  /** Forgets everything and sends nothing more. */
  close(): void {
    this.#unsubscribe();
    for (const conversationId of [...this.#waits.keys()]) this.#stopWaiting(conversationId);
    this.set([]);
  }

  get #isConnected(): boolean {
    return this.#options.connection.snapshot().kind === "connected";
  }

  get #conversations(): ReadonlySet<string> {
    return new Set(this.snapshot().map(({ conversationId }) => conversationId));
  }

  #reconnected(): void {
    for (const conversationId of this.#conversations) this.#stopWaiting(conversationId);
    this.resume();
  }

  /** Sends the next one of a conversation, unless one is under way. */
  #pump(conversationId: string): void {
    if (!this.#isConnected || this.#waits.has(conversationId)) return;
    if (this.#options.isKnown?.(conversationId) === false) return;
    const next = this.snapshot().find(
      (entry) => entry.conversationId === conversationId && entry.status.kind !== "failed",
    );
    if (next?.status.kind !== "queued") return;
    const { clientId, text } = next;
    this.#mark(clientId, { kind: "sending" });
    this.#options.deliver({ clientId, conversationId, text }, (result) => this.#answered(next, result));
  }

  #answered({ clientId, conversationId }: Outgoing, result: Result<M>): void {
    if (result.ok) this.#options.onStored(result.value);
    // Heard or given up meanwhile, it is not to be tried again.
    const isUnderWay = this.#find(clientId)?.status.kind === "sending";
    if (result.ok) this.#remove(clientId);
    else if (isUnderWay) this.#refused(clientId, conversationId, result.error);
    this.#pump(conversationId);
  }

  #refused(clientId: string, conversationId: string, error: ParlourError): void {
    if (error.code === "disconnected") return this.#mark(clientId, { kind: "queued" });
    const attempt = (this.#attempts.get(clientId) ?? 0) + 1;
    this.#attempts.set(clientId, attempt);
    if (!error.retryable || attempt >= MAX_ATTEMPTS) {
      this.#attempts.delete(clientId);
      this.#mark(clientId, { kind: "failed", error });
      this.#options.onFailed?.(error, conversationId);
      return;
    }
    this.#mark(clientId, { kind: "queued" });
    const random = (this.#options.random ?? Math.random)();
    const waitMs = error.retryAfterMs ?? backoffMs(attempt, random);
    const timer = setTimeout(() => {
      this.#waits.delete(conversationId);
      this.#pump(conversationId);
    }, waitMs);
    this.#waits.set(conversationId, timer);
  }

  #stopWaiting(conversationId: string): void {
    clearTimeout(this.#waits.get(conversationId));
    this.#waits.delete(conversationId);
  }

  #find(clientId: string): Outgoing | undefined {
    return this.snapshot().find((entry) => entry.clientId === clientId);
  }

  #mark(clientId: string, status: OutgoingStatus): void {
    this.set(this.snapshot().map((entry) => (entry.clientId === clientId ? { ...entry, status } : entry)));
  }

  #remove(clientId: string): void {
    this.#attempts.delete(clientId);
    this.set(this.snapshot().filter((entry) => entry.clientId !== clientId));
  }
}
