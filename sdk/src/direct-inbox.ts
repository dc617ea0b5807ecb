import type { ConnectionState } from "./connection.ts";
import type { DirectApi } from "./direct.ts";
import type { DirectConversation, DirectMessage, DirectPresence } from "./direct-events.ts";
import { Inbox, type InboxOptions } from "./inbox.ts";
import type { Unsubscribe } from "./store.ts";

export interface DirectInboxOptions extends InboxOptions<ListedDirect, DirectMessage> {
  readonly direct: DirectApi;
}

/** A conversation that one has, and when the other one was last there. */
export interface ListedDirect extends DirectConversation {
  /** Known of those whose going was heard. */
  readonly lastSeenAt?: string;
}

/** So long the first connection may take until the list is asked for without it: most pages never do. */
const PATIENCE_MS = 2_000;

/**
 * One's direct conversations: what is unread, who is online, and how far each has read. Where a connection is not
 * to be had, or slow to come, the newest of them are read without one, again with each attempt until that works.
 */
export class DirectInbox extends Inbox<ListedDirect, DirectMessage> {
  readonly #ends: Unsubscribe[];

  constructor(options: DirectInboxOptions) {
    const { direct, connection } = options;
    /** Comings and goings that were heard while the list was under way are newer than it. */
    const moved = new Set<string>();
    const source = {
      sync: (...[cursors, answer]: Parameters<DirectApi["sync"]>) => {
        moved.clear();
        direct.sync(cursors, answer);
      },
      list: (cursor: string | null, limit: number) => direct.list(cursor, limit),
      idOf: ({ conversation_id }: ListedDirect) => conversation_id,
      isOwn: () => true,
      merge: (listed: ListedDirect, known: ListedDirect) => merged(listed, known, moved.has(listed.conversation_id)),
    };
    super(source, options);
    const moves = (said: DirectPresence, is_online: boolean): void => {
      moved.add(said.conversationId);
      this.update(said.conversationId, {
        is_online,
        ...(said.lastSeenAt === null ? {} : { lastSeenAt: said.lastSeenAt }),
      });
    };
    const peek = (): void => {
      if (isInVain(connection.snapshot())) void this.peek();
    };
    peek();
    const timer = setTimeout(() => void this.peek(), PATIENCE_MS);
    this.#ends = [
      () => clearTimeout(timer),
      connection.subscribe(peek),
      direct.on("updated", (conversation) => this.put(merged(conversation, this.#known(conversation), false))),
      direct.on("online", (said) => moves(said, true)),
      direct.on("offline", (said) => moves(said, false)),
    ];
  }

  override close(): void {
    super.close();
    for (const end of this.#ends) end();
  }

  #known({ conversation_id }: DirectConversation): ListedDirect | null {
    return this.snapshot().conversations.get(conversation_id) ?? null;
  }
}

/** Whether an attempt to connect has failed just now. */
function isInVain(state: ConnectionState): boolean {
  return state.kind === "refused" || (state.kind === "reconnecting" && state.retryAt !== null);
}

/** What the server says now, with what only was heard. Marks never go back. */
function merged(now: ListedDirect, known: ListedDirect | null, keepPresence: boolean): ListedDirect {
  if (known === null) return now;
  const isOlder = (known.last_message?.seq ?? 0) > (now.last_message?.seq ?? 0);
  return {
    ...now,
    ...(known.lastSeenAt === undefined ? {} : { lastSeenAt: known.lastSeenAt }),
    ...(isOlder ? upToTheNewest(known) : {}),
    is_online: keepPresence ? known.is_online : now.is_online,
    lastReadSeq: Math.max(known.lastReadSeq, now.lastReadSeq),
    otherLastReadSeq: Math.max(known.otherLastReadSeq, now.otherLastReadSeq),
  };
}

/** What goes with the newest message; what is told of an earlier one counts what is unread up to that. */
function upToTheNewest({ last_message, updated_at, unread_count }: ListedDirect): Partial<ListedDirect> {
  return { last_message, updated_at, unread_count };
}
