import type { ShownMessage } from "@parlour/sdk/channel-events";
import type { Result } from "@parlour/sdk/errors";
import type { Group, GroupPage, MemberPage } from "@parlour/sdk/group";
import type { GroupPeopleState } from "@parlour/sdk/group-people";
import type { InboxState } from "@parlour/sdk/inbox";
import type { Placed } from "@parlour/sdk/message-log";
import type { Outbox } from "@parlour/sdk/outbox";
import type { Observable, Unsubscribe } from "@parlour/sdk/store";
import type { BlocksView } from "./blocks.ts";
import type { OpenConversation } from "./conversations.ts";
import type { DrawnFeed } from "./drawn-feed.ts";
import type { GroupReader } from "./message-readers.ts";

/** A room or channel that is open, as far as it is drawn. */
export interface GroupFeedView<M extends Placed> extends DrawnFeed<M> {
  readonly people: Observable<GroupPeopleState> & { readonly watch: () => Unsubscribe };
  /** What is shown before it is stored; rooms have none. */
  readonly shown?: Observable<readonly ShownMessage[]>;
  readonly join: () => void;
  readonly retry: () => void;
  readonly refresh: () => void;
}

/** The rooms, or the channels, of one account, as far as they are drawn. */
export interface GroupView<C extends Group<M>, M extends Placed> {
  readonly self: string;
  readonly read: GroupReader<M>;
  readonly blocks: BlocksView;
  readonly inbox: Observable<InboxState<C>>;
  readonly outbox: Outbox<M>;
  readonly open: Observable<OpenConversation<GroupFeedView<M>> | null>;
  readonly attended: Observable<string | null>;
  readonly enter: (groupId: string) => void;
  readonly exit: (groupId: string) => void;
  readonly showsEnd: (atEnd: boolean) => void;
  readonly draft: (groupId: string) => string;
  readonly keepDraft: (groupId: string, text: string) => void;
  readonly write: (groupId: string, text: string) => boolean;
  readonly quit: (groupId: string) => Promise<Result<object>>;
  readonly page: (query: string, cursor: string | null) => Promise<Result<GroupPage<C>>>;
  readonly members: (groupId: string, cursor: string | null) => Promise<Result<MemberPage>>;
  readonly known: (groupId: string) => C | null;
  readonly find: (groupId: string) => Promise<C | null>;
  readonly onLeft: (listener: () => void) => Unsubscribe;
}

/** What groups of one kind are called, and where they are. */
export interface GroupKind<C> {
  readonly one: string;
  readonly many: string;
  /** The list; what is open is below it. */
  readonly path: string;
  /** What one is called while its name is not known. */
  readonly unnamed: string;
  /** Why there may be no such one. */
  readonly missing: string;
  /** Whether nobody but members may see it. */
  readonly isPrivate: (group: C) => boolean;
}

/** Where one of them is in the page. */
export function pathOf(kind: Pick<GroupKind<never>, "path">, groupId: string): string {
  return `${kind.path}/${encodeURIComponent(groupId)}`;
}

/** A word at the beginning of a sentence. */
export function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
