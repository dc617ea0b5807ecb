import type { ParlourError } from "@parlour/sdk/errors";
import type { Room } from "@parlour/sdk/room-events";
import type { RoomPage } from "@parlour/sdk/rooms";
import { useInfiniteQuery, useQueryClient, type InfiniteData, type QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { orThrow, type Refusal } from "../../components/refusal.ts";
import type { Rooms } from "../../model/rooms.ts";

/** What the server's list of rooms has, as far as it was asked for. */
export interface RoomPages {
  /** The most recently active first, each once. */
  readonly rooms: readonly Room[];
  /** They are those of an earlier search, until the answer is there. */
  readonly areEarlier: boolean;
  readonly phase: "loading" | "ready" | "failed";
  readonly error: ParlourError | null;
  readonly hasMore: boolean;
  readonly loadingMore: boolean;
  readonly loadMore: () => void;
  readonly retry: () => void;
}

export interface RoomPagesOptions {
  readonly rooms: Rooms;
  readonly query: string;
  readonly connected: boolean;
  /** No room is open: one is here for the list. */
  readonly isPage: boolean;
}

/** A longer list is not read anew as a whole: whoever wants to know looks for a room, or reloads. */
const PAGES_TO_REFRESH = 3;

/**
 * The rooms whose name has a word that begins like `query`; all of them for an empty one. They are read
 * anew when one looks at the page again, comes back from a room, is connected again, or has left a room:
 * never by the clock, since every open page would do so.
 */
export function useRoomPages({ rooms, query, connected, isPage }: RoomPagesOptions): RoomPages {
  const queries = useQueryClient();
  const pages = useInfiniteQuery<RoomPage, Refusal, Room[], readonly string[], string | null>({
    queryKey: ["rooms", query],
    queryFn: async ({ pageParam }) => {
      const page = orThrow(await rooms.api.list(query, pageParam));
      rooms.remember(page.rooms);
      return page;
    },
    initialPageParam: null,
    getNextPageParam: (page) => page.nextCursor,
    select: ({ pages: all }) => {
      // A room that moved up while the next page was asked for is in both.
      const byId = new Map(all.flatMap((page) => page.rooms).map((room) => [room._id, room]));
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
  useEffect(() => rooms.api.on("removed", () => leftOne(queries)), [queries, rooms]);
  return {
    rooms: pages.data ?? [],
    areEarlier: pages.isPlaceholderData,
    phase: pages.data !== undefined ? "ready" : pages.error === null ? "loading" : "failed",
    error: pages.error?.error ?? null,
    hasMore: pages.hasNextPage,
    loadingMore: pages.isFetchingNextPage,
    loadMore: () => void pages.fetchNextPage(),
    retry: () => void pages.refetch(),
  };
}

interface Read {
  readonly state: { readonly data?: unknown };
}

function isShort({ state }: Read): boolean {
  const data = state.data as InfiniteData<RoomPage> | undefined;
  return (data?.pages.length ?? 0) <= PAGES_TO_REFRESH;
}

const LISTS_IN_VIEW = {
  queryKey: ["rooms"],
  type: "active",
  predicate: (query: Read) => isShort(query) && !document.hidden,
} as const;

/** The room belongs to the others now. What cannot be seen is read once it can. */
function leftOne(queries: QueryClient): void {
  void queries.invalidateQueries({ queryKey: LISTS_IN_VIEW.queryKey, refetchType: "none" });
  void queries.refetchQueries(LISTS_IN_VIEW);
}
