import type { ParlourError } from "@parlour/sdk/errors";
import type { Group, GroupPage } from "@parlour/sdk/group";
import type { Placed } from "@parlour/sdk/message-log";
import { useInfiniteQuery, useQueryClient, type InfiniteData, type QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { GroupView } from "../../model/group-view.ts";
import { orThrow, type Refusal } from "../refusal.ts";

/** What the server's list has, as far as it was asked for. */
export interface GroupPages<C> {
  /** The most recently active first, each once. */
  readonly groups: readonly C[];
  /** They are those of an earlier search, until the answer is there. */
  readonly areEarlier: boolean;
  readonly phase: "loading" | "ready" | "failed";
  readonly error: ParlourError | null;
  readonly hasMore: boolean;
  readonly loadingMore: boolean;
  readonly loadMore: () => void;
  readonly retry: () => void;
}

export interface GroupPagesOptions<C extends Group<M>, M extends Placed> {
  readonly groups: GroupView<C, M>;
  readonly query: string;
  readonly connected: boolean;
  /** Nothing is open: one is here for the list. */
  readonly isPage: boolean;
}

/** A longer list is not read anew as a whole: whoever wants to know looks for a group, or reloads. */
const PAGES_TO_REFRESH = 3;

/**
 * The groups whose name has a word that begins like `query`; all of them for an empty one. They are read
 * anew when one looks at the page again, comes back from one, is connected again, or has left one:
 * never by the clock, since every open page would do so.
 */
export function useGroupPages<C extends Group<M>, M extends Placed>(options: GroupPagesOptions<C, M>): GroupPages<C> {
  const { groups, query, connected, isPage } = options;
  const queries = useQueryClient();
  const pages = useInfiniteQuery<GroupPage<C>, Refusal, C[], readonly string[], string | null>({
    queryKey: [LIST, query],
    queryFn: async ({ pageParam }) => orThrow(await groups.page(query, pageParam)),
    initialPageParam: null,
    getNextPageParam: (page) => page.nextCursor,
    select: ({ pages: all }) => {
      // One that moved up while the next page was asked for is in both.
      const byId = new Map(all.flatMap((page) => page.groups).map((group) => [group._id, group]));
      return [...byId.values()];
    },
    refetchOnWindowFocus: isShort,
    refetchOnReconnect: false,
    placeholderData: (previous) => previous,
  });
  useEffect(() => {
    // Only what was not read just now.
    if (connected) void queries.refetchQueries({ ...LISTS_IN_VIEW, stale: true }, { cancelRefetch: false });
  }, [queries, connected, isPage]);
  useEffect(() => groups.onLeft(() => leftOne(queries)), [queries, groups]);
  return {
    groups: pages.data ?? [],
    areEarlier: pages.isPlaceholderData,
    phase: pages.data !== undefined ? "ready" : pages.error === null ? "loading" : "failed",
    error: pages.error?.error ?? null,
    hasMore: pages.hasNextPage,
    loadingMore: pages.isFetchingNextPage,
    loadMore: () => void pages.fetchNextPage(),
    retry: () => void pages.refetch(),
  };
}

/** What the lists are kept under; the rooms and the channels have a keeper each. */
const LIST = "list";

interface Read {
  readonly state: { readonly data?: unknown };
}

function isShort({ state }: Read): boolean {
  const data = state.data as InfiniteData<GroupPage<unknown>> | undefined;
  return (data?.pages.length ?? 0) <= PAGES_TO_REFRESH;
}

const LISTS_IN_VIEW = {
  queryKey: [LIST],
  type: "active",
  predicate: (query: Read) => isShort(query) && !document.hidden,
} as const;

/** It belongs to the others now. What cannot be seen is read once it can. */
function leftOne(queries: QueryClient): void {
  void queries.invalidateQueries({ queryKey: LISTS_IN_VIEW.queryKey, refetchType: "none" });
  void queries.refetchQueries(LISTS_IN_VIEW);
}
