import type { Answer } from "@parlour/sdk/ask";
import type { ParlourError, Result } from "@parlour/sdk/errors";
import { onJoined } from "@parlour/sdk/feed-state";
import type { Feed } from "@parlour/sdk/feed";
import type { Group, GroupPage, MemberPage } from "@parlour/sdk/group";
import { GroupInbox, type GroupSource } from "@parlour/sdk/group-inbox";
import type { GroupPeople } from "@parlour/sdk/group-people";
import type { Placed } from "@parlour/sdk/message-log";
import { Outbox } from "@parlour/sdk/outbox";
import type { OutboxDraft } from "@parlour/sdk/outgoing";
import type { Unsubscribe } from "@parlour/sdk/store";
import type { Blocks } from "./blocks.ts";
import { Conversations, type ConversationPorts, type OpenConversation } from "./conversations.ts";
import type { GroupReader } from "./message-readers.ts";

/** What the server does for groups of one kind; `N` is what one is made of. */
export interface GroupsApi<C, M, N> extends GroupSource<C, M> {
  readonly create: (group: N) => Promise<Result<C>>;
  readonly quit: (groupId: string) => Promise<Result<object>>;
  readonly members: (groupId: string, cursor: string | null) => Promise<Result<MemberPage>>;
}

/** What is different from kind to kind. */
export interface GroupTraits<C, M extends Placed, N> {
  readonly api: GroupsApi<C, M, N>;
  readonly read: GroupReader<M>;
  /** Where a message was said. */
  readonly groupOf: (message: M) => string;
  /** What is said of something that was still to be sent where one is a member no more. */
  readonly left: ParlourError;
  /** How long it may take until it is known what became of a message that was taken. */
  readonly answerWithinMs?: number;
}

export interface GroupPorts<M> extends ConversationPorts<M> {
  /** Whose messages are hidden here: to the server, nothing changes in a group. */
  readonly blocks: Blocks;
}

/** How many groups of others are remembered by name: 1,000 hold 1 MB at the most. */
const MAX_KNOWN = 1_000;
/** Where a group is looked for that came by its address alone: so many pages of the list. */
const PAGES_TO_SEARCH = 10;

/**
 * The rooms, or the channels, of one account on this page; made when somebody signs in, closed when they
 * sign out.
 */
export abstract class Groups<
  C extends Group<M>,
  M extends Placed,
  J,
  F extends Feed<M, J> & { readonly people: GroupPeople },
  N,
> extends Conversations<C, M, J, F> {
  readonly api: GroupsApi<C, M, N>;
  readonly inbox: GroupInbox<C, M>;
  readonly outbox: Outbox<M>;
  readonly read: GroupReader<M>;
  readonly blocks: Blocks;
  readonly #traits: GroupTraits<C, M, N>;
  readonly #known = new Map<string, C>();
  /** What was kept from an earlier visit may be meant for a group that one has left since. */
  #areKeptKnown = false;

  constructor(self: string, ports: GroupPorts<M>, traits: GroupTraits<C, M, N>) {
    super(self, ports);
    const { connection, keeper, onEvent } = ports;
    this.api = traits.api;
    this.read = traits.read;
    this.blocks = ports.blocks;
    this.#traits = traits;
    this.inbox = new GroupInbox<C, M>({
      source: this.api,
      connection,
      cursors: () => this.cursors(),
      onSynced: (conversations) => this.synced(conversations),
      onRemoved: (groupId, group) => this.#removed(groupId, group),
      onKnown: () => this.#resume(),
    });
    this.outbox = new Outbox<M>({
      connection,
      keeper: keeper ?? null,
      ...(traits.answerWithinMs === undefined ? {} : { answerWithinMs: traits.answerWithinMs }),
      isKnown: (groupId) => this.isReady(groupId),
      deliver: (draft, answer) => this.deliver(draft, answer),
      onStored: (message) => this.openFeed(traits.groupOf(message))?.heard(message),
      onFailed: (error) => onEvent?.({ kind: "failed", error }),
    });
    this.inbox.subscribe(() => this.inboxChanged());
  }

  /** Makes one, and is in it. */
  async create(group: N): Promise<Result<C>> {
    const result = await this.api.create(group);
    if (result.ok) this.inbox.put(result.value);
    return result;
  }

  /** Leaves one for good. */
  async quit(groupId: string): Promise<Result<object>> {
    const result = await this.api.quit(groupId);
    if (!result.ok) return result;
    this.outbox.drop(groupId);
    this.keepDraft(groupId, "");
    this.inbox.remove(groupId);
    return result;
  }

  /** A page of the server's list, which is remembered. */
  async page(query: string, cursor: string | null): Promise<Result<GroupPage<C>>> {
    const result = await this.api.list(query, cursor);
    if (result.ok) this.remember(result.value.groups);
    return result;
  }

  /** A page of members; with the first one, what nobody tells of is learnt anew, such as the owner. */
  members(groupId: string, cursor: string | null): Promise<Result<MemberPage>> {
    if (cursor === null) void this.page(this.nameOf(groupId), null);
    return this.api.members(groupId, cursor);
  }

  /** Tells `listener` when one is no member of one of them any more. */
  onLeft(listener: () => void): Unsubscribe {
    return this.api.on("removed", listener);
  }

  /** Remembers groups that were seen in a list. */
  remember(groups: readonly C[]): void {
    for (const group of groups) {
      this.#known.delete(group._id);
      this.#known.set(group._id, group);
      const mine = this.inbox.snapshot().conversations.get(group._id);
      // Of very many groups the inbox has only the most recently active.
      if (mine === undefined && group.isMember) this.inbox.put(group);
      if (mine !== undefined && group.isMember) this.#learn(asListed(mine, group));
    }
    for (const groupId of [...this.#known.keys()].slice(0, Math.max(0, this.#known.size - MAX_KNOWN))) {
      this.#known.delete(groupId);
    }
    this.nameOpen();
  }

  /** What is known of one that one is not in. */
  known(groupId: string): C | null {
    return this.#known.get(groupId) ?? null;
  }

  /** Looks for one of which only the address is known; `null`: it was not found. */
  async find(groupId: string): Promise<C | null> {
    let cursor: string | null = null;
    for (let page = 0; page < PAGES_TO_SEARCH; page += 1) {
      const result: Result<GroupPage<C>> = await this.page("", cursor);
      if (!result.ok) return null;
      cursor = result.value.nextCursor;
      if (this.#known.has(groupId) || cursor === null) break;
    }
    return this.known(groupId);
  }

  protected abstract openIn(groupId: string, onMessage: (message: M) => void): F;
  protected abstract deliver(draft: OutboxDraft, answer: Answer<M | null>): void;

  /** To be in it as a member, else to look at it. */
  protected makeFeed(groupId: string): F {
    const feed = this.openIn(groupId, (message) => this.#heard(message));
    onJoined(feed, () => this.outbox.resume());
    feed.people.subscribe(() => {
      const mine = this.inbox.snapshot().conversations.get(groupId);
      const { count } = feed.people.snapshot().presence;
      if (mine === undefined || count === 0) return;
      // Whoever is here is a member. That somebody became one, or is one no more, is told with the next
      // message only.
      this.#counted(mine, { memberCount: Math.max(mine.memberCount, count), activeCount: count });
    });
    return feed;
  }

  /** Whether something may be sent there: it is known that it does not make one a member again. */
  protected isReady(groupId: string): boolean {
    if (this.openFeed(groupId)?.snapshot().live === true) return true;
    return this.#areKeptKnown && this.inbox.knows(groupId);
  }

  /** One is in it no more: what was still to be sent there has to be decided on. */
  protected isShut({ _id }: C): void {
    this.outbox.giveUp(_id, this.#traits.left);
  }

  protected nameOf(groupId: string): string {
    return (this.inbox.snapshot().conversations.get(groupId) ?? this.known(groupId))?.name ?? "";
  }

  protected unreadOf({ unreadCount }: C): number {
    return unreadCount;
  }

  protected lastOf({ lastMessage }: C): M | null {
    return lastMessage;
  }

  protected senderOf(message: M): string {
    return this.read.senderOf(message);
  }

  /** What somebody says whom one has blocked is no news. */
  protected isHidden(message: M): boolean {
    return this.blocks.snapshot().users.has(this.senderOf(message));
  }

  /** Nobody tells of one's own going: what is known of the others stays. */
  protected override closeFeed(open: OpenConversation<F>): void {
    const { count } = open.feed.people.snapshot().presence;
    const mine = this.inbox.snapshot().conversations.get(open.id);
    if (open.feed.snapshot().live && mine !== undefined) this.#learn({ ...mine, activeCount: Math.max(0, count - 1) });
    super.closeFeed(open);
  }

  /** Joined in another tab: then one is in it here too. */
  protected override inboxChanged(): void {
    const present = this.open.snapshot();
    const isMember = present !== null && this.inbox.snapshot().conversations.has(present.id);
    if (isMember && !present.feed.snapshot().member) present.feed.join();
    this.#lookAtKept();
    super.inboxChanged();
  }

  /** Once it is known what is one's own, so is which of the kept texts may go. */
  #lookAtKept(): void {
    const { phase, conversations } = this.inbox.snapshot();
    if (this.#areKeptKnown || phase !== "ready") return;
    this.#areKeptKnown = true;
    for (const groupId of this.outbox.conversations) {
      if (!conversations.has(groupId)) this.outbox.giveUp(groupId, this.#traits.left);
    }
    this.outbox.resume();
  }

  /** One is no member any more, by one's own doing here or elsewhere, or by the owner's. */
  #removed(groupId: string, group: C): void {
    this.remember([{ ...group, isMember: false }]);
    this.openFeed(groupId)?.expelled();
    this.isShut(group);
  }

  /** What was open or waiting when the connection was lost goes on where one is a member still. */
  #resume(): void {
    this.open.snapshot()?.feed.resume();
    this.outbox.resume();
  }

  #heard(message: M): void {
    const mine = this.inbox.snapshot().conversations.get(this.#traits.groupOf(message));
    // The server tells of it too, but once a second at the most.
    if (mine !== undefined && message.seq > (mine.lastMessage?.seq ?? 0)) {
      this.#learn({ ...mine, lastMessage: message, updatedAt: this.read.timeOf(message) });
    }
    this.took(message, this.read.clientIdOf(message), this.read.senderOf(message) === this.self);
  }

  /** The server tells of messages by itself, of people when it is asked. */
  #counted(mine: C, { memberCount, activeCount }: Pick<C, "memberCount" | "activeCount">): void {
    if (mine.memberCount === memberCount && mine.activeCount === activeCount) return;
    this.#learn({ ...mine, memberCount, activeCount });
  }

  #learn(group: C): void {
    this.inbox.update(group._id, group);
  }
}

/** One's own as the list tells of it, but for what is heard as it happens: a list may be older. */
function asListed<C extends Group<Placed>>(mine: C, listed: C): C {
  const { lastMessage, updatedAt, unreadCount } = mine;
  return { ...listed, lastMessage, updatedAt, unreadCount };
}
