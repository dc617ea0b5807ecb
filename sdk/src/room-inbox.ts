import { backoffMs } from "./backoff.ts";
import type { ConnectionState } from "./connection.ts";
import type { ParlourError } from "./errors.ts";
import type { Room, SyncAnswer, Synced } from "./room-events.ts";
import type { RoomsApi } from "./rooms.ts";
import { Store, type Observable, type Unsubscribe } from "./store.ts";

/** The rooms that one is a member of. */
export interface RoomInboxState {
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

/** Keeps the rooms that one is a member of, with what is unread in them, over all connections. */
export class RoomInbox extends Store<RoomInboxState> {
  readonly #options: RoomInboxOptions;
  readonly #ends: Unsubscribe[];
  /** Counts the connections: an answer over an earlier one is of no use. */
  #turn = 0;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What was heard while the whole list was under way: it is newer. */
  #heard = new Map<string, Room | null>();

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
    this.#heard.set(room._id, room);
    this.#change({ rooms: new Map(this.snapshot().rooms).set(room._id, room) });
  }

  /** One is no member of it any more. */
  remove(roomId: string): void {
    this.#heard.set(roomId, null);
    if (!this.snapshot().rooms.has(roomId)) return;
    const rooms = new Map(this.snapshot().rooms);
    rooms.delete(roomId);
    this.#change({ rooms });
    this.#options.onRemoved?.(roomId);
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
    this.#heard = new Map();
    const cursors = this.#options.cursors?.() ?? {};
    this.#options.rooms.sync(cursors, (result) => {
      if (turn !== this.#turn) return;
      if (result.ok) return this.#synced(result.value, Object.keys(cursors));
      if (result.error.code !== "disconnected") this.#failed(result.error, turn);
    });
  }

  #synced({ conversations, added, removed }: SyncAnswer, asked: readonly string[]): void {
    // Of a room with a cursor the list says nothing: one is in it, unless it was removed.
    const { rooms } = this.snapshot();
    const named = asked.filter((roomId) => !removed.includes(roomId)).map((roomId) => rooms.get(roomId));
    this.#listed([...added, ...named.filter((room) => room !== undefined)]);
    this.#options.onSynced?.(conversations);
  }

  #listed(mine: readonly Room[]): void {
    const rooms = new Map(mine.map((room) => [room._id, room]));
    for (const [roomId, room] of this.#heard) {
      if (room === null) rooms.delete(roomId);
      else rooms.set(roomId, room);
    }
    const gone = [...this.snapshot().rooms.keys()].filter((roomId) => !rooms.has(roomId));
    this.#change({ phase: "ready", error: null, rooms });
    for (const roomId of gone) this.#options.onRemoved?.(roomId);
  }

  #failed(error: ParlourError, turn: number): void {
    // What is known already stays in sight.
    const { phase } = this.snapshot();
    this.#change({ error, phase: phase === "ready" ? phase : "failed" });
    if (!error.retryable) return;
    this.#attempt += 1;
    const random = (this.#options.random ?? Math.random)();
    const waitMs = Math.max(error.retryAfterMs ?? 0, backoffMs(this.#attempt, random));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(turn), waitMs);
  }

  #change(change: Partial<RoomInboxState>): void {
    this.set({ ...this.snapshot(), ...change });
  }
}
