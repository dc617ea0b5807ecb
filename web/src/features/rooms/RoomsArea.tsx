import { QueryClientProvider } from "@tanstack/react-query";
import type { ConnectionState } from "@parlour/sdk/connection";
import { useState } from "react";
import { useParams } from "react-router";
import { makeQueries } from "../../components/queries.ts";
import { NothingOpen, TwoPanes } from "../../components/TwoPanes.tsx";
import type { Rooms } from "../../model/rooms.ts";
import { RoomList } from "./RoomList.tsx";
import { RoomPane } from "./RoomPane.tsx";

interface RoomsAreaProps {
  readonly rooms: Rooms;
  readonly connection: ConnectionState;
}

/** The list of rooms, and the one that is open. */
export function RoomsArea({ rooms, connection }: RoomsAreaProps) {
  const { roomId } = useParams();
  const [queries] = useState(makeQueries);
  const connected = connection.kind === "connected";
  return (
    <QueryClientProvider client={queries}>
      <TwoPanes
        list={<RoomList rooms={rooms} openId={roomId ?? null} connected={connected} />}
        open={roomId === undefined ? null : <RoomPane key={roomId} rooms={rooms} roomId={roomId} connected={connected} />}
        hint={
          <NothingOpen title="Choose a room, or make one.">
            Everyone who is signed in may look into each of them, and join.
          </NothingOpen>
        }
      />
    </QueryClientProvider>
  );
}
