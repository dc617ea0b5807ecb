import type { ConnectionState } from "@parlour/sdk/connection";
import type { ParlourError, Result } from "@parlour/sdk/errors";
import { Outbox } from "@parlour/sdk/outbox";
import type { Room, RoomMessage, Synced } from "@parlour/sdk/room-events";
import { RoomFeed } from "@parlour/sdk/room-feed";
import { RoomInbox } from "@parlour/sdk/room-inbox";
import type { NewRoom, RoomsApi } from "@parlour/sdk/rooms";
import { Store, type Observable, type Unsubscribe } from "@parlour/sdk/store";

export interface RoomsPorts {
  readonly rooms: RoomsApi;
  readonly connection: Observable<ConnectionState>;
  /** Whether a person looks at the page. */
  readonly attention: Observable<boolean>;
  readonly newId: () => string;
  readonly onEvent?: (event: RoomsEvent) => void;
}

/** What a person may want to hear of. */
export type RoomsEvent =
  /** Somebody else has said something in the open room. */
  | { readonly kind: "message"; readonly message: RoomMessage }
  | { readonly kind: "failed"; readonly error: ParlourError };

/** The room that is open on this page. */
export interface OpenRoom {
  readonly roomId: string;
  readonly feed: RoomFeed;
}

/** How many rooms of others are remembered by name: 1,000 hold 1 MB at the most. */
const MAX_KNOWN = 1_000;
/** Where a room is looked for that came by its address alone: so many pages of the list. */
const PAGES_TO_SEARCH = 10;

/** The rooms of one account on this page; made when somebody signs in, closed when they sign out. */
export class Rooms {
  readonly api: RoomsApi;
  readonly self: string;
  readonly inbox: RoomInbox;
  readonly outbox: Outbox<RoomMessage>;
  readonly open: Observable<OpenRoom | null>;
  /** The room whose end a person looks at: there nothing stays unread. */
  readonly attended: Observable<string | null>;
  /** How many messages wait to be read. */
  readonly unread: Observable<number>;
  /** What the open room is called; empty without one, or while that is not known. */
  readonly openName: Observable<string>;
  readonly #ports: RoomsPorts;
  readonly #open = new Value<OpenRoom | null>(null);
  readonly #attended = new Value<string | null>(null);
  readonly #unread = new Value(0);
  readonly #openName = new Value("");
  readonly #drafts = new Map<string, string>();
  readonly #known = new Map<string, Room>();
  #atEnd = false;
  readonly #ends: Unsubscribe[];

  constructor(self: string, ports: RoomsPorts) {
    const { rooms, connection, attention } = ports;
    this.self = self;
    this.api = rooms;
    this.#ports = ports;
    this.open = this.#open;
    this.attended = this.#attended;
    this.unread = this.#unread;
    this.openName = this.#openName;
    this.inbox = new RoomInbox({
      rooms,
      connection,
      cursors: () => this.#cursors(),
      onSynced: (conversations) => this.#synced(conversations),
      onRemoved: (roomId) => this.#removed(roomId),
    });
    this.outbox = new Outbox<RoomMessage>({
      connection,
      deliver: ({ conversationId, text, clientId }, answer) =>
        rooms.send({ roomId: conversationId, content: text, clientId }, answer),
      onStored: (message) => this.#open.snapshot()?.feed.heard(message),
      onFailed: (error) => ports.onEvent?.({ kind: "failed", error }),
    });
    this.#ends = [
      attention.subscribe(() => this.#attend()),
      this.inbox.subscribe(() => this.#inboxChanged()),
      this.#attended.subscribe(() => this.#count()),
      this.#open.subscribe(() => this.#nameOpen()),
    ];
  }

  /** Opens a room: to be in it as a member, else to look at it. Another one is closed. */
  enter(roomId: string): void {
    const present = this.#open.snapshot();
    if (present?.roomId === roomId) return;
    if (present !== null) this.#close(present);
    this.#atEnd = false;
    const { rooms, connection } = this.#ports;
    const member = this.inbox.snapshot().rooms.has(roomId);
    const onMessage = (message: RoomMessage): void => this.#heard(message);
    const feed = new RoomFeed({ rooms, connection, roomId, self: this.self, member, onMessage });
    feed.subscribe(() => {
      const { room, live } = feed.snapshot();
      if (live && room !== null && !this.inbox.snapshot().rooms.has(roomId)) this.inbox.put({ ...room, isMember: true });
    });
    feed.people.subscribe(() => {
      const mine = this.inbox.snapshot().rooms.get(roomId);
      const { count } = feed.people.snapshot().presence;
      if (mine !== undefined && count > 0) this.#counted(mine, { ...mine, activeCount: count });
    });
    this.#open.put({ roomId, feed });
    this.#attend();
  }

  /** Closes the room, if it is the one that is open. */
  exit(roomId: string): void {
    const present = this.#open.snapshot();
    if (present?.roomId !== roomId) return;
    this.#close(present);
    this.#open.put(null);
    this.#attend();
  }

  /** Writes into a room; `false` when too much is waiting already. */
  write(roomId: string, text: string): boolean {
    const taken = this.outbox.add({ conversationId: roomId, text, clientId: this.#ports.newId() });
    const present = this.#open.snapshot();
    if (taken && present?.roomId === roomId) present.feed.reading.wrote();
    return taken;
  }

  /** Whether the end of the open room is in view. */
  showsEnd(atEnd: boolean): void {
    this.#atEnd = atEnd;
    this.#attend();
  }

  /** Makes a room, and is in it. */
  async create(room: NewRoom): Promise<Result<Room>> {
    const result = await this.api.create(room);
    if (result.ok) this.inbox.put(result.value);
    return result;
  }

  /** Leaves a room for good. */
  async quit(roomId: string): Promise<Result<object>> {
    const room = this.inbox.snapshot().rooms.get(roomId);
    const result = await this.api.quit(roomId);
    if (!result.ok) return result;
    this.outbox.drop(roomId);
    this.#drafts.delete(roomId);
    if (room !== undefined) this.remember([{ ...room, isMember: false }]);
    this.inbox.remove(roomId);
    return result;
  }

  /** Remembers rooms that were seen in a list. */
  remember(rooms: readonly Room[]): void {
    for (const room of rooms) {
      this.#known.delete(room._id);
      this.#known.set(room._id, room);
      const mine = this.inbox.snapshot().rooms.get(room._id);
      // Of very many rooms the inbox has only the most recently active.
      if (mine === undefined && room.isMember) this.inbox.put(room);
      if (mine !== undefined) this.#counted(mine, room);
    }
    for (const roomId of [...this.#known.keys()].slice(0, Math.max(0, this.#known.size - MAX_KNOWN))) {
      this.#known.delete(roomId);
    }
    this.#nameOpen();
  }

  /** What is known of a room that one is not in. */
  known(roomId: string): Room | null {
    return this.#known.get(roomId) ?? null;
  }

  /** Looks for a room of which only the address is known; `null`: it was not found. */
  async find(roomId: string): Promise<Room | null> {
    let cursor: string | null = null;
    for (let page = 0; page < PAGES_TO_SEARCH; page += 1) {
      const result: Awaited<ReturnType<RoomsApi["list"]>> = await this.api.list("", cursor);
      if (!result.ok) return null;
      this.remember(result.value.rooms);
      cursor = result.value.nextCursor;
      if (this.#known.has(roomId) || cursor === null) break;
    }
    return this.known(roomId);
  }

  draft(roomId: string): string {
    return this.#drafts.get(roomId) ?? "";
  }

  /** Keeps what is being written while one looks at another room. */
  keepDraft(roomId: string, text: string): void {
    if (text === "") this.#drafts.delete(roomId);
    else this.#drafts.set(roomId, text);
  }

  close(): void {
    for (const end of this.#ends) end();
    this.#open.snapshot()?.feed.close();
    this.#open.put(null);
    this.inbox.close();
    this.outbox.close();
  }

  /** Nobody tells of one's own going: what is known of the others stays. */
  #close({ roomId, feed }: OpenRoom): void {
    const { count } = feed.people.snapshot().presence;
    if (feed.snapshot().live) this.inbox.update(roomId, { activeCount: Math.max(0, count - 1) });
    feed.close();
  }

  #heard(message: RoomMessage): void {
    const isOwn = message.sender === this.self;
    const mine = this.inbox.snapshot().rooms.get(message.roomId);
    // The server tells of it too, but once a second at the most.
    if (mine !== undefined && message.seq > (mine.lastMessage?.seq ?? 0)) {
      this.inbox.update(mine._id, { lastMessage: message, updatedAt: message.timestamp });
    }
    if (isOwn && message.clientId !== undefined) this.outbox.settle(message.clientId);
    if (!isOwn) this.#ports.onEvent?.({ kind: "message", message });
  }

  /** The server tells of messages by itself, of people when it is asked. */
  #counted(mine: Room, { memberCount, activeCount }: Pick<Room, "memberCount" | "activeCount">): void {
    if (mine.memberCount === memberCount && mine.activeCount === activeCount) return;
    this.inbox.update(mine._id, { memberCount, activeCount });
  }

  #cursors(): Readonly<Record<string, number>> {
    const present = this.#open.snapshot();
    const cursor = present?.feed.cursor ?? null;
    return present === null || cursor === null ? {} : { [present.roomId]: cursor };
  }

  #synced(conversations: readonly Synced[]): void {
    const present = this.#open.snapshot();
    const synced = conversations.find(({ conversationId }) => conversationId === present?.roomId);
    if (synced !== undefined) present?.feed.caughtUp(synced);
  }

  #removed(roomId: string): void {
    const present = this.#open.snapshot();
    if (present?.roomId === roomId) present.feed.expelled();
  }

  /** Joined in another tab: then one is in it here too. */
  #inboxChanged(): void {
    const present = this.#open.snapshot();
    const isMember = present !== null && this.inbox.snapshot().rooms.has(present.roomId);
    if (isMember && !present.feed.snapshot().member) present.feed.join();
    this.#count();
    this.#nameOpen();
  }

  #nameOpen(): void {
    const roomId = this.#open.snapshot()?.roomId ?? "";
    const room = this.inbox.snapshot().rooms.get(roomId) ?? this.known(roomId);
    this.#openName.put(room?.name ?? "");
  }

  #attend(): void {
    const attending = this.#atEnd && this.#ports.attention.snapshot();
    const present = this.#open.snapshot();
    present?.feed.reading.attend(attending);
    this.#attended.put(attending ? (present?.roomId ?? null) : null);
  }

  #count(): void {
    const attended = this.#attended.snapshot();
    let total = 0;
    for (const room of this.inbox.snapshot().rooms.values()) if (room._id !== attended) total += room.unreadCount;
    this.#unread.put(total);
  }
}

class Value<T> extends Store<T> {
  put(value: T): void {
    this.set(value);
  }
}
