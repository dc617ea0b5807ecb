import { ask, type Answer, type ParlourSocket } from "./ask.ts";
import {
  parseChannel,
  parseChannelHistory,
  parseChannelMessage,
  parseConfirmed,
  parseConnected,
  parseFailed,
  parseShown,
  type Channel,
  type ChannelDraft,
  type ChannelMessage,
  type ConfirmedMessage,
  type FailedMessage,
  type ShownMessage,
  type Visibility,
} from "./channel-events.ts";
import { isRecord, type Result } from "./errors.ts";
import { readingGroups, readMembers, type GroupPage, type MemberPage } from "./group.ts";
import { hear, type EventReaders } from "./hear.ts";
import type { HttpClient } from "./http.ts";
import { parseCount, parseNotice, type GroupCount, type GroupNotice, type Presence } from "./presence.ts";
import { listQuery, pageQuery, parseMark, reading } from "./reading.ts";
import type { History, Mark, Place, Reader } from "./reading.ts";
import type { Unsubscribe } from "./store.ts";
import { readingSync, type Cursors, type SyncAnswer, type SyncClient } from "./sync.ts";

/** A channel to make. */
export interface NewChannel {
  /** 1 to 80 long. */
  readonly name: string;
  /** Up to 500 long. */
  readonly description?: string;
  readonly visibility: Visibility;
}

/** What the server says of channels by itself. */
export interface ChannelEvents {
  /** What this socket sent is shown to whoever listens. */
  readonly sent: ShownMessage;
  /** Something is shown that is not stored yet. */
  readonly shown: ShownMessage;
  /** A stored message that was not shown before. */
  readonly message: ChannelMessage;
  readonly confirmed: ConfirmedMessage;
  readonly failed: FailedMessage;
  readonly joined: GroupNotice;
  readonly left: GroupNotice;
  /** In place of `joined` and `left` where more than 200 listen. */
  readonly count: GroupCount;
  /** A channel that one is a member of has something new, or was read elsewhere. */
  readonly updated: Channel;
  /** One has become a member: by oneself, or invited. */
  readonly added: Channel;
  /** One is no member any more: by oneself, or removed. */
  readonly removed: Channel;
}

/** Public and private channels, whose messages are shown before they are stored. */
export class ChannelsClient {
  readonly #socket: ParlourSocket;
  readonly #http: HttpClient;
  readonly #sync: SyncClient;

  constructor(socket: ParlourSocket, http: HttpClient, sync: SyncClient) {
    this.#socket = socket;
    this.#http = http;
    this.#sync = sync;
  }

  /** Makes a channel, whose owner one is. */
  create(channel: NewChannel): Promise<Result<Channel>> {
    return this.#http.request("POST", CHANNELS, readChannel, channel);
  }

  /** Public channels and one's own private ones, by a word of their name; all of them for an empty `query`. */
  list(query: string, cursor: string | null, limit = PAGE_CHANNELS): Promise<Result<GroupPage<Channel>>> {
    return this.#http.request("GET", CHANNELS + listQuery(limit, cursor, query), readChannels);
  }

  /** Ends one's membership; all of one's sockets stop listening. */
  quit(channelId: string): Promise<Result<object>> {
    return this.#http.send("DELETE", `${at(channelId)}/leave`);
  }

  members(channelId: string, cursor: string | null): Promise<Result<MemberPage>> {
    return this.#http.request("GET", `${at(channelId)}/members${listQuery(PAGE_MEMBERS, cursor)}`, readMembers);
  }

  /** Makes somebody a member of a private channel that one is in. */
  invite(channelId: string, userId: string): Promise<Result<object>> {
    return this.#http.send("POST", `${at(channelId)}/members`, { userId });
  }

  /** Ends somebody's membership of a channel that one owns. */
  remove(channelId: string, userId: string): Promise<Result<object>> {
    return this.#http.send("DELETE", `${at(channelId)}/members/${encodeURIComponent(userId)}`);
  }

  history(channelId: string, place: Place): Promise<Result<History<ChannelMessage>>> {
    return this.#http.request("GET", `${at(channelId)}/messages${pageQuery(place)}`, parseChannelHistory);
  }

  /** Answered once it is stored; one need not listen. In a public channel it makes one a member. */
  post({ channelId, body, tempId: clientId }: ChannelDraft): Promise<Result<ChannelMessage>> {
    return this.#http.request("POST", `${at(channelId)}/messages`, readMessage, { body, clientId });
  }

  /** Becomes a member of a public one, if one is none, and listens; answered with who else does. */
  join(channelId: string, answer: Answer<Presence>): void {
    ask(this.#socket, reading(answer, parseConnected), (timed, ack) => timed.emit("joinChannel", { channelId }, ack));
  }

  /** Stops listening; one stays a member. */
  leave(channelId: string, answer: Answer<object>): void {
    ask(this.#socket, answer, (timed, ack) => timed.emit("leaveChannel", { channelId }, ack));
  }

  /**
   * Shows something to all who listen, and has it stored. Answered at once, when it is accepted; what
   * becomes of it is said by `confirmed` or `failed`. One has to listen oneself.
   */
  send(draft: ChannelDraft, answer: Answer<object>): void {
    ask(this.#socket, answer, (timed, ack) => timed.emit("NEW_MESSAGE", draft, ack));
  }

  /** Who is here: the 200 who are for the longest, and how many. For whoever listens: it joins again. */
  activeUsers(channelId: string, answer: Answer<Presence>): void {
    this.join(channelId, answer);
  }

  /** Says how far one has read; it never goes back. */
  markRead(channelId: string, seq: number, answer: Answer<Mark>): void {
    const mark = { conversationId: channelId, seq };
    ask(this.#socket, reading(answer, parseMark), (timed, ack) => timed.emit("mark_read", mark, ack));
  }

  /** What came after the cursors (`seq` by channel), and, from then on, what comes. */
  sync(cursors: Cursors, answer: Answer<SyncAnswer<Channel, ChannelMessage>>): void {
    this.#sync.ask(cursors, "channels", readingSync(answer, parseChannel, parseChannelMessage));
  }

  /** Listens to what the server says of channels until the returned function is called. */
  on<E extends keyof ChannelEvents>(event: E, listener: (said: ChannelEvents[E]) => void): Unsubscribe {
    return hear(this.#socket, READERS[event], listener);
  }
}

/** What `ChannelsClient` offers, for whoever wants to stand in for it. */
export type ChannelsApi = Pick<ChannelsClient, keyof ChannelsClient>;

const CHANNELS = "/api/channels";

/** A screen of channels and some. */
const PAGE_CHANNELS = 30;
const PAGE_MEMBERS = 50;

const READERS: EventReaders<ChannelEvents> = {
  sent: { name: "channelMessageSent", read: parseShown },
  shown: { name: "NEW_MESSAGE_RECEIVED", read: parseShown },
  message: { name: "NEW_MESSAGE_RECEIVED", read: parseChannelMessage },
  confirmed: { name: "channelMessageConfirmed", read: parseConfirmed },
  failed: { name: "channelMessageFailed", read: parseFailed },
  joined: { name: "user_joined", read: readNotice },
  left: { name: "user_left", read: readNotice },
  count: { name: "active_count", read: parseCount },
  updated: { name: "conversation_updated", read: readConversation },
  added: { name: "conversation_added", read: readConversation },
  removed: { name: "conversation_removed", read: readConversation },
};

function at(channelId: string): string {
  return `${CHANNELS}/${encodeURIComponent(channelId)}`;
}

const readChannel: Reader<Channel> = ({ channel }) => parseChannel(channel);
const readChannels = readingGroups("channels", parseChannel);
const readMessage: Reader<ChannelMessage> = ({ message }) => parseChannelMessage(message);

function readNotice(wire: unknown): GroupNotice | null {
  return isRecord(wire) ? parseNotice(wire, wire.channelId) : null;
}

function readConversation(wire: unknown): Channel | null {
  return isRecord(wire) ? parseChannel(wire.conversation) : null;
}
