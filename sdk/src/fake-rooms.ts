import type { Answer } from "./ask.ts";
import type { ConnectionState } from "./connection.ts";
import { DISCONNECTED, type ParlourError, type Result } from "./errors.ts";
import type { GroupPage, MemberPage } from "./group.ts";
import type { Presence } from "./presence.ts";
import type { History, Mark, Place } from "./reading.ts";
import type { JoinedRoom, Room, RoomDraft, RoomMessage } from "./room-events.ts";
import type { NewRoom, RoomEvents, RoomsApi } from "./rooms.ts";
import { Store, type Unsubscribe } from "./store.ts";
import type { Cursors, SyncAnswer } from "./sync.ts";

/** A connection that a test switches. */
export class FakeConnection extends Store<ConnectionState> {
  constructor() {
    super({ kind: "connected" });
  }

  go(kind: "connected" | "connecting" | "offline"): void {
    this.set(kind === "offline" ? { kind, attempt: 1, retryAt: null, error: null } : { kind });
  }

  /** An attempt to connect fails, and the next one is due later. */
  fails(): void {
    this.set({ kind: "reconnecting", attempt: 1, retryAt: Date.now() + 1_000, error: null });
  }
}

/** A request that waits for the test to answer it. */
export interface Asked<T, A = unknown> {
  readonly about: A;
  readonly succeed: (value: T) => void;
  readonly fail: (error?: ParlourError) => void;
}

/** Stands in for the server in tests: it records, and says what it is told to. */
export class FakeRooms implements RoomsApi {
  readonly joins: Asked<JoinedRoom, string>[] = [];
  readonly leaves: string[] = [];
  readonly sends: Asked<RoomMessage, RoomDraft>[] = [];
  readonly marks: Asked<Mark, number>[] = [];
  readonly syncs: Asked<SyncAnswer<Room, RoomMessage>, Cursors>[] = [];
  readonly names: Asked<Presence, string>[] = [];
  readonly pages: Asked<History<RoomMessage>, Place>[] = [];
  readonly lists: Asked<GroupPage<Room>, string>[] = [];
  readonly quits: Asked<object, string>[] = [];
  readonly made: Asked<Room, NewRoom>[] = [];
  readonly #listeners = new Map<string, Set<(said: never) => void>>();

  join(roomId: string, answer: Answer<JoinedRoom>): void {
    this.joins.push(asked(roomId, answer));
  }

  leave(roomId: string): void {
    this.leaves.push(roomId);
  }

  send(draft: RoomDraft, answer: Answer<RoomMessage>): void {
    this.sends.push(asked(draft, answer));
  }

  activeUsers(roomId: string, answer: Answer<Presence>): void {
    this.names.push(asked(roomId, answer));
  }

  markRead(_roomId: string, seq: number, answer: Answer<Mark>): void {
    this.marks.push(asked(seq, answer));
  }

  sync(cursors: Cursors, answer: Answer<SyncAnswer<Room, RoomMessage>>): void {
    this.syncs.push(asked(cursors, answer));
  }

  create(room: NewRoom): Promise<Result<Room>> {
    return promised(this.made, room);
  }

  list(query: string): Promise<Result<GroupPage<Room>>> {
    return promised(this.lists, query);
  }

  quit(roomId: string): Promise<Result<object>> {
    return promised(this.quits, roomId);
  }

  members(): Promise<Result<MemberPage>> {
    return Promise.resolve({ ok: true, value: { members: [], nextCursor: null } });
  }

  history(_roomId: string, place: Place): Promise<Result<History<RoomMessage>>> {
    return promised(this.pages, place);
  }

  on<E extends keyof RoomEvents>(event: E, listener: (said: RoomEvents[E]) => void): Unsubscribe {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  say<E extends keyof RoomEvents>(event: E, said: RoomEvents[E]): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(said as never);
  }
}

/** A room as the server would tell of it. */
export function aRoom(more: Partial<Room> = {}): Room {
  return {
    _id: "tea",
    name: "Tea",
    description: "",
    memberCount: 2,
    activeCount: 1,
    isMember: true,
    unreadCount: 0,
    lastMessage: null,
    createdAt: "2026-01-01T12:00:00.000Z",
    updatedAt: "2026-01-01T12:00:00.000Z",
    ...more,
  };
}

/** The message at `seq` of the room called "tea". */
export function aMessage(seq: number, more: Partial<RoomMessage> = {}): RoomMessage {
  return {
    _id: `m${seq}`,
    roomId: "tea",
    seq,
    sender: "mara",
    senderName: "Mara",
    senderImage: null,
    senderIsGuest: false,
    content: `Line ${seq}`,
    timestamp: new Date(Date.UTC(2026, 0, 1, 12, 0, seq)).toISOString(),
    deleted: false,
    ...more,
  };
}

/** The messages from place to place, both included. */
export function messages(from: number, to: number): RoomMessage[] {
  return Array.from({ length: to - from + 1 }, (_, index) => aMessage(from + index));
}

/** A request that a test answers. */
export function asked<T, A>(about: A, answer: Answer<T>): Asked<T, A> {
  return {
    about,
    succeed: (value) => answer({ ok: true, value }),
    fail: (error = DISCONNECTED) => answer({ ok: false, error }),
  };
}

/** One that waits in `list`. */
export function promised<T, A>(list: Asked<T, A>[], about: A): Promise<Result<T>> {
  return new Promise((resolve) => list.push(asked(about, resolve)));
}
