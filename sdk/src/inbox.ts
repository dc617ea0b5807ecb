import type { Answer } from "./ask.ts";
import { backoffMs } from "./backoff.ts";
import type { ConnectionState } from "./connection.ts";
import { TIMED_OUT, type ParlourError, type Result } from "./errors.ts";
import { Store, type Observable, type Unsubscribe } from "./store.ts";
import type { Cursors, SyncAnswer, Synced } from "./sync.ts";

/** The conversations of one kind that are one's own. */
export interface InboxState<C> {
  /** `ready`: as whole as it gets. While it is `loading`, `conversations` may lack some. */
  readonly phase: "loading" | "ready" | "failed";
  /** Why the list could not be had. */
  readonly error: ParlourError | null;
  /** By id. */
  readonly conversations: ReadonlyMap<string, C>;
}

/** A page of the server's list. */
export interface ListPage<C> {
  readonly conversations: readonly C[];
  readonly nextCursor: string | null;
}

/** Where an inbox has its conversations from. */
export interface InboxSource<C, M> {
  readonly sync: (cursors: Cursors, answer: Answer<SyncAnswer<C, M>>) => void;
  readonly list: (cursor: string | null, limit: number) => Promise<Result<ListPage<C>>>;
  readonly idOf: (conversation: C) => string;
  /** Whether it is one's own, not only to be looked at. */
  readonly isOwn: (conversation: C) => boolean;
  /** What the list says, with what is known to be newer. */
  readonly merge: (listed: C, known: C) => C;
}

export interface InboxOptions<C, M> {
  readonly connection: Observable<ConnectionState>;
  /** Which open conversations to catch up with in the same question, and from where. */
  readonly cursors?: () => Cursors;
  /** Told what those had. */
  readonly onSynced?: (conversations: readonly Synced<M>[]) => void;
  /** Told when a conversation is one's own no more, by one's own doing here or elsewhere. */
  readonly onRemoved?: (conversationId: string, conversation: C) => void;
  /** Told when of more conversations it is known whether they are one's own still; see `knows`. */
  readonly onKnown?: () => void;
  /** In [0, 1); spreads the attempts of many clients. */
  readonly random?: () => number;
}

/** So many a page, where the list has to be read on: the most that the server gives. */
const PAGE = 100;
/** How many such pages are read after a connection at the most: beyond 2,000 one finds by looking. */
export const MAX_PAGES = 20;

/**
 * Keeps one's own conversations of one kind, with what is unread in them, over all connections. One
 * goes when the server says so, or when a list that is known to be whole does not have it.
 */
export class Inbox<C, M> extends Store<InboxState<C>> {
  readonly #source: InboxSource<C, M>;
  readonly #options: InboxOptions<C, M>;
  readonly #end: Unsubscribe;
  /** Counts the connections: an answer over an earlier one is of no use. */
  #turn = 0;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Of these something was heard while the whole list was under way: it is newer. */
  #heard = new Set<string>();
  /** These the list has told of so far. */
  #met = new Set<string>();
  /** Back after a lost connection: one may have left elsewhere what is not told of yet. */
  #isBack = false;
  #isPeeking = false;

  constructor(source: InboxSource<C, M>, options: InboxOptions<C, M>) {
    super({ phase: "loading", error: null, conversations: new Map() });
    this.#source = source;
    this.#options = options;
    const { connection } = options;
    let kind = connection.snapshot().kind;
    this.#end = connection.subscribe(() => {
      const before = kind;
      kind = connection.snapshot().kind;
      if (before === "connected" && kind !== "connected") this.#lost();
      if (kind === "connected" && before !== "connected") this.#begin();
    });
    if (kind === "connected") this.#begin();
  }

  /** A conversation as it is now. */
  put(conversation: C): void {
    if (!this.#source.isOwn(conversation)) return;
    const id = this.#source.idOf(conversation);
    this.#heard.add(id);
    this.#change({ conversations: new Map(this.snapshot().conversations).set(id, conversation) });
  }

  /** Something of a conversation is known anew; of the rest of it the list still has to tell. */
  update(id: string, news: Partial<C>): void {
    const known = this.snapshot().conversations.get(id);
    if (known === undefined) return;
    this.#change({ conversations: new Map(this.snapshot().conversations).set(id, { ...known, ...news }) });
  }

  /** It is one's own no more. */
  remove(id: string): void {
    this.#heard.add(id);
    const conversations = new Map(this.snapshot().conversations);
    conversations.delete(id);
    this.#replace(conversations);
  }

  /**
   * Whether it is known, over the present connection, if this is one's own: nothing that makes one a
   * member again is to be done before. Always so over the first one, for which there is no "again".
   */
  knows(id: string): boolean {
    return !this.#isBack || this.#met.has(id) || this.#heard.has(id);
  }

  /** Asks for the list again. */
  retry(): void {
    if (this.#options.connection.snapshot().kind === "connected") this.#begin();
  }

  /**
   * Reads the first page of the list where there was no connection yet, so that something is known until there
   * is one: what that brings then is newer. Nothing where the list was read already; once at a time.
   */
  protected async peek(): Promise<void> {
    const turn = this.#turn;
    if (turn > 0 || this.#isPeeking || this.snapshot().phase !== "loading") return;
    this.#isPeeking = true;
    const result = await this.#source.list(null, PAGE);
    this.#isPeeking = false;
    if (turn !== this.#turn || !result.ok) return;
    const { conversations, nextCursor } = result.value;
    this.#change({ conversations: this.#with(conversations) });
    if (nextCursor === null) this.#isRead();
  }

  close(): void {
    this.#turn += 1;
    clearTimeout(this.#timer);
    this.#end();
  }

  /** What was known is not, until it is told again. */
  #lost(): void {
    clearTimeout(this.#timer);
    this.#turn += 1;
    this.#isBack = true;
    this.#heard = new Set();
    this.#met = new Set();
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#attempt = 0;
    this.#turn += 1;
    this.#ask(this.#turn);
  }

  #ask(turn: number): void {
    this.#heard = new Set();
    this.#met = new Set();
    const cursors = this.#options.cursors?.() ?? {};
    this.#source.sync(cursors, (result) => {
      if (turn !== this.#turn) return;
      if (result.ok) return this.#synced(result.value, Object.keys(cursors), turn);
      if (result.error.code !== "disconnected") this.#failed(result.error, turn);
    });
  }

  #synced(answer: SyncAnswer<C, M>, asked: readonly string[], turn: number): void {
    const { conversations: synced, added, addedMore, removed } = answer;
    // Of such a one it is not known whether it is one's own.
    const [why] = synced.filter((one) => asked.includes(one.conversationId)).flatMap(whyUnknown);
    if (why !== undefined) {
      // The next question goes on from what this one has brought.
      this.#options.onSynced?.(synced.filter((one) => whyUnknown(one).length === 0));
      return this.#failed(why, turn);
    }
    this.#attempt = 0;
    // Of one with a cursor the list says nothing: it is one's own, unless it was removed.
    for (const id of asked) this.#met.add(id);
    const conversations = this.#with(added);
    for (const id of removed) if (!this.#heard.has(id)) conversations.delete(id);
    this.#change({ error: null });
    this.#replace(conversations);
    if (addedMore) void this.#readOn(turn, null, 1);
    else this.#isWhole();
    this.#options.onSynced?.(synced);
    this.#options.onKnown?.();
  }

  /** Reads the whole list, page by page, for those of one's own that were left out. */
  async #readOn(turn: number, cursor: string | null, page: number): Promise<void> {
    const result = await this.#source.list(cursor, PAGE);
    if (turn !== this.#turn) return;
    if (!result.ok) {
      this.#change({ phase: "ready" });
      if (result.error.retryable) this.#later(result.error, () => void this.#readOn(turn, cursor, page));
      return;
    }
    this.#attempt = 0;
    const { conversations, nextCursor } = result.value;
    this.#replace(this.#with(conversations));
    if (nextCursor === null) this.#isWhole();
    else if (page < MAX_PAGES) void this.#readOn(turn, nextCursor, page + 1);
    else this.#isRead();
    this.#options.onKnown?.();
  }

  /** What is known, with these as the list tells of them. */
  #with(listed: readonly C[]): Map<string, C> {
    const conversations = new Map(this.snapshot().conversations);
    for (const conversation of listed) {
      const id = this.#source.idOf(conversation);
      if (this.#heard.has(id)) continue;
      this.#met.add(id);
      const known = conversations.get(id);
      if (!this.#source.isOwn(conversation)) conversations.delete(id);
      else conversations.set(id, known === undefined ? conversation : this.#source.merge(conversation, known));
    }
    return conversations;
  }

  /** The list was told to its end: what it does not have, is not one's own. */
  #isWhole(): void {
    const isKnown = (id: string): boolean => this.#met.has(id) || this.#heard.has(id);
    const conversations = [...this.snapshot().conversations].filter(([id]) => isKnown(id));
    this.#isRead();
    this.#replace(new Map(conversations));
  }

  /** The list says no more. */
  #isRead(): void {
    this.#isBack = false;
    this.#change({ phase: "ready" });
  }

  #replace(conversations: ReadonlyMap<string, C>): void {
    const gone = [...this.snapshot().conversations].filter(([id]) => !conversations.has(id));
    this.#change({ conversations });
    for (const [id, conversation] of gone) this.#options.onRemoved?.(id, conversation);
  }

  #failed(error: ParlourError, turn: number): void {
    // What is known already stays in sight.
    const { phase } = this.snapshot();
    this.#change({ error, phase: phase === "ready" ? phase : "failed" });
    if (error.retryable) this.#later(error, () => this.#ask(turn));
  }

  #later({ retryAfterMs }: ParlourError, act: () => void): void {
    this.#attempt += 1;
    const random = (this.#options.random ?? Math.random)();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, Math.max(retryAfterMs ?? 0, backoffMs(this.#attempt, random)));
  }

  #change(change: Partial<InboxState<C>>): void {
    this.set({ ...this.snapshot(), ...change });
  }
}

/** Why it is not known whether a conversation is one's own; nothing if it is known. */
function whyUnknown(synced: Synced<unknown>): readonly ParlourError[] {
  if ("error" in synced) return synced.error.retryable ? [synced.error] : [];
  return synced.hasMore && synced.messages.length === 0 ? [TIMED_OUT] : [];
}
