import type { Answer } from "./ask.ts";
import { backoffMs } from "./backoff.ts";
import type { ConnectionState } from "./connection.ts";
import type { ParlourError, Result } from "./errors.ts";
import type { OutboxKeeper } from "./kept-outbox.ts";
import { isResting, keptBy, MAX_OUTGOING, type OutboxDraft, type Outgoing, type OutgoingStatus } from "./outgoing.ts";
import { Store, type Observable, type Unsubscribe } from "./store.ts";

export interface OutboxOptions<M> {
  readonly connection: Observable<ConnectionState>;
  /**
   * Sends one; the answer comes when it is stored, or, with `null`, when it is only taken: then `settle`
   * or `fail` is to be called when it is known what became of it.
   */
  readonly deliver: (draft: OutboxDraft, answer: Answer<M | null>) => void;
  /** How long that may take until one counts as unanswered; for ever without. */
  readonly answerWithinMs?: number;
  /** Where it is kept beyond the page; nowhere without. */
  readonly keeper?: OutboxKeeper | null;
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
  /** Until when each that is under way is to be answered. */
  readonly #deadlines = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #ends: Unsubscribe[];
  #closed = false;

  constructor(options: OutboxOptions<M>) {
    super(keptBy(options.keeper));
    this.#options = options;
    let connected = this.#isConnected;
    const follow = (): void => {
      const before = connected;
      connected = this.#isConnected;
      if (before && !connected) this.#lost();
      if (connected && !before) this.#reconnected();
    };
    this.#ends = [options.connection.subscribe(follow)];
    const endForgotten = options.keeper?.onForgotten?.((clientId) => this.#forgotten(clientId));
    if (endForgotten !== undefined) this.#ends.push(endForgotten);
    if (connected && this.snapshot().length > 0) queueMicrotask(() => this.resume());
  }

  /** Where something waits, or has failed. */
  get conversations(): ReadonlySet<string> {
    return new Set(this.snapshot().map(({ conversationId }) => conversationId));
  }

  /** Takes a text to be sent; `false` when too much is waiting already, or something under the same `clientId`. */
  add(draft: OutboxDraft): boolean {
    if (this.snapshot().length >= MAX_OUTGOING || this.#find(draft.clientId) !== undefined) return false;
    this.#append(draft, this.snapshot());
    return true;
  }

  /** Sends one that has failed, or that nobody has answered, again, after all others. */
  retry(clientId: string): void {
    const entry = this.#find(clientId);
    if (entry === undefined || !isResting(entry)) return;
    this.#attempts.delete(clientId);
    this.#append(entry, this.snapshot().filter((other) => other !== entry));
  }

  /** Forgets one that is not under way. */
  discard(clientId: string): void {
    const entry = this.#find(clientId);
    if (entry !== undefined && (isResting(entry) || entry.status.kind === "queued")) this.#remove(clientId);
  }

  /** The server has it not, and will not have it, though it was taken: the person is asked. */
  fail(clientId: string, error: ParlourError): void {
    const entry = this.#find(clientId);
    if (entry === undefined || entry.status.kind === "queued" || entry.status.kind === "failed") return;
    this.#fail(entry, error);
    this.#pump(entry.conversationId);
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
    for (const conversationId of this.conversations) this.#pump(conversationId);
  }

  /** Gives up what waits in a conversation, until the person says what to do: it would be refused. */
  giveUp(conversationId: string, error: ParlourError): void {
    this.#stopWaiting(conversationId);
    const isGivenUp = (entry: Outgoing): boolean =>
      entry.conversationId === conversationId && entry.status.kind !== "failed";
    const entries = this.snapshot().filter(isGivenUp);
    if (entries.length === 0) return;
    for (const { clientId } of entries) this.#attempts.delete(clientId);
    for (const entry of entries) this.#keep(entry, error);
    const failed = { status: { kind: "failed", error } } as const;
    this.set(this.snapshot().map((entry) => (isGivenUp(entry) ? { ...entry, ...failed } : entry)));
    this.#options.onFailed?.(error, conversationId);
  }

  /** Forgets all that was written in a conversation. */
  drop(conversationId: string): void {
    this.#stopWaiting(conversationId);
    for (const entry of this.snapshot()) if (entry.conversationId === conversationId) this.#remove(entry.clientId);
  }

  /** Sends nothing more, and forgets everything but what is kept beyond the page. */
  close(): void {
    this.#closed = true;
    for (const end of this.#ends) end();
    for (const conversationId of [...this.#waits.keys()]) this.#stopWaiting(conversationId);
    for (const timer of this.#deadlines.values()) clearTimeout(timer);
    this.set([]);
  }

  get #isConnected(): boolean {
    return this.#options.connection.snapshot().kind === "connected";
  }

  /** What was taken is not heard of any more: it is to be sent again. */
  #lost(): void {
    for (const { clientId, status } of this.snapshot()) {
      if (status.kind === "shown" || status.kind === "unanswered") this.#mark(clientId, { kind: "queued" });
    }
  }

  #reconnected(): void {
    for (const conversationId of this.conversations) this.#stopWaiting(conversationId);
    this.resume();
  }

  /** Puts one at the end, to be sent after `others`. */
  #append({ clientId, conversationId, text }: OutboxDraft, others: readonly Outgoing[]): void {
    // No two at the same moment, so that they can be put in order after a reload.
    const at = Math.max(Date.now(), (others.at(-1)?.at ?? 0) + 1);
    const draft = { clientId, conversationId, text, at };
    const isKept = this.#keep(draft, null);
    this.set([...others, { ...draft, isKept, status: { kind: "queued" } }]);
    this.#pump(conversationId);
  }

  /** Sends the next one of a conversation, unless one is under way. */
  #pump(conversationId: string): void {
    if (this.#closed || !this.#isConnected || this.#waits.has(conversationId)) return;
    if (this.#options.isKnown?.(conversationId) === false) return;
    const next = this.snapshot().find(
      ({ conversationId: where, status }) =>
        where === conversationId && (status.kind === "queued" || status.kind === "sending"),
    );
    if (next?.status.kind !== "queued") return;
    const { clientId, text } = next;
    this.#mark(clientId, { kind: "sending" });
    this.#expectAnswer(clientId, conversationId);
    this.#options.deliver({ clientId, conversationId, text }, (result) => this.#answered(next, result));
  }

  #answered({ clientId, conversationId }: Outgoing, result: Result<M | null>): void {
    if (this.#closed) return;
    if (result.ok && result.value !== null) this.#options.onStored(result.value);
    // Heard or given up meanwhile, it is not to be tried again.
    const isUnderWay = this.#find(clientId)?.status.kind === "sending";
    if (result.ok && result.value !== null) this.#remove(clientId);
    else if (isUnderWay && result.ok) this.#mark(clientId, { kind: "shown" });
    else if (isUnderWay && !result.ok) this.#refused(clientId, conversationId, result.error);
    this.#pump(conversationId);
  }

  #refused(clientId: string, conversationId: string, error: ParlourError): void {
    if (error.code === "disconnected") return this.#mark(clientId, { kind: "queued" });
    const attempt = (this.#attempts.get(clientId) ?? 0) + 1;
    this.#attempts.set(clientId, attempt);
    const entry = this.#find(clientId);
    if (entry !== undefined && (!error.retryable || attempt >= MAX_ATTEMPTS)) return this.#fail(entry, error);
    this.#mark(clientId, { kind: "queued" });
    const random = (this.#options.random ?? Math.random)();
    const waitMs = error.retryAfterMs ?? backoffMs(attempt, random);
    const timer = setTimeout(() => {
      this.#waits.delete(conversationId);
      this.#pump(conversationId);
    }, waitMs);
    this.#waits.set(conversationId, timer);
  }

  #fail(entry: Outgoing, error: ParlourError): void {
    this.#attempts.delete(entry.clientId);
    this.#keep(entry, error);
    this.#mark(entry.clientId, { kind: "failed", error });
    this.#options.onFailed?.(error, entry.conversationId);
  }

  /** What has no answer in time does not hold up the others. */
  #expectAnswer(clientId: string, conversationId: string): void {
    const { answerWithinMs } = this.#options;
    if (answerWithinMs === undefined) return;
    const late = (): void => {
      this.#mark(clientId, { kind: "unanswered" });
      this.#pump(conversationId);
    };
    this.#deadlines.set(clientId, setTimeout(late, answerWithinMs));
  }

  #keep({ clientId, conversationId, text, at }: OutboxDraft & Pick<Outgoing, "at">, error: ParlourError | null): boolean {
    return this.#options.keeper?.keep({ clientId, conversationId, text, at, error }) ?? false;
  }

  /** Another tab has discarded it, or heard that it is stored: here it is not to be sent either. */
  #forgotten(clientId: string): void {
    this.discard(clientId);
  }

  #stopWaiting(conversationId: string): void {
    clearTimeout(this.#waits.get(conversationId));
    this.#waits.delete(conversationId);
  }

  #find(clientId: string): Outgoing | undefined {
    return this.snapshot().find((entry) => entry.clientId === clientId);
  }

  #mark(clientId: string, status: OutgoingStatus): void {
    if (status.kind !== "sending" && status.kind !== "shown") this.#answerCame(clientId);
    this.set(this.snapshot().map((entry) => (entry.clientId === clientId ? { ...entry, status } : entry)));
  }

  #remove(clientId: string): void {
    this.#attempts.delete(clientId);
    this.#answerCame(clientId);
    this.#options.keeper?.forget(clientId);
    this.set(this.snapshot().filter((entry) => entry.clientId !== clientId));
  }

  /** Nothing is waited for any more. */
  #answerCame(clientId: string): void {
    clearTimeout(this.#deadlines.get(clientId));
    this.#deadlines.delete(clientId);
  }
}
