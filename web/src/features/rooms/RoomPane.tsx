import { useEffect } from "react";
import { useStore } from "../../components/use-store.ts";
import type { Rooms } from "../../model/rooms.ts";
import { OpenedRoom } from "./OpenedRoom.tsx";

interface RoomPaneProps {
  readonly rooms: Rooms;
  readonly roomId: string;
  readonly connected: boolean;
}

/** Opens the room as soon as it is known whether one is in it, and closes it on the way out. */
export function RoomPane({ rooms, roomId, connected }: RoomPaneProps) {
  const { phase, conversations: mine } = useStore(rooms.inbox);
  const open = useStore(rooms.open);
  const isKnown = phase !== "loading" || mine.has(roomId);
  useEffect(() => {
    if (isKnown) rooms.enter(roomId);
  }, [rooms, roomId, isKnown]);
  useEffect(() => () => rooms.exit(roomId), [rooms, roomId]);
  if (open?.id !== roomId) {
    return (
      <p role="status" className="grid h-full place-content-center px-6 text-center text-muted">
        {connected ? "Opening the room…" : "The room opens as soon as you are connected."}
      </p>
    );
  }
  return <OpenedRoom rooms={rooms} feed={open.feed} roomId={roomId} connected={connected} />;
}
