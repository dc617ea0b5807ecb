import type { DirectApi } from "@parlour/sdk/direct";
import type { DirectMessage, JoinedDirect } from "@parlour/sdk/direct-events";
import { DirectFeed } from "@parlour/sdk/direct-feed";
import { DirectInbox, type ListedDirect } from "@parlour/sdk/direct-inbox";
import { onJoined } from "@parlour/sdk/feed-state";
import type { ParlourError, Result } from "@parlour/sdk/errors";
import { Outbox } from "@parlour/sdk/outbox";
import type { PeopleApi } from "@parlour/sdk/people";
import type { Unsubscribe } from "@parlour/sdk/store";
import { OwnTyping } from "@parlour/sdk/typing";
import { shownName, type User } from "@parlour/sdk/user";
import type { Blocks, BlocksState } from "./blocks.ts";
import {
  Conversations,
  type ConversationEvent,
  type ConversationPorts,
  type OpenConversation,
} from "./conversations.ts";

export interface DirectPorts extends ConversationPorts<DirectMessage> {
  readonly direct: DirectApi;
  readonly people: PeopleApi;
  readonly blocks: Blocks;
}

export type DirectMessageEvent = ConversationEvent<DirectMessage>;

/** Where a conversation is looked for that came by its address alone: so many pages of the list. */
const PAGES_TO_SEARCH = 3;
const PAGE = 100;
/** What the server would answer, without asking. */
const NOT_ONES_OWN: ParlourError = {
  code: "not_found",
  message: "There is no such conversation: look at the list of yours.",
  retryable: false,
  retryAfterMs: null,
};

/** The direct conversations of one account on this page; made when somebody signs in, closed when they sign out. */
export class Direct extends Conversations<ListedDirect, DirectMessage, JoinedDirect, DirectFeed> {
  readonly api: DirectApi;
  readonly people: PeopleApi;
  readonly blocks: Blocks;
  readonly inbox: DirectInbox;
  readonly outbox: Outbox<DirectMessage>;
  readonly #ports: DirectPorts;
  readonly #typing: OwnTyping;
  readonly #unsubscribe: Unsubscribe;

  constructor(self: string, ports: DirectPorts) {
    super(self, ports);
    const { direct, people, blocks, connection, keeper } = ports;
    this.api = direct;
    this.people = people;
    this.#ports = ports;
    this.blocks = blocks;
    this.#typing = new OwnTyping({
      typing: () => this.#tellOpen((id) => direct.typing(id)),
      stopTyping: () => this.#tellOpen((id) => direct.stopTyping(id)),
    });
    this.inbox = new DirectInbox({
      direct,
      connection,
      cursors: () => this.cursors(),
      onSynced: (conversations) => this.synced(conversations),
    });
    this.outbox = new Outbox<DirectMessage>({
      connection,
      keeper: keeper ?? null,
      deliver: ({ conversationId, text, clientId }, answer) =>
        direct.send({ conversationId, messageText: text, clientId }, answer),
      onStored: (message) => this.openFeed(message.conversation_id)?.heard(message),
      onFailed: (error, conversationId) => this.#notSent(error, conversationId),
    });
    this.inbox.subscribe(() => this.inboxChanged());
    let before = blocks.snapshot().users;
    this.#unsubscribe = blocks.subscribe(() => {
      const { users } = blocks.snapshot();
      this.#blocked(before, users);
      before = users;
    });
  }

  /** Opens the conversation with somebody who was found: its id. */
  async openWith(user: User): Promise<Result<string>> {
    const result = await this.api.open(user.id);
    if (!result.ok) return result;
    const { conversationId } = result.value;
    if (!this.inbox.snapshot().conversations.has(conversationId)) {
      this.inbox.put(emptyConversation(conversationId, user));
    }
    return { ok: true, value: conversationId };
  }

  /** Looks for a conversation of which only the address is known; it is opened if it never was. */
  async find(conversationId: string): Promise<Result<object>> {
    const other = otherOf(conversationId, this.self);
    if (other === "") return { ok: false, error: NOT_ONES_OWN };
    const opened = await this.api.open(other);
    if (!opened.ok) return opened;
    let cursor: string | null = null;
    for (let page = 0; page < PAGES_TO_SEARCH; page += 1) {
      const result: Awaited<ReturnType<DirectApi["list"]>> = await this.api.list(cursor, PAGE);
      if (!result.ok) return result;
      const found = result.value.conversations.find(({ conversation_id }) => conversation_id === conversationId);
      if (found !== undefined) this.inbox.put(found);
      cursor = result.value.nextCursor;
      if (found !== undefined || cursor === null) break;
    }
    return opened;
  }

  override write(id: string, text: string): boolean {
    this.#typing.stop();
    return super.write(id, text);
  }

  /** What stands in the field of the open conversation has changed. */
  typed(id: string, text: string): void {
    this.keepDraft(id, text);
    if (text.trim() === "") this.#typing.stop();
    else this.#typing.keystroke();
  }

  /** The field was left alone. */
  stopsTyping(): void {
    this.#typing.stop();
  }

  /** Neither can write to the other from now on, or see whether the other is there. */
  block(user: User): Promise<Result<object>> {
    this.#typing.stop();
    return this.blocks.block(user);
  }

  override close(): void {
    this.#typing.reset();
    this.#unsubscribe();
    super.close();
  }

  protected makeFeed(id: string): DirectFeed {
    const { direct, connection } = this.#ports;
    const onMessage = (message: DirectMessage): void =>
      this.took(message, message.clientId, message.sender_id === this.self);
    const feed = new DirectFeed({ direct, connection, conversationId: id, self: this.self, member: true, onMessage });
    onJoined(feed, (joined) => this.#joined(id, joined));
    feed.otherRead.subscribe(() => this.#otherHasRead(id, feed.otherRead.snapshot()));
    this.#tell(id, feed);
    return feed;
  }

  protected override closeFeed(open: OpenConversation<DirectFeed>): void {
    this.#typing.stop();
    super.closeFeed(open);
  }

  protected nameOf(id: string): string {
    const conversation = this.inbox.snapshot().conversations.get(id);
    return conversation === undefined ? "" : shownName(conversation.other_user);
  }

  protected unreadOf({ unread_count }: ListedDirect): number {
    return unread_count;
  }

  protected lastOf({ last_message }: ListedDirect): DirectMessage | null {
    return last_message;
  }

  protected senderOf({ sender_id }: DirectMessage): string {
    return sender_id;
  }

  /** Whom one has blocked cannot write here. */
  protected isHidden(): boolean {
    return false;
  }

  protected override inboxChanged(): void {
    const present = this.open.snapshot();
    if (present !== null) this.#tell(present.id, present.feed);
    super.inboxChanged();
  }

  /** Wherever it was done: of the blocked one sees nothing more, and of the others again what there is. */
  #blocked(before: BlocksState["users"], now: BlocksState["users"]): void {
    for (const [id, { other_user }] of this.inbox.snapshot().conversations) {
      if (now.has(other_user.id) && !before.has(other_user.id)) this.inbox.update(id, { is_online: false });
    }
    const present = this.open.snapshot();
    if (present === null) return;
    const other = otherOf(present.id, this.self);
    // Whether the other one is there is told to whoever joins.
    if (before.has(other) && !now.has(other)) present.feed.join();
  }

  #joined(id: string, { isOnline }: JoinedDirect): void {
    if (this.inbox.snapshot().conversations.has(id)) this.inbox.update(id, { is_online: isOnline });
    // The other one has blocked one, and does no more: it is to be listed again.
    else void this.find(id);
  }

  /** What the list knows of marks, the open one is told: one may have read in another tab. */
  #tell(id: string, feed: DirectFeed): void {
    const listed = this.inbox.snapshot().conversations.get(id);
    if (listed === undefined) return;
    feed.otherHasRead(listed.otherLastReadSeq);
    const { lastReadSeq } = feed.reading.snapshot();
    if (lastReadSeq !== null && lastReadSeq < listed.lastReadSeq) feed.reading.told(listed.lastReadSeq, 0);
  }

  #otherHasRead(id: string, otherLastReadSeq: number): void {
    const listed = this.inbox.snapshot().conversations.get(id);
    if (listed !== undefined && listed.otherLastReadSeq < otherLastReadSeq) this.inbox.update(id, { otherLastReadSeq });
  }

  #notSent(error: ParlourError, conversationId: string): void {
    if (error.code === "not_found") {
      this.openFeed(conversationId)?.shutOut(error);
      this.inbox.update(conversationId, { is_online: false });
      // It may be one's own doing, in another tab.
      void this.blocks.read();
    }
    this.#ports.onEvent?.({ kind: "failed", error });
  }

  #tellOpen(tell: (id: string) => void): void {
    const present = this.open.snapshot();
    if (present !== null) tell(present.id);
  }
}

/** The other one of a conversation that is called `conv_{one}_{other}`; empty if it is not one's own. */
export function otherOf(conversationId: string, self: string): string {
  const [before, after] = [`conv_${self}_`, `_${self}`];
  if (conversationId.startsWith(before)) return conversationId.slice(before.length);
  if (!conversationId.startsWith("conv_") || !conversationId.endsWith(after)) return "";
  return conversationId.slice("conv_".length, -after.length);
}

function emptyConversation(conversation_id: string, other_user: User): ListedDirect {
  return {
    conversation_id,
    other_user,
    is_online: false,
    last_message: null,
    unread_count: 0,
    lastReadSeq: 0,
    otherLastReadSeq: 0,
    updated_at: new Date().toISOString(),
  };
}
