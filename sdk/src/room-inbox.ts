import { backoffMs } from "./backoff.ts";
import type { ConnectionState } from "./connection.ts";
import type { ParlourError } from "./errors.ts";
import type { Room, SyncAnswer, Synced } from "./room-events.ts";
import type { RoomsApi } from "./rooms.ts";
import { Store, type Observable, type Unsubscribe } from "./store.ts";

/** The rooms that one is a member of. */
export interface RoomInboxState {
  /** `ready`: as whole as it gets. While it is `loading`, `rooms` may lack some. */
  readonly phase: "loading" | "ready" | "failed";
  /** Why the list could not be had. */
  readonly error: ParlourError | null;
  /** By id. */
  readonly rooms: ReadonlyMap<string, Room>;
}

export interface RoomInboxOptions {
  readonly rooms: RoomsApi;
  readonly connection: Observable<ConnectionState>;
  /** Which open rooms to catch up with in the same question, and from where. */
  readonly cursors?: () => Readonly<Record<string, number>>;
  /** Told what those rooms had. */
  readonly onSynced?: (conversations: readonly Synced[]) => void;
  /** Told when one is no member of a room any more, by one's own doing here or elsewhere. */
  readonly onRemoved?: (roomId: string) => void;
  /** In [0, 1); spreads the attempts of many clients. */
  readonly random?: () => number;
}

/** So many rooms a page, where the list has to be read on: the most that the server gives. */
const PAGE_ROOMS = 100;
/** How many such pages are read after a connection at the most: beyond 2,000 rooms one finds by looking. */
export const MAX_PAGES = 20;

/**
 * Keeps the rooms that one is a member of, with what is unread in them, over all connections. A room
 * goes when the server says so, or when a list that is known to be whole does not have it.
 */
export class RoomInbox extends Store<RoomInboxState> {
  readonly #options: RoomInboxOptions;
  readonly #ends: Unsubscribe[];
  /** Counts the connections: an answer over an earlier one is of no use. */
  #turn = 0;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Of these something was heard while the whole list was under way: it is newer. */
  #heard = new Set<string>();
  /** These the list has told of so far. */
  #met = new Set<string>();

  constructor(options: RoomInboxOptions) {
    super({ phase: "loading", error: null, rooms: new Map() });
    this.#options = options;
    const { rooms, connection } = options;
    let kind = connection.snapshot().kind;
    this.#ends = [
      rooms.on("updated", (room) => this.put(room)),
      rooms.on("added", (room) => this.put(room)),
      rooms.on("removed", (room) => this.remove(room._id)),
      connection.subscribe(() => {
        const before = kind;
        kind = connection.snapshot().kind;
        if (kind === "connected" && before !== "connected") this.#begin();
      }),
    ];
    if (kind === "connected") this.#begin();
  }

  /** A room as it is now. */
  put(room: Room): void {
    if (!room.isMember) return;
    this.#heard.add(room._id);
    this.#change({ rooms: new Map(this.snapshot().rooms).set(room._id, room) });
  }

  /** Something of a room is known anew; of the rest of it the list still has to tell. */
  update(roomId: string, news: Partial<Omit<Room, "_id" | "isMember">>): void {
    const room = this.snapshot().rooms.get(roomId);
    if (room === undefined) return;
    this.#change({ rooms: new Map(this.snapshot().rooms).set(roomId, { ...room, ...news }) });
  }

  /** One is no member of it any more. */
  remove(roomId: string): void {
    this.#heard.add(roomId);
    const rooms = new Map(this.snapshot().rooms);
    rooms.delete(roomId);
    this.#replace(rooms);
  }

  /** Asks for the list again. */
  retry(): void {
    if (this.#options.connection.snapshot().kind === "connected") this.#begin();
  }

  close(): void {
    this.#turn += 1;
    clearTimeout(this.#timer);
    for (const end of this.#ends) end();
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
    this.#options.rooms.sync(cursors, (result) => {
      if (turn !== this.#turn) return;
      if (result.ok) return this.#synced(result.value, Object.keys(cursors), turn);
      if (result.error.code !== "disconnected") this.#failed(result.error, turn);
    });
  }

  #synced({ conversations, added, addedMore, removed }: SyncAnswer, asked: readonly string[], turn: number): void {
    this.#attempt = 0;
    // Of a room with a cursor the list says nothing: one is in it, unless it was removed.
    for (const roomId of asked) this.#met.add(roomId);
    const rooms = this.#with(added);
    for (const roomId of removed) if (!this.#heard.has(roomId)) rooms.delete(roomId);
    this.#change({ error: null });
    this.#replace(rooms);
    if (addedMore) void this.#readOn(turn, null, 1);
    else this.#isWhole();
    this.#options.onSynced?.(conversations);
  }

  /** Reads the list of all rooms, page by page, for those of one's own that were left out. */
  async #readOn(turn: number, cursor: string | null, page: number): Promise<void> {
    const result = await this.#options.rooms.list("", cursor, PAGE_ROOMS);
    if (turn !== this.#turn) return;
    if (!result.ok) {
      this.#change({ phase: "ready" });
      if (result.error.retryable) this.#later(result.error, () => void this.#readOn(turn, cursor, page));
      return;
    }
    this.#attempt = 0;
    const { rooms, nextCursor } = result.value;
    this.#replace(this.#with(rooms));
    if (nextCursor === null) this.#isWhole();
    else if (page < MAX_PAGES) void this.#readOn(turn, nextCursor, page + 1);
    else this.#change({ phase: "ready" });
  }

  /** What is known, with these as the list tells of them. */
  #with(listed: readonly Room[]): Map<string, Room> {
    const rooms = new Map(this.snapshot().rooms);
    for (const room of listed) {
      if (this.#heard.has(room._id)) continue;
      this.#met.add(room._id);
      if (room.isMember) rooms.set(room._id, withLast(room, rooms.get(room._id)));
      else rooms.delete(room._id);
    }
    return rooms;
  }

  /** The list was told to its end: what it does not have, one is not in. */
  #isWhole(): void {
    const rooms = [...this.snapshot().rooms].filter(([roomId]) => this.#met.has(roomId) || this.#heard.has(roomId));
    this.#change({ phase: "ready" });
    this.#replace(new Map(rooms));
  }

  #replace(rooms: ReadonlyMap<string, Room>): void {
    const gone = [...this.snapshot().rooms.keys()].filter((roomId) => !rooms.has(roomId));
    this.#change({ rooms });
    for (const roomId of gone) this.#options.onRemoved?.(roomId);
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

  #change(change: Partial<RoomInboxState>): void {
    this.set({ ...this.snapshot(), ...change });
  }
}

/** The room, with the newer of the two last messages. */
function withLast(room: Room, known: Room | undefined): Room {
  const isNewer = (known?.lastMessage?.seq ?? 0) > (room.lastMessage?.seq ?? 0);
  if (known === undefined || !isNewer) return room;
  return { ...room, lastMessage: known.lastMessage, updatedAt: known.updatedAt };
}
