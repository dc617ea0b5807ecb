import type { Group } from "@parlour/sdk/group";
import type { Placed } from "@parlour/sdk/message-log";
import { useState, type ReactNode } from "react";
import { errorWords } from "../../model/error-words.ts";
import { fitsSearch, mostRecentFirst } from "../../model/group-search.ts";
import { capital, pathOf, type GroupKind, type GroupView } from "../../model/group-view.ts";
import { ListFailure } from "../list/ListFailure.tsx";
import { ListPane } from "../list/ListPane.tsx";
import { ListSkeleton } from "../list/ListSkeleton.tsx";
import { ListTitle } from "../list/ListTitle.tsx";
import { VirtualList } from "../list/VirtualList.tsx";
import { useNeighbours } from "../list/use-neighbours.ts";
import { MoreItems } from "../list/MoreItems.tsx";
import { Button } from "../ui/Button.tsx";
import { useSettled } from "../use-settled.ts";
import { useStore } from "../use-store.ts";
import { useToday } from "../use-today.ts";
import { GroupItem } from "./GroupItem.tsx";
import { useGroupPages, type GroupPages } from "./use-group-pages.ts";

interface GroupListProps<C extends Group<M>, M extends Placed> {
  readonly kind: GroupKind<C>;
  readonly groups: GroupView<C, M>;
  readonly openId: string | null;
  readonly connected: boolean;
  /** Whether one may make another one. */
  readonly mayCreate: boolean;
  /** Asks what a new one is to be; `onCreated` is told its id. */
  readonly renderCreate: (open: boolean, onClose: () => void, onCreated: () => void) => ReactNode;
}

/** So long after the last letter, one has stopped typing. */
const TYPING_PAUSE_MS = 200;

/** One's own groups and all others, with a field to look for one. */
export function GroupList<C extends Group<M>, M extends Placed>(props: GroupListProps<C, M>) {
  const { kind, groups, openId, connected, mayCreate, renderCreate } = props;
  const [typed, setTyped] = useState("");
  const [creating, setCreating] = useState(false);
  const query = typed.trim();
  const settled = useSettled(query, TYPING_PAUSE_MS);
  const pages = useGroupPages({ groups, query: settled, connected, isPage: openId === null });
  const inbox = useStore(groups.inbox);
  const mine = mostRecentFirst([...inbox.conversations.values()]).filter(({ name }) => fitsSearch(name, query));
  const others = pages.groups.filter(
    (group) =>
      !inbox.conversations.has(group._id) &&
      // The list may be older than one's own going: a private one is nobody's business then.
      !kind.isPrivate(group) &&
      (!pages.areEarlier || fitsSearch(group.name, query)),
  );
  useNeighbours(
    mine.map(({ _id }) => pathOf(kind, _id)),
    openId === null ? null : pathOf(kind, openId),
  );
  const section = { kind, model: groups, openId, connected };

  return (
    <>
      <ListPane
        label={capital(kind.many)}
        title={capital(kind.many)}
        openId={openId}
        action={
          mayCreate && (
            <Button look="ghost" icon="plus" onClick={() => setCreating(true)}>
              New {kind.one}
            </Button>
          )
        }
        search={{ label: `Search ${kind.many}`, typed, onChange: setTyped }}
      >
        <GroupSection title={`Your ${kind.many}`} groups={mine} {...section} />
        <GroupSection title={`${mine.length > 0 ? "More" : "All"} ${kind.many}`} groups={others} {...section} />
        <ListState
          kind={kind}
          mayCreate={mayCreate}
          pages={pages}
          empty={mine.length + others.length === 0}
          query={query}
          connected={connected}
        />
        {pages.hasMore && <MoreItems label={`More ${kind.many}`} busy={pages.loadingMore} onMore={pages.loadMore} />}
      </ListPane>
      {renderCreate(
        creating,
        () => setCreating(false),
        () => {
          setCreating(false);
          setTyped("");
        },
      )}
    </>
  );
}

interface GroupSectionProps<C extends Group<M>, M extends Placed> {
  readonly kind: GroupKind<C>;
  readonly title: string;
  readonly groups: readonly C[];
  readonly model: GroupView<C, M>;
  readonly openId: string | null;
  readonly connected: boolean;
}

function GroupSection<C extends Group<M>, M extends Placed>(props: GroupSectionProps<C, M>) {
  const { kind, title, groups, model, openId, connected } = props;
  const attended = useStore(model.attended);
  const { users: blocked } = useStore(model.blocks);
  const today = useToday();
  if (groups.length === 0) return null;
  return (
    <>
      <ListTitle words={title} isPage={openId === null} />
      <VirtualList
        label={title}
        items={groups}
        keyOf={({ _id }) => _id}
        openKey={openId}
        renderItem={(group, isTabStop) => (
          <GroupItem
            group={group}
            read={model.read}
            to={pathOf(kind, group._id)}
            isPrivate={kind.isPrivate(group)}
            self={model.self}
            hidesLast={group.lastMessage !== null && blocked.has(model.read.senderOf(group.lastMessage))}
            connected={connected}
            isOpen={group._id === openId}
            isTabStop={isTabStop}
            unread={group._id === attended ? 0 : group.unreadCount}
            today={today}
          />
        )}
      />
    </>
  );
}

interface ListStateProps<C> {
  readonly kind: GroupKind<C>;
  readonly mayCreate: boolean;
  readonly pages: GroupPages<C>;
  readonly empty: boolean;
  readonly query: string;
  readonly connected: boolean;
}

/** What is to be said below the groups, or in their place. */
function ListState<C>({ kind, mayCreate, pages, empty, query, connected }: ListStateProps<C>) {
  const { one, many } = kind;
  if (pages.error !== null) {
    return (
      <ListFailure className="mt-4" onRetry={pages.retry}>
        {connected
          ? `The ${many} cannot be listed. ${errorWords(pages.error)}`
          : `The ${many} are listed again once you are connected.`}
      </ListFailure>
    );
  }
  if (pages.phase === "loading") return <ListSkeleton words={`The ${many} are on their way.`} shape="rounded-2xl" />;
  if (!empty) return null;
  return (
    <div role="status" className="px-4 py-10 text-center text-pretty text-muted">
      {query === "" ? (
        `There is no ${one} yet.${mayCreate ? " Make the first one." : ""}`
      ) : (
        <>
          No {one} is called “<bdi className="[overflow-wrap:anywhere]">{query}</bdi>”.{mayCreate && " You could make it."}
        </>
      )}
    </div>
  );
}
