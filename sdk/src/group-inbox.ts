import type { Answer } from "./ask.ts";
import type { Result } from "./errors.ts";
import type { Group, GroupPage } from "./group.ts";
import { Inbox, type InboxOptions } from "./inbox.ts";
import type { Placed } from "./message-log.ts";
import type { Unsubscribe } from "./store.ts";
import type { Cursors, SyncAnswer } from "./sync.ts";

/** Where groups of one kind are heard of. */
export interface GroupSource<C, M> {
  readonly sync: (cursors: Cursors, answer: Answer<SyncAnswer<C, M>>) => void;
  readonly list: (query: string, cursor: string | null, limit?: number) => Promise<Result<GroupPage<C>>>;
  readonly on: (event: "updated" | "added" | "removed", listener: (group: C) => void) => Unsubscribe;
}

export interface GroupInboxOptions<C, M> extends InboxOptions<C, M> {
  readonly source: GroupSource<C, M>;
}

/** The rooms, or channels, that one is a member of, and what is unread in them. */
export class GroupInbox<C extends Group<M>, M extends Placed> extends Inbox<C, M> {
  readonly #ends: Unsubscribe[];

  constructor(options: GroupInboxOptions<C, M>) {
    const { source } = options;
    super(
      {
        sync: (cursors, answer) => source.sync(cursors, answer),
        list: async (cursor, limit) => {
          const result = await source.list("", cursor, limit);
          if (!result.ok) return result;
          return { ok: true, value: { conversations: result.value.groups, nextCursor: result.value.nextCursor } };
        },
        idOf: ({ _id }) => _id,
        isOwn: ({ isMember }) => isMember,
        merge: withLast,
      },
      options,
    );
    this.#ends = [
      source.on("updated", (group) => this.put(group)),
      source.on("added", (group) => this.put(group)),
      source.on("removed", (group) => this.remove(group._id)),
    ];
  }

  override close(): void {
    super.close();
    for (const end of this.#ends) end();
  }
}

/** The group, with the newer of the two last messages. */
function withLast<C extends Group<Placed>>(group: C, known: C): C {
  const isNewer = (known.lastMessage?.seq ?? 0) > (group.lastMessage?.seq ?? 0);
  return isNewer ? { ...group, lastMessage: known.lastMessage, updatedAt: known.updatedAt } : group;
}
