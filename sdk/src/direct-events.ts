import { isRecord } from "./errors.ts";
import { count, text, type Mark } from "./reading.ts";
import { parseUser, type User } from "./user.ts";

/** Shapes of direct conversations, as they are on the wire. Times are RFC 3339, UTC. */

/** A conversation of two, as one of them sees it. */
export interface DirectConversation {
  /** `conv_{smaller}_{larger}`, of the ids of the two. */
  readonly conversation_id: string;
  readonly other_user: User;
  readonly is_online: boolean;
  /** `null` where nothing was said yet. */
  readonly last_message: DirectMessage | null;
  readonly unread_count: number;
  /** How far one has read, and how far the other one has. */
  readonly lastReadSeq: number;
  readonly otherLastReadSeq: number;
  /** When the newest message came, or when the conversation was made. */
  readonly updated_at: string;
}

/** A stored message between two. */
export interface DirectMessage {
  /** UUIDv7, made by the server. */
  readonly message_id: string;
  readonly conversation_id: string;
  /** Its place in the conversation: 1, 2, 3 … without a gap. */
  readonly seq: number;
  readonly sender_id: string;
  readonly receiver_id: string;
  /** Empty once it was deleted. */
  readonly message_text: string;
  /** `text`, or what the sender's program says that it is. */
  readonly message_type: string;
  /** Whether the receiver had read it when the server told of it. */
  readonly is_read: boolean;
  readonly created_at: string;
  /** What the sender called it; only on messages that were sent with one. */
  readonly clientId?: string;
  /** It was taken back: only its place is left. */
  readonly deleted: boolean;
}

/** The answer to joining a conversation. */
export interface JoinedDirect {
  readonly isOnline: boolean;
  readonly lastReadSeq: number;
  readonly otherLastReadSeq: number;
}

/** A message to send. */
export interface DirectDraft {
  readonly conversationId: string;
  /** 1 to 4,000 Unicode scalar values. */
  readonly messageText: string;
  /** Up to 64 characters; sending the same one again is harmless for ever. */
  readonly clientId: string;
}

/** Somebody types, or does so no more. */
export interface DirectTyping {
  readonly conversationId: string;
  readonly userId: string;
}

/** The other one has read. */
export interface DirectRead extends Mark {
  readonly conversationId: string;
  readonly readerId: string;
}

/** The other one has come or gone. */
export interface DirectPresence {
  readonly conversationId: string;
  readonly userId: string;
  /** When they were last there; `null` where that is not said. */
  readonly lastSeenAt: string | null;
}

type Ack = (answer: unknown) => void;
type In = { readonly conversationId: string };

/** What a client asks of direct conversations. */
export type DirectRequests = {
  join_conversation: (where: In, ack: Ack) => void;
  leave_conversation: (where: In, ack: Ack) => void;
  mark_read: (mark: In & { readonly seq: number }, ack: Ack) => void;
};

/** Reads a conversation off the wire; `null` for anything else, a room too. */
export function parseDirect(wire: unknown): DirectConversation | null {
  if (!isRecord(wire) || typeof wire.conversation_id !== "string") return null;
  const other = parseUser(wire.other_user);
  if (other === null) return null;
  return {
    conversation_id: wire.conversation_id,
    other_user: other,
    is_online: wire.is_online === true,
    last_message: parseDirectMessage(wire.last_message),
    unread_count: count(wire.unread_count),
    lastReadSeq: count(wire.lastReadSeq),
    otherLastReadSeq: count(wire.otherLastReadSeq),
    updated_at: text(wire.updated_at),
  };
}

/** Reads a message between two off the wire; `null` for anything else. */
export function parseDirectMessage(wire: unknown): DirectMessage | null {
  if (!isRecord(wire) || typeof wire.message_id !== "string" || typeof wire.conversation_id !== "string") return null;
  if (typeof wire.seq !== "number" || typeof wire.message_text !== "string") return null;
  return {
    message_id: wire.message_id,
    conversation_id: wire.conversation_id,
    seq: wire.seq,
    sender_id: text(wire.sender_id),
    receiver_id: text(wire.receiver_id),
    message_text: wire.message_text,
    message_type: text(wire.message_type),
    is_read: wire.is_read === true,
    created_at: text(wire.created_at),
    ...(typeof wire.clientId === "string" ? { clientId: wire.clientId } : {}),
    deleted: wire.deleted === true,
  };
}

/** Reads the answer to joining. */
export function parseJoinedDirect(wire: Record<string, unknown>): JoinedDirect | null {
  if (typeof wire.lastReadSeq !== "number") return null;
  const { isOnline, lastReadSeq, otherLastReadSeq } = wire;
  return { isOnline: isOnline === true, lastReadSeq, otherLastReadSeq: count(otherLastReadSeq) };
}

/** Reads who types; `null` for a stranger's notice. */
export function parseDirectTyping(wire: unknown): DirectTyping | null {
  if (!isRecord(wire) || typeof wire.conversationId !== "string" || typeof wire.userId !== "string") return null;
  return { conversationId: wire.conversationId, userId: wire.userId };
}

/** Reads how far the other one has read. */
export function parseDirectRead(wire: unknown): DirectRead | null {
  if (!isRecord(wire) || typeof wire.conversationId !== "string" || typeof wire.lastReadSeq !== "number") return null;
  return { conversationId: wire.conversationId, readerId: text(wire.readerId), lastReadSeq: wire.lastReadSeq };
}

/** Reads who has come or gone. */
export function parseDirectPresence(wire: unknown): DirectPresence | null {
  const who = parseDirectTyping(wire);
  if (who === null || !isRecord(wire)) return null;
  return { ...who, lastSeenAt: typeof wire.lastSeenAt === "string" ? wire.lastSeenAt : null };
}
