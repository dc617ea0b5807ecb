import { ask, type Answer, type ParlourSocket } from "./ask.ts";
import { isRecord, type Result } from "./errors.ts";
import { readingGroups, readMembers, type GroupPage, type MemberPage } from "./group.ts";
import { hear, type EventReaders } from "./hear.ts";
import type { HttpClient } from "./http.ts";
import { parseCount, type GroupCount, type GroupNotice, type Presence } from "./presence.ts";
import { listQuery, pageQuery, parseMark, reading } from "./reading.ts";
import type { History, Mark, Place, Reader } from "./reading.ts";
import {
  parseActiveUsers,
  parseRoom,
  parseRoomHistory,
  parseRoomMessage,
  parseRoomNotice,
  type JoinedRoom,
  type Room,
  type RoomDraft,
  type RoomMessage,
} from "./room-events.ts";
import type { Unsubscribe } from "./store.ts";
import { readingSync, type Cursors, type SyncAnswer, type SyncClient } from "./sync.ts";

/** A room to make. */
export interface NewRoom {
  /** 1 to 80 long. */
  readonly name: string;
  /** Up to 500 long. */
  readonly description?: string;
}

/** What the server says of rooms by itself. */
export interface RoomEvents {
  readonly message: RoomMessage;
  readonly joined: GroupNotice;
  readonly left: GroupNotice;
  /** In place of `joined` and `left` where more than 200 listen. */
  readonly count: GroupCount;
  /** A room that one is a member of has something new, or was read elsewhere. */
  readonly updated: Room;
  /** One has become a member. */
  readonly added: Room;
  /** One is no member any more. */
  readonly removed: Room;
}

/** Public rooms: over HTTP what is asked for, over the socket what is heard. */
export class RoomsClient {
  readonly #socket: ParlourSocket;
  readonly #http: HttpClient;
  readonly #sync: SyncClient;

  constructor(socket: ParlourSocket, http: HttpClient, sync: SyncClient) {
    this.#socket = socket;
    this.#http = http;
    this.#sync = sync;
  }

  /** Makes a room, whose first member one is. */
  create(room: NewRoom): Promise<Result<Room>> {
    return this.#http.request("POST", ROOMS, readRoom, room);
  }

  /** Rooms by a word of their name; all of them for an empty `query`. `limit`: 100 at the most. */
  list(query: string, cursor: string | null, limit = PAGE_ROOMS): Promise<Result<GroupPage<Room>>> {
    return this.#http.request("GET", ROOMS + listQuery(limit, cursor, query), readRooms);
  }

  /** Ends one's membership; all of one's sockets stop listening. */
  quit(roomId: string): Promise<Result<object>> {
    return this.#http.send("DELETE", `${at(roomId)}/leave`);
  }

  members(roomId: string, cursor: string | null): Promise<Result<MemberPage>> {
    return this.#http.request("GET", `${at(roomId)}/members${listQuery(PAGE_MEMBERS, cursor)}`, readMembers);
  }

  /** A page of messages; no membership is needed. */
  history(roomId: string, place: Place): Promise<Result<History<RoomMessage>>> {
    return this.#http.request("GET", `${at(roomId)}/messages${pageQuery(place)}`, parseRoomHistory);
  }

  /** Becomes a member, if one is none, and listens. */
  join(roomId: string, answer: Answer<JoinedRoom>): void {
    ask(this.#socket, reading(answer, readJoined), (timed, ack) => timed.emit("join_room", { roomId }, ack));
  }

  /** Stops listening; one stays a member. */
  leave(roomId: string, answer: Answer<object>): void {
    ask(this.#socket, answer, (timed, ack) => timed.emit("leave_room", { roomId }, ack));
  }

  /** Answered once it is stored. */
  send(draft: RoomDraft, answer: Answer<RoomMessage>): void {
    ask(this.#socket, reading(answer, readMessage), (timed, ack) => timed.emit("send_message", draft, ack));
  }

  /** Who is here: the 200 who are for the longest, and how many. */
  activeUsers(roomId: string, answer: Answer<Presence>): void {
    ask(this.#socket, reading(answer, readActive), (timed, ack) => timed.emit("get_active_users", { roomId }, ack));
  }

  /** Says how far one has read; it never goes back. */
  markRead(roomId: string, seq: number, answer: Answer<Mark>): void {
    ask(this.#socket, reading(answer, parseMark), (timed, ack) => timed.emit("mark_read", { roomId, seq }, ack));
  }

  /** What came after the cursors (`seq` by room), and, from then on, what comes. */
  sync(cursors: Cursors, answer: Answer<SyncAnswer<Room, RoomMessage>>): void {
    this.#sync.ask(cursors, "rooms", readingSync(answer, parseRoom, parseRoomMessage));
  }

  /**
   * Listens to what the server says of rooms until the returned function is called. The stranger
   * chat's events of the same names are left out.
   */
  on<E extends keyof RoomEvents>(event: E, listener: (said: RoomEvents[E]) => void): Unsubscribe {
    return hear(this.#socket, READERS[event], listener);
  }
}

/** What `RoomsClient` offers, for whoever wants to stand in for it. */
export type RoomsApi = Pick<RoomsClient, keyof RoomsClient>;

const ROOMS = "/api/chat/rooms";

/** A screen of rooms and some. */
const PAGE_ROOMS = 30;
const PAGE_MEMBERS = 50;

const READERS: EventReaders<RoomEvents> = {
  message: { name: "receive_message", read: parseRoomMessage },
  joined: { name: "user_joined", read: parseRoomNotice },
  left: { name: "user_left", read: parseRoomNotice },
  count: { name: "active_count", read: parseCount },
  updated: { name: "conversation_updated", read: readConversation },
  added: { name: "conversation_added", read: readConversation },
  removed: { name: "conversation_removed", read: readConversation },
};

function at(roomId: string): string {
  return `${ROOMS}/${encodeURIComponent(roomId)}`;
}

const readRoom: Reader<Room> = ({ room }) => parseRoom(room);
const readRooms = readingGroups("rooms", parseRoom);
const readMessage: Reader<RoomMessage> = ({ message }) => parseRoomMessage(message);
const readActive: Reader<Presence> = ({ activeUsers, activeCount }) => {
  const users = parseActiveUsers(activeUsers);
  if (users === null) return null;
  return { users, count: typeof activeCount === "number" ? activeCount : users.length };
};

const readJoined: Reader<JoinedRoom> = (wire) => {
  const [room, activeUsers] = [parseRoom(wire.room), parseActiveUsers(wire.activeUsers)];
  return room === null || activeUsers === null ? null : { room, activeUsers };
};

function readConversation(wire: unknown): Room | null {
  return isRecord(wire) ? parseRoom(wire.conversation) : null;
}
