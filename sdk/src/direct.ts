import { ask, type Answer, type ParlourSocket } from "./ask.ts";
import {
  parseDirect,
  parseDirectMessage,
  parseDirectPresence,
  parseDirectRead,
  parseDirectTyping,
  parseJoinedDirect,
  type DirectConversation,
  type DirectDraft,
  type DirectMessage,
  type DirectPresence,
  type DirectRead,
  type DirectTyping,
  type JoinedDirect,
} from "./direct-events.ts";
import { isRecord, type Result } from "./errors.ts";
import { hear, type EventReaders } from "./hear.ts";
import type { HttpClient } from "./http.ts";
import { cursor, listQuery, pageQuery, parseHistory, parseList, parseMark, reading } from "./reading.ts";
import type { History, Mark, Place, Reader } from "./reading.ts";
import type { Unsubscribe } from "./store.ts";
import { readingSync, type Cursors, type SyncAnswer, type SyncClient } from "./sync.ts";

/** A page of conversations, the most recently active first. */
export interface DirectPage {
  readonly conversations: readonly DirectConversation[];
  /** Where the next page begins; `null` after the last one. */
  readonly nextCursor: string | null;
}

/** What the server says of direct conversations by itself. */
export interface DirectEvents {
  /** The other one has written, in a conversation that was joined. */
  readonly message: DirectMessage;
  /** One has written oneself, over another connection. */
  readonly sent: DirectMessage;
  readonly typing: DirectTyping;
  readonly stopTyping: DirectTyping;
  readonly read: DirectRead;
  readonly online: DirectPresence;
  readonly offline: DirectPresence;
  /** A conversation has something new, or was read elsewhere: joined or not. */
  readonly updated: DirectConversation;
}

/** Conversations of two: over HTTP what is asked for, over the socket what is heard. */
export class DirectClient {
  readonly #socket: ParlourSocket;
  readonly #http: HttpClient;
  readonly #sync: SyncClient;

  constructor(socket: ParlourSocket, http: HttpClient, sync: SyncClient) {
    this.#socket = socket;
    this.#http = http;
    this.#sync = sync;
  }

  /** Opens the conversation with somebody: it is listed from then on. `not_found`: also across a block. */
  open(userId: string): Promise<Result<{ readonly conversationId: string }>> {
    return this.#http.request("POST", CONVERSATIONS, readOpened, { userId });
  }

  /** One's conversations. `limit`: 100 at the most. */
  list(from: string | null, limit: number): Promise<Result<DirectPage>> {
    return this.#http.request("GET", CONVERSATIONS + listQuery(limit, from), readConversations);
  }

  /** A page of messages. */
  history(conversationId: string, place: Place): Promise<Result<History<DirectMessage>>> {
    const path = `${CONVERSATIONS}/${encodeURIComponent(conversationId)}${pageQuery(place)}`;
    return this.#http.request("GET", path, (wire) => parseHistory(wire, parseDirectMessage));
  }

  /** Listens. */
  join(conversationId: string, answer: Answer<JoinedDirect>): void {
    ask(this.#socket, reading(answer, parseJoinedDirect), (timed, ack) =>
      timed.emit("join_conversation", { conversationId }, ack),
    );
  }

  /** Stops listening. */
  leave(conversationId: string, answer: Answer<object>): void {
    ask(this.#socket, answer, (timed, ack) => timed.emit("leave_conversation", { conversationId }, ack));
  }

  /** Answered once it is stored. */
  send(draft: DirectDraft, answer: Answer<DirectMessage>): void {
    ask(this.#socket, reading(answer, readMessage), (timed, ack) => timed.emit("send_message", draft, ack));
  }

  /** Says how far one has read; it never goes back. */
  markRead(conversationId: string, seq: number, answer: Answer<Mark>): void {
    ask(this.#socket, reading(answer, parseMark), (timed, ack) =>
      timed.emit("mark_read", { conversationId, seq }, ack),
    );
  }

  /** Tells the other one that one is typing. A hint: lost without a connection. */
  typing(conversationId: string): void {
    this.#hint("typing", conversationId);
  }

  /** Takes `typing` back. */
  stopTyping(conversationId: string): void {
    this.#hint("stop_typing", conversationId);
  }

  /** What came after the cursors (`seq` by conversation), and, from then on, what comes. */
  sync(cursors: Cursors, answer: Answer<SyncAnswer<DirectConversation, DirectMessage>>): void {
    this.#sync.ask(cursors, "direct", readingSync(answer, parseDirect, parseDirectMessage));
  }

  /** Listens to what the server says until the returned function is called. */
  on<E extends keyof DirectEvents>(event: E, listener: (said: DirectEvents[E]) => void): Unsubscribe {
    return hear(this.#socket, READERS[event], listener);
  }

  #hint(event: "typing" | "stop_typing", conversationId: string): void {
    // The answer is of no use; without one, a refusal would come as an event.
    if (this.#socket.connected) this.#socket.emit(event, { conversationId }, () => undefined);
  }
}

/** What `DirectClient` offers, for whoever wants to stand in for it. */
export type DirectApi = Pick<DirectClient, keyof DirectClient>;

const CONVERSATIONS = "/api/messages/conversations";

const READERS: EventReaders<DirectEvents> = {
  message: { name: "new_message", read: readHeard },
  sent: { name: "message_sent", read: readHeard },
  typing: { name: "typing", read: parseDirectTyping },
  stopTyping: { name: "stop_typing", read: parseDirectTyping },
  read: { name: "message_read", read: parseDirectRead },
  online: { name: "user_online", read: parseDirectPresence },
  offline: { name: "user_offline", read: parseDirectPresence },
  updated: { name: "conversation_updated", read: (wire) => (isRecord(wire) ? parseDirect(wire.conversation) : null) },
};

function readHeard(wire: unknown): DirectMessage | null {
  return isRecord(wire) ? parseDirectMessage(wire.message) : null;
}

const readMessage: Reader<DirectMessage> = ({ message }) => parseDirectMessage(message);

const readOpened: Reader<{ readonly conversationId: string }> = ({ conversationId }) =>
  typeof conversationId === "string" ? { conversationId } : null;

const readConversations: Reader<DirectPage> = (wire) => {
  const conversations = parseList(wire.conversations, parseDirect);
  return conversations === null ? null : { conversations, nextCursor: cursor(wire.nextCursor) };
};
