import { backoffMs } from "./backoff.ts";
import type { ConnectionState } from "./connection.ts";
import type { ParlourError } from "./errors.ts";
import { hasGap, knowHead, logFromPage, takeIn, takeOlder, trimOlder } from "./message-log.ts";
import { lastRead, ReadMark } from "./read-mark.ts";
import type { RoomHistory, RoomMessage, Synced } from "./room-events.ts";
import { firstState, type RoomFeedState } from "./room-feed-state.ts";
import { RoomPeople } from "./room-people.ts";
import type { RoomsApi } from "./rooms.ts";
import { Store, type Observable, type Unsubscribe } from "./store.ts";

export interface RoomFeedOptions {
  readonly rooms: RoomsApi;
  readonly connection: Observable<ConnectionState>;
  readonly roomId: string;
  /** One's own account. */
  readonly self: string;
  /** Whether to join at once; else it is only looked at, until `join`. */
  readonly member: boolean;
  /** Told of each message that comes in while the room is open, in order, each once. */
  readonly onMessage?: (message: RoomMessage) => void;
  /** In [0, 1); spreads the attempts of many clients. */
  readonly random?: () => number;
}

/** With more messages than this, the oldest are let go while one is at the end. */
const TRIM_ABOVE = 2_000;
const TRIM_TO = 1_000;
/** So many are kept at the most while one reads back: 200,000 of 500 letters hold 200 MB. */
const MAX_KEPT = 200_000;
/** A longer absence is not caught up with message by message: the newest page is read anew. */
export const CATCH_UP_AT_MOST = 2_000;

/**
 * A room that is open: its newest page and what is before it, everything new in order and each
 * once, whatever the connection does.
 */
export class RoomFeed extends Store<RoomFeedState> {
  readonly people: RoomPeople;
  readonly reading: ReadMark;
  readonly #options: RoomFeedOptions;
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
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Heard before the newest page was there. */
  #early: readonly RoomMessage[] = [];

  constructor(options: RoomFeedOptions) {
    super(firstState(options.member));
    this.#options = options;
    const { rooms, connection, roomId, self, member, random = Math.random } = options;
    this.people = new RoomPeople({ rooms, roomId, self, newest: () => this.snapshot().log.newest, random });
    this.reading = new ReadMark({ rooms, roomId, self, newcomer: !member });
    let kind = connection.snapshot().kind;
    this.#ends = [
      rooms.on("message", (message) => this.heard(message)),
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

  /** One is no member any more, by one's own doing in another tab. */
  expelled(): void {
    this.#whole = false;
    this.#change({ member: false, live: false });
    this.reading.connected(false);
    this.people.left();
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
  caughtUp(synced: Synced): void {
    if (this.#closed || "error" in synced) return;
    this.reading.told(synced.lastReadSeq, Math.max(this.snapshot().log.newest, synced.messages.at(-1)?.seq ?? 0));
    this.#take(synced.messages);
    if (synced.hasMore) void this.#fill();
    else this.#whole = true;
  }

  /** Loads the page before the first known message; once at a time. */
  async loadOlder(): Promise<void> {
    const { log, older } = this.snapshot();
    const first = log.messages[0];
    if (!log.hasOlder || older === "loading" || first === undefined) return;
    if (log.messages.length >= MAX_KEPT) return;
    this.#change({ older: "loading" });
    const { rooms, roomId } = this.#options;
    const result = await rooms.history(roomId, { before: first.seq });
    if (this.#closed) return;
    if (result.ok) {
      const { messages, hasMore } = result.value;
      this.#change({ older: "idle", log: takeOlder(this.snapshot().log, messages, hasMore) });
    } else this.#change({ older: "failed" });
  }

  /** Takes in a message; of other rooms', and what is known, nothing comes. */
  heard(message: RoomMessage): void {
    if (message.roomId !== this.#options.roomId) return;
    if (!this.#loaded) {
      this.#early = [...this.#early, message].slice(-CATCH_UP_AT_MOST);
      return;
    }
    this.#take([message]);
    this.#checkGap();
  }

  /** Stops listening; one stays a member. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const end of this.#ends) end();
    this.people.close();
    if (this.snapshot().live) this.#leave();
  }

  get #isConnected(): boolean {
    return this.#options.connection.snapshot().kind === "connected";
  }

  #change(change: Partial<RoomFeedState>): void {
    if (!this.#closed) this.set({ ...this.snapshot(), ...change });
  }

  #connectionChanged(): void {
    clearTimeout(this.#timer);
    this.#attempt = 0;
    if (!this.#isConnected) {
      this.#whole = false;
      this.reading.connected(false);
      return this.#change({ live: false });
    }
    if (this.snapshot().phase.kind === "failed") void this.#load();
    if (this.snapshot().member) this.#enter();
  }

  /** Reads the newest page. */
  async #load(): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    if (!this.#loaded) this.#change({ phase: { kind: "loading" } });
    if (this.snapshot().live) this.#whole = true;
    const { rooms, roomId } = this.#options;
    const result = await rooms.history(roomId, {});
    this.#loading = false;
    if (this.#closed) return;
    if (result.ok) this.#pageLoaded(result.value);
    else this.#notLoaded(result.error);
  }

  #pageLoaded({ messages, hasMore }: RoomHistory): void {
    this.#loaded = true;
    const { room, log: before } = this.snapshot();
    const head = Math.max(before.head, room?.lastMessage?.seq ?? 0);
    this.#change({ phase: { kind: "ready" }, older: "idle", log: knowHead(logFromPage(messages, hasMore), head) });
    this.#take([...before.ahead.values(), ...this.#early]);
    this.#early = [];
    if (this.snapshot().live) this.#begin();
  }

  #notLoaded(error: ParlourError): void {
    if (!this.#loaded) this.#change({ phase: { kind: "failed", error } });
    else this.#later(error, () => void this.#load());
  }

  #enter(): void {
    const { rooms, roomId } = this.#options;
    rooms.join(roomId, (result) => {
      if (this.#closed) return result.ok ? this.#leave() : undefined;
      if (!result.ok) return this.#notJoined(result.error);
      this.#attempt = 0;
      this.people.entered(result.value);
      this.#change({ room: result.value.room, live: true, joinError: null });
      this.reading.connected(true);
      if (this.#loaded) this.#begin();
      else void this.#load();
    });
  }

  /** One listens, and the newest page is there: what lies between the two is looked for. */
  #begin(): void {
    const { room, log } = this.snapshot();
    const head = room?.lastMessage?.seq ?? 0;
    this.#change({ log: knowHead(log, head) });
    if (!this.#begun) {
      this.#begun = true;
      this.reading.told(lastRead(log.messages, room?.unreadCount ?? 0, head, this.#options.self), head);
    }
    if (this.#whole || head - log.newest > CATCH_UP_AT_MOST) return this.#checkGap();
    // What is known was read before one began to listen.
    this.#whole = true;
    this.#entries += 1;
    void this.#fill();
  }

  #leave(): void {
    this.#options.rooms.leave(this.#options.roomId, () => undefined);
  }

  #notJoined(error: ParlourError): void {
    // What is said can be read all the same.
    if (!this.#loaded) void this.#load();
    if (error.code === "disconnected") return;
    this.#change({ joinError: error });
    if (error.retryable) this.#later(error, () => this.#enter());
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
    let again = true;
    while (again) {
      const entries = this.#entries;
      again = (await this.#fillPage()) || this.#entries > entries;
    }
    this.#filling = false;
  }

  /** Whether there is more to be had at once. */
  async #fillPage(): Promise<boolean> {
    const { newest } = this.snapshot().log;
    const { rooms, roomId } = this.#options;
    const result = await rooms.history(roomId, { after: newest });
    if (this.#closed) return false;
    if (result.ok) this.#take(result.value.messages);
    const { log } = this.snapshot();
    if (result.ok && log.newest > newest) return result.value.hasMore || hasGap(log);
    if (!result.ok || hasGap(log)) this.#fillLater(result.ok ? { retryAfterMs: null } : result.error);
    return false;
  }

  #fillLater(error: Pick<ParlourError, "retryAfterMs">): void {
    if (this.snapshot().live) this.#later(error, () => void this.#fill());
  }

  #later({ retryAfterMs }: Pick<ParlourError, "retryAfterMs">, act: () => void): void {
    this.#attempt += 1;
    clearTimeout(this.#timer);
    const random = (this.#options.random ?? Math.random)();
    this.#timer = setTimeout(act, Math.max(retryAfterMs ?? 0, backoffMs(this.#attempt, random)));
  }

  #take(incoming: readonly RoomMessage[]): void {
    const { log: before } = this.snapshot();
    let log = takeIn(before, incoming);
    if (log === before) return;
    const fresh = log.messages.slice(before.messages.length);
    if (this.reading.attending && log.messages.length > TRIM_ABOVE) log = trimOlder(log, TRIM_TO);
    this.#change({ log });
    this.reading.received(fresh, before.newest);
    for (const message of fresh) this.#options.onMessage?.(message);
  }
}
