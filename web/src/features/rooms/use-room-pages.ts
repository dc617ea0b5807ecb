import type { ParlourError } from "@parlour/sdk/errors";
import type { Room } from "@parlour/sdk/room-events";
import type { RoomPage } from "@parlour/sdk/rooms";
import { useInfiniteQuery } from "@tanstack/react-query";
import { orThrow, type Refusal } from "./refusal.ts";
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

const REFRESH_MS = 15_000;
const PAGES_TO_REFRESH = 3;

/** The rooms whose name has a word that begins like `query`; all of them for an empty one. */
export function useRoomPages(rooms: Rooms, query: string): RoomPages {
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
    // Who looks at the list again sees what it is by now; a long one is not read anew as a whole.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) <= PAGES_TO_REFRESH ? REFRESH_MS : false),
    placeholderData: (previous) => previous,
  });
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
