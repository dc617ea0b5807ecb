import { backoffMs } from "./backoff.ts";
import type { ParlourError } from "./errors.ts";
import type { FeedChannel, FeedOptions } from "./feed-channel.ts";
import { FeedPages } from "./feed-pages.ts";
import { firstState, type FeedState } from "./feed-state.ts";
import { hasGap, knowHead, logFromPage, takeIn, type Placed } from "./message-log.ts";
import { ReadMark } from "./read-mark.ts";
import type { History } from "./reading.ts";
import { Store, type Unsubscribe } from "./store.ts";
import type { Synced } from "./sync.ts";

/** A longer absence is not caught up with message by message: the newest page is read anew. */
export const CATCH_UP_AT_MOST = 2_000;

/**
 * A conversation that is open: its newest page, everything new in order and each once, whatever the
 * connection does; and, however long it is, a bounded stretch of what is before it, where one looks.
 */
export class Feed<M extends Placed, J> extends Store<FeedState<M, J>> {
  readonly reading: ReadMark<M>;
  /** Reads what lies before and after what is seen. */
  readonly pages: FeedPages<M, J>;
  readonly #channel: FeedChannel<M, J>;
  readonly #options: FeedOptions<M>;
  readonly #ends: Unsubscribe[];
  #closed = false;
  /** The newest page is there, and places can be compared with it. */
  #loaded = false;
  #loading = false;
  #filling = false;
  /** How often one began to listen: a page that was under way then may have been read too early. */
  #entries = 0;
  /** What was said before one began to listen is known, or is being read. */
  #whole = false;
  /** What one had read when one came is known. */
  #begun = false;
  /** Back after a lost connection, and it is not known yet whether one is in it still. */
  #held = false;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(channel: FeedChannel<M, J>, options: FeedOptions<M>) {
    super(firstState(options.member));
    this.#channel = channel;
    this.#options = options;
    this.pages = new FeedPages(channel.history, this.snapshot, (change) => this.#change(change));
    const { connection, member } = options;
    this.reading = new ReadMark({ ...channel, newcomer: !member });
    let kind = connection.snapshot().kind;
    this.#ends = [
      channel.listen((message) => this.heard(message)),
      connection.subscribe(() => {
        const before = kind;
        kind = connection.snapshot().kind;
        if (kind !== before && (kind === "connected" || before === "connected")) this.#connectionChanged();
      }),
    ];
    // A member's page is read once one listens: so nothing falls between the two.
    if (this.#isConnected && member) this.#enter();
    else void this.#load();
  }

  /** Becomes a member, and listens. */
  join(): void {
    this.#change({ member: true, joinError: null });
    this.#enter();
  }

  /** It may be known by now that one is in it still: if one waits for that, one joins. */
  resume(): void {
    if (this.#held && this.#isConnected) this.#reenter();
  }

  /** One is no member any more, by one's own doing elsewhere. */
  expelled(): void {
    this.#deaf({ member: false });
  }

  /** One may not listen any more, or write. `retry` asks whether one may again. */
  shutOut(error: ParlourError): void {
    this.#deaf({ joinError: error });
  }

  /** Asks again for what could not be had. */
  retry(): void {
    const { phase, member, live } = this.snapshot();
    if (phase.kind === "failed") void this.#load();
    if (member && !live) this.#enter();
  }

  /** Looks for what is new without listening. */
  refresh(): void {
    if (!this.snapshot().live && this.#loaded) void this.#fill();
  }

  /** Where a `sync` is to go on from; `null` while it has nothing to do here. */
  get cursor(): number | null {
    const { member, log } = this.snapshot();
    return member && this.#loaded ? log.newest : null;
  }

  /** Takes what a `sync` has brought after an absence. */
  caughtUp(synced: Synced<M>): void {
    if (this.#closed || "error" in synced) return;
    this.reading.told(synced.lastReadSeq, Math.max(this.snapshot().log.newest, synced.messages.at(-1)?.seq ?? 0));
    this.#take(synced.messages);
    if (synced.hasMore) void this.#fill();
    else this.#whole = true;
  }

  /** Takes in a message of this conversation; of what is known nothing comes. */
  heard(message: M): void {
    if (!this.#loaded) {
      const others = this.snapshot().early.filter(({ seq }) => seq !== message.seq);
      return this.#change({ early: [...others, message].slice(-CATCH_UP_AT_MOST) });
    }
    this.#take([message]);
    this.#checkGap();
  }

  /** It is known that there is a message at `seq`: if it does not come, it is read. */
  protected exists(seq: number): void {
    this.#change({ log: knowHead(this.snapshot().log, seq) });
    if (this.#loaded) this.#checkGap();
  }

  /** Stops listening; one stays a member. */
  close(): void {
    if (!this.#closed && this.snapshot().live) this.#channel.leave();
    this.drop();
  }

  /** Ends without a word to the server, where the connection ends too. */
  drop(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const end of this.#ends) end();
  }

  get #isConnected(): boolean {
    return this.#options.connection.snapshot().kind === "connected";
  }

  #change(change: Partial<FeedState<M, J>>): void {
    if (!this.#closed) this.set({ ...this.snapshot(), ...change });
  }

  /** One listens no more. */
  #deaf(why: Partial<FeedState<M, J>>): void {
    this.#whole = false;
    this.#change({ ...why, live: false });
    this.reading.connected(false);
  }

  #connectionChanged(): void {
    clearTimeout(this.#timer);
    this.#attempt = 0;
    if (!this.#isConnected) return this.#deaf({});
    if (this.snapshot().phase.kind === "failed") void this.#load();
    this.#reenter();
  }

  #reenter(): void {
    this.#held = !(this.#options.isKnown?.() ?? true);
    if (this.snapshot().member && !this.#held) this.#enter();
  }

  /** Reads the newest page. */
  async #load(): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    if (!this.#loaded) this.#change({ phase: { kind: "loading" } });
    if (this.snapshot().live) this.#whole = true;
    const result = await this.#channel.history({});
    this.#loading = false;
    if (this.#closed) return;
    if (result.ok) this.#pageLoaded(result.value);
    else this.#notLoaded(result.error);
  }

  #pageLoaded({ messages, hasMore }: History<M>): void {
    this.#loaded = true;
    const { log: before, early } = this.snapshot();
    const head = Math.max(before.head, this.#joinedHead);
    const end = this.pages.endIs(knowHead(logFromPage(messages, hasMore), head));
    this.#change({ phase: { kind: "ready" }, older: "idle", newer: "idle", early: [], ...end });
    this.#take([...before.ahead.values(), ...early]);
    if (this.snapshot().live) this.#begin();
    else this.#checkGap();
  }

  #notLoaded(error: ParlourError): void {
    if (!this.#loaded) this.#change({ phase: { kind: "failed", error } });
    else this.#later(error, () => void this.#load());
  }

  /** Up to where there were messages when one joined, as far as is known. */
  get #joinedHead(): number {
    const { joined } = this.snapshot();
    return joined === null ? 0 : this.#channel.head(joined);
  }

  #enter(): void {
    this.#held = false;
    this.#channel.join((result) => {
      if (this.#closed) return result.ok ? this.#channel.leave() : undefined;
      if (!result.ok) return this.#notJoined(result.error);
      this.#attempt = 0;
      this.#change({ joined: result.value, live: true, joinError: null });
      this.reading.connected(true);
      if (this.#loaded) this.#begin();
      else void this.#load();
    });
  }

  /** One listens, and the newest page is there: what lies between the two is looked for. */
  #begin(): void {
    const { joined } = this.snapshot();
    const head = this.#joinedHead;
    this.#change({ log: knowHead(this.snapshot().log, head) });
    const { log } = this.snapshot();
    if (!this.#begun && joined !== null) {
      this.#begun = true;
      this.reading.told(this.#channel.lastRead(joined, log.messages), Math.max(head, log.newest));
    }
    if (this.#whole || head - log.newest > CATCH_UP_AT_MOST) return this.#checkGap();
    // What is known was read before one began to listen.
    this.#whole = true;
    this.#entries += 1;
    void this.#fill();
  }

  #notJoined(error: ParlourError): void {
    // What is said can be read all the same.
    if (!this.#loaded) void this.#load();
    if (error.code === "disconnected") return;
    this.#change({ joinError: error });
    if (error.retryable) this.#later(error, () => this.#reenter());
  }

  #checkGap(): void {
    const { log } = this.snapshot();
    if (log.head - log.newest > CATCH_UP_AT_MOST) void this.#load();
    else if (hasGap(log)) void this.#fill();
  }

  /** Reads what comes after the newest known message, until there is no more. */
  async #fill(): Promise<void> {
    if (this.#filling) return;
    this.#filling = true;
    for (let again = true; again; ) {
      const entries = this.#entries;
      again = (await this.#fillPage()) || this.#entries > entries;
    }
    this.#filling = false;
  }

  /** Whether there is more to be had at once. */
  async #fillPage(): Promise<boolean> {
    const { newest } = this.snapshot().log;
    const result = await this.#channel.history({ after: newest });
    if (this.#closed) return false;
    if (result.ok) this.#take(result.value.messages);
    const { log } = this.snapshot();
    if (result.ok && log.newest > newest) return result.value.hasMore || hasGap(log);
    const isLacking = (!result.ok || hasGap(log)) && this.snapshot().live;
    if (isLacking) this.#later(result.ok ? { retryAfterMs: null } : result.error, () => void this.#fill());
    return false;
  }

  #later({ retryAfterMs }: Pick<ParlourError, "retryAfterMs">, act: () => void): void {
    this.#attempt += 1;
    clearTimeout(this.#timer);
    const random = (this.#options.random ?? Math.random)();
    this.#timer = setTimeout(act, Math.max(retryAfterMs ?? 0, backoffMs(this.#attempt, random)));
  }

  #take(incoming: readonly M[]): void {
    const { log: before } = this.snapshot();
    const log = takeIn(before, incoming);
    if (log === before) return;
    const fresh = log.messages.slice(before.messages.length);
    // Whoever watches sees all that is new, before some of it is let go.
    this.#change({ log });
    this.pages.letGo();
    this.reading.received(fresh, before.newest);
    for (const message of fresh) this.#options.onMessage?.(message);
  }
}
