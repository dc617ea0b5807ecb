import { isRecord, parseError, type ParlourError } from "./errors.ts";
import { parseGroup, type Group } from "./group.ts";
import { MAX_NAMED, type ActiveUser, type Presence } from "./presence.ts";
import { parseHistory, parseList, text, type History } from "./reading.ts";
import { parseUser, shownName, type User } from "./user.ts";

/** Shapes of the channels, as they are on the wire. Times are RFC 3339, UTC. */

/** Whether everybody finds and enters a channel, or members alone, who invite others. */
export type Visibility = "public" | "private";

/** A channel as one account sees it. */
export interface Channel extends Group<ChannelMessage> {
  readonly visibility: Visibility;
  /** Whose it is; `null` when nobody is in it. */
  readonly ownerId: string | null;
}

/** What a message says, stored or not. */
export interface Said {
  readonly channelId: string;
  readonly sender: User;
  /** Plain text. */
  readonly body: string;
  readonly createdAt: string;
  /** What its sender called it; only where that is told. */
  readonly clientId?: string;
}

/** A stored message of a channel. */
export interface ChannelMessage extends Said {
  /** UUIDv7, made by the server. */
  readonly _id: string;
  /** Its place in the channel: 1, 2, 3 … without a gap. */
  readonly seq: number;
  /** It was taken back: only its place is left, and `body` is empty. */
  readonly deleted: boolean;
}

/** A message that is shown before it is stored. */
export interface ShownMessage extends Said {
  /** What it is called in what is told of it afterwards: of another's, the id that it will have. */
  readonly tempId: string;
}

/** A message is stored by now. */
export interface ConfirmedMessage {
  readonly tempId: string;
  readonly _id: string;
  readonly channelId: string;
  readonly seq: number;
  readonly senderId: string;
  readonly createdAt: string;
}

/** A message that was shown will never be stored. */
export interface FailedMessage {
  readonly tempId: string;
  readonly channelId: string;
  readonly senderId: string;
  readonly error: ParlourError;
}

/** A message to send. */
export interface ChannelDraft {
  readonly channelId: string;
  /** 1 to 4,000 Unicode scalar values. */
  readonly body: string;
  /** Up to 64 characters; sending the same one again is harmless for ever. */
  readonly tempId: string;
}

type Ack = (answer: unknown) => void;

/** What a client asks of the channels. */
export type ChannelRequests = {
  joinChannel: (channel: { readonly channelId: string }, ack: Ack) => void;
  leaveChannel: (channel: { readonly channelId: string }, ack: Ack) => void;
  NEW_MESSAGE: (draft: ChannelDraft, ack: Ack) => void;
};

/** Reads a channel off the wire; `null` for anything else, a room too. */
export function parseChannel(wire: unknown): Channel | null {
  if (!isRecord(wire) || (wire.visibility !== "public" && wire.visibility !== "private")) return null;
  const group = parseGroup(wire, parseChannelMessage);
  if (group === null) return null;
  const ownerId = typeof wire.ownerId === "string" ? wire.ownerId : null;
  return { ...group, visibility: wire.visibility, ownerId };
}

/** Reads a stored message off the wire; `null` for anything else, one that is only shown too. */
export function parseChannelMessage(wire: unknown): ChannelMessage | null {
  const said = parseSaid(wire);
  if (said === null || !isRecord(wire) || typeof wire._id !== "string" || typeof wire.seq !== "number") return null;
  return { ...said, _id: wire._id, seq: wire.seq, deleted: wire.deleted === true };
}

/** Reads a message that is not stored yet; `null` for anything else, a stored one too. */
export function parseShown(wire: unknown): ShownMessage | null {
  const said = parseSaid(wire);
  if (said === null || !isRecord(wire) || typeof wire.tempId !== "string" || wire.isOptimistic !== true) return null;
  return { ...said, tempId: wire.tempId };
}

/** Reads that a message is stored. */
export function parseConfirmed(wire: unknown): ConfirmedMessage | null {
  const fate = parseFate(wire);
  if (fate === null || !isRecord(wire) || typeof wire._id !== "string" || typeof wire.seq !== "number") return null;
  return { ...fate, _id: wire._id, seq: wire.seq, createdAt: text(wire.createdAt) };
}

/** Reads that a message will not be stored. */
export function parseFailed(wire: unknown): FailedMessage | null {
  const fate = parseFate(wire);
  return fate === null || !isRecord(wire) ? null : { ...fate, error: parseError(wire.error) };
}

/** Reads who listens, in the order of coming; `null` unless it is a list. */
export function parseConnected(wire: Record<string, unknown>): Presence | null {
  const users = parseList(wire.connectedUsers, parseConnectedUser);
  if (users === null) return null;
  return { users: users.slice(0, MAX_NAMED), count: typeof wire.activeCount === "number" ? wire.activeCount : users.length };
}

/** Reads a page of messages; what is no message of a channel is left out. */
export function parseChannelHistory(wire: Record<string, unknown>): History<ChannelMessage> | null {
  return parseHistory(wire, parseChannelMessage);
}

function parseSaid(wire: unknown): Said | null {
  if (!isRecord(wire) || typeof wire.channelId !== "string" || typeof wire.body !== "string") return null;
  const sender = parseUser(wire.sender);
  if (sender === null) return null;
  const { channelId, body } = wire;
  const clientId = keyOf(wire);
  return { channelId, sender, body, createdAt: text(wire.createdAt), ...(clientId === null ? {} : { clientId }) };
}

/** What the sender's client called it; a `tempId` that the server made is no such name. */
function keyOf({ _id, tempId, clientId }: Record<string, unknown>): string | null {
  if (typeof clientId === "string") return clientId;
  const isOwn = typeof tempId === "string" && tempId !== _id && `temp_${tempId}` !== _id;
  return isOwn ? tempId : null;
}

function parseFate(wire: unknown): Omit<FailedMessage, "error"> | null {
  if (!isRecord(wire) || typeof wire.channelId !== "string" || typeof wire.tempId !== "string") return null;
  return { tempId: wire.tempId, channelId: wire.channelId, senderId: text(wire.senderId) };
}

function parseConnectedUser(wire: unknown): ActiveUser | null {
  const user = isRecord(wire) ? parseUser(wire.user) : null;
  return user === null ? null : { userId: user.id, userName: shownName(user), isGuest: user.isGuest };
}
