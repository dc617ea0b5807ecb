import type { ParlourError, Result } from "@parlour/sdk/errors";
import { onJoined } from "@parlour/sdk/feed-state";
import { Outbox } from "@parlour/sdk/outbox";
import type { JoinedRoom, Room, RoomMessage } from "@parlour/sdk/room-events";
import { RoomFeed } from "@parlour/sdk/room-feed";
import { RoomInbox } from "@parlour/sdk/room-inbox";
import type { NewRoom, RoomsApi } from "@parlour/sdk/rooms";
import {
  Conversations,
  type ConversationEvent,
  type ConversationPorts,
  type OpenConversation,
} from "./conversations.ts";

export interface RoomsPorts extends ConversationPorts<RoomMessage> {
  readonly rooms: RoomsApi;
}

export type RoomsEvent = ConversationEvent<RoomMessage>;

/** How many rooms of others are remembered by name: 1,000 hold 1 MB at the most. */
const MAX_KNOWN = 1_000;
/** Where a room is looked for that came by its address alone: so many pages of the list. */
const PAGES_TO_SEARCH = 10;

/** What was still to be said where one is a member no more: sending it would make one a member again. */
const LEFT: ParlourError = {
  code: "not_in_room",
  message: "This was not sent: you have left the room. Sending it again joins it again.",
  retryable: false,
  retryAfterMs: null,
};

/** The rooms of one account on this page; made when somebody signs in, closed when they sign out. */
export class Rooms extends Conversations<Room, RoomMessage, JoinedRoom, RoomFeed> {
  readonly api: RoomsApi;
  readonly inbox: RoomInbox;
  readonly outbox: Outbox<RoomMessage>;
  readonly #ports: RoomsPorts;
  readonly #known = new Map<string, Room>();

  constructor(self: string, ports: RoomsPorts) {
    super(self, ports);
    const { rooms, connection } = ports;
    this.api = rooms;
    this.#ports = ports;
    this.inbox = new RoomInbox({
      rooms,
      connection,
      cursors: () => this.cursors(),
      onSynced: (conversations) => this.synced(conversations),
      onRemoved: (roomId, room) => this.#removed(roomId, room),
      onKnown: () => this.#resume(),
    });
    this.outbox = new Outbox<RoomMessage>({
      connection,
      isKnown: (roomId) => this.inbox.knows(roomId) || this.openFeed(roomId)?.snapshot().live === true,
      deliver: ({ conversationId, text, clientId }, answer) =>
        rooms.send({ roomId: conversationId, content: text, clientId }, answer),
      onStored: (message) => this.openFeed(message.roomId)?.heard(message),
      onFailed: (error) => ports.onEvent?.({ kind: "failed", error }),
    });
    this.inbox.subscribe(() => this.inboxChanged());
  }

  /** Makes a room, and is in it. */
  async create(room: NewRoom): Promise<Result<Room>> {
    const result = await this.api.create(room);
    if (result.ok) this.inbox.put(result.value);
    return result;
  }

  /** Leaves a room for good. */
  async quit(roomId: string): Promise<Result<object>> {
    const result = await this.api.quit(roomId);
    if (!result.ok) return result;
    this.outbox.drop(roomId);
    this.keepDraft(roomId, "");
    this.inbox.remove(roomId);
    return result;
  }

  /** Remembers rooms that were seen in a list. */
  remember(rooms: readonly Room[]): void {
    for (const room of rooms) {
      this.#known.delete(room._id);
      this.#known.set(room._id, room);
      const mine = this.inbox.snapshot().conversations.get(room._id);
      // Of very many rooms the inbox has only the most recently active.
      if (mine === undefined && room.isMember) this.inbox.put(room);
      if (mine !== undefined) this.#counted(mine, room);
    }
    for (const roomId of [...this.#known.keys()].slice(0, Math.max(0, this.#known.size - MAX_KNOWN))) {
      this.#known.delete(roomId);
    }
    this.nameOpen();
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

  /** To be in it as a member, else to look at it. */
  protected makeFeed(roomId: string): RoomFeed {
    const { rooms, connection } = this.#ports;
    const member = this.inbox.snapshot().conversations.has(roomId);
    const onMessage = (message: RoomMessage): void => this.#heard(message);
    const isKnown = (): boolean => this.inbox.knows(roomId);
    const feed = new RoomFeed({ rooms, connection, roomId, self: this.self, member, isKnown, onMessage });
    feed.subscribe(() => {
      const { joined, live } = feed.snapshot();
      const isListed = this.inbox.snapshot().conversations.has(roomId);
      if (live && joined !== null && !isListed) this.inbox.put({ ...joined.room, isMember: true });
    });
    onJoined(feed, () => this.outbox.resume());
    feed.people.subscribe(() => {
      const mine = this.inbox.snapshot().conversations.get(roomId);
      const { count } = feed.people.snapshot().presence;
      if (mine !== undefined && count > 0) this.#counted(mine, { ...mine, activeCount: count });
    });
    return feed;
  }

  protected nameOf(roomId: string): string {
    return (this.inbox.snapshot().conversations.get(roomId) ?? this.known(roomId))?.name ?? "";
  }

  protected unreadOf({ unreadCount }: Room): number {
    return unreadCount;
  }

  /** Nobody tells of one's own going: what is known of the others stays. */
  protected override closeFeed(open: OpenConversation<RoomFeed>): void {
    const { count } = open.feed.people.snapshot().presence;
    if (open.feed.snapshot().live) this.inbox.update(open.id, { activeCount: Math.max(0, count - 1) });
    super.closeFeed(open);
  }

  /** Joined in another tab: then one is in it here too. */
  protected override inboxChanged(): void {
    const present = this.open.snapshot();
    const isMember = present !== null && this.inbox.snapshot().conversations.has(present.id);
    if (isMember && !present.feed.snapshot().member) present.feed.join();
    super.inboxChanged();
  }

  /** One is no member any more, by one's own doing here or elsewhere. */
  #removed(roomId: string, room: Room): void {
    this.remember([{ ...room, isMember: false }]);
    this.openFeed(roomId)?.expelled();
    this.outbox.giveUp(roomId, LEFT);
  }

  /** What was open or waiting when the connection was lost goes on where one is a member still. */
  #resume(): void {
    this.open.snapshot()?.feed.resume();
    this.outbox.resume();
  }

  #heard(message: RoomMessage): void {
    const mine = this.inbox.snapshot().conversations.get(message.roomId);
    // The server tells of it too, but once a second at the most.
    if (mine !== undefined && message.seq > (mine.lastMessage?.seq ?? 0)) {
      this.inbox.update(mine._id, { lastMessage: message, updatedAt: message.timestamp });
    }
    this.took(message, message.clientId, message.sender === this.self);
  }

  /** The server tells of messages by itself, of people when it is asked. */
  #counted(mine: Room, { memberCount, activeCount }: Pick<Room, "memberCount" | "activeCount">): void {
    if (mine.memberCount === memberCount && mine.activeCount === activeCount) return;
    this.inbox.update(mine._id, { memberCount, activeCount });
  }
}
