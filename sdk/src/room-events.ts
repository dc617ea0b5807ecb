import { isRecord } from "./errors.ts";
import { parseGroup, type Group } from "./group.ts";
import { parseActiveUser, parseNotice, type ActiveUser, type GroupNotice } from "./presence.ts";
import { parseHistory, parseList, text, type History } from "./reading.ts";

/** Shapes of the public rooms, as they are on the wire. Times are RFC 3339, UTC. */

/** A room as one account sees it. */
export type Room = Group<RoomMessage>;

/** A stored message of a room. */
export interface RoomMessage {
  /** UUIDv7, made by the server. */
  readonly _id: string;
  readonly roomId: string;
  /** Its place in the room: 1, 2, 3 … without a gap. */
  readonly seq: number;
  /** The sender's account. */
  readonly sender: string;
  readonly senderName: string;
  /** A picture's `https` address. */
  readonly senderImage: string | null;
  readonly senderIsGuest: boolean;
  /** Empty once it was deleted. */
  readonly content: string;
  readonly timestamp: string;
  /** What the sender called it; only on messages that were sent with one. */
  readonly clientId?: string;
  /** It was taken back: only its place is left. */
  readonly deleted: boolean;
}

/** The answer to joining a room. */
export interface JoinedRoom {
  readonly room: Room;
  /** The 200 who are here for the longest. */
  readonly activeUsers: readonly ActiveUser[];
}

/** A message to send. */
export interface RoomDraft {
  readonly roomId: string;
  /** 1 to 4,000 Unicode scalar values. */
  readonly content: string;
  /** Up to 64 characters; sending the same one again is harmless for ever. */
  readonly clientId: string;
}

type Ack = (answer: unknown) => void;

/** What a client asks of the rooms. */
export type RoomRequests = {
  join_room: (room: { readonly roomId: string }, ack: Ack) => void;
  leave_room: (room: { readonly roomId: string }, ack: Ack) => void;
  get_active_users: (room: { readonly roomId: string }, ack: Ack) => void;
  send_message: (draft: RoomDraft, ack: Ack) => void;
  mark_read: (mark: { readonly roomId: string; readonly seq: number }, ack: Ack) => void;
};

/** Reads a room off the wire; `null` for anything else, a channel or direct conversation too. */
export function parseRoom(wire: unknown): Room | null {
  if (isRecord(wire) && "visibility" in wire) return null;
  return parseGroup(wire, parseRoomMessage);
}

/** Reads a room's message off the wire; `null` for anything else, a stranger's line too. */
export function parseRoomMessage(wire: unknown): RoomMessage | null {
  if (!isRecord(wire) || typeof wire._id !== "string" || typeof wire.roomId !== "string") return null;
  if (typeof wire.seq !== "number" || typeof wire.content !== "string") return null;
  return {
    _id: wire._id,
    roomId: wire.roomId,
    seq: wire.seq,
    sender: text(wire.sender),
    senderName: text(wire.senderName),
    senderImage: typeof wire.senderImage === "string" ? wire.senderImage : null,
    senderIsGuest: wire.senderIsGuest === true,
    content: wire.content,
    timestamp: text(wire.timestamp),
    ...(typeof wire.clientId === "string" ? { clientId: wire.clientId } : {}),
    deleted: wire.deleted === true,
  };
}

/** Reads who listens; `null` unless it is a list. */
export function parseActiveUsers(wire: unknown): readonly ActiveUser[] | null {
  return parseList(wire, parseActiveUser);
}

/** Reads a notice of coming or going; `null` for one of the stranger chat. */
export function parseRoomNotice(wire: unknown): GroupNotice | null {
  return isRecord(wire) ? parseNotice(wire, wire.roomId) : null;
}

/** Reads a page of messages; what is no message of a room is left out. */
export function parseRoomHistory(wire: Record<string, unknown>): History<RoomMessage> | null {
  return parseHistory(wire, parseRoomMessage);
}
