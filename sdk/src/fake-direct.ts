import type { Answer } from "./ask.ts";
import type { DirectApi, DirectEvents, DirectPage } from "./direct.ts";
import type { DirectConversation, DirectDraft, DirectMessage, JoinedDirect } from "./direct-events.ts";
import type { Result } from "./errors.ts";
import { asked, promised, type Asked } from "./fake-rooms.ts";
import type { PeopleApi, PeoplePage } from "./people.ts";
import type { History, Mark, Place } from "./reading.ts";
import type { Unsubscribe } from "./store.ts";
import type { Cursors, SyncAnswer } from "./sync.ts";
import type { User } from "./user.ts";

/** Stands in for the server in tests: it records, and says what it is told to. */
export class FakeDirect implements DirectApi {
  readonly opens: Asked<{ readonly conversationId: string }, string>[] = [];
  readonly lists: Asked<DirectPage, string | null>[] = [];
  readonly pages: Asked<History<DirectMessage>, Place>[] = [];
  readonly joins: Asked<JoinedDirect, string>[] = [];
  readonly leaves: string[] = [];
  readonly sends: Asked<DirectMessage, DirectDraft>[] = [];
  readonly marks: Asked<Mark, number>[] = [];
  readonly syncs: Asked<SyncAnswer<DirectConversation, DirectMessage>, Cursors>[] = [];
  /** What was told of one's own typing. */
  readonly hints: string[] = [];
  readonly #listeners = new Map<string, Set<(said: never) => void>>();

  open(userId: string): Promise<Result<{ readonly conversationId: string }>> {
    return promised(this.opens, userId);
  }

  list(from: string | null): Promise<Result<DirectPage>> {
    return promised(this.lists, from);
  }

  history(_conversationId: string, place: Place): Promise<Result<History<DirectMessage>>> {
    return promised(this.pages, place);
  }

  join(conversationId: string, answer: Answer<JoinedDirect>): void {
    this.joins.push(asked(conversationId, answer));
  }

  leave(conversationId: string): void {
    this.leaves.push(conversationId);
  }

  send(draft: DirectDraft, answer: Answer<DirectMessage>): void {
    this.sends.push(asked(draft, answer));
  }

  markRead(_conversationId: string, seq: number, answer: Answer<Mark>): void {
    this.marks.push(asked(seq, answer));
  }

  typing(conversationId: string): void {
    this.hints.push(`typing ${conversationId}`);
  }

  stopTyping(conversationId: string): void {
    this.hints.push(`stop ${conversationId}`);
  }

  sync(cursors: Cursors, answer: Answer<SyncAnswer<DirectConversation, DirectMessage>>): void {
    this.syncs.push(asked(cursors, answer));
  }

  on<E extends keyof DirectEvents>(event: E, listener: (said: DirectEvents[E]) => void): Unsubscribe {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  say<E extends keyof DirectEvents>(event: E, said: DirectEvents[E]): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(said as never);
  }
}

/** The same for people. */
export class FakePeople implements PeopleApi {
  readonly searches: Asked<PeoplePage, string>[] = [];
  readonly lists: Asked<PeoplePage, string | null>[] = [];
  readonly blocks: Asked<object, string>[] = [];
  readonly unblocks: Asked<object, string>[] = [];

  search(query: string): Promise<Result<PeoplePage>> {
    return promised(this.searches, query);
  }

  blocked(from: string | null, signal?: AbortSignal): Promise<Result<PeoplePage>> {
    const answer = promised(this.lists, from);
    const asked = this.lists.at(-1);
    signal?.addEventListener("abort", () => asked?.fail());
    return answer;
  }

  block(userId: string): Promise<Result<object>> {
    return promised(this.blocks, userId);
  }

  unblock(userId: string): Promise<Result<object>> {
    return promised(this.unblocks, userId);
  }
}

/** Somebody as everybody sees them. */
export function aUser(id: string): User {
  return { id, username: `user${id}`, displayName: null, avatarUrl: null, isGuest: false };
}

/** The conversation of account 1, whose view it is, with account 2. */
export function aDirect(more: Partial<DirectConversation> = {}): DirectConversation {
  return {
    conversation_id: "conv_1_2",
    other_user: aUser("2"),
    is_online: false,
    last_message: null,
    unread_count: 0,
    lastReadSeq: 0,
    otherLastReadSeq: 0,
    updated_at: "2026-01-01T12:00:00.000Z",
    ...more,
  };
}

/** The message at `seq` of that conversation, from account 2. */
export function aDirectMessage(seq: number, more: Partial<DirectMessage> = {}): DirectMessage {
  return {
    message_id: `m${seq}`,
    conversation_id: "conv_1_2",
    seq,
    sender_id: "2",
    receiver_id: "1",
    message_text: `Line ${seq}`,
    message_type: "text",
    is_read: false,
    created_at: new Date(Date.UTC(2026, 0, 1, 12, 0, seq)).toISOString(),
    deleted: false,
    ...more,
  };
}

/** The messages from place to place, both included. */
export function directMessages(from: number, to: number): DirectMessage[] {
  return Array.from({ length: to - from + 1 }, (_, index) => aDirectMessage(from + index));
}
