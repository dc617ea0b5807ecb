import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import type { ConnectionState } from "@parlour/sdk/connection";
import { useState } from "react";
import { useParams } from "react-router";
import type { Rooms } from "../../model/rooms.ts";
import { RoomList } from "./RoomList.tsx";
import { RoomPane } from "./RoomPane.tsx";

interface RoomsAreaProps {
  readonly rooms: Rooms;
  readonly connection: ConnectionState;
}

/** The list of rooms, and the one that is open; on a phone one of the two. */
export function RoomsArea({ rooms, connection }: RoomsAreaProps) {
  const { roomId } = useParams();
  // One account's answers are not another's: the cache lives as long as these rooms.
  const [queries] = useState(makeQueries);
  return (
    <QueryClientProvider client={queries}>
      <main className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)] grid-rows-[minmax(0,1fr)] overflow-hidden border-line bg-canvas/70 sm:rounded-3xl sm:border sm:shadow-sm md:grid-cols-[19rem_minmax(0,1fr)] lg:grid-cols-[21rem_minmax(0,1fr)]">
        <div className={`min-h-0 border-line md:flex md:border-e ${roomId === undefined ? "flex" : "hidden"}`}>
          <RoomList rooms={rooms} openId={roomId ?? null} connected={connection.kind === "connected"} />
        </div>
        <div className={`min-h-0 min-w-0 ${roomId === undefined ? "hidden md:block" : ""}`}>
          {roomId === undefined ? (
            <NoRoom />
          ) : (
            <RoomPane key={roomId} rooms={rooms} roomId={roomId} connected={connection.kind === "connected"} />
          )}
        </div>
      </main>
    </QueryClientProvider>
  );
}

function makeQueries(): QueryClient {
  // The HTTP client gives an error for an answer, and whoever waits is asked before it is tried again.
  return new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 10_000 } } });
}

function NoRoom() {
  return (
    <div className="grid h-full place-content-center gap-2 px-6 text-center">
      <p className="font-display text-2xl font-semibold text-balance">Choose a room, or make one.</p>
      <p className="max-w-xs text-pretty text-muted">Everyone who is signed in may look into each of them, and join.</p>
    </div>
  );
}
