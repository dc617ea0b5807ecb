import type { ParlourError } from "@parlour/sdk/errors";
import type { Feed } from "@parlour/sdk/feed";
import type { Inbox } from "@parlour/sdk/inbox";
import type { ConnectionState } from "@parlour/sdk/connection";
import type { OutboxKeeper } from "@parlour/sdk/kept-outbox";
import type { Placed } from "@parlour/sdk/message-log";
import type { Outbox } from "@parlour/sdk/outbox";
import { Value, type Observable, type Unsubscribe } from "@parlour/sdk/store";
import type { Cursors, Synced } from "@parlour/sdk/sync";
import type { Drafts } from "./drafts.ts";

export interface ConversationPorts<M> {
  readonly connection: Observable<ConnectionState>;
  /** Whether a person looks at the page. */
  readonly attention: Observable<boolean>;
  readonly newId: () => string;
  /** Where what one has written outlives the page; nowhere without. */
  readonly keeper?: OutboxKeeper | null;
  /** What one has begun to write. */
  readonly drafts: Drafts;
  readonly onEvent?: (event: ConversationEvent<M>) => void;
}

/** What a person may want to hear of. */
export type ConversationEvent<M> =
  /** Somebody else has said something in the open conversation. */
  | { readonly kind: "message"; readonly message: M; readonly at: Place }
  /** The same in another one, as far as it is unread. */
  | { readonly kind: "news"; readonly message: M; readonly at: Place }
  | { readonly kind: "failed"; readonly error: ParlourError };

/** A conversation, and what it is called. */
export interface Place {
  readonly id: string;
  readonly name: string;
}

/** Of more conversations that have news at once, as after a night, only these are told of. */
const NEWS_AT_ONCE = 3;

/** The conversation that is open on this page. */
export interface OpenConversation<F> {
  readonly id: string;
  readonly feed: F;
}

/**
 * One account's conversations of one kind on this page: those that are its own, the one that is open,
 * what is being written, and what is unread. `J` is what joining one is answered with.
 */
export abstract class Conversations<C, M extends Placed, J, F extends Feed<M, J>> {
  readonly self: string;
  abstract readonly inbox: Inbox<C, M>;
  abstract readonly outbox: Outbox<M>;
  readonly open: Observable<OpenConversation<F> | null>;
  /** The one whose end a person looks at: there nothing stays unread. */
  readonly attended: Observable<string | null>;
  /** How many messages wait to be read. */
  readonly unread: Observable<number>;
  /** What the open one is called; empty without one, or while that is not known. */
  readonly openName: Observable<string>;
  readonly #ports: ConversationPorts<M>;
  readonly #open = new Value<OpenConversation<F> | null>(null);
  readonly #attended = new Value<string | null>(null);
  readonly #unread = new Value(0);
  readonly #openName = new Value("");
  #atEnd = false;
  /** The conversations as they were; `null` until they are known for the first time. */
  #before: ReadonlyMap<string, C> | null = null;
  readonly #ends: Unsubscribe[];

  constructor(self: string, ports: ConversationPorts<M>) {
    this.self = self;
    this.#ports = ports;
    this.open = this.#open;
    this.attended = this.#attended;
    this.unread = this.#unread;
    this.openName = this.#openName;
    this.#ends = [
      ports.attention.subscribe(() => this.#attend()),
      this.#attended.subscribe(() => this.#count()),
      this.#open.subscribe(() => this.nameOpen()),
    ];
  }

  /** Opens one. Another one is closed. */
  enter(id: string): void {
    const present = this.#open.snapshot();
    if (present?.id === id) return;
    if (present !== null) this.closeFeed(present);
    this.#atEnd = false;
    this.#open.put({ id, feed: this.makeFeed(id) });
    this.#attend();
  }

  /** Closes it, if it is the one that is open. */
  exit(id: string): void {
    const present = this.#open.snapshot();
    if (present?.id !== id) return;
    this.closeFeed(present);
    this.#open.put(null);
    this.#attend();
  }

  /** Writes something; `false` when too much is waiting already. */
  write(id: string, text: string): boolean {
    const taken = this.outbox.add({ conversationId: id, text, clientId: this.#ports.newId() });
    if (taken) {
      this.openFeed(id)?.pages.toEnd();
      this.openFeed(id)?.reading.wrote();
    }
    return taken;
  }

  /** Whether the end of the open one is in view. */
  showsEnd(atEnd: boolean): void {
    this.#atEnd = atEnd;
    this.#attend();
  }

  draft(id: string): string {
    return this.#ports.drafts.get(id);
  }

  /** Keeps what is being written while one looks at another one, or reloads. */
  keepDraft(id: string, text: string): void {
    this.#ports.drafts.keep(id, text);
  }

  close(): void {
    for (const end of this.#ends) end();
    // Whoever has signed out has lost the connection, or is about to: nothing is to be said over it.
    this.#open.snapshot()?.feed.drop();
    this.#open.put(null);
    this.inbox.close();
    this.outbox.close();
  }

  protected abstract makeFeed(id: string): F;
  protected abstract nameOf(id: string): string;
  protected abstract unreadOf(conversation: C): number;
  protected abstract lastOf(conversation: C): M | null;
  protected abstract senderOf(message: M): string;
  /** Whether it is not to be told of. */
  protected abstract isHidden(message: M): boolean;

  protected closeFeed({ feed }: OpenConversation<F>): void {
    feed.close();
  }

  /** The feed of this one, if it is the one that is open. */
  protected openFeed(id: string): F | null {
    const present = this.#open.snapshot();
    return present?.id === id ? present.feed : null;
  }

  /** To be called when the inbox has changed. */
  protected inboxChanged(): void {
    this.#count();
    this.#lookForNews();
    this.nameOpen();
  }

  /** Looks up what the open one is called. */
  protected nameOpen(): void {
    const present = this.#open.snapshot();
    this.#openName.put(present === null ? "" : this.nameOf(present.id));
  }

  /** Takes in a message of the open one, and tells of it. */
  protected took(message: M, clientId: string | undefined, isOwn: boolean): void {
    if (isOwn && clientId !== undefined) this.outbox.settle(clientId);
    const present = this.#open.snapshot();
    if (isOwn || present === null || this.isHidden(message)) return;
    this.#ports.onEvent?.({ kind: "message", message, at: { id: present.id, name: this.nameOf(present.id) } });
  }

  /** Where the open one is to be caught up with from. */
  protected cursors(): Cursors {
    const present = this.#open.snapshot();
    const cursor = present?.feed.cursor ?? null;
    return present === null || cursor === null ? {} : { [present.id]: cursor };
  }

  protected synced(conversations: readonly Synced<M>[]): void {
    for (const synced of conversations) this.openFeed(synced.conversationId)?.caughtUp(synced);
  }

  #attend(): void {
    const attending = this.#atEnd && this.#ports.attention.snapshot();
    const present = this.#open.snapshot();
    present?.feed.reading.attend(attending);
    this.#attended.put(attending ? (present?.id ?? null) : null);
  }

  /** What others have said since, where it is unread. What was there from the beginning is no news. */
  #lookForNews(): void {
    const { phase, conversations } = this.inbox.snapshot();
    const before = this.#before;
    if (before === conversations || (before === null && phase !== "ready")) return;
    this.#before = conversations;
    if (before === null) return;
    let told = 0;
    for (const [id, conversation] of conversations) {
      const earlier = before.get(id);
      if (earlier === conversation || this.unreadOf(conversation) === 0) continue;
      const message = this.lastOf(conversation);
      const seenSeq = earlier === undefined ? 0 : (this.lastOf(earlier)?.seq ?? 0);
      if (message === null || message.seq <= seenSeq || this.senderOf(message) === this.self) continue;
      if (this.isHidden(message)) continue;
      told += 1;
      if (told > NEWS_AT_ONCE) return;
      this.#ports.onEvent?.({ kind: "news", message, at: { id, name: this.nameOf(id) } });
    }
  }

  #count(): void {
    const attended = this.#attended.snapshot();
    let total = 0;
    for (const [id, conversation] of this.inbox.snapshot().conversations) {
      if (id !== attended) total += this.unreadOf(conversation);
    }
    this.#unread.put(total);
  }
}
